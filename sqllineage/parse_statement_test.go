package sqllineage

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

// kinds lists the kinds of statements, with those within in parentheses.
func kinds(list []*statement) string {
	var parts []string
	for _, s := range list {
		k := s.kind
		if len(s.body) > 0 {
			k += "(" + kinds(s.body) + ")"
		}
		parts = append(parts, k)
	}
	return strings.Join(parts, "; ")
}

func TestTextsAreCutIntoStatements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect    Dialect
		text, want string
	}{
		{Generic, "", ""},
		{Generic, ";;", ""},
		{Generic, "SELECT 1; ;SELECT 2", "SELECT; SELECT"},
		{Generic, "SELECT ';' FROM a; DELETE FROM b", "SELECT; DELETE"},
		{Generic, "WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "INSERT"},
		{Generic, "insert into a select * from b insert into c select * from d", "INSERT; INSERT"},
		{TSQL, "SELECT a FROM b SELECT c FROM d UPDATE e SET f = 1 DELETE g", "SELECT; SELECT; UPDATE; DELETE"},
		{TSQL, "SELECT 1\nGO\nSELECT 2\nGO 5\nSELECT 3", "SELECT; SELECT; SELECT"},
		{TSQL, "DECLARE @a INT = 1 SET @a = 2 SELECT @a", "DECLARE; SET; SELECT"},
		{TSQL, "IF @a > 1 BEGIN INSERT INTO b SELECT 1 END ELSE DELETE c SELECT 2", "IF(BEGIN(INSERT); DELETE); SELECT"},
		{TSQL, "WHILE @a < 5 BEGIN SET @a = @a + 1; UPDATE b SET c = 1 END", "WHILE(BEGIN(SET; UPDATE))"},
		{TSQL, "BEGIN TRY INSERT INTO a VALUES (1) END TRY BEGIN CATCH ROLLBACK END CATCH", "BEGIN(INSERT); BEGIN(ROLLBACK)"},
		{TSQL, "CREATE PROC p AS SELECT 1; SELECT 2", "CREATE PROC(SELECT; SELECT)"},
		{BigQuery, "CREATE PROCEDURE p() BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END; SELECT 3", "CREATE PROCEDURE(BEGIN(INSERT; INSERT)); SELECT"},
		{BigQuery, "IF a THEN SELECT 1; ELSEIF b THEN DELETE c WHERE TRUE; ELSE SELECT 2; END IF; SELECT 3", "IF(SELECT; DELETE; SELECT); SELECT"},
		{BigQuery, "LOOP INSERT a VALUES (1); BREAK; END LOOP; FOR r IN (SELECT 1) DO SELECT r; END FOR", "LOOP(INSERT; BREAK); FOR(SELECT; SELECT)"},
		{PostgreSQL, "BEGIN; SELECT 1; END; SELECT 2", "BEGIN; SELECT; END; SELECT"},
		{PostgreSQL, "DO $$ DECLARE a int; b text; BEGIN INSERT INTO c VALUES (a); END $$; SELECT 1", "DO(DECLARE(BEGIN(INSERT))); SELECT"},
		{PostgreSQL, "CREATE FUNCTION f() RETURNS int AS $$ SELECT a FROM b; DELETE FROM c $$ LANGUAGE sql; SELECT 1", "CREATE FUNCTION(SELECT; DELETE); SELECT"},
		{PostgreSQL, "CREATE FUNCTION f() RETURNS int AS $$ return 1 $$ LANGUAGE plpython3u", "CREATE FUNCTION"},
		{MySQL, "CREATE PROCEDURE p() BEGIN DECLARE a INT; l: LOOP SELECT 1; LEAVE l; END LOOP l; REPEAT SELECT 2; UNTIL a > 1 END REPEAT; END", "CREATE PROCEDURE(BEGIN(DECLARE; LOOP(SELECT; LEAVE); REPEAT(SELECT)))"},
		{Oracle, "CREATE PROCEDURE p IS a NUMBER; BEGIN INSERT INTO b VALUES (a); EXCEPTION WHEN OTHERS THEN ROLLBACK; END p; SELECT 1 FROM dual", "CREATE PROCEDURE(BEGIN(INSERT; ROLLBACK)); SELECT"},
		{Snowflake, "CREATE TASK k SCHEDULE = '1 minute' AS INSERT INTO a SELECT * FROM b; SELECT 1", "CREATE TASK(INSERT); SELECT"},
		{Snowflake, "EXECUTE IMMEDIATE $$ BEGIN INSERT INTO a SELECT 1; END $$", "EXECUTE(BEGIN(INSERT))"},
		{Generic, "EXPLAIN INSERT INTO a SELECT 1; EXPLAIN ANALYZE SELECT 1", "EXPLAIN; EXPLAIN SELECT"},
		{Hive, "FROM a INSERT INTO b SELECT c INSERT INTO d SELECT e", "INSERT"},
		{Generic, "CREATE OR REPLACE TEMP TABLE a AS SELECT 1; CREATE MATERIALIZED VIEW b AS SELECT 1; CREATE INDEX i ON a (b)", "CREATE TABLE; CREATE MATERIALIZED VIEW; CREATE INDEX"},
	} {
		list, faults := readStatements(c.text, c.dialect)
		if got := kinds(list); got != c.want || len(faults) > 0 {
			t.Errorf("%s %s: got %s and %v, want %s", c.dialect, c.text, got, faults, c.want)
		}
	}
}

