package postgres

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// refresher makes a login that owns a small warehouse, and logs it in.
func refresher(t *testing.T) (*Store, *pgx.Conn) {
	t.Helper()
	s, c, _ := warehouse(t)
	return s, c
}

// warehouse is refresher for who needs the URL of the database, too.
func warehouse(t *testing.T) (*Store, *pgx.Conn, string) {
	t.Helper()
	address := testURL(t)
	s := openStore(t, address, Options{})
	name, url := newLogin(t, address, "IN ROLE daybook_job")
	owner := connectTo(t, address)
	inSQL(t, owner, fmt.Sprintf("CREATE SCHEMA silver AUTHORIZATION %s; CREATE SCHEMA mart AUTHORIZATION %[1]s; GRANT CREATE, USAGE ON SCHEMA gold TO %[1]s", name))
	c := connectTo(t, url)
	inSQL(t, c, `CREATE TABLE silver.observation (commodity text, year int, value numeric);
		INSERT INTO silver.observation VALUES ('corn', 2025, 1), ('corn', 2026, 2), ('soy', 2026, 3);
		CREATE VIEW silver."Of corn" AS SELECT year, value FROM silver.observation WHERE commodity = 'corn';
		CREATE MATERIALIZED VIEW gold.corn (year, total) AS SELECT o.year, sum(o.value) FROM silver."Of corn" o JOIN silver.observation b USING (year) GROUP BY o.year WITH NO DATA;
		CREATE MATERIALIZED VIEW mart."A.b;--" AS SELECT 1 AS "One";
		CREATE MATERIALIZED VIEW mart.risky AS SELECT 1 / (value - 1) AS x FROM silver.observation WITH NO DATA`)
	return s, c, address
}

// told gives the letters, each as its kind and fields in the order of names.
func told(t *testing.T, s *Store, fields ...string) []string {
	t.Helper()
	var all []string
	for _, l := range lettersOf(t, s) {
		var record map[string]any
		if err := json.Unmarshal(l.Record, &record); err != nil {
			t.Fatal(err)
		}
		line := l.Kind
		for _, f := range fields {
			if v, ok := record[f]; ok {
				line += fmt.Sprintf(" %s=%v", f, v)
			}
		}
		all = append(all, line)
	}
	return all
}

func wantTold(t *testing.T, s *Store, fields []string, want ...string) {
	t.Helper()
	if got := told(t, s, fields...); !slices.Equal(got, want) {
		t.Errorf("told is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLoggedRefresh(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, `CALL audit.logged_refresh('gold.corn', agent_id => 'gold_refresher', more => '{"ticket_id": "T-1"}')`)
	if n := scanOne[int](t, c, "SELECT count(*) FROM gold.corn"); n != 2 {
		t.Errorf("the view has %d rows, want 2", n)
	}
	wantTold(t, s, []string{"agent_id", "session_type", "source_tables", "ticket_id", "operation_type", "transformation_type", "lifecycle_state_change", "input_tables", "output_table", "output_row_count", "artifact_type", "artifact_name", "row_count", "columns", "status"},
		`transformation_session agent_id=gold_refresher session_type=GOLD_VISUALIZATION source_tables=[silver."Of corn" silver.observation] ticket_id=T-1`,
		`transformation_operation operation_type=SELECT transformation_type=SQL lifecycle_state_change=OVERWRITE input_tables=[silver."Of corn" silver.observation] output_table=gold.corn output_row_count=2`,
		`output_artifact source_tables=[silver."Of corn" silver.observation] artifact_type=MATERIALIZED_VIEW artifact_name=gold.corn row_count=2 columns=[year total]`,
		`transformation_session status=COMPLETED`)
	var operation struct {
		Logic string `json:"transformation_logic"`
		MS    *int64 `json:"execution_time_ms"`
	}
	if err := json.Unmarshal(lettersOf(t, s)[1].Record, &operation); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(operation.Logic, "CREATE MATERIALIZED VIEW gold.corn (year, total) AS\n SELECT o.year,") || operation.MS == nil {
		t.Errorf("the operation is %+v", operation)
	}
}

// TestRefreshOfABusiness: what belongs to a session must be of its business.
func TestRefreshOfABusiness(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, `CALL audit.logged_refresh('gold.corn', more => '{"business_id": "grain_desk"}'); SELECT audit.try_refresh('gold.corn', more => NULL)`)
	wantTold(t, s, []string{"business_id"},
		"transformation_session business_id=grain_desk", "transformation_operation business_id=grain_desk", "output_artifact business_id=grain_desk", "transformation_session",
		"transformation_session", "transformation_operation", "output_artifact", "transformation_session")
}

func TestRefreshesWithinATransaction(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, `BEGIN; CALL audit.logged_refresh('gold.corn'); ROLLBACK`)
	wantTold(t, s, nil)
	inSQL(t, c, `BEGIN; CALL audit.logged_refresh('gold.corn'); COMMIT`)
	if n := len(lettersOf(t, s)); n != 4 {
		t.Errorf("%d letters, want 4", n)
	}
}

