package sqllineage

import "strings"

// selection reads SELECT … FROM … WHERE … and the clauses that follow. SELECT
// INTO goes to q.
func (p *parser) selection(q *query) *selection {
	s := &selection{}
	p.next()
	p.selectHead(s)
	if p.scriptAhead() {
		p.transform(s)
	} else {
		p.items(s)
	}
	p.clauses(s, q)
	return s
}

// selectHead reads what stands between SELECT and its list.
func (p *parser) selectHead(s *selection) {
	for !p.done() {
		switch {
		case p.is("DISTINCT") && p.isAt(1, "ON") && p.isAt(2, "("):
			p.next()
			p.next()
			p.within(func() { s.sortBy = append(s.sortBy, p.expressions(place{mode: modeArguments})...) })
		case p.isAny("DISTINCT", "ALL", "STRAIGHT_JOIN", "HIGH_PRIORITY", "DISTINCTROW") &&
			!p.isAt(1, ".") && !p.isAt(1, ",") && !p.isAt(1, "FROM"):
			p.next()
		case p.is("AS") && p.anyNext("STRUCT", "VALUE"):
			p.next()
			p.next()
			s.asStruct = true
		case p.is("WITH") && p.identAhead(1): // BigQuery: WITH DIFFERENTIAL_PRIVACY OPTIONS (…)
			p.next()
			p.next()
			p.acceptAny("OPTIONS")
			if p.is("(") {
				p.skipGroup()
			}
		case len(p.tok().text) > 4 && strings.EqualFold(p.tok().text[:4], "SQL_") && p.operandAhead(1) && p.dialect == MySQL:
			p.next()
		case p.is("TOP") && (p.ahead(1).kind == tokenNumber || p.isAt(1, "(") || p.ahead(1).kind == tokenParam || p.ahead(1).kind == tokenWord && p.ahead(1).text[0] == '@'):
			p.next()
			p.skip()
			p.skipAny("PERCENT")
			p.acceptAll("WITH", "TIES")
		default:
			return
		}
	}
}

// items reads the list of a SELECT. A comma may trail.
func (p *parser) items(s *selection) {
	for !p.done() && !p.clauseEnd() {
		at := p.pos
		it := p.item()
		if p.pos == at {
			p.fault("cannot read this in SELECT")
			if !p.isAny(")", "]", "}") && !p.is(",") {
				return
			}
			p.next()
			continue
		}
		s.items = append(s.items, it)
		if !p.accept(",") {
			return
		}
	}
}

// clauseEnd says that a list of expressions ends here.
func (p *parser) clauseEnd() bool {
	if !p.clauseAt(0) {
		return false
	}
	switch p.tok().key {
	case "LEFT", "RIGHT", "SET", "VALUES", "IF", "WITH", "FOR", "BY", "REPLACE", "USING":
		return false
	}
	return true
}

// item reads one of a SELECT's list.
func (p *parser) item() *item {
	it := &item{}
	if p.starItem(it) {
		return it
	}
	if p.dialect == TSQL && p.isAt(1, "=") && (p.identAhead(0) || p.tok().kind == tokenString) {
		alias := p.ident()
		p.next()
		it.expr = p.expression()
		if alias.quoted || alias.text[0] != '@' {
			it.alias = alias
		}
		return it
	}
	if p.dialect == DuckDB && p.isAt(1, ":") && p.identAhead(0) { // DuckDB: SELECT a: 1
		it.alias = p.ident()
		p.next()
		it.expr = p.expression()
		return it
	}
	it.expr = p.expression()
	p.itemStar(it)
	p.itemAlias(it)
	return it
}

// itemAlias reads the name that an item is given.
func (p *parser) itemAlias(it *item) {
	t := p.tok()
	switch {
	case p.is("AS"):
		p.next()
		switch {
		case p.is("("):
			it.aliases = p.identList()
		case p.identAhead(0) || p.tok().kind == tokenString || p.tok().kind == tokenNumber:
			it.alias = p.aliasIdent()
		default:
			p.fault("expected a name behind AS")
		}
	case t.kind == tokenQuoted, t.kind == tokenString, t.kind == tokenParam:
		it.alias = p.aliasIdent()
	case t.kind == tokenWord && !p.clauseAt(0) && !isReserved(t.key):
		it.alias = p.ident()
	}
	if p.is("(") && p.phrase() { // Teradata's (FORMAT 'x')
		p.skipGroup()
	}
}

// aliasIdent reads an alias. The colon of a parameter is no part of it.
func (p *parser) aliasIdent() ident {
	id := p.ident()
	if !id.quoted {
		id.text = strings.TrimPrefix(id.text, ":")
	}
	return id
}

// clauses reads what follows the list of a SELECT, in whatever order.
func (p *parser) clauses(s *selection, q *query) {
	for !p.done() {
		switch t := p.tok(); t.key {
		case "FROM":
			p.next()
			s.from = append(s.from, p.relations()...)
		case "INTO":
			p.into(q)
		case "BULK":
			if !p.acceptAll("BULK", "COLLECT") {
				return
			}
		case "WHERE", "PREWHERE", "HAVING", "QUALIFY":
			p.next()
			s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
		case "GROUP":
			p.groupBy(s)
		case "WINDOW":
			if !p.clauseAt(0) {
				return
			}
			p.namedWindows(s)
		case "CONNECT", "START":
			if !p.hierarchy(s) {
				return
			}
		case "DISTRIBUTE", "CLUSTER", "SORT":
			if !p.isAt(1, "BY") {
				return
			}
			p.next()
			p.next()
			s.sortBy = append(s.sortBy, p.expressions(place{})...)
		case "MODEL", "TIMESERIES": // of Oracle and of Vertica
			for !p.done() && !p.isAny("UNION", "MINUS", "ORDER", "LIMIT") {
				p.skip()
			}
		case "LATERAL":
			if !p.isAt(1, "VIEW") {
				return
			}
			s.from = p.lateralViews(s.from)
		default:
			return
		}
	}
}

