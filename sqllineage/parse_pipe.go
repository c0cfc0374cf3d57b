package sqllineage

// pipe reads one |> operator of BigQuery and others, and what it makes of the
// query before it: mostly a query over that one.
func (p *parser) pipe(q *query) *query {
	p.next()
	first := p.pos
	over := &query{sel: &selection{from: []*relation{{kind: relationQuery, query: q, span: q.span, alias: pipeAlias(q)}}}}
	if p.isAny("SELECT", "WHERE", "AGGREGATE", "EXTEND") || p.joinAt(0) {
		over.sel.reuse(q)
	}
	s := over.sel
	switch p.tok().key {
	case "SELECT":
		p.next()
		p.selectHead(s)
		p.items(s)
		p.clauses(s, over)
	case "WHERE":
		everything(s)
		p.clauses(s, over)
	case "AGGREGATE":
		p.next()
		p.pipeAggregate(s)
	case "EXTEND":
		p.next()
		everything(s)
		p.items(s)
		p.clauses(s, over)
	case "SET", "DROP", "RENAME":
		p.pipeStar(s)
	case "AS":
		p.next()
		everything(s)
		if p.identAhead(0) {
			s.from[0].alias = p.ident()
		}
	case "ORDER", "LIMIT":
		everything(s)
		p.queryTail(over)
	case "DISTINCT":
		p.next()
		everything(s)
	case "PIVOT", "UNPIVOT", "TABLESAMPLE", "MATCH_RECOGNIZE":
		everything(s)
		p.relationTail(s.from[0])
	default:
		return p.pipeOther(q, over)
	}
	over.span = p.spanFrom(first)
	return over
}

// reuse takes the relation and the conditions of a query that gives all that
// it reads, so that its relations can still be named.
func (s *selection) reuse(q *query) {
	of := q.sel
	if of == nil || len(of.items) != 1 || of.items[0].star == nil || len(of.from) != 1 || len(of.groupBy)+len(of.sortBy)+len(of.windows)+len(q.ctes)+len(q.orderBy)+len(q.rest) > 0 {
		return
	}
	if st := of.items[0].star; len(st.qualifier)+len(st.except)+len(st.replace)+len(st.rename) == 0 {
		s.from, s.conds = of.from, of.conds
	}
}

// pipeOther reads the pipe operators that combine two queries.
func (p *parser) pipeOther(q, over *query) *query {
	if p.joinAt(0) {
		everything(over.sel)
		over.sel.from[0] = p.join(over.sel.from[0])
		return over
	}
	if op, ok := p.setOperator(); ok {
		for {
			q = p.combine(q, op, p.queryTerm())
			if !p.accept(",") {
				return q
			}
		}
	}
	if p.is("CALL") || p.is("WITH") || p.is("ASSERT") || p.is("WINDOW") {
		for !p.done() && !p.is("|>") {
			p.skip()
		}
		return q
	}
	p.fault("cannot read this behind |>")
	for !p.done() && !p.is("|>") {
		p.skip()
	}
	return q
}

// everything makes the query give all that it is made from.
func everything(s *selection) {
	s.items = append(s.items, &item{star: &star{span: s.from[0].span}})
}

// pipeAlias is the name that a query of one table, or of one that a pipe named,
// keeps behind a pipe.
func pipeAlias(q *query) ident {
	if q.sel == nil || len(q.sel.from) != 1 {
		return ident{}
	}
	r := q.sel.from[0]
	if r.alias.text != "" {
		return r.alias
	}
	if r.kind == relationTable && len(r.name) > 0 {
		return r.name[len(r.name)-1]
	}
	return ident{}
}

// pipeAggregate reads AGGREGATE sum(x) AS y GROUP BY z: the keys come first.
func (p *parser) pipeAggregate(s *selection) {
	var aggregates selection
	p.items(&aggregates)
	if p.is("GROUP") {
		p.next()
		p.acceptAll("AND", "ORDER")
		p.accept("BY")
		for !p.done() && !p.is("|>") {
			it := &item{expr: p.expression()}
			s.groupBy = append(s.groupBy, it.expr)
			p.itemAlias(it)
			p.ordering()
			s.items = append(s.items, it)
			if !p.accept(",") {
				break
			}
		}
	}
	s.items = append(s.items, aggregates.items...)
}

// pipeStar reads SET a = x, DROP a, b, or RENAME a AS b.
func (p *parser) pipeStar(s *selection) {
	st := &star{span: s.from[0].span}
	s.items = []*item{{star: st}}
	word := p.tok().key
	p.next()
	for !p.done() && !p.is("|>") && p.identAhead(0) {
		from := p.columnPart()
		switch {
		case word == "SET" && p.accept("="):
			st.replace = append(st.replace, &item{expr: p.expression(), alias: from})
		case word == "DROP":
			st.except = append(st.except, from)
		case word == "RENAME":
			p.accept("AS")
			if p.identAhead(0) {
				st.rename = append(st.rename, renaming{from: from, to: p.ident()})
			}
		}
		if !p.accept(",") {
			break
		}
	}
}

// fromFirst reads FROM … [SELECT …], as DuckDB and pipes begin.
func (p *parser) fromFirst() *selection {
	s := &selection{}
	p.next()
	s.from = p.relations()
	for p.is("WHERE") || p.is("GROUP") {
		at := p.pos
		p.clauses(s, nil)
		if p.pos == at {
			break
		}
	}
	if !p.is("SELECT") {
		everythingOf(s)
		return s
	}
	p.next()
	p.selectHead(s)
	p.items(s)
	p.clauses(s, nil)
	return s
}

// everythingOf is everything for a selection that may have no relation.
func everythingOf(s *selection) {
	if len(s.from) > 0 {
		everything(s)
	}
}
