package postgres

import (
	"bytes"
	"testing"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// signedBy makes a checkpoint of an empty ledger of that id.
func signedBy(t *testing.T, ledgerID string) []byte {
	t.Helper()
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + ledgerID)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	note, err := signer.Sign(merkle.Checkpoint{Origin: signer.Origin(), Root: merkle.New().Root()})
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// TestNewOriginLeavesTheOldKeyBehind: the checkpoint under the old id is
// forgotten, and one that a server under it signs afterwards is not kept.
func TestNewOriginLeavesTheOldKeyBehind(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := signedBy(t, head.LedgerID)
	if err := s.SaveCheckpoint(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	id := uuid.Must(uuid.NewV7()).String()
	for range 2 {
		if err := s.NewOrigin(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := s.Head(t.Context()); err != nil || after.LedgerID != id || after.Checkpoint != nil || after.Size != head.Size || after.Root != head.Root {
		t.Errorf("it is %+v, %v", after, err)
	}
	if err := s.SaveCheckpoint(t.Context(), old); err == nil {
		t.Error("the old key's checkpoint was kept")
	}
	fresh := signedBy(t, id)
	if err := s.SaveCheckpoint(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Head(t.Context()); err != nil || !bytes.Equal(after.Checkpoint, fresh) {
		t.Errorf("the new key's checkpoint is %s, %v", after.Checkpoint, err)
	}
	if err := s.NewOrigin(t.Context(), "not an id"); err == nil {
		t.Error("it took no UUID for an id")
	}
}
