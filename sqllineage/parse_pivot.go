package sqllineage

// pivot reads PIVOT (…) or UNPIVOT (…) behind a relation.
func (p *parser) pivot(r *relation) {
	v := &pivot{unpivot: p.is("UNPIVOT")}
	p.next()
	if p.isAny("INCLUDE", "EXCLUDE") {
		p.next()
		p.accept("NULLS")
	}
	p.within(func() {
		if v.unpivot {
			p.unpivotBody(v)
		} else {
			p.pivotBody(v)
		}
	})
	r.pivots = append(r.pivots, v)
}

// pivotBody reads SUM(x) AS s, … FOR key IN (…).
func (p *parser) pivotBody(v *pivot) {
	for !p.done() && !p.is("FOR") {
		at := p.pos
		it := &item{expr: p.expressionAt(place{})}
		if !p.is("FOR") {
			p.itemAlias(it)
		}
		v.aggregates = append(v.aggregates, it)
		if !p.accept(",") && p.pos == at {
			p.next()
		}
	}
	for p.accept("FOR") || p.identAhead(0) && !p.done() && len(v.keys) > 0 && !p.is("GROUP") {
		p.pivotKeys(v)
		p.accept("IN")
		p.pivotValues(v)
	}
	if p.is("GROUP") {
		p.pos = p.end
	}
}

// pivotKeys reads the columns behind FOR.
func (p *parser) pivotKeys(v *pivot) {
	if p.is("(") {
		v.keys = append(v.keys, p.identList()...)
		return
	}
	if p.identAhead(0) {
		v.keys = append(v.keys, p.columnPart())
	}
	for !p.done() && !p.is("IN") { // an expression
		p.skip()
	}
}

// pivotValues reads what stands in the parentheses behind IN.
func (p *parser) pivotValues(v *pivot) {
	switch {
	case p.is("(") && p.queryIn(p.pos):
		v.query = p.queryGroup()
	case p.is("("):
		p.within(func() {
			if p.isAny("ANY", "ALL") { // which there are is not known
				p.pos = p.end
				return
			}
			for !p.done() {
				v.values = append(v.values, p.pivotValue())
				p.skipArgument()
				p.accept(",")
			}
		})
	case p.identAhead(0): // DuckDB: IN an_enum
		p.next()
	}
	if p.is("DEFAULT") {
		p.pos = p.end
	}
}

// pivotValue reads one of IN (…), with its alias.
func (p *parser) pivotValue() pivotValue {
	var v pivotValue
	t := p.tok()
	switch {
	case p.is("("):
		v.columns = p.identList()
		v.text = clip(p.sql[t.start:max(t.start, p.ahead(-1).end)])
	case p.identAhead(0):
		name := p.columnName()
		v.columns = []ident{name[len(name)-1]}
		v.text = v.columns[0].text
	default:
		v.text = t.text
		p.skip()
	}
	for !p.done() && !p.is(",") && !p.is("AS") && p.tok().kind == tokenOperator {
		p.skip()
		p.next()
	}
	if p.accept("AS") || p.identAhead(0) || p.tok().kind == tokenString {
		if p.identAhead(0) || p.tok().kind == tokenString || p.tok().kind == tokenNumber {
			v.alias = p.ident()
		}
	}
	return v
}

// unpivotBody reads value FOR name IN (a, b AS 'x'), or (v1, v2) FOR ….
func (p *parser) unpivotBody(v *pivot) {
	switch {
	case p.is("("):
		v.names = p.identList()
	case p.identAhead(0):
		v.names = []ident{p.ident()}
	}
	if p.accept("FOR") {
		p.pivotKeys(v)
	}
	p.accept("IN")
	p.pivotValues(v)
}
