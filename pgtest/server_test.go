package pgtest_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/pgtest"
)

func TestAServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t, "")
	at := s.New()
	pgtest.Exec(t, at, `CREATE TABLE corn (year int)`)
	for i, end := range []func(){s.Kill, s.Stop} {
		pgtest.Exec(t, at, `INSERT INTO corn VALUES (2026)`)
		end()
		if conn, err := pgx.Connect(t.Context(), at); err == nil {
			_ = conn.Close(t.Context())
			t.Fatal("a server that has ended answers")
		}
		s.Start()
		if n := ask(t, at, `SELECT count(*) FROM corn`); n != i+1 {
			t.Errorf("corn has %d rows, not %d", n, i+1)
		}
	}
}

func TestAServerGoesWithItsTest(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pgtest") // t.TempDir is closed to the server's user where that is another
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Run("", func(t *testing.T) { pgtest.Start(t, dir) })
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}
