package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/transfer"
)

// keyMove is what of a ledger stands outside its stores, on its way from beside
// one to beside the other.
type keyMove struct {
	from, to local.Files
	private  bool // the private key comes along
	public   string
	anchor   []byte // the source's, nil for none
}

// readKeys reads what the source is checked with, before its store is looked
// at, which may grow meanwhile.
func readKeys(from, to local.Files, private bool) (*keyMove, error) {
	m := &keyMove{from: from, to: to, private: private}
	var err error
	if m.public, err = merkle.ReadPublic(from.Public); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if m.anchor, err = merkle.ReadAnchor(from.Anchor); err != nil && !errors.Is(err, os.ErrNotExist) {
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
	for _, f := range []struct{ path, sort string }{{m.to.Key, "private key"}, {m.to.Public, "public key"}, {m.to.Anchor, "anchor"}} {
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
func (m *keyMove) put(ctx context.Context, store daybook.Movable, report *transfer.Report) error {
	for _, path := range []string{m.to.Key, m.to.Public, m.to.Anchor} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	if m.public != "" {
		if err := merkle.WritePublic(m.to.Public, m.public); err != nil {
			return err
		}
	}
	if err := m.putAnchor(ctx, store, report); err != nil {
		return err
	}
	if !m.private {
		return nil
	}
	private, err := merkle.ReadKey(m.from.Key)
	if err != nil {
		return err
	}
	if there, err := merkle.ReadKey(m.to.Key); err == nil && there == private {
		return nil
	}
	return merkle.WriteKey(m.to.Key, private)
}

// putAnchor writes the anchor. One that is newer may stand there already, where
// both stores have one place for it and a server of the source has signed since: it
// stays, if the target bears it out, and the target has it too if it goes on.
func (m *keyMove) putAnchor(ctx context.Context, store daybook.Movable, report *transfer.Report) error {
	if report.Checkpoint == nil {
		return nil
	}
	err := merkle.WriteAnchor(m.to.Anchor, report.Checkpoint)
	if !errors.Is(err, merkle.ErrAnchor) || m.public == "" {
		return err
	}
	newer, failure := merkle.ReadAnchor(m.to.Anchor)
	if failure != nil {
		return failure
	}
	s, failure := ledger.Stand(ctx, store, m.public, newer)
	if failure != nil || s.Anchor.Verdict != ledger.Consistent {
		return errors.Join(failure, err)
	}
	if !m.private {
		return nil // a copy, which nobody writes
	}
	return store.SaveCheckpoint(ctx, newer)
}

// commands are what does the same by hand.
func (m *keyMove) commands() string {
	return fmt.Sprintf("  install -D -m 600 %s %s\n  install -D -m 644 %s %s\n  install -D -m 644 %s %s\n",
		quotedPath(m.from.Key), quotedPath(m.to.Key), quotedPath(m.from.Public), quotedPath(m.to.Public), quotedPath(m.from.Anchor), quotedPath(m.to.Anchor))
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
