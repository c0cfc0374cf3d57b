package daybook_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/tiledir"
)

// testdata/ledger is a whole small ledger as strangers get it; its README says
// what is in it. Everything there follows from export.ndjson and the key, and
// the export is never written anew.
const (
	vectorLedger  = "testdata/ledger"
	vectorOrigin  = "daybook/0190f3c2-7a5e-7c31-9d4e-5b6f8a901234"
	vectorPrivate = "PRIVATE+KEY+" + vectorOrigin + "+52cc77d6+Abnc443MV0pi2AsSfAEhADj12G/EeF4Fd9IahIamB0wV"

	vectorSize  = 260 // entries, so that one tile is full
	vectorOlder = 200 // entries under the older checkpoint
	vectorKinds = 19  // entries at the beginning, one of each kind there was
)

// vectorEntries are those of the export on disk, or new ones: one of every
// kind, and small ones behind them.
func vectorEntries(t *testing.T) []*daybook.Entry {
	t.Helper()
	held, err := os.ReadFile(filepath.Join(vectorLedger, "export.ndjson"))
	if errors.Is(err, os.ErrNotExist) && *update {
		return newVectorEntries(t)
	}
	if err != nil {
		t.Fatal(err)
	}
	var entries []*daybook.Entry
	for line := range bytes.Lines(held) {
		e, err := daybook.DecodeEntry(bytes.TrimSuffix(line, []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	return entries
}

func newVectorEntries(t *testing.T) []*daybook.Entry {
	t.Helper()
	entries := make([]*daybook.Entry, vectorSize)
	for i := range entries {
		if kinds := daybook.Kinds(); i < len(kinds) {
			entries[i] = vector(t, kinds[i])
		} else {
			r, err := daybook.RecordOf(daybook.ThinkingLog{ThinkingID: fmt.Sprint("t", i), ConversationID: "c", AgentPosition: "CFO"})
			if err != nil {
				t.Fatal(err)
			}
			entries[i] = &daybook.Entry{Kind: r.Kind, Values: r.Values}
		}
		e := entries[i]
		e.Seq = int64(i)
		e.Seal(daybook.Envelope{
			LogID: fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", i), LoggedAt: fmt.Sprintf("2026-01-31T09:00:%02d.%06dZ", i/100, i), Principal: "wasde-writer",
			RetainUntil: "2033-01-31T09:00:00.000000Z", Salt: fmt.Sprintf("%032x", i), Revision: 1,
		})
		e.LogHash = canon.Hash(e.AppendCanonical(nil))
	}
	return entries
}

// A vectorBook is a ledger over entries, of a size: the beginning of them.
type vectorBook struct {
	t       *testing.T
	signer  *merkle.Signer
	entries []*daybook.Entry
}

func (b vectorBook) of(size int) vectorBook {
	b.entries = b.entries[:size]
	return b
}

func (b vectorBook) leaf(i int) []byte {
	s := daybook.SpineOf(b.entries[i])
	return s.AppendLeaf(nil)
}

func (b vectorBook) tree() (*merkle.Tree, merkle.TileReader) {
	tree, full := merkle.New(), map[string][]byte{}
	for i := range b.entries {
		tree.Append(merkle.LeafHash(b.leaf(i)))
	}
	for _, tile := range tree.TakeFull() {
		full[merkle.TilePath(tile.Level, tile.Index, 256)] = tile.Hashes
	}
	return tree, tree.Reader(func(level int, index int64) ([]byte, error) { return full[merkle.TilePath(level, index, 256)], nil })
}

func (b vectorBook) Checkpoint(context.Context) ([]byte, error) {
	tree, _ := b.tree()
	return b.signer.Sign(merkle.Checkpoint{Origin: vectorOrigin, Size: tree.Size(), Root: tree.Root()})
}

func (b vectorBook) Entries(_ context.Context, index int64, width int) ([]byte, error) {
	var bundle []byte
	for i := range width {
		var err error
		if bundle, err = merkle.AppendEntry(bundle, b.leaf(int(index)*256+i)); err != nil {
			return nil, err
		}
	}
	return bundle, nil
}

// inclusion gives the proof of an entry with its extra data, and what the API
// answers.
func (b vectorBook) inclusion(i int, extra []byte) ([]byte, *daybook.InclusionProof) {
	b.t.Helper()
	tree, read := b.tree()
	hashes, err := merkle.Inclusion(tree.Size(), int64(i), read)
	b.must(err)
	signed, err := b.Checkpoint(b.t.Context())
	b.must(err)
	text := merkle.Proof{Extra: extra, Index: int64(i), Hashes: hashes, Checkpoint: signed}.Marshal()
	leaf, root := merkle.LeafHash(b.leaf(i)), tree.Root()
	return text, &daybook.InclusionProof{
		LogID: b.entries[i].LogID(), LeafIndex: int64(i), LeafHash: hex.EncodeToString(leaf[:]), TreeSize: tree.Size(),
		RootHash: hex.EncodeToString(root[:]), Hashes: hexes(hashes), Checkpoint: string(signed), Proof: string(text),
	}
}

func (b vectorBook) consistency(from int) *daybook.ConsistencyProof {
	b.t.Helper()
	older, _ := b.of(from).tree()
	tree, read := b.tree()
	hashes, err := merkle.Consistency(int64(from), tree.Size(), read)
	b.must(err)
	fromRoot, toRoot := older.Root(), tree.Root()
	return &daybook.ConsistencyProof{
		From: int64(from), To: tree.Size(), FromRoot: hex.EncodeToString(fromRoot[:]), ToRoot: hex.EncodeToString(toRoot[:]), Hashes: hexes(hashes),
	}
}

func hexes(hashes []merkle.Hash) []string {
	out := make([]string, len(hashes))
	for i := range hashes {
		out[i] = hex.EncodeToString(hashes[i][:])
	}
	return out
}

func (b vectorBook) receipt(i int) daybook.Receipt {
	e := b.entries[i]
	return daybook.Receipt{
		Kind: e.Kind.Name, ID: e.SubjectID(), LogID: e.LogID(), Seq: e.Seq,
		LogHash: hex.EncodeToString(e.LogHash[:]), LoggedAt: e.LoggedAt(), Revision: e.Revision(),
	}
}

func (b vectorBook) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// vectorFiles makes what testdata/ledger holds, by its paths.
func (b vectorBook) files() map[string][]byte {
	b.t.Helper()
	all := map[string][]byte{"key.pub": []byte(b.signer.Public() + "\n")}
	var export, leaves []byte
	for i, e := range b.entries {
		export = append(e.AppendExport(export), '\n')
		leaf := b.leaf(i)
		hash := merkle.LeafHash(leaf)
		if i >= vectorKinds {
			continue
		}
		line, err := json.Marshal(map[string]any{
			"seq": i, "canonical": string(e.AppendCanonical(nil)), "log_hash": hex.EncodeToString(e.LogHash[:]),
			"leaf": string(leaf), "leaf_hash": hex.EncodeToString(hash[:]),
		})
		b.must(err)
		leaves = append(append(leaves, line...), '\n')
	}
	all["export.ndjson"], all["leaves.ndjson"] = export, leaves
	older, err := b.of(vectorOlder).Checkpoint(b.t.Context())
	b.must(err)
	all["checkpoint-200"] = older
	proof, answer := b.inclusion(1, b.leaf(1))
	whole, _ := b.inclusion(1, b.entries[1].AppendCanonical(nil))
	all["entry-1.tlog-proof"], all["entry-1-with-entry.tlog-proof"] = proof, whole
	for name, v := range map[string]any{
		"inclusion.json": answer, "consistency.json": b.consistency(vectorOlder),
		"receipts.json": map[string]any{"receipts": []daybook.Receipt{b.receipt(0), b.receipt(1), b.receipt(259)}},
	} {
		text, err := json.MarshalIndent(v, "", "  ")
		b.must(err)
		all[name] = append(text, '\n')
	}
	dir := b.t.TempDir()
	_, err = tiledir.Write(b.t.Context(), dir, b, tiledir.Options{})
	b.must(err)
	b.must(walk(dir, func(name string, content []byte) { all["tiles/"+name] = content }))
	return all
}

// walk calls fn with every file of a directory, hidden ones left out.
func walk(dir string, fn func(name string, content []byte)) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name()[0] == '.' {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		fn(filepath.ToSlash(name), content)
		return err
	})
}

func newVectorBook(t *testing.T) vectorBook {
	t.Helper()
	signer, err := merkle.NewSigner(vectorPrivate)
	if err != nil {
		t.Fatal(err)
	}
	return vectorBook{t: t, signer: signer, entries: vectorEntries(t)}
}

// The ledger of the vectors gives these files, byte for byte, for ever.
func TestLedgerVectors(t *testing.T) {
	t.Parallel()
	made := newVectorBook(t).files()
	if *update {
		for name, content := range made {
			path := filepath.Join(vectorLedger, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
	held := map[string][]byte{}
	if err := walk(vectorLedger, func(name string, content []byte) { held[name] = content }); err != nil {
		t.Fatal(err)
	}
	delete(held, "README.md")
	for name, content := range made {
		if !bytes.Equal(held[name], content) {
			t.Errorf("%s differs from what the export gives: formats are for ever, so this is a defect; a file that is new is written with: go test . -run %s -update", name, t.Name())
		}
		delete(held, name)
	}
	for name := range held {
		t.Errorf("%s is in testdata/ledger, and nothing makes it", name)
	}
}
