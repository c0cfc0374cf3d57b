package tiledir_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/tiledir"
)

const origin = "daybook/0190f3c2-7a5e-7c31-9d4e-5b6f8a901234"

// book is a ledger of numbered leaves, as many as size says.
type book struct {
	t      *testing.T
	signer *merkle.Signer
	size   int64
	leaf   func(i int64) []byte // nil for numbered ones
	root   *merkle.Hash         // nil for the true one
	fails  int64                // asked for a bundle from this index on it fails; 0 for never
	asked  atomic.Int64         // entries
}

var errGone = errors.New("the server is gone")

func newBook(t *testing.T) *book {
	t.Helper()
	private, _, err := merkle.GenerateKey(origin)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	return &book{t: t, signer: signer}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func numbered(i int64) []byte { return fmt.Appendf(nil, "leaf %d", i) }

func (b *book) leafAt(i int64) []byte {
	if b.leaf != nil {
		return b.leaf(i)
	}
	return numbered(i)
}

func (b *book) tree() *merkle.Tree {
	tree := merkle.New()
	for i := range b.size {
		tree.Append(merkle.LeafHash(b.leafAt(i)))
	}
	return tree
}

func (b *book) Checkpoint(context.Context) ([]byte, error) {
	c := merkle.Checkpoint{Origin: b.signer.Origin(), Size: b.size, Root: b.tree().Root()}
	if b.root != nil {
		c.Root = *b.root
	}
	return b.signer.Sign(c)
}

func (b *book) Entries(_ context.Context, index int64, width int) ([]byte, error) {
	if b.fails > 0 && index >= b.fails {
		return nil, errGone
	}
	b.asked.Add(int64(width))
	var bundle []byte
	for i := range int64(width) {
		var err error
		if bundle, err = merkle.AppendEntry(bundle, b.leafAt(index*merkle.TileWidth+i)); err != nil {
			return nil, err
		}
	}
	return bundle, nil
}

func (b *book) write(dir string) *tiledir.Report {
	b.t.Helper()
	report, err := tiledir.Write(b.t.Context(), dir, b, tiledir.Options{Public: b.signer.Public()})
	must(b.t, err)
	return report
}

// files gives the files of a directory by their paths, without hidden ones.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".lock" {
			return err
		}
		content, err := os.ReadFile(path)
		name, relErr := filepath.Rel(dir, path)
		all[filepath.ToSlash(name)] = string(content)
		return errors.Join(err, relErr)
	}))
	return all
}

// laid is what the specification has a directory of a size hold, by its own
// formula: MTH(D[(n*256+i)*256**l : (n*256+i+1)*256**l]).
func (b *book) laid() map[string]string {
	b.t.Helper()
	signed, err := b.Checkpoint(b.t.Context())
	must(b.t, err)
	want := map[string]string{"checkpoint": string(signed)}
	var hashes []merkle.Hash
	for i := range b.size {
		hashes = append(hashes, merkle.LeafHash(b.leafAt(i)))
	}
	for level := 0; len(hashes) > 0; level++ {
		var above []merkle.Hash
		for n := 0; n*256 < len(hashes); n++ {
			tile := hashes[n*256 : min(len(hashes), (n+1)*256)]
			var content strings.Builder
			for _, hash := range tile {
				content.Write(hash[:])
			}
			want[merkle.TilePath(level, int64(n), len(tile))] = content.String()
			if len(tile) == 256 {
				full := merkle.New()
				for _, hash := range tile {
					full.Append(hash)
				}
				above = append(above, full.Root())
			}
			if level == 0 {
				bundle, err := (&book{leaf: b.leafAt}).Entries(b.t.Context(), int64(n), len(tile))
				must(b.t, err)
				want[merkle.EntriesPath(int64(n), len(tile))] = string(bundle)
			}
		}
		hashes = above
	}
	return want
}

