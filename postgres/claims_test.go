package postgres

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// ofTheUser are objects such as a warehouse has before Daybook comes.
const ofTheUser = `CREATE SCHEMA audit; CREATE SCHEMA gold;
CREATE TABLE audit.ingest_run (id serial PRIMARY KEY, job_type text, status text DEFAULT 'running', started_at timestamp DEFAULT now());
CREATE INDEX ON audit.ingest_run (job_type);
CREATE TABLE audit.validation_status (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), run_id int REFERENCES audit.ingest_run, status text);
CREATE FUNCTION audit.touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON audit.ingest_run FOR EACH ROW EXECUTE FUNCTION audit.touched();
CREATE VIEW gold.balance AS SELECT count(*) FROM audit.ingest_run;
COMMENT ON TABLE audit.ingest_run IS 'ours';
GRANT SELECT ON audit.ingest_run TO PUBLIC;
INSERT INTO audit.ingest_run (job_type) SELECT 'wasde' FROM generate_series(1, 50);
INSERT INTO audit.validation_status (run_id, status) SELECT n, 'ok' FROM generate_series(1, 9) AS n;`

// userState says all there is to say of the objects of a schema that are not
// daybook_owner's: definitions, owners, rights, triggers, statistics of rows.
const userState = `SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM (
  SELECT format('%s %s %s %s %s', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl, obj_description(c.oid)) AS line
  FROM pg_class AS c WHERE c.relnamespace = ANY ($1::regnamespace[]) AND c.relowner IS DISTINCT FROM to_regrole('daybook_owner')
  UNION ALL
  SELECT format('%s.%s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl)
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
  WHERE c.relnamespace = ANY ($1::regnamespace[]) AND c.relowner IS DISTINCT FROM to_regrole('daybook_owner')
  UNION ALL
  SELECT pg_get_triggerdef(t.oid) || t.tgenabled::text FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
  WHERE c.relnamespace = ANY ($1::regnamespace[]) AND c.relowner IS DISTINCT FROM to_regrole('daybook_owner')
  UNION ALL
  SELECT pg_get_constraintdef(k.oid) FROM pg_constraint AS k WHERE k.connamespace = ANY ($1::regnamespace[])
    AND (SELECT c.relowner FROM pg_class AS c WHERE c.oid = k.conrelid) IS DISTINCT FROM to_regrole('daybook_owner')
  UNION ALL
  SELECT format('%s %s %s', p.oid::regprocedure, p.proowner::regrole, p.proacl) FROM pg_proc AS p
  WHERE p.pronamespace = ANY ($1::regnamespace[]) AND p.proowner IS DISTINCT FROM to_regrole('daybook_owner')
  UNION ALL
  SELECT format('%s %s', n.nspname, n.nspowner::regrole) FROM pg_namespace AS n WHERE n.oid = ANY ($1::regnamespace[])
) AS all_of_it`

// userRows are the rows of two tables, with where they stand: nothing was
// written to them, not even the same.
const userRows = `SELECT (SELECT string_agg(format('%s %s %s', r.ctid, r.xmin, r), E'\n' ORDER BY r.ctid) FROM audit.ingest_run AS r)
  || (SELECT coalesce(string_agg(format('%s %s %s', r.ctid, r.xmin, r), E'\n' ORDER BY r.ctid), '') FROM audit.validation_status AS r)`

func ask[T any](t testing.TB, address, sql string, args ...any) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

var quietly = slog.New(slog.DiscardHandler)

func TestTablesOfTheUserStayHis(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	pgtest.Exec(t, address, ofTheUser)
	state, rows := ask[string](t, address, userState, []string{"audit", "gold"}), ask[string](t, address, userRows)
	same := func(after string) {
		t.Helper()
		if now := ask[string](t, address, userState, []string{"audit", "gold"}); now != state {
			t.Errorf("after %s the user's objects are\n%s\nbut were\n%s", after, now, state)
		}
		if now := ask[string](t, address, userRows); now != rows {
			t.Errorf("after %s the user's rows are\n%s\nbut were\n%s", after, now, rows)
		}
	}

	_, err := Plan(t.Context(), address, MigrateOptions{})
	wantHint(t, err, daybook.CodeConflict, "--adopt", "--schema-prefix daybook_")
	_, err = Migrate(t.Context(), address, MigrateOptions{Logger: quietly})
	wantHint(t, err, daybook.CodeConflict, "--adopt", "--schema-prefix daybook_")
	if !strings.Contains(err.Error(), "audit.ingest_run, audit.validation_status of 127.0.0.1:") {
		t.Error(err)
	}
	if ask[bool](t, address, "SELECT to_regnamespace('ledger') IS NOT NULL") {
		t.Error("something was made before it was refused")
	}
	same("a refusal")

	// Beside them, under other names.
	if _, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly, SchemaPrefix: "daybook_"}); err != nil {
		t.Fatal(err)
	}
	same("a migration with a prefix")

	// Or with them.
	for n := range 2 {
		m, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly, Adopt: n == 0})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(m.Notes, "\n"), "in the view audit.ingest_run_entries") {
			t.Errorf("the notes are %q", m.Notes)
		}
		if n := ask[int](t, address, "SELECT count(*) FROM audit.ingest_run_entries"); n != 0 {
			t.Errorf("%d entries", n)
		}
		if n := ask[int](t, address, "SELECT count(*) FROM audit.ingest_run"); n != 50 {
			t.Errorf("%d rows", n)
		}
		same("an adoption")
	}
	openStore(t, address, Options{})

	// Once the name is free, the view has it.
	pgtest.Exec(t, address, "ALTER TABLE audit.ingest_run RENAME TO ingest_run_before")
	m, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(m.Notes, "the name audit.ingest_run is free: the view audit.ingest_run_entries has it now") {
		t.Errorf("the notes are %q", m.Notes)
	}
	if n := ask[int](t, address, "SELECT count(*) FROM audit.ingest_run"); n != 0 {
		t.Errorf("%d entries", n)
	}
}

