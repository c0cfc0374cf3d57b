package ledger_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// A store that is put back to an older state, while servers run and when they
// start: nothing is written or signed, and what to do is said, until it is put
// right.
func TestServersRefuseAnOlderStore(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a, b := c.serve(5*time.Millisecond), c.serve(5*time.Millisecond)
	a.write(t, thoughts("before", 4)...)
	eventually(t, "it is signed", func() bool { return a.size(t) == 4 && b.size(t) == 4 })
	older := c.store.Backup()
	a.write(t, thoughts("after", 3)...)
	eventually(t, "it is signed", func() bool { return a.size(t) == 7 && b.size(t) == 7 })
	newest := c.store.Backup()

	c.store.Restore(older)
	for name, s := range map[string]*server{"who wrote": a, "who did not": b} {
		eventually(t, name+" is not ready", func() bool { return s.Ready(t.Context()) != nil })
		refusesOlder(t, name+", ready", s.Ready(t.Context()))
		_, err := s.Record(t.Context(), daybook.Local, thoughts(name, 1))
		keepsWriters(t, name, err)
		if s.size(t) != 7 || s.anchored(t) != 7 {
			t.Errorf("%s gives out a checkpoint of %d, its anchor is of %d", name, s.size(t), s.anchored(t))
		}
	}
	if _, err := c.try(time.Hour, a.anchor); err == nil {
		t.Error("a server started on an older store")
	} else {
		refusesOlder(t, "starting", err)
	}
	head, err := c.store.Head(t.Context())
	must(t, err)
	if signed, err := merkle.UnverifiedCheckpoint(head.Checkpoint); err != nil || head.Size != 4 || signed.Size != 4 {
		t.Errorf("the older store was written to: %+v, %v", head, err)
	}

	c.store.Restore(newest)
	for _, s := range []*server{a, b} {
		eventually(t, "it is ready again", func() bool { return s.Ready(t.Context()) == nil })
	}
	b.write(t, thoughts("on", 2)...)
	c.sound(nil)
}

// A server that has written nothing itself since what is put back was saved, has
// seen more all the same.
func TestServersRefuseWhatTheySaw(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(time.Hour)
	a.write(t, thoughts("before", 4)...)
	b := c.serve(time.Hour)
	older := c.store.Backup()
	receipts := a.write(t, thoughts("after", 3)...)
	if _, err := b.Inclusion(t.Context(), receipts[0].LogID); err != nil {
		t.Fatal(err)
	}
	c.store.Restore(older)
	_, err := b.Record(t.Context(), daybook.Local, thoughts("b", 1))
	keepsWriters(t, "before it has looked", err)
	if head, err := c.store.Head(t.Context()); err != nil || head.Size != 4 {
		t.Errorf("it was written to: %+v, %v", head, err)
	}
}

// keepsWriters wants a write to be refused as something to be tried again: what
// is wrong is no fault of whoever writes, who would take another answer for one
// about the records.
func keepsWriters(t *testing.T, who string, err error) {
	t.Helper()
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "new-origin") {
		t.Errorf("%s, writing: %v, want it to be unavailable, and what to do", who, err)
	}
}

func refusesOlder(t *testing.T, what string, err error) {
	t.Helper()
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != daybook.CodeDamaged || !strings.Contains(e.Hint, "new-origin") {
		t.Errorf("%s: %v, want a refusal that says what to do", what, err)
	}
}

// A store that went another way after it was put back has more entries than the
// server knows, and not the same.
func TestServersRefuseAFork(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"of the same size": 2, "longer": 5, "shorter": 1} {
		t.Run(name, func(t *testing.T) { // none of it is signed yet, and known all the same
			t.Parallel()
			c := newCluster(t)
			a := c.serve(time.Hour)
			a.write(t, thoughts("both", 4)...)
			older := c.store.Backup()
			a.write(t, thoughts("kept", 2)...)
			c.store.Restore(older)
			other, err := c.try(time.Hour, filepath.Join(t.TempDir(), "anchor")) // which knows nothing of it
			must(t, err)
			other.write(t, thoughts("other", more)...)
			_, err = a.Record(t.Context(), daybook.Local, thoughts("a", 1))
			keepsWriters(t, "a", err)
			refusesOlder(t, "ready", a.Ready(t.Context()))
			_, err = a.Inclusion(t.Context(), thoughts("other", 1)[0].LogID())
			refusesOlder(t, "proving", err)
		})
	}
}

// A ledger that was given a new name goes on under a new key, and a server that
// has the old one does not write under it.
func TestServersRefuseANewOrigin(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(5 * time.Millisecond)
	a.write(t, thoughts("x", 1)...)
	c.store.NewOrigin(uuid.NewString())
	_, err := a.Record(t.Context(), daybook.Local, thoughts("y", 1))
	if daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("writing: %v", err)
	}
	eventually(t, "it is not ready", func() bool { return daybook.CodeOf(a.Ready(t.Context())) == daybook.CodeConflict })
	if head, err := c.store.Head(t.Context()); err != nil || head.Size != 1 || head.Checkpoint != nil {
		t.Errorf("it was written to: %+v, %v", head, err)
	}
}

// A checkpoint that somebody else signed is not taken over.
func TestServersRefuseAForeignCheckpoint(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(5 * time.Millisecond)
	a.write(t, thoughts("x", 2)...)
	private, _, err := merkle.GenerateKey(c.signer.Origin())
	must(t, err)
	foreign, err := merkle.NewSigner(private)
	must(t, err)
	head, err := c.store.Head(t.Context())
	must(t, err)
	note, err := foreign.Sign(merkle.Checkpoint{Origin: foreign.Origin(), Size: head.Size, Root: head.Root})
	must(t, err)
	must(t, a.store.SaveCheckpoint(t.Context(), note))
	eventually(t, "it is not ready", func() bool { return a.Ready(t.Context()) != nil })
	refusesOlder(t, "ready", a.Ready(t.Context()))
	if _, err := merkle.OpenCheckpoint(must2(a.Checkpoint(t.Context())), c.signer.Public()); err != nil {
		t.Errorf("it gives out what another signed: %v", err)
	}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
