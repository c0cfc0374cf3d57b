package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
)

const session1, session2 = "0190f3c2-7b1e-7a40-8c11-000000000001", "0190f3c2-7b1e-7a40-8c11-000000000002"

// cornStore is a store with two sessions, what they did, and a decision.
func cornStore(t testing.TB) (*Store, string) {
	t.Helper()
	address := testURL(t)
	s := openStore(t, address, Options{})
	w := storetest.NewWriter(s)
	write := func(values ...any) {
		for _, v := range values {
			r, err := daybook.RecordOf(v)
			if err == nil {
				_, err = w.Write(t.Context(), r)
			}
			must(t, err)
		}
	}
	session := daybook.TransformationSession{
		ID: session1, BusinessID: "default", AgentID: "wasde_transformer", SessionType: "BRONZE_TO_SILVER", Status: "ACTIVE",
		SourceTables: []string{"bronze.wasde_cell", "silver.observation"}, Purpose: "Monthly WASDE load", StartedAt: noon.AddDate(0, 0, -2),
	}
	ended := session
	ended.Status, ended.CompletedAt, ended.OperationsCount, ended.OutputsCount = "COMPLETED", session.StartedAt.Add(90*time.Second), new(int64(2)), new(int64(1))
	old := session
	old.ID, old.StartedAt, old.SourceTables = session2, noon.AddDate(0, 0, -9), []string{"bronze.other"}
	write(session, old,
		daybook.TransformationOperation{
			SessionID: session1, OperationType: "SELECT", OperationOrder: new(int64(1)), TransformationLogic: "SELECT 1",
			OutputTable: "silver.x", CreatedAt: noon, InputRowCount: new(int64(100)), OutputRowCount: new(int64(10)), ExecutionTimeMS: new(int64(7)),
		},
		daybook.TransformationOperation{
			SessionID: session1, OperationType: "AGGREGATE", OperationOrder: new(int64(2)), OutputTable: "gold.us_corn_balance_sheet",
			CreatedAt: noon, InputRowCount: new(int64(10)), OutputRowCount: new(int64(1)), InputTables: []string{"silver.x"},
		},
		daybook.TransformationOperation{SessionID: session2, OperationType: "JOIN", OperationOrder: new(int64(1)), OutputTable: "silver.observation", CreatedAt: noon},
		edge("bronze", "wasde_cell", "silver", "observation"), edge("silver", "observation", "gold", "us_corn_balance_sheet"),
		edge("gold", "us_corn_balance_sheet", "bronze", "wasde_cell"), // around in a circle
		daybook.OutputArtifact{ID: session1, SessionID: session1, ArtifactType: "TABLE", ArtifactName: "gold.us_corn_balance_sheet", IsCurrent: new(true), CreatedAt: noon},
		daybook.DecisionLog{
			DecisionID: "d1", AgentPosition: "CFO", DecidedAt: noon, RequiresHumanReview: new(true), HumanReviewed: new(false), Confidence: new(0.75),
			AffectedAgents: []string{"CMO"}, OptionsEvaluated: []daybook.Option{{Option: "wait", Score: new(0.5)}},
		},
		ended,
	)
	return s, address
}

func edge(sourceSchema, source, targetSchema, target string) daybook.LineageEdge {
	return daybook.LineageEdge{
		SourceType: "TABLE", SourceSchema: sourceSchema, SourceName: source, TargetType: "TABLE", TargetSchema: targetSchema, TargetName: target,
		RelationshipType: "DERIVES_FROM", CreatedAt: noon, IsCurrent: new(true),
	}
}

func answerTo(t *testing.T, s *Store, text string) *daybook.Table {
	t.Helper()
	answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return answer
}

func wantRows(t *testing.T, s *Store, text string, want ...[]any) {
	t.Helper()
	got := answerTo(t, s, text)
	if len(got.Rows) != len(want) {
		t.Fatalf("%s\ngave %v, want %v", text, got.Rows, want)
	}
	for i := range want {
		if !reflect.DeepEqual(got.Rows[i], want[i]) {
			t.Errorf("%s\nrow %d is %#v, want %#v", text, i, got.Rows[i], want[i])
		}
	}
}

