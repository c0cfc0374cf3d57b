package postgres

import (
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
)

// sessionID is the id of the n-th session of a test.
func sessionID(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }

// placed puts entries into the spine, as bare as they can be.
func placed(k *daybook.Kind, seqs ...int) string {
	var b strings.Builder
	for _, seq := range seqs {
		fmt.Fprintf(&b, `INSERT INTO ledger.spine VALUES (%d, '00000000-0000-7000-9000-%012d', %d, '2026-01-31 09:00:00Z', '2027-01-31 09:00:00Z', '\x%064x');`+"\n",
			seq, seq, k.Number, seq)
	}
	return b.String()
}

var sessionKind = daybook.MustKind("transformation_session")

// fewSessions are three sessions of two businesses, one of them checked in, and
// an operation.
var fewSessions = placed(sessionKind, 0, 1, 2, 4) + placed(daybook.MustKind("transformation_operation"), 3) + `
INSERT INTO ledger.transformation_session (seq, logged_at, id, revision, business_id, agent_id, status, source_tables, source_filters, purpose, salt) VALUES
  (0, '2026-01-31 09:00:00Z', '` + sessionID(1) + `', 1, 'default', 'etl', 'ACTIVE', '{bronze.x}', '{"year": 2026}', 'nightly', '\x00ff'),
  (1, '2026-01-31 09:00:00Z', '` + sessionID(2) + `', 1, 'acme', 'etl', 'ACTIVE', '{bronze.x}', NULL, 'secret', '\x00ff'),
  (2, '2026-01-31 09:00:00Z', '` + sessionID(1) + `', 2, 'default', 'etl', 'COMPLETED', '{bronze.x,bronze.y}', '{"year": 2026}', 'nightly', '\x00ff'),
  (4, '2026-01-31 09:00:00Z', '` + sessionID(3) + `', 1, 'umbrella', 'etl', 'ACTIVE', '{bronze.z}', NULL, 'more secret', '\x00ff');
INSERT INTO ledger.transformation_operation (seq, logged_at, id, revision, business_id, session_id, operation_type) VALUES
  (3, '2026-01-31 09:00:00Z', 3, 1, 'acme', '` + sessionID(2) + `', 'CLEAN');`

var logins atomic.Int64

// testLogin makes a login that is a member of some roles, and gives the URL to
// log in by.
func testLogin(t testing.TB, address string, of ...string) string {
	t.Helper()
	name := fmt.Sprintf("login_%d", logins.Add(1))
	pgtest.Exec(t, address, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD 'a' IN ROLE %s", name, strings.Join(of, ", ")))
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, "a")
	return u.String()
}

// loginName is who logs in by a URL.
func loginName(address string) string {
	u, _ := url.Parse(address) // testLogin made it
	return u.User.Username()
}

// connected gives a connection that the test closes at its end.
func connected(t testing.TB, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // what it was used for is over
	return conn
}

// answer gives the rows of a query, each as a line with bars between the values.
func answer(t testing.TB, conn *pgx.Conn, sql string, args ...any) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	lines := []string{}
	for rows.Next() {
		var cells []string
		for _, raw := range rows.RawValues() {
			cells = append(cells, string(raw))
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return lines
}

func wantLines(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got) != len(want) {
		t.Errorf("%s gives %q, want %q", what, got, want)
	}
}

