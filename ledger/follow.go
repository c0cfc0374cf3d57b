package ledger

import (
	"context"
	"fmt"
	"sync"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// known is the furthest that this process has seen the store to reach. What a
// store holds later must begin with that: whoever has a receipt or a checkpoint
// from here has it for good.
type known struct {
	mu   sync.Mutex
	tree *merkle.Tree // which nobody lets grow: who wants more of it clones it
}

func (k *known) at() *merkle.Tree {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.tree
}

func (k *known) reached(tree *merkle.Tree) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tree == nil || tree.Size() > k.tree.Size() {
		k.tree = tree
	}
}

func (k *known) size() int64 { return k.at().Size() }

// A gap is what others have appended between two states of the store.
type gap struct {
	from, to int64
	kinds    map[*daybook.Kind]int // how many entries of each; nil where it was not looked at
}

// gapPage is how many spine rows are read at once, and widestGap how many at the
// most: a wider one is passed by its tiles, of which each has 256 entries.
const (
	gapPage   = 4_096
	widestGap = 200_000
)

// spines reads spine rows by their places.
type spines func(ctx context.Context, from, to int64) ([]daybook.Spine, error)

// spinesOf gives what reads the spine of a view: itself, where it can, since
// within an append it must not wait for a connection that others have.
func (l *Ledger) spinesOf(view daybook.View) spines {
	if own, ok := view.(daybook.SpineReader); ok {
		return own.Spine
	}
	return l.store.Spine
}

// A walk is from a tree to where the store stands. What this process had seen
// before it read that must lie on the way.
type walk struct {
	tree, seen *merkle.Tree
	head       daybook.Head
	read       spines
}

// extend walks, and gives the tree at the store's head. Where the store has less
// than was seen, or something else, it is CodeDamaged and says so.
func (l *Ledger) extend(ctx context.Context, w walk) (*merkle.Tree, gap, error) {
	tree, seen, head := w.tree, w.seen, w.head
	between := gap{from: tree.Size(), to: head.Size}
	switch {
	case head.LedgerID != l.id:
		return nil, between, &daybook.Error{
			Code:    daybook.CodeConflict,
			Message: fmt.Sprintf("ledger: the store became ledger %s while this server wrote %s", head.LedgerID, l.id),
			Hint:    "stop this server, give it the key of the new ledger, and start it again",
		}
	case head.Size < max(seen.Size(), tree.Size()):
		return nil, between, &daybook.Error{
			Code: daybook.CodeDamaged, Hint: hintLost,
			Message: fmt.Sprintf("ledger: the store has %d entries, and this server has seen %d: entries were lost, or the store was put back to an older state",
				head.Size, max(seen.Size(), tree.Size())),
		}
	case between.to-between.from > widestGap:
		wide, err := l.leap(w)
		return wide, between, err
	}
	grown := tree.Clone()
	between.kinds = map[*daybook.Kind]int{}
	var leaf []byte
	for grown.Size() < head.Size {
		rows, err := w.read(ctx, grown.Size(), min(head.Size, grown.Size()+gapPage))
		if err != nil {
			return nil, between, fmt.Errorf("ledger: %w", err)
		}
		if len(rows) == 0 {
			return nil, between, damagedGap(grown.Size())
		}
		for i := range rows {
			if rows[i].Seq != grown.Size() || rows[i].Kind == nil {
				return nil, between, damagedGap(grown.Size())
			}
			leaf = rows[i].AppendLeaf(leaf[:0])
			grown.Append(merkle.LeafHash(leaf))
			between.kinds[rows[i].Kind]++
			if grown.Size() == seen.Size() && grown.Root() != seen.Root() {
				return nil, between, forked(seen.Size())
			}
		}
	}
	grown.TakeFull() // which are in the store already
	if grown.Root() != head.Root {
		// Either what is new is not what its head says, or what was there before
		// is not what it was: the tiles tell.
		if _, err := l.leap(w); err != nil {
			return nil, between, err
		}
		return nil, between, damagedGap(tree.Size())
	}
	return grown, between, nil
}

// leap follows the store by its tiles alone.
func (l *Ledger) leap(w walk) (*merkle.Tree, error) {
	there, err := restore(l.store, w.head)
	if err != nil {
		return nil, err
	}
	read := l.edge(there)
	for _, past := range []*merkle.Tree{w.tree, w.seen} {
		root, err := merkle.RootAt(past.Size(), read)
		if err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		if root != past.Root() {
			return nil, forked(past.Size())
		}
	}
	return there, nil
}

// edge reads a tree that is at hand: its full tiles as stored, and what lies
// behind them from memory.
func (l *Ledger) edge(tree *merkle.Tree) merkle.TileReader {
	return tree.Reader(func(level int, index int64) ([]byte, error) {
		return l.store.FullTile(context.Background(), level, index)
	})
}

func forked(size int64) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Hint: hintForked,
		Message: fmt.Sprintf("ledger: the first %d entries of the store are not those that this server has seen", size),
	}
}

func damagedGap(seq int64) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Hint: hintDamaged,
		Message: fmt.Sprintf("ledger: the entries from %d on do not give the root that the store's head has", seq),
	}
}

// stands says that the store stands where a tree does, and that this process has
// not seen it further.
func (l *Ledger) stands(tree *merkle.Tree, head daybook.Head) bool {
	return tree.Size() == head.Size && tree.Root() == head.Root && head.LedgerID == l.id && l.known.size() <= head.Size
}

// follow brings the tree's edge to where the store stands, if someone else or
// an unanswered commit has moved it, and forgets what that may have made wrong.
func (l *Ledger) follow(view daybook.View) error {
	head := view.Head()
	if l.stands(l.tree, head) {
		return nil
	}
	ctx := context.Background()
	tree, between, err := l.extend(ctx, walk{tree: l.tree, seen: l.known.at(), head: head, read: l.spinesOf(view)})
	if err != nil {
		l.sessions.forget()
		if isUnsound(err) {
			l.unsound.set(err)
		}
		return err
	}
	if err := l.overtaken(ctx, view, between); err != nil {
		return err
	}
	l.tree = tree
	l.known.reached(tree)
	return nil
}

// overtaken brings what is remembered of sessions up to what others have written
// to them, and forgets patterns where the first of one may be gone.
func (l *Ledger) overtaken(ctx context.Context, view daybook.View, between gap) error {
	if between.kinds == nil || between.kinds[kindErasure] > 0 {
		l.remembered.forget()
	}
	touching := 0
	for kind := range sessionOf {
		touching += between.kinds[kind]
	}
	if between.kinds == nil || touching > gapPage {
		l.sessions.forget()
		return nil
	}
	for kind, column := range sessionOf {
		if between.kinds[kind] == 0 {
			continue
		}
		before := between.from - 1
		entries, err := view.Select(ctx, daybook.Query{
			Kind: kind, Revisions: true, Oldest: true, After: &before, Limit: between.kinds[kind],
		})
		if err != nil {
			l.sessions.forget() // of which a part may be told already
			return fmt.Errorf("ledger: %w", err)
		}
		for _, e := range entries {
			l.sessions.heard(e, e.Values[column].Text())
		}
	}
	return nil
}
