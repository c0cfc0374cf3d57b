package merkle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/merkle"
)

var update = flag.Bool("update", false, "rewrite the vectors in testdata")

// The lines of the files in testdata; README.md there says what they mean.
type (
	leavesVector struct {
		Leaves     [][]byte      `json:"leaves"`
		LeafHashes []merkle.Hash `json:"leaf_hashes"`
		Root       merkle.Hash   `json:"root"`
	}
	rootVector struct {
		Size int64       `json:"size"`
		Root merkle.Hash `json:"root"`
	}
	inclusionVector struct {
		Name     string        `json:"name"`
		Size     int64         `json:"size"`
		Index    int64         `json:"index"`
		LeafHash merkle.Hash   `json:"leaf_hash"`
		Root     merkle.Hash   `json:"root"`
		Proof    []merkle.Hash `json:"proof"`
		Valid    bool          `json:"valid"`
	}
	consistencyVector struct {
		Name     string        `json:"name"`
		From     int64         `json:"from"`
		To       int64         `json:"to"`
		FromRoot merkle.Hash   `json:"from_root"`
		ToRoot   merkle.Hash   `json:"to_root"`
		Proof    []merkle.Hash `json:"proof"`
		Valid    bool          `json:"valid"`
	}
	checkpointVector struct {
		Name    string      `json:"name"`
		Private string      `json:"private,omitempty"`
		Public  string      `json:"public"`
		Signed  string      `json:"signed"`
		Origin  string      `json:"origin"`
		Size    int64       `json:"size"`
		Root    merkle.Hash `json:"root"`
		Valid   bool        `json:"valid"`
	}
	proofVector struct {
		Name   string `json:"name"`
		Public string `json:"public"`
		Leaf   []byte `json:"leaf"`
		Index  int64  `json:"index"`
		Size   int64  `json:"size"`
		Proof  string `json:"proof"`
		Valid  bool   `json:"valid"`
	}
	tileVector struct {
		Size    int64  `json:"size"`
		Path    string `json:"path"`
		Hashes  []byte `json:"hashes"`
		Entries []byte `json:"entries,omitempty"`
	}
	pathVector struct {
		Level int    `json:"level"`
		Index int64  `json:"index"`
		Width int    `json:"width"`
		Path  string `json:"path"`
	}
)

// Certificate Transparency's test leaves, and the roots of the first 0 to 8 as
// its implementations publish them: an oracle that we did not compute.
var (
	ctLeaves = []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	ctRoots  = []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
)

func TestVectorsLeaves(t *testing.T) {
	t.Parallel()
	want := []leavesVector{}
	for n, root := range ctRoots {
		v := leavesVector{Leaves: [][]byte{}, LeafHashes: []merkle.Hash{}}
		for _, leaf := range ctLeaves[:n] {
			data, err := hex.DecodeString(leaf)
			if err != nil {
				t.Fatal(err)
			}
			v.Leaves, v.LeafHashes = append(v.Leaves, data), append(v.LeafHashes, merkle.LeafHash(data))
		}
		if v.Root = naiveRoot(v.LeafHashes); hex.EncodeToString(v.Root[:]) != root {
			t.Fatalf("root of %d leaves: %x, want %s", n, v.Root, root)
		}
		want = append(want, v)
	}
	for _, v := range golden(t, "leaves.ndjson", want) {
		tree := merkle.New()
		for _, leaf := range v.Leaves {
			tree.Append(merkle.LeafHash(leaf))
		}
		checkTree(t, tree, v.LeafHashes)
		if tree.Root() != v.Root {
			t.Errorf("root of %d leaves is %s, want %s", len(v.Leaves), tree.Root(), v.Root)
		}
	}
}

func TestVectorsRoots(t *testing.T) {
	t.Parallel()
	leaves := numbered(70_000)
	want := []rootVector{}
	for _, size := range []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 17, 255, 256, 257, 511, 512, 700, 1000, 65_535, 65_536, 65_537, 70_000} {
		want = append(want, rootVector{size, naiveRoot(leaves[:size])})
	}
	tree := merkle.New()
	for _, v := range golden(t, "roots.ndjson", want) {
		for tree.Size() < v.Size {
			tree.Append(leaves[tree.Size()])
		}
		if tree.Root() != v.Root {
			t.Errorf("root at %d is %s, want %s", v.Size, tree.Root(), v.Root)
		}
	}
}