func TestViewsShowCurrentStates(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions)
	edges := daybook.MustKind("lineage_edge")
	pgtest.Exec(t, address, placed(edges, 5, 6, 7, 8)+`
INSERT INTO ledger.lineage_edge (seq, logged_at, id, revision, business_id, source_name, is_current) VALUES
  (5, '2026-01-31 09:00:00Z', 5, 1, 'default', 'pending', NULL),
  (6, '2026-01-31 09:00:00Z', 6, 1, 'default', 'ended', true),
  (7, '2026-01-31 09:00:00Z', 6, 2, 'default', 'ended', false),
  (8, '2026-01-31 09:00:00Z', 8, 1, 'default', 'current', true);`)
	conn := connected(t, testLogin(t, address, "daybook_writer"))
	wantLines(t, "sessions", answer(t, conn, "SELECT seq, revision, status, source_tables, source_filters->>'year', kind, log_id, log_hash, salt FROM audit.transformation_session ORDER BY seq LIMIT 2"),
		"1|1|ACTIVE|{bronze.x}||transformation_session|00000000-0000-7000-9000-000000000001|"+fmt.Sprintf("%064x", 1)+"|00ff",
		"2|2|COMPLETED|{bronze.x,bronze.y}|2026|transformation_session|00000000-0000-7000-9000-000000000002|"+fmt.Sprintf("%064x", 2)+"|00ff")
	wantLines(t, "edges", answer(t, conn, "SELECT source_name, is_current FROM audit.lineage_edge ORDER BY seq"), "ended|f", "current|t")
	wantLines(t, "entries", answer(t, conn, "SELECT kind, count(*), max(seq) FROM audit.entries GROUP BY kind ORDER BY kind"),
		"lineage_edge|4|8", "transformation_operation|1|3", "transformation_session|4|4")
}

// TestViewsHaveTheColumnsOfTheCatalog holds the views to the catalog, and what
// `\d+` says of them.
func TestViewsHaveTheColumnsOfTheCatalog(t *testing.T) {
	t.Parallel()
	conn := connected(t, testURL(t))
	types := map[daybook.Type]string{
		daybook.TypeText: "text", daybook.TypeUUID: "uuid", daybook.TypeHex: "text", daybook.TypeInt: "bigint", daybook.TypeFloat: "double precision",
		daybook.TypeBool: "boolean", daybook.TypeTime: "timestamp with time zone", daybook.TypeDate: "date", daybook.TypeJSON: "jsonb",
		daybook.TypeTexts: "text[]", daybook.TypeOptions: "jsonb",
	}
	for _, k := range daybook.Kinds() {
		got := answer(t, conn, `SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum), obj_description(attrelid, 'pg_class')
			FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`, "audit."+k.Name)
		if len(got) != len(k.Columns)+2 {
			t.Errorf("%s has %d columns, want %d", k.Name, len(got), len(k.Columns)+2)
		}
		found := map[string]string{}
		for _, line := range got {
			name, rest, _ := strings.Cut(line, "|")
			found[name] = rest
		}
		for i := range k.Columns {
			c := &k.Columns[i]
			if want := types[c.Type] + "|" + k.ColumnDoc(c.Name) + "|" + k.Doc(); found[c.Name] != want {
				t.Errorf("%s.%s is %q, want %q", k.Name, c.Name, found[c.Name], want)
			}
		}
	}
	for kind, names := range added {
		k := daybook.MustKind(kind)
		for _, name := range names {
			if _, ok := k.Column(name); !ok {
				t.Errorf("%s has no column %s to put behind", kind, name)
			}
		}
	}
	first := answer(t, conn, "SELECT attname FROM pg_attribute WHERE attrelid = 'audit.lineage_edge'::regclass AND attnum BETWEEN 1 AND 16 ORDER BY attnum")
	wantLines(t, "the order of columns", first, "id", "source_type", "source_schema", "source_name", "source_column", "target_type", "target_schema", "target_name",
		"target_column", "relationship_type", "session_id", "transformation_description", "is_current", "created_at", "invalidated_at", "business_id")
}

