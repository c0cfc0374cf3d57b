package intake

import (
	"regexp"
	"strings"

	"github.com/daybook-audit/daybook"
)

// operation is where an operation has what its lineage follows from.
var operation = func() (at struct {
	kind                                                     *daybook.Kind
	business, session, created, logic, logicType, parameters int
	inputTables, inputColumns, outputTable, outputColumns    int
	change, kindOf, pattern                                  int
},
) {
	k := daybook.MustKind("transformation_operation")
	at.kind = k
	at.business, at.session, at.created = place(k, "business_id"), place(k, "session_id"), place(k, "created_at")
	at.logic, at.logicType, at.parameters = place(k, "transformation_logic"), place(k, "transformation_type"), place(k, "parameters")
	at.inputTables, at.inputColumns = place(k, "input_tables"), place(k, "input_columns")
	at.outputTable, at.outputColumns = place(k, "output_table"), place(k, "output_columns")
	at.change = place(k, "lifecycle_state_change")
	at.kindOf, at.pattern = place(k, "operation_type"), place(k, "pattern_id")
	return at
}()

// edge is where an edge has its parts.
var edge = func() (at struct {
	kind                                                 *daybook.Kind
	logID, business, session, created, origin            int
	sourceType, sourceSchema, sourceName, sourceColumn   int
	targetType, targetSchema, targetName, targetColumn   int
	relationship, subtype, resolution, version, describe int
},
) {
	k := daybook.MustKind("lineage_edge")
	at.kind = k
	at.logID, at.business, at.session, at.created = place(k, "log_id"), place(k, "business_id"), place(k, "session_id"), place(k, "created_at")
	at.sourceType, at.sourceSchema, at.sourceName, at.sourceColumn = place(k, "source_type"), place(k, "source_schema"), place(k, "source_name"), place(k, "source_column")
	at.targetType, at.targetSchema, at.targetName, at.targetColumn = place(k, "target_type"), place(k, "target_schema"), place(k, "target_name"), place(k, "target_column")
	at.origin, at.relationship, at.subtype = place(k, "origin"), place(k, "relationship_type"), place(k, "subtype")
	at.resolution, at.version, at.describe = place(k, "resolution"), place(k, "extractor_version"), place(k, "transformation_description")
	return at
}()

// artifact is where an artifact has what it tells of a table.
var artifact = func() (at struct {
	kind                    *daybook.Kind
	business, name, columns int
},
) {
	k := daybook.MustKind("output_artifact")
	at.kind = k
	at.business, at.name, at.columns = place(k, "business_id"), place(k, "artifact_name"), place(k, "columns")
	return at
}()

// isSQL says that a record is an operation with SQL to read, or with what may
// be SQL, since nobody says what it is.
func isSQL(r *daybook.Record) bool {
	if r.Kind != operation.kind || r.Amend {
		return false
	}
	text := strings.TrimSpace(r.Values[operation.logic].Text())
	if isPresumed(r) {
		return sqlBegins.MatchString(text)
	}
	return text != "" && strings.EqualFold(r.Values[operation.logicType].Text(), "SQL")
}

// isPresumed says that nobody but us says what the logic of an operation is.
func isPresumed(r *daybook.Record) bool { return !given(r, operation.logicType).IsSet() }

// sqlBegins is how SQL begins, and descriptions seldom do.
var sqlBegins = regexp.MustCompile(`(?i)^(select|with|insert\s+(into|overwrite)|merge\s+into|create\s+(or\s+replace\s+)?\w+)\s`)

// tellsColumns says that a record is an artifact with its columns.
func tellsColumns(r *daybook.Record) bool {
	return r.Kind == artifact.kind && !r.Amend && r.Values[artifact.columns].IsSet()
}

// opensSession says that a record begins a session.
func opensSession(r *daybook.Record) bool { return r.Kind == sessionKind && !r.Amend }

// given is the value at a place that the client gave: none where we filled it
// in, be it in an earlier attempt.
func given(r *daybook.Record, at int) daybook.Value {
	if r.Filled(at) {
		return daybook.Value{}
	}
	return r.Values[at]
}

// givenTexts are the texts of an array that the client gave.
func givenTexts(r *daybook.Record, at int) []string {
	list, err := daybook.Texts(given(r, at))
	if err != nil {
		return nil
	}
	return list
}
