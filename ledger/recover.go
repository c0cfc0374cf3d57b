package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
)

const hintDamaged = "run `daybook verify` to see what is wrong, and restore the store from a copy that is whole"

// recover finds the tree's edge in the store and holds the store against what
// was signed. It is the one way to open, after a crash or not. A crash while it
// runs leaves all as it was: it only reads.
func (l *Ledger) recover(ctx context.Context) error {
	anchor, err := l.readAnchor()
	if err != nil {
		return err
	}
	if l.o.Signer == nil {
		head, err := l.store.Head(ctx)
		if err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
		if l.tree, err = restore(l.store, head); err != nil {
			return err
		}
		l.id = head.LedgerID
		l.known.reached(l.tree)
		return nil
	}
	s, err := Stand(ctx, l.store, l.o.Signer.Public(), anchor)
	if err != nil {
		return err
	}
	l.tree, l.id = s.tree, s.Head.LedgerID
	l.known.reached(l.tree)
	if origin := daybook.OriginPrefix + s.Head.LedgerID; l.o.Signer.Origin() != origin {
		return &daybook.Error{
			Code:    daybook.CodeConflict,
			Message: fmt.Sprintf("ledger: the key is that of %s, the store is %s", l.o.Signer.Origin(), origin),
			Hint:    "give the key that belongs to this store with --key; if that is lost for good, `daybook ledger new-origin` goes on under a new name and key",
		}
	}
	if err := s.Err(); err != nil {
		return err
	}
	if err := l.checkTail(ctx, s); err != nil {
		return err
	}
	l.resumeSigning(s)
	return nil
}

// checkTail looks at the entries that no checkpoint covers, which only a crash
// leaves. What was signed is held against the tree at once, but these the next
// checkpoint would vouch for, so each must be there and give its hash first. A
// write-ahead log that lost its middle could have left half of one.
func (l *Ledger) checkTail(ctx context.Context, s *Standing) error {
	from := s.Vouched()
	newer := s.Head.Size - from
	if newer == 0 || s.Head.Checkpoint == nil {
		return nil
	}
	tree, err := merkle.Restore(from, tiles(l.store, from))
	if err != nil {
		return unreadable(err)
	}
	var leaf, canonical []byte
	err = l.store.Scan(ctx, from, func(r daybook.Row) error {
		if tree.Size() == s.Head.Size && r.Spine != nil && r.Spine.Seq == s.Head.Size {
			return errEnough // what others have written since
		}
		if fault := tailFault(r, tree.Size(), &canonical); fault != "" {
			return &daybook.Error{Code: daybook.CodeDamaged, Message: fmt.Sprintf("ledger: entry %d was written and not yet signed, and %s", tree.Size(), fault), Hint: hintDamaged}
		}
		leaf = r.Spine.AppendLeaf(leaf[:0])
		tree.Append(merkle.LeafHash(leaf))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if tree.Size() != s.Head.Size || tree.Root() != s.Head.Root {
		return &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: the entries that were not yet signed do not give the root that the store's head has", Hint: hintDamaged}
	}
	if l.leaser != nil {
		return nil // it may be no crash: others write
	}
	l.o.Logger.Warn("the last entries were never signed, as after a crash; they are whole, and are signed now", "entries", newer, "from", from)
	return nil
}

var errEnough = errors.New("enough")

// tailFault says what is wrong with a row that should be entry seq; "" for
// nothing. That a body is gone says nothing: it may have been erased, which
// verify can tell.
func tailFault(r daybook.Row, seq int64, buf *[]byte) string {
	switch {
	case r.Spine == nil || r.Spine.Seq != seq:
		return "its place in the spine is not there"
	case r.Fault != "":
		return r.Fault
	case r.Spine.Kind == nil:
		return "its place in the spine names no kind"
	case r.Entry == nil:
		return ""
	}
	*buf = r.Entry.AppendCanonical((*buf)[:0])
	if canon.Hash(*buf) != r.Spine.LogHash {
		return "its row does not give its log_hash"
	}
	return ""
}

// resumeSigning makes signing begin where the one that is behind stands, so
// that opening brings the anchor up after a crash between the two, or where it
// was lost.
func (l *Ledger) resumeSigning(s *Standing) {
	switch {
	case l.o.Anchor == "":
		l.signing.signed = s.Checkpoint.Size
	case s.Anchor.Note == nil:
		l.signing.signed = -1
		if s.Checkpoint.Note != nil {
			l.o.Logger.Warn("no anchor is there: a rollback before now would go unseen", "anchor", l.o.Anchor)
		}
	default:
		l.signing.signed = min(s.Checkpoint.Size, s.Anchor.Size)
	}
	l.signing.note = s.Head.Checkpoint
}

func (l *Ledger) readAnchor() ([]byte, error) {
	if l.o.Anchor == "" || l.o.Signer == nil {
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

// restore rebuilds the tree's edge and holds it against the head.
func restore(store daybook.Store, head daybook.Head) (*merkle.Tree, error) {
	tree, err := merkle.Restore(head.Size, tiles(store, head.Size))
	if err != nil {
		return nil, unreadable(err)
	}
	if head.Size > 0 && tree.Root() != head.Root {
		return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: the tree does not give the root that the store's head has", Hint: hintDamaged}
	}
	return tree, nil
}

// unreadable is why a tree cannot be read: that the store is out of reach says
// nothing against what it holds.
func unreadable(err error) error {
	if daybook.CodeOf(err) == daybook.CodeUnavailable || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("ledger: the tree cannot be read: %w", err)
	}
	return &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: the tree cannot be read", Err: err, Hint: hintDamaged}
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
