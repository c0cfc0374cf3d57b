package merkle_test

import (
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/merkle"
)

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	private, public, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := merkle.GenerateKey(testOrigin); err != nil || again == private {
		t.Errorf("two keys are the same, %v", err)
	}
	if got, err := merkle.Public(private); err != nil || got != public {
		t.Errorf("public key %q, want %q, %v", got, public, err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if signer.Origin() != testOrigin || signer.Public() != public {
		t.Errorf("signer of %q with %q", signer.Origin(), signer.Public())
	}
	want := merkle.Checkpoint{Origin: testOrigin, Size: 1, Root: merkle.Hash{1}}
	signed, err := signer.Sign(want)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := merkle.OpenCheckpoint(signed, public); err != nil || c != want {
		t.Errorf("%v, %v", c, err)
	}
}

// The base64 of a key may hold '+', which parts the fields too.
func TestPublicOfKeysWithPlus(t *testing.T) {
	t.Parallel()
	for found := 0; found < 3; {
		private, public, err := merkle.GenerateKey("a/b")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(private, "+") == 4 {
			continue
		}
		found++
		if got, err := merkle.Public(private); err != nil || got != public {
			t.Errorf("public key %q, want %q, %v", got, public, err)
		}
	}
}

func TestOriginsThatNoKeyCanHave(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"", "a b", "a+b", "a\nb", "a\u00a0b", "a\u2028b", "a\x01b", "a\x7fb", "a\xffb", strings.Repeat("a", 256)} {
		if private, _, err := merkle.GenerateKey(origin); err == nil || private != "" {
			t.Errorf("a key is made for %q", origin)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	signer, err := merkle.NewSigner(testPrivate)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]merkle.Checkpoint{
		"another origin": {Origin: "daybook/other", Size: 1},
		"below 0":        {Origin: testOrigin, Size: -1},
		"beyond MaxSize": {Origin: testOrigin, Size: merkle.MaxSize + 1},
		"empty root":     {Origin: testOrigin, Size: 0, Root: merkle.Hash{1}},
	} {
		if signed, err := signer.Sign(c); err == nil {
			t.Errorf("%s: signed %q", name, signed)
		}
	}
	for _, private := range []string{"", testPublic, testPrivate[:len(testPrivate)-4], strings.Replace(testPrivate, "52cc77d6", "52cc77d7", 1)} {
		_, err := merkle.NewSigner(private)
		if err == nil {
			t.Errorf("%q signs", private)
			continue
		}
		if _, err2 := merkle.Public(private); err2 == nil || strings.Contains(err.Error()+err2.Error(), "Abnc443M") {
			t.Errorf("%v; %v", err, err2)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.key")
	if _, err := merkle.ReadKey(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := merkle.WriteKey(path, testPrivate); err != nil {
		t.Fatal(err)
	}
	if got, err := merkle.ReadKey(path); err != nil || got != testPrivate {
		t.Errorf("%q, %v", got, err)
	}
	other, _, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	if err := merkle.WriteKey(path, other); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over a key: %v", err)
	}
	if got, err := merkle.ReadKey(path); err != nil || got != testPrivate {
		t.Errorf("after that: %q, %v", got, err)
	}
	if err := merkle.WriteKey(filepath.Join(t.TempDir(), "no", "ledger.key"), testPrivate); err == nil {
		t.Error("written to a directory that is not there")
	}
}

func TestKeyFileModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing on Windows")
	}
	path := filepath.Join(t.TempDir(), "ledger.key")
	if err := merkle.WriteKey(path, testPrivate); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o620: false, 0o602: false, 0o777: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := merkle.ReadKey(path)
		if ok && err != nil || !ok && (err == nil || !strings.Contains(err.Error(), "chmod 600 "+path)) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

func TestKeyFilesThatHoldNoKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for name, content := range map[string]string{
		"empty": "", "cut short": testPrivate[:60], "two lines": testPrivate + "\n" + testPrivate + "\n",
		"endless": strings.Repeat("x", 1<<20), "spaces": " " + testPrivate,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for what, read := range map[string]func(string) (string, error){"private": merkle.ReadKey, "public": merkle.ReadPublic} {
			if got, err := read(path); err == nil || got != "" || strings.Contains(err.Error(), "Abnc443M") {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	if err := merkle.WriteKey(filepath.Join(dir, "g"), testPublic); err == nil {
		t.Error("a public key is written as a private one")
	}
	if err := merkle.WritePublic(filepath.Join(dir, "h"), testPrivate); err == nil {
		t.Error("a private key is written as a public one")
	}
	if err := os.WriteFile(path, []byte(testPrivate+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := merkle.ReadKey(path); err != nil || got != testPrivate {
		t.Errorf("with a line end of Windows: %v", err)
	}
}

func TestPublicFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.pub")
	if _, err := merkle.ReadPublic(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	for range 2 { // the second time it is there already
		if err := merkle.WritePublic(path, testPublic); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := merkle.ReadPublic(path); err != nil || got != testPublic {
		t.Errorf("%q, %v", got, err)
	}
	_, other, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	if err := merkle.WritePublic(path, other); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over another key: %v", err)
	}
	if got, err := merkle.ReadPublic(path); err != nil || got != testPublic {
		t.Errorf("after that: %q, %v", got, err)
	}
}

// Keys that were derived are in use: the vector is never made anew.
func TestDerive(t *testing.T) {
	t.Parallel()
	signer, err := merkle.NewSigner(testPrivate)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[32]byte]string{}
	for _, purpose := range []string{"", "tokens", "tokens ", "other"} {
		key, err := signer.Derive(purpose)
		again, errAgain := signer.Derive(purpose)
		if err != nil || errAgain != nil || key != again {
			t.Fatalf("%q: %x, then %x, %v, %v", purpose, key, again, err, errAgain)
		}
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q give the same key", purpose, other)
		}
		seen[key] = purpose
	}
	const want = "5181b36bad11e82ca39dc4a52cd018738207a26ae77099a6fa85441d2b61280c"
	if key, err := signer.Derive("tokens"); err != nil || hex.EncodeToString(key[:]) != want {
		t.Errorf("derived %x, want %s", key, want)
	}
	private, _, err := merkle.GenerateKey(testOrigin)
	if err != nil {
		t.Fatal(err)
	}
	other, err := merkle.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := other.Derive("tokens"); err != nil || seen[key] != "" {
		t.Errorf("another private key gives %x, %v", key, err)
	}
}
