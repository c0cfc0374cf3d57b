package sqllineage

import (
	"slices"
	"strings"
)

// relation brings a relation, and those it is joined of, into a scope. Joins
// mostly follow each other on the left, as many as a text has room for, so
// these are no levels of nesting.
func (r *resolver) relation(f *relation, sc *scope) *node {
	defer r.budget.leave()
	if !r.budget.enter() {
		return nil
	}
	var joins []*relation
	for f != nil && f.kind == relationJoin && r.spend(1) {
		joins = append(joins, f)
		f = f.left
	}
	if f == nil || !r.spend(1) {
		return nil
	}
	first := len(sc.sources)
	n := r.single(f, sc)
	for _, j := range slices.Backward(joins) {
		n = r.join(j, n, sc)
		if j.alias.text != "" {
			n = r.aliased(j, n, sc, first)
		}
	}
	return n
}

// single brings a relation that is no join into a scope.
func (r *resolver) single(f *relation, sc *scope) *node {
	s := r.leaf(f, sc)
	r.pivots(f, s, sc)
	sc.sources = append(sc.sources, s)
	sc.influences = append(sc.influences, s.out.influences...)
	return &node{source: s}
}

// leaf gives the source of a relation that is not a join.
func (r *resolver) leaf(f *relation, sc *scope) *source {
	s := &source{table: noTable}
	switch {
	case f.path != "": // read by a function, or by its name alone
		s = r.tableSource(f, sc)
	case f.kind == relationQuery:
		s.out = r.query(f.query, r.lateral(f, sc), sc.ctes)
	case f.kind == relationFunction:
		return r.function(f, sc)
	default:
		s = r.tableSource(f, sc)
	}
	if f.alias.text != "" {
		s.name, s.aliased = r.dialect.column(f.alias), true
	}
	if len(f.columns) > 0 {
		s.out = r.renameSource(s, f.columns)
	}
	return s
}

// renameSource gives a source's columns the names of its alias. Where its
// columns are not known, they are taken to have these names themselves.
func (r *resolver) renameSource(s *source, columns []ident) *output {
	names := r.columnNames(columns)
	if len(s.out.columns) != 1 || !s.out.columns[0].star {
		return s.out.rename(names)
	}
	out := &output{base: s.out.base, influences: s.out.influences}
	for _, name := range names {
		c := outputColumn{name: name, origin: noTable}
		for _, f := range s.out.columns[0].flows {
			if from := r.columns.list[f.column]; from.name == "*" {
				f.column, f.certainty = r.column(from.table, name), guessed
			}
			c.flows = append(c.flows, f)
		}
		out.columns = append(out.columns, c)
	}
	return out
}

// lateral gives the scope that a subquery of FROM may refer to beside its own:
// the relations before it, where it is LATERAL or its dialect needs no word
// for that, else what is further out.
func (r *resolver) lateral(f *relation, sc *scope) *scope {
	if f.lateral {
		before := *sc
		return &before
	}
	return sc.outer
}

// tableSource gives the source of a named table, or of a common table
// expression.
func (r *resolver) tableSource(f *relation, sc *scope) *source {
	if f.path != "" {
		id := r.id(Table{Name: f.path, Path: true})
		r.reads(id)
		return &source{table: id, name: f.path, out: r.tableOutput(id)}
	}
	if b := r.lookUp(sc.ctes, f.name); b != nil {
		// Its columns are shared, and its index with them.
		return &source{table: noTable, name: b.name, out: r.common(b)}
	}
	if s := r.rowsOf(f, sc); s != nil {
		return s
	}
	id := r.id(r.names.table(r.dialect, f.name))
	r.reads(id)
	return &source{table: id, name: r.table(id).Name, out: r.tableOutput(id)}
}

// rowsOf reads a name whose first part is a relation before it, in dialects
// where that means the rows in one of its columns: FROM t, t.items.
func (r *resolver) rowsOf(f *relation, sc *scope) *source {
	if r.dialect != BigQuery && r.dialect != Redshift || len(f.name) < 2 || f.name[0].quoted && strings.Contains(f.name[0].text, ".") {
		return nil
	}
	for s := sc; s != nil; s = s.outer {
		for _, before := range s.sources {
			if equalNames(before.name, r.dialect.column(f.name[0])) {
				flows, _ := r.within(before, f.name[1:])
				last := r.dialect.column(f.name[len(f.name)-1])
				rows := &source{table: noTable, name: last, function: true, any: flows, out: &output{base: noTable}}
				if f.offset.text != "" {
					if f.alias.text != "" {
						last = r.dialect.column(f.alias)
					}
					rows.out.columns = []outputColumn{{name: last, flows: flows, origin: noTable}, {name: r.dialect.column(f.offset), origin: noTable}}
				}
				return rows
			}
		}
	}
	return nil
}

// tableOutput gives the columns of a table: as an earlier statement made them,
// as the catalog has them, or not known.
func (r *resolver) tableOutput(id int32) *output {
	info := &r.tables.list[id]
	if info.out != nil {
		return info.out
	}
	var names []string
	if r.catalog != nil {
		names, _ = r.catalog.Columns(info.table)
	}
	info.out = r.listing(id, names)
	return info.out
}

// listing gives an output of a table's columns; without names it has any.
func (r *resolver) listing(id int32, names []string) *output {
	if len(names) == 0 {
		star := outputColumn{name: "*", star: true, origin: id}
		star.flows = []flow{{column: r.column(id, "*"), certainty: throughStar}}
		return &output{base: id, columns: []outputColumn{star}}
	}
	r.spend(len(names))
	out := &output{base: noTable, columns: make([]outputColumn, len(names))}
	flows := make([]flow, len(names))
	// They are found through this output, so that no map is needed to find them.
	first := int32(len(r.columns.list))
	r.columns.list = slices.Grow(r.columns.list, len(names))
	for i, name := range names {
		name = r.dialect.column(ident{text: name, quoted: true})
		flows[i].column = first + int32(i)
		r.columns.list = append(r.columns.list, columnKey{id, name})
		out.columns[i] = outputColumn{name: name, flows: flows[i : i+1 : i+1], origin: noTable}
	}
	return out
}
