package postgres

import (
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// added are the columns that Daybook adds to those of the tables it was
// designed from. They stand behind those, so that what people know comes first.
var added = map[string][]string{
	"conversations":            {"cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "price_source"},
	"decision_logs":            {"conversation_id"},
	"action_logs":              {"session_id", "price_source"},
	"mcp_usage_logs":           {"session_id", "price_source"},
	"transformation_session":   {"business_id", "conversation_id", "ingest_run_id", "error_message", "facets"},
	"transformation_operation": {"business_id", "pattern_id", "lifecycle_state_change"},
	"output_artifact":          {"business_id", "facets"},
	"lineage_edge":             {"business_id", "origin", "subtype", "resolution", "extractor_version"},
}

// auditSchema gives the statements of the migration that makes the views of the
// schema audit.
func auditSchema() []string {
	list := []string{asOwner}
	for _, k := range daybook.Kinds() {
		list = append(list, shownTable(k)...)
	}
	list = append(list, "SELECT {{ledger}}.guard()")
	for _, k := range daybook.Kinds() {
		list = append(list, kindView(k)...)
	}
	return append(list, entriesView()...)
}

// asOwner begins a migration whose objects are to be daybook_owner's from the
// start: what somebody else makes, others have rights to by his default privileges.
const asOwner = "SET LOCAL ROLE daybook_owner"

// shownTo lets people read a view. It reads by the rights and policies of its
// owner.
func shownTo(view, doc string) []string {
	return []string{
		"GRANT SELECT ON " + view + " TO daybook_reader, daybook_writer, daybook_retention, daybook_admin",
		"COMMENT ON VIEW " + view + " IS " + literal(doc),
	}
}

// isShown is the condition that whoever has logged in may see a business.
// PostgreSQL evaluates either SELECT once a statement.
func isShown(business string) string {
	return "(SELECT {{ledger}}.sees_all()) OR " + business + " = ANY ((SELECT {{ledger}}.businesses())::text[])"
}

// shownName is the name of what the views read instead of a kind's table.
func shownName(k *daybook.Kind) string { return "{{ledger}}." + quoted("shown_"+k.Name) }

// shownTable makes the kind's table the one partition of another, through
// which people read. That one has a policy of row security that keeps others'
// businesses back. It is not on the table itself, because COPY refuses to write
// to a table with one; nor is it a condition of the view with
// security_barrier, because PostgreSQL does not look rows of such a view up one
// by one in a join, but reads all of it: see docs/adr/0035.
func shownTable(k *daybook.Kind) []string {
	shown, table := shownName(k), "{{ledger}}."+tableName(k)
	return []string{
		"CREATE TABLE " + shown + " (LIKE " + table + ") PARTITION BY RANGE (logged_at)",
		"ALTER TABLE " + shown + " ATTACH PARTITION " + table + " DEFAULT",
		"ALTER TABLE " + shown + " ENABLE ROW LEVEL SECURITY",
		"ALTER TABLE " + shown + " FORCE ROW LEVEL SECURITY",
		"CREATE POLICY business ON " + shown + " FOR SELECT USING (" + isShown("business_id") + ")",
		// Who counts by day has few groups, which PostgreSQL cannot know of the times.
		"CREATE STATISTICS {{ledger}}." + quoted(k.Name+"_day") + " ON ((logged_at AT TIME ZONE 'UTC')::date) FROM " + shown,
		"COMMENT ON TABLE " + shown + " IS " + literal("What the view "+k.Name+" reads: all of the table "+k.Name+" that the login may see. New columns are added here."),
	}
}

// viewColumns lists the columns of a kind's view: what the kind declares, what
// Daybook adds to it, and what the ledger gives every entry.
func viewColumns(k *daybook.Kind) []*daybook.Column {
	var own, ours, ledger []*daybook.Column
	for _, c := range k.Declared() {
		if slices.Contains(added[k.Name], c.Name) {
			ours = append(ours, c)
		} else {
			own = append(own, c)
		}
	}
	for i := range k.Columns {
		if c := &k.Columns[i]; c.Envelope {
			ledger = append(ledger, c)
		}
	}
	return slices.Concat(own, ours, ledger)
}

// kindView shows the current state of each subject: the row that no next
// revision follows. An edge that never took effect is none: it would stand
// beside the equal one that is current, which nobody could tell apart from it.
func kindView(k *daybook.Kind) []string {
	view := "{{audit}}." + quoted(k.Name)
	var columns, comments []string
	for _, c := range viewColumns(k) {
		columns = append(columns, readable(k, c)+" AS "+quoted(c.Name))
		comments = append(comments, "COMMENT ON COLUMN "+view+"."+quoted(c.Name)+" IS "+literal(k.ColumnDoc(c.Name)))
	}
	columns = append(columns, "r.seq AS seq", ofSpine("encode(s.log_hash, 'hex')")+" AS log_hash")
	comments = append(comments,
		"COMMENT ON COLUMN "+view+".seq IS 'The entry''s place in the ledger, from 0 without gaps.'",
		"COMMENT ON COLUMN "+view+".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.'")
	sql := fmt.Sprintf("CREATE VIEW %s AS\nSELECT\n  %s\nFROM %s AS r%s", view, strings.Join(columns, ",\n  "), shownName(k), currentRows(k))
	return slices.Concat([]string{sql}, shownTo(view, k.Doc()), comments)
}

// readable is the SQL that gives a column as people read it.
func readable(k *daybook.Kind, c *daybook.Column) string {
	column := "r." + quoted(c.Name)
	switch {
	case c.Envelope && c.Name == "kind":
		return literal(k.Name) + "::text"
	case inSpine(c):
		return ofSpine("s." + c.Name)
	}
	switch c.Type {
	case daybook.TypeHex:
		return "encode(" + column + ", 'hex')"
	case daybook.TypeJSON, daybook.TypeOptions:
		return column + "::jsonb"
	}
	return column
}

// ofSpine is the SQL that gives something of a row's place in the spine. It is
// no join, so that the place is looked up only where it is asked for, and only
// for rows that may be seen.
func ofSpine(sql string) string {
	return "(SELECT " + sql + " FROM {{ledger}}.spine AS s WHERE s.seq = r.seq)"
}

// currentRows is the condition that a row r of a kind is a current state. That
// the next revision n is not the first is said for the index, which leaves
// first revisions out where the ledger numbers the kind's subjects.
func currentRows(k *daybook.Kind) string {
	if !k.Amendable() {
		return ""
	}
	subject, where := quoted(k.Subject().Name), "\nWHERE "
	if k == lineageEdge {
		where += "r.is_current IS NOT NULL AND "
	}
	serial := ""
	if k.Subject().Serial {
		serial = " AND n.revision > 1"
	}
	return fmt.Sprintf("%sNOT EXISTS (SELECT FROM {{ledger}}.%s AS n WHERE n.%s = r.%s AND n.revision = r.revision + 1%s)",
		where, tableName(k), subject, subject, serial)
}

// entriesView shows the spine: of those confined to a business, what has a body
// of it.
func entriesView() []string {
	var names, bodies strings.Builder
	for _, k := range daybook.Kinds() {
		month := ""
		if isPartitioned(k) {
			month = " AND b.logged_at = s.logged_at"
		}
		fmt.Fprintf(&names, "\n    WHEN %d THEN %s", k.Number, literal(k.Name))
		fmt.Fprintf(&bodies, "\n  WHEN %d THEN EXISTS (SELECT FROM {{ledger}}.%s AS b WHERE b.seq = s.seq%s AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))",
			k.Number, tableName(k), month)
	}
	view := append([]string{
		"CREATE VIEW {{audit}}.entries WITH (security_barrier) AS\nSELECT\n  s.seq AS seq,\n  CASE s.kind" + names.String() +
			"\n  END AS kind,\n  s.log_id AS log_id,\n  s.logged_at AS logged_at,\n  s.retain_until AS retain_until,\n  encode(s.log_hash, 'hex') AS log_hash\n" +
			"FROM {{ledger}}.spine AS s\nWHERE (SELECT {{ledger}}.sees_all()) OR CASE s.kind" + bodies.String() + "\nEND",
	}, shownTo("{{audit}}.entries", "Every entry's place in the ledger, kept for ever.")...)
	return append(view, commentsOf("{{audit}}.entries", entriesDocs)...)
}

var entriesDocs = [][2]string{
	{"seq", "The entry's place in the ledger, from 0 without gaps."},
	{"kind", "Its kind, which is the name of the view that shows it."},
	{"log_id", "Names the entry."},
	{"logged_at", "When it was given its place; never before that of the entry before."},
	{"retain_until", "The earliest time at which its body may go."},
	{"log_hash", "SHA-256 of the entry's canonical form, which daybook verify computes anew."},
}

// literal is a text as SQL has it.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
