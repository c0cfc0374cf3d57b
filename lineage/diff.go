package lineage

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// SessionDiff is what differs between two sessions, of one job as a rule. What
// was is A's, what is now is B's.
type SessionDiff struct {
	A          SessionSide     `json:"a"`
	B          SessionSide     `json:"b"`
	Fields     []FieldDiff     `json:"fields"`     // of the sessions, those that differ
	Sources    []SourceDiff    `json:"sources"`    // all tables that either read
	Operations []OperationDiff `json:"operations"` // all, in B's order, with A's where they stood
	Artifacts  []ArtifactDiff  `json:"artifacts"`  // all
	Edges      ListDiff        `json:"edges"`      // that one has said and the other has not
	SameEdges  int             `json:"same_edges"` // that both have said
	Totals     []NumberDiff    `json:"totals"`     // rows, time, cost
	Notes      []string        `json:"notes"`      // what could not be compared
}

// SessionSide is one of the two.
type SessionSide struct {
	ID           string `json:"id"`
	LogID        string `json:"log_id"`
	AgentID      string `json:"agent_id"`
	AgentVersion string `json:"agent_version,omitempty"`
	Status       string `json:"status"`
	Purpose      string `json:"purpose,omitempty"`
	StartedAt    string `json:"started_at"`
	CompletedAt  string `json:"completed_at,omitempty"`
}

// FieldDiff is a column that differs. A side without a value leaves it out.
type FieldDiff struct {
	Name string          `json:"name"`
	A    json.RawMessage `json:"a,omitempty"`
	B    json.RawMessage `json:"b,omitempty"`
}

// ListDiff is how two lists differ, each in its order.
type ListDiff struct {
	Added   []string `json:"added"`   // in B alone
	Removed []string `json:"removed"` // in A alone
}

// Same says that the lists do not differ.
func (d *ListDiff) Same() bool { return len(d.Added)+len(d.Removed) == 0 }

// NumberDiff is how two numbers differ. A side that does not know it leaves
// it out; the change is there where both do, and the percentage of A's
// where that is not 0.
type NumberDiff struct {
	Name    string   `json:"name"`
	A       *float64 `json:"a,omitempty"`
	B       *float64 `json:"b,omitempty"`
	Change  *float64 `json:"change,omitempty"`
	Percent *float64 `json:"percent,omitempty"`
}

// SourceDiff is a table that was read: by both ("same", "other version"), by A
// alone ("removed") or by B alone ("added").
type SourceDiff struct {
	Table  string         `json:"table"`
	Change string         `json:"change"`
	A      *SourceVersion `json:"a,omitempty"`
	B      *SourceVersion `json:"b,omitempty"`
}

// SourceVersion is what a table held when a session began: its artifact that
// was current then, or the data collection that had filled it last.
type SourceVersion struct {
	Kind      string `json:"kind"`
	ID        string `json:"id"`
	SessionID string `json:"session_id,omitempty"`
	At        string `json:"at"`
	Rows      *int64 `json:"rows,omitempty"`
}

// ArtifactDiff is an artifact by its name: of both, of A alone or of B alone.
type ArtifactDiff struct {
	Name    string      `json:"name"`
	A       string      `json:"a,omitempty"` // its id
	B       string      `json:"b,omitempty"`
	Fields  []FieldDiff `json:"fields"`
	Columns ListDiff    `json:"columns"`
	Rows    *NumberDiff `json:"rows,omitempty"`
}

// Diff compares two sessions as a principal sees them, with all that was done
// in them. It asks r alone, so it works on a store and over the wire.
func Diff(ctx context.Context, r daybook.Reader, p daybook.Principal, sessionA, sessionB string) (*SessionDiff, error) {
	ask := asker{reader: r, who: p}
	a, err := ask.work(ctx, sessionA)
	if err != nil {
		return nil, err
	}
	b, err := ask.work(ctx, sessionB)
	if err != nil {
		return nil, err
	}
	d := &SessionDiff{
		A: sideOf(a.session), B: sideOf(b.session), Fields: fieldsOf(a.session, b.session, sessionFields),
		Operations: diffOperations(a, b), Artifacts: diffArtifacts(a, b), Totals: totals(a, b),
		Notes: slices.Concat([]string{}, a.notes, b.notes),
	}
	d.Edges, d.SameEdges = diffEdges(a, b)
	if a.conversation != nil && b.conversation != nil && a.conversation.SubjectID() == b.conversation.SubjectID() {
		d.Notes = append(d.Notes, "both sessions came of one conversation, so its tokens and cost are those of both")
	}
	return d, ask.sources(ctx, d, a, b)
}

