package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
)

// What is held in memory at most: a chunk that is written and one that is read.
// A chunk ends at the first full tile behind either bound, so that every row in
// it is held against a tile before it is written, and where there would be too
// much until then. A scan of the source ends after so many rows and is begun
// anew, so that a file that is written meanwhile need not keep its whole log for
// one reader.
const (
	chunkRows  = 4096
	chunkBytes = 16 << 20
	mostBytes  = 4 * chunkBytes
	scanRows   = 16 * chunkRows
)

// part is a chunk on its way, without what the tree gives it.
type part struct {
	rows     []daybook.Row
	leaves   []merkle.Hash
	bodiless int64
}

var errEnough = errors.New("transfer: enough rows")

// copyUpTo copies what the target lacks of the source's first head.Size entries.
// One goroutine reads and hashes, the other writes.
func (r *run) copyUpTo(ctx context.Context, head daybook.Head) error {
	there, err := r.to.Head(ctx)
	if err != nil {
		return err
	}
	tree, err := merkle.Restore(there.Size, tiles(ctx, r.to, there.Size))
	if isAway(err) {
		return err
	}
	if err != nil || there.Size > 0 && tree.Root() != there.Root {
		return damaged("make the target anew", "what %s holds does not give the root of its own head", r.To)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := make(chan *part, 1)
	read := make(chan error, 1)
	go func() {
		defer close(parts)
		read <- r.read(ctx, there.Size, head.Size, parts)
	}()
	r.Progress(there.Size, head.Size)
	for p := range parts {
		if err := r.write(ctx, tree, p, head); err != nil {
			cancel()
			for range parts { // until the reading has ended
			}
			return err
		}
		r.Progress(tree.Size(), head.Size)
	}
	if err := <-read; err != nil {
		return err
	}
	return r.whole(tree, head)
}

// whole wants the target to hold the ledger as the source's head has it.
func (r *run) whole(tree *merkle.Tree, head daybook.Head) error {
	if tree.Size() == head.Size && (head.Size == 0 || tree.Root() == head.Root) {
		return nil
	}
	return damaged(hintDamaged, "the entries of %s give another root than its head has", r.From)
}

const hintDamaged = "nobody opens the target as it is; run `daybook verify` on the source to see all that is wrong, put back a copy of it that is whole, and run this again"

// read reads and judges the entries from ≤ seq < to.
func (r *run) read(ctx context.Context, from, to int64, parts chan<- *part) error {
	judge := judge{next: from, name: r.From}
	for judge.next < to {
		before := judge.next
		if err := r.scan(ctx, &judge, to, parts); err != nil {
			return err
		}
		if judge.next == before {
			return damaged(hintDamaged, "%s: entry %d is not there", r.From, before)
		}
	}
	return nil
}

// scan reads some rows, in one snapshot of the source.
func (r *run) scan(ctx context.Context, judge *judge, to int64, parts chan<- *part) error {
	p, size, end := &part{}, 0, min(to, judge.next/merkle.TileWidth*merkle.TileWidth+scanRows)
	send := func() error {
		select {
		case parts <- p:
			p, size = &part{}, 0
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	err := r.from.Scan(ctx, judge.next, func(row daybook.Row) error {
		if judge.next >= end {
			return errEnough
		}
		bytes, err := judge.take(row, p)
		if err != nil {
			return err
		}
		size += bytes
		isFull := len(p.rows) >= r.Rows || size >= chunkBytes
		if isFull && judge.next%merkle.TileWidth == 0 || size >= mostBytes {
			return send()
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if len(p.rows) > 0 {
		return send()
	}
	return nil
}

// judge holds rows against their hashes.
type judge struct {
	next      int64
	name      string // of the source
	canonical []byte
	leaf      []byte
}

// take adds the next row to a part, and says how many bytes it is.
func (j *judge) take(row daybook.Row, p *part) (int, error) {
	if fault := j.fault(row); fault != "" {
		return 0, damaged(hintDamaged, "%s: entry %d: %s", j.name, j.next, fault)
	}
	j.leaf = row.Spine.AppendLeaf(j.leaf[:0])
	p.rows, p.leaves = append(p.rows, row), append(p.leaves, merkle.LeafHash(j.leaf))
	j.next++
	if row.Entry == nil {
		p.bodiless++
		return len(j.leaf), nil
	}
	return len(j.leaf) + len(j.canonical), nil
}

// fault says what is wrong with a row; "" for nothing.
func (j *judge) fault(row daybook.Row) string {
	switch {
	case row.Spine == nil:
		return fmt.Sprintf("a row of %s with seq %d has no place in the ledger", row.Entry.Kind.Name, row.Entry.Seq)
	case row.Spine.Seq != j.next:
		return fmt.Sprintf("it is not there; the next one that is has seq %d", row.Spine.Seq)
	case row.Fault != "":
		return row.Fault
	case row.Spine.Kind == nil:
		return "its place names no kind"
	case row.Entry == nil:
		return "" // it may be gone by rights, which verify tells
	}
	j.canonical = row.Entry.AppendCanonical(j.canonical[:0])
	if canon.Hash(j.canonical) != row.Spine.LogHash {
		return "its row does not give its log_hash: somebody has changed it"
	}
	return ""
}

func damaged(hint, format string, args ...any) error {
	return &daybook.Error{Code: daybook.CodeDamaged, Message: "transfer: " + fmt.Sprintf(format, args...), Hint: hint}
}
