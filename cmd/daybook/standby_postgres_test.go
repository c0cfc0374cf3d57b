package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// TestStandbyTakesOver: a standby is read and verified, and takes no writes; when
// the primary is gone and the standby in its place, the server that has the names
// of both goes on by itself, and all that was acknowledged is there.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	primary := pgtest.Start(t, "")
	address := primary.New()
	standby := primary.Standby()
	// So that what is acknowledged is on the standby, and seen there.
	pgtest.Exec(t, address, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = remote_apply', current_database()); END $$`)
	pgtest.Exec(t, address, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	pgtest.Exec(t, address, "SELECT pg_reload_conf()")
	if _, err := postgres.Migrate(t.Context(), address, postgres.MigrateOptions{}); err != nil {
		t.Fatal(err)
	}
	s := serveDatabase(t, standby.Either(address))
	if err := s.send(20); err != nil {
		t.Fatal(err)
	}

	var out, errs strings.Builder
	at := standby.At(address)
	code := run(t.Context(), []string{"verify", "--store", at, "--public-key", s.files.Public, "--anchor", s.files.Anchor}, strings.NewReader(""), &out, &errs)
	if code != exitDone || !strings.Contains(out.String(), "is sound") || !strings.Contains(out.String(), "standby") {
		t.Errorf("verify on the standby: %d\n%s%s", code, out.String(), errs.String())
	}
	if l, err := local.Open(t.Context(), at, s.options()); err == nil {
		t.Errorf("a standby is opened to be written: %v", l.Close(t.Context()))
	} else if daybook.CodeOf(err) != daybook.CodeUnavailable || !strings.Contains(err.Error(), "standby") {
		t.Errorf("to write to the standby: %v", err)
	}

	primary.Kill()
	if err := s.send(3); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("without a primary: %v", err)
	}
	s.refuses()
	standby.Promote()
	s.recovers()
	if status, _, said := ask(t, http.MethodGet, s.server.url+"/v1/proof/consistency?from=1&to=20", ""); status != http.StatusOK {
		t.Errorf("a proof of the first entry: %d %s", status, said)
	}
	s.end()
}