// TestReadersAreConfined reads as logins of all sorts, and tries what makes
// views tell more than they show.
func TestReadersAreConfined(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions)
	acme, nobody, everything := testLogin(t, address, "daybook_reader"), testLogin(t, address, "daybook_reader"), testLogin(t, address, "daybook_admin")
	pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(acme)+"', 'acme')")
	for _, login := range []struct {
		url               string
		sessions, entries []string
	}{
		{acme, []string{sessionID(2)}, []string{"1", "3"}},
		{nobody, nil, nil},
		{everything, []string{sessionID(2), sessionID(1), sessionID(3)}, []string{"0", "1", "2", "3", "4"}},
	} {
		conn := connected(t, login.url)
		wantLines(t, "sessions", answer(t, conn, "SELECT id FROM audit.transformation_session ORDER BY seq"), login.sessions...)
		wantLines(t, "entries", answer(t, conn, "SELECT seq FROM audit.entries ORDER BY seq"), login.entries...)
		wantLines(t, "joined", answer(t, conn, "SELECT ts.id FROM audit.transformation_session ts LEFT JOIN audit.transformation_operation op ON op.session_id = ts.id ORDER BY ts.seq"), login.sessions...)
	}
}

// TestNothingLeaksByFunctions asks with functions that tell what they are given,
// which PostgreSQL would rather run before the dearer conditions.
func TestNothingLeaksByFunctions(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions)
	acme := testLogin(t, address, "daybook_reader")
	pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(acme)+"', 'acme'); ANALYZE")
	conn := connected(t, acme)
	if _, err := conn.Exec(t.Context(), `CREATE TEMPORARY TABLE seen (what text);
		CREATE FUNCTION pg_temp.tell(what text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN INSERT INTO seen VALUES (what); RETURN true; END $$;`); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT count(*) FROM audit.transformation_session WHERE pg_temp.tell(purpose)",
		"SELECT count(*) FROM audit.transformation_session WHERE pg_temp.tell(log_id::text)",
		"SELECT count(*) FROM audit.entries WHERE pg_temp.tell(log_id::text)",
		"SELECT count(*) FROM (VALUES (1)) AS v LEFT JOIN audit.transformation_session ON pg_temp.tell(purpose)",
		"SELECT count(*) FROM audit.transformation_operation op JOIN audit.transformation_session ts ON op.session_id = ts.id AND pg_temp.tell(purpose)",
		"SELECT count(*) FROM audit.transformation_session WHERE pg_temp.tell(source_filters::text) IS NOT NULL",
	} {
		answer(t, conn, sql)
		// Behind the confinement stands what acme has, and no log_id but its own.
		wantLines(t, sql, answer(t, conn, "SELECT DISTINCT what FROM seen WHERE what NOT IN ('secret', '00000000-0000-7000-9000-000000000001', '00000000-0000-7000-9000-000000000003')"))
		answer(t, conn, "TRUNCATE seen")
	}
	// An error tells what it met.
	if got := answer(t, conn, "SELECT count(*) FROM audit.transformation_session WHERE (purpose = 'secret' OR purpose::int > 0)"); got[0] != "1" {
		t.Errorf("found %v", got)
	}
	for _, sql := range []string{
		"SELECT * FROM ledger.shown_transformation_session", "SELECT * FROM ledger.transformation_session", "SELECT * FROM ledger.spine",
		"SELECT ledger.map_reader(session_user, 'umbrella')",
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	// Turned off, row security refuses instead of showing.
	if _, err := conn.Exec(t.Context(), "SET row_security = off; SELECT count(*) FROM audit.transformation_session"); err == nil {
		t.Error("row security could be turned off")
	}
}

// TestEverythingIsExplained holds that psql's \d+ and \df+ say of all in audit and
// gold what it is.
func TestEverythingIsExplained(t *testing.T) {
	t.Parallel()
	wantLines(t, "what has no comment", answer(t, connected(t, testURL(t)), `SELECT * FROM (
			SELECT c.oid::regclass::text AS name FROM pg_class AS c WHERE c.relnamespace IN ('audit'::regnamespace, 'gold'::regnamespace) AND obj_description(c.oid, 'pg_class') IS NULL
			UNION ALL SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
				WHERE c.relnamespace IN ('audit'::regnamespace, 'gold'::regnamespace) AND a.attnum > 0 AND col_description(a.attrelid, a.attnum) IS NULL
			UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace IN ('audit'::regnamespace, 'gold'::regnamespace) AND obj_description(p.oid, 'pg_proc') IS NULL
		) AS n`))
}
