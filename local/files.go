package local

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// replaceFile writes a file so that it is there whole or not at all, and
// outlives a power cut once this returns nil.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return move(f.Name(), path)
}

// abandoned is the age from which a file that is being written is not any more.
const abandoned = time.Minute

// sweep removes what a crash has left of files that were being written: they
// never had the name of what they were to be. The ledger's lock must be held;
// where the ledger is shared there is none, and what is young may be another
// process's.
func sweep(isShared bool, paths ...string) {
	for _, path := range paths {
		names, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			continue // it is no fault of the ledger's, and opening will meet it
		}
		for _, n := range names {
			if strings.HasPrefix(n.Name(), filepath.Base(path)+".tmp-") && (!isShared || !isYoung(n)) {
				_ = os.Remove(filepath.Join(filepath.Dir(path), n.Name())) // the next opening tries again
			}
		}
	}
}

func isYoung(f os.DirEntry) bool {
	info, err := f.Info()
	return err != nil || time.Since(info.ModTime()) < abandoned
}

// move gives a file another name in its folder, durably.
func move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

// remove takes a file away, durably.
func remove(path string) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a folder's names durable. Windows has no such call and orders
// its metadata itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
