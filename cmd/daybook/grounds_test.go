package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
	"github.com/daybook-audit/daybook/sqlite"
)

// grounds are what a ledger may stand on: what kills and crashes must leave
// whole is the same on each.
var grounds = map[string]func(t *testing.T) *state{
	"sqlite": func(t *testing.T) *state {
		t.Helper()
		return newState(filepath.Join(t.TempDir(), "ledger.db"))
	},
	"postgres": newDatabase,
}

// onEach runs a test on a new ledger on each ground.
func onEach(t *testing.T, test func(t *testing.T, fresh func(t *testing.T) *state)) {
	t.Helper()
	t.Parallel()
	for name, fresh := range grounds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh)
		})
	}
}

// template is a database with the schema, which those of tests are copies of.
var template = sync.OnceValues(func() (string, error) {
	address, _, err := pgtest.Create(context.Background())
	if err == nil {
		_, err = postgres.Migrate(context.Background(), address, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	}
	return address, err
})

var copies atomic.Int64

// newDatabase gives a ledger in a PostgreSQL database of its own, with its
// files in a folder.
func newDatabase(t *testing.T) *state {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(t.TempDir(), "ledger")
	return &state{
		path: copyDatabase(t, from), isDatabase: true, byLogID: map[string]int64{},
		files: local.Files{Key: files + ".key", Public: files + ".pub", Anchor: files + ".anchor"},
	}
}

// copyDatabase copies a database that nobody is connected to, and gives the URL
// of the copy, which goes with the test.
func copyDatabase(t *testing.T, from string) string {
	t.Helper()
	u, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	of, name := u.Path[1:], fmt.Sprintf("copy_%d", copies.Add(1))
	u.Path = "/postgres"
	server := u.String()
	pgtest.Exec(t, server, "CREATE DATABASE "+name+" TEMPLATE "+of)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = pgtest.Run(ctx, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") // it goes with the cluster otherwise
	})
	u.Path = "/" + name
	return u.String()
}

// options are those to open the ledger with in process.
func (s *state) options() local.Options {
	return local.Options{Key: s.files.Key, Public: s.files.Public, Anchor: s.files.Anchor, Logger: slog.New(slog.DiscardHandler)}
}

// env is what a server is told that is to serve the ledger, besides the store.
func (s *state) env(more ...string) []string {
	return append([]string{"DAYBOOK_KEY=" + s.files.Key, "DAYBOOK_PUBLIC_KEY=" + s.files.Public, "DAYBOOK_ANCHOR=" + s.files.Anchor}, more...)
}

// start starts a server on the ledger.
func (s *state) start(t *testing.T, env ...string) *process {
	t.Helper()
	return startServer(t, s.path, s.env(env...)...)
}

// try is start for one that may end before it serves.
func (s *state) try(t *testing.T, env ...string) (*process, error) {
	t.Helper()
	return serveOn(t, s.path, s.env(env...)...)
}

// open opens the store to read.
func (s *state) open(t *testing.T) daybook.Store {
	t.Helper()
	var store daybook.Store
	var err error
	if s.isDatabase {
		store, err = postgres.Open(t.Context(), s.path, postgres.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	} else {
		store, err = sqlite.Open(t.Context(), s.path, sqlite.Options{ReadOnly: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// read opens the store to read, and reads what checks it. The caller closes it.
func (s *state) read(t *testing.T) (store daybook.Store, public string, anchor []byte) {
	t.Helper()
	public, err := merkle.ReadPublic(s.files.Public)
	if err != nil {
		t.Fatal(err)
	}
	if anchor, err = merkle.ReadAnchor(s.files.Anchor); err != nil {
		t.Fatal(err)
	}
	return s.open(t), public, anchor
}

// leftovers gives the files beside those of a ledger that are not of it.
func (s *state) leftovers(t *testing.T) []string {
	t.Helper()
	names, err := os.ReadDir(filepath.Dir(s.files.Key))
	if err != nil {
		t.Fatal(err)
	}
	known := []string{filepath.Base(s.files.Key), filepath.Base(s.files.Public), filepath.Base(s.files.Anchor)}
	if !s.isDatabase {
		for _, more := range []string{"", "-wal", "-shm", ".lock"} {
			known = append(known, filepath.Base(s.path)+more)
		}
	}
	var more []string
	for _, n := range names {
		if !slices.Contains(known, n.Name()) {
			more = append(more, n.Name())
		}
	}
	return more
}
