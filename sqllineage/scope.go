package sqllineage

// A scope is where the references of one SELECT, UPDATE or MERGE look for
// their columns.
type scope struct {
	outer   *scope // of the query that this one is in, for correlated references
	ctes    *binding
	sources []*source
	merged  []outputColumn // of USING and NATURAL: from both sides
	aliases []outputColumn // of the SELECT list, as far as it is resolved
	own     []bool         // whether an alias' own expression refers to a column of its name
	windows []namedWindow
	// aliasesSeen says how far the aliases may be referred to.
	aliasesSeen aliasUse
	shown       *evidence
	influences  []flow
}

// An aliasUse says when references may mean a column of the SELECT list.
type aliasUse uint8

const (
	aliasesNever  aliasUse = iota
	aliasesAfter           // after columns that are known to be there
	aliasesBefore          // before any column, as in ORDER BY
	aliasesLast            // where nothing else could be meant
)

// A source is a relation of FROM as references see it.
type source struct {
	name     string // its alias, else its table's name
	aliased  bool
	table    int32 // the table it is, or noTable
	out      *output
	function bool   // a function's result
	any      []flow // what a function's columns come from, listed or not
	hidden   bool   // only its qualified columns are seen
	implicit bool   // seen only where no other source has the column, such as the target of a MERGE
}

// influence adds what decides on rows.
func (sc *scope) influence(flows []flow, kind flowKind) {
	sc.influences = appendThrough(sc.influences, flows, kind)
}

// unqualified finds a reference whose first part is a column that is known to
// be there. The aliases of a SELECT list are seen from its own scope alone.
func (r *resolver) unqualified(sc *scope, n name, own bool) (flows []flow, ok bool) {
	name := r.dialect.column(n[0])
	if own && sc.aliasesSeen == aliasesBefore {
		if flows, ok := sc.alias(name, false); ok {
			return flows, true
		}
	}
	for _, exact := range cases {
		if i := mergedAs(sc.merged, name, exact); i >= 0 {
			return sc.merged[i].flows, true
		}
		if flows, ok := r.inSources(sc, n, exact); ok {
			return flows, true
		}
	}
	if own && sc.aliasesSeen == aliasesAfter {
		if flows, ok := sc.alias(name, true); ok {
			return flows, true
		}
	}
	if flows, ok := r.scalar(sc, n); ok {
		return flows, true
	}
	return r.wholeRow(sc, n)
}

// inSources finds a column that a source lists.
func (r *resolver) inSources(sc *scope, n name, exact bool) (flows []flow, ok bool) {
	for _, implicit := range [...]bool{false, true} {
		for _, s := range sc.sources {
			if s.hidden || s.implicit != implicit {
				continue
			}
			if place, ok := r.ordinal(n[0]); ok && place < len(s.out.columns) && !s.out.columns[place].star {
				return s.out.columns[place].flows, true
			}
			if flows, ok := r.listed(s.out, n, exact); ok {
				return flows, true
			}
		}
	}
	return nil, false
}

// alias finds a column of the SELECT list. One whose own expression refers to
// a column of that name is no reason to think that references mean it.
func (sc *scope) alias(name string, other bool) (flows []flow, ok bool) {
	for i := range sc.aliases {
		if c := &sc.aliases[i]; !c.star && equalNames(c.name, name) && (!other || !sc.own[i]) {
			return c.flows, true
		}
	}
	return nil, false
}

// wholeRow finds a reference that is the name of a source: all of its columns.
// Of a table by its own name that may have a column of that name it is taken
// for the column: SELECT country FROM country.
func (r *resolver) wholeRow(sc *scope, n name) (flows []flow, ok bool) {
	name := r.dialect.column(n[0])
	for _, s := range sc.sources {
		if !equalNames(s.name, name) {
			continue
		}
		if s.function {
			return s.any, true
		}
		if mayHave := !s.aliased && s.table != noTable && s.out.open(); len(n) == 1 && !mayHave {
			return allFlows(s.out), true
		}
	}
	return nil, false
}

// allFlows gives the flows of all columns of an output.
func allFlows(o *output) []flow {
	var flows []flow
	for i := range o.columns {
		flows = append(flows, o.columns[i].flows...)
	}
	return unite(flows)
}

// perhaps finds a column that no source lists in the only one that may have
// it: a table whose columns are not known, else a function.
func (r *resolver) perhaps(sc *scope, n name) (flows []flow, ok bool) {
	s := sc.soleOpen()
	if s == nil {
		s = r.shown(sc, n[0])
	}
	if s != nil {
		return r.beyond(s.out, r.pathIn(s.out, n)), true
	}
	for _, s := range sc.sources {
		switch {
		case s.function && sc.openSources() == 0:
			return s.any, true
		case r.pseudoColumn(n[0]) && s.table != noTable:
			return r.unlisted(s, n), true
		}
	}
	return nil, false
}

// soleOpen gives the one source that may have columns that it does not list.
func (sc *scope) soleOpen() *source {
	var sole *source
	for _, s := range sc.sources {
		if s.hidden || s.function || !s.out.open() {
			continue
		}
		if s.implicit && sole != nil {
			continue
		}
		if sole != nil && !sole.implicit {
			return nil
		}
		sole = s
	}
	return sole
}

func (sc *scope) openSources() int {
	n := 0
	for _, s := range sc.sources {
		if !s.hidden && !s.function && s.out.open() {
			n++
		}
	}
	return n
}