// TestRefreshNames holds that a name is only ever a name.
func TestRefreshNames(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, `CALL audit.logged_refresh('mart."A.b;--"')`)
	inSQL(t, c, `SET search_path = mart; CALL audit.logged_refresh('"A.b;--"'); RESET search_path`)
	inSQL(t, c, `CREATE UNIQUE INDEX ON mart."A.b;--" ("One"); CALL audit.logged_refresh('mart."A.b;--"', concurrently => true)`)
	fields := []string{"output_table", "session_type", "status"}
	one := []string{"transformation_session", `transformation_operation output_table=mart."A.b;--"`, "output_artifact", "transformation_session status=COMPLETED"}
	wantTold(t, s, fields, slices.Concat(one, one, one)...)
	for _, wrong := range []string{"mart.nothing", `mart."A.b;--`, "silver.observation", "x; DROP TABLE silver.observation", "", "gold.corn; SELECT 1"} {
		_, err := c.Exec(t.Context(), "CALL audit.logged_refresh($1)", pgx.QueryExecModeSimpleProtocol, wrong)
		if said := sqlState(err); said != "42P01" && said != "42809" {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if n := scanOne[int](t, c, "SELECT count(*) FROM silver.observation"); n != 3 {
		t.Errorf("silver.observation has %d rows, want 3", n)
	}
}

func sqlState(err error) string {
	if said, ok := err.(*pgconn.PgError); ok { //nolint:errorlint // not wrapped
		return said.Code
	}
	return ""
}

// TestFailingRefresh: a failure is an error, and is recorded all the same.
func TestFailingRefresh(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, "CREATE TABLE silver.job (step text)")
	failed := []string{"transformation_session agent_id=nightly", "transformation_operation transformation_type=FAILED_SQL transformation_logic=REFRESH MATERIALIZED VIEW mart.risky", "transformation_session status=FAILED error_message=division by zero (SQLSTATE 22012)"}
	fields := []string{"agent_id", "transformation_type", "transformation_logic", "status", "error_message"}
	for _, call := range []string{
		"CALL audit.logged_refresh('mart.risky', agent_id => 'nightly')",
		// What the caller did before in its transaction is undone, as by any error.
		"DO $$ BEGIN INSERT INTO silver.job VALUES ('before'); CALL audit.logged_refresh('mart.risky', agent_id => 'nightly'); INSERT INTO silver.job VALUES ('behind'); END $$",
	} {
		_, err := c.Exec(t.Context(), call)
		said, _ := err.(*pgconn.PgError) //nolint:errorlint // not wrapped
		if said == nil || said.Code != "22012" || said.Message != "division by zero" || !strings.Contains(said.Hint, "This failure is recorded as session ") {
			t.Fatalf("%s: %v", call, err)
		}
		wantTold(t, s, fields, failed...)
		if err := s.Settle(t.Context(), lettersOf(t, s), nil); err != nil {
			t.Fatal(err)
		}
		if n := scanOne[int](t, c, "SELECT count(*) FROM silver.job"); n != 0 {
			t.Errorf("%d steps of the job stand, want none", n)
		}
	}
	// Within a transaction the error undoes whatever could be written, and says so.
	for _, call := range []string{
		"BEGIN; CALL audit.logged_refresh('mart.risky'); COMMIT",
		"DO $$ BEGIN BEGIN CALL audit.logged_refresh('mart.risky'); EXCEPTION WHEN unique_violation THEN NULL; END; END $$",
	} {
		_, err := c.Exec(t.Context(), call)
		said, _ := err.(*pgconn.PgError) //nolint:errorlint // not wrapped
		if said == nil || said.Code != "22012" || !strings.Contains(said.Hint, "is not recorded") || !strings.Contains(said.Hint, "audit.try_refresh") {
			t.Fatalf("%s: %v", call, err)
		}
		inSQL(t, c, "ROLLBACK")
	}
	wantTold(t, s, fields)
	// There try_refresh records it, and tells.
	inSQL(t, c, "BEGIN")
	inSQL(t, c, "INSERT INTO silver.job VALUES ('before')")
	if got := scanOne[string](t, c, "SELECT audit.try_refresh('mart.risky', agent_id => 'nightly')"); got != "division by zero" {
		t.Errorf("try_refresh gives %q", got)
	}
	inSQL(t, c, "COMMIT")
	wantTold(t, s, fields, failed...)
	if n := scanOne[int](t, c, "SELECT count(*) FROM silver.job"); n != 1 {
		t.Errorf("%d steps of the job stand, want 1", n)
	}
	if !scanOne[bool](t, c, "SELECT audit.try_refresh('gold.corn') IS NULL") {
		t.Error("try_refresh gives an error for what was done")
	}
}

