package sqllineage

// fromStatement reads a statement that begins with FROM: a query, or Hive's
// FROM … INSERT … SELECT … INSERT … SELECT ….
func (p *parser) fromStatement(s *statement) {
	s.kind = "SELECT"
	if !p.multiInsertAhead() {
		s.query = p.query()
		return
	}
	s.kind = "INSERT"
	p.next()
	from := p.relations()
	for p.is("INSERT") {
		p.next()
		w := &write{}
		s.writes = append(s.writes, w)
		p.insertTarget(s, w)
		first := p.pos
		q := &query{}
		if p.is("SELECT") {
			q.sel = p.selection(q)
			q.sel.from = append(append([]*relation{}, from...), q.sel.from...)
			q = p.queryTail(q)
		} else {
			p.fault("expected SELECT")
			p.skipToInsert()
		}
		q.span = p.spanFrom(first)
		w.query = q
	}
}

func (p *parser) skipToInsert() {
	for !p.done() && !p.is("INSERT") {
		p.skip()
	}
}

// multiInsertAhead says that behind FROM and its relations comes INSERT.
func (p *parser) multiInsertAhead() bool {
	for i := p.pos; i < p.end; i++ {
		switch p.toks[i].key {
		case "(":
			i = p.closingOf(i)
		case "INSERT":
			return i > p.pos && p.toks[i-1].key != "."
		case "SELECT", "|>":
			return false
		}
		p.burn()
	}
	return false
}

// pivotStatement reads DuckDB's PIVOT as a statement.
func (p *parser) pivotStatement(s *statement) {
	s.kind = "SELECT"
	s.query = p.query()
}

// pivotQuery reads DuckDB's PIVOT t ON a USING sum(b) GROUP BY c, and
// UNPIVOT t ON a, b INTO NAME n VALUE v.
func (p *parser) pivotQuery() *query {
	v := &pivot{unpivot: p.is("UNPIVOT")}
	first := p.pos
	p.next()
	q := &query{}
	r := p.relation()
	if r == nil {
		return q
	}
	q.sel = &selection{from: []*relation{r}, items: []*item{{star: &star{}}}}
	for p.pivotClause(v, q.sel) {
		continue
	}
	r.pivots = append(r.pivots, v)
	q.span = p.spanFrom(first)
	return q
}

func (p *parser) pivotClause(v *pivot, sel *selection) bool {
	switch {
	case p.accept("ON"):
		p.pivotOn(v)
	case p.accept("USING"):
		var list selection
		p.items(&list)
		v.aggregates = list.items
	case p.is("GROUP"):
		p.groupBy(sel)
	case p.accept("INTO"):
		p.pivotInto(v)
	default:
		return false
	}
	return true
}

// pivotOn reads the columns behind ON, with the values that some are kept to.
func (p *parser) pivotOn(v *pivot) {
	for p.identAhead(0) && !p.clauseAt(0) {
		name := p.columnName()
		column := name[len(name)-1]
		if v.unpivot {
			v.values = append(v.values, pivotValue{text: column.text, columns: []ident{column}})
		} else {
			v.keys = append(v.keys, column)
		}
		if p.is("(") {
			p.skipGroup()
		}
		if p.accept("IN") {
			p.pivotValues(v)
		}
		if !p.accept(",") {
			return
		}
	}
}

// pivotInto reads INTO NAME n VALUE v.
func (p *parser) pivotInto(v *pivot) {
	if p.accept("NAME") && p.identAhead(0) {
		v.keys = []ident{p.ident()}
	}
	if p.accept("VALUE") {
		for p.identAhead(0) {
			v.names = append(v.names, p.ident())
			if !p.accept(",") {
				return
			}
		}
	}
}
