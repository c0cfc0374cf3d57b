package merkle_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

func TestRootIsRFC6962(t *testing.T) {
	t.Parallel()
	tree := merkle.New()
	if want := merkle.Hash(sha256.Sum256(nil)); tree.Root() != want {
		t.Fatalf("empty root %s, want %s", tree.Root(), want)
	}
	leaves := numbered(600)
	for i, leaf := range leaves {
		tree.Append(leaf)
		if got, want := tree.Root(), naiveRoot(leaves[:i+1]); got != want {
			t.Fatalf("root of %d leaves is %s, want %s", i+1, got, want)
		}
		if tree.Size() != int64(i+1) {
			t.Fatalf("size %d after %d leaves", tree.Size(), i+1)
		}
	}
}

func TestTakeFullGivesTheTilesOfTlogTiles(t *testing.T) {
	t.Parallel()
	// The example of C2SP tlog-tiles: 273 full level 0 tiles and a partial one
	// of 112, a full level 1 tile and a partial one of 17, a partial level 2 of 1.
	const size = 70_000
	leaves := numbered(size)
	tree, tiles := merkle.New(), []merkle.Tile(nil)
	for i, leaf := range leaves {
		tree.Append(leaf)
		if i%777 == 0 {
			tiles = append(tiles, tree.TakeFull()...)
		}
	}
	tiles = append(tiles, tree.TakeFull()...)
	if again := tree.TakeFull(); len(again) != 0 {
		t.Fatalf("%d tiles given twice", len(again))
	}
	next := map[int]int64{}
	for _, tile := range tiles {
		if tile.Index != next[tile.Level] {
			t.Fatalf("level %d gives tile %d, want %d", tile.Level, tile.Index, next[tile.Level])
		}
		next[tile.Level]++
		if tile.Level == 0 && tile.Index%50 != 0 {
			continue // the rest of level 0 is checked by the level above
		}
		if !bytes.Equal(tile.Hashes, naiveTile(leaves, tile.Level, tile.Index, 256)) {
			t.Fatalf("%s is wrong", merkle.TilePath(tile.Level, tile.Index, 256))
		}
	}
	if next[0] != 273 || next[1] != 1 || len(next) != 2 {
		t.Fatalf("full tiles by level: %v", next)
	}
	for level, want := range []struct {
		index int64
		width int
	}{{273, 112}, {1, 17}, {0, 1}, {0, 0}} {
		if !bytes.Equal(tree.Edge(level), naiveTile(leaves, level, want.index, want.width)) {
			t.Errorf("partial tile of level %d is wrong: %d bytes", level, len(tree.Edge(level)))
		}
	}
	if tree.Edge(-1) != nil || tree.Edge(8) != nil {
		t.Error("there is an edge outside the levels")
	}
}

func TestRestoreEqualsContinuous(t *testing.T) {
	t.Parallel()
	sizes := []int{}
	for n := range 1001 {
		sizes = append(sizes, n)
	}
	sizes = append(sizes, 4095, 4096, 65_535, 65_536, 65_537, 65_792, 70_000)
	more := numbered(70_300)
	m, _ := stored(70_000)
	tree := merkle.New()
	for _, n := range sizes {
		for tree.Size() < int64(n) {
			tree.Append(more[tree.Size()])
		}
		tree.TakeFull()
		back, err := merkle.Restore(int64(n), m.reader(n))
		if err != nil {
			t.Fatal(err)
		}
		sameTree(t, back, tree)
		// It must grow alike too, over the next tile's end.
		goOn := tree.Clone()
		for _, leaf := range more[n : n+300] {
			back.Append(leaf)
			goOn.Append(leaf)
		}
		sameTree(t, back, goOn)
	}
}

func TestRestoreAsksForPartialTilesAlone(t *testing.T) {
	t.Parallel()
	m, tree := stored(70_000)
	asked := map[string]int{}
	_, err := merkle.Restore(70_000, spy{tree.Reader(m.full), asked})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"}
	for _, path := range want {
		if asked[path] != 1 || len(asked) != len(want) {
			t.Fatalf("asked for %v, want %v", asked, want)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	m, _ := stored(300)
	if _, err := merkle.Restore(-1, m.reader(300)); err == nil {
		t.Error("a negative size is restored")
	}
	if _, err := merkle.Restore(merkle.MaxSize+1, m.reader(300)); err == nil {
		t.Error("a size beyond MaxSize is restored")
	}
	if _, err := merkle.Restore(301, m.reader(300)); err == nil {
		t.Error("leaves that the store lacks are restored")
	}
	if _, err := merkle.Restore(300, short{}); err == nil {
		t.Error("a short tile is restored")
	}
}

func TestCloneGoesItsOwnWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := numbered(1200)
		shared := rapid.IntRange(0, 700).Draw(t, "shared")
		tree := merkle.New()
		for _, leaf := range leaves[:shared] {
			tree.Append(leaf)
		}
		if rapid.Bool().Draw(t, "taken") {
			tree.TakeFull()
		}
		clone := tree.Clone()
		a := append(slices.Clone(leaves[:shared]), leaves[shared:shared+rapid.IntRange(0, 400).Draw(t, "a")]...)
		b := append(slices.Clone(leaves[:shared]), numbered(rapid.IntRange(0, 400).Draw(t, "b"))...)
		// Interleaved, so that either could overwrite the other's bytes.
		for i := shared; i < max(len(a), len(b)); i++ {
			if i < len(a) {
				tree.Append(a[i])
			}
			if i < len(b) {
				clone.Append(b[i])
			}
		}
		for _, side := range []struct {
			tree   *merkle.Tree
			leaves []merkle.Hash
		}{{tree, a}, {clone, b}} {
			checkTree(t, side.tree, side.leaves)
			for _, tile := range side.tree.TakeFull() {
				if !bytes.Equal(tile.Hashes, naiveTile(side.leaves, tile.Level, tile.Index, 256)) {
					t.Fatalf("tile %d of level %d is the other side's", tile.Index, tile.Level)
				}
			}
		}
	})
}

