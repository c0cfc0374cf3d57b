package merkle

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// maxKey bounds a key file, in bytes.
const maxKey = 1 << 10

// WriteKey writes a private key to a new file that its owner alone can read
// (mode 0600), durably. A file that exists is left as it is: os.ErrExist.
func WriteKey(path, private string) error {
	if _, err := newNoteSigner(private); err != nil {
		return err
	}
	err := createFile(path, private+"\n", 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("merkle: a private key is never overwritten; move %s away first if it is no longer needed: %w", path, err)
	}
	return err
}

// ReadKey reads a private key from a file. One that others than its owner may
// read or write is refused, except on Windows, where modes do not tell.
func ReadKey(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("merkle: private key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file, which nobody can swap under us
	if err != nil {
		return "", fmt.Errorf("merkle: private key: %w", err)
	}
	if mode := info.Mode(); mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("merkle: private key %s is open to others (mode %04o); run: chmod 600 %s", path, mode.Perm(), path)
	}
	private, err := readLine(f)
	if err != nil {
		return "", fmt.Errorf("merkle: private key %s: %w", path, err)
	}
	if _, err := newNoteSigner(private); err != nil {
		return "", fmt.Errorf("%w: %s; restore it from a copy", err, path)
	}
	return private, nil
}

// WritePublic writes a public key to a new file (mode 0644), durably. Where the
// file has this very key already, nothing is done; another key is not
// overwritten: os.ErrExist.
func WritePublic(path, public string) error {
	if _, err := newVerifier(public); err != nil {
		return err
	}
	err := createFile(path, public+"\n", 0o644)
	if !errors.Is(err, os.ErrExist) {
		return err
	}
	if there, readErr := ReadPublic(path); readErr == nil && there == public {
		return nil
	}
	return fmt.Errorf("merkle: %s holds something other than this public key; move it away first: %w", path, err)
}

// ReadPublic reads a public key from a file.
func ReadPublic(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("merkle: public key: %w", err)
	}
	defer f.Close()
	public, err := readLine(f)
	if err != nil {
		return "", fmt.Errorf("merkle: public key %s: %w", path, err)
	}
	if _, err := newVerifier(public); err != nil {
		return "", fmt.Errorf("%w: %s", err, path)
	}
	return public, nil
}

// readLine reads a file of one line and returns it without its end.
func readLine(f *os.File) (string, error) {
	data, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxKey {
		return "", fmt.Errorf("the file is over %d bytes, which no key is", maxKey)
	}
	line := strings.TrimSuffix(string(data), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}

// createFile writes a new file and makes it and its name durable. The file has
// its name only once it is whole: a crash leaves it, or nothing but a temporary
// file beside its place. A name that is taken stays as it is: os.ErrExist.
func createFile(path, content string, mode os.FileMode) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".tmp-*")
	if err != nil {
		return fmt.Errorf("merkle: %w", err)
	}
	defer os.Remove(f.Name())
	if err := errors.Join(f.Chmod(mode), writeSync(f, []byte(content))); err != nil {
		return fmt.Errorf("merkle: writing %s: %w", path, err)
	}
	// A link, unlike a rename, does not replace what is there.
	if err := os.Link(f.Name(), path); err != nil {
		return fmt.Errorf("merkle: %w", err)
	}
	return syncDir(dir)
}

// writeSync writes data, flushes it to the disk and closes the file.
func writeSync(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncDir makes a directory's new names durable. Windows has no such call and
// orders its metadata itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("merkle: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("merkle: making the new name in %s durable: %w", dir, err)
	}
	return nil
}