func TestStatementsHaveTheirPlaces(t *testing.T) {
	t.Parallel()
	const sql = "SELECT 1 ; INSERT INTO a SELECT b FROM c;\n-- the last\nDO $$ BEGIN DELETE FROM d; END $$"
	list, _ := readStatements(sql, PostgreSQL)
	var got []string
	for _, s := range list {
		got = append(got, sql[s.span.Start:s.span.End])
	}
	if want := "SELECT 1|INSERT INTO a SELECT b FROM c|DO $$ BEGIN DELETE FROM d; END $$"; strings.Join(got, "|") != want {
		t.Errorf("got %q", got)
	}
	inner := list[2].body[0].body[0]
	if got := sql[inner.span.Start:inner.span.End]; got != "DELETE FROM d" {
		t.Errorf("the inner statement is %q", got)
	}
}

// TestFaultsLeaveTheRestAlone breaks one part of a text, and looks for the rest.
func TestFaultsLeaveTheRestAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, fault, summary string }{
		{"SELECT a FROM (b c d e) x WHERE y; SELECT f FROM g", "cannot read this", "SELECT <b; SELECT <g"},
		{"SELECT a b c FROM d; SELECT e FROM f", "cannot read this", "SELECT; SELECT <f"},
		{"SELECT a FROM t WHERE (b = 1; SELECT c FROM u", "never closed", "SELECT <t; SELECT <u"},
		{"INSERT INTO a SELECT b FROM c WHERE CASE WHEN d; DELETE FROM e", "CASE without END", "INSERT <c >a; DELETE >e"},
		{"FROBNICATE the TABLE; SELECT a FROM b", "no statement that is known", "FROBNICATE; SELECT <b"},
		{"CREATE TABLE; SELECT a FROM b", "expected a name", "CREATE TABLE; SELECT <b"},
		{"MERGE INTO a USING b ON c WHEN MATCHED THEN JUGGLE WHEN NOT MATCHED THEN INSERT (d) VALUES (b.d)", "expected what MERGE does", "MERGE <b >a"},
		{"WITH a AS SELECT 1; SELECT b FROM c", "expected the query of a", "SELECT; SELECT <c"},
		{"SELECT a FROM b JOIN; SELECT c FROM d", "expected a table", "SELECT <b; SELECT <d"},
		{"UPDATE a b = 1; SELECT c FROM d", "expected SET", "UPDATE >a; SELECT <d"},
	} {
		r := Parse(c.text, Options{})
		var parts, messages []string
		for i := range r.Statements {
			s := &r.Statements[i]
			line, _, _ := strings.Cut(summary(&Result{Statements: []Statement{{Kind: s.Kind, Sources: s.Sources, Targets: s.Targets}}}), "\n")
			parts = append(parts, strings.TrimSpace(line))
		}
		for _, w := range r.Warnings {
			messages = append(messages, w.Message)
		}
		if got := strings.Join(parts, "; "); got != c.summary || !strings.Contains(strings.Join(messages, "; "), c.fault) {
			t.Errorf("%s: got %s, %q", c.text, got, messages)
		}
		if r.Status != Partial && r.Status != Unparsed {
			t.Errorf("%s: status is %s", c.text, r.Status)
		}
	}
}

