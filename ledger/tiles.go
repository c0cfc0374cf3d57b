package ledger

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

var _ daybook.Tiler = (*Ledger)(nil)

// Tile implements daybook.Tiler.
func (l *Ledger) Tile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	size, err := l.publishes(ctx, level, index, width)
	if err != nil {
		return nil, err
	}
	hashes, err := tiles(l.store, size).Tile(level, index, width)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return hashes, nil
}

// Entries implements daybook.Tiler.
func (l *Ledger) Entries(ctx context.Context, index int64, width int) ([]byte, error) {
	if _, err := l.publishes(ctx, 0, index, width); err != nil {
		return nil, err
	}
	from := index * merkle.TileWidth
	rows, err := l.store.Spine(ctx, from, from+int64(width))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if len(rows) != width {
		return nil, &daybook.Error{
			Code: daybook.CodeDamaged, Hint: hintDamaged,
			Message: fmt.Sprintf("ledger: the spine has %d of the %d entries from %d on", len(rows), width, from),
		}
	}
	var bundle, leaf []byte
	for i := range rows {
		if rows[i].Kind == nil {
			return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: fmt.Sprintf("ledger: entry %d is of no kind", rows[i].Seq), Hint: hintDamaged}
		}
		leaf = rows[i].AppendLeaf(leaf[:0])
		if bundle, err = merkle.AppendEntry(bundle, leaf); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
	}
	return bundle, nil
}

// publishes gives the size of the newest checkpoint that is given out, which must
// have a tile. Another server may have given out a newer one already.
func (l *Ledger) publishes(ctx context.Context, level int, index int64, width int) (int64, error) {
	size, err := l.published(ctx)
	if err != nil || merkle.HasTile(size, level, index, width) {
		return size, err
	}
	if l.leaser != nil && l.o.Signer != nil {
		if err := l.signing.sign(ctx); err != nil {
			return 0, err
		}
		if size, err = l.published(ctx); err != nil || merkle.HasTile(size, level, index, width) {
			return size, err
		}
	}
	return 0, beyond(size)
}

// published is the size of the newest checkpoint that is given out.
func (l *Ledger) published(ctx context.Context) (int64, error) {
	note, err := l.Checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	c, err := merkle.UnverifiedCheckpoint(note)
	if err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return c.Size, nil
}

func beyond(size int64) error {
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: fmt.Sprintf("the newest checkpoint, of %d entries, has no such tile", size),
		Hint: "get the checkpoint first, and then the tiles of its size",
	}
}
