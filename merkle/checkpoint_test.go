package merkle_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

// A key for tests alone: its seed is SHA-256 of "daybook merkle test vectors".
const (
	testOrigin  = "daybook/0190f3c2-7a5e-7c31-9d4e-5b6f8a901234"
	testPublic  = testOrigin + "+52cc77d6+AXpgEyEl4QWAtPcp7ItB/fj5TCn0xIOBHZzdz/CyLkf0"
	testPrivate = "PRIVATE+KEY+" + testOrigin + "+52cc77d6+Abnc443MV0pi2AsSfAEhADj12G/EeF4Fd9IahIamB0wV"
)

// sign signs a checkpoint of the test's ledger.
func sign(t tb, size int64, root merkle.Hash) []byte {
	t.Helper()
	signer, err := merkle.NewSigner(testPrivate)
	if err != nil {
		t.Fatalf("signer: %v", err)
	}
	signed, err := signer.Sign(merkle.Checkpoint{Origin: testOrigin, Size: size, Root: root})
	if err != nil {
		t.Fatalf("signing: %v", err)
	}
	return signed
}

func TestCheckpointText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := merkle.Checkpoint{
			Origin: rapid.StringMatching(`[a-z0-9./é -]{1,40}`).Draw(t, "origin"),
			Size:   rapid.Int64Range(0, merkle.MaxSize).Draw(t, "size"),
			Root:   merkle.LeafHash([]byte(rapid.String().Draw(t, "root"))),
		}
		for _, extension := range []string{"", "time 1753800000\n", "a\nb\n"} {
			if back, err := merkle.ParseCheckpoint(c.Text() + extension); err != nil || back != c {
				t.Fatalf("%q comes back as %v, %v", c.Text()+extension, back, err)
			}
		}
	})
}

const rootText = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

var badCheckpoints = map[string]string{
	"nothing":              "",
	"one line":             "a/b\n",
	"two lines":            "a/b\n1\n",
	"no end":               "a/b\n1\n" + rootText,
	"no origin":            "\n1\n" + rootText + "\n",
	"empty extension":      "a/b\n1\n" + rootText + "\n\n",
	"empty line between":   "a/b\n1\n" + rootText + "\nx\n\ny\n",
	"leading zero":         "a/b\n01\n" + rootText + "\n",
	"plus":                 "a/b\n+1\n" + rootText + "\n",
	"minus":                "a/b\n-1\n" + rootText + "\n",
	"minus zero":           "a/b\n-0\n" + rootText + "\n",
	"underscore":           "a/b\n1_0\n" + rootText + "\n",
	"hexadecimal":          "a/b\n0x1\n" + rootText + "\n",
	"space":                "a/b\n1 \n" + rootText + "\n",
	"beyond MaxSize":       "a/b\n4611686018427387904\n" + rootText + "\n",
	"beyond int64":         "a/b\n9223372036854775808\n" + rootText + "\n",
	"short root":           "a/b\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
	"unpadded root":        "a/b\n1\n" + strings.TrimSuffix(rootText, "=") + "\n",
	"stray bits in root":   "a/b\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n",
	"URL alphabet in root": "a/b\n1\nCsUYapGGPo4dkMgIAUqom_Xajj7h2fB2MPA3j2jxq2I=\n",
	"carriage return":      "a/b\n1\n" + rootText + "\r\n",
	"return within root":   "a/b\n1\nCsUYapGGPo4dkMgIAUqom\r/Xajj7h2fB2MPA3j2jxq2I=\n",
	"control character":    "a\x01b\n1\n" + rootText + "\n",
	"invalid UTF-8":        "a\xffb\n1\n" + rootText + "\n",
	"endless":              "a/b\n1\n" + rootText + "\n" + strings.Repeat("x", 1<<20) + "\n",
}

func TestParseCheckpointIsStrict(t *testing.T) {
	t.Parallel()
	if _, err := merkle.ParseCheckpoint("a/b\n1\n" + rootText + "\n"); err != nil {
		t.Fatalf("the text that the bad ones differ from: %v", err)
	}
	for name, text := range badCheckpoints {
		if c, err := merkle.ParseCheckpoint(text); err == nil {
			t.Errorf("%s: taken for %v", name, c)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	for _, text := range badCheckpoints {
		f.Add(text)
	}
	f.Add("a/b\n1\n" + rootText + "\n")
	f.Add("a/b\n1\n" + rootText + "\nextension\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := merkle.ParseCheckpoint(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(text, c.Text()) {
			t.Fatalf("%q comes back as %q", text, c.Text())
		}
		if extension := text[len(c.Text()):]; extension != "" && !strings.HasSuffix(extension, "\n") {
			t.Fatalf("%q has an extension without end", text)
		}
	})
}