// The tree against a plain list of leaves, through commits that fail and
// restarts.
func TestTreeModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, tree := newMemory(), merkle.New()
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				m.grow(tree, drawLeaves(t))
			},
			"fail": func(t *rapid.T) {
				before := tree.Clone()
				for _, leaf := range drawLeaves(t) {
					tree.Append(leaf)
				}
				tree.TakeFull()
				tree = before
			},
			"restart": func(t *rapid.T) {
				back, err := merkle.Restore(tree.Size(), m.reader(len(m.leaves)))
				if err != nil {
					t.Fatal(err)
				}
				tree = back
			},
			"": func(t *rapid.T) {
				checkTree(t, tree, m.leaves)
				n := rapid.IntRange(0, len(m.leaves)).Draw(t, "size")
				root, err := merkle.RootAt(int64(n), tree.Reader(m.full))
				if err != nil || root != naiveRoot(m.leaves[:n]) {
					t.Fatalf("root at %d of %d: %s, %v", n, len(m.leaves), root, err)
				}
			},
		})
	})
}

// Readers and clones are used while the writer goes on; the race detector
// watches.
func TestReaderStaysWhileTreeGrows(t *testing.T) {
	t.Parallel()
	m, tree := stored(700)
	leaves := numbered(2000)
	var wg sync.WaitGroup
	for tree.Size() < 2000 {
		size, reader := tree.Size(), tree.Reader(m.full)
		wg.Go(func() {
			if root, err := merkle.RootAt(size, reader); err != nil || root != naiveRoot(leaves[:size]) {
				t.Errorf("root at %d: %s, %v", size, root, err)
			}
		})
		m.grow(tree, leaves[size:size+100])
	}
	wg.Wait()
}

func drawLeaves(t *rapid.T) []merkle.Hash {
	leaves := numbered(rapid.IntRange(0, 300).Draw(t, "leaves"))
	salt := rapid.Byte().Draw(t, "salt")
	for i := range leaves {
		leaves[i][0] ^= salt
	}
	return leaves
}

type tb interface {
	Helper()
	Fatalf(string, ...any)
}

func checkTree(t tb, tree *merkle.Tree, leaves []merkle.Hash) {
	t.Helper()
	if tree.Size() != int64(len(leaves)) {
		t.Fatalf("size %d, want %d", tree.Size(), len(leaves))
	}
	if got, want := tree.Root(), naiveRoot(leaves); got != want {
		t.Fatalf("root of %d leaves is %s, want %s", len(leaves), got, want)
	}
}

func sameTree(t tb, got, want *merkle.Tree) {
	t.Helper()
	if got.Size() != want.Size() || got.Root() != want.Root() {
		t.Fatalf("size %d, root %s; want %d, %s", got.Size(), got.Root(), want.Size(), want.Root())
	}
	for level := range 8 {
		if !bytes.Equal(got.Edge(level), want.Edge(level)) {
			t.Fatalf("at size %d the partial tile of level %d differs", got.Size(), level)
		}
	}
	a, b := got.Clone().TakeFull(), want.Clone().TakeFull()
	same := func(x, y merkle.Tile) bool {
		return x.Level == y.Level && x.Index == y.Index && bytes.Equal(x.Hashes, y.Hashes)
	}
	if !slices.EqualFunc(a, b, same) {
		t.Fatalf("at size %d the full tiles differ: %d and %d", got.Size(), len(a), len(b))
	}
}

// spy counts which tiles are asked for.
type spy struct {
	merkle.TileReader
	asked map[string]int
}

func (s spy) Tile(level int, index int64, width int) ([]byte, error) {
	s.asked[merkle.TilePath(level, index, width)]++
	return s.TileReader.Tile(level, index, width)
}

// short returns a byte less than asked for.
type short struct{}

func (short) Tile(_ int, _ int64, width int) ([]byte, error) {
	return make([]byte, width*32-1), nil
}
