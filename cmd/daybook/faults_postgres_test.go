package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// served is a server on a database, and one who writes to it.
type served struct {
	*state
	t      *testing.T
	server *process
	remote *client.Remote
	told   *plot
	open   []*write // not answered
}

func serveDatabase(t *testing.T, at string) *served {
	t.Helper()
	if _, err := postgres.Migrate(t.Context(), at, postgres.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	files := t.TempDir() + "/ledger"
	s := &served{t: t, told: &plot{t: t, name: t.Name()}, state: &state{
		path: at, isDatabase: true, byLogID: map[string]int64{},
		files: local.Files{Key: files + ".key", Public: files + ".pub", Anchor: files + ".anchor"},
	}}
	s.server = s.start(t)
	var err error
	if s.remote, err = client.NewRemote(s.server.url, client.Options{MaxElapsed: -1}); err != nil {
		t.Fatal(err)
	}
	return s
}

// send writes something, and wants it taken or refused as what cannot be done now.
func (s *served) send(records int) error {
	s.t.Helper()
	w := s.told.thoughts(records)
	receipts, err := s.remote.Record(s.t.Context(), daybook.Principal{}, w.records)
	if err == nil {
		s.acknowledge(s.t, w, receipts)
		return nil
	}
	var said *daybook.Error
	if !errors.As(err, &said) || said.Code != daybook.CodeUnavailable || said.Hint == "" {
		s.t.Errorf("what cannot be done now is %v", err)
	}
	s.open = append(s.open, w)
	return err
}

// refuses wants the server to live, not to be ready, and to say when to come again.
func (s *served) refuses() {
	s.t.Helper()
	status, header, said := ask(s.t, http.MethodPost, s.server.url+"/v1/entries", `{"kind":"conversations","agent_position":"CFO"}`)
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		s.t.Errorf("a write: %d %v %s", status, header, said)
	}
	status, header, said = ask(s.t, http.MethodGet, s.server.url+"/v1/conversations", "")
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
		s.t.Errorf("a read: %d %v %s", status, header, said)
	}
	if status, _, said := ask(s.t, http.MethodGet, s.server.url+"/readyz", ""); status != http.StatusServiceUnavailable || strings.Contains(said, "password") {
		s.t.Errorf("ready: %d %s", status, said)
	}
	if status, _, said := ask(s.t, http.MethodGet, s.server.url+"/healthz", ""); status != http.StatusOK {
		s.t.Errorf("it lives: %d %s", status, said)
	}
}

// recovers wants the server to take writes again, by itself.
func (s *served) recovers() {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if status, _, said := ask(s.t, http.MethodGet, s.server.url+"/readyz", ""); status == http.StatusOK {
			break
		} else if time.Now().After(deadline) {
			s.t.Fatalf("not ready again: %s", said)
		}
	}
	if err := s.send(3); err != nil {
		s.t.Errorf("it is ready, but %v", err)
	}
}

// end sends what was not answered again, to the same server, and holds the ledger
// against all receipts.
func (s *served) end() {
	s.t.Helper()
	for _, w := range s.open {
		receipts, err := s.remote.Record(s.t.Context(), daybook.Principal{}, w.records)
		if err != nil {
			s.t.Fatalf("sent again: %v", err)
		}
		s.acknowledge(s.t, w, receipts)
	}
	if err := s.server.interrupt(); err != nil {
		s.t.Error(err)
	}
	s.check(s.t, 0)
}

// until calls do until it has failed so often.
func until(failures int, do func() error) {
	for failures > 0 {
		if do() != nil {
			failures--
		}
	}
}

// TestDatabaseGoes: while the database is away, writes and reads are 503 and
// nothing is lost; when it is back all goes on, however it went.
func TestDatabaseGoes(t *testing.T) {
	t.Parallel()
	db := pgtest.Start(t, "")
	s := serveDatabase(t, db.New())
	for _, go1 := range []func(){db.Kill, db.Stop} {
		s.recovers()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			go1()
		}()
		until(3, func() error { return s.send(20) })
		<-gone
		s.refuses()
		db.Start()
	}
	s.recovers()
	s.end()
}

// TestConnectionsAreCut: an administrator ends connections while others write.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	s := serveDatabase(t, at)
	var cut atomic.Int64
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-over:
				return
			case <-time.After(15 * time.Millisecond):
				n, err := number(t, at, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
				if err != nil {
					t.Error(err)
					return
				}
				cut.Add(n)
			}
		}
	}()
	for range 150 {
		_ = s.send(5) // which wants any failure to be one that passes
	}
	close(over)
	<-done
	if cut.Load() < 10 || len(s.open) == 0 {
		t.Errorf("%d connections were cut, %d writes not answered: nothing was tried", cut.Load(), len(s.open))
	}
	s.recovers()
	s.end()
}

func number(t *testing.T, at, sql string) (n int64, err error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		return 0, err
	}
	defer conn.Close(t.Context())
	return n, conn.QueryRow(t.Context(), sql).Scan(&n)
}

// TestTimeoutsOfTheDatabase: what waits for longer than the server's timeouts
// allow is refused, and comes through when nobody is in the way.
func TestTimeoutsOfTheDatabase(t *testing.T) {
	t.Parallel()
	for _, timeout := range []string{"statement_timeout", "lock_timeout"} {
		t.Run(timeout, func(t *testing.T) {
			t.Parallel()
			at := pgtest.New(t)
			s := serveDatabase(t, at)
			if err := s.send(2); err != nil {
				t.Fatal(err)
			}
			if err := s.server.interrupt(); err != nil {
				t.Fatal(err)
			}
			pgtest.Exec(t, at, fmt.Sprintf("DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET %s = ''300ms''', current_database()); END $$", timeout))
			s.server = s.start(t)
			var err error
			if s.remote, err = client.NewRemote(s.server.url, client.Options{MaxElapsed: -1}); err != nil {
				t.Fatal(err)
			}
			in, err := pgx.Connect(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close(t.Context())
			tx, err := in.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), "SET LOCAL "+timeout+" = 0; LOCK TABLE ledger.spine IN EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
			until(2, func() error { return s.send(20) })
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.recovers()
			s.end()
		})
	}
}

// TestDeadlock: an append that PostgreSQL ends to break a deadlock is tried
// again, and its writer hears of nothing.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	s := serveDatabase(t, at)
	in, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close(t.Context())
	tx, err := in.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Bodies go first, so the append comes to wait for the spine.
	if _, err := tx.Exec(t.Context(), "SET LOCAL deadlock_timeout = '60s'; LOCK TABLE ledger.spine IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- s.send(20) }()
	waits := "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.spine'::regclass"
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if n, err := number(t, at, waits); err != nil || time.Now().After(deadline) {
			t.Fatalf("the append does not wait: %v", err)
		} else if n > 0 {
			break
		}
	}
	// And now for ever: PostgreSQL ends the one that looks first, after the second
	// that is usual.
	if _, err := tx.Exec(t.Context(), "LOCK TABLE ledger.thinking_logs IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("the writer heard of it: %v", err)
	}
	s.end()
}