func (b *book) holds(dir string) {
	b.t.Helper()
	got, want := files(b.t, dir), b.laid()
	for path := range want {
		if got[path] != want[path] {
			b.t.Errorf("size %d: %s has %d bytes, not the %d it should", b.size, path, len(got[path]), len(want[path]))
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok && !strings.Contains(path, ".p/") {
			b.t.Errorf("size %d: %s is there", b.size, path)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	sizes := []int64{0, 1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_537, 70_000}
	if testing.Short() {
		sizes = sizes[:9]
	}
	grown := t.TempDir()
	for _, size := range sizes {
		b := newBook(t)
		b.size = size
		fresh := t.TempDir()
		if r := b.write(fresh); r.Checkpoint.Size != size || r.Fetched != size || r.Files != len(b.laid()) {
			t.Errorf("size %d: %+v", size, r)
		}
		b.holds(fresh)
	}
	b := newBook(t)
	for _, size := range sizes {
		b.size = size
		b.write(grown)
		b.holds(grown)
	}
	if names := slices.Sorted(maps.Keys(files(t, grown))); !testing.Short() && slices.Contains(names, "tile/0/000.p/255") {
		t.Error("a partial tile that a full one overtook is still there")
	}
}

// What is there and full is neither asked for nor written again.
func TestWriteAgain(t *testing.T) {
	t.Parallel()
	b, dir := newBook(t), t.TempDir()
	b.size = 700
	b.write(dir)
	before := modified(t, dir)
	b.asked.Store(0)
	if r := b.write(dir); r.Files != 0 || b.asked.Load() != 0 {
		t.Errorf("the same again: %+v, %d entries asked for", r, b.asked.Load())
	}
	b.size = 1300
	if r := b.write(dir); r.Fetched != b.asked.Load() || r.Fetched != 1300-512 {
		t.Errorf("600 more: %+v, %d entries asked for", r, b.asked.Load())
	}
	for path, at := range modified(t, dir) {
		if was, ok := before[path]; ok && was != at && path != "checkpoint" {
			t.Errorf("%s was written again", path)
		}
	}
	b.holds(dir)
}

func modified(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for path := range files(t, dir) {
		info, err := os.Stat(filepath.Join(dir, path))
		must(t, err)
		all[path] = info.ModTime().String()
	}
	return all
}

// An interrupted run leaves the last checkpoint and what it covers, and the
// next goes on with what is there.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	b, dir := newBook(t), t.TempDir()
	b.size = 300
	b.write(dir)
	old := files(t, dir)
	b.size, b.fails = 40_000, 130
	if _, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{}); !errors.Is(err, errGone) {
		t.Fatal(err)
	}
	for path, content := range files(t, dir) {
		if was, ok := old[path]; ok && was != content {
			t.Errorf("%s changed", path)
		}
	}
	// A torn file, as a machine without power may leave it, is made again.
	must(t, os.Truncate(filepath.Join(dir, "tile/entries/007"), 100))
	must(t, os.Truncate(filepath.Join(dir, "tile/0/009"), 0))
	b.fails = 0
	b.asked.Store(0)
	if r := b.write(dir); r.Fetched >= 30_000 || r.Fetched < 5000 {
		t.Errorf("%+v", r)
	}
	b.holds(dir)
}

// A directory never goes on to what does not follow from its checkpoint.
func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	forged := func(at int64) func(int64) []byte {
		return func(i int64) []byte {
			if i == at {
				return []byte("forged")
			}
			return numbered(i)
		}
	}
	for name, c := range map[string]struct {
		change func(b *book, dir string)
		code   daybook.Code
		says   string
	}{
		"cut":                    {func(b *book, _ string) { b.size = 299 }, daybook.CodeDamaged, "cut off, or it was rolled back"},
		"made over":              {func(b *book, _ string) { b.leaf = forged(7) }, daybook.CodeDamaged, "made over"},
		"made over, and grown":   {func(b *book, _ string) { b.leaf, b.size = forged(7), 900 }, daybook.CodeDamaged, "do not lead to the root that it signed over 900"},
		"made over at the edge":  {func(b *book, _ string) { b.leaf, b.size = forged(270), 900 }, daybook.CodeDamaged, "other leaves from 256 on"},
		"leaves that it has not": {func(b *book, _ string) { b.size, b.root = 900, &merkle.Hash{1} }, daybook.CodeDamaged, "do not lead to the root"},
		"another ledger": {func(b *book, _ string) {
			private, _, err := merkle.GenerateKey(origin + "5")
			must(b.t, err)
			b.signer, err = merkle.NewSigner(private)
			must(b.t, err)
		}, daybook.CodeConflict, "a directory of its own"},
		"a tile that was changed": {func(b *book, dir string) {
			b.size = 900
			b.spoil(dir, "tile/0/001.p/44")
		}, daybook.CodeDamaged, "do not give the root of the checkpoint there"},
		"a tile that is gone": {func(b *book, dir string) {
			b.size = 900
			must(b.t, os.Remove(filepath.Join(dir, "tile/0/001.p/44")))
		}, daybook.CodeDamaged, "tile/0/001.p/44"},
		"a checkpoint that was changed": {func(b *book, dir string) {
			b.size = 900
			b.spoil(dir, "checkpoint")
		}, daybook.CodeDamaged, "the checkpoint in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, dir := newBook(t), t.TempDir()
			b.size = 300
			b.write(dir)
			c.change(b, dir)
			before := files(t, dir)
			public := ""
			if strings.Contains(name, "checkpoint") {
				public = b.signer.Public()
			}
			_, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{Public: public})
			var e *daybook.Error
			if !errors.As(err, &e) || e.Code != c.code || !strings.Contains(err.Error()+e.Hint, c.says) {
				t.Errorf("%v", err)
			}
			for path, content := range files(t, dir) {
				if was, ok := before[path]; !ok || was != content {
					t.Errorf("%s was written, though nothing follows", path)
				}
			}
		})
	}
}

