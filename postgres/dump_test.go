package postgres

import (
	"fmt"
	"net/url"
	"os"
	program "os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/verify"
)

// TestADumpIsAWholeLedger dumps and restores as a member of daybook_owner, who
// is no superuser, and holds that nothing is lost: entries, triggers, grants and
// the mapping of readers.
func TestADumpIsAWholeLedger(t *testing.T) {
	t.Parallel()
	from, to := testURL(t), pgtest.New(t)
	s := openStore(t, from, Options{})
	written(t, s, 20)
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	acme := testLogin(t, from, "daybook_reader")
	pgtest.Exec(t, from, "SELECT ledger.map_reader('"+loginName(acme)+"', 'acme')")

	name, dumper := newLogin(t, from, "IN ROLE daybook_owner")
	pgtest.Exec(t, to, fmt.Sprintf("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database()); END $$", name))
	file := filepath.Join(t.TempDir(), "ledger.dump")
	binaries := query[string](t, s, "SELECT setting FROM pg_config() WHERE name = 'BINDIR'")
	runAs(t, dumper, filepath.Join(binaries, "pg_dump"), "--format=custom", "--schema=ledger", "--schema=audit", "--schema=gold", "--file="+file, "--dbname="+databaseOf(from))
	runAs(t, dumper, filepath.Join(binaries, "pg_restore"), "--exit-on-error", "--dbname="+databaseOf(to), file)

	restored := openStore(t, to, Options{})
	if got, err := restored.Head(t.Context()); err != nil || got.Root != head.Root || got.LedgerID != head.LedgerID || got.Size != head.Size {
		t.Errorf("the head is %+v, %v, want %+v", got, err, head)
	}
	if report, err := verify.Run(t.Context(), restored, verify.Options{}); err != nil || !report.Sound() || report.OK != head.Size {
		t.Errorf("%+v, %v", report, err)
	}
	if lacking, err := restored.Unguarded(t.Context()); err != nil || len(lacking) > 0 {
		t.Errorf("without triggers are %v, %v", lacking, err)
	}
	server := openStore(t, pgtest.As(t, to, loginName(testLogin(t, to, "daybook_writer")), "a"), Options{})
	if made, err := server.MakePartitions(t.Context(), at("2044-01-01"), 1); err != nil || len(made) != 2 {
		t.Errorf("who writes makes %v, %v", made, err)
	}
	seen := answer(t, connected(t, pgtest.As(t, to, loginName(acme), "a")), "SELECT DISTINCT business_id FROM audit.transformation_session")
	if slices.ContainsFunc(seen, func(b string) bool { return b != "acme" }) {
		t.Errorf("a reader of acme sees %v", seen)
	}
	const rights = `SELECT array_agg(x ORDER BY x) FROM (SELECT c.oid::regclass || ' ' || c.relowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text)
		FROM unnest(coalesce(c.relacl, acldefault('r', c.relowner))) AS a), '') FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN ('ledger', 'audit', 'gold') AND c.relname !~ '_2044_01' AND c.relkind IN ('r', 'p', 'v')
		UNION ALL SELECT p.oid::regprocedure || ' ' || p.proowner::regrole || ' ' || coalesce((SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) AS a), '')
		FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text IN ('ledger', 'audit', 'gold')) AS f(x)`
	had, has := query[[]string](t, s, rights), query[[]string](t, restored, rights)
	for _, right := range had {
		if !slices.Contains(has, right) {
			t.Errorf("restored without: %s", right)
		}
	}
	if len(had) != len(has) {
		t.Errorf("%d objects became %d", len(had), len(has))
	}
}

// TestADumpOfTheLedgersOwnSchemas leaves the warehouse's schema gold out, and
// what Daybook has in it: migrating puts that back.
func TestADumpOfTheLedgersOwnSchemas(t *testing.T) {
	t.Parallel()
	from, to := testURL(t), pgtest.New(t)
	s := openStore(t, from, Options{})
	written(t, s, 2)
	file := filepath.Join(t.TempDir(), "ledger.dump")
	binaries := query[string](t, s, "SELECT setting FROM pg_config() WHERE name = 'BINDIR'")
	runAs(t, from, filepath.Join(binaries, "pg_dump"), "--format=custom", "--schema=ledger", "--schema=audit", "--file="+file, "--dbname="+databaseOf(from))
	runAs(t, to, filepath.Join(binaries, "pg_restore"), "--exit-on-error", "--dbname="+databaseOf(to), file)

	for name, sql := range map[string]string{"without the schema": "DROP SCHEMA IF EXISTS gold CASCADE", "in a schema of somebody's": "DROP SCHEMA IF EXISTS gold CASCADE; CREATE SCHEMA gold; CREATE TABLE gold.theirs (n int)"} {
		pgtest.Exec(t, to, sql)
		m, err := Migrate(t.Context(), to, MigrateOptions{})
		if err != nil || !slices.Contains(m.Notes, "the view gold.transformation_activity was missing, and is back") {
			t.Fatalf("%s: %+v, %v", name, m, err)
		}
		if faults, _ := inspected(t, openStore(t, to, Options{})); faults != "" {
			t.Errorf("%s: %s", name, faults)
		}
	}
	if m, err := Migrate(t.Context(), to, MigrateOptions{}); err != nil || slices.Contains(m.Notes, "the view gold.transformation_activity was missing, and is back") {
		t.Errorf("again: %+v, %v", m, err)
	}
	reader := connected(t, pgtest.As(t, to, loginName(testLogin(t, to, "daybook_retention")), "a"))
	wantLines(t, "sessions", answer(t, reader, "SELECT sum(sessions) FROM gold.transformation_activity"), answer(t, connected(t, from), "SELECT sum(sessions) FROM gold.transformation_activity")...)
}

// databaseOf is a URL without who logs in.
func databaseOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	u.User = nil
	return u.String()
}

// runAs runs a program of PostgreSQL's as a login.
func runAs(t *testing.T, login, path string, args ...string) {
	t.Helper()
	u, err := url.Parse(login)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	cmd := program.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "PGUSER="+u.User.Username(), "PGPASSWORD="+password)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", path, args, err, said)
	}
}
