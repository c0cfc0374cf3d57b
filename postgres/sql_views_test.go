package postgres

import (
	"encoding/json"
	"testing"

	"github.com/daybook-audit/daybook"
)

// The queries of the source document, with the alias op where it has to.
func TestSQLOfTheSourceDocument(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
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
ORDER BY ts.started_at DESC, op.id;
`,
		[]any{"2026-01-29T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "SELECT", "SELECT 1", int64(100), int64(10)},
		[]any{"2026-01-29T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "AGGREGATE", nil, int64(10), int64(1)},
		[]any{"2026-01-22T12:00:00.000000Z", "wasde_transformer", "Monthly WASDE load", "JOIN", nil, nil, nil},
	)
	wantRows(t, s, whichSources, []any{"bronze.wasde_cell"}, []any{"gold.us_corn_balance_sheet"}, []any{"silver.observation"})
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
  AND ts.started_at >= '2026-01-31 12:00Z'::timestamptz - INTERVAL '7 days'
ORDER BY ts.started_at DESC;
`, []any{"BRONZE_TO_SILVER", json.RawMessage(`["bronze.wasde_cell", "silver.observation"]`), "COMPLETED", "2026-01-29T12:00:00.000000Z", int64(2), int64(1)})
	wantRows(t, s, "SELECT agent_id, count(*), sum(operations) FROM gold.transformation_activity GROUP BY agent_id", []any{"wasde_transformer", int64(2), int64(3)})
}

// The views show entries as exports have them.
func TestSQLShowsEntries(t *testing.T) {
	t.Parallel()
	s, _ := cornStore(t)
	for _, k := range daybook.Kinds() {
		entries, err := s.Select(t.Context(), daybook.Query{Kind: k, Oldest: true})
		must(t, err)
		answer := answerTo(t, s, "SELECT * FROM audit."+k.Name+" ORDER BY seq")
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
			must(t, err)
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
	must(t, err)
	wantRows(t, s, "SELECT seq, kind, log_id, logged_at, retain_until FROM audit.entries WHERE seq = 3",
		[]any{int64(3), "transformation_operation", spine[0].LogID, spine[0].LoggedAt, spine[0].RetainUntil})
}