func sideOf(session *daybook.Entry) SessionSide {
	return SessionSide{
		ID: session.SubjectID(), LogID: session.LogID(), AgentID: session.Agent(), AgentVersion: session.Text("agent_version"),
		Status: session.Text("status"), Purpose: session.Text("purpose"), StartedAt: session.Time(), CompletedAt: session.Text("completed_at"),
	}
}

// sessionFields are the columns of a session that say how it ran, beside those
// that are compared in another way.
var sessionFields = []string{
	"business_id", "agent_id", "agent_type", "agent_version", "session_type", "source_layer", "purpose", "ticket_id", "status", "error_message",
	"source_filters", "data_start_date", "data_end_date", "parent_session_id", "conversation_id", "ingest_run_id", "facets",
}

// fieldsOf gives the columns that differ.
func fieldsOf(a, b *daybook.Entry, columns []string) []FieldDiff {
	return fieldsBy(columns, func(c string) (daybook.Value, daybook.Value) { return a.Get(c), b.Get(c) }, a.Kind)
}

// fieldsBy is fieldsOf for values that are found otherwise.
func fieldsBy(columns []string, values func(column string) (a, b daybook.Value), kind *daybook.Kind) []FieldDiff {
	differing := []FieldDiff{}
	for _, name := range columns {
		a, b := values(name)
		if a == b {
			continue
		}
		i, _ := kind.Column(name)
		f := FieldDiff{Name: name}
		if a.IsSet() {
			f.A = daybook.AppendValue(nil, kind.Columns[i].Type, a)
		}
		if b.IsSet() {
			f.B = daybook.AppendValue(nil, kind.Columns[i].Type, b)
		}
		differing = append(differing, f)
	}
	return differing
}

// diffLists compares two lists of names.
func diffLists(a, b []string) ListDiff {
	without := func(list, other []string) []string {
		has := make(map[string]bool, len(other))
		for _, s := range other {
			has[s] = true
		}
		left := []string{}
		for _, s := range list {
			if !has[s] {
				has[s] = true // each once
				left = append(left, s)
			}
		}
		return left
	}
	return ListDiff{Added: without(b, a), Removed: without(a, b)}
}

// diffNumber compares two numbers, either of which may not be known; nil where
// neither is.
func diffNumber(name string, a, b *float64) *NumberDiff {
	if a == nil && b == nil {
		return nil
	}
	d := &NumberDiff{Name: name, A: a, B: b}
	if a != nil && b != nil {
		d.Change = new(rounded(*b - *a))
		if *a != 0 {
			d.Percent = new(rounded(100 * (*b - *a) / math.Abs(*a)))
		}
	}
	return d
}

// rounded takes away what adding and dividing floats leaves behind.
func rounded(f float64) float64 { return math.Round(f*1e6) / 1e6 }

// number gives a column of numbers as a float, or nil.
func number(e *daybook.Entry, column string) *float64 {
	v := e.Get(column)
	if !v.IsSet() {
		return nil
	}
	i, _ := e.Kind.Column(column)
	if e.Kind.Columns[i].Type == daybook.TypeInt {
		return new(float64(v.Int()))
	}
	return new(v.Float())
}

