package sqllineage

import (
	"strconv"
	"strings"
)

// query gives the columns of a query. outer is the scope that it stands in,
// for correlated references, and may be nil.
func (r *resolver) query(q *query, outer *scope, ctes *binding) *output {
	if q == nil || !r.spend(1) {
		return &output{base: noTable}
	}
	defer r.budget.leave()
	if !r.budget.enter() {
		return &output{base: noTable}
	}
	ctes = r.bind(q.ctes, outer, ctes)
	sc := &scope{outer: outer, ctes: ctes}
	var out *output
	switch {
	case q.sel != nil:
		out = r.selection(q.sel, sc)
	case q.set != nil:
		out = r.setOperation(q.set, outer, ctes)
		sc.influences = append(sc.influences, out.influences...)
		sc.aliases, sc.own = out.columns, make([]bool, len(out.columns))
	case q.table != nil:
		node := r.relation(q.table, sc)
		out = &output{base: noTable, columns: r.nodeColumns(node, nil)}
	default:
		out = r.values(q.values, sc)
	}
	r.after(q, sc)
	out.influences = unite(sc.influences)
	if q.into != nil {
		r.writeInto(q.into, out)
	}
	return out
}

// after reads what stands behind a query: ORDER BY and LIMIT.
func (r *resolver) after(q *query, sc *scope) {
	seen := sc.aliasesSeen
	sc.aliasesSeen = aliasesBefore
	r.arrange(sc, q.orderBy, flowSort)
	sc.aliasesSeen = seen
	for i := range q.rest {
		r.decide(sc, &q.rest[i], flowFilter)
	}
}

// selection gives the columns of a SELECT, and leaves what decides on its rows
// in its scope.
func (r *resolver) selection(s *selection, sc *scope) *output {
	sc.shown = &evidence{sel: s}
	nodes := make([]*node, 0, len(s.from))
	for _, f := range s.from {
		nodes = append(nodes, r.relation(f, sc))
	}
	sc.windows = s.windows
	sc.aliasesSeen = r.dialect.aliasesIn("SELECT")
	out := &output{base: noTable, columns: make([]outputColumn, 0, len(s.items))}
	for _, i := range s.items {
		before := len(out.columns)
		out.columns = r.item(i, sc, nodes, out.columns)
		for range out.columns[before:] {
			sc.own = append(sc.own, refersTo(r, i))
		}
		sc.aliases = out.columns
	}
	if len(s.transform) > 0 {
		out.columns = r.transformed(s, out)
		sc.aliases, sc.own = out.columns, make([]bool, len(out.columns))
	}
	for i, c := range s.conds {
		sc.aliasesSeen = r.dialect.aliasesIn(strings.ToUpper(r.wordBefore(c.expr.span.Start)))
		r.decideAll(sc, s.conds[i:i+1])
	}
	sc.aliasesSeen = r.dialect.aliasesIn("BY")
	r.arrange(sc, s.groupBy, flowGroupBy)
	r.arrange(sc, s.sortBy, flowSort)
	return out
}

// aliasesIn says how a clause may refer to the aliases of the SELECT list. The
// clause goes by its last word.
func (d Dialect) aliasesIn(clause string) aliasUse {
	switch d {
	case Snowflake, Databricks, Spark, Redshift, DuckDB, ClickHouse:
		return aliasesAfter
	case TSQL, Oracle:
		return aliasesNever
	}
	if d == Generic && clause == "SELECT" {
		return aliasesLast
	}
	if clause == "BY" || clause == "QUALIFY" || clause == "HAVING" && d != PostgreSQL {
		return aliasesAfter
	}
	return aliasesNever
}

// refersTo says that an item's expression refers to a column of the name that
// its alias has, so that there is such a column.
func refersTo(r *resolver, i *item) bool {
	if i.alias.text == "" {
		return true
	}
	for k := range i.expr.refs {
		n := i.expr.refs[k].name
		if len(n) == 1 && equalNames(r.dialect.column(n[0]), r.dialect.column(i.alias)) {
			return true
		}
	}
	return false
}

// item adds the columns of one of a SELECT's list.
func (r *resolver) item(i *item, sc *scope, nodes []*node, to []outputColumn) []outputColumn {
	if !r.spend(1) {
		return to
	}
	if i.star != nil {
		return r.star(i.star, sc, nodes, to)
	}
	flows := r.value(sc, &i.expr)
	c := outputColumn{flows: flows, span: i.expr.span, origin: noTable}
	if i.fields != nil {
		c.name, c.star = "*", true
		return r.starChanges(i.fields, sc, []outputColumn{c}, to)
	}
	for _, alias := range i.aliases {
		c.name = r.dialect.column(alias)
		to = append(to, c)
	}
	if len(i.aliases) > 0 {
		return to
	}
	c.name, c.unnamed = r.itemName(i, sc, len(to))
	return append(to, c)
}

