package sqllineage

// query reads a query with all that may stand around it, up to the end or to
// what cannot be part of it.
func (p *parser) query() *query {
	if !p.is("WITH") {
		return p.queryOf(nil, p.pos)
	}
	first := p.pos
	return p.queryOf(p.with(), first)
}

// queryOf reads the query that belongs to common table expressions.
func (p *parser) queryOf(ctes []*cte, first int) *query {
	if !p.enter() {
		p.pos = p.end
		return &query{}
	}
	q := p.setOperations(p.intersections(p.queryTerm()))
	q = p.queryTail(q)
	for p.is("|>") {
		q = p.pipe(q)
	}
	if len(ctes) > 0 {
		q.ctes = append(ctes, q.ctes...)
	}
	q.span = p.spanFrom(first)
	p.budget.leave()
	return q
}

// setOperations reads the UNIONs and EXCEPTs that follow a query.
func (p *parser) setOperations(left *query) *query {
	for !p.done() {
		op, ok := p.setOperator()
		if !ok {
			break
		}
		if op.operator == "INTERSECT" {
			left = p.combine(left, op, p.queryTerm())
			continue
		}
		right := p.intersections(p.queryTerm())
		if op.operator == "UNION" && !op.byName {
			left = p.unions(left, op, right)
			continue
		}
		left = p.combine(left, op, right)
	}
	return left
}

// unions reads on while there are further unions of the same sort. They are
// made a tree that is no deeper than it must be, as texts that are written by
// programs have hundreds of them.
func (p *parser) unions(left *query, op setOperation, right *query) *query {
	list := []*query{left, right}
	for p.is("UNION") && !p.anyAhead(3, "BY", "CORRESPONDING") {
		op, _ = p.setOperator()
		list = append(list, p.intersections(p.queryTerm()))
	}
	return p.balanced(list, op)
}

// anyAhead says that one of these is among the next n tokens.
func (p *parser) anyAhead(n int, keys ...string) bool {
	for i := range n {
		if p.anyAt(i, keys...) {
			return true
		}
	}
	return false
}

func (p *parser) balanced(list []*query, op setOperation) *query {
	if len(list) == 1 {
		return list[0]
	}
	half := len(list) / 2
	return p.combine(p.balanced(list[:half], op), op, p.balanced(list[half:], op))
}

// intersections reads the INTERSECTs that follow a query: they bind tighter.
func (p *parser) intersections(left *query) *query {
	for p.is("INTERSECT") {
		op, _ := p.setOperator()
		left = p.combine(left, op, p.queryTerm())
	}
	return left
}

func (p *parser) combine(left *query, op setOperation, right *query) *query {
	op.left, op.right = left, right
	return &query{set: &op, span: Span{left.span.Start, right.span.End}}
}

// setOperator reads a set operator with all its words.
func (p *parser) setOperator() (op setOperation, ok bool) {
	n := 0
	for p.anyAt(n, "INNER", "LEFT", "RIGHT", "FULL", "OUTER") {
		n++
	}
	switch p.ahead(n).key {
	case "UNION", "INTERSECT", "EXCEPT":
		op.operator = p.ahead(n).key
	case "MINUS":
		op.operator = "EXCEPT"
	default:
		return op, false
	}
	for range n + 1 {
		p.next()
	}
	for {
		switch {
		case p.isAny("ALL", "DISTINCT", "STRICT"):
			p.next()
		case p.acceptAll("BY", "NAME"), p.accept("CORRESPONDING"):
			op.byName = true
			p.accept("BY")
			p.acceptAny("ON")
			if p.identListAhead() {
				p.skipGroup()
			}
		default:
			return op, true
		}
	}
}

// queryTerm reads one of the queries that set operators combine.
func (p *parser) queryTerm() *query {
	first := p.pos
	q := &query{}
	switch {
	case p.is("("):
		q = p.queryGroup()
	case p.is("WITH"):
		return p.query()
	case p.is("VALUES"), p.is("VALUE") && p.isAt(1, "("):
		p.next()
		q.values = p.rows()
	case p.is("TABLE") && p.identAhead(1):
		p.next()
		q.table = p.tableName()
	case p.isAny("PIVOT", "UNPIVOT"):
		return p.pivotQuery()
	case p.is("FROM"):
		q.sel = p.fromFirst()
	case p.is("SELECT"), p.is("SEL"):
		q.sel = p.selection(q)
	default:
		p.fault("expected a query")
		p.skipToClause()
	}
	q.span = p.spanFrom(first)
	return q
}

// queryGroup reads a query in parentheses.
func (p *parser) queryGroup() *query {
	var q *query
	p.within(func() { q = p.query() })
	if q == nil {
		q = &query{}
	}
	return q
}

