package ledger_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

func (b *book) thoughts(from, to int) []daybook.Receipt {
	b.t.Helper()
	var lines strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&lines, `{"kind": "thinking_logs", "thinking_id": "t%d", "conversation_id": "c", "agent_position": "CFO", "thinking_content": "secret %d"}`+"\n", i, i)
	}
	return b.write(lines.String())
}

// signedThoughts writes thoughts and has a checkpoint signed over them, as
// proving the last does.
func (b *book) signedThoughts(n int) merkle.Checkpoint {
	b.t.Helper()
	proof, err := b.l.Inclusion(b.t.Context(), b.thoughts(0, n)[n-1].LogID)
	must(b.t, err)
	c, err := merkle.UnverifiedCheckpoint([]byte(proof.Checkpoint))
	must(b.t, err)
	return c
}

func TestTiles(t *testing.T) {
	t.Parallel()
	b := open(t)
	c := b.signedThoughts(300)
	b.thoughts(300, 600) // which no checkpoint covers yet

	tree := merkle.New()
	for index, width := range map[int64]int{0: 256, 1: 44} {
		bundle, err := b.l.Entries(t.Context(), index, width)
		must(t, err)
		hashes, err := b.l.Tile(t.Context(), 0, index, width)
		must(t, err)
		if len(hashes) != width*32 || bytes.Contains(bundle, []byte("secret")) {
			t.Fatalf("tile %d has %d bytes, its bundle is %q", index, len(hashes), bundle)
		}
		for i := range width {
			n := 2 + int(binary.BigEndian.Uint16(bundle))
			if leaf := merkle.LeafHash(bundle[2:n]); !bytes.Equal(leaf[:], hashes[i*32:(i+1)*32]) {
				t.Fatalf("entry %d of bundle %d, %q, is not the leaf of the tile", i, index, bundle[2:n])
			}
			bundle = bundle[n:]
		}
		if len(bundle) > 0 {
			t.Errorf("bundle %d goes on with %q", index, bundle)
		}
	}
	for i := range int64(300) {
		hashes, err := b.l.Tile(t.Context(), 0, i/256, int(i%256)+1)
		must(t, err)
		tree.Append(merkle.Hash(hashes[len(hashes)-32:]))
	}
	if c.Size != 300 || tree.Root() != c.Root {
		t.Errorf("the tiles give %s, the checkpoint of %d says %s", tree.Root(), c.Size, c.Root)
	}
	level1, err := b.l.Tile(t.Context(), 1, 0, 1)
	must(t, err)
	if full := tree.TakeFull(); len(full) != 1 || len(level1) != 32 {
		t.Errorf("%d full tiles, level 1 has %d bytes", len(full), len(level1))
	}
}

// What no published checkpoint covers is not given out, though it stands there.
func TestTilesBeyondTheCheckpoint(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.signedThoughts(300)
	b.thoughts(300, 600)
	for _, tile := range []struct {
		level int
		index int64
		width int
	}{
		{0, 1, 45},
		{0, 1, 256},
		{0, 2, 1},
		{1, 0, 2},
		{1, 1, 1},
		{2, 0, 1},
		{63, 0, 1},
		{0, 0, 0},
		{0, 0, 257},
		{0, -1, 1},
		{-1, 0, 1},
		{64, 0, 1},
		{0, 1 << 60, 256},
	} {
		if _, err := b.l.Tile(t.Context(), tile.level, tile.index, tile.width); daybook.CodeOf(err) != daybook.CodeNotFound {
			t.Errorf("tile %v: %v", tile, err)
		}
		if tile.level != 0 {
			continue
		}
		if _, err := b.l.Entries(t.Context(), tile.index, tile.width); daybook.CodeOf(err) != daybook.CodeNotFound {
			t.Errorf("entries %v: %v", tile, err)
		}
	}
}