// What comes back has the types and forms that it has everywhere in Daybook.
func TestSQLTypes(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
	decision := []any{true, false, 0.75, json.RawMessage(`["CMO"]`), json.RawMessage(`[{"option": "wait", "score": 0.5}]`)}
	const list = "requires_human_review, human_reviewed, confidence, affected_agents, options_evaluated"
	wantRows(t, s, "SELECT "+list+" FROM audit.decision_logs", decision)
	wantRows(t, s, "SELECT "+list+" FROM decision_logs", decision)
	wantRows(t, s, "WITH d AS (SELECT * FROM audit.decision_logs) SELECT "+list+" FROM d", decision)
	wantRows(t, s, "SELECT count(*), 1 = 1, 'x', NULL, '\\x00ff'::bytea, sum(1), avg(2), 1.5::numeric, 1e300::float8 FROM audit.decision_logs",
		[]any{int64(1), true, "x", nil, "00ff", int64(1), 2.0, 1.5, 1e300})
	wantRows(t, s, "SELECT decided_at, decided_at::date, decided_at AT TIME ZONE 'UTC', 'infinity'::timestamptz, interval '90 minutes', decided_at + interval '0.5 s' FROM decision_logs",
		[]any{"2026-01-31T12:00:00.000000Z", "2026-01-31", "2026-01-31T12:00:00.000000", "infinity", "01:30:00", "2026-01-31T12:00:00.500000Z"})
	wantRows(t, s, `SELECT ARRAY[1,NULL,3], ARRAY['a"b','c,d','','null',NULL,'\','{}','é'], '{}'::int[], ARRAY[[true,false]], '[2:3]={1,2}'::int[], ARRAY['NaN'::float8, 1.5], ARRAY[now() - now()], ARRAY['2026-01-31T12:00:00Z'::timestamptz]`,
		[]any{
			json.RawMessage(`[1, null, 3]`), json.RawMessage(`["a\"b", "c,d", "", "null", null, "\\", "{}", "\u00e9"]`), json.RawMessage(`[]`), json.RawMessage(`[[true, false]]`),
			json.RawMessage(`[1, 2]`), json.RawMessage(`[null, 1.5]`), json.RawMessage(`["00:00:00"]`), json.RawMessage(`["2026-01-31T12:00:00.000000Z"]`),
		})
	wantRows(t, s, `SELECT '{"b": [1.0, 2], "a": "é", "long": 1e3}'::jsonb, '{"z":1,"a":2}'::json, ARRAY['{"a":1}'::jsonb], 'null'::jsonb`,
		[]any{json.RawMessage(`{"a": "\u00e9", "b": [1, 2], "long": 1000}`), json.RawMessage(`{"a": 2, "z": 1}`), json.RawMessage(`[{"a": 1}]`), json.RawMessage(`null`)})
	wantRows(t, s, "TABLE entries LIMIT 0")
	wantRows(t, s, "(SELECT 1) UNION (VALUES (2)) ORDER BY 1", []any{int64(1)}, []any{int64(2)})
	wantRows(t, s, "SELECT count(*) > 0 FROM entries AS e WHERE random() >= 0", []any{true})

	twice := answerTo(t, s, "SELECT a.decision_id, b.decision_id, a.human_reviewed FROM decision_logs a, decision_logs b; ; -- and no more\n")
	if want := []string{"decision_id", "decision_id", "human_reviewed"}; !reflect.DeepEqual(twice.Columns, want) || len(twice.Rows) != 1 {
		t.Errorf("columns %q, want %q", twice.Columns, want)
	}
}

