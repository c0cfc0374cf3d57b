package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// usage gives the bytes that a spool holds against its bound: what is not
// delivered, and the rejects.
func usage(dir string) (int64, error) {
	l, err := list(dir)
	if err != nil {
		return 0, err
	}
	var all int64
	for _, number := range l.segments {
		size, err := sizeOf(segmentPath(dir, number))
		if err != nil {
			return 0, err
		}
		if done := storedPosition(dir, number); done <= size {
			size -= done
		}
		all += size
	}
	rejects, err := sizeOf(filepath.Join(dir, rejectsName))
	return all + rejects, err
}

// isNoRoom says whether the disk is full, or the user's part of it.
func isNoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// sizeOf gives the size of a file, 0 for one that is gone.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, unreadable(path, err)
	}
	return info.Size(), nil
}
