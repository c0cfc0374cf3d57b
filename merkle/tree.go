package merkle

import (
	"bytes"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// levels is the number of tile levels that a tree of MaxSize needs.
const levels = 8

// Tree is the right edge of an RFC 6962 tree: for each level the partial tile,
// and for each height the root of the rightmost complete subtree that still
// waits for its sibling. It takes at most 64 KB, whatever its size.
//
// A Tree is not safe for concurrent use. What Clone and Reader return may be
// used while the tree they came from goes on growing.
type Tree struct {
	size int64
	// peaks[h] is the root of the complete subtree of 2^h leaves at the right
	// edge; it holds where bit h of size is set.
	peaks [62]Hash
	// edge[l] holds the hashes of level l's partial tile. Bytes once written
	// are never changed, so clones and readers share them.
	edge [levels][]byte
	full []Tile
}

// New returns an empty tree.
func New() *Tree {
	return &Tree{}
}

// Restore rebuilds the right edge of a tree of the given size, in leaves. It
// asks read for the partial tiles of that size and for no other. It checks the
// tiles' lengths, not their truth: compare Root with the signed checkpoint.
func Restore(size int64, read TileReader) (*Tree, error) {
	if err := checkSize(size); err != nil {
		return nil, err
	}
	t := &Tree{size: size}
	for level := range levels {
		n := size >> (TileHeight * level) // hashes on this level
		width := int(n % TileWidth)
		if width == 0 {
			continue
		}
		hashes, err := readTile(read, level, n/TileWidth, width)
		if err != nil {
			return nil, fmt.Errorf("merkle: restoring a tree of %d leaves: %w", size, err)
		}
		t.edge[level] = append(make([]byte, 0, tileBytes), hashes...)
		t.restorePeaks(level, hashes)
	}
	return t, nil
}

// restorePeaks hashes a partial tile's complete subtrees, the largest leftmost.
func (t *Tree) restorePeaks(level int, hashes []byte) {
	for bit := TileHeight - 1; bit >= 0; bit-- {
		if n := tlog.HashSize << bit; len(hashes)&n != 0 {
			t.peaks[level*TileHeight+bit] = subtree(hashes[:n])
			hashes = hashes[n:]
		}
	}
}

// Append adds one leaf hash at index Size.
func (t *Tree) Append(leaf Hash) {
	t.push(0, leaf)
	height, hash := 0, leaf
	for t.size>>height&1 == 1 {
		hash = tlog.NodeHash(t.peaks[height], hash)
		height++
		if height%TileHeight == 0 {
			t.push(height/TileHeight, hash)
		}
	}
	t.peaks[height] = hash
	t.size++
}

// push adds a hash to the partial tile of a level and sets a full one aside.
func (t *Tree) push(level int, hash Hash) {
	edge := t.edge[level]
	if len(edge) == cap(edge) {
		// A new tile, or the first hash after a Clone, whose bytes are shared.
		edge = append(make([]byte, 0, tileBytes), edge...)
	}
	edge = append(edge, hash[:]...)
	t.edge[level] = edge
	if len(edge) < tileBytes {
		return
	}
	t.full = append(t.full, Tile{Level: level, Index: t.size >> (TileHeight * (level + 1)), Hashes: edge})
	t.edge[level] = nil
}

// Size returns the number of leaves.
func (t *Tree) Size() int64 {
	return t.size
}

// Root returns the Merkle Tree Hash of RFC 6962, section 2.1, over all leaves;
// for an empty tree the SHA-256 of nothing. It costs at most 62 hashes.
func (t *Tree) Root() Hash {
	if t.size == 0 {
		return emptyRoot()
	}
	height := bits.TrailingZeros64(uint64(t.size))
	root := t.peaks[height]
	for height++; t.size>>height > 0; height++ {
		if t.size>>height&1 == 1 {
			root = tlog.NodeHash(t.peaks[height], root)
		}
	}
	return root
}

// TakeFull returns the tiles of all levels that became full since the last
// TakeFull, or since New or Restore, in the order in which they did. The caller
// stores them, in the transaction that stores their leaves, and must not change
// their bytes.
func (t *Tree) TakeFull() []Tile {
	full := t.full
	t.full = nil
	return full
}

// Clone returns a tree that goes its own way: for going back when a commit
// fails. It copies about 2 KB; tiles are shared until one side writes.
func (t *Tree) Clone() *Tree {
	c := *t
	c.edge = t.sharedEdge()
	c.full = t.full[:len(t.full):len(t.full)]
	return &c
}

// sharedEdge returns the partial tiles capped at their length, so that whoever
// appends to them moves to memory of its own.
func (t *Tree) sharedEdge() [levels][]byte {
	edge := t.edge
	for level, hashes := range edge {
		edge[level] = hashes[:len(hashes):len(hashes)]
	}
	return edge
}

// Edge returns a copy of the hashes of a level's partial tile, 32 bytes each;
// empty where the level has no partial tile.
func (t *Tree) Edge(level int) []byte {
	if level < 0 || level >= levels {
		return nil
	}
	return bytes.Clone(t.edge[level])
}

// checkSize reports whether a tree may have this many leaves.
func checkSize(size int64) error {
	if size < 0 || size > MaxSize {
		return fmt.Errorf("merkle: tree size %d is outside 0 to %d", size, int64(MaxSize))
	}
	return nil
}
