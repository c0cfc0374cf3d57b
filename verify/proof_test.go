package verify_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

// proven is a ledger of a few entries, and the proofs of one of them with its
// canonical form and with its leaf.
func proven(t testing.TB) (e *daybook.Entry, whole, leaf []byte, public string) {
	t.Helper()
	k := newKeeper(t)
	for i, kind := range []string{"decision_logs", "conversations", "thinking_logs"} {
		written := k.write(fullRecord(daybook.MustKind(kind), i+1))[0]
		if i == 1 {
			e = written
		}
	}
	s := daybook.SpineOf(e)
	return e, k.proofOf(1, e.AppendCanonical(nil)), k.proofOf(1, s.AppendLeaf(nil)), k.signer.Public()
}

func TestProof(t *testing.T) {
	t.Parallel()
	e, whole, leaf, public := proven(t)
	for name, text := range map[string][]byte{"entry": whole, "leaf": leaf} {
		r, err := verify.Proof(text, public)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		origin, _, _ := strings.Cut(public, "+")
		if r.Seq != 1 || r.Size != 3 || r.Origin != origin || r.LogHash != hex.EncodeToString(e.LogHash[:]) || len(r.Root) != 64 ||
			r.Kind != "conversations" || r.LogID != e.LogID() || r.LoggedAt != e.LoggedAt() || r.RetainUntil != e.RetainUntil() {
			t.Errorf("%s: %+v", name, r)
		}
		if want := e.AppendCanonical(nil); name == "entry" && !bytes.Equal(r.Entry, want) || name == "leaf" && r.Entry != nil {
			t.Errorf("%s: %s", name, r.Entry)
		}
	}
}

func TestProofRefused(t *testing.T) {
	t.Parallel()
	e, whole, _, public := proven(t)
	canonical := e.AppendCanonical(nil)
	s := daybook.SpineOf(e)
	other := s
	other.RetainUntil = "2027-01-01T00:00:00.000000Z"
	forged := cloneEntry(e)
	i, _ := e.Kind.Column("principal")
	forged.Values[i] = daybook.TextValue("somebody else")
	cases := map[string]struct {
		text   []byte
		public string
		is     error  // wrapped
		says   string // part of the message
	}{
		"no key":               {whole, "", nil, "without the ledger's public key"},
		"a key that is none":   {whole, "key", nil, "not a note verifier key"},
		"another key":          {whole, newKeeper(t).signer.Public(), merkle.ErrSignature, ""},
		"no proof":             {[]byte("hello"), public, nil, "not a proof file"},
		"no extra":             {withExtra(t, whole, nil), public, nil, "neither an entry nor a leaf"},
		"strange extra":        {withExtra(t, whole, []byte("hello")), public, nil, "neither an entry nor a leaf"},
		"a forged entry":       {withExtra(t, whole, forged.AppendCanonical(nil)), public, merkle.ErrProof, ""},
		"another spelling":     {withExtra(t, whole, append([]byte("{ "), canonical[1:]...)), public, nil, "not in canonical form"},
		"an export's line":     {withExtra(t, whole, e.AppendExport(nil)), public, nil, "not in canonical form"},
		"no JSON":              {withExtra(t, whole, canonical[:20]), public, nil, "malformed"},
		"another leaf":         {withExtra(t, whole, other.AppendLeaf(nil)), public, merkle.ErrProof, ""},
		"half a leaf":          {withExtra(t, whole, s.AppendLeaf(nil)[:60]), public, nil, "not a leaf"},
		"a later leaf version": {withExtra(t, whole, []byte("daybook-entry/2\n")), public, nil, "not a leaf of daybook-entry/1"},
		"an unknown kind":      {withExtra(t, whole, bytes.Replace(s.AppendLeaf(nil), []byte("conversations"), []byte("gossip"), 1)), public, nil, "unknown kind"},
		"a hash in capitals": {
			withExtra(t, whole, bytes.Replace(s.AppendLeaf(nil), []byte(hex.EncodeToString(e.LogHash[:])), []byte(strings.Repeat("AB", 32)), 1)),
			public, nil, "not spelled",
		},
		"another place": {bytes.Replace(whole, []byte("\nindex 1\n"), []byte("\nindex 2\n"), 1), public, merkle.ErrProof, ""},
	}
	for name, c := range cases {
		r, err := verify.Proof(c.text, c.public)
		if err == nil || r != nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func withExtra(t testing.TB, text, extra []byte) []byte {
	t.Helper()
	p, err := merkle.ParseProof(text)
	if err != nil {
		t.Fatal(err)
	}
	p.Extra = extra
	return p.Marshal()
}

// FuzzProof holds that no text but the ledger's own proofs shows anything.
func FuzzProof(f *testing.F) {
	e, whole, leaf, public := proven(f)
	f.Add(whole)
	f.Add(leaf)
	f.Add(withExtra(f, whole, e.AppendExport(nil)))
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra " + base64.StdEncoding.EncodeToString([]byte("{}")) + "\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := verify.Proof(text, public)
		if err != nil {
			if r != nil {
				t.Fatalf("%v beside %+v", err, r)
			}
			return
		}
		// Another of the key's signatures may stand beside its own; the rest
		// can only be what was proven.
		if r.LogHash != hex.EncodeToString(e.LogHash[:]) || r.Seq != 1 || r.Entry != nil && !bytes.Equal(r.Entry, e.AppendCanonical(nil)) {
			t.Fatalf("%q shows %+v", text, r)
		}
	})
}
