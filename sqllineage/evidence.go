package sqllineage

// Evidence is what a statement itself shows of the columns of the relations it
// reads. Where it has o.id in one place, o has such a column, and id in
// another place means it: if a second relation had one, id would be ambiguous
// and the statement would fail.
type evidence struct {
	sel *selection
	// qualifiers are those that stand before each column somewhere in sel, or
	// nil until they are asked for.
	qualifiers map[string][]string
	// assigned are the columns that the statement sets of its target.
	assigned map[string]bool
	target   *source
}

// shown gives the one source that the text shows to have a column, though
// several could.
func (r *resolver) shown(sc *scope, column ident) *source {
	if sc.shown == nil {
		return nil
	}
	name := fold(r.dialect.column(column))
	if sc.shown.assigned[name] {
		return sc.shown.target
	}
	if sc.shown.qualifiers == nil {
		sc.shown.qualifiers = map[string][]string{}
		r.collect(sc.shown)
	}
	var one *source
	for _, q := range sc.shown.qualifiers[name] {
		for _, s := range sc.sources {
			if s.hidden || s.function || !equalNames(s.name, q) || s == one {
				continue
			}
			if one != nil {
				return nil
			}
			one = s
		}
	}
	if one == nil || !one.out.open() {
		return nil
	}
	return one
}

// collect notes the qualified references of a SELECT.
func (r *resolver) collect(e *evidence) {
	if e.sel == nil {
		return
	}
	for _, i := range e.sel.items {
		r.witness(e, &i.expr)
	}
	for _, c := range e.sel.conds {
		r.witness(e, &c.expr)
	}
	for i := range e.sel.groupBy {
		r.witness(e, &e.sel.groupBy[i])
	}
	for _, f := range e.sel.from {
		r.collectJoins(e, f)
	}
}

func (r *resolver) collectJoins(e *evidence, f *relation) {
	for f != nil && r.spend(1) {
		if f.kind != relationJoin {
			r.witness(e, &f.call)
			return
		}
		if f.on != nil {
			r.witness(e, f.on)
		}
		if f.right != nil {
			if r.budget.enter() {
				r.collectJoins(e, f.right)
			}
			r.budget.leave()
		}
		f = f.left
	}
}

// witness notes the qualified references of an expression.
func (r *resolver) witness(e *evidence, x *expr) {
	r.spend(len(x.refs))
	for i := range x.refs {
		n := x.refs[i].name
		if len(n) != 2 || x.refs[i].star {
			continue
		}
		column, qualifier := fold(r.dialect.column(n[1])), r.dialect.column(n[0])
		e.qualifiers[column] = append(e.qualifiers[column], qualifier)
	}
}