func TestWarningsHaveLinesAndColumns(t *testing.T) {
	t.Parallel()
	r := Parse("SELECT 1;\nSELECT 'ä' FROM x y z;", Options{})
	if len(r.Warnings) != 1 || r.Warnings[0].Line != 2 || r.Warnings[0].Column != 21 {
		t.Errorf("got %+v", r.Warnings)
	}
}

// TestDeepAndWideTextsEnd has texts whose reading would take long, or a deep
// stack, if anything were read twice.
func TestDeepAndWideTextsEnd(t *testing.T) {
	t.Parallel()
	deep := func(open, inner, closing string) string {
		return strings.Repeat(open, 20_000) + inner + strings.Repeat(closing, 20_000)
	}
	for name, sql := range map[string]string{
		"parentheses":       "SELECT " + deep("(", "a", ")") + " FROM t",
		"open parentheses":  "SELECT " + strings.Repeat("(", 50_000),
		"stray parentheses": "SELECT " + strings.Repeat("([", 25_000) + strings.Repeat(")", 25_000),
		"subqueries":        deep("SELECT a FROM (", "SELECT a FROM t", ") x"),
		"cases":             "SELECT " + deep("CASE WHEN a THEN ", "b", " END"),
		"functions":         "SELECT " + deep("f(", "a", ")"),
		"unions":            strings.Repeat("SELECT a FROM t UNION ALL ", 15_000) + "SELECT a FROM t",
		"joins":             "SELECT a FROM t" + strings.Repeat(" JOIN t", 40_000),
		"joined groups":     "SELECT a FROM " + deep("(", "t", " JOIN u)"),
		"common tables":     deep("WITH a AS (", "SELECT 1", ") SELECT * FROM a"),
		"blocks":            deep("BEGIN ", "SELECT 1;", " END;"),
		"ifs":               strings.Repeat("IF a THEN ", 20_000),
		"windows":           "SELECT " + deep("sum(a) OVER (ORDER BY ", "b", ")"),
		"lambdas":           "SELECT f(" + strings.Repeat("x -> ", 30_000) + "x)",
		"operators":         "SELECT " + strings.Repeat("a + ", 45_000) + "b",
		"items":             "SELECT " + strings.Repeat("a AS b, ", 20_000) + "c FROM t",
		"rows":              "INSERT INTO t VALUES " + strings.Repeat("(1, a), ", 15_000) + "(2, b)",
		"ands":              "SELECT a FROM t WHERE " + strings.Repeat("a AND ", 45_000) + "b",
		"nots":              "SELECT " + strings.Repeat("NOT ", 90_000),
		"pipes":             "FROM t" + strings.Repeat(" |> WHERE a", 20_000),
	} {
		for _, d := range []Dialect{Generic, TSQL} {
			if took := worktime.Of(func() { Parse(sql, Options{Dialect: d}) }); took > 10*time.Second {
				t.Errorf("%s in %s: took %s", name, d, took)
			}
		}
	}
}