// TestAViewOfTheUserIsNotTakenForOurs: what has its name of the user's own is no
// fault to verify, and ours beside it still is looked at.
func TestAViewOfTheUserIsNotTakenForOurs(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	pgtest.Exec(t, address, "CREATE SCHEMA audit; CREATE TABLE audit.ingest_run (id int); CREATE VIEW audit.validation_status AS SELECT 1 AS id, 'ok' AS status")
	if _, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly, Adopt: true}); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, address, Options{})
	if faults, remarks := inspected(t, s); faults+remarks != "" {
		t.Errorf("beside what is the user's: %s%s", faults, remarks)
	}
	pgtest.Exec(t, address, "CREATE OR REPLACE VIEW audit.validation_status_entries AS "+
		strings.TrimSuffix(ask[string](t, address, "SELECT pg_get_viewdef('audit.validation_status_entries'::regclass)"), ";")+" LIMIT 1")
	if faults, _ := inspected(t, s); !strings.Contains(faults, "audit.validation_status_entries") {
		t.Errorf("a view of ours that hides rows: %q", faults)
	}
}

func TestNamesThatAreTakenAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, says string }{
		"a view of gold":           {"CREATE SCHEMA gold; CREATE VIEW gold.transformation_activity AS SELECT 1 AS n", "gold.transformation_activity of"},
		"a table by the design":    {"CREATE SCHEMA audit; CREATE TABLE audit.transformation_session (id uuid)", "audit.transformation_session of"},
		"a function":               {"CREATE SCHEMA audit; CREATE FUNCTION audit.log_entry(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "audit.log_entry of"},
		"a type":                   {"CREATE SCHEMA audit; CREATE TYPE audit.lineage_edge AS ENUM ('a')", "audit.lineage_edge of"},
		"an index":                 {"CREATE SCHEMA audit; CREATE TABLE audit.mine (n int); CREATE INDEX entries ON audit.mine (n)", "audit.entries of"},
		"a ledger of another sort": {"CREATE SCHEMA ledger; CREATE TABLE ledger.account (id int)", "the schema ledger of"},
		"versions of another sort": {"CREATE SCHEMA ledger; CREATE TABLE ledger.schema_version (v int)", "the schema ledger of"},
		"where the view would go":  {"CREATE SCHEMA audit; CREATE TABLE audit.ingest_run (id int); CREATE TABLE audit.ingest_run_entries (id int)", "audit.ingest_run_entries, audit.ingest_run of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pgtest.New(t)
			pgtest.Exec(t, address, c.sql)
			schemas := ask[int](t, address, "SELECT count(*) FROM pg_namespace")
			_, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly, Adopt: true})
			wantHint(t, err, daybook.CodeConflict, "--schema-prefix daybook_")
			if !strings.Contains(err.Error(), c.says) {
				t.Error(err)
			}
			if now := ask[int](t, address, "SELECT count(*) FROM pg_namespace"); now != schemas {
				t.Error("a schema was made")
			}
			if _, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly, SchemaPrefix: "daybook_"}); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("an empty schema is taken as it is", func(t *testing.T) {
		t.Parallel()
		address := pgtest.New(t)
		pgtest.Exec(t, address, "CREATE SCHEMA ledger; CREATE SCHEMA audit; CREATE TABLE audit.something_else (n int)")
		if _, err := Migrate(t.Context(), address, MigrateOptions{Logger: quietly}); err != nil {
			t.Error(err)
		}
	})
}

// All that migrations make for people to read is looked for beforehand.
func TestEveryNameIsClaimed(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	claimed := map[string]bool{}
	for _, c := range s.target.claimsOf(0) {
		claimed[c.schema+"."+c.name] = true
	}
	names := query[[]string](t, s, `SELECT array_agg(DISTINCT name) FROM (
  SELECT c.relnamespace::regnamespace::text || '.' || c.relname AS name FROM pg_class AS c WHERE c.relnamespace IN ('audit'::regnamespace, 'gold'::regnamespace)
  UNION ALL SELECT p.pronamespace::regnamespace::text || '.' || p.proname FROM pg_proc AS p WHERE p.pronamespace IN ('audit'::regnamespace, 'gold'::regnamespace)
) AS made`)
	if len(names) < 20 {
		t.Errorf("only %q are made", names)
	}
	for _, name := range names {
		if !claimed[name] {
			t.Errorf("%s is made and not looked for beforehand; begin its statement on a line of its own: CREATE VIEW {{audit}}…", name)
		}
	}
	for _, kind := range adoptable {
		for _, m := range allMigrations() {
			if strings.Contains(m.text(), "{{audit}}."+kind) {
				t.Errorf("%s says {{audit}}.%s without quotes, so the view cannot have another name", m.file, kind)
			}
		}
	}
}
