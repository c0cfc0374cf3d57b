package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

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
	eventually(s.t, "it is ready again", func() bool {
		status, _, _ := ask(s.t, http.MethodGet, s.server.url+"/readyz", "")
		return status == http.StatusOK
	})
	eventually(s.t, "it takes writes again", func() bool { return s.send(3) == nil }) // when it has met all connections that were cut
}

// end sends what was not answered again, to the same server, and holds the ledger
// against all receipts.
func (s *served) end() {
	s.t.Helper()
	for _, w := range s.open {
		var receipts []daybook.Receipt
		var err error
		eventually(s.t, "what was not answered is taken", func() bool {
			receipts, err = s.remote.Record(s.t.Context(), daybook.Principal{}, w.records)
			return daybook.CodeOf(err) != daybook.CodeUnavailable
		})
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
	wasTried := func() bool { return cut.Load() >= 10 && len(s.open) > 0 }
	for n, begun := 0, time.Now(); n < 150 || !wasTried() && time.Since(begun) < testPatience; n++ {
		_ = s.send(5) // which wants any failure to be one that passes
	}
	close(over)
	<-done
	if !wasTried() {
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
			in, tx := begun(t, at)
			if _, err := tx.Exec(t.Context(), "LOCK TABLE ledger.spine IN EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
			// No statement is to take long but while it must: the machine may be slow.
			reconnect(t, at, in, "SET "+timeout+" = ''300ms''")
			until(2, func() error {
				err := s.send(20)
				var said *daybook.Error
				if errors.As(err, &said) && !strings.Contains(said.Hint, timeout) {
					return nil // it was cut off
				}
				return err
			})
			reconnect(t, at, in, "RESET "+timeout)
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.recovers()
			s.end()
		})
	}
}

// begun connects to a database and begins a transaction.
func begun(t *testing.T, at string) (*pgx.Conn, pgx.Tx) {
	t.Helper()
	in, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(context.WithoutCancel(t.Context())) })
	tx, err := in.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return in, tx
}

// reconnect changes a setting of a database, and ends all connections but one, so
// that those who come back have it.
func reconnect(t *testing.T, at string, but *pgx.Conn, setting string) {
	t.Helper()
	pgtest.Exec(t, at, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I "+setting+"', current_database()); END $$")
	for range 2 { // who was just connecting is there the second time
		pgtest.Exec(t, at, fmt.Sprintf("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %d)", but.PgConn().PID()))
		time.Sleep(100 * time.Millisecond)
	}
}

// TestDeadlock: an append that PostgreSQL ends to break a deadlock is tried
// again, and its writer hears of nothing.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	at := pgtest.New(t)
	s := serveDatabase(t, at)
	eventually(t, "the append is the one that is ended", func() bool { return !s.deadlock(at) })
	s.end()
}

// deadlock makes an append and a transaction wait for each other, and says whether
// PostgreSQL has ended the transaction.
func (s *served) deadlock(at string) (endedOurs bool) {
	t := s.t
	t.Helper()
	_, tx := begun(t, at)
	// Bodies go first, so the append comes to wait for the spine.
	if _, err := tx.Exec(t.Context(), "SET LOCAL deadlock_timeout = '10s'; LOCK TABLE ledger.spine IN EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	sent := make(chan error, 1)
	go func() { sent <- s.send(20) }()
	const waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger.spine'::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	eventually(t, "the append waits", func() bool {
		n, err := number(t, at, waits)
		return err == nil && n > 0
	})
	// And now for ever: PostgreSQL ends the one that looks first. That is the append,
	// after the second that is usual, unless this came later than that.
	_, err := tx.Exec(t.Context(), "LOCK TABLE ledger.thinking_logs IN EXCLUSIVE MODE")
	var said *pgconn.PgError
	if endedOurs = errors.As(err, &said) && said.Code == "40P01"; err != nil && !endedOurs {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("the writer heard of it: %v", err)
	}
	return endedOurs
}
