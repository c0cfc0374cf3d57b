package sqllineage

import "strings"

// update reads UPDATE.
func (p *parser) update(s *statement) {
	s.kind = "UPDATE"
	p.next()
	if p.isAny("STATISTICS") {
		p.skipAll()
		return
	}
	p.updateWords()
	targets := p.relations()
	if p.is("FROM") { // Teradata has it before SET
		p.next()
		s.from = p.relations()
	}
	if !p.expect("SET") {
		p.skipToClause()
	}
	set := p.assignments()
	for !p.done() && p.rowsClause(s) {
	}
	p.updated(s, targets, set)
}

// updateWords steps over the words between UPDATE or DELETE and a table.
func (p *parser) updateWords() {
	for {
		switch {
		case p.is("TOP") && p.isAt(1, "("):
			p.next()
			p.skipGroup()
			p.acceptAny("PERCENT")
		case p.is("OR") && p.identAhead(1):
			p.next()
			p.next()
		case p.isAny("LOW_PRIORITY", "IGNORE", "QUICK") && p.identAhead(1) && !p.isAt(1, "SET"):
			p.next()
		default:
			return
		}
	}
}

// tailOnly steps over ORDER BY and LIMIT of statements that write, or over the
// word alone where nothing of the kind follows it.
func (p *parser) tailOnly() {
	var q query
	at := p.pos
	p.queryTail(&q)
	if p.pos == at {
		p.next()
	}
}

// updated says what an UPDATE of these relations writes: mostly one table, but
// with joins as many as the assignments name.
func (p *parser) updated(s *statement, targets []*relation, set []assignment) {
	if len(targets) == 1 && targets[0].kind == relationTable {
		t := targets[0]
		s.writes = append(s.writes, &write{target: t.name, path: t.path, alias: t.alias, set: set, temporary: temporaryName(t.name)})
		return
	}
	s.from = append(targets, s.from...)
	tables := leaves(targets, nil)
	if len(targets) == 1 && targets[0].kind == relationQuery && targets[0].query.sel != nil { // Oracle: through a query
		tables = leaves(targets[0].query.sel.from, nil)
	}
	if len(tables) == 0 {
		p.fault("expected a table")
		return
	}
	byTable := map[*relation]*write{}
	for _, a := range set {
		t := tables[0]
		if len(a.columns) > 0 {
			t = tableOf(tables, a.columns[0])
		}
		w := byTable[t]
		if w == nil {
			w = &write{target: t.name, alias: t.alias}
			byTable[t] = w
			s.writes = append(s.writes, w)
		}
		w.set = append(w.set, a)
	}
}

// leaves are the tables in relations.
func leaves(list []*relation, found []*relation) []*relation {
	for _, r := range list {
		switch {
		case r == nil:
		case r.kind == relationTable:
			found = append(found, r)
		case r.kind == relationJoin:
			found = leaves([]*relation{r.left, r.right}, found)
		}
	}
	return found
}

// tableOf finds the table that qualifies a column, or the first.
func tableOf(tables []*relation, column name) *relation {
	if len(column) > 1 {
		want := column[len(column)-2].text
		for _, t := range tables {
			if strings.EqualFold(t.alias.text, want) || t.alias.text == "" && len(t.name) > 0 && strings.EqualFold(t.name[len(t.name)-1].text, want) {
				return t
			}
		}
	}
	return tables[0]
}

// assignments reads a = x, (b, c) = (SELECT …), ….
func (p *parser) assignments() []assignment {
	var list []assignment
	for !p.done() && !p.isAny("WHERE", "FROM", "WHEN", "RETURNING") {
		at := p.pos
		if a, ok := p.assignment(); ok {
			list = append(list, a)
		}
		if !p.accept(",") || p.pos == at {
			break
		}
	}
	return list
}

// assignment reads one assignment. ok is false for one to a variable.
func (p *parser) assignment() (a assignment, ok bool) {
	variable := false
	switch {
	case p.is("("):
		for _, id := range p.identList() {
			a.columns = append(a.columns, name{id})
		}
	case p.identAhead(0):
		variable = p.tok().kind == tokenParam || p.tok().kind == tokenWord && p.tok().text[0] == '@'
		a.columns = []name{p.columnName()}
		for p.is("[") {
			p.skipGroup()
		}
		for p.is(".") && p.identAhead(1) { // T-SQL: c.WRITE(…)
			p.next()
			p.next()
			if p.is("(") {
				p.group(&a.value, place{})
				return a, true
			}
		}
	default:
		p.fault("expected a column")
		return a, false
	}
	operator := p.tok()
	if operator.kind != tokenOperator {
		p.fault("expected = of SET")
		return a, false
	}
	p.next()
	if variable && p.identAhead(0) && p.isAt(1, "=") { // T-SQL: @v = c = x
		a.columns = []name{p.columnName()}
		p.next()
		variable = false
	}
	a.value = p.expression()
	if operator.key != "=" && operator.key != ":=" && len(a.columns) == 1 {
		a.value.refs = append(a.value.refs, ref{name: a.columns[0]})
		a.value.bare = false
	}
	return a, !variable
}

// delete reads DELETE.
func (p *parser) delete(s *statement) {
	s.kind = "DELETE"
	p.next()
	p.updateWords()
	var targets []*relation
	if !p.is("FROM") {
		targets = p.relations()
	}
	if p.accept("FROM") {
		from := p.relations()
		tables := leaves(from, nil)
		switch one := len(from) == 1 && from[0].kind == relationTable; {
		case len(targets) > 0:
			s.from = from
		case one || p.is("USING") || len(tables) == 0:
			targets = from
		default:
			targets, s.from = tables[:1], from
		}
	}
	for !p.done() && p.deleteClause(s) {
		continue
	}
	for _, t := range leaves(targets, nil) {
		s.writes = append(s.writes, &write{target: t.name, path: t.path, alias: t.alias, temporary: temporaryName(t.name)})
	}
	if len(s.writes) == 0 {
		p.fault("expected a table")
	}
}

func (p *parser) deleteClause(s *statement) bool {
	switch {
	case p.accept("USING"):
		s.from = append(s.from, p.relations()...)
	case p.is(",") && p.isAt(1, "USING"):
		p.next()
	case p.accept("ALL"): // Teradata
	default:
		return p.rowsClause(s)
	}
	return true
}

// rowsClause reads a clause that UPDATE and DELETE have in common: which rows,
// and what becomes of them. It says whether there was one.
func (p *parser) rowsClause(s *statement) bool {
	switch {
	case p.accept("FROM"):
		s.from = append(s.from, p.relations()...)
	case p.is("WHERE") && p.isAt(1, "CURRENT") && p.isAt(2, "OF"):
		p.skipAll()
	case p.accept("WHERE"):
		s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	case p.is("OUTPUT"):
		p.output(s)
	case p.is("RETURNING"):
		p.returning(s)
	case p.is("ORDER") || p.is("LIMIT") || p.is("OPTION"):
		at := p.pos
		p.tailOnly()
		return p.pos > at
	default:
		return false
	}
	return true
}
