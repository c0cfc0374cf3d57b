package merkle_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook/merkle"
)

func TestProofsAreRFC6962(t *testing.T) {
	t.Parallel()
	m, tree := stored(600)
	for _, size := range []int{1, 2, 3, 7, 8, 9, 255, 256, 257, 511, 512, 600} {
		leaves := m.leaves[:size]
		for _, read := range []merkle.TileReader{m.reader(size), m.reader(600), tree.Reader(m.full)} {
			if root, err := merkle.RootAt(int64(size), read); err != nil || root != naiveRoot(leaves) {
				t.Fatalf("root at %d: %s, %v", size, root, err)
			}
			for _, index := range []int{0, 1, size / 3, size / 2, size - 2, size - 1} {
				if index < 0 || index >= size {
					continue
				}
				got, err := merkle.Inclusion(int64(size), int64(index), read)
				if err != nil || !slices.Equal(got, naiveInclusion(index, leaves)) {
					t.Fatalf("inclusion of %d in %d: %d hashes, %v", index, size, len(got), err)
				}
			}
			for _, from := range []int{1, 2, size / 3, size / 2, size - 1, size} {
				if from < 1 || from > size {
					continue
				}
				got, err := merkle.Consistency(int64(from), int64(size), read)
				if err != nil || !slices.Equal(got, naiveConsistency(from, leaves, true)) {
					t.Fatalf("consistency of %d with %d: %d hashes, %v", from, size, len(got), err)
				}
			}
		}
	}
}

// transparency-dev/merkle takes our proofs, and we take proofs made from the
// nodes that it names.
func TestProofsAgainstTransparencyDev(t *testing.T) {
	t.Parallel()
	m, tree := stored(3000)
	nodes := nodeHashes(m.leaves)
	hasher := rfc6962.DefaultHasher
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 3000).Draw(t, "size")
		index := rapid.IntRange(0, size-1).Draw(t, "index")
		from := rapid.IntRange(1, size).Draw(t, "from")
		read := rapid.SampledFrom([]merkle.TileReader{m.reader(size), tree.Reader(m.full)}).Draw(t, "reader")
		root, rootFrom := mustRoot(t, size, read), mustRoot(t, from, read)
		leaf := m.leaves[index]

		ours, err := merkle.Inclusion(int64(size), int64(index), read)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyInclusion(hasher, uint64(index), uint64(size), leaf[:], raw(ours), root[:]); err != nil {
			t.Fatalf("they refuse our inclusion proof: %v", err)
		}
		named, err := proof.Inclusion(uint64(index), uint64(size))
		if err != nil {
			t.Fatal(err)
		}
		if err := merkle.VerifyInclusion(theirs(t, named, nodes), int64(size), int64(index), root, leaf); err != nil {
			t.Fatalf("we refuse their inclusion proof: %v", err)
		}

		ours, err = merkle.Consistency(int64(from), int64(size), read)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.VerifyConsistency(hasher, uint64(from), uint64(size), raw(ours), rootFrom[:], root[:]); err != nil {
			t.Fatalf("they refuse our consistency proof: %v", err)
		}
		named, err = proof.Consistency(uint64(from), uint64(size))
		if err != nil {
			t.Fatal(err)
		}
		if err := merkle.VerifyConsistency(theirs(t, named, nodes), int64(from), int64(size), rootFrom, root); err != nil {
			t.Fatalf("we refuse their consistency proof: %v", err)
		}
	})
}

func TestAnyChangeBreaksAProof(t *testing.T) {
	t.Parallel()
	m, tree := stored(700)
	read := tree.Reader(m.full)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 700).Draw(t, "size")
		index := rapid.IntRange(0, size-1).Draw(t, "index")
		from := rapid.IntRange(1, size-1).Draw(t, "from")
		root, rootFrom, leaf := mustRoot(t, size, read), mustRoot(t, from, read), m.leaves[index]
		inclusion, err := merkle.Inclusion(int64(size), int64(index), read)
		if err != nil {
			t.Fatal(err)
		}
		consistency, err := merkle.Consistency(int64(from), int64(size), read)
		if err != nil {
			t.Fatal(err)
		}
		switch rapid.IntRange(0, 4).Draw(t, "change") {
		case 0:
			flip(t, &root)
		case 1:
			flip(t, &leaf)
			flip(t, &rootFrom)
		case 2:
			i := rapid.IntRange(0, len(inclusion)-1).Draw(t, "hash")
			flip(t, &inclusion[i])
			i = rapid.IntRange(0, len(consistency)-1).Draw(t, "hash")
			flip(t, &consistency[i])
		case 3:
			inclusion, consistency = inclusion[:len(inclusion)-1], consistency[:len(consistency)-1]
		case 4:
			inclusion, consistency = append(inclusion, root), append(consistency, root)
		}
		if err := merkle.VerifyInclusion(inclusion, int64(size), int64(index), root, leaf); !errors.Is(err, merkle.ErrProof) {
			t.Fatalf("a changed inclusion proof: %v", err)
		}
		if err := merkle.VerifyConsistency(consistency, int64(from), int64(size), rootFrom, root); !errors.Is(err, merkle.ErrProof) {
			t.Fatalf("a changed consistency proof: %v", err)
		}
	})
}

