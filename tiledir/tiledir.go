// Package tiledir keeps a ledger's tree as files, in the layout of C2SP
// tlog-tiles: checkpoint, tile/<level>/…, tile/entries/…. Any web server or
// share can give the directory out, and tools that know nothing of Daybook
// check it. It holds digests, and no body.
//
// A directory is brought up to a checkpoint in this order, so that a crash
// anywhere leaves one that still shows its last checkpoint, whole:
//
//  1. leaves and full tiles, which never change once they are there;
//  2. the partial tiles of the new size, under names of their own;
//  3. the checkpoint, once everything that it covers is on the disk;
//  4. partial tiles that full ones have overtaken are removed.
package tiledir

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Source is where a directory's content comes from: a ledger, or a server. Its
// tiles are not asked for. They follow from the leaves, and the root over these
// must be the signed one.
type Source interface {
	// Checkpoint gives the newest signed checkpoint.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Entries gives a bundle of leaves, as [daybook.Tiler] does.
	Entries(ctx context.Context, index int64, width int) ([]byte, error)
}

// Options say how to write.
type Options struct {
	// Public is the ledger's public key, by which the checkpoints are checked;
	// "" leaves signatures unchecked.
	Public string
	// Progress is told how many entries are done of how many; nil for nobody.
	Progress func(done, total int64)
}

// Report is what a directory holds now, and what it took.
type Report struct {
	Checkpoint merkle.Checkpoint
	Files      int   // written now
	Fetched    int64 // entries asked of the source; the others were there
}

// Write brings a directory up to the newest checkpoint of its source; the
// directory is made if it is not there. It goes on where an earlier Write ended
// or was interrupted, and writes nothing again that is there and full. One
// Write at a time works on a directory; another is refused (CodeUnavailable).
//
// It refuses (CodeDamaged) what does not go on from the directory's own
// checkpoint to the new one: a ledger that was cut, rolled back or made over,
// and leaves that do not give the signed root. Then the directory stays at its
// last checkpoint. Another ledger's directory is CodeConflict.
func Write(ctx context.Context, dir string, source Source, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	files, err := openFiles(dir)
	if err != nil {
		return nil, err
	}
	report, err := write(ctx, files, source, o)
	if closeErr := files.close(); err == nil && closeErr != nil {
		return nil, closeErr
	}
	return report, err
}

func write(ctx context.Context, files *files, source Source, o Options) (*Report, error) {
	signed, err := source.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	next, err := openCheckpoint(signed, o.Public)
	if err != nil {
		return nil, fmt.Errorf("tiledir: the source's checkpoint: %w", err)
	}
	held, err := heldCheckpoint(files, o.Public)
	if err != nil {
		return nil, err
	}
	if err := follows(files.dir, held, next); err != nil {
		return nil, err
	}
	tree, err := restore(files, held)
	if err != nil {
		return nil, err
	}
	g := &growth{files: files, source: source, tree: tree, from: tree.Size(), next: next, progress: o.Progress}
	if err := g.grow(ctx); err != nil {
		return nil, err
	}
	if err := files.putCheckpoint(signed); err != nil {
		return nil, err
	}
	files.removeOvertaken(g.from, next.Size)
	return &Report{Checkpoint: next, Files: files.written(), Fetched: g.fetched}, nil
}

func openCheckpoint(signed []byte, public string) (merkle.Checkpoint, error) {
	if public == "" {
		return merkle.UnverifiedCheckpoint(signed)
	}
	return merkle.OpenCheckpoint(signed, public)
}

// heldCheckpoint reads what the directory holds already; nil for nothing.
func heldCheckpoint(files *files, public string) (*merkle.Checkpoint, error) {
	signed, err := os.ReadFile(filepath.Join(files.dir, checkpointName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tiledir: %w", err)
	}
	held, err := openCheckpoint(signed, public)
	if err != nil {
		return nil, damaged("the checkpoint in %s: %w", files.dir, err)
	}
	return &held, nil
}

// follows refuses a checkpoint that cannot come after the one held.
func follows(dir string, held *merkle.Checkpoint, next merkle.Checkpoint) error {
	switch {
	case held == nil:
		return nil
	case held.Origin != next.Origin:
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: fmt.Sprintf("tiledir: %s holds the tiles of %s, not of %s", dir, held.Origin, next.Origin),
			Hint: "give each ledger a directory of its own",
		}
	case held.Size > next.Size:
		return damaged("%s has a checkpoint of %d entries, the ledger now signs one of %d: entries were cut off, or it was rolled back", dir, held.Size, next.Size)
	case held.Size == next.Size && held.Root != next.Root:
		return damaged("%s has another root at %d entries than the ledger signs now: its history was made over", dir, held.Size)
	}
	return nil
}

// restore rebuilds the tree's edge from the tiles of the held checkpoint.
func restore(files *files, held *merkle.Checkpoint) (*merkle.Tree, error) {
	if held == nil {
		return merkle.New(), nil
	}
	tree, err := merkle.Restore(held.Size, files)
	if err != nil {
		return nil, damaged("the tiles in %s: %w", files.dir, err)
	}
	if tree.Root() != held.Root {
		return nil, damaged("the tiles in %s do not give the root of the checkpoint there", files.dir)
	}
	return tree, nil
}

func damaged(format string, args ...any) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Message: "tiledir", Err: fmt.Errorf(format, args...),
		Hint: "keep the directory as evidence, run `daybook verify` on the store with the directory's checkpoint as --anchor, and export into an empty directory",
	}
}
