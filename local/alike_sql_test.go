package local_test

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

// ofSQL asks what guides and the program's help ask, and what both stores have a
// name for.
func ofSQL() []question {
	texts := []string{
		"SELECT status, COUNT(*) FROM audit.conversations GROUP BY 1 ORDER BY 2, 1",
		"SELECT action_target, error_message FROM audit.action_logs WHERE success = false ORDER BY started_at DESC LIMIT 20",
		"SELECT called_at, server_name, tool_name, success, duration_ms, error_message FROM mcp_usage_logs ORDER BY called_at DESC LIMIT 20",
		"SELECT log_id, warnings FROM audit.transformation_operation ORDER BY seq",
		"SELECT conversation_id, cost_usd, price_source FROM audit.conversations WHERE cost_usd > 1 ORDER BY cost_usd DESC, seq",
		`SELECT ts.started_at, ts.agent_id, ts.purpose, op.operation_type, op.transformation_logic, op.input_row_count, op.output_row_count
FROM audit.transformation_session ts JOIN audit.transformation_operation op ON ts.id = op.session_id
WHERE 'silver.observation' = ANY(ts.source_tables) OR op.output_table = 'silver.observation' ORDER BY ts.started_at DESC, op.id`,
		`WITH RECURSIVE lineage AS (
SELECT source_schema, source_name, target_schema, target_name, 1 as depth FROM audit.lineage_edge WHERE target_schema = 'gold' AND target_name = 'report' AND is_current
UNION SELECT le.source_schema, le.source_name, le.target_schema, le.target_name, l.depth + 1 FROM audit.lineage_edge le
JOIN lineage l ON le.target_schema = l.source_schema AND le.target_name = l.source_name WHERE l.depth < 5 AND le.is_current)
SELECT DISTINCT source_schema || '.' || source_name as source FROM lineage ORDER BY source`,
		`SELECT ts.session_type, ts.source_tables, ts.status, ts.started_at, ts.operations_count, ts.outputs_count FROM audit.transformation_session ts
WHERE ts.agent_id = 'wasde_transformer' AND ts.started_at >= NOW() - INTERVAL '70000 days' ORDER BY ts.started_at DESC`,
		`SELECT coalesce(pattern_id, id) AS operation, count(*) AS times, min(created_at) AS first, max(created_at) AS last FROM audit.transformation_operation GROUP BY 1 ORDER BY times DESC, 1`,
		"SELECT * FROM audit.entries ORDER BY seq", "SELECT kind, count(*) FROM entries GROUP BY kind ORDER BY kind",
		"SELECT count(*), min(logged_at), max(retain_until) FROM audit.entries",
		"SELECT sum(input_tokens), avg(output_tokens), min(cost_usd), max(cost_usd), count(cost_usd) FROM conversations WHERE cost_usd < 1e6",
		"SELECT agent_position, upper(agent_position) FROM conversations WHERE agent_position = 'CFO' ORDER BY seq",
		"SELECT agent_position FROM conversations ORDER BY seq DESC LIMIT 3 OFFSET 2",
		"SELECT conversation_id FROM conversations WHERE conversation_id LIKE 'cost-%' ORDER BY conversation_id",
		"SELECT conversation_id FROM conversations ORDER BY conversation_id", // by code points
		"SELECT agent_position, count(*) FROM conversations GROUP BY agent_position ORDER BY agent_position DESC",
		"SELECT min(agent_position), max(agent_position) FROM conversations WHERE agent_position <> ''",
		"SELECT human_reviewed, requires_human_review, confidence, options_evaluated, affected_agents FROM decision_logs ORDER BY seq",
		"SELECT * FROM decision_logs WHERE human_reviewed ORDER BY seq", "SELECT * FROM decision_logs WHERE human_reviewed = true ORDER BY seq",
		"SELECT id FROM transformation_session WHERE status = 'COMPLETED' AND completed_at IS NOT NULL ORDER BY id",
		"SELECT id, source_filters, source_tables, data_start_date, data_end_date FROM transformation_session ORDER BY seq",
		"SELECT id FROM transformation_session WHERE started_at >= '2026-01-31T09:10:00Z' ORDER BY id", "SELECT id FROM transformation_session WHERE started_at < '2026-02-01' ORDER BY id",
		"SELECT started_at, status FROM conversations WHERE started_at BETWEEN '2026-01-01' AND '2026-12-31' ORDER BY seq",
		"SELECT length(thinking_content), step_number FROM thinking_logs WHERE step_number > 0 ORDER BY step_number, seq", "SELECT substr(thinking_content, 1, 8), options_considered FROM thinking_logs ORDER BY seq",
		"SELECT CASE WHEN success THEN 'y' ELSE 'n' END, coalesce(error_message, '-'), cost_usd * 2 FROM mcp_usage_logs ORDER BY seq",
		"SELECT seq, log_id, log_hash, revision, principal, warnings FROM conversations ORDER BY seq",
		"SELECT 1, 'x', NULL, 1.5, -7 / 2, 7 % 3, 'a' || 'b', 9007199254740991 + 0", "SELECT 1 WHERE 1 = 0",
		"SELECT count(DISTINCT business_id), count(*) FILTER (WHERE business_id = 'acme') FROM conversations",
		"SELECT business_id, row_number() OVER (PARTITION BY business_id ORDER BY seq) FROM conversations ORDER BY seq LIMIT 10",
		"SELECT lower('ABC'), trim(' x '), replace('abc', 'b', 'x'), abs(-3), round(2.5), length('é')",
		"SELECT e.kind, c.conversation_id FROM audit.entries e LEFT JOIN audit.conversations c ON c.seq = e.seq WHERE e.seq < 20 ORDER BY e.seq",
		"SELECT a.conversation_id, b.conversation_id FROM conversations a JOIN conversations b ON a.seq = b.seq ORDER BY a.seq LIMIT 2",
		"SELECT id FROM audit.transformation_session EXCEPT SELECT session_id FROM audit.transformation_operation ORDER BY 1",
	}
	for _, k := range daybook.Kinds() {
		texts = append(texts, "SELECT * FROM audit."+k.Name+" ORDER BY seq", "SELECT count(*) FROM "+k.Name)
	}
	var asks []question
	for _, text := range texts {
		asks = append(asks, question{text, func(ctx context.Context, r *lineage.Reader) (any, error) {
			table, err := r.SQL(ctx, daybook.Local, daybook.SQLQuery{Text: text, MaxRows: 500})
			if err != nil || !strings.HasPrefix(text, "SELECT *") {
				return named(table), err
			}
			return byName(table), nil
		}})
	}
	return append(asks, ofBadSQL()...)
}