// TestRefreshThatTakesTooLong: a timeout is a failure, too.
func TestRefreshThatTakesTooLong(t *testing.T) {
	t.Parallel()
	s, c := refresher(t)
	inSQL(t, c, "CREATE MATERIALIZED VIEW mart.slow AS SELECT 1 AS x FROM pg_sleep(60) WITH NO DATA; SET statement_timeout = '200ms'")
	if _, err := c.Exec(t.Context(), "CALL audit.logged_refresh('mart.slow')"); sqlState(err) != "57014" {
		t.Fatal(err)
	}
	got := told(t, s, "status", "error_message")
	if len(got) != 3 || got[2] != "transformation_session status=FAILED error_message=canceling statement due to statement timeout (SQLSTATE 57014)" {
		t.Errorf("told is %q", got)
	}
}

// TestRefreshNeedsTheCallersRight: nobody refreshes by Daybook what he could not.
func TestRefreshNeedsTheCallersRight(t *testing.T) {
	t.Parallel()
	s, owner, address := warehouse(t)
	name, other := jobOf(t, address)
	inSQL(t, owner, "GRANT USAGE ON SCHEMA mart TO "+name)
	if _, err := other.Exec(t.Context(), "CALL audit.logged_refresh('mart.risky')"); sqlState(err) != "42501" {
		t.Errorf("another login's refresh: %v", err)
	}
	letters := lettersOf(t, s)
	version := scanOne[int](t, owner, "SELECT current_setting('server_version_num')::int")
	refusal := "must be owner of materialized view risky"
	if version >= 170000 { // where it can be granted
		refusal = "permission denied for materialized view risky"
	}
	if len(letters) != 3 || letters[0].Writer != name || !strings.Contains(string(letters[2].Record), refusal) {
		t.Errorf("told is %q", told(t, s, "error_message"))
	}
	if version >= 170000 {
		inSQL(t, owner, `UPDATE silver.observation SET value = 7; GRANT SELECT, MAINTAIN ON mart.risky TO `+name)
		inSQL(t, other, "CALL audit.logged_refresh('mart.risky')")
		if letters := lettersOf(t, s); len(letters) != 7 || letters[6].Writer != name {
			t.Errorf("told is %q", told(t, s, "error_message"))
		}
	}
}
