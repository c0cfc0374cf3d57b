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

	tree *merkle.Tree
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
	s := &Standing{Head: head, tree: tree}
	j := judge{store: store, tree: tree, public: public}
	if s.Checkpoint, err = j.signed(head.Checkpoint, "the checkpoint in the store"); err != nil {
		return nil, err
	}
	s.Anchor, err = j.signed(anchor, "the anchor")
	return s, err
}

// judge holds signed checkpoints against one store.
type judge struct {
	store  daybook.Store
	tree   *merkle.Tree
	public string
}

// What to do about a store that is not what was signed.
const (
	hintLost = "a newer copy of the store loses nothing: put that back. If there is none, " +
		"`daybook ledger new-origin` says what was lost and goes on under a new name and key"
	hintForked = "run `daybook verify` to see what is wrong, and put back a copy of the store that is whole. If there is none, " +
		"`daybook ledger new-origin` goes on knowingly under a new name and key"
)

func (j *judge) signed(note []byte, what string) (Signed, error) {
	if note == nil {
		return Signed{Verdict: Absent}, nil
	}
	s := Signed{Note: note}
	wrong := func(v Verdict, err error, hint, format string, args ...any) (Signed, error) {
		s.Verdict = v
		s.Err = &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: " + fmt.Sprintf(format, args...), Err: err, Hint: hint}
		return s, nil
	}
	c, err := merkle.UnverifiedCheckpoint(note)
	if err == nil {
		s.Origin, s.Size = c.Origin, c.Size
		if j.public != "" {
			_, err = merkle.OpenCheckpoint(note, j.public)
		}
	}
	if err != nil {
		return wrong(Foreign, err, hintForked, "%s was not signed by this ledger's key", what)
	}
	if c.Size > j.tree.Size() {
		return wrong(Lost, nil, hintLost, "%s is of %d entries, the store has %d: entries were lost or the store was rolled back", what, c.Size, j.tree.Size())
	}
	root, err := merkle.RootAt(c.Size, tiles(j.store, j.tree.Size()))
	if err != nil {
		return s, fmt.Errorf("ledger: %w", err)
	}
	if root != c.Root {
		return wrong(Forked, nil, hintForked, "the first %d entries are not those that %s was signed over", c.Size, what)
	}
	s.Verdict = Consistent
	return s, nil
}
