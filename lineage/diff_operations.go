package lineage

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// OperationDiff is an operation of both sessions, or of one.
type OperationDiff struct {
	A       *OperationSide `json:"a,omitempty"`
	B       *OperationSide `json:"b,omitempty"`
	Logic   *LogicDiff     `json:"logic,omitempty"` // nil where neither says what it did
	Fields  []FieldDiff    `json:"fields"`          // those that differ
	Numbers []NumberDiff   `json:"numbers"`         // rows and time, where either says
	Lists   []NamedList    `json:"lists"`           // tables, columns and warnings, where they differ
}

// OperationSide is an operation of one of the sessions.
type OperationSide struct {
	ID          string `json:"id"`
	LogID       string `json:"log_id"`
	Order       int64  `json:"order"`
	Type        string `json:"operation_type"`
	OutputTable string `json:"output_table,omitempty"`
	PatternID   string `json:"pattern_id,omitempty"`
}

// NamedList is a list by its name.
type NamedList struct {
	Name string `json:"name"`
	ListDiff
}

// How the logic of two operations differs.
const (
	LogicSame     = "same"
	LogicLayout   = "layout"   // in white space alone
	LogicLiterals = "literals" // the statements have one fingerprint: literals, parameters, comments or case differ
	LogicChanged  = "changed"
	LogicAdded    = "added"
	LogicRemoved  = "removed"
)

// LogicDiff is how SQL, a formula or a description differs.
type LogicDiff struct {
	Change     string   `json:"change"`
	Statements ListDiff `json:"statements"`         // kinds of SQL statements, where they differ
	Diff       string   `json:"diff,omitempty"`     // a unified diff of the text
	TooLong    bool     `json:"too_long,omitempty"` // to be compared by lines, or after others that were
}

// maxDiffText bounds the texts of two sessions that are compared line by line.
const maxDiffText = 4 << 20

// diffOperations pairs the operations of two sessions and compares each pair.
func diffOperations(a, b *work) []OperationDiff {
	pairs := pairOperations(a, b)
	diffs := make([]OperationDiff, len(pairs))
	room := maxDiffText
	for i, p := range pairs {
		diffs[i] = diffOperation(a, b, p, &room)
	}
	return diffs
}

// A pair is an operation of A and the one of B that does the same, or nil.
type pair struct{ a, b *daybook.Entry }

// pairOperations pairs operations, each with the first left that is like it:
// first those with the same statements and output, then those of the same
// statements, then those of the same sort with the same output, then
// those of the same sort at the same place. What is left stands alone.
func pairOperations(a, b *work) []pair {
	partner := map[*daybook.Entry]*daybook.Entry{} // both ways
	for _, like := range []func(w *work, o *daybook.Entry) string{
		func(w *work, o *daybook.Entry) string { return joinKey(w.shape(o), w.output(o)) },
		func(w *work, o *daybook.Entry) string { return w.shape(o) },
		func(w *work, o *daybook.Entry) string { return joinKey(o.Text("operation_type"), w.output(o)) },
		func(w *work, o *daybook.Entry) string {
			return joinKey(o.Text("operation_type"), group(o.Get("operation_order").Int()))
		},
	} {
		left := map[string][]*daybook.Entry{}
		for _, o := range b.operations {
			if key := like(b, o); partner[o] == nil && key != "" {
				left[key] = append(left[key], o)
			}
		}
		for _, o := range a.operations {
			key := like(a, o)
			if partner[o] != nil || len(left[key]) == 0 {
				continue
			}
			other := left[key][0]
			left[key] = left[key][1:]
			partner[o], partner[other] = other, o
		}
	}
	return inPlace(a, b, partner)
}

// joinKey makes one key of parts, "" where one is missing.
func joinKey(parts ...string) string {
	for _, p := range parts {
		if p == "" {
			return ""
		}
	}
	return strings.Join(parts, "\x00")
}

// inPlace gives the pairs in B's order, and A's own operations before the
// first pair that they stood before.
func inPlace(a, b *work, partner map[*daybook.Entry]*daybook.Entry) []pair {
	var pairs []pair
	given := 0 // of A's own
	alone := func(before *daybook.Entry) {
		for i, o := range a.operations {
			if o == before {
				break
			}
			if i >= given && partner[o] == nil {
				pairs = append(pairs, pair{a: o})
				given = i + 1
			}
		}
	}
	for _, o := range b.operations {
		if partner[o] != nil {
			alone(partner[o])
		}
		pairs = append(pairs, pair{partner[o], o})
	}
	alone(nil)
	return pairs
}

