package sqllineage

import "slices"

// answer gives the columns of a bare SELECT to whoever asked.
func (r *resolver) answer(out *output) {
	id := r.id(Table{Name: Output})
	r.now.Columns = names(out.columns)
	r.emit(id, out.columns)
	r.emitInfluences(id, out.influences)
}

// names gives the names of columns.
func names(columns []outputColumn) []string {
	list := make([]string, len(columns))
	for i := range columns {
		list[i] = columns[i].name
	}
	return list
}

// nameColumns adds to the columns that the statement writes of a target. Of
// several targets it has those of the first.
func (r *resolver) nameColumns(target int32, columns []outputColumn) {
	if r.now.first == 0 && len(columns) > 0 {
		r.now.first, r.now.Columns = target+1, names(columns)
	}
	if r.now.first != target+1 {
		return
	}
	have := make(map[string]bool, len(r.now.Columns)+len(columns))
	for _, name := range r.now.Columns {
		have[name] = true
	}
	for i := range columns {
		if !have[columns[i].name] {
			have[columns[i].name] = true
			r.now.Columns = append(r.now.Columns, columns[i].name)
		}
	}
}

// emit adds the edges to a target's columns. Tables that values come from are
// read, though no FROM may name them: an UPDATE reads its target so.
func (r *resolver) emit(target int32, columns []outputColumn) {
	table := r.table(target)
	if table.Name == "" {
		return // a statement that is cut off
	}
	n := 0
	for i := range columns {
		n += len(columns[i].flows)
	}
	r.now.Edges = slices.Grow(r.now.Edges, min(n, r.budget.limits.Edges))
	ordinal := 0
	for i := range columns {
		c := &columns[i]
		if c.star {
			ordinal = -1 // from here on no place is known
		}
		for _, f := range c.flows {
			if r.nameless(f) {
				continue
			}
			if !r.budget.edge() {
				return
			}
			if f.kind.direct() && f.certainty != unknown {
				r.reads(r.columns.list[f.column].table)
			}
			e := r.edge(f)
			e.Target = Column{Table: table, Name: c.name}
			e.Ordinal, e.Expression = ordinal, c.span
			r.now.Edges = append(r.now.Edges, e)
		}
		if ordinal >= 0 {
			ordinal++
		}
	}
}

// emitInfluences adds the edges to a target as a whole.
func (r *resolver) emitInfluences(target int32, influences []flow) {
	table := r.table(target)
	if table.Name == "" {
		return
	}
	r.now.Edges = slices.Grow(r.now.Edges, min(len(influences), r.budget.limits.Edges))
	for _, f := range influences {
		if r.nameless(f) {
			continue
		}
		if !r.budget.edge() {
			return
		}
		e := r.edge(f)
		e.Target, e.Ordinal = Column{Table: table}, -1
		r.now.Edges = append(r.now.Edges, e)
	}
}

// nameless says that a flow comes from a file or table that has no name, as an
// empty string is, or in a statement that is cut off.
func (r *resolver) nameless(f flow) bool {
	return r.table(r.columns.list[f.column].table).Name == ""
}

// edge gives a flow as an edge that has no target yet.
func (r *resolver) edge(f flow) Edge {
	source := r.columns.list[f.column]
	e := Edge{
		Source:     Column{Table: r.table(source.table), Name: source.name},
		Type:       Indirect,
		Subtype:    flowSubtypes[f.kind],
		Resolution: resolutions[f.certainty],
		Statement:  r.now.place,
	}
	if f.kind.direct() {
		e.Type = Direct
	}
	return e
}

// eachOnce leaves out the edges that several writes of a step have in common.
func (r *resolver) eachOnce() {
	from := r.now.step.from
	r.now.Edges = r.now.Edges[:from+len(distinct(r.now.Edges[from:]))]
}

// An edgeKey is one for edges that say the same.
type edgeKey struct {
	source, target Column
	subtype        Subtype
	typ            Type
	statement      int
}

// distinct leaves out edges that say the same as one before. Of several direct
// ones of a pair the strongest is kept, in the place of the first.
func distinct(edges []Edge) []Edge {
	seen := make(map[edgeKey]int, len(edges))
	kept := edges[:0]
	for _, e := range edges {
		key := edgeKey{e.Source, e.Target, e.Subtype, e.Type, e.Statement}
		if e.Type == Direct {
			key.subtype = ""
		}
		at, ok := seen[key]
		if !ok {
			seen[key] = len(kept)
			kept = append(kept, e)
			continue
		}
		if strength(e.Subtype) > strength(kept[at].Subtype) {
			kept[at].Subtype = e.Subtype
		}
	}
	return kept
}

// strength orders the direct subtypes.
func strength(s Subtype) int {
	switch s {
	case Transformation:
		return 1
	case Aggregation:
		return 2
	}
	return 0
}
