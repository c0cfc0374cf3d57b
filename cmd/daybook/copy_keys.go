package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
)

// keyMove is what of a ledger stands outside its stores, on its way from beside
// one to beside the other.
type keyMove struct {
	from, to keyFiles
	private  bool // the private key comes along
	public   string
	anchor   []byte // the source's, nil for none
}

// readKeys reads what the source is checked with, before its store is looked
// at, which may grow meanwhile.
func readKeys(from, to keyFiles, private bool) (*keyMove, error) {
	m := &keyMove{from: from, to: to, private: private}
	var err error
	if m.public, err = merkle.ReadPublic(from.public); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if m.anchor, err = merkle.ReadAnchor(from.anchor); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return m, nil
}

// hold holds the source against what was signed. One that was put back from an
// older copy would otherwise be copied with a new anchor, which knows nothing of
// what is lost.
func (m *keyMove) hold(ctx context.Context, store daybook.Store) error {
	s, err := ledger.Stand(ctx, store, m.public, m.anchor)
	if err != nil {
		return err
	}
	return s.Err()
}

// free refuses places that hold what is another ledger's.
func (m *keyMove) free(origin string) error {
	for _, f := range []struct{ path, sort string }{{m.to.key, "private key"}, {m.to.public, "public key"}, {m.to.anchor, "anchor"}} {
		there, err := originIn(f.path, f.sort)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err == nil && there != origin {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: fmt.Sprintf("%s is the %s of %s, another ledger", f.path, f.sort, there),
				Hint: "name another place with --to-key, --to-public-key and --to-anchor",
			}
		}
	}
	return nil
}

// originIn says which ledger a key or an anchor is of.
func originIn(path, sort string) (string, error) {
	switch sort {
	case "private key":
		private, err := merkle.ReadKey(path)
		if err != nil {
			return "", err
		}
		signer, err := merkle.NewSigner(private)
		if err != nil {
			return "", err
		}
		return signer.Origin(), nil
	case "public key":
		public, err := merkle.ReadPublic(path)
		origin, _, _ := strings.Cut(public, "+")
		return origin, err
	}
	anchor, err := merkle.ReadAnchor(path)
	if err != nil {
		return "", err
	}
	c, err := merkle.UnverifiedCheckpoint(anchor)
	return c.Origin, err
}

// put writes the files beside the target; what is there already stays. Ended in
// between, the next call goes on: the private key comes last.
func (m *keyMove) put(checkpoint []byte) error {
	for _, path := range []string{m.to.key, m.to.public, m.to.anchor} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	if m.public != "" {
		if err := merkle.WritePublic(m.to.public, m.public); err != nil {
			return err
		}
	}
	if checkpoint != nil {
		if err := merkle.WriteAnchor(m.to.anchor, checkpoint); err != nil {
			return err
		}
	}
	if !m.private {
		return nil
	}
	private, err := merkle.ReadKey(m.from.key)
	if err != nil {
		return err
	}
	if there, err := merkle.ReadKey(m.to.key); err == nil && there == private {
		return nil
	}
	return merkle.WriteKey(m.to.key, private)
}

// commands are what does the same by hand.
func (m *keyMove) commands() string {
	return fmt.Sprintf("  install -D -m 600 %s %s\n  install -D -m 644 %s %s\n  install -D -m 644 %s %s\n",
		quotedPath(m.from.key), quotedPath(m.to.key), quotedPath(m.from.public), quotedPath(m.to.public), quotedPath(m.from.anchor), quotedPath(m.to.anchor))
}

// quotedPath is a path as a shell takes it.
func quotedPath(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+,@", r)
	}) {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

// keyFiles are what a ledger is signed and checked with.
type keyFiles struct{ key, public, anchor string }

// or gives those that are named, and else its own.
func (k keyFiles) or(named keyFiles) keyFiles {
	return keyFiles{key: cmp.Or(named.key, k.key), public: cmp.Or(named.public, k.public), anchor: cmp.Or(named.anchor, k.anchor)}
}
