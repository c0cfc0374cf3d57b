package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/google/uuid"
)

func TestNewOrigin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := storetest.NewWriter(s)
	if _, err := w.Write(t.Context(), records(0, 3)...); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveCheckpoint(t.Context(), []byte("signed")); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", "0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01"} {
		if err := s.NewOrigin(t.Context(), bad); daybook.CodeOf(err) != daybook.CodeInternal {
			t.Errorf("%q: %v", bad, err)
		}
	}
	before, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := before
	want.LedgerID, want.Checkpoint = uuid.NewString(), nil
	if err := s.NewOrigin(t.Context(), want.LedgerID); err != nil {
		t.Fatal(err)
	}
	for range 2 { // as the store has it in mind, and as the file has it
		got, err := s.Head(t.Context())
		if err != nil || got.LedgerID != want.LedgerID || got.Checkpoint != nil || got.Size != want.Size || got.Root != want.Root || got.LoggedAt != want.LoggedAt {
			t.Errorf("the head is %+v, %v; want %+v", got, err, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(t.Context(), path, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
