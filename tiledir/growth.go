package tiledir

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/daybook-audit/daybook/merkle"
)

// How many bundles are under way at a time, how many are asked for at once,
// and how many files are written at once.
const (
	blockBundles = 64
	fetchers     = 8
	writers      = 16
)

// growth appends the leaves behind a directory's checkpoint.
type growth struct {
	files    *files
	source   Source
	tree     *merkle.Tree
	from     int64 // the size that the directory had
	next     merkle.Checkpoint
	progress func(done, total int64)
	fetched  int64
}

// A bundle is the leaves of one level 0 tile, so far as the checkpoint has them.
type bundle struct {
	index   int64
	width   int
	data    []byte
	hashes  []merkle.Hash
	fetched bool
}

// grow writes all that the new checkpoint covers and the old one did not. If
// the leaves do not give the signed root, what was written for it is removed.
func (g *growth) grow(ctx context.Context) error {
	if g.from == g.next.Size {
		return nil
	}
	last := (g.next.Size + merkle.TileWidth - 1) / merkle.TileWidth
	for i := g.from / merkle.TileWidth; i < last; i += blockBundles {
		g.progress(g.tree.Size(), g.next.Size)
		block := make([]*bundle, min(blockBundles, last-i))
		for j := range block {
			index := i + int64(j)
			block[j] = &bundle{index: index, width: int(min(merkle.TileWidth, g.next.Size-index*merkle.TileWidth))}
		}
		if err := g.take(ctx, block); err != nil {
			return err
		}
		if err := g.append(block); err != nil {
			return err
		}
	}
	if g.tree.Root() != g.next.Root {
		g.files.removeNew()
		return damaged("the leaves that the ledger gives do not lead to the root that it signed over %d entries", g.next.Size)
	}
	if err := g.partials(); err != nil {
		return err
	}
	g.progress(g.next.Size, g.next.Size)
	return nil
}

// take gets the bundles of a block: those that an interrupted Write left, else
// from the source.
func (g *growth) take(ctx context.Context, block []*bundle) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, b := range block {
		group.Go(func() error {
			if g.files.left(b) {
				return nil
			}
			var err error
			if b.data, err = g.source.Entries(ctx, b.index, b.width); err != nil {
				return fmt.Errorf("tiledir: entries from %d on: %w", b.index*merkle.TileWidth, err)
			}
			b.fetched = true
			return b.hash()
		})
	}
	return group.Wait()
}

// hash hashes the leaves of a bundle, which must have exactly its width of them.
func (b *bundle) hash() error {
	leaves, err := merkle.ParseEntries(b.data)
	if err != nil {
		return fmt.Errorf("tiledir: bundle %d: %w", b.index, err)
	}
	if len(leaves) != b.width {
		return fmt.Errorf("tiledir: bundle %d has %d leaves, not %d", b.index, len(leaves), b.width)
	}
	b.hashes = make([]merkle.Hash, len(leaves))
	for i, leaf := range leaves {
		b.hashes[i] = merkle.LeafHash(leaf)
	}
	return nil
}

// append adds the leaves of a block to the tree and writes its bundles, and the
// tiles that became full.
func (g *growth) append(block []*bundle) error {
	var group errgroup.Group
	group.SetLimit(writers)
	for _, b := range block {
		known := max(0, int(g.from-b.index*merkle.TileWidth))
		if !bytes.Equal(flat(b.hashes[:known]), g.tree.Edge(0)[:known*len(merkle.Hash{})]) {
			return damaged("the ledger gives other leaves from %d on than those in %s", b.index*merkle.TileWidth, g.files.dir)
		}
		for _, hash := range b.hashes[known:] {
			g.tree.Append(hash)
		}
		if b.fetched {
			g.fetched += int64(b.width)
			group.Go(func() error { return g.files.put(merkle.EntriesPath(b.index, b.width), b.data) })
		}
	}
	for _, tile := range g.tree.TakeFull() {
		group.Go(func() error { return g.files.putFull(tile) })
	}
	return group.Wait()
}

// partials writes the partial tiles of the new size, one a level at most.
func (g *growth) partials() error {
	for level := 0; g.next.Size>>(merkle.TileHeight*level) > 0; level++ {
		onLevel := g.next.Size >> (merkle.TileHeight * level)
		hashes := g.tree.Edge(level)
		if len(hashes) == 0 {
			continue
		}
		path := merkle.TilePath(level, onLevel/merkle.TileWidth, int(onLevel%merkle.TileWidth))
		if err := g.files.put(path, hashes); err != nil {
			return err
		}
	}
	return nil
}

func flat(hashes []merkle.Hash) []byte {
	out := make([]byte, 0, len(hashes)*len(merkle.Hash{}))
	for i := range hashes {
		out = append(out, hashes[i][:]...)
	}
	return out
}
