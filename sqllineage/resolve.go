package sqllineage

// resolve says what the statements of a text do: one Statement for each, in
// the same order, and what they do together. Fingerprints, and the lines and
// columns of warnings, are left to the caller. Where the budget runs out, what
// was found before stays.
func (r *resolver) resolve(statements []*statement) *Result {
	result := &Result{Status: Parsed}
	for i, s := range statements {
		result.Statements = append(result.Statements, r.top(s, i))
		result.Warnings = append(result.Warnings, warnings(s)...)
	}
	r.collapse(result)
	result.Status = r.status(result)
	return result
}

// status says how much of a text was understood.
func (r *resolver) status(result *Result) Status {
	unparsed := 0
	for i := range result.Statements {
		if result.Statements[i].Status == Unparsed {
			unparsed++
		}
	}
	switch {
	case r.budget.limited():
		return Limited
	case unparsed > 0 && unparsed == len(result.Statements):
		return Unparsed
	case len(result.Warnings) > 0:
		return Partial
	}
	return Parsed
}

// warnings gives the faults of a statement and of those within it.
func warnings(s *statement) []Warning {
	var found []Warning
	for _, f := range s.faults {
		found = append(found, Warning{Offset: f.offset, Message: f.message})
	}
	for _, inner := range s.body {
		found = append(found, warnings(inner)...)
	}
	return found
}

// A resolver gives the references of a text their columns.
type resolver struct {
	text    string
	dialect Dialect
	catalog Catalog
	names   namespace
	tables  tables
	columns columns
	budget  *budget
	now     *doing // the statement that is being resolved
	steps   []step
	passing map[string]*passing // the tables that do not outlive the text, or the session
	tokens  int                 // of what ran before
}

// doing is what is known so far of the statement being resolved.
type doing struct {
	*Statement
	place int      // in the text
	step  *step    // the part that is being resolved
	into  []*write // of SELECT … INTO
	first int32    // one more than the target whose columns Columns has
}

// A step is one action of a text: a statement, or one of those within it, such
// as in a procedure.
type step struct {
	serial  int
	place   int // of the statement that it is of
	from    int // where its edges begin among those of the statement,
	to      int // and where they end
	sources []Table
	targets []effect
}

// An effect is what a step does to a table.
type effect struct {
	table     Table
	change    Change
	temporary bool
	ifMissing bool
	renamed   Table // what it was called before, where change is Rename
}

func newResolver(o Options) *resolver {
	r := &resolver{dialect: o.Dialect, catalog: o.Catalog, names: firstNamespace(o), passing: map[string]*passing{}}
	r.tables.ids = map[string]int32{}
	r.columns.ids = map[columnKey]int32{}
	return r
}

// spend takes n steps of the budget, and says whether to go on.
func (r *resolver) spend(n int) bool { return r.budget.spend(n + 1) }

// tables are those a text has met, each once.
type tables struct {
	ids  map[string]int32
	list []tableInfo
}

// A tableInfo is a table and what is known of it.
type tableInfo struct {
	table Table
	out   *output // its columns; nil until they are asked for
	// read and written are the serial numbers of the last steps that have it
	// among their sources and their targets.
	read, written int
}

// id gives a table its number.
func (r *resolver) id(t Table) int32 {
	key := t.String()
	if t.Path {
		key = "\x00" + key
	}
	if id, ok := r.tables.ids[key]; ok {
		return id
	}
	id := int32(len(r.tables.list))
	r.tables.list = append(r.tables.list, tableInfo{table: t})
	r.tables.ids[key] = id
	return id
}

func (r *resolver) table(id int32) Table { return r.tables.list[id].table }

// columns are the source columns a text has met, each once.
type columns struct {
	ids  map[columnKey]int32
	list []columnKey
}

type columnKey struct {
	table int32
	name  string
}

// column gives a column of a table its number.
func (r *resolver) column(table int32, name string) int32 {
	key := columnKey{table, name}
	if id, ok := r.columns.ids[key]; ok {
		return id
	}
	id := int32(len(r.columns.list))
	r.columns.list = append(r.columns.list, key)
	r.columns.ids[key] = id
	return id
}
