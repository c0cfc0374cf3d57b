package merkle_test

import (
	"testing"

	"github.com/daybook-audit/daybook/merkle"
)

var sink any

// One record: its leaf hash of a leaf of 170 bytes, Append, and its share of
// TakeFull, Root and Clone in commits of 1,000.
func BenchmarkCommit(b *testing.B) {
	leaf, tree := make([]byte, 170), merkle.New()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			sink = tree.Clone()
			sink = tree.TakeFull()
			sink = tree.Root()
		}
		leaf[0]++
		tree.Append(merkle.LeafHash(leaf))
	}
}

// Append and TakeFull alone.
func BenchmarkAppend(b *testing.B) {
	leaf, tree := merkle.LeafHash(nil), merkle.New()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tree.Append(leaf)
		if i%1000 == 0 {
			sink = tree.TakeFull()
		}
	}
}

func BenchmarkLeafHash(b *testing.B) {
	leaf := make([]byte, 170)
	b.ReportAllocs()
	for b.Loop() {
		merkle.LeafHash(leaf)
	}
}

func BenchmarkClone(b *testing.B) {
	_, tree := stored(70_000)
	b.ReportAllocs()
	for b.Loop() {
		sink = tree.Clone()
	}
}

func BenchmarkRoot(b *testing.B) {
	_, tree := stored(65_535)
	b.ReportAllocs()
	for b.Loop() {
		tree.Root()
	}
}

func BenchmarkRestoreFromStore(b *testing.B) {
	m, _ := stored(65_535)
	b.ReportAllocs()
	for b.Loop() {
		t, err := merkle.Restore(65_535, m.reader(65_535))
		if err != nil {
			b.Fatal(err)
		}
		sink = t
	}
}

// A proof with the tree at hand, as the server makes it.
func BenchmarkInclusion(b *testing.B) {
	m, tree := stored(65_535)
	read := tree.Reader(m.full)
	b.ReportAllocs()
	for b.Loop() {
		proof, err := merkle.Inclusion(65_535, 12_345, read)
		if err != nil {
			b.Fatal(err)
		}
		sink = proof
	}
}

// A proof from a store alone, as a command makes it.
func BenchmarkInclusionFromStore(b *testing.B) {
	m, _ := stored(65_535)
	b.ReportAllocs()
	for b.Loop() {
		proof, err := merkle.Inclusion(65_535, 12_345, m.reader(65_535))
		if err != nil {
			b.Fatal(err)
		}
		sink = proof
	}
}

func BenchmarkVerifyInclusion(b *testing.B) {
	m, tree := stored(65_535)
	proof, err := merkle.Inclusion(65_535, 12_345, tree.Reader(m.full))
	if err != nil {
		b.Fatal(err)
	}
	root := tree.Root()
	b.ReportAllocs()
	for b.Loop() {
		if err := merkle.VerifyInclusion(proof, 65_535, 12_345, root, m.leaves[12_345]); err != nil {
			b.Fatal(err)
		}
	}
}