func TestVectorsInclusion(t *testing.T) {
	t.Parallel()
	leaves := numbered(700)
	want := []inclusionVector{}
	add := func(name string, size, index int64, change func(*inclusionVector)) {
		v := inclusionVector{
			Name: name, Size: size, Index: index, LeafHash: leaves[index], Root: naiveRoot(leaves[:size]),
			Proof: naiveInclusion(int(index), leaves[:size]), Valid: change == nil,
		}
		if change != nil {
			change(&v)
		}
		want = append(want, v)
	}
	add("", 1, 0, nil)
	add("", 2, 0, nil)
	add("", 2, 1, nil)
	for _, size := range []int64{3, 7, 8, 257, 700} {
		for _, index := range []int64{0, size / 2, size - 1} {
			add("", size, index, nil)
		}
	}
	add("index beyond the tree", 7, 6, func(v *inclusionVector) { v.Index = 7 })
	add("negative index", 7, 6, func(v *inclusionVector) { v.Index = -1 })
	add("the neighbour's index", 7, 3, func(v *inclusionVector) { v.Index = 2 })
	add("another size", 7, 3, func(v *inclusionVector) { v.Size = 9 })
	add("another leaf", 7, 3, func(v *inclusionVector) { v.LeafHash = leaves[4] })
	add("another root", 7, 3, func(v *inclusionVector) { v.Root = naiveRoot(leaves[:8]) })
	add("the last hash missing", 7, 3, func(v *inclusionVector) { v.Proof = v.Proof[:2] })
	add("a hash too many", 7, 3, func(v *inclusionVector) { v.Proof = append(v.Proof, v.Root) })
	add("two hashes swapped", 7, 3, func(v *inclusionVector) { v.Proof[0], v.Proof[1] = v.Proof[1], v.Proof[0] })
	add("a node given for a leaf", 8, 2, func(v *inclusionVector) {
		v.LeafHash, v.Proof, v.Index, v.Size = naiveNode(leaves[2], leaves[3]), v.Proof[1:], 1, 8
	})
	for _, v := range golden(t, "inclusion.ndjson", want) {
		if err := merkle.VerifyInclusion(v.Proof, v.Size, v.Index, v.Root, v.LeafHash); (err == nil) != v.Valid {
			t.Errorf("%q, %d in %d: %v", v.Name, v.Index, v.Size, err)
		}
	}
}

func TestVectorsConsistency(t *testing.T) {
	t.Parallel()
	leaves := numbered(700)
	want := []consistencyVector{}
	add := func(name string, from, to int64, change func(*consistencyVector)) {
		v := consistencyVector{
			Name: name, From: from, To: to, FromRoot: naiveRoot(leaves[:from]), ToRoot: naiveRoot(leaves[:to]),
			Proof: []merkle.Hash{}, Valid: change == nil,
		}
		if from > 0 {
			v.Proof = naiveConsistency(int(from), leaves[:to], true)
		}
		if change != nil {
			change(&v)
		}
		want = append(want, v)
	}
	for _, sizes := range [][2]int64{{0, 0}, {0, 7}, {1, 1}, {1, 2}, {2, 3}, {3, 7}, {4, 7}, {6, 8}, {7, 7}, {7, 8}, {8, 257}, {256, 257}, {255, 700}, {699, 700}} {
		add("", sizes[0], sizes[1], nil)
	}
	add("backwards", 3, 7, func(v *consistencyVector) {
		v.From, v.To, v.FromRoot, v.ToRoot = v.To, v.From, v.ToRoot, v.FromRoot
	})
	add("from another root", 3, 7, func(v *consistencyVector) { v.FromRoot = naiveRoot(leaves[1:4]) })
	add("to another root", 3, 7, func(v *consistencyVector) { v.ToRoot = naiveRoot(leaves[1:8]) })
	add("to another size", 3, 7, func(v *consistencyVector) { v.To = 9 })
	add("the last hash missing", 3, 7, func(v *consistencyVector) { v.Proof = v.Proof[:len(v.Proof)-1] })
	add("a hash too many", 3, 7, func(v *consistencyVector) { v.Proof = append(v.Proof, v.ToRoot) })
	add("the same size, another root", 7, 7, func(v *consistencyVector) { v.FromRoot = naiveRoot(leaves[1:8]) })
	add("the same size with a proof", 7, 7, func(v *consistencyVector) { v.Proof = append(v.Proof, v.ToRoot) })
	add("nothing with another root", 0, 7, func(v *consistencyVector) { v.FromRoot = v.ToRoot })
	add("nothing with a proof", 0, 7, func(v *consistencyVector) { v.Proof = append(v.Proof, v.ToRoot) })
	for _, v := range golden(t, "consistency.ndjson", want) {
		if err := merkle.VerifyConsistency(v.Proof, v.From, v.To, v.FromRoot, v.ToRoot); (err == nil) != v.Valid {
			t.Errorf("%q, %d and %d: %v", v.Name, v.From, v.To, err)
		}
	}
}