// Whoever asks by SQL learns nothing but what audit and gold show, and changes
// nothing, though the login could do anything.
func TestSQLRefusals(t *testing.T) {
	t.Parallel()
	s, address := cornStore(t)
	must(t, s.AddToken(t.Context(), aToken("aaaa", "marker-of-a-token")))
	pgtest.Exec(t, address, `
CREATE TABLE public.secret AS SELECT 'marker of a secret' AS word;
CREATE FUNCTION public.peek() RETURNS text LANGUAGE sql STABLE AS $$ SELECT word FROM public.secret $$;
CREATE FUNCTION public.peek(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM set_config('role', 'none', true); RETURN (SELECT word FROM public.secret); END $$;
CREATE FUNCTION public.peeks(text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE EXCEPTION 'marker'; END $$;
CREATE DOMAIN public.prying AS text CHECK (public.peeks(VALUE));
CREATE OPERATOR public.<~~ (RIGHTARG = text, FUNCTION = public.peeks);
CREATE FUNCTION gold.others() RETURNS text LANGUAGE sql STABLE AS $$ SELECT word FROM public.secret $$;
CREATE VIEW gold.others_view AS SELECT public.peek('x');
CREATE DOMAIN gold.others_domain AS text CHECK (public.peeks(VALUE));
GRANT SELECT ON gold.others_view, public.secret TO PUBLIC;
CREATE FUNCTION audit.noise() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'marker' $$;
ALTER FUNCTION audit.noise() OWNER TO daybook_owner;`)
	for _, text := range []string{
		"", " -- nothing", ";", "()", "SELECT", "SELECT FROM conversations", "INSERT INTO audit.conversations (seq) VALUES (1)", "UPDATE ledger.spine SET kind = 1", "DELETE FROM ledger.spine",
		"CREATE TABLE x (a int)", "CREATE TEMP TABLE x AS SELECT 1", "DROP TABLE ledger.spine", "BEGIN", "COMMIT", "SET ROLE daybook", "RESET ROLE", "VACUUM", "ANALYZE", "EXPLAIN SELECT 1",
		"COPY ledger.spine TO '/tmp/x'", "COPY (SELECT 1) TO PROGRAM 'id'", "DO $$ BEGIN END $$", "CALL x()", "LISTEN x", "PREPARE x AS SELECT 1", "SHOW data_directory", "FETCH 1 FROM x",
		"SELECT 1; SELECT 2", "SELECT 1; DROP TABLE ledger.spine", "SELECT 1;; VALUES (2)", "SELECT 1) TO STDOUT; --", "SELECT 1 INTO x", "SELECT 1 INTO TEMP x",
		"WITH x AS (DELETE FROM ledger.token RETURNING *) SELECT * FROM x", "WITH x AS (INSERT INTO ledger.known_pattern VALUES (1, 'x') RETURNING *) SELECT * FROM x",
		"SELECT * FROM audit.conversations FOR UPDATE", "SELECT * FROM nonesuch", "SELECT nonesuch FROM conversations", "SELECT nonesuch(1)", "SELECT 1 FROM transformation_operation to ORDER",
		"SELECT $1", "SELECT 'x\x00y'", "SELECT '\xff'", "SELEC 1", "SELECT 'unclosed", "/* unclosed SELECT 1", `SELECT "unclosed`, "SELECT $$unclosed", "SELECT 1/0", "SELECT 'a'::int",
		"SELECT * FROM ledger.token", `SELECT * FROM "ledger"."token"`, `SELECT * FROM U&"\006cedger".token`, "SELECT * FROM LEDGER . token", "SELECT * FROM ledger/**/./**/token", "TABLE ledger.token",
		"SELECT * FROM ledger.spine", "SELECT * FROM public.secret", "SELECT public.peek()", "SELECT public.peek('x')", "SELECT 'x'::public.prying", "SELECT CAST('x' AS public.prying)",
		"SELECT public.prying 'x'", "SELECT OPERATOR(public.<~~) 'x'", "SELECT * FROM json_to_record('{\"a\": 1}') AS x (a public.prying)", "SELECT 'a' COLLATE public.x",
		"SELECT gold.others()", "SELECT * FROM gold.others_view", "SELECT 'x'::gold.others_domain", "SELECT * FROM test_1.gold.others_view", `SELECT * FROM "gold"."others_view"`,
		"SELECT audit.noise()", "SELECT noise()", "SELECT e.noise FROM audit.entries e", `SELECT "noise"()`, "SELECT audit.log_entry('conversations', '{}')", "SELECT log_entry('conversations', '{}')",
		"SELECT set_config('role', 'none', true)", "SELECT pg_catalog.set_config('role', 'none', true)", `SELECT "set_config"('role', 'none', true)`, "SELECT SET_CONFIG ('role', 'none', true)",
		"SELECT set_config/* */('role', 'none', true)", "SELECT * FROM set_config('role', 'none', true)", "SELECT ('role').set_config", "SELECT pg_sleep(10)", `SELECT "pg_sleep"(1)`,
		"SELECT TREAT(1 AS pg_sleep)", "SELECT TREAT('x' AS lo_import)", "SELECT TREAT('x' AS setseed)", "SELECT x.pg_sleep FROM (SELECT 1) x", "SELECT * FROM pg_authid", "SELECT * FROM pg_catalog.pg_authid",
		"SELECT * FROM pg_stat_activity", "SELECT * FROM information_schema.tables", "SELECT pg_read_file('/etc/passwd')", "SELECT pg_ls_dir('.')", "SELECT lo_import('/etc/passwd')", "SELECT lo_get(1)",
		"SELECT current_setting('data_directory')", "SELECT query_to_xml('SELECT * FROM public.secret', true, true, '')", "SELECT table_to_xml('public.secret'::regclass, true, true, '')",
		"SELECT schema_to_xml('public', true, true, '')", "SELECT database_to_xml(true, true, '')", "SELECT cursor_to_xml('daybook_query', 1, true, true, '')", "SELECT ts_stat('SELECT word::tsvector FROM public.secret')",
		"SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''marker''::tsquery')", "SELECT nextval('x')", "SELECT setval('x', 1)", "SELECT txid_current()", "SELECT domain_in('x', 'public.prying'::regtype::oid, -1)",
		"SELECT array_in('{x}', 'public.prying'::regtype::oid, -1)", "SELECT dblink('x', 'y')", "SELECT query_to_xml", "SELECT E'\\'', pg_sleep(1), E'\\''", "SELECT '\\', pg_sleep(1), '\\'", "SELECT $a$ $a$, pg_sleep(1), $a$ $a$",
		"SELECT E'a'\n'\\', pg_sleep(1), '", "SELECT U&'x' UESCAPE '!', pg_sleep(1)", "SELECT 1 AS \"\"\"\", pg_sleep(1)", "SELECT /* /* */ pg_sleep(1) */ -- */\n pg_sleep(1)", "SELECT 1e'\\', pg_sleep(1), E'",
		"SELECT " + strings.Repeat("a", 64) + " FROM conversations", "SELECT 1a", "SELECT 1$$a$$",
	} {
		answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeInvalid || e.Hint == "" && !strings.Contains(e.Message, "UTF-8") || strings.Contains(err.Error(), "marker") {
			t.Errorf("%q gave %v, %#v", text, answer, err)
		}
	}
	wantRows(t, s, "SELECT count(*) FROM audit.entries", []any{int64(11)})
	for _, text := range []string{
		"SELECT 'pg_sleep(1)', $$ledger.token$$, E'\\'set_config(', \"date\".agent_id /* pg_sleep(1) */ FROM transformation_session AS \"date\" -- pg_sleep(1)\nLIMIT 1",
		"SELECT pg_typeof(1), pg_catalog.lower('A'), 'a' OPERATOR(pg_catalog.||) 'b', count(*) FILTER (WHERE true), U&'\\0061' FROM entries e WHERE e.seq >= 0",
		"SELECT status AS checkout, x.seq FROM audit.transformation_session x ORDER BY 2", "SELECT row_to_json(t) FROM audit.transformation_session t", "WITH a(b, c) AS (VALUES (1, 2)) SELECT * FROM a",
		"SELECT coalesce(1, 2), nullif(1, 2), greatest(1, 2), EXTRACT(EPOCH FROM now()), CAST(1 AS numeric(4, 2)), position('a' in 'ba'), substring('abc' from 2), current_date, now() - INTERVAL '7 days'",
		"SELECT jsonb_agg(x), string_agg(x::text, ',' ORDER BY x), percentile_cont(0.5) WITHIN GROUP (ORDER BY x), rank() OVER (ORDER BY count(*)) FROM generate_series(1, 3) AS g(x) GROUP BY x",
		"SELECT * FROM jsonb_each('{\"a\": 1}') AS j, LATERAL unnest(ARRAY[1]) WITH ORDINALITY AS u(v, n)", "SELECT gen_random_uuid(), clock_timestamp(), md5('x'), encode(sha256('x'), 'hex'), to_char(now(), 'YYYY')",
	} {
		answerTo(t, s, text)
	}
}

