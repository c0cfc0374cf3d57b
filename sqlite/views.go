package sqlite

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
)

// uuidText is the SQL that gives a UUID's 16 bytes as text.
func uuidText(column string) string {
	part := func(from, n int) string { return fmt.Sprintf("substr(hex(%s), %d, %d)", column, from, n) }
	return "lower(" + strings.Join([]string{part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)}, " || '-' || ") + ")"
}

// timeText is the SQL that gives microseconds since 1970 as a canonical time.
// SQL's division and remainder go towards zero, so times before 1970 take the
// remainder of the remainder.
func timeText(column string) string {
	micros := fmt.Sprintf("(%s %% 1000000 + 1000000) %% 1000000", column)
	return fmt.Sprintf("strftime('%%Y-%%m-%%dT%%H:%%M:%%S', (%s - %s) / 1000000, 'unixepoch') || printf('.%%06dZ', %s)", column, micros, micros)
}

func hexText(column string) string { return "lower(hex(" + column + "))" }

// nameText is the SQL that gives a name; see [nameForm].
func nameText(column string, c *daybook.Column) string {
	cases := " WHEN 'blob' THEN " + uuidText(column)
	if c.Default != "" {
		cases += " WHEN 'integer' THEN '" + c.Default + "'"
	}
	return "CASE typeof(" + column + ")" + cases + " ELSE " + column + " END"
}

// ofSpine is the SQL that gives something of a row's place in the spine. It is
// no join, so that SQLite stays free to order the joins of who asks, and looks
// the place up only where it is asked for.
func ofSpine(sql string) string { return "(SELECT " + sql + " FROM spine AS s WHERE s.seq = r.seq)" }

// readable is the SQL that gives a column as people read it; r is the kind's
// table.
func readable(k *daybook.Kind, c *daybook.Column) string {
	column := "r." + quoted(c.Name)
	switch {
	case c.Envelope && c.Name == "kind":
		return "'" + k.Name + "'"
	case c.Envelope && c.Name == "log_id":
		return ofSpine(uuidText("s.log_id"))
	case inSpine(c):
		return ofSpine(timeText(spineTime(c)))
	}
	switch formOf(c) {
	case formTime:
		return "CASE WHEN " + column + " IS NOT NULL THEN " + timeText(column) + " END"
	case formUUID:
		return "CASE WHEN " + column + " IS NOT NULL THEN " + uuidText(column) + " END"
	case formHex:
		return hexText(column)
	case formName:
		return nameText(column, c)
	}
	return column
}

// spineTime is the SQL that gives a time of a row s of the spine, in microseconds.
func spineTime(c *daybook.Column) string {
	if c.Name == "retain_until" {
		return "(" + retainSQL("s.") + ")"
	}
	return "s." + c.Name
}

// place is the join of a kind's rows with their place in the spine. A row
// without one is no entry. CROSS JOIN keeps SQLite from walking the spine,
// which has every kind's rows, to find those of one.
func place(k *daybook.Kind) string {
	return fmt.Sprintf("%s AS r CROSS JOIN spine AS s ON s.seq = r.seq AND s.kind = %d", tableName(k), k.Number)
}

// isCurrent is the condition that a row has no next revision.
func isCurrent(k *daybook.Kind) string { return noNext(k, "") }

// noNext is the condition that a row has no next revision n of which a further
// condition holds too. That n is not the first revision is said for the index,
// which leaves first revisions out where the kind's subjects are serial.
func noNext(k *daybook.Kind, further string) string {
	subject := quoted(k.Subject().Name)
	return fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s AS n WHERE n.%s = r.%s AND n.revision = r.revision + 1 AND n.revision > 1%s)",
		tableName(k), subject, subject, further)
}

