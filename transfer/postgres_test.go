package transfer_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// template is a database with an empty ledger, which those of tests are copies of.
var template = sync.OnceValues(func() (string, error) {
	address, _, err := pgtest.Create(context.Background())
	if err == nil {
		_, err = postgres.Migrate(context.Background(), address, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	}
	return address, err
})

var databases atomic.Int64

// freshDatabase gives the URL of a database with an empty ledger.
func freshDatabase(t testing.TB) string {
	t.Helper()
	from, err := template()
	must(t, err)
	u, err := url.Parse(from)
	must(t, err)
	name := fmt.Sprintf("transfer_%d", databases.Add(1))
	of := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	server := u.String()
	making.Lock()
	defer making.Unlock()
	pgtest.Exec(t, server, "CREATE DATABASE "+name+" TEMPLATE "+of)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = pgtest.Run(ctx, server, "DROP DATABASE "+name+" WITH (FORCE)") // it goes with the cluster otherwise
	})
	u.Path = "/" + name
	pgtest.Exec(t, u.String(), "SELECT ledger.new_origin(gen_random_uuid())") // the copy has the template's
	return u.String()
}

// making is held while a database is made: only one at a time can be a copy of
// another.
var making sync.Mutex
