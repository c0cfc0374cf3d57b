package postgres

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// jobOf logs a new job in, and gives its name.
func jobOf(t testing.TB, address string) (string, *pgx.Conn) {
	t.Helper()
	name, url := newLogin(t, address, "IN ROLE daybook_job")
	return name, connectTo(t, url)
}

func connectTo(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// inSQL runs statements, which must succeed.
func inSQL(t testing.TB, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// scanOne gives the one value that a statement answers.
func scanOne[T any](t testing.TB, c *pgx.Conn, sql string, args ...any) (value T) {
	t.Helper()
	if err := c.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func lettersOf(t testing.TB, s *Store) []daybook.Letter {
	t.Helper()
	letters, err := s.Letters(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// quickTries is how often something is tried that is quick, for it to be quick once on
// a machine that is busy.
const quickTries = 30

// hears says whether a wait ends with the commit of a letter, at least once in
// some times.
func hears(t *testing.T, s *Store, job *pgx.Conn) bool {
	t.Helper()
	for range quickTries {
		if err := s.Settle(t.Context(), lettersOf(t, s), nil); err != nil {
			t.Fatal(err)
		}
		heard := make(chan error, 1)
		go func() { heard <- s.Await(t.Context()) }()
		inSQL(t, job, `BEGIN; SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}'); COMMIT`)
		committed := time.Now()
		if err := <-heard; err != nil || len(lettersOf(t, s)) != 1 {
			t.Fatalf("it heard %v, and %d letters wait", err, len(lettersOf(t, s)))
		}
		if time.Since(committed) < awaitTime/4 {
			return true
		}
	}
	return false
}

// TestOrderOfLetters holds what the order promises where transactions overlap:
// what was committed before another record was written comes before it.
func TestOrderOfLetters(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, early := jobOf(t, address)
	_, late := jobOf(t, address)
	_, undone := jobOf(t, address)
	say := func(c *pgx.Conn, what string) {
		t.Helper()
		inSQL(t, c, `SELECT audit.log_entry('action_logs', jsonb_build_object('agent_position', $1::text))`, what)
	}
	order := func() string {
		t.Helper()
		var all []string
		for _, l := range lettersOf(t, s) {
			r, err := daybook.NewDecoder(strings.NewReader(string(l.Record)), daybook.MustKind(l.Kind)).Next()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r.Get("agent_position").Text())
		}
		return strings.Join(all, " ")
	}
	inSQL(t, early, "BEGIN")
	say(early, "a1")
	inSQL(t, undone, "BEGIN")
	say(undone, "u1")
	inSQL(t, late, "BEGIN")
	say(late, "b1")
	say(late, "b2")
	inSQL(t, late, "COMMIT")
	// b is in sight before a, which cannot have followed from it yet; and what a
	// writes now may.
	if got := order(); got != "b1 b2" {
		t.Errorf("in sight are %q, want b's letters", got)
	}
	say(early, "a2")
	inSQL(t, undone, "ROLLBACK")
	inSQL(t, early, "SAVEPOINT x; SELECT audit.log_entry('action_logs', '{\"agent_position\": \"x\"}'); ROLLBACK TO x")
	inSQL(t, early, "COMMIT")
	say(late, "c")
	if got, want := order(), "a1 b1 b2 a2 c"; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
	// Some of them taken, the rest stands as it stood.
	some, err := s.Letters(t.Context(), 2)
	if err != nil || len(some) != 2 {
		t.Fatalf("%d letters, %v; want 2", len(some), err)
	}
	if err := s.Settle(t.Context(), some, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := order(), "b2 a2 c"; got != want {
		t.Errorf("the rest is %q, want %q", got, want)
	}
}

// Letters are read up to a bound of bytes, and one at the least.
func TestLettersAreBounded(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	for range 4 {
		inSQL(t, job, `SELECT audit.log_entry('action_logs', jsonb_build_object('agent_position', 'CFO', 'result_summary', repeat('x', 5000000)))`)
	}
	for left := 4; left > 0; {
		letters := lettersOf(t, s)
		if len(letters) == 0 || len(letters) > 2 {
			t.Fatalf("%d letters of 5 MB, want 1 or 2", len(letters))
		}
		if err := s.Settle(t.Context(), letters, nil); err != nil {
			t.Fatal(err)
		}
		left -= len(letters)
	}
}

func TestAwaitHearsOfLetters(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	begun := time.Now()
	if err := s.Await(t.Context()); err != nil || time.Since(begun) < awaitTime/2 {
		t.Errorf("with nothing there it came back after %v: %v", time.Since(begun), err)
	}
	if !hears(t, s, job) {
		t.Error("all letters were found by looking, none by hearing of it")
	}
	isQuick := false
	for n := 0; n < quickTries && !isQuick; n++ {
		begun = time.Now()
		if err := s.Await(t.Context()); err != nil {
			t.Fatal(err)
		}
		isQuick = time.Since(begun) < awaitTime*3/4
	}
	if !isQuick {
		t.Error("with one there it takes as long as with none")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Await(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits any more: %v", err)
	}
	w, err := s.Waiting(t.Context())
	if err != nil || w.Letters != 1 || time.Since(w.Since) > time.Minute || w.Since.Location() != time.UTC {
		t.Errorf("waiting are %+v, %v", w, err)
	}
}

// TestInboxOfAPrefix: two ledgers in one database have an inbox each, and hear
// of their own.
func TestInboxOfAPrefix(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	quiet := slog.New(slog.DiscardHandler)
	if _, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "team_", Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	s, other := openStore(t, address, Options{SchemaPrefix: "team_"}), openStore(t, address, Options{})
	_, job := jobOf(t, address)
	session := scanOne[string](t, job, "SELECT team_audit.checkout('loader', ARRAY['bronze.corn'])::text")
	inSQL(t, job, "SELECT team_audit.log_operation($1, 'CLEAN'), team_audit.checkin($1)", session)
	_, err := job.Exec(t.Context(), "BEGIN; CALL team_audit.logged_refresh('gold.nothing'); COMMIT")
	var said *pgconn.PgError
	if !errors.As(err, &said) || !strings.Contains(said.Hint, "CALL team_audit.logged_refresh outside") {
		t.Errorf("a refresh of nothing: %v", err)
	}
	inSQL(t, job, "ROLLBACK")
	if _, err := job.Exec(t.Context(), "CALL team_audit.logged_refresh('gold.nothing')"); err == nil {
		t.Error("nothing was refreshed")
	}
	if got, others := len(lettersOf(t, s)), len(lettersOf(t, other)); got != 6 || others != 0 {
		t.Errorf("%d letters wait, and %d of the other ledger; want 6 and 0", got, others)
	}
}