// kindView shows the current state of each subject. A row without a place in
// the spine is no entry. An edge that never took effect is none either: it
// would stand beside the equal one that is current, which nobody
// could tell apart from it.
func kindView(k *daybook.Kind) string {
	columns := []string{`r.seq AS "seq"`}
	for i := range k.Columns {
		c := &k.Columns[i]
		columns = append(columns, readable(k, c)+" AS "+quoted(c.Name))
	}
	columns = append(columns, ofSpine(hexText("s.log_hash"))+` AS "log_hash"`)
	return fmt.Sprintf("CREATE VIEW %s AS\nSELECT\n  %s\nFROM %s AS r\nWHERE %s",
		k.Name, strings.Join(columns, ",\n  "), tableName(k), strings.Join(currentRows(k), "\n  AND "))
}

// currentRows are the conditions that a row r of a kind is a current state.
func currentRows(k *daybook.Kind) []string {
	where := []string{fmt.Sprintf("EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = %d)", k.Number)}
	if k.Amendable() {
		where = append(where, isCurrent(k))
	}
	if k.Name == "lineage_edge" {
		where = append(where, "r.is_current IS NOT NULL")
	}
	return where
}

// kindName is the SQL that gives a kind's name for its number.
func kindName(column string) string {
	var cases strings.Builder
	for _, k := range daybook.Kinds() {
		fmt.Fprintf(&cases, " WHEN %d THEN '%s'", k.Number, k.Name)
	}
	return "CASE " + column + cases.String() + " END"
}

// entriesView shows the spine.
func entriesView() string {
	return fmt.Sprintf(`CREATE VIEW entries AS
SELECT
  seq AS "seq",
  %s AS "kind",
  %s AS "log_id",
  %s AS "logged_at",
  %s AS "retain_until",
  %s AS "log_hash"
FROM spine`, kindName("kind"), uuidText("log_id"), timeText("logged_at"), timeText("("+retainSQL("")+")"), hexText("log_hash"))
}

// activityView has one row a session with what came of it; group it by day,
// agent or type for a dashboard. Counts are of what was logged, whatever the
// session itself said at checkin. Sums go by way of REAL, so that no agent's
// count can make one overflow. The children are counted in their tables, by the
// id's form, for which there are indexes; query connections have it of their
// own virtual tables instead.
func activityView() string {
	k := daybook.MustKind("transformation_session")
	return "CREATE VIEW transformation_activity AS\n" +
		activitySelect("ledger_transformation_operation", "ledger_output_artifact", " AND o.revision = 1", "t.row_id") +
		"FROM (SELECT r.id AS row_id, v.* FROM transformation_session AS v CROSS JOIN " + tableName(k) + " AS r ON r.seq = v.seq) AS t"
}

// activitySelect is the columns of transformation_activity over sessions t.
func activitySelect(operations, artifacts, first, id string) string {
	return strings.NewReplacer("$operations", operations, "$artifacts", artifacts, " $first", first, "$id", id).Replace(`SELECT
  substr(t.started_at, 1, 10) AS "day",
  t.id AS "session_id",
  t.business_id AS "business_id",
  t.agent_id AS "agent_id",
  t.agent_type AS "agent_type",
  t.session_type AS "session_type",
  t.source_layer AS "source_layer",
  t.status AS "status",
  t.purpose AS "purpose",
  t.source_tables AS "source_tables",
  t.started_at AS "started_at",
  t.completed_at AS "completed_at",
  round((julianday(t.completed_at) - julianday(t.started_at)) * 86400, 3) AS "duration_seconds",
  (SELECT count(*) FROM $operations AS o WHERE o.session_id = $id $first) AS "operations",
  (SELECT count(*) FROM $artifacts AS o WHERE o.session_id = $id $first) AS "outputs",
  (SELECT CAST(sum(CAST(o.input_row_count AS REAL)) AS INTEGER) FROM $operations AS o WHERE o.session_id = $id $first) AS "rows_in",
  (SELECT CAST(sum(CAST(o.output_row_count AS REAL)) AS INTEGER) FROM $operations AS o WHERE o.session_id = $id $first) AS "rows_out",
  (SELECT CAST(sum(CAST(o.execution_time_ms AS REAL)) AS INTEGER) FROM $operations AS o WHERE o.session_id = $id $first) AS "execution_time_ms",
  t.error_message AS "error_message",
  t.conversation_id AS "conversation_id"
`)
}