// shape is what the logic of an operation has in common with others that do
// the same: the fingerprint of SQL, and else the text.
func (w *work) shape(o *daybook.Entry) string {
	if s, ok := w.shapes[o]; ok {
		return s
	}
	if w.shapes == nil {
		w.shapes = map[*daybook.Entry]string{}
	}
	logic := w.logic(o)
	if logic == "" || !w.isSQL(o) {
		w.shapes[o] = strings.Join(strings.Fields(logic), " ")
	} else {
		w.shapes[o] = sqllineage.Fingerprint(logic, w.dialect(o))
	}
	return w.shapes[o]
}

func (w *work) output(o *daybook.Entry) string {
	return strings.ToLower(w.get(o, "output_table").Text())
}

func diffOperation(a, b *work, p pair, room *int) OperationDiff {
	d := OperationDiff{A: operationSide(a, p.a), B: operationSide(b, p.b), Fields: []FieldDiff{}, Numbers: []NumberDiff{}, Lists: []NamedList{}}
	d.Logic = diffLogic(a, b, p, room)
	was, is := orNothing(p.a, operationKind), orNothing(p.b, operationKind)
	for _, c := range []struct{ name, column string }{
		{"rows in", "input_row_count"}, {"rows out", "output_row_count"}, {"execution ms", "execution_time_ms"},
	} {
		if n := diffNumber(c.name, number(was, c.column), number(is, c.column)); n != nil {
			d.Numbers = append(d.Numbers, *n)
		}
	}
	if p.a == nil || p.b == nil {
		return d
	}
	d.Fields = fieldsBy([]string{"operation_type", "transformation_type", "output_table", "lifecycle_state_change", "parameters"},
		func(c string) (daybook.Value, daybook.Value) { return a.get(was, c), b.get(is, c) }, operationKind)
	for _, c := range []struct{ name, column string }{
		{"input tables", "input_tables"}, {"input columns", "input_columns"}, {"output columns", "output_columns"},
	} {
		if l := diffLists(textsOf(a.get(was, c.column)), textsOf(b.get(is, c.column))); !l.Same() {
			d.Lists = append(d.Lists, NamedList{c.name, l})
		}
	}
	if l := diffLists(textsOf(was.Get("warnings")), textsOf(is.Get("warnings"))); !l.Same() {
		d.Lists = append(d.Lists, NamedList{"warnings", l})
	}
	return d
}

func operationSide(w *work, o *daybook.Entry) *OperationSide {
	if o == nil {
		return nil
	}
	s := &OperationSide{
		ID: o.SubjectID(), LogID: o.LogID(), Order: o.Get("operation_order").Int(), Type: o.Text("operation_type"),
		OutputTable: w.get(o, "output_table").Text(),
	}
	if first := w.saying(o); first != o {
		s.PatternID = first.SubjectID()
	}
	return s
}

func diffLogic(a, b *work, p pair, room *int) *LogicDiff {
	var was, is string
	if p.a != nil {
		was = a.logic(p.a)
	}
	if p.b != nil {
		is = b.logic(p.b)
	}
	d := &LogicDiff{Statements: ListDiff{Added: []string{}, Removed: []string{}}}
	switch {
	case was == "" && is == "":
		return nil
	case was == is:
		d.Change = LogicSame
		return d
	case was == "":
		d.Change = LogicAdded
	case is == "":
		d.Change = LogicRemoved
	case strings.Join(strings.Fields(was), " ") == strings.Join(strings.Fields(is), " "):
		d.Change = LogicLayout
		return d
	case a.isSQL(p.a) && b.isSQL(p.b) && a.shape(p.a) == b.shape(p.b):
		d.Change = LogicLiterals
	default:
		d.Change = LogicChanged
		if a.isSQL(p.a) && b.isSQL(p.b) {
			d.Statements = diffLists(a.statements(p.a), b.statements(p.b))
		}
	}
	if size := len(was) + len(is); size > *room {
		d.TooLong = true
	} else {
		*room -= size
		d.Diff = udiff.Unified("a", "b", ended(was), ended(is))
	}
	return d
}

// ended ends a text's last line, so that a diff says nothing of that.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// statements gives the kinds of an operation's SQL statements.
func (w *work) statements(o *daybook.Entry) []string {
	var kinds []string
	for _, s := range w.parsed(o).Statements {
		kinds = append(kinds, s.Kind)
	}
	return kinds
}
