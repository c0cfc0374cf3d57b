package client_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/merkle"
)

// proven is a receipt in a ledger of five, and its proofs.
func proven(t *testing.T) (b *book, receipts []daybook.Receipt, proof, whole string) {
	t.Helper()
	b = newBook(t)
	c := b.client().WithAgent("CFO")
	for range 5 {
		receipts = append(receipts, must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{ResponsePreview: "secret"})))
	}
	proof = must[string](t)(c.Prove(t.Context(), receipts[2].LogID))
	whole = must[string](t)(c.ProveEntry(t.Context(), receipts[2].LogID))
	if signed := must[string](t)(c.Checkpoint(t.Context())); !strings.HasSuffix(proof, "\n\n"+signed) {
		t.Error("the proof does not end in the newest checkpoint")
	}
	return b, receipts, proof, whole
}

func extraOf(t *testing.T, proof string) string {
	t.Helper()
	return string(must[merkle.Proof](t)(merkle.ParseProof([]byte(proof))).Extra)
}

func TestCheckReceipt(t *testing.T) {
	t.Parallel()
	b, receipts, proof, whole := proven(t)
	if extra := extraOf(t, proof); strings.Contains(extra, "secret") || !strings.HasPrefix(extra, daybook.LeafVersion+"\nconversations\n") {
		t.Errorf("a proof carries %q", extra)
	}
	if extra := extraOf(t, whole); !strings.Contains(extra, `"response_preview": "secret"`) {
		t.Errorf("a proof with its entry carries %q", extra)
	}
	for _, text := range []string{proof, whole} {
		if c, err := client.CheckReceipt(receipts[2], text, b.public); err != nil || c.Size != 5 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	_, err := b.client().Prove(t.Context(), "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
	wantCode(t, err, daybook.CodeNotFound)
	_, err = b.client().ProveEntry(t.Context(), "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
	wantCode(t, err, daybook.CodeNotFound)
}

// Each field of a receipt that is changed is named, with both values.
func TestReceiptsThatDoNotHold(t *testing.T) {
	t.Parallel()
	b, receipts, proof, whole := proven(t)
	for field, c := range map[string]struct {
		change func(r *daybook.Receipt)
		whole  bool // only the entry tells
		says   string
	}{
		"kind":      {func(r *daybook.Receipt) { r.Kind = "decision_logs" }, false, "its kind is decision_logs, the proof's conversations"},
		"log_id":    {func(r *daybook.Receipt) { r.LogID = receipts[1].LogID }, false, "its log_id is " + receipts[1].LogID + ", the proof's " + receipts[2].LogID},
		"seq":       {func(r *daybook.Receipt) { r.Seq++ }, false, "its seq is 3, the proof's 2"},
		"log_hash":  {func(r *daybook.Receipt) { r.LogHash = strings.ToUpper(r.LogHash) }, false, "the proof's " + receipts[2].LogHash},
		"logged_at": {func(r *daybook.Receipt) { r.LoggedAt = "2020-01-01T00:00:00.000000Z" }, false, "its logged_at is 2020-01-01T00:00:00.000000Z, the proof's " + receipts[2].LoggedAt},
		"revision":  {func(r *daybook.Receipt) { r.Revision = 2 }, true, "its revision is 2, the proof's 1"},
		"id":        {func(r *daybook.Receipt) { r.ID = "conv" }, true, "its id is conv, the proof's " + receipts[2].ID},
	} {
		r := receipts[2]
		c.change(&r)
		for _, text := range []string{proof, whole} {
			_, err := client.CheckReceipt(r, text, b.public)
			if text == proof && c.whole {
				if err != nil {
					t.Errorf("%s, which digests do not tell: %v", field, err)
				}
				continue
			}
			wantCode(t, err, daybook.CodeDamaged, c.says)
			if e, ok := err.(*daybook.Error); !ok || e.Path != "/"+field { //nolint:errorlint // it is ours, unwrapped
				t.Errorf("%s: the path of %v", field, err)
			}
		}
	}
	_, err := client.CheckReceipt(receipts[3], proof, b.public)
	wantCode(t, err, daybook.CodeDamaged, "its log_id is", "its seq is 3", "its log_hash is")
}

// Each byte of a proof counts, and each of the leaf or the entry in it.
func TestProofsThatDoNotHold(t *testing.T) {
	t.Parallel()
	b, receipts, proof, whole := proven(t)
	for _, text := range []string{proof, whole} {
		for i := range text {
			changed := []byte(text)
			changed[i] ^= 1
			if _, err := client.CheckReceipt(receipts[2], string(changed), b.public); err == nil {
				t.Errorf("byte %d changed, %q, and it holds", i, changed[max(0, i-20):min(len(changed), i+20)])
			}
		}
		leaf := extraOf(t, text)
		for i := range leaf {
			changed := []byte(leaf)
			changed[i] ^= 1
			extra := base64.StdEncoding.EncodeToString(changed)
			forged := strings.Replace(text, base64.StdEncoding.EncodeToString([]byte(leaf)), extra, 1)
			if _, err := client.CheckReceipt(receipts[2], forged, b.public); err == nil {
				t.Errorf("byte %d of the leaf changed, %q, and it holds", i, changed)
			}
		}
	}
	_, err := client.CheckReceipt(receipts[2], proof, newBook(t).public)
	wantCode(t, err, daybook.CodeDamaged, "not signed by this key")
	_, err = client.CheckReceipt(receipts[2], proof, "no key")
	wantCode(t, err, daybook.CodeDamaged, "not a public key")
	_, err = client.CheckReceipt(receipts[2], "nothing", b.public)
	wantCode(t, err, daybook.CodeMalformed)
	p := must[merkle.Proof](t)(merkle.ParseProof([]byte(proof)))
	p.Extra = nil
	_, err = client.CheckReceipt(receipts[2], string(p.Marshal()), b.public)
	wantCode(t, err, daybook.CodeDamaged, "nothing to check")
}

// An entry whose body is gone is proven by its digests, and by them alone.
func TestProofWithoutBody(t *testing.T) {
	t.Parallel()
	b, receipts, _, _ := proven(t)
	b.store.Damage(func(rows []daybook.Row) []daybook.Row {
		rows[2].Entry = nil
		return rows
	})
	proof := must[string](t)(b.client().Prove(t.Context(), receipts[2].LogID))
	if _, err := client.CheckReceipt(receipts[2], proof, b.public); err != nil {
		t.Error(err)
	}
	_, err := b.client().ProveEntry(t.Context(), receipts[2].LogID)
	wantCode(t, err, daybook.CodeNotFound, "the body of entry 2")
}

// A body that was changed in the store is not sold as what was proven.
func TestProofOfAChangedBody(t *testing.T) {
	t.Parallel()
	b, receipts, _, _ := proven(t)
	b.store.Damage(func(rows []daybook.Row) []daybook.Row {
		e := *rows[2].Entry
		e.Values = slices.Clone(e.Values)
		i, _ := e.Kind.Column("response_preview")
		e.Values[i] = daybook.TextValue("forged")
		rows[2].Entry = &e
		return rows
	})
	_, err := b.client().ProveEntry(t.Context(), receipts[2].LogID)
	wantCode(t, err, daybook.CodeDamaged, "not the one that was proven")
}

func TestParseReceipts(t *testing.T) {
	t.Parallel()
	const one, two = `{"kind": "conversations", "log_id": "a", "log_hash": "1", "seq": 7}`, `{"log_id": "b", "log_hash": "2", "duplicate": true}`
	for text, want := range map[string]string{
		one:                           "a7",
		one + "\n" + two + "\n":       "a7 b0",
		"[" + one + "," + two + "]":   "a7 b0",
		`{"receipts": [` + one + `]}`: "a7",
		`{"receipts": [` + two + `], "rejected": [{"index": 1}]}` + one: "b0 a7",
		"":                     "these are no receipts: it holds none",
		`{"receipts": []}`:     "it holds none",
		"[]":                   "it holds none",
		"no":                   "these are no receipts",
		one + "{":              "these are no receipts",
		"7":                    "these are no receipts",
		`[7]`:                  "these are no receipts",
		`{"log_id": "a"}`:      "number 1 has no log_id or no log_hash",
		one + `{"seq": 1}`:     "number 2 has no log_id or no log_hash",
		`{"receipts": [null]}`: "number 1 has no log_id",
	} {
		receipts, err := client.ParseReceipts(strings.NewReader(text))
		var got []string
		for _, r := range receipts {
			got = append(got, fmt.Sprint(r.LogID, r.Seq))
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if whole := strings.Join(got, " "); whole != want && (err == nil || !strings.Contains(whole, want)) {
			t.Errorf("%s gives %s, want %s", text, whole, want)
		}
	}
}
