package sqllineage

import "time"

// Version names what this extractor derives. It grows whenever the same text
// may give other edges than before.
const Version = "1"

// Options say how a text is to be read. The zero value reads the generic
// dialect with no catalog.
type Options struct {
	Dialect        Dialect
	DefaultCatalog string  // completes names of one or two parts; "" leaves them as written
	DefaultSchema  string  // completes names of one part; "" leaves them as written
	Catalog        Catalog // may be nil
	Limits         Limits
	// Before is what ran in the same session of the database before, in order.
	// Of it the temporary tables count that it leaves, and what it lets names be
	// completed by; nothing of it is in the Result. It may take half of the
	// limits; where it takes more, or the two together are too much, it is left
	// out, with a warning.
	Before []Earlier
}

// Catalog tells what columns a table has.
type Catalog interface {
	// Columns gives the columns of a table in their order, or ok false where
	// the table is not known. Names are as the text has them, completed by the
	// defaults; implementations compare them without regard to case.
	Columns(t Table) (columns []string, ok bool)
}

// Limits bound what reading a text may cost. Zero fields take their default.
type Limits struct {
	Bytes   int           // of text: 1 MB
	Tokens  int           // 100,000
	Nesting int           // of parentheses, subqueries and CASEs: 300
	Time    time.Duration // 250 ms
	Edges   int           // of one text: 20,000

	fuel int // steps of parser and resolver: in proportion to the tokens, but in tests
}

// Table names a table: as many parts as the text gave or the defaults could
// complete. Unquoted names, and quoted ones that mean the same, are in lower
// case; others, and all names of tables where the dialect heeds their case,
// are as written. A file or stage has its location as Name, and Path set.
type Table struct {
	Catalog string `json:"catalog,omitempty"` // further leading parts stay joined here by dots
	Schema  string `json:"schema,omitempty"`
	Name    string `json:"name"`
	Path    bool   `json:"path,omitempty"`
}

// String joins the parts that there are with dots.
func (t Table) String() string {
	s := t.Name
	if t.Schema != "" {
		s = t.Schema + "." + s
	}
	if t.Catalog != "" {
		s = t.Catalog + "." + s
	}
	return s
}

// Column is a column of a table. Name is "*" for all columns of a table whose
// columns are not known, and "" where a table as a whole is meant.
type Column struct {
	Table Table  `json:"table"`
	Name  string `json:"name"`
}

// String is table.column.
func (c Column) String() string {
	if c.Name == "" {
		return c.Table.String()
	}
	return c.Table.String() + "." + c.Name
}

// Output is the name of the table of a bare SELECT's edges, whose result goes
// to whoever asked.
const Output = "<output>"

// Unresolved is the name of the table of columns that could be anywhere.
const Unresolved = "<unresolved>"

// Status says how much of a text was understood.
type Status string

// The statuses.
const (
	Parsed   Status = "parsed"   // all of it
	Partial  Status = "partial"  // some of it: see the warnings
	Unparsed Status = "unparsed" // none of it
	Limited  Status = "limited"  // it went past a limit; what was found before stays
)

// Type is OpenLineage's transformation type of an edge.
type Type string

// The types.
const (
	Direct   Type = "DIRECT"   // the target's value comes from the source
	Indirect Type = "INDIRECT" // the source decides on the target's rows or values
)

// Subtype is OpenLineage's transformation subtype of an edge.
type Subtype string

// The subtypes: the first three are of direct edges, the others of indirect ones.
const (
	Identity       Subtype = "IDENTITY"
	Transformation Subtype = "TRANSFORMATION"
	Aggregation    Subtype = "AGGREGATION"
	Join           Subtype = "JOIN"
	Filter         Subtype = "FILTER"
	GroupBy        Subtype = "GROUP_BY"
	Sort           Subtype = "SORT"
	Window         Subtype = "WINDOW"
	Conditional    Subtype = "CONDITIONAL"
)

// Resolution says how surely an edge's source was found.
type Resolution string

// The resolutions, the surest first.
const (
	Exact   Resolution = "exact"      // one table could have it, by qualifier, catalog, or being alone
	Guessed Resolution = "guessed"    // several could, and one was the likeliest
	Star    Resolution = "star"       // through a star whose columns are not known
	Unknown Resolution = "unresolved" // none was found
)

// Edge is one flow from a column to a column, or from a column to a table as a
// whole where it is indirect: then the target's column has no name.
type Edge struct {
	Source     Column     `json:"source"`
	Target     Column     `json:"target"`
	Ordinal    int        `json:"ordinal"` // the target column's place, from 0; -1 where it has none
	Type       Type       `json:"type"`
	Subtype    Subtype    `json:"subtype"`
	Resolution Resolution `json:"resolution"`
	Expression Span       `json:"expression"` // where the expression stands in the text; empty where there is none
	Statement  int        `json:"statement"`  // its place in Result.Statements
}

// Span is a part of the text, in bytes: from Start to before End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Change is what a statement does to its target as a whole, in OpenLineage's
// words for the life of a dataset.
type Change string

// The changes; "" for a statement that adds to its target or alters rows in it.
const (
	Create    Change = "CREATE"
	Overwrite Change = "OVERWRITE"
	Truncate  Change = "TRUNCATE"
	Drop      Change = "DROP"
	Rename    Change = "RENAME"
	Alter     Change = "ALTER"
)

// Statement is what one statement of a text does.
type Statement struct {
	Kind        string   `json:"kind"` // its first words, such as SELECT, INSERT or CREATE VIEW
	Span        Span     `json:"span"`
	Status      Status   `json:"status"`
	Fingerprint string   `json:"fingerprint"`
	Sources     []Table  `json:"sources,omitempty"` // tables read, in the order they are met, each once
	Targets     []Table  `json:"targets,omitempty"` // tables written
	Change      Change   `json:"change,omitempty"`
	IfMissing   bool     `json:"if_missing,omitempty"` // it creates its target only where there is none: IF NOT EXISTS
	Temporary   bool     `json:"temporary,omitempty"`  // the target ends with the session
	Columns     []string `json:"columns,omitempty"`    // of the target, or of the result of a bare SELECT, in order; "*" for those not known
	Edges       []Edge   `json:"edges,omitempty"`
}

// Result is what a text does. Sources, Targets and Edges are of the whole: in
// them temporary tables have collapsed, so that what went through one goes
// from its origin to its end, while persistent tables remain a hop.
type Result struct {
	Status     Status      `json:"status"`
	Statements []Statement `json:"statements"`
	Sources    []Table     `json:"sources"`
	Targets    []Table     `json:"targets"`
	Edges      []Edge      `json:"edges"`
	Warnings   []Warning   `json:"warnings,omitempty"`
	Tokens     int         `json:"tokens"` // how many there were

	// Before and After are the temporary tables that there are when the text
	// begins, from Options.Before, and when it has ended, by their names.
	Before []Held `json:"-"`
	After  []Held `json:"-"`
}

// Warning is something that was not understood, and where.
type Warning struct {
	Offset  int    `json:"offset"` // in bytes
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // in characters, from 1
	Message string `json:"message"`
}