func TestVectorsCheckpoints(t *testing.T) {
	t.Parallel()
	root := naiveRoot(numbered(700))
	good := string(sign(t, 700, root))
	v := checkpointVector{Private: testPrivate, Public: testPublic, Signed: good, Origin: testOrigin, Size: 700, Root: root, Valid: true}
	want := []checkpointVector{v}
	v.Signed, v.Size, v.Root = string(sign(t, 0, naiveRoot(nil))), 0, naiveRoot(nil)
	want = append(want, v)
	for _, c := range [][3]string{
		{"changed size", "\n700\n", "\n701\n"},
		{"changed origin", "daybook/0190f3c2-7a5e-7c31-9d4e-5b6f8a901234\n700", "daybook/0190f3c2-7a5e-7c31-9d4e-5b6f8a901235\n700"},
		{"another key's name", "— daybook/", "— daybooks/"},
		{"no empty line", "\n\n", "\n"},
	} {
		v := checkpointVector{Name: c[0], Public: testPublic, Signed: strings.Replace(good, c[1], c[2], 1), Origin: testOrigin, Size: 700, Root: root}
		want = append(want, v)
	}
	for _, v := range golden(t, "checkpoints.ndjson", want) {
		c, err := merkle.OpenCheckpoint([]byte(v.Signed), v.Public)
		if (err == nil) != v.Valid {
			t.Errorf("%q: %v", v.Name, err)
		}
		if v.Valid && c != (merkle.Checkpoint{Origin: v.Origin, Size: v.Size, Root: v.Root}) {
			t.Errorf("%q: opened as %v", v.Name, c)
		}
		if v.Valid && string(sign(t, v.Size, v.Root)) != v.Signed {
			t.Errorf("%q: signed otherwise now", v.Name)
		}
	}
}

func TestVectorsProofs(t *testing.T) {
	t.Parallel()
	m, _ := stored(700)
	want := []proofVector{}
	add := func(name string, p merkle.Proof, leaf string, valid bool) {
		want = append(want, proofVector{name, testPublic, []byte(leaf), p.Index, 700, string(p.Marshal()), valid})
	}
	p := offline(t, m, 700, 300, nil)
	add("", p, "leaf 300", true)
	add("", offline(t, m, 700, 699, []byte(`{"log_id":"01"}`)), "leaf 699", true)
	add("another leaf", p, "leaf 301", false)
	p.Index = 301
	add("another index", p, "leaf 300", false)
	p.Index, p.Checkpoint = 300, bytes.Replace(p.Checkpoint, []byte("\n700\n"), []byte("\n701\n"), 1)
	add("changed checkpoint", p, "leaf 300", false)
	for _, v := range golden(t, "proofs.ndjson", want) {
		p, err := merkle.ParseProof([]byte(v.Proof))
		if err != nil {
			t.Errorf("%q: %v", v.Name, err)
			continue
		}
		c, err := p.Verify(merkle.LeafHash(v.Leaf), v.Public)
		if (err == nil) != v.Valid || v.Valid && (c.Size != v.Size || p.Index != v.Index) {
			t.Errorf("%q: %v", v.Name, err)
		}
	}
}

