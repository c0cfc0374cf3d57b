package merkle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxPath is longer than any path of a tile, in bytes.
const maxPath = 64

// TilePath returns a tile's path in C2SP tlog-tiles: tile/0/x001/x234/067, and
// with .p/ and the width where it is partial. Level is 0 to 63, index not
// negative, width 1 to 256.
func TilePath(level int, index int64, width int) string {
	path := tlog.Tile{H: TileHeight, L: level, N: index, W: width}.Path()
	return "tile/" + strings.TrimPrefix(path, "tile/8/")
}

// ParseTilePath is the inverse of [TilePath]; it takes no other spelling.
func ParseTilePath(path string) (level int, index int64, width int, err error) {
	t, err := parsePath(path)
	if err != nil || t.L < 0 || t.L > 63 {
		return 0, 0, 0, fmt.Errorf("merkle: %.64q is not a tile path such as tile/0/x001/x234/067 or tile/0/000.p/12", path)
	}
	return t.L, t.N, t.W, nil
}

// EntriesPath returns the path of an entry bundle in C2SP tlog-tiles:
// tile/entries/x001/x234/067, and with .p/ and the width where it is partial.
// It holds the leaves whose hashes are in the level 0 tile of the same index.
func EntriesPath(index int64, width int) string {
	path := tlog.Tile{H: TileHeight, L: -1, N: index, W: width}.Path()
	return "tile/entries/" + strings.TrimPrefix(path, "tile/8/data/")
}

// ParseEntriesPath is the inverse of [EntriesPath]; it takes no other spelling.
func ParseEntriesPath(path string) (index int64, width int, err error) {
	rest, ok := strings.CutPrefix(path, "tile/entries/")
	t, err := parsePath("tile/data/" + rest)
	if err != nil || !ok {
		return 0, 0, fmt.Errorf("merkle: %.64q is not an entries path such as tile/entries/x001/x234/067 or tile/entries/000.p/12", path)
	}
	return t.N, t.W, nil
}

// parsePath lets tlog, whose paths name the tile's height too, do the work.
func parsePath(path string) (tlog.Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok || len(path) > maxPath {
		return tlog.Tile{}, fmt.Errorf("no tile path")
	}
	return tlog.ParseTilePath("tile/8/" + rest)
}

// AppendEntry appends a leaf to an entry bundle: its length as a big-endian
// uint16, then its bytes (C2SP tlog-tiles). A leaf has at most 65,535 bytes.
func AppendEntry(bundle, leaf []byte) ([]byte, error) {
	if len(leaf) > math.MaxUint16 {
		return nil, fmt.Errorf("merkle: a leaf of %d bytes is too long for an entry bundle, which takes %d", len(leaf), math.MaxUint16)
	}
	bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(leaf)))
	return append(bundle, leaf...), nil
}

// ParseEntries gives the leaves of an entry bundle, as slices of it.
func ParseEntries(bundle []byte) ([][]byte, error) {
	var leaves [][]byte
	for len(bundle) > 0 {
		if len(bundle) < 2 {
			return nil, fmt.Errorf("merkle: the entry bundle ends inside a length")
		}
		n := 2 + int(binary.BigEndian.Uint16(bundle))
		if len(bundle) < n {
			return nil, fmt.Errorf("merkle: the entry bundle ends inside leaf %d", len(leaves))
		}
		leaves = append(leaves, bundle[2:n:n])
		bundle = bundle[n:]
	}
	return leaves, nil
}