func (b *book) spoil(dir, name string) {
	b.t.Helper()
	path := filepath.Join(dir, name)
	content, err := os.ReadFile(path)
	must(b.t, err)
	content[len(content)/2] ^= 1
	must(b.t, os.WriteFile(path, content, 0o600))
}

// What an interrupted run left may be another history's: it is removed with
// the refusal, and the next run begins anew.
func TestLeftoversOfAnotherHistory(t *testing.T) {
	t.Parallel()
	b, dir := newBook(t), t.TempDir()
	b.size, b.fails = 40_000, 130
	b.leaf = func(i int64) []byte { return fmt.Appendf(nil, "another %d", i) }
	if _, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{}); !errors.Is(err, errGone) {
		t.Fatal(err)
	}
	b.leaf, b.fails = nil, 0
	if _, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{}); daybook.CodeOf(err) != daybook.CodeDamaged {
		t.Fatal(err)
	}
	b.write(dir)
	b.holds(dir)
}

func TestSourcesThatAnswerNonsense(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.size = 3
	for name, bundle := range map[string]string{"short": "\x00\x01a\x00\x01b", "long": "\x00\x01a\x00\x01b\x00\x01c\x00\x01d", "torn": "\x00\x01a\x00\x01b\x00\x02c", "half a length": "\x00"} {
		if _, err := tiledir.Write(t.Context(), t.TempDir(), nonsense{b, bundle}, tiledir.Options{}); err == nil || !strings.Contains(err.Error(), "bundle 0") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, other, err := merkle.GenerateKey(origin)
	must(t, err)
	dir := t.TempDir()
	if _, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{Public: other}); !errors.Is(err, merkle.ErrSignature) || len(files(t, dir)) > 0 {
		t.Errorf("signed by another key: %v", err)
	}
}

type nonsense struct {
	*book
	bundle string
}

func (n nonsense) Entries(context.Context, int64, int) ([]byte, error) { return []byte(n.bundle), nil }

// holding waits inside a Write until it is let go.
type holding struct {
	*book
	in, out chan struct{}
}

func (h holding) Checkpoint(ctx context.Context) ([]byte, error) {
	close(h.in)
	<-h.out
	return h.book.Checkpoint(ctx)
}

func TestOneWriteAtATime(t *testing.T) {
	t.Parallel()
	b, dir := newBook(t), t.TempDir()
	b.size = 3
	h := holding{b, make(chan struct{}), make(chan struct{})}
	done := make(chan error)
	go func() {
		_, err := tiledir.Write(context.WithoutCancel(t.Context()), dir, h, tiledir.Options{})
		done <- err
	}()
	<-h.in
	if _, err := tiledir.Write(t.Context(), dir, b, tiledir.Options{}); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Error(err)
	}
	close(h.out)
	must(t, <-done)
	b.write(dir)
}