// skipToClause goes on to where something can be read again.
func (p *parser) skipToClause() {
	for !p.done() && !p.clauseAt(0) {
		p.skip()
	}
}

// rows reads the rows of VALUES.
func (p *parser) rows() [][]expr {
	var rows [][]expr
	for !p.done() {
		p.accept("ROW")
		if !p.is("(") {
			if at := p.pos; len(rows) == 0 { // VALUES 1, 2
				e := p.expressionAt(place{})
				if p.pos > at {
					rows = append(rows, []expr{e})
				}
			}
			break
		}
		var row []expr
		p.within(func() {
			for !p.done() {
				row = append(row, p.rowMember())
				if !p.accept(",") && !p.done() {
					p.fault("cannot read this")
					p.next()
				}
			}
		})
		rows = append(rows, row)
		if !p.accept(",") && !p.is("(") {
			break
		}
	}
	return rows
}

func (p *parser) rowMember() expr {
	var e expr
	first := p.pos
	s := p.argument(&e, place{mode: modeArguments})
	e.span, e.bare, e.label = p.spanFrom(first), s.bare, s.label
	return e
}

// queryTail reads ORDER BY, LIMIT and the like behind a query. What belongs to
// a query that has some already stands around it.
func (p *parser) queryTail(q *query) *query {
	for !p.done() {
		switch {
		case p.is("ORDER") && (p.isAt(1, "BY") || p.isAt(1, "SIBLINGS")):
			p.skipAny("ORDER", "SIBLINGS", "BY")
			p.accept("ALL")
			q.orderBy = append(q.orderBy, p.expressions(place{})...)
		case p.is("SORT") && p.isAt(1, "BY"), p.is("CLUSTER") && p.isAt(1, "BY"), p.is("DISTRIBUTE") && p.isAt(1, "BY"):
			p.next()
			p.next()
			q.orderBy = append(q.orderBy, p.expressions(place{})...)
		case p.is("LIMIT") && p.clauseAt(0), p.is("OFFSET") && p.clauseAt(0), p.is("FETCH") && p.clauseAt(0):
			p.limit(q)
		case p.queryOption():
		default:
			if op, ok := p.setOperator(); ok { // behind ORDER BY or LIMIT, as some write it
				q = p.setOperations(p.combine(q, op, p.queryTerm()))
				continue
			}
			return q
		}
	}
	return q
}

// limit reads LIMIT, OFFSET or FETCH.
func (p *parser) limit(q *query) {
	p.next()
	p.skipAny("FIRST", "NEXT")
	for !p.done() {
		if !p.isAny("ROW", "ROWS", "ALL", "PERCENT", "ONLY") {
			at := p.pos
			e := p.expressionAt(place{})
			q.rest = append(q.rest, e)
			if p.pos == at {
				return
			}
		}
		p.skipAny("ROW", "ROWS", "ALL", "PERCENT", "ONLY", "%")
		p.acceptAll("WITH", "TIES")
		if p.is("OVER") && p.isAt(1, "(") { // Vertica
			p.next()
			p.skipGroup()
		}
		if p.is("BY") { // ClickHouse: LIMIT 1 BY a
			p.next()
			q.rest = append(q.rest, p.expressions(place{})...)
			return
		}
		if !p.accept(",") {
			return
		}
	}
}

// queryOption steps over what may stand behind a query and says nothing of
// lineage: FOR UPDATE, OPTION (…), SETTINGS, FORMAT, WITH NO DATA.
func (p *parser) queryOption() bool {
	switch {
	case p.is("FOR") && !p.isAt(1, "SYSTEM_TIME"):
		p.next()
		p.optionWords()
	case p.is("LOCK") && p.isAt(1, "IN"):
		p.optionWords()
	case p.is("OPTION") && p.isAt(1, "("):
		p.next()
		p.skipGroup()
	case p.is("WITH") && p.anyNext("NO", "DATA", "CHECK", "READ", "CASCADED", "LOCAL", "UR", "CS", "RS", "RR", "ROLLUP", "CUBE", "TOTALS"):
		p.next()
		p.optionWords()
	case p.is("SETTINGS"), p.is("FORMAT") && p.ahead(1).kind == tokenWord && p.dialect == ClickHouse:
		p.next()
		for !p.done() && !p.isAny("FORMAT", ")", "UNION") {
			p.next()
		}
	default:
		return false
	}
	return true
}

// optionWords steps over the words of an option.
func (p *parser) optionWords() {
	for !p.done() && !p.is(";") && !p.is("|>") && !p.isAny("UNION", "LIMIT", "OFFSET", "ORDER") && !p.statementAt(0) {
		p.skip()
	}
}
