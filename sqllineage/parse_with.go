package sqllineage

// with reads WITH and its common table expressions.
func (p *parser) with() []*cte {
	var list []*cte
	p.next()
	recursive := p.accept("RECURSIVE")
	for (p.identAhead(0) || p.dialect == ClickHouse && !p.done()) && !p.is("SELECT") {
		at := p.pos
		if c := p.cte(); c != nil {
			c.recursive = recursive
			list = append(list, c)
		}
		if !p.accept(",") && !p.isCTE() || p.pos == at {
			break
		}
	}
	return list
}

// isCTE says that another common table expression begins here, although the
// comma before it is missing.
func (p *parser) isCTE() bool {
	return p.identAhead(0) && p.isAt(1, "AS") && p.isAt(2, "(") && !p.clauseAt(0)
}

// cte reads one common table expression.
func (p *parser) cte() *cte {
	if p.dialect == ClickHouse && !p.tableAhead() {
		return p.scalarCTE()
	}
	c := &cte{name: p.ident()}
	if p.is("(") {
		c.columns = p.identList()
	}
	p.acceptAll("USING", "KEY") // DuckDB
	if p.is("(") {
		p.skipGroup()
	}
	p.accept("AS")
	if p.acceptAll("NOT", "MATERIALIZED") || p.accept("MATERIALIZED") {
		p.accept("AS")
	}
	if p.is("PROCEDURE") || p.is("FUNCTION") { // Snowflake: a procedure for this statement alone
		for !p.done() && !p.isAny("CALL", ",") {
			p.skip()
		}
		return nil
	}
	if !p.is("(") {
		p.fault("expected the query of " + clip(c.name.text))
		p.skipToClause()
		return c
	}
	p.within(func() { p.cteBody(c) })
	p.cteOptions(c)
	return c
}

// tableAhead says that what stands here in ClickHouse's WITH is a query with a
// name before it, and not an expression with a name behind it.
func (p *parser) tableAhead() bool {
	if !p.identAhead(0) {
		return false
	}
	if !p.isAt(1, "(") {
		return p.isAt(1, "AS") && p.isAt(2, "(")
	}
	i := p.closingOf(p.pos+1) + 1
	return i+1 < p.end && p.toks[i].key == "AS" && p.toks[i+1].key == "("
}

// cteBody reads the query of a common table expression, or what it does.
func (p *parser) cteBody(c *cte) {
	if p.isAny("INSERT", "UPDATE", "DELETE", "MERGE") || p.is("WITH") && p.modifies() {
		c.body = p.inner()
		return
	}
	c.query = p.query()
}

// cteOptions reads SEARCH … BY a, b SET o and CYCLE a, b SET m TO v DEFAULT v
// USING path behind a recursive one.
func (p *parser) cteOptions(c *cte) {
	for p.is("SEARCH") && p.anyNext("DEPTH", "BREADTH") || p.is("CYCLE") && p.identAhead(1) {
		closes := p.is("CYCLE")
		for !p.done() && !p.isAny("BY", "SET") && (!closes || p.is("CYCLE")) {
			p.next()
		}
		p.accept("BY")
		var by []ident
		for p.identAhead(0) && !p.is("SET") {
			by = append(by, p.ident())
			for !p.done() && !p.isAny(",", "SET") { // ASC, NULLS LAST
				p.next()
			}
			p.accept(",")
		}
		if !p.accept("SET") || !p.identAhead(0) {
			return
		}
		c.marks = append(c.marks, rowMark{name: p.ident(), by: by, closes: closes})
		for p.isAny("TO", "DEFAULT") {
			p.next()
			p.next()
		}
		if closes && p.accept("USING") && p.identAhead(0) {
			c.marks = append(c.marks, rowMark{name: p.ident(), by: by})
		}
	}
}

// scalarCTE reads ClickHouse's WITH expression AS name: there is no table.
func (p *parser) scalarCTE() *cte {
	c := &cte{scalar: true}
	e := p.expressionAt(place{})
	if p.accept("AS") && p.identAhead(0) {
		c.name = p.ident()
	}
	c.query = &query{span: e.span, sel: &selection{items: []*item{{expr: e, alias: c.name}}}}
	return c
}

// modifies says that the statement at hand, which begins with WITH, is no
// query but writes.
func (p *parser) modifies() bool {
	for i := p.pos; i < p.end; i++ {
		switch p.toks[i].key {
		case "(":
			i = p.closingOf(i)
		case "SELECT", "VALUES", "FROM":
			return false
		case "INSERT", "UPDATE", "DELETE", "MERGE":
			return true
		}
		p.burn()
	}
	return false
}
