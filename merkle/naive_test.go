package merkle_test

import (
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/daybook-audit/daybook/merkle"
)

// The definitions of RFC 6962, section 2.1, written as they stand there: slow,
// and sharing nothing with the package.

func naiveSplit(n int) int {
	k := 1
	for k*2 < n {
		k *= 2
	}
	return k
}

func naiveNode(left, right merkle.Hash) merkle.Hash {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func naiveRoot(leaves []merkle.Hash) merkle.Hash {
	switch n := len(leaves); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := naiveSplit(n)
		return naiveNode(naiveRoot(leaves[:k]), naiveRoot(leaves[k:]))
	}
}

// naiveInclusion is PATH(m, D[n]).
func naiveInclusion(m int, leaves []merkle.Hash) []merkle.Hash {
	if len(leaves) <= 1 {
		return []merkle.Hash{}
	}
	k := naiveSplit(len(leaves))
	if m < k {
		return append(naiveInclusion(m, leaves[:k]), naiveRoot(leaves[k:]))
	}
	return append(naiveInclusion(m-k, leaves[k:]), naiveRoot(leaves[:k]))
}

// naiveConsistency is SUBPROOF(m, D[n], known), for 0 < m <= n.
func naiveConsistency(m int, leaves []merkle.Hash, known bool) []merkle.Hash {
	n := len(leaves)
	if m == n {
		if known {
			return []merkle.Hash{}
		}
		return []merkle.Hash{naiveRoot(leaves)}
	}
	k := naiveSplit(n)
	if m <= k {
		return append(naiveConsistency(m, leaves[:k], known), naiveRoot(leaves[k:]))
	}
	return append(naiveConsistency(m-k, leaves[k:], false), naiveRoot(leaves[:k]))
}

// naiveTile is the tile of C2SP tlog-tiles for a tree of these leaves.
func naiveTile(leaves []merkle.Hash, level int, index int64, width int) []byte {
	span := int64(1)
	for range level {
		span *= 256
	}
	var out []byte
	for i := range int64(width) {
		from := (index*256 + i) * span
		root := naiveRoot(leaves[from : from+span])
		out = append(out, root[:]...)
	}
	return out
}

// numbered returns n leaf hashes: of "leaf 0", "leaf 1" and so on.
func numbered(n int) []merkle.Hash {
	leaves := make([]merkle.Hash, n)
	for i := range leaves {
		leaves[i] = merkle.LeafHash(fmt.Appendf(nil, "leaf %d", i))
	}
	return leaves
}

// memory is a store: full tiles and leaf hashes, and a count of the reads.
type memory struct {
	mu     sync.Mutex
	tiles  map[string][]byte
	leaves []merkle.Hash
	reads  []string
}

func newMemory() *memory {
	return &memory{tiles: map[string][]byte{}}
}

// grow appends leaves to the tree and stores what became full.
func (m *memory) grow(t *merkle.Tree, leaves []merkle.Hash) {
	for _, leaf := range leaves {
		t.Append(leaf)
	}
	m.leaves = append(m.leaves, leaves...)
	m.put(t.TakeFull())
}

func (m *memory) put(tiles []merkle.Tile) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tile := range tiles {
		m.tiles[merkle.TilePath(tile.Level, tile.Index, 256)] = tile.Hashes
	}
}

func (m *memory) full(level int, index int64) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path := merkle.TilePath(level, index, 256)
	m.reads = append(m.reads, path)
	if hashes, ok := m.tiles[path]; ok {
		return hashes, nil
	}
	return nil, fmt.Errorf("not stored: %s", path)
}

func (m *memory) leafRange(from, to int64) ([]merkle.Hash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads = append(m.reads, fmt.Sprintf("leaves %d to %d", from, to))
	return m.leaves[from:to], nil
}

// reader reads the store as of a size.
func (m *memory) reader(size int) merkle.StoreReader {
	return merkle.StoreReader{Size: int64(size), Full: m.full, Leaves: m.leafRange}
}

// stored returns a store and a tree over n numbered leaves.
func stored(n int) (*memory, *merkle.Tree) {
	m, t := newMemory(), merkle.New()
	m.grow(t, numbered(n))
	return m, t
}
