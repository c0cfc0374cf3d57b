package transfer

import (
	"bytes"
	"context"
	"errors"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// write adds a part to the tree and to the target. Its full tiles must be those
// that the source has kept.
func (r *run) write(ctx context.Context, tree *merkle.Tree, p *part, head daybook.Head) error {
	for _, leaf := range p.leaves {
		tree.Append(leaf)
	}
	full := tree.TakeFull()
	for _, t := range full {
		kept, err := r.from.FullTile(ctx, t.Level, t.Index)
		if err != nil && daybook.CodeOf(err) != daybook.CodeNotFound {
			return err
		}
		if !bytes.Equal(kept, t.Hashes) {
			return damaged(hintDamaged, "%s: %s is not what the entries beneath it give", r.From, merkle.TilePath(t.Level, t.Index, merkle.TileWidth))
		}
	}
	last := p.rows[len(p.rows)-1].Spine
	chunk := &daybook.Chunk{
		Rows: p.rows, Tiles: full,
		Head: daybook.Head{LedgerID: head.LedgerID, Size: tree.Size(), Root: tree.Root(), LoggedAt: last.LoggedAt},
	}
	// Before they are in the target: its root is the source's, or it is not written.
	if err := r.sameRoot(ctx, tree, head); err != nil {
		return err
	}
	if err := r.to.Import(ctx, chunk); err != nil {
		return err
	}
	r.report.Copied += int64(len(p.rows))
	r.report.Bodiless += p.bodiless
	r.Step("chunk")
	return nil
}

// sameRoot wants the root that the source has at the tree's size. Where a full
// tile ends there the tiles have said so.
func (r *run) sameRoot(ctx context.Context, tree *merkle.Tree, head daybook.Head) error {
	switch {
	case tree.Size() == head.Size:
		return r.whole(tree, head)
	case tree.Size()%merkle.TileWidth == 0:
		return nil
	}
	root, err := merkle.RootAt(tree.Size(), tiles(ctx, r.from, head.Size))
	if isAway(err) {
		return err
	}
	if err != nil || root != tree.Root() {
		return damaged(hintDamaged, "the first %d entries of %s give another root than its tree has", tree.Size(), r.From)
	}
	return nil
}

// begins wants the source to begin with what the target holds.
func (r *run) begins(ctx context.Context, head, there daybook.Head) error {
	if there.Size > head.Size {
		return conflict("copy the other way round, or see with `daybook ledger status` which of the two is older",
			"%s has %d entries of this ledger, %s only %d", r.To, there.Size, r.From, head.Size)
	}
	if there.Size == 0 {
		return nil
	}
	root, err := merkle.RootAt(there.Size, tiles(ctx, r.from, head.Size))
	if isAway(err) {
		return err
	}
	if err != nil {
		return damaged(hintDamaged, "the tree of %s cannot be read: %v", r.From, err)
	}
	if root != there.Root {
		return conflict("the two have gone different ways: `daybook verify` on each tells what is signed; copy into an empty store",
			"the %d entries in %s are not those that %s begins with", there.Size, r.To, r.From)
	}
	return nil
}

// isAway says that a store could not be asked, which says nothing against what it
// holds.
func isAway(err error) bool {
	return daybook.CodeOf(err) == daybook.CodeUnavailable || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// tiles reads the tree of a store at a size.
func tiles(ctx context.Context, store daybook.Store, size int64) merkle.TileReader {
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
					return nil, damaged(hintDamaged, "entry %d is of no kind", rows[i].Seq)
				}
				leaf = rows[i].AppendLeaf(leaf[:0])
				hashes[i] = merkle.LeafHash(leaf)
			}
			return hashes, nil
		},
	}
}
