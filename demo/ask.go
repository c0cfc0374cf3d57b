package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/lineage/draw"
)

// The three questions, in SQL as one would ask PostgreSQL.
const (
	whatHappened = `SELECT ts.started_at, ts.agent_id, ts.purpose, op.operation_type, op.transformation_logic, op.input_row_count, op.output_row_count
FROM audit.transformation_session ts
JOIN audit.transformation_operation op ON ts.id = op.session_id
WHERE 'silver.observation' = ANY(ts.source_tables)
   OR op.output_table = 'silver.observation'
ORDER BY ts.started_at DESC`

	whichSources = `WITH RECURSIVE lineage AS (
    SELECT source_schema, source_name, target_schema, target_name, 1 as depth
    FROM audit.lineage_edge
    WHERE target_schema = 'gold' AND target_name = 'us_corn_balance_sheet'
    UNION
    SELECT le.source_schema, le.source_name, le.target_schema, le.target_name, l.depth + 1
    FROM audit.lineage_edge le
    JOIN lineage l ON le.target_schema = l.source_schema AND le.target_name = l.source_name
    WHERE l.depth < 5
)
SELECT DISTINCT source_schema || '.' || source_name as source
FROM lineage
ORDER BY source`

	whatAgentDid = `SELECT ts.session_type, ts.source_tables, ts.status, ts.started_at, ts.operations_count, ts.outputs_count
FROM audit.transformation_session ts
WHERE ts.agent_id = 'wasde_transformer'
  AND ts.started_at >= NOW() - INTERVAL '7 days'
ORDER BY ts.started_at DESC`

	whatItCost = `SELECT agent_position, SUM(cost_usd) AS cost_usd, SUM(total_tokens) AS tokens
FROM audit.conversations GROUP BY agent_position`
)

// Ask asks the questions and shows the answers.
func Ask(ctx context.Context, c *client.Client, s *Story) error {
	for _, q := range []struct {
		question, sql string
		widths        []int
	}{
		{"What happened to silver.observation?", whatHappened, []int{19, 17, 20, 10, 16, 15, 16}},
		{"What are the sources of gold.us_corn_balance_sheet?", whichSources, []int{30}},
		{"What did wasde_transformer do last week?", whatAgentDid, []int{16, 26, 10, 19, 16, 13}},
		{"What did it cost?", whatItCost, []int{20, 10, 10}},
	} {
		s.heading(q.question)
		s.command("daybook query \"" + short(q.sql) + "\"")
		t, err := c.SQL(ctx, q.sql)
		if err != nil {
			return err
		}
		s.table(tidy(t), q.widths...)
	}
	return walk(ctx, c, s)
}

// walk shows the same lineage as a walk over columns.
func walk(ctx context.Context, c *client.Client, s *Story) error {
	const column = goldTable + ".ending_stocks"
	s.heading("And that one number, column by column?")
	s.command("daybook lineage " + column + " --columns --format tree")
	graph, err := c.Lineage(ctx, daybook.LineageQuery{Node: column, Direction: daybook.Upstream, Columns: true})
	if err != nil {
		return err
	}
	var tree bytes.Buffer
	if err := draw.Tree(&tree, graph); err != nil {
		return err
	}
	s.block(tree.String())
	return nil
}

// Why asks the one question that all of this is for, of the number that the
// demo ends with. tell writes the answer as the program does.
func Why(ctx context.Context, c *client.Client, s *Story, tell func(*daybook.Why) string) error {
	const column = goldTable + ".ending_stocks"
	s.heading("Why does that number stand there?")
	s.command("daybook why " + column + " --brief")
	why, err := c.Why(ctx, daybook.WhyQuery{Node: column})
	if err != nil {
		return err
	}
	s.block(tell(why))
	return nil
}

// short is the first line of a statement.
func short(sql string) string {
	for i, r := range sql {
		if r == '\n' {
			return sql[:i] + " …"
		}
	}
	return sql
}

// tidy cuts times to seconds and arrays to their members.
func tidy(t *daybook.Table) *daybook.Table {
	for _, row := range t.Rows {
		for i, cell := range row {
			switch v := cell.(type) {
			case json.RawMessage:
				var list []string
				if json.Unmarshal(v, &list) == nil {
					row[i] = fmt.Sprint(list)
				}
			case string:
				if len(v) == len("2026-01-31T09:00:00.000000Z") && v[10] == 'T' {
					row[i] = v[:19]
				}
			}
		}
	}
	return t
}

// Try prints what to do next with a server that goes on running.
func Try(w io.Writer, url, dir string, cast *Cast) {
	fmt.Fprintf(w, `
The server goes on at %[1]s. In another terminal:

  export DAYBOOK_URL=%[1]s
  go run ./cmd/daybook history silver.observation
  go run ./cmd/daybook lineage %[3]s --columns --format tree
  go run ./cmd/daybook why %[3]s.ending_stocks
  go run ./cmd/daybook agent %[4]s --since 7d
  go run ./cmd/daybook query "SELECT * FROM audit.decision_logs WHERE requires_human_review"
  go run ./cmd/daybook amend decision_logs %[5]s --verb review --data '{"human_reviewer": "you"}'
  go run ./cmd/daybook prove %[6]s --with-entry -o decision.tlog-proof
  go run ./cmd/daybook verify --proof decision.tlog-proof --public-key %[2]s/ledger.db.pub
  go run ./cmd/daybook verify --store %[2]s/ledger.db
  curl -s %[1]s/v1/decision_logs/%[5]s/revisions

The pipeline's tables are in %[2]s/warehouse. Ctrl-C ends the server.
`, url, dir, goldTable, transformer, cast.Decision, cast.DecisionEntry)
}
