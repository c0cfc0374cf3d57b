package sqllineage

import "slices"

// A binding is a common table expression that is in sight. Those further out,
// or earlier in the same WITH, follow it.
type binding struct {
	next    *binding
	name    string
	cte     *cte
	outer   *scope
	sees    *binding // what its own query has in sight
	out     *output
	busy    bool // it is being resolved
	reached bool // it was referred to while it was
}

// bind brings the common table expressions of a WITH in sight, and resolves
// each once, whether it is used or not.
func (r *resolver) bind(ctes []*cte, outer *scope, sight *binding) *binding {
	if len(ctes) == 0 {
		return sight
	}
	list := make([]*binding, 0, len(ctes))
	for _, c := range ctes {
		b := &binding{next: sight, name: r.dialect.column(c.name), cte: c, outer: outer, sees: sight}
		list, sight = append(list, b), b
	}
	for _, b := range list {
		if b.cte.recursive {
			b.sees = sight
		} else if r.dialect.recursesUnsaid() {
			b.sees = b
		}
	}
	for _, b := range list {
		r.common(b)
	}
	return sight
}

// recursesUnsaid says that a common table expression may refer to itself
// without RECURSIVE.
func (d Dialect) recursesUnsaid() bool { return d == TSQL || d == Oracle || d == Snowflake }

// lookUp finds a common table expression by its name.
func (r *resolver) lookUp(sight *binding, n name) *binding {
	if len(n) != 1 {
		return nil
	}
	name := r.dialect.column(n[0])
	for b := sight; b != nil; b = b.next {
		if equalNames(b.name, name) && (!b.busy || b.recurses()) {
			return b
		}
	}
	return nil
}

// scalar gives what an expression that WITH names comes from, as references to
// its name mean it where they stand.
func (r *resolver) scalar(sc *scope, n name) (flows []flow, ok bool) {
	if r.dialect != ClickHouse {
		return nil, false
	}
	for b := sc.ctes; b != nil; b = b.next {
		if b.cte.scalar && !b.busy && equalNames(b.name, r.dialect.column(n[0])) {
			b.busy = true
			defer func() { b.busy = false }()
			return r.value(sc, &b.cte.query.sel.items[0].expr), true
		}
	}
	return nil, false
}

// recurses says that the query is of a form that may refer to itself: a set
// operation. One that is not means a table of its name.
func (b *binding) recurses() bool {
	q := b.cte.query
	return b.cte.recursive || q != nil && q.set != nil
}

// common gives the columns of a common table expression.
func (r *resolver) common(b *binding) *output {
	if b.out != nil || b.busy {
		b.reached = b.reached || b.busy
		if b.out == nil {
			b.out = &output{base: noTable}
		}
		return b.out
	}
	b.busy = true
	b.out = r.marked(r.fixpoint(b), b.cte.marks)
	b.busy = false
	return b.out
}

// marked adds the columns of SEARCH and CYCLE to an output.
func (r *resolver) marked(o *output, marks []rowMark) *output {
	if len(marks) == 0 {
		return o
	}
	with := &output{base: o.base, influences: o.influences, columns: slices.Clone(o.columns)}
	for _, m := range marks {
		c := outputColumn{name: r.dialect.column(m.name), origin: noTable}
		kind := flowTransformation
		if m.closes {
			kind = flowConditional
		}
		for _, by := range m.by {
			if i := o.find(r.dialect.column(by)); i >= 0 && r.spend(1) {
				c.flows = appendThrough(c.flows, o.columns[i].flows, kind)
			}
		}
		with.columns = append(with.columns, c)
	}
	return with
}

// turnsAtLeast is how often a recursive query is resolved at the least. What
// flows around takes at most a turn for each column.
const turnsAtLeast = 3

// fixpoint resolves the query of a common table expression again until its
// columns stay as they are. One that does not refer to itself is done at once.
func (r *resolver) fixpoint(b *binding) *output {
	if b.cte.body != nil {
		return r.dataModifying(b).rename(r.columnNames(b.cte.columns))
	}
	if q := b.cte.query; q != nil && q.set != nil && b.recurses() {
		b.out = r.anchor(b, q)
	}
	for turns := 0; ; turns++ {
		b.reached = false
		before := b.out
		out := r.query(b.cte.query, b.outer, b.sees).rename(r.columnNames(b.cte.columns))
		if before != nil && len(before.columns) > 0 && len(out.columns) > len(before.columns) {
			out.columns = out.columns[:len(before.columns)] // the first part says how many there are
		}
		if !b.reached || r.budget.spent || before != nil && (out.sameAs(before) || turns > len(before.columns)+turnsAtLeast) {
			return out
		}
		b.out = out
	}
}

// anchor gives the columns of the first part of a recursive query, by whose
// names the others refer to it.
func (r *resolver) anchor(b *binding, q *query) *output {
	b.out = &output{base: noTable}
	first := q
	for first.set != nil && len(first.ctes) == 0 {
		first = first.set.left
	}
	if len(q.ctes) > 0 {
		return r.query(q, b.outer, b.sees).rename(r.columnNames(b.cte.columns))
	}
	return r.query(first, b.outer, b.sees).rename(r.columnNames(b.cte.columns))
}

// columnNames folds a list of columns.
func (r *resolver) columnNames(list []ident) []string {
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = r.dialect.column(list[i])
	}
	return names
}

// sameAs says that two outputs take the same from the same.
func (o *output) sameAs(other *output) bool {
	if len(o.columns) != len(other.columns) || len(o.influences) != len(other.influences) {
		return false
	}
	for i := range o.columns {
		a, b := o.columns[i].flows, other.columns[i].flows
		if len(a) != len(b) {
			return false
		}
		for k := range a {
			if a[k] != b[k] {
				return false
			}
		}
	}
	return true
}
