package tiledir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/gofrs/flock"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

const (
	checkpointName = "checkpoint"
	lockName       = ".lock" // held while a Write works
	unfinishedName = ".unfinished"
)

// files are those of one directory, which is locked. A file is made in a
// folder of its own and moved to its place when it is whole and on the disk.
type files struct {
	dir  string
	lock *flock.Flock

	mu     sync.Mutex
	new    []string        // the files put so far
	reused []string        // the files that an interrupted Write left, and that were taken
	within map[string]bool // the folders that they stand in
}

func openFiles(dir string) (*files, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tile"), 0o755); err != nil {
		return nil, fmt.Errorf("tiledir: %w", err)
	}
	f := &files{dir: dir, lock: flock.New(filepath.Join(dir, lockName)), within: map[string]bool{}}
	locked, err := f.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("tiledir: locking %s: %w", dir, err)
	}
	if !locked {
		return nil, &daybook.Error{Code: daybook.CodeUnavailable, Message: "tiledir: somebody else writes to " + dir, Hint: "wait until that is over, and try again"}
	}
	unfinished := filepath.Join(dir, unfinishedName)
	if err := errors.Join(os.RemoveAll(unfinished), os.Mkdir(unfinished, 0o755)); err != nil {
		return nil, errors.Join(fmt.Errorf("tiledir: %w", err), f.lock.Unlock())
	}
	return f, nil
}

func (f *files) close() error {
	return errors.Join(os.RemoveAll(filepath.Join(f.dir, unfinishedName)), f.lock.Unlock())
}

func (f *files) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

// put writes a file, whole or not at all, and replaces one that is there. It
// may be called by several goroutines.
func (f *files) put(name string, data []byte) error {
	unfinished, err := os.CreateTemp(filepath.Join(f.dir, unfinishedName), "*")
	if err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	_, err = unfinished.Write(data)
	if err := errors.Join(err, unfinished.Chmod(0o644), unfinished.Sync(), unfinished.Close()); err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	to := f.path(name)
	folder := filepath.Dir(to)
	if err := f.enter(folder); err != nil {
		return err
	}
	if err := os.Rename(unfinished.Name(), to); err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	f.mu.Lock()
	f.new = append(f.new, to)
	f.mu.Unlock()
	return nil
}

// enter makes a folder, and notes it and those above it for sync.
func (f *files) enter(folder string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.within[folder] {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	for ; !f.within[folder]; folder = filepath.Dir(folder) {
		f.within[folder] = true
		if folder == f.dir {
			break
		}
	}
	return nil
}

// putCheckpoint replaces the checkpoint, once all that was put before is sure
// to outlive a power cut.
func (f *files) putCheckpoint(signed []byte) error {
	held, err := os.ReadFile(f.path(checkpointName))
	if err == nil && bytes.Equal(held, signed) {
		return nil
	}
	if err := f.sync(); err != nil {
		return err
	}
	if err := f.put(checkpointName, signed); err != nil {
		return err
	}
	return syncFolder(f.dir)
}

func (f *files) sync() error {
	for folder := range f.within {
		if err := syncFolder(folder); err != nil {
			return err
		}
	}
	return nil
}

func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // where a folder cannot be synced, and need not be
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("tiledir: %w", err)
	}
	return nil
}

// written is how many files were put.
func (f *files) written() int { return len(f.new) }

// removeNew removes all that was put or taken, as it turned out not to be the ledger's.
func (f *files) removeNew() {
	for _, path := range append(f.new, f.reused...) {
		os.Remove(path)
	}
	f.new, f.reused = nil, nil
}

// removeOvertaken removes the partial tiles at the edge of the older size that
// are full at the newer: whoever still has the older checkpoint finds the full
// one (C2SP tlog-tiles). What cannot be removed does no harm.
func (f *files) removeOvertaken(older, newer int64) {
	for level := 0; older>>(merkle.TileHeight*level) > 0; level++ {
		index := older >> (merkle.TileHeight * (level + 1))
		if index == newer>>(merkle.TileHeight*(level+1)) {
			continue
		}
		os.RemoveAll(f.path(merkle.TilePath(level, index, merkle.TileWidth) + ".p"))
		if level == 0 {
			os.RemoveAll(f.path(merkle.EntriesPath(index, merkle.TileWidth) + ".p"))
		}
	}
}

// left takes a full bundle that an interrupted Write left behind, with its
// tile. One that does not fit its tile is not taken.
func (f *files) left(b *bundle) bool {
	if b.width != merkle.TileWidth {
		return false
	}
	tile, err := os.ReadFile(f.path(merkle.TilePath(0, b.index, b.width)))
	if err != nil {
		return false
	}
	data, err := os.ReadFile(f.path(merkle.EntriesPath(b.index, b.width)))
	if err != nil {
		return false
	}
	b.data = data
	if b.hash() != nil || !bytes.Equal(flat(b.hashes), tile) {
		b.data, b.hashes = nil, nil
		return false
	}
	f.take(merkle.EntriesPath(b.index, b.width))
	return true
}

func (f *files) take(name string) {
	path := f.path(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reused = append(f.reused, path)
}

// putFull writes a full tile, unless it is there.
func (f *files) putFull(tile merkle.Tile) error {
	name := merkle.TilePath(tile.Level, tile.Index, merkle.TileWidth)
	if held, err := os.ReadFile(f.path(name)); err == nil && bytes.Equal(held, tile.Hashes) {
		f.take(name)
		return nil
	}
	return f.put(name, tile.Hashes)
}

// Tile implements [merkle.TileReader] over the partial tiles of a size.
func (f *files) Tile(level int, index int64, width int) ([]byte, error) {
	return os.ReadFile(f.path(merkle.TilePath(level, index, width)))
}
