package sqllineage

// copyCost is how many steps it costs to copy a column, in memory above all.
const copyCost = 16

// pivots puts a source through the PIVOTs and UNPIVOTs behind it.
func (r *resolver) pivots(f *relation, s *source, sc *scope) {
	for _, p := range f.pivots {
		if !r.spend(copyCost * (len(s.out.columns) + len(p.values))) {
			return
		}
		inner := &scope{outer: sc.outer, ctes: sc.ctes, sources: []*source{s}}
		if p.unpivot {
			s.out = r.unpivot(p, s, inner)
		} else {
			s.out = r.pivot(p, s, inner)
		}
		s.out.influences = united(s.out.influences, inner.influences)
		if p.alias.text != "" {
			s.name, s.aliased = r.dialect.column(p.alias), true
		}
		if len(p.columns) > 0 {
			s.out = s.out.rename(r.columnNames(p.columns))
		}
	}
}

// pivot gives the columns of a PIVOT: those of its source that it neither
// aggregates nor turns into columns, and one for each value and aggregate.
func (r *resolver) pivot(p *pivot, s *source, inner *scope) *output {
	used := r.columnNames(p.keys)
	aggregates := make([]outputColumn, 0, len(p.aggregates))
	for _, a := range p.aggregates {
		flows := appendThrough(nil, r.value(inner, &a.expr), flowAggregation)
		name := ""
		if a.alias.text != "" {
			name = r.dialect.column(a.alias)
		}
		aggregates = append(aggregates, outputColumn{name: name, flows: unite(flows), span: a.expr.span, origin: noTable})
		for i := range a.expr.refs {
			n := a.expr.refs[i].name
			if len(n) > 0 {
				used = append(used, r.dialect.column(n[len(n)-1]))
			}
		}
	}
	for _, key := range p.keys {
		inner.influence(r.reference(inner, name{key}), flowGroupBy)
	}
	if p.query != nil {
		inner.influences = append(inner.influences, r.query(p.query, inner.outer, inner.ctes).influences...)
	}
	out := s.out.without(used)
	for _, v := range p.values {
		for _, a := range aggregates {
			a.name = pivotName(r, v, a.name)
			out.columns = append(out.columns, a)
		}
	}
	if len(p.values) == 0 && !anyStar(out.columns) {
		var all []flow
		for i := range aggregates {
			all = append(all, aggregates[i].flows...)
		}
		out.columns = append(out.columns, outputColumn{name: "*", star: true, flows: unite(all), origin: noTable})
	}
	return out
}

// pivotName names a column that a PIVOT makes of a value.
func pivotName(r *resolver, v pivotValue, aggregate string) string {
	name := v.text
	if v.alias.text != "" {
		name = r.dialect.column(v.alias)
	}
	if aggregate == "" {
		return name
	}
	if r.dialect == BigQuery {
		return aggregate + "_" + name
	}
	return name + "_" + aggregate
}

// without gives an output that lacks columns of some names.
func (o *output) without(names []string) *output {
	left := &output{base: o.base, influences: o.influences}
	for _, c := range o.columns {
		drop := false
		for _, name := range names {
			drop = drop || !c.star && equalNames(c.name, name)
		}
		if !drop {
			left.columns = append(left.columns, c)
		}
	}
	return left
}

// unpivot gives the columns of an UNPIVOT: those of its source that it does
// not turn into rows, one of their names, and one of their values.
func (r *resolver) unpivot(p *pivot, s *source, inner *scope) *output {
	var read []string
	values := make([][]flow, max(len(p.names), 1))
	var all []flow
	for _, v := range p.values {
		columns := v.columns
		for i, c := range columns {
			flows := r.reference(inner, name{c})
			at := min(i, len(values)-1)
			values[at] = append(values[at], flows...)
			all = append(all, flows...)
			read = append(read, r.dialect.column(c))
		}
	}
	out := s.out.without(read)
	for _, key := range p.keys {
		flows := unite(appendThrough(nil, all, flowConditional))
		out.columns = append(out.columns, outputColumn{name: r.dialect.column(key), flows: flows, span: key.span, origin: noTable})
	}
	for i, n := range p.names {
		flows := unite(appendThrough(nil, values[i], flowIdentity))
		out.columns = append(out.columns, outputColumn{name: r.dialect.column(n), flows: flows, span: n.span, origin: noTable})
	}
	return out
}
