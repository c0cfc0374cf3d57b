package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	zombie "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
)

// TestTornWAL damages the write-ahead log that a kill has left, as a disk does
// that loses what it said was safe. The ledger opens with what it had at some
// earlier time, whole, or it is refused with what to do; and never opens with
// less than was anchored.
func TestTornWAL(t *testing.T) {
	t.Parallel()
	n := 3
	if kills() > 0 {
		n = kills()
	}
	nothing := func(*testing.T, string) {}
	for name, c := range map[string]struct {
		made  bool // and closed, so that the file has the beginning of it
		leave func(t *testing.T, dir string)
	}{
		"nothing in the file":       {false, nothing},
		"the beginning in the file": {true, nothing},
		"all of it in the file":     {true, backfill},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := killedUnderLoad(t, c.made)
			c.leave(t, dir)
			outcomes := map[string]int{}
			for range n {
				outcomes[tearAndOpen(t, dir)]++
			}
			t.Logf("%d tears: %v", n, outcomes)
		})
	}
}

// killedUnderLoad gives the folder of a ledger that was killed with all but its
// making in the WAL: some of it signed, some not.
func killedUnderLoad(t *testing.T, made bool) string {
	t.Helper()
	s := newState(filepath.Join(t.TempDir(), "ledger.db"))
	if made {
		s.check(t, 0)
	}
	p := startServer(t, s.path)
	remote, err := client.NewRemote(p.url, client.Options{MaxElapsed: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(plots)) {
		told := &plot{t: t, name: name}
		for round := range 4 {
			for _, w := range plots[name](told, round) {
				receipts, err := remote.Record(t.Context(), daybook.Principal{}, w.records)
				if err != nil {
					t.Fatal(err)
				}
				if round == 1 {
					_, err = remote.Inclusion(t.Context(), receipts[0].LogID)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	p.kill()
	return filepath.Dir(s.path)
}

// backfill brings all of the WAL back into the file, and leaves the WAL as it
// is: so it stands between that and the next write.
func backfill(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "ledger.db")
	c, err := zombie.OpenConn(path, zombie.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	if err := sqlitex.ExecuteTransient(c, "PRAGMA wal_checkpoint(PASSIVE)", nil); err != nil {
		t.Fatal(err)
	}
	db, wal := readFile(t, path), readFile(t, path+"-wal")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if len(wal) == 0 {
		t.Fatal("there is no WAL")
	}
	if err := errors.Join(os.WriteFile(path, db, 0o600), os.WriteFile(path+"-wal", wal, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// tear damages a WAL at a random place, in one of the ways that disks have.
func tear(wal []byte) ([]byte, string) {
	at := rand.IntN(len(wal))
	switch wal = bytes.Clone(wal); rand.IntN(4) {
	case 0:
		return wal[:at], "cut"
	case 1:
		wal[at] ^= 1 << rand.IntN(8)
		return wal, "bit"
	case 2:
		clear(wal[at:min(len(wal), at+4096)])
		return wal, "sector"
	}
	clear(wal[at:])
	return wal, "tail"
}

// tearAndOpen opens a copy of a ledger with its WAL torn, and says what came
// of it.
func tearAndOpen(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	for _, name := range []string{"ledger.db", "ledger.db.key", "ledger.db.pub", "ledger.db.anchor"} {
		if err := os.WriteFile(filepath.Join(dir, name), readFile(t, filepath.Join(from, name)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	torn, how := tear(readFile(t, filepath.Join(from, "ledger.db-wal")))
	if err := os.WriteFile(path+"-wal", torn, 0o600); err != nil {
		t.Fatal(err)
	}
	anchored, err := merkle.UnverifiedCheckpoint(readFile(t, path+".anchor"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := local.Open(t.Context(), path, local.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeDamaged && e.Code != daybook.CodeNotFound || e.Hint == "" {
			t.Errorf("%s: refused with %v, and not what to do", how, err)
		}
		return how + " refused"
	}
	head, err := l.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	if head.Size < anchored.Size {
		t.Errorf("%s: opened with %d entries of the %d anchored", how, head.Size, anchored.Size)
	}
	if err := sound(t, path); err != nil {
		t.Errorf("%s: opened, and %v", how, err)
		return how + " opened unsound"
	}
	return how + " opened"
}

func sound(t *testing.T, path string) error {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer store.Close()
	public, err := merkle.ReadPublic(path + ".pub")
	if err != nil {
		return err
	}
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: readFile(t, path+".anchor")})
	if err != nil || report.Sound() {
		return err
	}
	return fmt.Errorf("%d problems: %+v", report.ProblemCount, report.Problems[:min(3, len(report.Problems))])
}
