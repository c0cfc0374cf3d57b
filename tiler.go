package daybook

import "context"

// Tiler gives the tree in pieces that never change (C2SP tlog-tiles), so that
// tools which know nothing of Daybook can hold the whole ledger against its
// newest published checkpoint. It is a second promise of a [Prover].
//
// What is asked for must lie under that checkpoint, or the answer is
// CodeNotFound. A width is 1 to 256; 256 is a full tile.
type Tiler interface {
	// Tile gives the first width hashes of a tile, 32 bytes each. Level is 0 to
	// 63; at level 0 stand leaf hashes.
	Tile(ctx context.Context, level int, index int64, width int) ([]byte, error)
	// Entries gives the leaves whose hashes are the first width of the level 0
	// tile of that index, each behind its length as a big-endian uint16. A leaf
	// holds digests, never a body.
	Entries(ctx context.Context, index int64, width int) ([]byte, error)
}
