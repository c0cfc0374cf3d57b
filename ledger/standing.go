package ledger

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Verdict is what holding a signed checkpoint against a store comes to.
type Verdict string

// The verdicts. All but the first two keep a ledger from signing on.
const (
	Absent     Verdict = "absent"     // there is none
	Consistent Verdict = "consistent" // the store begins with what was signed
	Foreign    Verdict = "foreign"    // this ledger's key did not sign it
	Lost       Verdict = "lost"       // it was signed over more entries than the store has
	Forked     Verdict = "forked"     // it was signed over other entries than the store has
)

// Signed is a signed checkpoint, held against a store.
type Signed struct {
	Note    []byte // as it was signed; nil for none
	Origin  string // the ledger it names, whoever signed it; "" where it cannot be read
	Size    int64  // the entries it was signed over
	Verdict Verdict
	Err     error // a *daybook.Error of CodeDamaged that says what is wrong and what to do; nil where nothing is
}

// Standing is where a store stands: its own head, and what was signed of it.
type Standing struct {
	Head       daybook.Head
	Checkpoint Signed // the newest that the store keeps
	Anchor     Signed // the newest outside it

	store daybook.Store
	tree  *merkle.Tree
}

// Err gives why nothing may be signed over the store, or nil.
func (s *Standing) Err() error {
	if s.Checkpoint.Err != nil {
		return s.Checkpoint.Err
	}
	return s.Anchor.Err
}

// Vouched is how many of the store's entries a consistent checkpoint covers.
func (s *Standing) Vouched() int64 {
	var size int64
	for _, c := range []*Signed{&s.Checkpoint, &s.Anchor} {
		if c.Verdict == Consistent {
			size = max(size, c.Size)
		}
	}
	return size
}

// RootAt is the root of the tree over the store's first size entries.
func (s *Standing) RootAt(size int64) (merkle.Hash, error) {
	if size < 0 || size > s.tree.Size() {
		return merkle.Hash{}, daybook.Invalidf("", "the store has %d entries, not %d", s.tree.Size(), size)
	}
	root, err := merkle.RootAt(size, tiles(s.store, s.tree.Size()))
	if err != nil {
		return root, fmt.Errorf("ledger: %w", err)
	}
	return root, nil
}

// Stand finds where a store stands and writes nothing. It reads the head, the
// tree's edge, the store's checkpoint, and the anchor it is given (nil for
// none), and holds both against the tree and the public key; no public key
// leaves signatures unchecked. A store whose tree does not give its own head's
// root is an error of CodeDamaged. It does not look at bodies: verify does.
func Stand(ctx context.Context, store daybook.Store, public string, anchor []byte) (*Standing, error) {
	head, err := store.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	tree, err := restore(store, head)
	if err != nil {
		return nil, err
	}
	s := &Standing{Head: head, store: store, tree: tree}
	if s.Checkpoint, err = s.judge(head.Checkpoint, public, "the checkpoint in the store"); err != nil {
		return nil, err
	}
	if s.Anchor, err = s.judge(anchor, public, "the anchor"); err != nil {
		return nil, err
	}
	return s, nil
}

// What to do about a store that is not what was signed.
const (
	hintLost = "a newer copy of the store loses nothing: put that back. If there is none, " +
		"`daybook ledger new-origin` says what was lost and goes on under a new name and key"
	hintForked = "run `daybook verify` to see what is wrong, and put back a copy of the store that is whole. If there is none, " +
		"`daybook ledger new-origin` goes on knowingly under a new name and key"
)

// judge holds a signed checkpoint against the store.
func (s *Standing) judge(note []byte, public, what string) (Signed, error) {
	if note == nil {
		return Signed{Verdict: Absent}, nil
	}
	found := Signed{Note: note}
	wrong := func(v Verdict, err error, hint, format string, args ...any) (Signed, error) {
		found.Verdict = v
		found.Err = &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: " + fmt.Sprintf(format, args...), Err: err, Hint: hint}
		return found, nil
	}
	c, err := merkle.UnverifiedCheckpoint(note)
	if err == nil {
		found.Origin, found.Size = c.Origin, c.Size
		if public != "" {
			_, err = merkle.OpenCheckpoint(note, public)
		}
	}
	if err != nil {
		return wrong(Foreign, err, hintForked, "%s was not signed by this ledger's key", what)
	}
	if c.Size > s.tree.Size() {
		return wrong(Lost, nil, hintLost, "%s is of %d entries, the store has %d: entries were lost or the store was rolled back", what, c.Size, s.tree.Size())
	}
	root, err := s.RootAt(c.Size)
	if err != nil {
		return found, err
	}
	if root != c.Root {
		return wrong(Forked, nil, hintForked, "the first %d entries are not those that %s was signed over", c.Size, what)
	}
	found.Verdict = Consistent
	return found, nil
}
