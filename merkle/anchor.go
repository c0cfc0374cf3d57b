package merkle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrAnchor says that an anchor was not replaced, because the new checkpoint
// does not follow the one there: it is smaller, of the same size with another
// root, of another ledger, or what is there is no checkpoint.
var ErrAnchor = errors.New("merkle: the anchor was left as it is")

// WriteAnchor replaces the anchor, the last checkpoint that the ledger signed,
// kept outside its database. After a crash at any point the file is there whole,
// the old one or the new. It never goes backwards: see [ErrAnchor]. Signatures
// are not checked here. When it returns nil the new anchor outlives a power cut.
// One writer at a time, which the ledger's lock ensures.
func WriteAnchor(path string, signed []byte) error {
	next, err := UnverifiedCheckpoint(signed)
	if err != nil {
		return err
	}
	path = linked(path)
	if err := follows(path, next); err != nil {
		return err
	}
	return replaceFile(path, signed)
}

// linked gives the file that a path stands for: an anchor that is linked to a
// disk of its own is kept there, the first one too, which the link waits for.
func linked(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path)
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(target):
		return target
	}
	return filepath.Join(filepath.Dir(path), target)
}

// ReadAnchor returns the anchor, a signed checkpoint, unchecked: see
// [OpenCheckpoint]. Where there is none yet, the error is os.ErrNotExist.
func ReadAnchor(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("merkle: anchor: %w", err)
	}
	defer f.Close()
	signed, err := io.ReadAll(io.LimitReader(f, maxCheckpoint+1))
	if err != nil {
		return nil, fmt.Errorf("merkle: anchor: %w", err)
	}
	if len(signed) > maxCheckpoint {
		return nil, fmt.Errorf("merkle: anchor %s is over %d bytes, which no checkpoint is", path, maxCheckpoint)
	}
	return signed, nil
}

// follows reports whether next may replace the anchor at path.
func follows(path string, next Checkpoint) error {
	signed, err := ReadAnchor(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	last, err := UnverifiedCheckpoint(signed)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s is damaged; keep a copy as evidence, then move it away (%w)", ErrAnchor, path, err)
	case last.Origin != next.Origin:
		return fmt.Errorf("%w: %s is of ledger %q, not %q; give this ledger an anchor of its own", ErrAnchor, path, last.Origin, next.Origin)
	case last.Size > next.Size:
		return fmt.Errorf("%w: %s has size %d and the new checkpoint only %d; entries may have been cut off: run daybook verify", ErrAnchor, path, last.Size, next.Size)
	case last.Size == next.Size && last.Root != next.Root:
		return fmt.Errorf("%w: %s has another root at size %d; entries may have been changed: run daybook verify", ErrAnchor, path, last.Size)
	}
	return nil
}

// replaceFile puts data in place of a file, at once.
func replaceFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".tmp-*")
	if err != nil {
		return fmt.Errorf("merkle: anchor: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name()) // no matter if it is gone: the error stands
		}
	}()
	// A crash from here on leaves a .tmp- file that nobody reads; the anchor is
	// the old one.
	if err := errors.Join(f.Chmod(0o644), writeSync(f, data)); err != nil {
		return fmt.Errorf("merkle: writing the anchor: %w", err)
	}
	// A crash here: the new content is on the disk under the temporary name, the
	// anchor is the old one. Without the sync above, the rename could outlive the
	// content, and the anchor be an empty file.
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("merkle: replacing the anchor: %w", err)
	}
	// A crash here: the rename may be lost with the directory's unwritten page,
	// so the anchor is the old one or the new one, either of them whole. Once the
	// directory is synced the new one stays.
	return syncDir(dir)
}