// itemName names a column: by its alias, by what its expression goes by, or by
// its place.
func (r *resolver) itemName(i *item, sc *scope, place int) (name string, unnamed bool) {
	switch {
	case i.alias.text != "":
		return r.dialect.column(i.alias), false
	case i.expr.bare && len(i.expr.refs) == 1 && len(i.expr.refs[0].name) > 0:
		n := i.expr.refs[0].name
		if name, ok := r.nameAt(sc, n); ok {
			return name, false
		}
		return r.dialect.column(n[len(n)-1]), false
	case i.expr.label != "":
		return i.expr.label, r.madeName(i)
	}
	return "_col_" + strconv.Itoa(place), true
}

// madeName says that an item's name is that of the function that makes it, as
// PostgreSQL names it: enough for a new table, but nothing that an INSERT means.
func (r *resolver) madeName(i *item) bool {
	if r.dialect != PostgreSQL && r.dialect != Redshift {
		return false
	}
	for k := range i.expr.refs {
		if n := i.expr.refs[k].name; len(n) > 0 && equalNames(r.dialect.column(n[len(n)-1]), i.expr.label) {
			return false
		}
	}
	return true
}

// nameAt names the column that Snowflake's $1, or t.$1, means.
func (r *resolver) nameAt(sc *scope, n name) (name string, ok bool) {
	place, ok := r.ordinal(n[len(n)-1])
	for _, s := range sc.sources {
		if ok && len(n) > 1 && !equalNames(s.name, r.dialect.column(n[len(n)-2])) {
			continue
		}
		if ok && place < len(s.out.columns) && !s.out.columns[place].star {
			return s.out.columns[place].name, true
		}
	}
	return "", false
}

// transformed gives the columns of Hive's TRANSFORM: each comes from all that
// the script is given.
func (r *resolver) transformed(s *selection, out *output) []outputColumn {
	all := appendThrough(nil, allFlows(out), flowTransformation)
	columns := make([]outputColumn, 0, len(s.transform))
	for _, i := range s.transform {
		columns = append(columns, outputColumn{name: r.dialect.column(i), flows: all, origin: noTable})
	}
	return columns
}

// values gives the columns of VALUES: each comes from that place of each row.
func (r *resolver) values(rows [][]expr, sc *scope) *output {
	out := &output{base: noTable}
	for _, row := range rows {
		for i := range row {
			if !r.spend(1) {
				return out
			}
			for len(out.columns) <= i {
				name := "column" + strconv.Itoa(len(out.columns)+1)
				out.columns = append(out.columns, outputColumn{name: name, span: row[i].span, origin: noTable, unnamed: true})
			}
			if len(row[i].refs)+len(row[i].queries) > 0 {
				c := &out.columns[i]
				c.flows = unite(append(c.flows, r.value(sc, &row[i])...))
			}
		}
	}
	return out
}

// setOperation gives the columns of UNION and the like: those of its left
// side, each from both sides.
func (r *resolver) setOperation(s *setOperation, outer *scope, ctes *binding) *output {
	left, right := r.query(s.left, outer, ctes), r.query(s.right, outer, ctes)
	out := &output{base: noTable, columns: make([]outputColumn, len(left.columns), max(len(left.columns), len(right.columns)))}
	copy(out.columns, left.columns)
	if s.byName || left.open() && left.base == noTable && len(left.columns) != len(right.columns) || right.open() && len(left.columns) != len(right.columns) {
		r.uniteByName(out, right)
	} else {
		for i := range min(len(out.columns), len(right.columns)) {
			out.columns[i].flows = united(out.columns[i].flows, right.columns[i].flows)
			if right.columns[i].star && !out.columns[i].star {
				out.columns[i].origin = noTable
			}
			if out.columns[i].star && (!right.columns[i].star || right.columns[i].origin != out.columns[i].origin) {
				out.columns[i].origin = noTable
			}
		}
	}
	r.spend(len(out.columns))
	out.influences = united(left.influences, right.influences)
	return out
}

// united gives the flows of both, and changes neither.
func united(a, b []flow) []flow {
	switch {
	case len(b) == 0:
		return a
	case len(a) == 0:
		return b
	}
	both := make([]flow, 0, len(a)+len(b))
	return unite(append(append(both, a...), b...))
}

// uniteByName adds the columns of the right side to those of the same name,
// its stars to a star, and the others at the end.
func (r *resolver) uniteByName(out, right *output) {
	for i := range right.columns {
		c := &right.columns[i]
		at := -1
		if !c.star {
			at = out.find(c.name)
		} else {
			for k := range out.columns {
				if out.columns[k].star {
					at = k
				}
			}
		}
		if at < 0 {
			out.columns = append(out.columns, *c)
			out.index = nil
			continue
		}
		out.columns[at].flows = united(out.columns[at].flows, c.flows)
		if c.star {
			out.columns[at].origin = noTable
		}
	}
}
