package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

// noon is now in SQL.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const session1, session2 = "0190f3c2-7b1e-7a40-8c11-000000000001", "0190f3c2-7b1e-7a40-8c11-000000000002"

// cornStore is a store with two sessions, what they did, and a decision.
func cornStore(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "it's a ledger?#%.db"), sqlite.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := storetest.NewWriter(s)
	write := func(values ...any) {
		for _, v := range values {
			r, err := daybook.RecordOf(v)
			if err == nil {
				_, err = w.Write(t.Context(), r)
			}
			if err != nil {
				t.Fatal(err)
			}
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
	return s
}

func edge(sourceSchema, source, targetSchema, target string) daybook.LineageEdge {
	return daybook.LineageEdge{
		SourceType: "TABLE", SourceSchema: sourceSchema, SourceName: source, TargetType: "TABLE", TargetSchema: targetSchema, TargetName: target,
		RelationshipType: "DERIVES_FROM", CreatedAt: noon, IsCurrent: new(true),
	}
}

func query(t *testing.T, s *sqlite.Store, text string) *daybook.Table {
	t.Helper()
	answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return answer
}

func wantRows(t *testing.T, s *sqlite.Store, text string, want ...[]any) {
	t.Helper()
	got := query(t, s, text)
	if len(got.Rows) != len(want) {
		t.Fatalf("%s\ngave %v, want %v", text, got.Rows, want)
	}
	for i := range want {
		if !reflect.DeepEqual(got.Rows[i], want[i]) {
			t.Errorf("%s\nrow %d is %#v, want %#v", text, i, got.Rows[i], want[i])
		}
	}
}

// The queries of the source document, with the alias op where it has to.
func TestSeedQueries(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	wantRows(t, s, `
SELECT
    ts.started_at,
    ts.agent_id,
    ts.purpose,
    op.operation_type,
    op.transformation_logic,
    op.input_row_count,
    op.output_row_count
FROM audit.transformation_session ts
JOIN audit.transformation_operation op ON ts.id = op.session_id
WHERE 'silver.observation' = ANY(ts.source_tables)
   OR op.output_table = 'silver.observation'
ORDER BY ts.started_at DESC;
`,
		[]any{"2026-01-29T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "SELECT", "SELECT 1", int64(100), int64(10)},
		[]any{"2026-01-29T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "AGGREGATE", nil, int64(10), int64(1)},
		[]any{"2026-01-22T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "JOIN", nil, nil, nil},
	)
	wantRows(t, s, `
WITH RECURSIVE lineage AS (
    SELECT source_schema, source_name, target_schema, target_name, 1 as depth
    FROM audit.lineage_edge
    WHERE target_schema = 'gold' AND target_name = 'us_corn_balance_sheet'

    UNION ALL

    SELECT le.source_schema, le.source_name, le.target_schema, le.target_name, l.depth + 1
    FROM audit.lineage_edge le
    JOIN lineage l ON le.target_schema = l.source_schema AND le.target_name = l.source_name
    WHERE l.depth < 5
)
SELECT DISTINCT source_schema || '.' || source_name as source
FROM lineage
ORDER BY source;
`, []any{"bronze.wasde_cell"}, []any{"gold.us_corn_balance_sheet"}, []any{"silver.observation"})
	wantRows(t, s, `
SELECT
    ts.session_type,
    ts.source_tables,
    ts.status,
    ts.started_at,
    ts.operations_count,
    ts.outputs_count
FROM audit.transformation_session ts
WHERE ts.agent_id = 'wasde_transformer'
  AND ts.started_at >= NOW() - INTERVAL '7 days'
ORDER BY ts.started_at DESC;
`, []any{"BRONZE_TO_SILVER", json.RawMessage(`["bronze.wasde_cell", "silver.observation"]`), "COMPLETED", "2026-01-29T12:00:00.000000Z", int64(2), int64(1)})
}

func TestSQLTypes(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	decision := []any{true, false, 0.75, json.RawMessage(`["CMO"]`), json.RawMessage(`[{"option": "wait", "score": 0.5}]`)}
	const list = "requires_human_review, human_reviewed, confidence, affected_agents, options_evaluated"
	wantRows(t, s, "SELECT "+list+" FROM audit.decision_logs", decision)
	wantRows(t, s, "SELECT "+list+" FROM decision_logs", decision)
	wantRows(t, s, "SELECT "+list+" FROM (SELECT * FROM audit.decision_logs)", decision)
	wantRows(t, s, "WITH d AS (SELECT * FROM audit.decision_logs) SELECT "+list+" FROM d", decision)
	wantRows(t, s, "SELECT "+list+" FROM audit.decision_logs UNION ALL SELECT "+list+" FROM audit.decision_logs WHERE confidence > 2", decision)
	wantRows(t, s, `SELECT d.human_reviewed AS "seen", affected_agents AS whom, confidence AS human_reviewed FROM audit.decision_logs d`,
		[]any{false, json.RawMessage(`["CMO"]`), 0.75})
	wantRows(t, s, "SELECT max(human_reviewed), count(*), 1 = 1, 'x', NULL, x'00ff' FROM audit.decision_logs",
		[]any{int64(0), int64(1), int64(1), "x", nil, "00ff"})
	wantRows(t, s, "SELECT is_current FROM audit.output_artifact ORDER BY 1 LIMIT 1", []any{true})

	twice := query(t, s, "SELECT a.decision_id, b.decision_id, a.human_reviewed, b.human_reviewed FROM decision_logs a, decision_logs b;")
	if want := []string{"decision_id", "decision_id", "human_reviewed", "human_reviewed"}; !reflect.DeepEqual(twice.Columns, want) {
		t.Errorf("columns %q, want %q", twice.Columns, want)
	}
	if want := []any{"d1", "d1", false, false}; !reflect.DeepEqual(twice.Rows[0], want) {
		t.Errorf("row %v, want %v", twice.Rows[0], want)
	}
}

// The views show entries as exports have them.
func TestViews(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	for _, k := range daybook.Kinds() {
		entries, err := s.Select(t.Context(), daybook.Query{Kind: k, Oldest: true})
		if err != nil {
			t.Fatal(err)
		}
		answer := query(t, s, "SELECT * FROM audit."+k.Name+" ORDER BY seq")
		if len(answer.Rows) != len(entries) {
			t.Fatalf("%s has %d rows, want %d", k.Name, len(answer.Rows), len(entries))
		}
		for i, row := range answer.Rows {
			fields := map[string]any{}
			for j, name := range answer.Columns {
				if row[j] != nil {
					fields[name] = row[j]
				}
			}
			line, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			e, err := daybook.DecodeEntry(line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if got, want := string(e.AppendExport(nil)), string(entries[i].AppendExport(nil)); got != want {
				t.Errorf("%s shows\n%s\nwant\n%s", k.Name, got, want)
			}
		}
	}
	spine, err := s.Spine(t.Context(), 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	answer := query(t, s, "SELECT seq, kind, log_id, logged_at, retain_until FROM audit.entries WHERE seq = 3")
	if want := []any{int64(3), "transformation_operation", spine[0].LogID, spine[0].LoggedAt, spine[0].RetainUntil}; !reflect.DeepEqual(answer.Rows[0], want) {
		t.Errorf("entries shows %v, want %v", answer.Rows[0], want)
	}
}

func TestActivityView(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	const list = "SELECT day, session_id, agent_id, session_type, status, operations, outputs, duration_seconds, rows_in, rows_out, execution_time_ms, source_tables FROM "
	want := [][]any{
		{"2026-01-22", session2, "wasde_transformer", "BRONZE_TO_SILVER", "ACTIVE", int64(1), int64(0), nil, nil, nil, nil, json.RawMessage(`["bronze.other"]`)},
		{
			"2026-01-29", session1, "wasde_transformer", "BRONZE_TO_SILVER", "COMPLETED", int64(2), int64(1), 90.0, int64(110), int64(11), int64(7),
			json.RawMessage(`["bronze.wasde_cell", "silver.observation"]`),
		},
	}
	wantRows(t, s, list+"audit.transformation_activity ORDER BY day", want...)
	wantRows(t, s, list+"gold.transformation_activity ORDER BY day", want...)
	wantRows(t, s, "SELECT agent_id, count(*), sum(operations) FROM gold.transformation_activity GROUP BY agent_id", []any{"wasde_transformer", int64(2), int64(3)})
}

func TestSQLRefusals(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	dir := t.TempDir()
	for _, text := range []string{
		"", " -- nothing", ";", "ATTACH '" + dir + "/x.db' AS x", "VACUUM INTO '" + dir + "/x.db'", "VACUUM", "PRAGMA user_version",
		"PRAGMA writable_schema = ON", "INSERT INTO audit.ledger_erasure (seq) VALUES (1)", "UPDATE audit.spine SET kind = 1", "DELETE FROM audit.spine",
		"REPLACE INTO audit.head (id) VALUES (1)", "CREATE TABLE x (a)", "CREATE TEMP TABLE x AS SELECT 1", "DROP TABLE audit.spine", "ALTER TABLE audit.spine RENAME TO x",
		"BEGIN", "SAVEPOINT x", "ANALYZE", "REINDEX", "DETACH audit", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE audit.spine", "SELECT 1;; VALUES (2)",
		"WITH x AS (SELECT 1) UPDATE audit.spine SET kind = 1", "WITH x AS (SELECT 1) DELETE FROM audit.spine", "WITH x AS (SELECT 1) INSERT INTO audit.checkpoint SELECT 1, x'00'",
		"EXPLAIN DELETE FROM audit.spine", "SELECT * FROM pragma_table_info('spine')", "SELECT * FROM pragma_journal_mode", "SELECT load_extension('x')", "SELECT * FROM sqlite_dbpage",
		"SELECT * FROM nonesuch", "SELECT nonesuch FROM conversations", "SELECT \"nonesuch\" FROM conversations", "SELECT nonesuch(1)", "SELECT 1 FROM transformation_operation to ORDER",
		"SELECT ?", "SELECT :a", "SELECT $1", "SELECT 'x\x00y'", "SELECT '\xff'", "SELECT NOW() - INTERVAL '7 moons'", "SELECT 'x' + INTERVAL '1 day'", "SELECT date_trunc('moon', now())",
		"SELEC 1", "SELECT 'unclosed", "/* unclosed SELECT 1", "SELECT writefile('x', 'y')", "SELECT readfile('/etc/passwd')", "SELECT * FROM audit.spine",
		"SELECT * FROM audit.ledger_decision_logs", "SELECT * FROM main.head", "SELECT abs(-9223372036854775808)",
	} {
		answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != daybook.CodeInvalid || e.Hint == "" && !strings.Contains(e.Message, "UTF-8") {
			t.Errorf("%q gave %v, %#v", text, answer, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("a query wrote files: %v, %v", files, err)
	}
	wantRows(t, s, "SELECT count(*) FROM audit.entries", []any{int64(11)})
}

func TestSQLLimits(t *testing.T) {
	t.Parallel()
	s := cornStore(t)
	const endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT "
	ask := func(q daybook.SQLQuery) (*daybook.Table, error) { return s.SQL(t.Context(), q) }

	few, err := ask(daybook.SQLQuery{Text: endless + "i FROM n", MaxRows: 3})
	if err != nil || len(few.Rows) != 3 || !few.Truncated {
		t.Errorf("three rows of many: %v, %v", few, err)
	}
	all, err := ask(daybook.SQLQuery{Text: endless + "i FROM n LIMIT 3", MaxRows: 3})
	if err != nil || len(all.Rows) != 3 || all.Truncated {
		t.Errorf("three rows of three: %v, %v", all, err)
	}
	usual, err := ask(daybook.SQLQuery{Text: endless + "i FROM n"})
	if err != nil || len(usual.Rows) != daybook.DefaultSQLRows || !usual.Truncated {
		t.Errorf("without a limit: %d rows, %v", len(usual.Rows), err)
	}
	for name, q := range map[string]daybook.SQLQuery{
		"no end":       {Text: endless + "max(i) FROM n", Timeout: 50 * time.Millisecond},
		"a long value": {Text: "SELECT hex(zeroblob(40000000))"},
		"many values":  {Text: endless + "zeroblob(1000000) FROM n"},
		"a long row":   {Text: "SELECT 1" + strings.Repeat(", hex(zeroblob(15000000))", 40)},
		"a long copy":  {Text: "WITH c AS MATERIALIZED (SELECT hex(zeroblob(15000000)) AS h) SELECT 1" + strings.Repeat(", h", 100) + " FROM c"},
		"stars of stars": {Text: "WITH c AS MATERIALIZED (SELECT hex(zeroblob(15000000)) AS h), d AS (SELECT *, * FROM c), e AS (SELECT *, *, *, * FROM d), " +
			"f AS (SELECT *, *, *, *, *, *, *, * FROM e) SELECT count(*) FROM (SELECT DISTINCT * FROM f)"},
		"a long query": {Text: "SELECT '" + strings.Repeat("x", 70_000) + "'"},
	} {
		_, err := ask(q)
		if daybook.CodeOf(err) != daybook.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantRows(t, s, "SELECT 1 ; -- and no more\n", []any{int64(1)})
	wantRows(t, s, "SELECT length(hex(zeroblob(1000000))), 1"+strings.Repeat(", abs(1)", 20), append([]any{int64(2000000)}, slices.Repeat([]any{int64(1)}, 21)...))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := s.SQL(ctx, daybook.SQLQuery{Text: endless + "max(i) FROM n"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	wantRows(t, s, "SELECT 1", []any{int64(1)}) // the connection is fit for more
}