func TestSignAndOpen(t *testing.T) {
	t.Parallel()
	_, tree := stored(700)
	signed := sign(t, 700, tree.Root())
	want := merkle.Checkpoint{Origin: testOrigin, Size: 700, Root: tree.Root()}
	if c, err := merkle.OpenCheckpoint(signed, testPublic); err != nil || c != want {
		t.Errorf("opened: %v, %v", c, err)
	}
	if c, err := merkle.UnverifiedCheckpoint(signed); err != nil || c != want {
		t.Errorf("read without a key: %v, %v", c, err)
	}
	if again := sign(t, 700, tree.Root()); string(again) != string(signed) {
		t.Error("signing twice gives different bytes")
	}
	empty := merkle.New().Root()
	if c, err := merkle.OpenCheckpoint(sign(t, 0, empty), testPublic); err != nil || c.Size != 0 || c.Root != empty {
		t.Errorf("the empty ledger's: %v, %v", c, err)
	}
}

// A cosignature by a witness, which C2SP wants let pass, changes nothing.
func TestOpenPassesOtherSignatures(t *testing.T) {
	t.Parallel()
	witness, witnessPublic, err := merkle.GenerateKey("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	key, err := note.NewSigner(witness)
	if err != nil {
		t.Fatal(err)
	}
	_, unverified := note.Open(sign(t, 7, merkle.Hash{7}), nil)
	var n *note.UnverifiedNoteError
	if !errors.As(unverified, &n) {
		t.Fatal(unverified)
	}
	both, err := note.Sign(n.Note, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := merkle.OpenCheckpoint(both, testPublic); err != nil || c.Size != 7 {
		t.Errorf("cosigned: %v, %v", c, err)
	}
	// The witness's name is not the origin: its key opens no ledger's checkpoint.
	if _, err := merkle.OpenCheckpoint(both, witnessPublic); err == nil || !strings.Contains(err.Error(), "witness.example/w1") {
		t.Errorf("opened by the witness's key: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	signed := string(sign(t, 7, merkle.Hash{7}))
	_, other, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		signed, public string
		signature      bool
	}{
		"another key of that name": {signed, other, true},
		"changed size":             {strings.Replace(signed, "\n7\n", "\n8\n", 1), testPublic, true},
		"changed signature":        {signed[:len(signed)-10] + "AAAA" + signed[len(signed)-6:], testPublic, true},
		"no signature":             {strings.SplitAfter(signed, "\n\n")[0], testPublic, false},
		"text alone":               {"a/b\n1\n" + rootText + "\n", testPublic, false},
		"nothing":                  {"", testPublic, false},
		"no key":                   {signed, "", false},
		"a private key":            {signed, testPrivate, false},
		"endless":                  {strings.Repeat("x\n", 1<<20) + signed, testPublic, false},
	} {
		got, err := merkle.OpenCheckpoint([]byte(c.signed), c.public)
		if err == nil || errors.Is(err, merkle.ErrSignature) != c.signature {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), testPrivate[len(testPrivate)-20:]) {
			t.Errorf("%s: the error shows a private key", name)
		}
	}
}

// What is signed must be a checkpoint, even where the signature is good.
func TestOpenChecksTheText(t *testing.T) {
	t.Parallel()
	key, err := note.NewSigner(testPrivate)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"prose":          "no checkpoint\n",
		"leading zero":   testOrigin + "\n007\n" + rootText + "\n",
		"another origin": "daybook/other\n7\n" + rootText + "\n",
	} {
		signed, err := note.Sign(&note.Note{Text: text}, key)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := merkle.OpenCheckpoint(signed, testPublic); err == nil || errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	good := sign(f, 7, merkle.Hash{7})
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte("a/b\n1\n" + rootText + "\n\n— a/b " + base64.StdEncoding.EncodeToString(make([]byte, 68)) + "\n"))
	f.Fuzz(func(t *testing.T, signed []byte) {
		c, err := merkle.OpenCheckpoint(signed, testPublic)
		if err != nil {
			return
		}
		// Only the seed's text can carry that key's signature.
		if c != (merkle.Checkpoint{Origin: testOrigin, Size: 7, Root: merkle.Hash{7}}) {
			t.Fatalf("%v is opened, which was never signed", c)
		}
		if u, err := merkle.UnverifiedCheckpoint(signed); err != nil || u != c {
			t.Fatalf("without the key: %v, %v", u, err)
		}
	})
}

// A signature has one spelling: the bits behind its last byte are zero.
func TestSignatureHasOneSpelling(t *testing.T) {
	t.Parallel()
	signed := string(sign(t, 700, merkle.Hash{7}))
	body, ended := strings.CutSuffix(signed, "=\n")
	if !ended {
		t.Fatalf("%q", signed)
	}
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	last := strings.IndexByte(digits, body[len(body)-1])
	for stray := 1; stray < 4; stray++ {
		other := body[:len(body)-1] + digits[last+stray:last+stray+1] + "=\n"
		if c, err := merkle.OpenCheckpoint([]byte(other), testPublic); !errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%q opens as %v, %v", other, c, err)
		}
	}
}
