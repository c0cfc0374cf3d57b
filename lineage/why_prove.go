package lineage

import (
	"context"
	"encoding/hex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Tree is what entries are held against: a ledger, which gives its newest
// checkpoint and the tiles under it.
type Tree interface {
	daybook.Prover
	daybook.Tiler
}

// Against makes the reader hold the entries of a why against a tree, and gives
// it back. Without one it still says whether an entry gives its log_hash.
func (r *Reader) Against(tree Tree) *Reader {
	r.tree = tree
	return r
}

// prove says of each entry of the answer whether it is under the newest
// checkpoint. Where some are newer the ledger is asked for a proof of the
// newest, for which it signs a checkpoint.
func (w *inquiry) prove(ctx context.Context) error {
	if w.reader.tree == nil {
		w.gap("the entries were not held against a checkpoint: this reader has none")
		return nil
	}
	var newest *daybook.Entry
	for v := range w.why.All() {
		if newest == nil || v.Entry.Seq > newest.Seq {
			newest = v.Entry
		}
	}
	if newest == nil {
		return nil
	}
	t, err := openTree(ctx, w.reader.tree, newest)
	if err != nil {
		w.gap("the entries were not held against a checkpoint: %v", err)
		return nil
	}
	w.why.Checkpoint = daybook.WhyCheckpoint{Origin: t.head.Origin, Size: t.head.Size, Root: hex.EncodeToString(t.head.Root[:])}
	for v := range w.why.All() {
		if v.Standing != daybook.StandingDamaged {
			v.Standing, v.Fault = t.judge(v.Entry)
		}
	}
	return ctx.Err()
}

// tree reads the tiles under a checkpoint, each once.
type tree struct {
	ctx  context.Context
	far  daybook.Tiler
	head merkle.Checkpoint
	have map[tileAt][]byte
	leaf []byte
}

type tileAt struct {
	level int
	index int64
	width int
}

// openTree takes the newest checkpoint, one that covers an entry if it can be.
func openTree(ctx context.Context, from Tree, newest *daybook.Entry) (*tree, error) {
	head, err := checkpoint(ctx, from)
	if err != nil {
		return nil, err
	}
	if newest.Seq >= head.Size {
		if _, err := from.Inclusion(ctx, newest.LogID()); err == nil {
			if head, err = checkpoint(ctx, from); err != nil {
				return nil, err
			}
		}
	}
	return &tree{ctx: ctx, far: from, head: head, have: map[tileAt][]byte{}}, nil
}

func checkpoint(ctx context.Context, from daybook.Prover) (merkle.Checkpoint, error) {
	signed, err := from.Checkpoint(ctx)
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	return merkle.UnverifiedCheckpoint(signed)
}

// Tile implements [merkle.TileReader].
func (t *tree) Tile(level int, index int64, width int) ([]byte, error) {
	at := tileAt{level, index, width}
	if hashes, ok := t.have[at]; ok {
		return hashes, nil
	}
	hashes, err := t.far.Tile(t.ctx, level, index, width)
	if err == nil {
		t.have[at] = hashes
	}
	return hashes, err
}

// judge proves an entry, which gives its log_hash, to be at its place under the
// checkpoint.
func (t *tree) judge(e *daybook.Entry) (daybook.Standing, string) {
	if e.Seq >= t.head.Size {
		return daybook.StandingUnsigned, "it is newer than the newest checkpoint, which is signed within a second"
	}
	spine := daybook.SpineOf(e)
	t.leaf = spine.AppendLeaf(t.leaf[:0])
	proof, err := merkle.Inclusion(t.head.Size, e.Seq, t)
	if err != nil {
		return daybook.StandingUnproven, "the tree could not be read: " + err.Error()
	}
	if merkle.VerifyInclusion(proof, t.head.Size, e.Seq, t.head.Root, merkle.LeafHash(t.leaf)) != nil {
		return daybook.StandingDamaged, "the tree under the checkpoint has another entry in its place"
	}
	return daybook.StandingVerified, ""
}
