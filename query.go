package daybook

import "time"

// Op is how a filter compares.
type Op uint8

// The comparisons.
const (
	OpIn       Op = iota // the column is one of the values
	OpContains           // the column's array holds the (one) value
	OpFrom               // the column is the value or later
	OpBefore             // the column is before the value
	OpAbsent             // the column has no value; Values is empty
)

// Filter keeps the entries whose column compares so with the values.
type Filter struct {
	Column string
	Op     Op
	Values []Value
}

// Is filters for a column that is one of some texts.
func Is(column string, texts ...string) Filter {
	f := Filter{Column: column, Op: OpIn}
	for _, t := range texts {
		f.Values = append(f.Values, TextValue(t))
	}
	return f
}

// Query asks for entries of one kind, in the order in which they were written:
// the last written first. Of current states, that is the order in which the
// current revisions were written, not that of the subjects or of the kind's
// own time.
type Query struct {
	Kind      *Kind
	IDs       []string // of subjects; nil for any
	Seqs      []int64  // of entries; nil for any
	Filters   []Filter // all must hold
	Revisions bool     // every revision, not only the current one
	Oldest    bool     // the first written first
	After     *int64   // go on behind this seq, in the order asked
	Snapshot  int64    // the state when the ledger had this many entries; 0 for now
	Limit     int      // 0 for all
	Business  string   // "" for all
}

// Page is one page of a list. The pages of a list all show the state that the
// first one showed, so what is written or amended in between neither drops out
// nor comes twice; [Query.GoOn] makes the query for the next page.
type Page struct {
	Entries []*Entry
	Next    string // the cursor of the next page, "" on the last
}

// ExportQuery asks for a stream of entries.
type ExportQuery struct {
	Kind  *Kind     // nil for every kind
	Since time.Time // logged at or after; zero for all
	From  int64     // from this seq on
	Limit int       // at most so many entries; 0 for all
}

// HistoryQuery asks what happened to a table.
type HistoryQuery struct {
	Table string    // as it is written in source_tables, output_table, …
	Since time.Time // zero for all
	Limit int       // newest first, so the oldest go; 0 for the default
	After string    // the cursor of an event, to go on behind it; "" for the newest
}

// ActivityQuery asks what an agent did: agent is its agent_id, agent_position
// or source_agent.
type ActivityQuery struct {
	Agent string
	Since time.Time // zero for all
	Limit int       // newest first, so the oldest go; 0 for the default
	After string    // the cursor of an event, to go on behind it; "" for the newest
}