// PostgreSQL's words, and where in the query it found the error.
func TestSQLErrorsSayWhere(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
	for text, want := range map[string]string{
		"SELECT 1,\n  é.nonesuch\nFROM conversations é":                      `column é.nonesuch does not exist (line 2, column 3)`,
		"SELECT *\nFROM audit.transformation_operation to\nON x":             `syntax error at or near "to" (line 2, column 37)`,
		"SELECT * FROM nonesuch":                                             `relation "nonesuch" does not exist (line 1, column 15)`,
		"SELECT (1":                                                          `syntax error at end of input (at the end)`,
		"SELECT nonesuch(1)":                                                 `function nonesuch(integer) does not exist (line 1, column 8)`,
		"SELECT 'é',\n\tpg_sleep(1)":                                         `the query may not name pg_sleep (line 2, column 2)`,
		"SELECT 'é', seTval('x', 1)":                                         `the query may not use setval (line 1, column 13)`,
		"SELECT 1 FROM ledger.token":                                         `the query may not use the schema ledger (line 1, column 15)`,
		"SELECT 1 / count(*) FROM conversations":                             `division by zero`,
		"SELECT id FROM transformation_session WHERE id = 'no uuid'":         `invalid input syntax for type uuid: "no uuid" (line 1, column 50)`,
		"SELECT 'x' FROM conversations\nWHERE nonesuch = 1 OR nonesuch2 = 2": `column "nonesuch" does not exist (line 2, column 7)`,
	} {
		_, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s\nsays %v\nwant %s", text, err, want)
		}
	}
}

