package sqllineage

import "strings"

// insert reads INSERT.
func (p *parser) insert(s *statement) {
	s.kind = "INSERT"
	p.next()
	if (p.is("ALL") || p.is("FIRST")) && p.anyNext("INTO", "WHEN") {
		p.insertAll(s)
		return
	}
	w := &write{}
	if p.is("OVERWRITE") && p.isAt(1, "ALL") {
		w.change = Overwrite
		p.next()
		p.insertAll(s)
		return
	}
	s.writes = append(s.writes, w)
	p.insertTarget(s, w)
	p.insertSource(s, w)
	p.insertTail(s, w)
}

// replace reads REPLACE INTO.
func (p *parser) replace(s *statement) {
	if p.isAt(1, "TABLE") || p.isAt(1, "VIEW") {
		p.create(s)
		return
	}
	p.insert(s)
	s.kind = "REPLACE"
}

// insertTarget reads what is inserted into, up to its columns.
func (p *parser) insertTarget(s *statement, w *write) {
	p.insertWords(w)
	switch {
	case p.is("DIRECTORY"):
		p.next()
		p.directory(w)
		return
	case p.is("FUNCTION") && p.identAhead(1): // ClickHouse
		p.next()
		r := p.function(p.tableName())
		w.path = r.path
	case p.tok().kind == tokenString:
		w.path = p.ident().text
	case p.is("("): // Oracle: INSERT INTO (SELECT …)
		r := p.relation()
		if r != nil && r.kind == relationQuery && r.query.sel != nil && len(r.query.sel.from) == 1 {
			w.target = r.query.sel.from[0].name
		}
	default:
		w.target = p.name()
	}
	if len(w.target) == 0 && w.path == "" {
		p.fault("expected a table")
	}
	w.temporary = temporaryName(w.target)
	p.insertOptions(s, w)
}