func TestVectorsTiles(t *testing.T) {
	t.Parallel()
	want := []tileVector{}
	for _, v := range []struct {
		size, index  int64
		level, width int
	}{{1, 0, 0, 1}, {256, 0, 0, 256}, {256, 0, 1, 1}, {700, 2, 0, 188}, {700, 0, 1, 2}, {70_000, 1, 1, 17}, {70_000, 0, 2, 1}} {
		leaves := numbered(int(v.size))
		tile := tileVector{Size: v.size, Path: merkle.TilePath(v.level, v.index, v.width)}
		span := int64(1) << (8 * v.level) // leaves beneath one hash
		for i := range int64(v.width) {
			first := (v.index*256 + i) * span
			hash := naiveRoot(leaves[first : first+span])
			tile.Hashes = append(tile.Hashes, hash[:]...)
			if v.level > 0 {
				continue
			}
			var err error
			if tile.Entries, err = merkle.AppendEntry(tile.Entries, fmt.Appendf(nil, "leaf %d", first)); err != nil {
				t.Fatal(err)
			}
		}
		want = append(want, tile)
	}
	for _, v := range golden(t, "tiles.ndjson", want) {
		level, index, width, err := merkle.ParseTilePath(v.Path)
		if err != nil {
			t.Fatal(err)
		}
		m, tree := stored(int(v.Size))
		if hashes, err := tree.Reader(m.full).Tile(level, index, width); err != nil || !bytes.Equal(hashes, v.Hashes) {
			t.Errorf("size %d, %s: %d bytes, %v", v.Size, v.Path, len(hashes), err)
		}
		leaves, err := merkle.ParseEntries(v.Entries)
		if err != nil || level == 0 && len(leaves) != width {
			t.Errorf("size %d, %s: %d leaves, %v", v.Size, v.Path, len(leaves), err)
		}
		for i, leaf := range leaves {
			if hash := merkle.LeafHash(leaf); !bytes.Equal(hash[:], v.Hashes[i*32:(i+1)*32]) {
				t.Errorf("size %d, %s: leaf %d is %q", v.Size, v.Path, i, leaf)
			}
		}
	}
}

func TestVectorsPaths(t *testing.T) {
	t.Parallel()
	want := []pathVector{
		{0, 0, 256, "tile/0/000"},
		{0, 273, 112, "tile/0/273.p/112"},
		{1, 1, 17, "tile/1/001.p/17"},
		{2, 0, 1, "tile/2/000.p/1"},
		{0, 999, 256, "tile/0/999"},
		{0, 1000, 256, "tile/0/x001/000"},
		{0, 1_234_067, 256, "tile/0/x001/x234/067"},
		{3, 1_234_067, 255, "tile/3/x001/x234/067.p/255"},
	}
	for _, v := range golden(t, "paths.ndjson", want) {
		level, index, width, err := merkle.ParseTilePath(v.Path)
		if got := (pathVector{level, index, width, merkle.TilePath(v.Level, v.Index, v.Width)}); err != nil || got != v {
			t.Errorf("%v, want %v, %v", got, v, err)
		}
	}
}

// golden returns the vectors of a file, which must be those that the test makes.
func golden[V any](t *testing.T, name string, want []V) []V {
	t.Helper()
	var made bytes.Buffer
	encoder := json.NewEncoder(&made)
	encoder.SetEscapeHTML(false)
	for _, v := range want {
		if err := encoder.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, made.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(kept, made.Bytes()) {
		t.Errorf("%s differs from what the test makes; formats are for ever, so this is a defect unless vectors were added (then run with -update)", path)
	}
	var vectors []V
	for line := range bytes.Lines(kept) {
		var v V
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, v)
	}
	return vectors
}
