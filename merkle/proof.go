package merkle

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof says that a proof does not show what it should: the leaf, a root or
// the proof is not the true one.
var ErrProof = errors.New("merkle: the proof does not hold")

// maxProof is the largest number of hashes in a proof over MaxSize leaves.
const maxProof = 64

// Inclusion returns the proof that the leaf at index is in the tree of size
// leaves: the audit path of RFC 6962, section 2.1.1, the leaf's sibling first.
// Tiles are read for that size; they are not checked against a root.
func Inclusion(size, index int64, read TileReader) ([]Hash, error) {
	if err := checkIndex(size, index); err != nil {
		return nil, err
	}
	proof, err := tlog.ProveRecord(size, index, newHashes(size, read))
	if err != nil {
		return nil, fmt.Errorf("merkle: proving leaf %d in %d: %w", index, size, err)
	}
	return proof, nil
}

// Consistency returns the proof that the tree of from leaves is the beginning
// of the tree of to leaves: RFC 6962, section 2.1.2. It is empty where from is
// 0 or to. Tiles are read for size to; they are not checked against a root.
func Consistency(from, to int64, read TileReader) ([]Hash, error) {
	if err := checkRange(from, to); err != nil {
		return nil, err
	}
	if from == 0 || from == to {
		return []Hash{}, nil
	}
	proof, err := tlog.ProveTree(to, from, newHashes(to, read))
	if err != nil {
		return nil, fmt.Errorf("merkle: proving %d consistent with %d: %w", from, to, err)
	}
	return proof, nil
}

// RootAt returns the root of the tree's first size leaves.
func RootAt(size int64, read TileReader) (Hash, error) {
	if err := checkSize(size); err != nil {
		return Hash{}, err
	}
	root, err := tlog.TreeHash(size, newHashes(size, read))
	if err != nil {
		return Hash{}, fmt.Errorf("merkle: root at %d: %w", size, err)
	}
	return root, nil
}

// VerifyInclusion checks that proof shows leaf at index in the tree of size
// leaves with that root. A proof that fails is [ErrProof].
func VerifyInclusion(proof []Hash, size, index int64, root, leaf Hash) error {
	if err := checkIndex(size, index); err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, size, root, index, leaf); err != nil {
		return fmt.Errorf("%w: leaf %d in a tree of %d", ErrProof, index, size)
	}
	return nil
}

// VerifyConsistency checks that proof shows the tree of from leaves with
// fromRoot to be the beginning of the tree of to leaves with toRoot. Where from
// is 0 or to, the proof must be empty and the roots the empty tree's, or equal.
// A proof that fails is [ErrProof].
func VerifyConsistency(proof []Hash, from, to int64, fromRoot, toRoot Hash) error {
	if err := checkRange(from, to); err != nil {
		return err
	}
	if !consistent(proof, from, to, fromRoot, toRoot) {
		return fmt.Errorf("%w: a tree of %d as the beginning of one of %d", ErrProof, from, to)
	}
	return nil
}

func consistent(proof []Hash, from, to int64, fromRoot, toRoot Hash) bool {
	if from == 0 {
		return len(proof) == 0 && fromRoot == emptyRoot() && (to > 0 || toRoot == fromRoot)
	}
	return tlog.CheckTree(proof, to, toRoot, from, fromRoot) == nil
}

func checkIndex(size, index int64) error {
	if err := checkSize(size); err != nil {
		return err
	}
	if index < 0 || index >= size {
		return fmt.Errorf("merkle: there is no leaf %d in a tree of %d", index, size)
	}
	return nil
}

func checkRange(from, to int64) error {
	if err := checkSize(to); err != nil {
		return err
	}
	if from < 0 || from > to {
		return fmt.Errorf("merkle: a tree of %d leaves cannot begin with %d", to, from)
	}
	return nil
}

// hashes is a tlog.HashReader over the tiles of a tree of one size. Each tile
// is read once.
type hashes struct {
	size int64
	read TileReader
	have map[tlog.Tile][]byte
}

func newHashes(size int64, read TileReader) hashes {
	return hashes{size: size, read: read, have: map[tlog.Tile][]byte{}}
}

// ReadHashes implements tlog.HashReader.
func (h hashes) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, index := range indexes {
		tile := tlog.TileForIndex(TileHeight, index)
		// tlog names the least width that has the hash; a tile server has the
		// full tile, or the partial one of this very size, and no other.
		onLevel := h.size >> (TileHeight * tile.L)
		tile.W = int(min(TileWidth, onLevel-tile.N*TileWidth))
		data, ok := h.have[tile]
		if !ok {
			var err error
			if data, err = readTile(h.read, tile.L, tile.N, tile.W); err != nil {
				return nil, err
			}
			h.have[tile] = data
		}
		var err error
		if out[i], err = tlog.HashFromTile(tile, data, index); err != nil {
			return nil, err
		}
	}
	return out, nil
}
