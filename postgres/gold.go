package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// goldSchema gives the statements of the migration that makes the views over
// several kinds, and the functions behind questions that views alone answer
// slowly.
func goldSchema() []string {
	list := []string{asOwner, "CREATE VIEW {{audit}}.spending AS\n" + spendingSQL}
	list = append(list, shownTo("{{audit}}.spending", "What each call cost, as it stands now, each call once.")...)
	list = append(list, "CREATE VIEW {{audit}}.transformation_activity AS\n"+activitySQL)
	list = append(list, shownTo("{{audit}}.transformation_activity", "One row a session with what came of it, as it was logged, whatever the session itself said at checkin.")...)
	list = append(list, "CREATE VIEW {{audit}}.logging_volume AS\n"+volumeSQL())
	list = append(list, shownTo("{{audit}}.logging_volume", "Entries and bytes by kind and day: of values as they are stored, without the spine and indexes.")...)
	list = append(list, commentsOf("{{audit}}.spending", spendingDocs)...)
	list = append(list, commentsOf("{{audit}}.transformation_activity", ofSessions(activityDocs, "business_id", "agent_id", "agent_type", "session_type", "source_layer",
		"status", "purpose", "source_tables", "started_at", "completed_at", "error_message", "conversation_id"))...)
	list = append(list, goldView()...)
	list = append(list, commentsOf("{{audit}}.logging_volume", volumeDocs)...)
	return append(list, historyFunction(), gatherFunction,
		"REVOKE ALL ON FUNCTION {{audit}}.table_history(text) FROM PUBLIC",
		"GRANT EXECUTE ON FUNCTION {{audit}}.table_history(text) TO daybook_reader, daybook_writer, daybook_retention, daybook_admin",
		"COMMENT ON FUNCTION {{audit}}.table_history(text) IS 'What happened to a table: the operations that wrote it, and those of sessions that name it in source_tables, newest session first.'",
		"REVOKE ALL ON FUNCTION {{ledger}}.gather_statistics(text) FROM PUBLIC",
		"GRANT EXECUTE ON FUNCTION {{ledger}}.gather_statistics(text) TO daybook_writer")
}

// goldView makes the one thing that stands in the schema gold.
func goldView() []string {
	list := []string{"CREATE VIEW {{gold}}.transformation_activity AS\n" + goldSQL}
	list = append(list, shownTo("{{gold}}.transformation_activity", "Sessions with their operations, outputs, rows, duration and cost, by day, agent and type.")...)
	return append(list, commentsOf("{{gold}}.transformation_activity", ofSessions(goldDocs, "business_id", "agent_id", "agent_type", "session_type"))...)
}

// commentsOf says of columns, each a pair, what they are.
func commentsOf(view string, docs [][2]string) []string {
	var list []string
	for _, doc := range docs {
		list = append(list, "COMMENT ON COLUMN "+view+"."+quoted(doc[0])+" IS "+literal(doc[1]))
	}
	return list
}

// ofSessions adds columns that are a session's own to what is said of others.
func ofSessions(docs [][2]string, columns ...string) [][2]string {
	sessions := daybook.MustKind("transformation_session")
	all := slices.Clone(docs)
	for _, c := range columns {
		all = append(all, [2]string{c, sessions.ColumnDoc(c)})
	}
	return all
}

// An agent may log a call both as an action and as an MCP call: where the same
// conversation or session has an MCP call with a cost, that one counts, as in
// `daybook cost`. A number that it had once does not shrink, so any revision says it.
const spendingSQL = `SELECT c.seq AS seq, c.kind AS kind, c.business_id AS business_id, c.agent_position AS agent, c.started_at AS at,
  c.conversation_id AS conversation_id, NULL::text AS session_id, c.cost_usd AS cost_usd, c.price_source AS price_source
FROM {{audit}}.conversations AS c
WHERE c.cost_usd IS NOT NULL
UNION ALL
SELECT m.seq, m.kind, m.business_id, m.agent_position, m.called_at, m.conversation_id, m.session_id, m.cost_usd, m.price_source
FROM {{audit}}.mcp_usage_logs AS m
WHERE m.cost_usd IS NOT NULL
UNION ALL
SELECT a.seq, a.kind, a.business_id, a.agent_position, a.started_at, a.conversation_id, a.session_id, a.cost_usd, a.price_source
FROM {{audit}}.action_logs AS a
WHERE a.cost_usd IS NOT NULL AND (a.action_type IS DISTINCT FROM 'mcp_call'
  OR NOT EXISTS (SELECT FROM {{ledger}}.mcp_usage_logs AS m WHERE m.conversation_id = a.conversation_id AND m.business_id = a.business_id AND m.cost_usd > 0)
  AND NOT EXISTS (SELECT FROM {{ledger}}.mcp_usage_logs AS m WHERE m.session_id = a.session_id AND m.business_id = a.business_id AND m.cost_usd > 0))`