// groupBy reads GROUP BY.
func (p *parser) groupBy(s *selection) {
	p.next()
	p.accept("BY")
	if (p.is("ALL") || p.is("DISTINCT")) && !p.isAt(1, ",") {
		p.next()
	}
	for !p.done() && !p.clauseEnd() {
		at := p.pos
		if p.acceptAll("GROUPING", "SETS") {
			var e expr
			p.group(&e, place{})
			s.groupBy = append(s.groupBy, e)
		} else if e := p.expression(); p.pos > at {
			s.groupBy = append(s.groupBy, e)
		}
		p.ordering()
		if p.acceptAll("GROUPING", "SETS") && p.is("(") {
			p.skipGroup()
		}
		if p.is("WITH") && p.anyNext("ROLLUP", "CUBE", "TOTALS") {
			p.next()
			p.next()
		}
		further := p.isAny("ROLLUP", "CUBE") && p.isAt(1, "(") || p.are("GROUPING", "SETS") // without a comma
		if !p.accept(",") && !further {
			return
		}
	}
}

// namedWindows reads WINDOW w AS (…), v AS (…).
func (p *parser) namedWindows(s *selection) {
	p.next()
	for p.identAhead(0) && p.isAt(1, "AS") {
		w := namedWindow{name: p.ident()}
		p.next()
		first := p.pos
		if p.is("(") {
			p.within(func() { p.windowSpec(&w.spec, place{role: roleWindow}) })
		} else if p.identAhead(0) {
			w.spec.windows = append(w.spec.windows, p.ident())
		}
		w.spec.span = p.spanFrom(first)
		s.windows = append(s.windows, w)
		if !p.accept(",") {
			return
		}
	}
}

// hierarchy reads CONNECT BY and START WITH.
func (p *parser) hierarchy(s *selection) bool {
	if !p.acceptAll("CONNECT", "BY") && !p.acceptAll("START", "WITH") {
		return false
	}
	p.skipAny("NOCYCLE")
	s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	return true
}

// scriptAhead says that TRANSFORM here is Hive's, and no function of arrays.
func (p *parser) scriptAhead() bool {
	if !p.is("TRANSFORM") || !p.isAt(1, "(") {
		return false
	}
	i := p.closingOf(p.pos+1) + 1
	return i < p.end && (p.toks[i].key == "USING" || p.toks[i].key == "ROW" || p.toks[i].key == "AS" && p.toks[min(i+1, p.end-1)].key == "(")
}

// transform reads Hive's TRANSFORM (a, b) USING 'script' AS (c, d).
func (p *parser) transform(s *selection) {
	p.next()
	it := &item{}
	first := p.pos
	p.group(&it.expr, place{})
	it.expr.span = p.spanFrom(first)
	s.items = append(s.items, it)
	for !p.done() && !p.is("AS") && !p.is("FROM") {
		p.skip()
	}
	if p.accept("AS") {
		if p.is("(") {
			s.transform = p.identList()
		} else {
			for p.identAhead(0) && !p.is("FROM") {
				s.transform = append(s.transform, p.ident())
				p.accept(",")
			}
		}
	}
	for !p.done() && !p.is("FROM") && !p.clauseAt(0) {
		p.skip()
	}
}

// into reads SELECT … INTO t; the variables of a procedure are no table.
func (p *parser) into(q *query) {
	p.next()
	w := &write{change: Create}
	outfile := p.acceptAny("OUTFILE", "DUMPFILE")
	if p.fillsVariables() {
		p.variables()
		return
	}
	for p.isAny("TEMP", "TEMPORARY", "UNLOGGED", "LOCAL", "GLOBAL", "TABLE", "STRICT") && (p.identAhead(1) || p.isAt(1, "TABLE")) {
		w.temporary = w.temporary || p.isAny("TEMP", "TEMPORARY")
		p.next()
	}
	switch t := p.tok(); {
	case t.kind == tokenString:
		w.path = p.ident().text
		w.change = ""
		for outfile && !p.done() && !p.is("FROM") && !p.is(";") { // how its lines are written
			p.skip()
		}
	case t.kind == tokenParam || t.kind == tokenWord && t.text[0] == '@' || !p.identAhead(0):
		p.variables()
		return
	default:
		w.target = p.name()
		w.temporary = w.temporary || temporaryName(w.target)
	}
	if p.is(",") { // a list of variables
		p.variables()
		return
	}
	if q != nil && q.into == nil {
		q.into = w
	}
}

// fillsVariables says that INTO is for variables here, and makes no table.
func (p *parser) fillsVariables() bool {
	if p.tok().kind == tokenString || p.isAny("TEMP", "TEMPORARY", "UNLOGGED", "TABLE") {
		return false
	}
	switch p.dialect {
	case Oracle, MySQL, Snowflake, BigQuery, SQLite:
		return true
	case PostgreSQL, Redshift, Generic:
		return p.blocks > 0
	}
	return false
}

// variables steps over the targets of a SELECT INTO that are no table.
func (p *parser) variables() {
	for !p.done() && !p.clauseAt(0) {
		p.skip()
	}
}

// temporaryName says that a table is temporary by its name: #t of T-SQL.
func temporaryName(n name) bool {
	return len(n) > 0 && len(n[len(n)-1].text) > 0 && n[len(n)-1].text[0] == '#'
}
