package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

const hintDamaged = "run `daybook verify` to see what is wrong, and restore the store from a copy that is whole"

// recover finds the tree's edge in the store and holds the store against what
// was signed. It is the normal way to open, after a crash or not.
func (l *Ledger) recover(ctx context.Context) error {
	head, err := l.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if l.o.Signer != nil && l.o.Signer.Origin() != daybook.OriginPrefix+head.LedgerID {
		return &daybook.Error{
			Code:    daybook.CodeConflict,
			Message: fmt.Sprintf("ledger: the key is that of %s, the store is %s", l.o.Signer.Origin(), daybook.OriginPrefix+head.LedgerID),
			Hint:    "give the key that belongs to this store with --key",
		}
	}
	if l.tree, err = restore(l.store, head); err != nil {
		return err
	}
	if l.o.Signer == nil {
		return nil
	}
	signed, err := l.checkSigned(head.Checkpoint, "the checkpoint in the store")
	if err != nil {
		return err
	}
	anchor, err := l.readAnchor()
	if err != nil {
		return err
	}
	anchored, err := l.checkSigned(anchor, "the anchor")
	if err != nil {
		return err
	}
	if anchor == nil && head.Checkpoint != nil && l.o.Anchor != "" {
		l.o.Logger.Warn("no anchor is there: a rollback before now would go unseen", "anchor", l.o.Anchor)
	}
	if newer := head.Size - max(signed, anchored); newer > 0 && head.Checkpoint != nil {
		l.o.Logger.Warn("the last entries were never signed, as after a crash; they are signed now", "entries", newer, "from", max(signed, anchored))
	}
	// Signing begins where the one that is behind stands, so that opening brings
	// the anchor up after a crash between the two, or where it was lost.
	switch {
	case l.o.Anchor == "":
		l.signing.signed = signed
	case anchor == nil:
		l.signing.signed = -1
	default:
		l.signing.signed = min(signed, anchored)
	}
	l.signing.note = head.Checkpoint
	l.signing.head = head.Size
	return nil
}

func (l *Ledger) readAnchor() ([]byte, error) {
	if l.o.Anchor == "" {
		return nil, nil
	}
	anchor, err := merkle.ReadAnchor(l.o.Anchor)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return anchor, nil
}

// checkSigned checks that a signed checkpoint is ours and that the store still
// begins with what it says. It gives the size, 0 for none.
func (l *Ledger) checkSigned(signed []byte, what string) (int64, error) {
	if signed == nil {
		return 0, nil
	}
	c, err := merkle.OpenCheckpoint(signed, l.o.Signer.Public())
	if err != nil {
		return 0, &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: " + what + " was not signed by this ledger's key", Err: err, Hint: hintDamaged}
	}
	if c.Size > l.tree.Size() {
		return 0, &daybook.Error{
			Code:    daybook.CodeDamaged,
			Message: fmt.Sprintf("ledger: %s is of %d entries, the store has %d: entries were lost or the store was rolled back", what, c.Size, l.tree.Size()),
			Hint:    hintDamaged,
		}
	}
	root, err := merkle.RootAt(c.Size, tiles(l.store, l.tree.Size()))
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	if root != c.Root {
		return 0, &daybook.Error{Code: daybook.CodeDamaged, Message: fmt.Sprintf("ledger: the first %d entries are not those that %s was signed over", c.Size, what), Hint: hintDamaged}
	}
	return c.Size, nil
}

// restore rebuilds the tree's edge and holds it against the head.
func restore(store daybook.Store, head daybook.Head) (*merkle.Tree, error) {
	tree, err := merkle.Restore(head.Size, tiles(store, head.Size))
	if err != nil {
		return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: the tree cannot be read", Err: err, Hint: hintDamaged}
	}
	if head.Size > 0 && tree.Root() != head.Root {
		return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: the tree does not give the root that the store's head has", Hint: hintDamaged}
	}
	return tree, nil
}

// tiles reads the tree of a store at a size: full tiles as stored, the leaves
// behind them hashed from the spine.
func tiles(store daybook.Store, size int64) merkle.TileReader {
	ctx := context.Background()
	return merkle.StoreReader{
		Size: size,
		Full: func(level int, index int64) ([]byte, error) { return store.FullTile(ctx, level, index) },
		Leaves: func(from, to int64) ([]merkle.Hash, error) {
			rows, err := store.Spine(ctx, from, to)
			if err != nil {
				return nil, err
			}
			hashes := make([]merkle.Hash, len(rows))
			var leaf []byte
			for i := range rows {
				if rows[i].Kind == nil {
					return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: fmt.Sprintf("entry %d is of no kind", rows[i].Seq), Hint: hintDamaged}
				}
				leaf = rows[i].AppendLeaf(leaf[:0])
				hashes[i] = merkle.LeafHash(leaf)
			}
			return hashes, nil
		},
	}
}
