package sqllineage

// A node is a relation of FROM in the order of its joins, for what a star of
// the whole gives.
type node struct {
	source      *source
	left, right *node
	merged      []outputColumn // of USING and NATURAL
	semi        bool
}

// aliased makes one source of a join that has an alias: (a JOIN b …) AS x. Its
// relations, from a place among the sources on, are not seen any more.
func (r *resolver) aliased(j *relation, n *node, sc *scope, first int) *node {
	s := &source{name: r.dialect.column(j.alias), aliased: true, table: noTable, out: &output{base: noTable, columns: r.nodeColumns(n, nil)}}
	if len(j.columns) > 0 {
		s.out = r.renameSource(s, j.columns)
	}
	r.pivots(j, s, sc)
	sc.sources = append(sc.sources[:first:first], s)
	sc.merged = nil
	return &node{source: s}
}

// join brings the right side of a join into a scope, whose left side is there,
// and what they are joined on.
func (r *resolver) join(f *relation, left *node, sc *scope) *node {
	n := &node{left: left, semi: f.semi}
	first := len(sc.sources)
	n.right = r.relation(f.right, sc)
	names := r.columnNames(f.using)
	if f.natural {
		names = r.shared(n)
	}
	for _, name := range names {
		c := outputColumn{name: name, origin: noTable}
		left, right := r.side(n.left, name), r.side(n.right, name)
		if f.semi {
			c.flows = left
		} else {
			c.flows = unite(appendThrough(appendThrough(nil, left, flowTransformation), right, flowTransformation))
		}
		n.merged = append(n.merged, c)
		sc.influence(united(left, right), flowJoin)
	}
	if !f.semi {
		sc.merge(n.merged)
	}
	if f.merged.text != "" {
		sc.sources = append(sc.sources, &source{
			name: r.dialect.column(f.merged), aliased: true, hidden: true, table: noTable, out: &output{base: noTable, columns: n.merged},
		})
	}
	if f.on != nil {
		r.decide(sc, f.on, flowJoin)
	}
	if f.semi {
		for _, s := range sc.sources[first:] {
			s.hidden = true
		}
	}
	return n
}

// merge brings merged columns in sight, in the place of those of the same name
// that they are made of.
func (sc *scope) merge(merged []outputColumn) {
	for _, c := range merged {
		replaced := false
		for i := range sc.merged {
			if sc.merged[i].name == c.name {
				sc.merged[i], replaced = c, true
			}
		}
		if !replaced {
			sc.merged = append(sc.merged, c)
		}
	}
}

// shared gives the names of the columns that both sides of a NATURAL join are
// known to have.
func (r *resolver) shared(n *node) []string {
	left, right := r.nodeColumns(n.left, nil), r.nodeColumns(n.right, nil)
	var names []string
	for i := range left {
		if !r.spend(len(right)) {
			break
		}
		for k := range right {
			if !left[i].star && !right[k].star && equalNames(left[i].name, right[k].name) {
				names = append(names, left[i].name)
				break
			}
		}
	}
	return names
}

// side gives the flows of a column that one side of a join is said to have.
func (r *resolver) side(n *node, name string) []flow {
	for _, exact := range cases {
		if flows, ok := r.sideListed(n, name, exact); ok {
			return flows
		}
	}
	var may []*source
	may = openLeaves(n, may)
	if len(may) == 0 {
		return nil
	}
	flows := r.beyond(may[0].out, name)
	if len(may) == 1 {
		return flows
	}
	guess := make([]flow, len(flows))
	for i, f := range flows {
		f.certainty = max(f.certainty, guessed)
		guess[i] = f
	}
	return guess
}

// mergedAs gives the place of a merged column by its name, or -1.
func mergedAs(merged []outputColumn, name string, exact bool) int {
	for i := range merged {
		if merged[i].name == name || !exact && equalNames(merged[i].name, name) {
			return i
		}
	}
	return -1
}

func (r *resolver) sideListed(n *node, name string, exact bool) (flows []flow, ok bool) {
	if n == nil || !r.spend(1) {
		return nil, false
	}
	if i := mergedAs(n.merged, name, exact); i >= 0 {
		return n.merged[i].flows, true
	}
	if n.source != nil {
		i := n.source.out.find(name)
		if i < 0 || exact && n.source.out.columns[i].name != name {
			return nil, false
		}
		return n.source.out.columns[i].flows, true
	}
	if flows, ok := r.sideListed(n.left, name, exact); ok || n.semi {
		return flows, ok
	}
	return r.sideListed(n.right, name, exact)
}

// openLeaves adds the sources of a node that may have columns not listed.
func openLeaves(n *node, to []*source) []*source {
	if n == nil {
		return to
	}
	if n.source != nil {
		if n.source.out.open() {
			to = append(to, n.source)
		}
		return to
	}
	to = openLeaves(n.left, to)
	if n.semi {
		return to
	}
	return openLeaves(n.right, to)
}

// nodeColumns adds the columns of a node: merged ones first, then the others
// of the left side, then of the right.
func (r *resolver) nodeColumns(n *node, to []outputColumn) []outputColumn {
	switch {
	case n == nil || !r.spend(1):
		return to
	case n.source != nil:
		if !r.spend(len(n.source.out.columns)) {
			return to
		}
		return append(to, n.source.starColumns()...)
	case n.semi:
		return r.nodeColumns(n.left, to)
	case len(n.merged) == 0:
		return r.nodeColumns(n.right, r.nodeColumns(n.left, to))
	}
	left, right := r.nodeColumns(n.left, nil), r.nodeColumns(n.right, nil)
	if r.dialect.mergesInPlace() {
		for i := range left {
			if k := named(n.merged, left[i].name); k >= 0 && !left[i].star {
				left[i] = n.merged[k]
			}
		}
		return appendOthers(append(to, left...), right, n.merged)
	}
	to = append(to, n.merged...)
	return appendOthers(appendOthers(to, left, n.merged), right, n.merged)
}

// mergesInPlace says that a star has the merged columns of a USING where the
// left side has them, and not first of all.
func (d Dialect) mergesInPlace() bool {
	return d == DuckDB || d == SQLite || d == ClickHouse || d == Generic
}

// appendOthers adds the columns that are not merged.
func appendOthers(to, columns, merged []outputColumn) []outputColumn {
	for _, c := range columns {
		if c.star || named(merged, c.name) < 0 {
			to = append(to, c)
		}
	}
	return to
}

// named gives the place of a name among columns, or -1.
func named(columns []outputColumn, name string) int {
	for i := range columns {
		if equalNames(columns[i].name, name) {
			return i
		}
	}
	return -1
}
