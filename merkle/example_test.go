package merkle_test

import (
	"fmt"
	"log"

	"github.com/daybook-audit/daybook/merkle"
)

// A ledger of three leaves, its signed checkpoint, and the proof that an
// auditor checks with the public key alone.
func Example() {
	tree, store := merkle.New(), map[string][]byte{}
	for _, leaf := range []string{"first", "second", "third"} {
		tree.Append(merkle.LeafHash([]byte(leaf)))
	}
	for _, tile := range tree.TakeFull() { // none yet: a tile takes 256 leaves
		store[merkle.TilePath(tile.Level, tile.Index, merkle.TileWidth)] = tile.Hashes
	}

	private, public, err := merkle.GenerateKey("daybook/example")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		log.Fatal(err)
	}
	head := merkle.Checkpoint{Origin: signer.Origin(), Size: tree.Size(), Root: tree.Root()}
	signed, err := signer.Sign(head)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(head.Text())

	read := tree.Reader(func(level int, index int64) ([]byte, error) {
		return store[merkle.TilePath(level, index, merkle.TileWidth)], nil
	})
	hashes, err := merkle.Inclusion(tree.Size(), 1, read)
	if err != nil {
		log.Fatal(err)
	}
	file := merkle.Proof{Index: 1, Hashes: hashes, Checkpoint: signed}.Marshal()

	proof, err := merkle.ParseProof(file)
	if err != nil {
		log.Fatal(err)
	}
	for _, leaf := range []string{"second", "edited"} {
		_, err := proof.Verify(merkle.LeafHash([]byte(leaf)), public)
		fmt.Printf("%s: %v\n", leaf, err)
	}
	// Output:
	// daybook/example
	// 3
	// w2UeVBcUxT1kjsx7rsp/4sNu9PplvM4ksdcShkN95WY=
	// second: <nil>
	// edited: merkle: the proof does not hold: leaf 1 in a tree of 3
}
