package pgtest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// running is the cluster of this process.
var running = sync.OnceValues(start)

// made counts the databases of this process.
var made atomic.Int64

// New gives the URL of an empty database, postgres://user:password@host:port/name,
// which is dropped when the test is over. Its user is a superuser. The test
// fails where there is no PostgreSQL.
func New(t testing.TB) string {
	t.Helper()
	url, drop, err := Create(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return url
}

// Create is New for those who have no testing.TB: drop drops the database,
// with whoever is connected to it.
func Create(ctx context.Context) (url string, drop func(), err error) {
	c, err := running()
	if err != nil {
		return "", nil, err
	}
	name := "test_" + strconv.FormatInt(made.Add(1), 10)
	if err := c.exec(ctx, "CREATE DATABASE "+name); err != nil {
		return "", nil, err
	}
	return c.url(name), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = c.exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)") // it goes with the cluster otherwise
	}, nil
}

func (c *cluster) exec(ctx context.Context, sql string) error {
	return Run(ctx, c.url("postgres"), sql)
}

// Exec runs statements, separated by semicolons, in one transaction unless
// they say otherwise. The test fails where one of them does.
func Exec(t testing.TB, url, sql string) {
	t.Helper()
	if err := Run(t.Context(), url, sql); err != nil {
		t.Fatal(err)
	}
}

// Run is Exec for those who have no testing.TB.
func Run(ctx context.Context, url, sql string) error {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	_, err = conn.Exec(ctx, sql).ReadAll()
	if closeErr := conn.Close(context.WithoutCancel(ctx)); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}