func TestConsistencyAtTheEnds(t *testing.T) {
	t.Parallel()
	m, tree := stored(10)
	empty, root := merkle.New().Root(), tree.Root()
	for _, from := range []int64{0, 10} {
		got, err := merkle.Consistency(from, 10, m.reader(10))
		if err != nil || len(got) != 0 {
			t.Errorf("from %d: %d hashes, %v", from, len(got), err)
		}
	}
	for _, c := range []struct {
		name          string
		proof         []merkle.Hash
		from, to      int64
		fromRoot, to_ merkle.Hash
		ok            bool
	}{
		{"nothing to something", nil, 0, 10, empty, root, true},
		{"nothing to nothing", nil, 0, 0, empty, empty, true},
		{"the same", nil, 10, 10, root, root, true},
		{"nothing with a root", nil, 0, 10, root, root, false},
		{"nothing to nothing with a root", nil, 0, 0, empty, root, false},
		{"nothing with a proof", []merkle.Hash{root}, 0, 10, empty, root, false},
		{"the same size with another root", nil, 10, 10, empty, root, false},
		{"the same with a proof", []merkle.Hash{root}, 10, 10, root, root, false},
	} {
		err := merkle.VerifyConsistency(c.proof, c.from, c.to, c.fromRoot, c.to_)
		if c.ok && err != nil || !c.ok && !errors.Is(err, merkle.ErrProof) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestProofsOutsideTheTree(t *testing.T) {
	t.Parallel()
	m, _ := stored(10)
	read, root := m.reader(10), merkle.Hash{}
	const beyond = merkle.MaxSize + 1
	for name, err := range map[string]error{
		"inclusion at size":          second(merkle.Inclusion(10, 10, read)),
		"inclusion below 0":          second(merkle.Inclusion(10, -1, read)),
		"inclusion in nothing":       second(merkle.Inclusion(0, 0, read)),
		"inclusion in a larger tree": second(merkle.Inclusion(11, 0, read)),
		"consistency backwards":      second(merkle.Consistency(10, 9, read)),
		"consistency from below 0":   second(merkle.Consistency(-1, 9, read)),
		"consistency to more":        second(merkle.Consistency(9, 11, read)),
		"root of more":               second(merkle.RootAt(11, read)),
		"root below 0":               second(merkle.RootAt(-1, read)),
		"short tiles":                second(merkle.Inclusion(10, 3, short{})),
		"verify at size":             merkle.VerifyInclusion(nil, 10, 10, root, root),
		"verify backwards":           merkle.VerifyConsistency(nil, 10, 9, root, root),
		"inclusion beyond MaxSize":   merkle.VerifyInclusion(nil, beyond, 1, root, root),
		"consistency beyond MaxSize": merkle.VerifyConsistency(nil, 1, beyond, root, root),
		"root beyond MaxSize":        second(merkle.RootAt(beyond, read)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// tlog looks for a power of two beyond int64 in larger trees, and never ends.
func TestTheLargestTreeEnds(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		hashes := make([]merkle.Hash, 62)
		for _, index := range []int64{0, 1 << 61, merkle.MaxSize - 1} {
			if err := merkle.VerifyInclusion(hashes, merkle.MaxSize, index, hashes[0], hashes[0]); !errors.Is(err, merkle.ErrProof) {
				t.Errorf("inclusion of %d: %v", index, err)
			}
			if err := merkle.VerifyConsistency(hashes, index+1, merkle.MaxSize, hashes[0], hashes[0]); !errors.Is(err, merkle.ErrProof) {
				t.Errorf("consistency from %d: %v", index+1, err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("verifying in the largest tree does not end")
	}
}

func TestProofReadsEachTileOnce(t *testing.T) {
	t.Parallel()
	m, tree := stored(70_000)
	asked := map[string]int{}
	if _, err := merkle.Inclusion(70_000, 12_345, spy{tree.Reader(m.full), asked}); err != nil {
		t.Fatal(err)
	}
	for path, n := range asked {
		if n != 1 {
			t.Errorf("%s is read %d times", path, n)
		}
	}
	// The leaf's tile, the two above it, and the partial tiles at the edge.
	if len(asked) > 5 {
		t.Errorf("one proof reads %d tiles: %v", len(asked), asked)
	}
}

// nodeHashes returns the roots of all complete subtrees.
func nodeHashes(leaves []merkle.Hash) map[compact.NodeID]merkle.Hash {
	nodes := map[compact.NodeID]merkle.Hash{}
	for level := uint(0); len(leaves) > 0; level++ {
		for i, hash := range leaves {
			nodes[compact.NewNodeID(level, uint64(i))] = hash
		}
		above := make([]merkle.Hash, len(leaves)/2)
		for i := range above {
			above[i] = naiveNode(leaves[2*i], leaves[2*i+1])
		}
		leaves = above
	}
	return nodes
}

// theirs makes the proof that transparency-dev's nodes describe.
func theirs(t *rapid.T, named proof.Nodes, nodes map[compact.NodeID]merkle.Hash) []merkle.Hash {
	hashes := [][]byte{}
	for _, id := range named.IDs {
		hash, ok := nodes[id]
		if !ok {
			t.Fatalf("no complete subtree at %v", id)
		}
		hashes = append(hashes, hash[:])
	}
	hashes, err := named.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		t.Fatal(err)
	}
	out := []merkle.Hash{}
	for _, hash := range hashes {
		out = append(out, merkle.Hash(hash))
	}
	return out
}

func raw(hashes []merkle.Hash) [][]byte {
	out := [][]byte{}
	for _, hash := range hashes {
		out = append(out, hash[:])
	}
	return out
}

func mustRoot(t *rapid.T, size int, read merkle.TileReader) merkle.Hash {
	root, err := merkle.RootAt(int64(size), read)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// flip changes one bit.
func flip(t *rapid.T, hash *merkle.Hash) {
	bit := rapid.IntRange(0, 255).Draw(t, "bit")
	hash[bit/8] ^= 1 << (bit % 8)
}

func second[T any](_ T, err error) error {
	return err
}