// named leaves out the names of columns: what has none gets it from the store.
func named(table *daybook.Table) any {
	if table == nil {
		return nil
	}
	for _, row := range table.Rows {
		for i := range row {
			row[i] = plain(row[i])
		}
	}
	return []any{table.Rows, len(table.Columns), table.Truncated}
}

// plain is a value as whoever parses JSON has it, for whom 0.0 is 0: jsonb does
// not tell them apart.
func plain(value any) any {
	if raw, ok := value.(json.RawMessage); ok {
		_ = json.Unmarshal(raw, &value)
	}
	return value
}

// byName gives rows by the names of columns, which * shows in the store's order.
func byName(table *daybook.Table) any {
	rows := make([]map[string]any, len(table.Rows))
	for i, row := range table.Rows {
		rows[i] = map[string]any{}
		for j, value := range row {
			rows[i][table.Columns[j]] = plain(value)
		}
	}
	return rows
}

// ofBadSQL is refused by both, each in words of its own, by the same code.
func ofBadSQL() []question {
	var asks []question
	for _, text := range []string{
		"", ";", "-- x", "SELECT", "SELECT FROM conversations", "SELEC 1", "SELECT * FROM nonesuch", "SELECT nonesuch FROM conversations", "SELECT 1; SELECT 2", "DELETE FROM audit.conversations", "DROP TABLE x",
		"INSERT INTO audit.conversations (seq) VALUES (1)", "UPDATE audit.conversations SET status = 'x'", "CREATE TABLE x (a int)", "BEGIN", "COMMIT", "PRAGMA x", "VACUUM", "ATTACH 'x' AS y", "SELECT nonesuch(1)", "SELECT 'unclosed",
		"SELECT * FROM ledger.token", "SELECT * FROM token", "SELECT * FROM main.token", "SELECT * FROM pg_authid", "SELECT 'x\x00y'", "SELECT '\xff'", "SELECT $1", "SELECT ?",
	} {
		asks = append(asks, question{"refused: " + text, func(ctx context.Context, r *lineage.Reader) (any, error) {
			table, err := r.SQL(ctx, daybook.Local, daybook.SQLQuery{Text: text})
			if err != nil {
				return daybook.CodeOf(err), nil //nolint:nilerr // that it is refused is the answer
			}
			return table, nil
		}})
	}
	return append(asks, question{"SQL of one who is bound", func(ctx context.Context, r *lineage.Reader) (any, error) {
		return r.SQL(ctx, ofAcme, daybook.SQLQuery{Text: "SELECT 1"})
	}})
}