func TestSQLLimits(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
	const endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT "
	ask := func(q daybook.SQLQuery) (*daybook.Table, error) { return s.SQL(t.Context(), q) }

	few, err := ask(daybook.SQLQuery{Text: "SELECT generate_series(1, 100000)", MaxRows: 3})
	if err != nil || len(few.Rows) != 3 || !few.Truncated {
		t.Errorf("three rows of many: %v, %v", few, err)
	}
	all, err := ask(daybook.SQLQuery{Text: endless + "i FROM n LIMIT 3", MaxRows: 3})
	if err != nil || len(all.Rows) != 3 || all.Truncated {
		t.Errorf("three rows of three: %v, %v", all, err)
	}
	usual, err := ask(daybook.SQLQuery{Text: "SELECT generate_series(1, 100000)"})
	if err != nil || len(usual.Rows) != daybook.DefaultSQLRows || !usual.Truncated {
		t.Errorf("without a limit: %d rows, %v", len(usual.Rows), err)
	}
	for name, q := range map[string]daybook.SQLQuery{
		"no end":        {Text: endless + "max(i) FROM n", Timeout: 50 * time.Millisecond},
		"a long row":    {Text: "SELECT repeat('x', 40000000)"},
		"many values":   {Text: "SELECT repeat('x', 1000000) FROM generate_series(1, 1000)"},
		"a great value": {Text: "SELECT repeat('x', 2000000000)"},
		"a long query":  {Text: "SELECT '" + strings.Repeat("x", 70_000) + "'"},
	} {
		_, err := ask(q)
		if daybook.CodeOf(err) != daybook.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := s.SQL(ctx, daybook.SQLQuery{Text: endless + "max(i) FROM n"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for range 12 { // every connection is fit for more, and nothing of the queries before is left on it
		wantRows(t, s, "SELECT 1", []any{int64(1)})
		if role := query[string](t, s, "SELECT current_user || ' ' || current_setting('statement_timeout') || ' ' || current_setting('search_path')"); role != "daybook 0 pg_catalog, pg_temp" {
			t.Fatalf("a connection is left as %s", role)
		}
	}
}

// However many ask by SQL for however long, other questions are answered.
func TestSQLLeavesConnections(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
	const asked = 20
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, asked)
	for range asked {
		go func() {
			_, err := s.SQL(ctx, daybook.SQLQuery{Text: "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i % 7 + 1 FROM n) SELECT max(i) FROM n"})
			done <- err
		}()
	}
	for len(s.asking) < cap(s.asking) {
		time.Sleep(time.Millisecond)
	}
	if _, err := s.Head(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	for range asked {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("a query that was given up: %v", err)
		}
	}
}

// A server that logs in as a writer answers, and one whose login may not become
// a reader says what to do. Where others have put things into the schema audit
// nothing in it is taken for Daybook's.
func TestSQLOfAWriter(t *testing.T) {
	t.Parallel()
	_, address := cornStore(t)
	login := testLogin(t, address, "daybook_writer")
	s := openStore(t, login, Options{})
	wantRows(t, s, "SELECT count(*), current_user::text FROM conversations", []any{int64(0), "daybook_reader"})
	wantRows(t, s, "SELECT count(*) FROM audit.entries", []any{int64(11)})
	pgtest.Exec(t, address, `
CREATE FUNCTION audit.first(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR audit.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = audit.first)`)
	wantRows(t, s, "SELECT count(*) FROM audit.transformation_session WHERE id = '"+session1+"'", []any{int64(1)})
	if _, err := s.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT first(id, id) FROM audit.transformation_session"}); daybook.CodeOf(err) != daybook.CodeInvalid {
		t.Errorf("a function of somebody else's: %v", err)
	}
	other := testLogin(t, address, "daybook_retention")
	if s, err := Open(t.Context(), other, Options{ReadOnly: true}); err == nil {
		defer s.Close()
		_, err := s.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT 1"})
		if daybook.CodeOf(err) != daybook.CodeForbidden || !strings.Contains(err.Error(), readerRole) {
			t.Errorf("a login that may not become a reader: %v", err)
		}
	} else {
		t.Error(err)
	}
}