func diffArtifacts(a, b *work) []ArtifactDiff {
	diffs := []ArtifactDiff{}
	byName := map[string]int{}
	of := func(e *daybook.Entry) *ArtifactDiff {
		name := e.Text("artifact_name")
		if _, ok := byName[name]; !ok {
			byName[name] = len(diffs)
			diffs = append(diffs, ArtifactDiff{Name: name})
		}
		return &diffs[byName[name]]
	}
	latest := map[string]*daybook.Entry{} // A's artifacts, by name: a session may make one twice
	for _, e := range a.artifacts {
		of(e).A = e.SubjectID()
		latest[e.Text("artifact_name")] = e
	}
	newest := map[string]*daybook.Entry{}
	for _, e := range b.artifacts {
		of(e).B = e.SubjectID()
		newest[e.Text("artifact_name")] = e
	}
	for i := range diffs {
		d := &diffs[i]
		was, is := orNothing(latest[d.Name], artifactKind), orNothing(newest[d.Name], artifactKind)
		d.Columns = diffLists(textsOf(was.Get("columns")), textsOf(is.Get("columns")))
		d.Rows = diffNumber("rows", number(was, "row_count"), number(is, "row_count"))
		d.Fields = []FieldDiff{}
		if d.A != "" && d.B != "" {
			d.Fields = fieldsOf(was, is, []string{"artifact_type", "artifact_location", "data_as_of", "data_start_date", "data_end_date", "description", "metadata"})
		}
	}
	return diffs
}

// orNothing is an entry of no values in place of none.
func orNothing(e *daybook.Entry, kind *daybook.Kind) *daybook.Entry {
	if e != nil {
		return e
	}
	return &daybook.Entry{Kind: kind, Values: make([]daybook.Value, len(kind.Columns))}
}

func textsOf(v daybook.Value) []string {
	list, err := daybook.Texts(v)
	if err != nil {
		return nil
	}
	return list
}

// diffEdges compares the edges that the sessions said, whether they took effect or
// said what was known.
func diffEdges(a, b *work) (ListDiff, int) {
	was, is := edgeNames(slices.Concat(a.edges, a.said)), edgeNames(slices.Concat(b.edges, b.said))
	d := diffLists(was, is)
	return d, len(is) - len(d.Added)
}

func edgeNames(edges []*daybook.Entry) []string {
	var names []string
	for _, e := range edges {
		name := sourceSide.place(e).node() + " → " + targetSide.place(e).node() + " " + e.Text("relationship_type")
		if s := e.Text("subtype"); s != "" && s != e.Text("relationship_type") {
			name += " " + s
		}
		names = append(names, name)
	}
	return distinct(names)
}

// duration is how many seconds a session took.
func duration(session *daybook.Entry) *float64 {
	from, err := canon.ParseTime(session.Time())
	if err != nil {
		return nil
	}
	to, err := canon.ParseTime(session.Text("completed_at"))
	if err != nil {
		return nil
	}
	return new(rounded(to.Sub(from).Seconds()))
}

// totals compares what the sessions took and moved as wholes.
func totals(a, b *work) []NumberDiff {
	list := []NumberDiff{}
	add := func(name string, of func(*work) *float64) {
		if d := diffNumber(name, of(a), of(b)); d != nil {
			list = append(list, *d)
		}
	}
	add("operations", func(w *work) *float64 { return new(float64(len(w.operations))) })
	add("rows in", func(w *work) *float64 { return sumOf(w.operations, "input_row_count") })
	add("rows out", func(w *work) *float64 { return sumOf(w.operations, "output_row_count") })
	add("seconds", func(w *work) *float64 { return duration(w.session) })
	add("execution ms", func(w *work) *float64 { return sumOf(w.operations, "execution_time_ms") })
	add("actions", func(w *work) *float64 { return new(float64(len(w.actions))) })
	add("mcp calls", func(w *work) *float64 { return new(float64(len(w.calls))) })
	add("tokens of the conversation", func(w *work) *float64 { return sumOf(one(w.conversation), "total_tokens") })
	add("cost of the conversation", func(w *work) *float64 { return sumOf(one(w.conversation), "cost_usd") })
	add("cost of actions", func(w *work) *float64 { return sumOf(w.actions, "cost_usd") })
	add("cost of mcp calls", func(w *work) *float64 { return sumOf(w.calls, "cost_usd") })
	return list
}

func one(e *daybook.Entry) []*daybook.Entry {
	if e == nil {
		return nil
	}
	return []*daybook.Entry{e}
}

// sumOf adds up a column of those entries that have it, or gives nil where
// none has.
func sumOf(entries []*daybook.Entry, column string) *float64 {
	var sum *float64
	for _, e := range entries {
		if n := number(e, column); n != nil {
			if sum == nil {
				sum = new(float64)
			}
			*sum = rounded(*sum + *n)
		}
	}
	return sum
}
