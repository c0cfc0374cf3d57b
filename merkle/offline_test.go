package merkle_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

// offline returns the proof of a leaf in a ledger of size numbered leaves.
func offline(t tb, m *memory, size, index int, extra []byte) merkle.Proof {
	t.Helper()
	hashes, err := merkle.Inclusion(int64(size), int64(index), m.reader(size))
	if err != nil {
		t.Fatalf("proving: %v", err)
	}
	signed := sign(t, int64(size), naiveRoot(m.leaves[:size]))
	return merkle.Proof{Extra: extra, Index: int64(index), Hashes: hashes, Checkpoint: signed}
}

func TestOfflineProof(t *testing.T) {
	t.Parallel()
	m, _ := stored(700)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 700).Draw(t, "size")
		index := rapid.IntRange(0, size-1).Draw(t, "index")
		p := offline(t, m, size, index, rapid.SliceOf(rapid.Byte()).Draw(t, "extra"))
		text := p.Marshal()
		back, err := merkle.ParseProof(text)
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if !bytes.Equal(back.Marshal(), text) || !bytes.Equal(back.Extra, p.Extra) || back.Index != p.Index {
			t.Fatalf("%q comes back as %q", text, back.Marshal())
		}
		c, err := back.Verify(m.leaves[index], testPublic)
		if err != nil || c.Size != int64(size) || c.Root != naiveRoot(m.leaves[:size]) {
			t.Fatalf("%v, %v", c, err)
		}
		if _, err := back.Verify(merkle.LeafHash([]byte("another leaf")), testPublic); !errors.Is(err, merkle.ErrProof) {
			t.Fatalf("another leaf: %v", err)
		}
	})
}

func TestOfflineProofOfAnotherLedger(t *testing.T) {
	t.Parallel()
	m, _ := stored(20)
	p := offline(t, m, 20, 3, nil)
	_, other, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(m.leaves[3], other); !errors.Is(err, merkle.ErrSignature) {
		t.Errorf("by another key: %v", err)
	}
	p.Index = 20
	if _, err := p.Verify(m.leaves[3], testPublic); err == nil {
		t.Error("a leaf beyond the checkpoint is verified")
	}
	p.Index, p.Checkpoint = 3, bytes.Replace(p.Checkpoint, []byte("\n20\n"), []byte("\n21\n"), 1)
	if _, err := p.Verify(m.leaves[3], testPublic); !errors.Is(err, merkle.ErrSignature) {
		t.Errorf("a changed checkpoint: %v", err)
	}
}

// badProofs changes a good proof's text into bad ones.
func badProofs(good string) map[string]string {
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	return map[string]string{
		"nothing":              "",
		"another version":      change("@v1", "@v2"),
		"no header":            change("c2sp.org/tlog-proof@v1\n", ""),
		"header with return":   change("@v1\n", "@v1\r\n"),
		"no index":             change("index 3\n", ""),
		"leading zero":         change("index 3", "index 03"),
		"negative index":       change("index 3", "index -3"),
		"plus":                 change("index 3", "index +3"),
		"two spaces":           change("index 3", "index  3"),
		"index beyond MaxSize": change("index 3", "index 9223372036854775807"),
		"extra after index":    change("extra ZXh0cmE=\nindex 3\n", "index 3\nextra ZXh0cmE=\n"),
		"two extras":           change("extra ZXh0cmE=\n", "extra ZXh0cmE=\nextra ZXh0cmE=\n"),
		"empty extra":          change("extra ZXh0cmE=", "extra "),
		"stray bits in extra":  change("extra ZXh0cmE=", "extra ZXh0cmF="),
		"return in extra":      change("extra ZXh0cmE=", "extra ZXh0\rcmE="),
		"unpadded extra":       change("extra ZXh0cmE=", "extra ZXh0cmE"),
		"hash cut":             change("=\n\n", "\n\n"),
		"hash of 31 bytes":     change("=\n\n", "=\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n\n"),
		"too many hashes":      change("index 3\n", "index 3\n"+strings.Repeat(rootText+"\n", 65)),
		"no empty line":        change("\n\n", "\n"),
		"two empty lines":      change("\n\n", "\n\n\n"),
		"no checkpoint":        good[:strings.Index(good, "\n\n")+2],
		"checkpoint cut":       good[:len(good)-1],
		"something after":      good + "x",
		"endless":              change("extra ZXh0cmE=", "extra "+strings.Repeat("AAAA", 1<<22)),
	}
}

func TestParseProofIsStrict(t *testing.T) {
	t.Parallel()
	m, _ := stored(20)
	good := string(offline(t, m, 20, 3, []byte("extra")).Marshal())
	if _, err := merkle.ParseProof([]byte(good)); err != nil {
		t.Fatalf("%v in %q", err, good)
	}
	for name, text := range badProofs(good) {
		if text == good {
			t.Errorf("%s: nothing is changed", name)
		}
		if p, err := merkle.ParseProof([]byte(text)); err == nil {
			t.Errorf("%s: taken for %.200v", name, p)
		}
	}
}

func FuzzParseProof(f *testing.F) {
	m, _ := stored(20)
	good := offline(f, m, 20, 3, []byte("extra"))
	f.Add(good.Marshal())
	f.Add(offline(f, m, 1, 0, nil).Marshal())
	for _, text := range badProofs(string(good.Marshal())) {
		f.Add([]byte(text))
	}
	leaf := m.leaves[3]
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := merkle.ParseProof(text)
		if err != nil {
			return
		}
		if back := p.Marshal(); !bytes.Equal(back, text) {
			t.Fatalf("%q comes back as %q", text, back)
		}
		if _, err := p.Verify(leaf, testPublic); err == nil && p.Index != 3 {
			t.Fatalf("leaf 3 is proven at %d", p.Index)
		}
	})
}
