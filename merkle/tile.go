package merkle

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// TileHeight is the number of tree levels in a tile (C2SP tlog-tiles).
	TileHeight = 8
	// TileWidth is the number of hashes in a full tile.
	TileWidth = 1 << TileHeight

	tileBytes = TileWidth * tlog.HashSize
)

// Tile is a run of consecutive hashes of one level: at level 0 leaf hashes, at
// level l the roots of the full tiles of level l−1 (C2SP tlog-tiles).
type Tile struct {
	Level  int
	Index  int64  // the tile's place on its level; its first hash is number Index·256
	Hashes []byte // 32 bytes a hash: 256 of them when full, fewer when partial
}

// TileReader reads tiles.
type TileReader interface {
	// Tile returns the first width hashes (1 to 256) of a tile, width·32 bytes.
	// The tile may hold more than that by now. The caller does not change them.
	Tile(level int, index int64, width int) ([]byte, error)
}

// FullTile reads a stored full tile: 256 hashes, 8,192 bytes.
type FullTile func(level int, index int64) ([]byte, error)

// StoreReader is a TileReader over what a store keeps: full tiles and leaf
// hashes. Of the partial tiles, level 0 is read from the leaves, and one above
// is hashed from the up to 255 full tiles beneath it: some 10 ms of work for
// each level. Where the Tree is at hand, [Tree.Reader] saves that.
type StoreReader struct {
	Size   int64                                // leaves in the store; nothing beyond them is asked for
	Full   FullTile                             // asked for tiles that are full at Size
	Leaves func(from, to int64) ([]Hash, error) // the leaf hashes from ≤ index < to, at most 255
}

// Tile implements [TileReader]. A tile, or part of one, beyond Size is an error.
func (s StoreReader) Tile(level int, index int64, width int) ([]byte, error) {
	if err := checkTile(s.Size, level, index, width); err != nil {
		return nil, err
	}
	if isFull(s.Size, level, index) {
		return readFull(s.Full, level, index, width)
	}
	if level == 0 {
		return s.leaves(index*TileWidth, width)
	}
	hashes := make([]byte, 0, width*tlog.HashSize)
	for i := range int64(width) {
		beneath, err := readFull(s.Full, level-1, index*TileWidth+i, TileWidth)
		if err != nil {
			return nil, err
		}
		root := subtree(beneath)
		hashes = append(hashes, root[:]...)
	}
	return hashes, nil
}

func (s StoreReader) leaves(from int64, width int) ([]byte, error) {
	leaves, err := s.Leaves(from, from+int64(width))
	if err != nil {
		return nil, fmt.Errorf("merkle: reading %d leaf hashes from %d: %w", width, from, err)
	}
	if len(leaves) != width {
		return nil, fmt.Errorf("merkle: the store has %d of %d leaf hashes from %d", len(leaves), width, from)
	}
	hashes := make([]byte, 0, width*tlog.HashSize)
	for _, leaf := range leaves {
		hashes = append(hashes, leaf[:]...)
	}
	return hashes, nil
}

// Reader returns a TileReader of the tree as it is now: partial tiles come from
// its right edge, full ones from full, which must have all that TakeFull gave.
// It stays as it is when the tree grows, and serves any smaller size too.
func (t *Tree) Reader(full FullTile) TileReader {
	return edgeReader{size: t.size, edge: t.sharedEdge(), full: full}
}

type edgeReader struct {
	size int64
	edge [levels][]byte
	full FullTile
}

func (e edgeReader) Tile(level int, index int64, width int) ([]byte, error) {
	if err := checkTile(e.size, level, index, width); err != nil {
		return nil, err
	}
	if isFull(e.size, level, index) {
		return readFull(e.full, level, index, width)
	}
	end := width * tlog.HashSize
	return e.edge[level][:end:end], nil
}

// HasTile reports whether a tree of that size has the first width hashes of
// that tile. It takes any numbers.
func HasTile(size int64, level int, index int64, width int) bool {
	return checkSize(size) == nil && checkTile(size, level, index, width) == nil
}

// isFull reports whether a tile has all its hashes in a tree of that size.
func isFull(size int64, level int, index int64) bool {
	return index < size>>(TileHeight*(level+1))
}

// checkTile reports whether a tree of that size has those hashes.
func checkTile(size int64, level int, index int64, width int) error {
	if level < 0 || level >= levels || index < 0 || width < 1 || width > TileWidth {
		return fmt.Errorf("merkle: there is no tile at level %d, index %d, width %d", level, index, width)
	}
	// Compared by tiles, so that no index overflows.
	n := size >> (TileHeight * level)
	if index > n/TileWidth || index == n/TileWidth && int64(width) > n%TileWidth {
		return fmt.Errorf("merkle: %s is beyond the tree of %d leaves", TilePath(level, index, width), size)
	}
	return nil
}

// readFull reads a stored full tile and returns its first width hashes.
func readFull(full FullTile, level int, index int64, width int) ([]byte, error) {
	hashes, err := full(level, index)
	if err != nil {
		return nil, fmt.Errorf("merkle: reading %s: %w", TilePath(level, index, TileWidth), err)
	}
	if len(hashes) != tileBytes {
		return nil, fmt.Errorf("merkle: stored %s has %d bytes, not %d", TilePath(level, index, TileWidth), len(hashes), tileBytes)
	}
	return hashes[:width*tlog.HashSize], nil
}

// readTile reads a tile and checks its length.
func readTile(read TileReader, level int, index int64, width int) ([]byte, error) {
	hashes, err := read.Tile(level, index, width)
	if err != nil {
		return nil, err
	}
	if len(hashes) != width*tlog.HashSize {
		return nil, fmt.Errorf("%s has %d bytes, not %d", TilePath(level, index, width), len(hashes), width*tlog.HashSize)
	}
	return hashes, nil
}