var spendingDocs = [][2]string{
	{"seq", "The place in the ledger of the newest revision."},
	{"kind", "conversations, mcp_usage_logs or action_logs."},
	{"business_id", "The tenant."},
	{"agent", "Who spent it."},
	{"at", "When the call began."},
	{"conversation_id", "The conversation it is, or was made in."},
	{"session_id", "The transformation session it was made in."},
	{"cost_usd", "The cost in United States dollars."},
	{"price_source", "Says where a computed cost's price comes from, with its date."},
}

// Sums are of a type that cannot overflow, so that no agent's number can make
// the view fail for all. What a session is to its conversation is looked up where the cost is asked
// for alone: sums stand in subqueries of their own, and PostgreSQL leaves out
// those that nobody asks for.
const activitySQL = `SELECT
  (t.started_at AT TIME ZONE 'UTC')::date AS day,
  t.id AS session_id,
  t.business_id AS business_id,
  t.agent_id AS agent_id,
  t.agent_type AS agent_type,
  t.session_type AS session_type,
  t.source_layer AS source_layer,
  t.status AS status,
  t.purpose AS purpose,
  t.source_tables AS source_tables,
  t.started_at AS started_at,
  t.completed_at AS completed_at,
  round(extract(epoch FROM t.completed_at - t.started_at), 3)::double precision AS duration_seconds,
  o.operations AS operations,
  (SELECT count(*) FROM {{audit}}.output_artifact AS a WHERE a.session_id = t.id) AS outputs,
  o.rows_in AS rows_in,
  o.rows_out AS rows_out,
  o.execution_time_ms AS execution_time_ms,
  t.error_message AS error_message,
  t.conversation_id AS conversation_id,
  (SELECT sum(s.cost_usd::numeric) FROM {{audit}}.spending AS s WHERE s.session_id = t.id::text AND s.business_id = t.business_id) AS calls_cost_usd,
  CASE WHEN t.conversation_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM {{audit}}.transformation_session AS e
    WHERE e.conversation_id = t.conversation_id AND e.business_id = t.business_id AND (e.started_at, e.id) < (t.started_at, t.id)
  ) THEN (
    SELECT sum(s.cost_usd::numeric) FROM {{audit}}.spending AS s
    WHERE s.conversation_id = t.conversation_id AND s.session_id IS NULL AND s.business_id = t.business_id
  ) END AS conversation_cost_usd
FROM {{audit}}.transformation_session AS t
LEFT JOIN LATERAL (
  SELECT count(*) AS operations,
    sum(o.input_row_count) AS rows_in,
    sum(o.output_row_count) AS rows_out,
    sum(o.execution_time_ms) AS execution_time_ms
  FROM {{audit}}.transformation_operation AS o
  WHERE o.session_id = t.id
) AS o ON true`

var activityDocs = [][2]string{
	{"day", "The day in UTC on which the session was checked out."},
	{"session_id", "Names the session."},
	{"duration_seconds", "From checkout to checkin."},
	{"operations", "Counts its operations."},
	{"outputs", "Counts its artifacts."},
	{"rows_in", "The rows that went into its operations."},
	{"rows_out", "The rows that came out of its operations."},
	{"execution_time_ms", "The milliseconds that its operations took."},
	{"calls_cost_usd", "What the MCP calls and actions made in it cost."},
	{"conversation_cost_usd", "What the conversation that led to it cost, and its calls outside of sessions; on the first session of the conversation alone, so that sums count it once."},
}

const goldSQL = `SELECT
  day AS day,
  business_id AS business_id,
  agent_id AS agent_id,
  agent_type AS agent_type,
  session_type AS session_type,
  count(*) AS sessions,
  count(*) FILTER (WHERE status = 'ACTIVE') AS active,
  count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
  count(*) FILTER (WHERE status = 'FAILED') AS failed,
  count(*) FILTER (WHERE status = 'ABANDONED') AS abandoned,
  sum(operations)::bigint AS operations,
  sum(outputs)::bigint AS outputs,
  sum(rows_in) AS rows_in,
  sum(rows_out) AS rows_out,
  sum(duration_seconds::numeric)::double precision AS duration_seconds,
  sum(execution_time_ms) AS execution_time_ms,
  sum(coalesce(calls_cost_usd, 0) + coalesce(conversation_cost_usd, 0)) FILTER (WHERE calls_cost_usd IS NOT NULL OR conversation_cost_usd IS NOT NULL) AS cost_usd
FROM {{audit}}.transformation_activity
GROUP BY day, business_id, agent_id, agent_type, session_type`

var goldDocs = [][2]string{
	{"day", "The day in UTC on which the sessions were checked out."},
	{"sessions", "Counts them; active, completed, failed and abandoned are those that stand so now."},
	{"active", "Counts those that are not checked in."},
	{"completed", "Counts those that were checked in as done."},
	{"failed", "Counts those that were checked in as failed."},
	{"abandoned", "Counts those that nobody checked in."},
	{"operations", "Counts their operations."},
	{"outputs", "Counts their artifacts."},
	{"rows_in", "The rows that went into their operations."},
	{"rows_out", "The rows that came out of their operations."},
	{"duration_seconds", "From checkout to checkin, added up."},
	{"execution_time_ms", "The milliseconds that their operations took."},
	{"cost_usd", "What their MCP calls, actions and conversations cost; a conversation counts with its first session."},
}

