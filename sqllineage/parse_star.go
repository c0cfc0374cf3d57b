package sqllineage

// starItem reads *, t.*, or COLUMNS(…) as an item of a SELECT.
func (p *parser) starItem(it *item) bool {
	n := 0
	for p.identAhead(n) && p.isAt(n+1, ".") {
		n += 2
	}
	switch {
	case p.isAt(n, "*") && (n > 0 && !p.rowGoesOn(n+1) || n == 0 && p.starEnds(1)):
		p.star(it, n)
		return true
	case n == 0 && p.is("COLUMNS") && p.isAt(1, "(") && (p.dialect == DuckDB || p.dialect == ClickHouse):
		first := p.pos
		p.next()
		p.skipGroup()
		if !p.starEnds(0) {
			p.pos = first
			return false
		}
		it.star = &star{span: p.spanFrom(first)}
		p.starOptions(it.star)
		return true
	}
	return false
}

// rowGoesOn says that what stands n places further goes on with an expression
// of a whole row: t.*::text, t.* IS NULL.
func (p *parser) rowGoesOn(n int) bool {
	t := p.ahead(n)
	return t.key == "IS" || t.kind == tokenOperator && t.key != "," && t.key != ")" && t.key != ";"
}

// starEnds says that what stands n places further shows the star before it to
// be no multiplication.
func (p *parser) starEnds(n int) bool {
	t := p.ahead(n)
	return t.kind == tokenEnd || t.key == "," || p.clauseAt(n) || t.kind == tokenWord
}

// star reads the star that stands behind n tokens of names and dots.
func (p *parser) star(it *item, n int) {
	first := p.pos
	it.star = &star{}
	if n > 0 {
		it.star.qualifier = p.columnName()
		p.next()
	}
	p.next()
	it.star.span = p.spanFrom(first)
	p.starOptions(it.star)
}

// itemStar reads .* behind an expression: its fields, whose names are not known.
func (p *parser) itemStar(it *item) {
	back := p.ahead(-1)
	if back.key != "*" || p.ahead(-2).key != "." || len(it.expr.refs) == 0 && len(it.expr.queries) == 0 {
		return
	}
	s := &star{span: it.expr.span}
	p.starOptions(s)
	it.fields = s
}

// starOptions reads what may follow a star.
func (p *parser) starOptions(s *star) {
	for {
		switch {
		case p.isAny("EXCEPT", "EXCLUDE") && (p.isAt(1, "(") && !p.queryIn(p.pos+1)):
			p.next()
			s.except = append(s.except, p.identList()...)
		case (p.is("EXCLUDE") || p.is("EXCEPT") && p.dialect == ClickHouse) && p.identAhead(1) && !p.isAt(1, "SELECT"):
			p.next()
			s.except = append(s.except, p.ident())
		case p.is("REPLACE"):
			p.next()
			p.replacements(s)
		case p.is("RENAME"):
			p.next()
			p.renamings(s)
		case p.isAny("ILIKE", "LIKE") && p.ahead(1).kind == tokenString:
			p.next()
			p.next()
		case p.is("APPLY") && p.dialect == ClickHouse && p.identAhead(1): // * APPLY toString
			p.next()
			p.next()
		case p.is("APPLY") && p.isAt(1, "("): // ClickHouse: * APPLY(sum)
			p.next()
			p.skipGroup()
		default:
			return
		}
	}
}

// replacements reads REPLACE (expr AS name, …).
func (p *parser) replacements(s *star) {
	one := func() {
		at := p.pos
		it := p.item()
		if p.pos > at {
			s.replace = append(s.replace, it)
		}
	}
	if !p.is("(") {
		one()
		return
	}
	p.within(func() {
		for !p.done() {
			at := p.pos
			one()
			if !p.accept(",") && p.pos == at {
				p.next()
			}
		}
	})
}

// renamings reads RENAME (a AS b, …), or RENAME a AS b.
func (p *parser) renamings(s *star) {
	one := func() {
		if !p.identAhead(0) {
			p.next()
			return
		}
		r := renaming{from: p.columnPart()}
		p.accept("AS")
		if p.identAhead(0) {
			r.to = p.ident()
			s.rename = append(s.rename, r)
		}
	}
	if !p.is("(") {
		one()
		return
	}
	p.within(func() {
		for !p.done() {
			one()
			p.accept(",")
		}
	})
}
