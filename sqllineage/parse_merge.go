package sqllineage

// merge reads MERGE.
func (p *parser) merge(s *statement) {
	s.kind = "MERGE"
	p.next()
	p.updateWords()
	p.acceptAll("WITH", "SCHEMA", "EVOLUTION")
	p.accept("INTO")
	target := p.relation()
	if target == nil || target.kind != relationTable {
		target = &relation{}
	}
	p.acceptAll("WITH", "SCHEMA", "EVOLUTION")
	if p.expect("USING") {
		s.from = p.relations()
	}
	if p.accept("ON") {
		s.conds = append(s.conds, &cond{subtype: Join, expr: p.expression()})
	}
	for !p.done() {
		switch {
		case p.are("REMOVE", "DUPLICATES"): // Redshift
			p.next()
			p.next()
			s.writes = append(s.writes, &write{target: target.name, path: target.path, alias: target.alias, star: true})
		case p.is("WHEN"):
			p.mergeWhen(s, target)
		case p.is("OUTPUT"):
			p.output(s)
		case p.is("RETURNING"):
			p.returning(s)
		case p.is("OPTION"):
			p.skipAll()
		default:
			p.merged(s, target)
			return
		}
	}
	p.merged(s, target)
}

// merged adds the target of a MERGE that only deletes.
func (p *parser) merged(s *statement, target *relation) {
	if len(s.writes) == 0 {
		s.writes = []*write{{target: target.name, path: target.path, alias: target.alias}}
	}
}

// mergeWhen reads one WHEN … THEN ….
func (p *parser) mergeWhen(s *statement, target *relation) {
	p.next()
	p.skipAny("NOT", "MATCHED", "BY", "SOURCE", "TARGET")
	if p.acceptAny("AND", "OR") {
		s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	}
	p.expect("THEN")
	w := &write{target: target.name, path: target.path, alias: target.alias}
	switch {
	case p.accept("UPDATE"):
		p.mergeUpdate(s, w)
		s.writes = append(s.writes, w)
	case p.accept("INSERT"):
		p.mergeInsert(s, w)
		s.writes = append(s.writes, w)
	case p.accept("DELETE"):
	case p.acceptAll("DO", "NOTHING"):
	default:
		p.fault("expected what MERGE does")
		for !p.done() && !p.is("WHEN") {
			p.skip()
		}
	}
}

func (p *parser) mergeUpdate(s *statement, w *write) {
	if !p.is("ALL") || !p.isAt(1, "BY") { // Snowflake: UPDATE ALL BY NAME
		p.expect("SET")
	}
	if p.accept("*") || p.accept("ALL") {
		w.star = true
		if p.acceptAny("BY") {
			p.next()
		}
		p.mergeExcept()
		return
	}
	w.set = p.assignments()
	for p.accept("WHERE") || p.acceptAll("DELETE", "WHERE") {
		s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	}
}

// mergeExcept steps over EXCEPT (a, b) behind a star.
func (p *parser) mergeExcept() {
	if p.is("EXCEPT") && p.isAt(1, "(") {
		p.next()
		p.skipGroup()
	}
}

func (p *parser) mergeInsert(s *statement, w *write) {
	switch {
	case p.accept("*"), p.accept("ROW"), p.is("ALL") && p.isAt(1, "BY"), p.is("BY") && p.isAt(1, "NAME"):
		w.star = true
		p.skipAny("ALL", "BY", "NAME", "POSITION")
		p.mergeExcept()
		return
	}
	if p.identListAhead() {
		w.columns = p.identList()
	}
	switch {
	case p.accept("VALUES"):
		if p.accept("*") {
			w.star = true
		} else {
			w.values = p.rows()
		}
	case p.accept("ROW"):
		w.star = true
	case p.acceptAll("DEFAULT", "VALUES"):
	default:
		p.fault("expected what is inserted")
	}
	if p.accept("WHERE") {
		s.conds = append(s.conds, &cond{subtype: Filter, expr: p.expression()})
	}
}