// fixedWidth is what a value of a type takes that always takes as much; 0 for
// others.
func fixedWidth(c *daybook.Column) int {
	switch sqlType(c) {
	case "bigint", "double precision", "timestamptz":
		return 8
	case "uuid":
		return 16
	case "date":
		return 4
	case "boolean":
		return 1
	}
	return 0
}

// volumeSQL adds up each kind's rows, column by column: what a column takes is
// known without reading what stands apart because it is long.
func volumeSQL() string {
	var parts []string
	for _, k := range daybook.Kinds() {
		fixed := map[int][]string{8: {"r.seq", "r.logged_at"}}
		var sizes []string
		for _, i := range bodyColumns(k) {
			c := &k.Columns[i]
			column := "r." + quoted(c.Name)
			if w := fixedWidth(c); w > 0 {
				fixed[w] = append(fixed[w], column)
			} else {
				sizes = append(sizes, "coalesce(pg_column_size("+column+"), 0)")
			}
		}
		for _, w := range []int{16, 8, 4, 1} {
			if len(fixed[w]) > 0 {
				sizes = append(sizes, fmt.Sprintf("%d * num_nonnulls(%s)", w, strings.Join(fixed[w], ", ")))
			}
		}
		parts = append(parts, fmt.Sprintf("SELECT %s::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,\n  sum(%s) AS bytes\nFROM %s AS r\nGROUP BY 2",
			literal(k.Name), strings.Join(sizes, "\n    + "), shownName(k)))
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

var volumeDocs = [][2]string{
	{"kind", "The kind of the entries."},
	{"day", "The day in UTC on which the entries were logged."},
	{"entries", "Counts the entries, all revisions, whose bodies are kept."},
	{"bytes", "What their values take, compressed as they are stored."},
}

// historyFunction answers what happened to a table by the indexes. The query
// that asks it of the views has an OR over two tables, which no index serves,
// so it reads both whole; and no index of an array is used for somebody who may
// not see every row. The function says itself what its caller may see. It
// executes a text, so that the plan knows the name and how rare it is.
func historyFunction() string {
	sessions := daybook.MustKind("transformation_session")
	return `CREATE FUNCTION {{audit}}.table_history(name text) RETURNS TABLE (started_at timestamptz, agent_id text, purpose text, operation_type text,
  transformation_logic text, input_row_count bigint, output_row_count bigint, session_id uuid, operation_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE $sql$
` + historySQL(sessions) + "\n$sql$ USING name;\nEND\n$$"
}

// historySQL finds the operations first, and looks up what is told of them
// then. What it is given is its first parameter.
func historySQL(sessions *daybook.Kind) string {
	current := strings.TrimPrefix(currentRows(sessions), "\nWHERE ")
	return `WITH touching AS (
  SELECT o.seq, o.logged_at FROM {{ledger}}.transformation_operation AS o WHERE o.output_table = $1
  UNION
  SELECT o.seq, o.logged_at FROM {{ledger}}.transformation_session AS r JOIN {{ledger}}.transformation_operation AS o ON o.session_id = r.id
  WHERE r.source_tables @> ARRAY[$1] AND ` + current + `
)
SELECT r.started_at, r.agent_id, r.purpose, o.operation_type, o.transformation_logic, o.input_row_count, o.output_row_count, o.session_id, o.id
FROM touching JOIN {{ledger}}.transformation_operation AS o ON o.seq = touching.seq AND o.logged_at = touching.logged_at
JOIN {{ledger}}.transformation_session AS r ON r.id = o.session_id
WHERE ` + current + ` AND (` + isShown("o.business_id") + `) AND (` + isShown("r.business_id") + `)
ORDER BY r.started_at DESC, o.seq DESC`
}

// gatherFunction keeps PostgreSQL's statistics of the tables that people read
// through. It gathers those of partitions by itself, and never those of what
// they are partitions of; without them it takes a join of a million sessions
// for one of a few, and looks up one after the other.
const gatherFunction = `CREATE FUNCTION {{ledger}}.gather_statistics(kind text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shown CONSTANT regclass := format('{{ledger}}.%I', 'shown_' || kind)::regclass;
  gathered CONSTANT float8 := (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = shown);
  written CONSTANT float8 := (SELECT coalesce(sum(pg_stat_get_live_tuples(t.relid)), 0) FROM pg_partition_tree(shown) AS t WHERE t.isleaf);
BEGIN
  IF written < 1000 OR gathered >= 0 AND abs(written - gathered) <= gathered / 5 THEN
    RETURN false;
  END IF;
  EXECUTE format('ANALYZE %s', shown);
  RETURN true;
END
$$`
