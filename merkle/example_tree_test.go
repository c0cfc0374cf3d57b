package merkle_test

import (
	"fmt"

	"github.com/daybook-audit/daybook/merkle"
)

// A tree takes leaves one by one. What is full goes to the store and is never
// asked of the tree again: it keeps its right edge alone.
func ExampleTree() {
	tree := merkle.New()
	for n := range 600 {
		tree.Append(merkle.LeafHash(fmt.Appendf(nil, "leaf %d", n)))
	}
	for _, tile := range tree.TakeFull() {
		fmt.Println(merkle.TilePath(tile.Level, tile.Index, merkle.TileWidth), len(tile.Hashes), "bytes")
	}
	fmt.Println(tree.Size(), "leaves under", tree.Root())
	// Output:
	// tile/0/000 8192 bytes
	// tile/0/001 8192 bytes
	// 600 leaves under YeW3m0rrRtdF0jKp4Z6FF/MaCPW/wHpHSqW4KrWAG9o=
}

// The paths of tiles are those of C2SP tlog-tiles.
func ExampleTilePath() {
	fmt.Println(merkle.TilePath(0, 1_234_067, merkle.TileWidth))
	fmt.Println(merkle.TilePath(1, 1, 17))
	level, index, width, err := merkle.ParseTilePath("tile/0/x001/x234/067")
	fmt.Println(level, index, width, err)
	// Output:
	// tile/0/x001/x234/067
	// tile/1/001.p/17
	// 0 1234067 256 <nil>
}

// Who kept an older root can have it shown that the ledger has only grown
// since.
func ExampleVerifyConsistency() {
	tree := merkle.New()
	add := func(leaves ...string) {
		for _, leaf := range leaves {
			tree.Append(merkle.LeafHash([]byte(leaf)))
		}
	}
	add("first", "second")
	kept, size := tree.Root(), tree.Size()
	add("third", "fourth", "fifth")

	read := tree.Reader(func(int, int64) ([]byte, error) { panic("no tile is full yet") })
	proof, err := merkle.Consistency(size, tree.Size(), read)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(merkle.VerifyConsistency(proof, size, tree.Size(), kept, tree.Root()))
	rewritten := merkle.LeafHash([]byte("another beginning"))
	fmt.Println(merkle.VerifyConsistency(proof, size, tree.Size(), rewritten, tree.Root()))
	// Output:
	// <nil>
	// merkle: the proof does not hold: a tree of 2 as the beginning of one of 5
}

// A checkpoint is what a ledger signs: who has its public key can tell it from
// any other, and from one that was changed.
func ExampleOpenCheckpoint() {
	private, public, err := merkle.GenerateKey("daybook/example")
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := signer.Sign(merkle.Checkpoint{Origin: signer.Origin(), Size: 41, Root: merkle.LeafHash([]byte("leaf"))})
	if err != nil {
		fmt.Println(err)
		return
	}
	checkpoint, err := merkle.OpenCheckpoint(signed, public)
	fmt.Println(checkpoint.Origin, checkpoint.Size, err)

	_, other, _ := merkle.GenerateKey("daybook/another")
	_, err = merkle.OpenCheckpoint(signed, other)
	fmt.Println(err != nil)
	// Output:
	// daybook/example 41 <nil>
	// true
}
