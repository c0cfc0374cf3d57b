package merkle_test

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

// A store's reader and a tree's give the same tiles, of any width.
func TestReadersAgree(t *testing.T) {
	t.Parallel()
	m, tree := stored(70_000)
	fromTree, fromStore := tree.Reader(m.full), m.reader(70_000)
	rapid.Check(t, func(t *rapid.T) {
		level := rapid.IntRange(0, 2).Draw(t, "level")
		onLevel := int64(70_000) >> (8 * level)
		index := rapid.Int64Range(0, (onLevel-1)/256).Draw(t, "index")
		width := rapid.IntRange(1, int(min(256, onLevel-index*256))).Draw(t, "width")
		a, err := fromTree.Tile(level, index, width)
		if err != nil {
			t.Fatal(err)
		}
		b, err := fromStore.Tile(level, index, width)
		if err != nil {
			t.Fatal(err)
		}
		if len(a) != width*32 || !bytes.Equal(a, b) {
			t.Fatalf("%s: %d and %d bytes", merkle.TilePath(level, index, width), len(a), len(b))
		}
		if level > 0 && index == 0 && !bytes.Equal(a, naiveTile(m.leaves, level, index, width)) {
			t.Fatalf("%s is wrong", merkle.TilePath(level, index, width))
		}
	})
}

func TestReadersRefuseWhatIsNotThere(t *testing.T) {
	t.Parallel()
	m, tree := stored(700)
	for name, read := range map[string]merkle.TileReader{"store": m.reader(700), "tree": tree.Reader(m.full)} {
		for _, c := range []struct {
			level int
			index int64
			width int
		}{
			{-1, 0, 1}, {8, 0, 1}, {0, -1, 1}, {0, 0, 0}, {0, 0, 257}, // no tiles at all
			{0, 2, 189}, {0, 3, 1}, {1, 0, 3}, {1, 1, 1}, {2, 0, 1}, // beyond 700 leaves
			{0, math.MaxInt64, 256}, {7, math.MaxInt64, 1},
		} {
			if got, err := read.Tile(c.level, c.index, c.width); err == nil {
				t.Errorf("%s: level %d, index %d, width %d: %d bytes", name, c.level, c.index, c.width, len(got))
			}
		}
	}
}

func TestDamagedStore(t *testing.T) {
	t.Parallel()
	lost := errors.New("the disk is gone")
	fail := func(int, int64) ([]byte, error) { return nil, lost }
	cut := func(int, int64) ([]byte, error) { return make([]byte, 8191), nil }
	noLeaves := func(int64, int64) ([]merkle.Hash, error) { return nil, lost }
	fewLeaves := func(int64, int64) ([]merkle.Hash, error) { return make([]merkle.Hash, 1), nil }
	for name, c := range map[string]struct {
		store  merkle.StoreReader
		level  int
		index  int64
		says   string
		isLost bool
	}{
		"lost tile":         {merkle.StoreReader{Size: 300, Full: fail}, 0, 0, "tile/0/000", true},
		"cut tile":          {merkle.StoreReader{Size: 300, Full: cut}, 0, 0, "8191 bytes", false},
		"lost tile beneath": {merkle.StoreReader{Size: 300, Full: fail}, 1, 0, "tile/0/000", true},
		"cut tile beneath":  {merkle.StoreReader{Size: 300, Full: cut}, 1, 0, "8191 bytes", false},
		"lost leaves":       {merkle.StoreReader{Size: 300, Leaves: noLeaves}, 0, 1, "2 leaf hashes from 256", true},
		"fewer leaves":      {merkle.StoreReader{Size: 300, Leaves: fewLeaves}, 0, 1, "1 of 2 leaf hashes", false},
	} {
		width := 1
		if c.index == 1 {
			width = 2
		}
		_, err := c.store.Tile(c.level, c.index, width)
		if err == nil || !strings.Contains(err.Error(), c.says) || errors.Is(err, lost) != c.isLost {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Edge's copy and a reader's tiles may be appended to without harm to the tree.
func TestTilesGivenOutAreApart(t *testing.T) {
	t.Parallel()
	m, tree := stored(300)
	tile, err := tree.Reader(m.full).Tile(0, 1, 20)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(tile, make([]byte, 32)...)
	edge := tree.Edge(0)
	clear(edge)
	back, err := merkle.Restore(300, m.reader(300))
	if err != nil {
		t.Fatal(err)
	}
	sameTree(t, tree, back)
}
