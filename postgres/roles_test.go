package postgres

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
)

// TestNothingIsLeftOpen holds what every migration must see to: each object is
// daybook_owner's, and nothing is granted to everybody.
func TestNothingIsLeftOpen(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	const within = "n.nspname IN ('ledger', 'audit', 'gold')"
	for wrong, sql := range map[string]string{
		"schemas that are not daybook_owner's": `SELECT n.nspname FROM pg_namespace AS n WHERE ` + within + ` AND n.nspowner <> 'daybook_owner'::regrole`,
		"tables and views that are not daybook_owner's (begin a migration with SET LOCAL ROLE daybook_owner)": `SELECT c.oid::regclass::text
			FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE ` + within + ` AND c.relowner <> 'daybook_owner'::regrole`,
		"functions that are not daybook_owner's (begin a migration with SET LOCAL ROLE daybook_owner)": `SELECT p.oid::regprocedure::text
			FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE ` + within + ` AND p.proowner <> 'daybook_owner'::regrole`,
		"schemas that everybody may use": `SELECT n.nspname FROM pg_namespace AS n, aclexplode(n.nspacl) AS a WHERE ` + within + ` AND a.grantee = 0`,
		"tables that everybody may use": `SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS a
			WHERE ` + within + ` AND a.grantee = 0`,
		"functions that everybody may call (REVOKE ALL ON FUNCTION … FROM PUBLIC)": `SELECT p.oid::regprocedure::text
			FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
			WHERE ` + within + ` AND a.grantee = 0`,
		"functions that search for names where their caller says": `SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
			WHERE ` + within + ` AND p.prosecdef AND NOT coalesce(p.proconfig, '{}') && ARRAY['search_path=pg_catalog, pg_temp', 'search_path=""', 'search_path=pg_catalog']`,
		"views that neither are a security barrier nor read what has one": `SELECT DISTINCT c.oid::regclass || ' reads ' || t.oid::regclass
			FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_rewrite AS r ON r.ev_class = c.oid
			JOIN pg_depend AS d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
			JOIN pg_class AS t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p', 'm') AND NOT (t.relrowsecurity AND t.relforcerowsecurity)
			WHERE ` + within + ` AND c.relkind = 'v' AND t.oid <> 'ledger.spine'::regclass
			AND c.relname <> 'spending' -- it looks for calls of the business of the row that is shown
			AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.objid = r.oid AND e.refobjid = to_regclass('ledger.shown_' || t.relname)) AND NOT coalesce(c.reloptions, '{}') && ARRAY['security_barrier=true', 'security_barrier=on']`,
		"tables of the ledger that a reader may read": `SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
			WHERE n.nspname = 'ledger' AND c.relkind IN ('r', 'p', 'v', 'S') AND has_table_privilege('daybook_reader', c.oid, 'SELECT')`,
		"indexes that another C library would sort otherwise (COLLATE \"C\")": `SELECT DISTINCT i.indexrelid::regclass || ' of ' || l.collname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
			JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_attribute AS a ON a.attrelid = i.indexrelid JOIN pg_collation AS l ON l.oid = a.attcollation
			WHERE ` + within + ` AND l.collname <> 'C'`,
		"tables of entries without their trigger": `SELECT u::text FROM ledger.unguarded() AS u`,
	} {
		found := query[[]string](t, s, "SELECT coalesce(array_agg(x), '{}') FROM ("+sql+") AS f(x)")
		if len(found) > 0 {
			t.Errorf("%s: %s", wrong, strings.Join(found, ", "))
		}
	}
}

// TestEveryKindIsGuarded holds that the triggers stand on the tables of all
// kinds, which the migration finds by a column of theirs.
func TestEveryKindIsGuarded(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	tables := []string{"spine", "tile"}
	for _, k := range daybook.Kinds() {
		tables = append(tables, k.Name)
		if isPartitioned(k) {
			tables = append(tables, k.Name+"_default", query[string](t, s, "SELECT partition FROM {{ledger}}.make_partition($1, now())", k.Name))
		}
	}
	for _, table := range tables {
		n := query[int](t, s, "SELECT count(*) FROM pg_trigger WHERE tgrelid = ('{{ledger}}.' || quote_ident($1))::regclass AND tgname = 'append_only' AND tgenabled = 'A'", table)
		if n != 1 {
			t.Errorf("%s has %d triggers append_only", table, n)
		}
	}
}

// newLogin makes a login with options of CREATE ROLE, and gives its name and the
// URL to log in by.
func newLogin(t testing.TB, address, options string) (name, url string) {
	t.Helper()
	name = fmt.Sprintf("guard_%d", copies.Add(1))
	pgtest.Exec(t, address, "CREATE ROLE "+name+" LOGIN PASSWORD 'secret' "+options)
	return name, pgtest.As(t, address, name, "secret")
}

// TestMigratingWithoutASuperuser is how a managed PostgreSQL is migrated: by
// a login that may make roles and schemas and nothing else. The roles are there,
// made for another database of the cluster; and a second database follows.
func TestMigratingWithoutASuperuser(t *testing.T) {
	t.Parallel()
	if _, err := template(); err != nil { // the roles are there
		t.Fatal(err)
	}
	address := pgtest.New(t)
	name, migrator := newLogin(t, address, "CREATEROLE")
	pgtest.Exec(t, address, fmt.Sprintf(`DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database()); END $$;
		GRANT daybook_owner TO %s`, name, name))
	for range 2 {
		if _, err := Migrate(t.Context(), migrator, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
	}
	s := openStore(t, address, Options{})
	if owner := query[string](t, s, "SELECT c.relowner::regrole::text FROM pg_class AS c WHERE c.oid = '{{ledger}}.spine'::regclass"); owner != "daybook_owner" {
		t.Errorf("the spine is %s's", owner)
	}
	openStore(t, testLogin(t, address, "daybook_writer"), Options{})
	if _, err := Open(t.Context(), testLogin(t, address, "daybook_reader"), Options{}); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Errorf("a reader opens the store: %v", err)
	}
}

