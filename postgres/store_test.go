package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// template is a database with the schema, which those of tests are copies of:
// that takes a fifth of the time of migrating each.
var template = sync.OnceValues(func() (string, error) {
	address, _, err := pgtest.Create(context.Background())
	if err == nil {
		_, err = Migrate(context.Background(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	}
	return address, err
})

var copies atomic.Int64

// testURL gives the URL of a database of its own with an empty ledger, whose
// user is a superuser.
func testURL(t testing.TB) string {
	t.Helper()
	from, err := template()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("copy_%d", copies.Add(1))
	of := u.Path[1:]
	u.Path = "/postgres"
	server := u.String()
	pgtest.Exec(t, server, "CREATE DATABASE "+name+" TEMPLATE "+of)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = pgtest.Run(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)") // it goes with the cluster otherwise
	})
	u.Path = "/" + name
	return u.String()
}

// testStore gives an empty store in a database of its own.
func testStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, testURL(t), Options{})
}

// openStore opens a store that the test closes at its end.
func openStore(t testing.TB, address string, o Options) *Store {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := Open(t.Context(), address, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return s
}

// query gives the one value that a statement answers, the names of schemas
// rendered.
func query[T any](t testing.TB, s *Store, sql string, args ...any) (value T) {
	t.Helper()
	err := s.read(t.Context(), "query", func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, s.sql(sql), args...).Scan(&value)
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}