// insertWords steps over the words before the table.
func (p *parser) insertWords(w *write) {
	for !p.done() {
		switch {
		case p.is("OVERWRITE"):
			w.change = Overwrite
			p.next()
		case p.is("OR") && p.identAhead(1):
			p.next()
			p.next()
		case p.acceptAll("WITH", "SCHEMA", "EVOLUTION"):
		case p.isAny("INTO", "LOCAL", "LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "TABLE") && (p.identAhead(1) || p.ahead(1).kind == tokenString || p.isAt(1, "(")),
			p.is("IGNORE") && (p.isAt(1, "INTO") || p.identAhead(1) && !p.isAt(1, "SELECT")):
			p.next()
		case p.is("TOP") && p.isAt(1, "("):
			p.next()
			p.skipGroup()
			p.acceptAny("PERCENT")
		default:
			return
		}
	}
}

// directory reads Hive's INSERT OVERWRITE DIRECTORY 'path' with its options.
func (p *parser) directory(w *write) {
	if p.tok().kind == tokenString {
		w.path = p.ident().text
	}
	for !p.done() && !p.isAny("SELECT", "WITH", "FROM", "VALUES") {
		if p.is("(") && p.queryIn(p.pos) {
			return
		}
		if p.is("OPTIONS") && p.isAt(1, "(") && w.path == "" {
			w.path = p.optionValue("path")
			continue
		}
		p.skip()
	}
}

// insertOptions reads what stands between the table and what is inserted.
func (p *parser) insertOptions(s *statement, w *write) {
	for !p.done() {
		switch {
		case p.is("PARTITION") && p.isAt(1, "("):
			p.next()
			p.skipGroup()
		case p.acceptAll("IF", "NOT", "EXISTS"), p.acceptAll("IF", "EXISTS"), p.acceptAll("BY", "POSITION"):
		case p.acceptAll("BY", "NAME"):
			w.byName = true
		case p.is("AS") && p.identAhead(1) && !p.anyNext("SELECT", "WITH"):
			p.next()
			w.alias = p.ident()
		case p.is("AS"): // BigQuery and others let it stand before the query
			p.next()
		case p.is("WITH") && p.isAt(1, "("), p.is("SETTINGS"), p.is("OPTIONS") && p.isAt(1, "("):
			p.next()
			p.skip()
		case p.is("OVERRIDING"):
			p.next()
			p.next()
			p.accept("VALUE")
		case p.is("OUTPUT"):
			p.output(s)
		case p.is("REPLACE") && p.anyNext("WHERE", "USING", "ON"):
			p.replaceWhere(s, w)
		case p.is("(") && p.isAt(1, "*"): // ClickHouse: (* EXCEPT (a))
			p.skipGroup()
		case p.identListAhead() || p.is("(") && p.isAt(1, ")"):
			w.columns = p.identList()
		case p.tok().kind == tokenWord && p.tok().key == "" && w.alias.text == "":
			w.alias = p.ident()
		default:
			return
		}
	}
}

// replaceWhere reads Databricks' REPLACE WHERE condition, USING (a) or ON.
func (p *parser) replaceWhere(s *statement, w *write) {
	w.change = Overwrite
	p.next()
	using := p.is("USING")
	p.next()
	if using {
		p.skipGroup()
		return
	}
	e := p.expression()
	if len(e.queries) > 0 {
		s.conds = append(s.conds, &cond{subtype: Filter, expr: e})
	}
}

// insertSource reads what is inserted.
func (p *parser) insertSource(s *statement, w *write) {
	if p.is("WITH") && p.identAhead(2) && strings.EqualFold(p.ahead(1).text, "LABEL") { // Doris
		p.next()
		p.next()
		p.next()
	}
	switch {
	case p.is("VALUES") || p.is("VALUE"):
		p.next()
		w.values = p.rows()
		if p.is("AS") && p.identAhead(1) { // MySQL: a name for the new row
			p.next()
			w.rowAlias = p.ident()
			if p.is("(") {
				p.skipGroup()
			}
		}
	case p.is("SET"):
		p.next()
		w.set = p.assignments()
	case p.acceptAll("DEFAULT", "VALUES"):
	case p.isAny("EXEC", "EXECUTE", "CALL"):
		p.skipAll()
	case p.is("FORMAT"):
		p.skipAll()
	case p.isAny("SELECT", "WITH", "FROM", "TABLE", "(", "SEL"):
		s.query = p.query()
	case p.is("INSERT"), p.done():
		if w.path == "" && len(s.writes) == 1 {
			p.fault("expected what is inserted")
		}
	default:
		p.fault("expected what is inserted")
		p.skipToClause()
	}
}

// insertTail reads what stands behind what is inserted.
func (p *parser) insertTail(s *statement, w *write) {
	for !p.done() {
		switch {
		case p.is("ON") && p.isAt(1, "CONFLICT"):
			p.conflict(s, w)
		case p.acceptAll("ON", "DUPLICATE", "KEY", "UPDATE"):
			w.set = append(w.set, p.assignments()...)
		case p.is("RETURNING"):
			p.returning(s)
		case p.is("LOG") || p.tok().kind == tokenWord && upper(ident{text: p.tok().text}) == "LOG":
			p.skipAll()
		case p.is("OPTION"):
			p.skipAll()
		default:
			return
		}
	}
}

// conflict reads ON CONFLICT … DO ….
func (p *parser) conflict(s *statement, w *write) {
	p.next()
	p.next()
	for !p.done() && !p.is("DO") {
		p.skip()
	}
	p.accept("DO")
	if p.accept("NOTHING") {
		return
	}
	p.accept("UPDATE")
	p.accept("SET")
	w.set = append(w.set, p.assignments()...)
	if p.accept("WHERE") {
		s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	}
}

// returning reads RETURNING a, b [INTO x].
func (p *parser) returning(s *statement) {
	p.next()
	if p.is("WITH") && p.isAt(1, "(") {
		p.next()
		p.skipGroup()
	}
	p.resultItems(s)
	if p.accept("INTO") {
		p.variables()
	}
}

// resultItems reads the list of RETURNING or OUTPUT.
func (p *parser) resultItems(s *statement) {
	sel := &selection{}
	p.items(sel)
	s.result = append(s.result, sel.items...)
}

// output reads T-SQL's OUTPUT a, b [INTO t (c, d)].
func (p *parser) output(s *statement) {
	p.next()
	p.resultItems(s)
	if !p.accept("INTO") {
		return
	}
	w := &write{}
	if p.identAhead(0) {
		w.target = p.name()
	}
	if p.identListAhead() {
		w.columns = p.identList()
	}
	s.outputInto = w
}

// insertAll reads INSERT ALL or FIRST: several tables from one query, each of
// which has a part of its columns.
func (p *parser) insertAll(s *statement) {
	p.next()
	type part struct {
		write *write
		conds []*cond
	}
	var parts []part
	var conds []*cond
	for !p.done() {
		switch {
		case p.accept("WHEN"):
			conds = []*cond{{subtype: Filter, expr: p.expression()}}
			p.accept("THEN")
		case p.accept("ELSE"):
			conds = nil
		case p.accept("INTO"):
			w := &write{target: p.name()}
			if p.identListAhead() {
				w.columns = p.identList()
			}
			if p.accept("VALUES") {
				w.values = p.rows()
			}
			parts = append(parts, part{w, conds})
		default:
			q := p.query()
			for _, one := range parts {
				one.write.query = partOf(q, one.write.values, one.conds)
				one.write.values = nil
				s.writes = append(s.writes, one.write)
			}
			return
		}
	}
	p.fault("expected the query of INSERT ALL")
}

// partOf is the query of one row of values over another query.
func partOf(q *query, rows [][]expr, conds []*cond) *query {
	if len(rows) == 0 && len(conds) == 0 {
		return q
	}
	sel := &selection{from: []*relation{{kind: relationQuery, query: q, span: q.span}}, conds: conds}
	if len(rows) == 0 {
		sel.items = []*item{{star: &star{span: q.span}}}
		return &query{sel: sel, span: q.span}
	}
	for i := range rows[0] {
		sel.items = append(sel.items, &item{expr: rows[0][i]})
	}
	return &query{sel: sel, span: q.span}
}