// TestMigratingWithoutTheRight says what an administrator has to do.
func TestMigratingWithoutTheRight(t *testing.T) {
	t.Parallel()
	if _, err := template(); err != nil {
		t.Fatal(err)
	}
	address := pgtest.New(t)
	name, weak := newLogin(t, address, "")
	_, err := Migrate(t.Context(), weak, MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	wantHint(t, err, daybook.CodeForbidden, "GRANT CREATE ON DATABASE ", ` TO "`+name+`"`)
	pgtest.Exec(t, address, fmt.Sprintf("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database()); END $$", name))
	_, err = Migrate(t.Context(), weak, MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	wantHint(t, err, daybook.CodeForbidden, "GRANT daybook_owner TO "+name)

	// What was not done is done by the next who may.
	if _, err = Migrate(t.Context(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	openStore(t, address, Options{})
}

// TestASchemaOfTheWarehouseStaysItsOwners holds that views go into a gold that
// is there, and nothing else becomes of it.
func TestASchemaOfTheWarehouseStaysItsOwners(t *testing.T) {
	t.Parallel()
	if _, err := template(); err != nil {
		t.Fatal(err)
	}
	address := pgtest.New(t)
	name, _ := newLogin(t, address, "")
	pgtest.Exec(t, address, fmt.Sprintf("CREATE SCHEMA gold AUTHORIZATION %s; CREATE TABLE gold.balance (n int); ALTER TABLE gold.balance OWNER TO %s", name, name))
	if _, err := Migrate(t.Context(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, address, Options{})
	if got := query[string](t, s, "SELECT n.nspowner::regrole || ' ' || c.relowner::regrole || ' ' || has_table_privilege('daybook_reader', c.oid, 'SELECT') FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relname = 'balance'"); got != name+" "+name+" false" {
		t.Errorf("gold and gold.balance are now %s", got)
	}
	if !query[bool](t, s, "SELECT has_schema_privilege('daybook_reader', 'gold', 'USAGE')") {
		t.Error("readers may not use gold")
	}
}

// TestRolesAreMade migrates a cluster that knows no role of Daybook's, as a
// login that is no superuser, and a second database as the same.
func TestRolesAreMade(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t, "", "fsync=off")
	for range 2 {
		address := cluster.New()
		pgtest.Exec(t, address, `DO $$ BEGIN
			IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dba') THEN CREATE ROLE dba LOGIN PASSWORD 'secret' CREATEROLE; END IF;
			EXECUTE format('GRANT CREATE ON DATABASE %I TO dba', current_database());
		END $$`)
		dba := pgtest.As(t, address, "dba", "secret")
		if _, err := Migrate(t.Context(), dba, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
		pgtest.Exec(t, dba, "DROP ROLE IF EXISTS server; CREATE ROLE server LOGIN PASSWORD 'secret' IN ROLE daybook_writer")
		written(t, openStore(t, pgtest.As(t, address, "server", "secret"), Options{}), 3)
	}
}

// TestDefaultPrivilegesOpenNothing: who migrates has default privileges that
// give others all rights to whatever he makes, as those of a warehouse's analysts
// are often given. They have none to what Daybook makes.
func TestDefaultPrivilegesOpenNothing(t *testing.T) {
	t.Parallel()
	if _, err := template(); err != nil { // the roles are there
		t.Fatal(err)
	}
	address := pgtest.New(t)
	others, url := newLogin(t, address, "")
	name, migrator := newLogin(t, address, "CREATEROLE")
	pgtest.Exec(t, address, fmt.Sprintf("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database()); END $$; GRANT daybook_owner TO %[1]s", name))
	for _, objects := range []string{"SCHEMAS", "TABLES", "SEQUENCES", "FUNCTIONS", "TYPES"} {
		pgtest.Exec(t, migrator, "ALTER DEFAULT PRIVILEGES GRANT ALL ON "+objects+" TO "+others+" WITH GRANT OPTION; ALTER DEFAULT PRIVILEGES GRANT ALL ON "+objects+" TO PUBLIC")
	}
	for range 2 {
		if _, err := Migrate(t.Context(), migrator, MigrateOptions{Logger: slog.New(slog.DiscardHandler)}); err != nil {
			t.Fatal(err)
		}
	}
	wantLines(t, "rights of others", answer(t, connected(t, address), `SELECT DISTINCT o.what, o.name, a.grantee FROM (
			SELECT 'schema' AS what, n.nspname::text AS name, n.oid AS within, n.nspacl AS granted FROM pg_namespace AS n
			UNION ALL SELECT 'relation', c.relname, c.relnamespace, c.relacl FROM pg_class AS c
			UNION ALL SELECT 'function', p.proname, p.pronamespace, p.proacl FROM pg_proc AS p
		) AS o, aclexplode(o.granted) AS a
		WHERE o.within IN ('ledger'::regnamespace, 'audit'::regnamespace, 'gold'::regnamespace) AND a.grantee::regrole::text NOT LIKE 'daybook\_%'`))
	for _, sql := range []string{"SELECT FROM ledger.token", "SELECT ledger.new_origin(gen_random_uuid())", "SELECT FROM audit.conversations"} {
		if _, err := connected(t, url).Exec(t.Context(), sql); err == nil || state(err) != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
