package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// lawCheckpoint holds a store to keeping the newest checkpoint, byte by byte.
func lawCheckpoint(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	sign := signer(t)
	k := daybook.MustKind("decision_logs")
	var newest []byte
	for i := range 4 {
		mustWrite(t, w, example(k, i))
		newest = sign(w.Tree())
		for range 2 { // the second changes nothing
			must(t, s.SaveCheckpoint(t.Context(), newest))
			if head := mustHead(t, s); string(head.Checkpoint) != string(newest) || head.Size != int64(i+1) {
				t.Errorf("the head is %+v, want checkpoint %q", head, newest)
			}
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.SaveCheckpoint(cancelled, sign(merkle.New())); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if head := mustHead(t, s); string(head.Checkpoint) != string(newest) {
		t.Errorf("a checkpoint that failed was kept: %q", head.Checkpoint)
	}
}

// lawCheckpointKept holds a store that several servers share to never going
// back: one that was slow to sign takes nothing from one that was quick.
func lawCheckpointKept(t *testing.T, at Opener) {
	s := open(t, at)
	if _, ok := s.(daybook.Leaser); !ok {
		t.Skip("the store belongs to one process")
	}
	w := NewWriter(s)
	sign := signer(t)
	k := daybook.MustKind("decision_logs")
	notes := [][]byte{sign(w.Tree())}
	for i := range 12 { // past 9, which is greater as a text
		mustWrite(t, w, example(k, i))
		notes = append(notes, sign(w.Tree()))
	}
	greatest := 0
	for _, size := range []int{0, 9, 3, 10, 9, 0, 12, 11, 10} {
		must(t, s.SaveCheckpoint(t.Context(), notes[size]))
		greatest = max(greatest, size)
		if head := mustHead(t, s); string(head.Checkpoint) != string(notes[greatest]) {
			t.Fatalf("after that of %d the checkpoint is %q, want that of %d", size, head.Checkpoint, greatest)
		}
	}
}

// signer gives what signs trees under a key of its own.
func signer(t *testing.T) func(*merkle.Tree) []byte {
	t.Helper()
	private, _, err := merkle.GenerateKey("daybook/storetest")
	must(t, err)
	key, err := merkle.NewSigner(private)
	must(t, err)
	return func(tree *merkle.Tree) []byte {
		note, err := key.Sign(merkle.Checkpoint{Origin: key.Origin(), Size: tree.Size(), Root: tree.Root()})
		must(t, err)
		return note
	}
}
