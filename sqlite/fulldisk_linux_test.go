package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// The same with a disk that is really full, where one can be had.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("daybook", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	s, err := Open(t.Context(), filepath.Join(dir, "ledger.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := storetest.NewWriter(s)
	if _, err := w.Write(t.Context(), records(0, 5)...); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	filled := os.WriteFile(ballast, make([]byte, 3<<20), 0o600)
	if filled == nil {
		t.Fatal("the disk is not full")
	}
	full := 0
	for i := range 40 {
		if _, err = w.Write(t.Context(), records(5+i, 6+i)...); err != nil {
			if daybook.CodeOf(err) != daybook.CodeUnavailable {
				t.Fatal(err)
			}
			full++
		}
	}
	if full == 0 {
		t.Fatal("the disk took everything")
	}
	if err := s.SaveCheckpoint(t.Context(), make([]byte, 100_000)); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a checkpoint: %v", err)
	}
	if err := s.Room(t.Context(), 1<<20); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("room on a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.Room(t.Context(), 1<<20); err != nil {
		t.Errorf("room where there is some: %v", err)
	}
	wantWhole(t, s, w, w.Tree().Size())
}
