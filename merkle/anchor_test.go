package merkle_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/merkle"
)

func TestAnchor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.anchor")
	if _, err := merkle.ReadAnchor(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("no anchor yet: %v", err)
	}
	for _, size := range []int64{0, 7, 7, 8, 1000} {
		root := merkle.Hash{byte(size)}
		if size == 0 {
			root = merkle.New().Root()
		}
		signed := sign(t, size, root)
		if err := merkle.WriteAnchor(path, signed); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if got, err := merkle.ReadAnchor(path); err != nil || !bytes.Equal(got, signed) {
			t.Fatalf("size %d: %q, %v", size, got, err)
		}
	}
	onlyFile(t, dir, "ledger.anchor")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o444 != 0o444 {
		t.Errorf("an auditor cannot read the anchor: %v, %v", info.Mode(), err)
	}
}

func TestAnchorNeverGoesBackwards(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.anchor")
	last := sign(t, 700, merkle.Hash{7})
	if err := merkle.WriteAnchor(path, last); err != nil {
		t.Fatal(err)
	}
	private, _, err := merkle.GenerateKey("daybook/other")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	other, err := signer.Sign(merkle.Checkpoint{Origin: "daybook/other", Size: 900})
	if err != nil {
		t.Fatal(err)
	}
	for name, signed := range map[string][]byte{
		"smaller":                  sign(t, 699, merkle.Hash{6}),
		"empty":                    sign(t, 0, merkle.New().Root()),
		"same size, another root":  sign(t, 700, merkle.Hash{8}),
		"another ledger's, larger": other,
	} {
		if err := merkle.WriteAnchor(path, signed); !errors.Is(err, merkle.ErrAnchor) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := merkle.WriteAnchor(path, []byte("no checkpoint")); err == nil || errors.Is(err, merkle.ErrAnchor) {
		t.Errorf("no checkpoint: %v", err)
	}
	if got, err := merkle.ReadAnchor(path); err != nil || !bytes.Equal(got, last) {
		t.Errorf("the anchor is now %q, %v", got, err)
	}
	onlyFile(t, dir, "ledger.anchor")
}

// A damaged anchor is evidence: it is not written over.
func TestDamagedAnchorStays(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.anchor")
	for name, content := range map[string]string{
		"empty": "", "cut": string(sign(t, 5, merkle.Hash{5})[:80]), "endless": strings.Repeat("x", 1<<20),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := merkle.WriteAnchor(path, sign(t, 700, merkle.Hash{7})); err == nil {
			t.Errorf("%s: written over", name)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("%s: changed, %v", name, err)
		}
	}
}

// A crash before the rename leaves a temporary file, whole or cut, and the old
// anchor; the next one is written all the same.
func TestAnchorAfterACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.anchor")
	old, next := sign(t, 5, merkle.Hash{5}), sign(t, 6, merkle.Hash{6})
	if err := merkle.WriteAnchor(path, old); err != nil {
		t.Fatal(err)
	}
	for name, left := range map[string][]byte{"ledger.anchor.tmp-1": nil, "ledger.anchor.tmp-2": next[:50], "ledger.anchor.tmp-3": next} {
		if err := os.WriteFile(filepath.Join(dir, name), left, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := merkle.ReadAnchor(path); err != nil || !bytes.Equal(got, old) {
		t.Errorf("after the crash: %q, %v", got, err)
	}
	if err := merkle.WriteAnchor(path, next); err != nil {
		t.Fatal(err)
	}
	if got, err := merkle.ReadAnchor(path); err != nil || !bytes.Equal(got, next) {
		t.Errorf("after the next write: %q, %v", got, err)
	}
}

// A writer killed at any moment leaves an anchor that opens.
func TestAnchorOfAKilledWriter(t *testing.T) {
	t.Parallel()
	const variable = "DAYBOOK_TEST_ANCHOR"
	if path := os.Getenv(variable); path != "" {
		for size := int64(1); ; size++ { // until killed
			if err := merkle.WriteAnchor(path, sign(t, size, merkle.Hash{byte(size)})); err != nil {
				t.Fatal(err)
			}
			fmt.Println(size)
		}
	}
	for round := range 5 {
		path := filepath.Join(t.TempDir(), "ledger.anchor")
		writer := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		writer.Env = append(os.Environ(), variable+"="+path)
		out, err := writer.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		lines, said := bufio.NewScanner(out), int64(0)
		for said < int64(3+round) && lines.Scan() {
			if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
				said = n
			}
		}
		if err := writer.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := writer.Wait(); err == nil {
			t.Fatal("the writer ended by itself")
		}
		signed, err := merkle.ReadAnchor(path)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := merkle.OpenCheckpoint(signed, testPublic); err != nil || c.Size < said {
			t.Errorf("after size %d was written the anchor holds %v, %v", said, c, err)
		}
	}
}

func TestAnchorWhereItCannotBe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := merkle.WriteAnchor(filepath.Join(dir, "no", "ledger.anchor"), sign(t, 5, merkle.Hash{5})); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a directory that is not there: %v", err)
	}
	if err := merkle.WriteAnchor(dir, sign(t, 5, merkle.Hash{5})); err == nil {
		t.Error("in place of a directory")
	}
	onlyFile(t, dir)
}

// An anchor linked to another disk stays on it.
// A link that waits for its first anchor is not replaced by it.
func TestFirstAnchorBehindALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for near, far := range map[string]string{"whole": filepath.Join(t.TempDir(), "far.anchor"), "relative": "far.anchor"} {
		near = filepath.Join(dir, near)
		if err := os.Symlink(far, near); err != nil {
			t.Skipf("no links here: %v", err)
		}
		first := sign(t, 5, merkle.Hash{5})
		if err := merkle.WriteAnchor(near, first); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(near); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("the link is gone: %v", err)
		}
		if got, err := os.ReadFile(near); err != nil || !bytes.Equal(got, first) {
			t.Errorf("the far file holds %q, %v", got, err)
		}
	}
}

func TestAnchorBehindALink(t *testing.T) {
	t.Parallel()
	far, near := filepath.Join(t.TempDir(), "far.anchor"), filepath.Join(t.TempDir(), "near.anchor")
	if err := merkle.WriteAnchor(far, sign(t, 5, merkle.Hash{5})); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(far, near); err != nil {
		t.Skipf("no links here: %v", err)
	}
	next := sign(t, 6, merkle.Hash{6})
	if err := merkle.WriteAnchor(near, next); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(far); err != nil || !bytes.Equal(got, next) {
		t.Errorf("the far file holds %q, %v", got, err)
	}
	if info, err := os.Lstat(near); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}

func onlyFile(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(want) {
		t.Fatalf("%d files left, want %v: %v, %v", len(entries), want, entries, err)
	}
	for i, entry := range entries {
		if entry.Name() != want[i] {
			t.Errorf("%s is left", entry.Name())
		}
	}
}
