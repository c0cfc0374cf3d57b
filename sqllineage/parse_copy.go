package sqllineage

// copy reads COPY: files into a table, or a table or query into files.
func (p *parser) copy(s *statement) {
	s.kind = "COPY"
	p.next()
	if p.accept("INTO") {
		p.copyInto(s)
		return
	}
	w := &write{}
	var table name
	if p.is("(") && p.queryIn(p.pos) {
		s.query = p.queryGroup()
	} else {
		p.acceptAny("BINARY")
		table = p.name()
		if p.identListAhead() {
			w.columns = p.identList()
		}
	}
	switch {
	case p.accept("FROM"):
		w.target, w.source = table, p.location()
		s.writes = append(s.writes, w)
	case p.accept("TO"):
		if len(table) > 0 {
			s.read = append(s.read, table)
		}
		if w.path = p.location(); w.path != "" {
			s.writes = append(s.writes, w)
		}
	default:
		p.fault("expected FROM or TO")
	}
	p.skipAll()
}

// location reads the name of a file, stage or program. Those of the client
// have none.
func (p *parser) location() string {
	p.acceptAny("PROGRAM")
	t := p.tok()
	switch {
	case t.kind == tokenString:
		p.next()
		return t.text
	case p.is("(") && p.ahead(1).kind == tokenString:
		text := p.ahead(1).text
		p.skipGroup()
		return text
	case t.kind == tokenWord && len(t.text) > 0 && t.text[0] == '@', p.is("@"):
		first := p.pos
		p.next()
		for p.adjacent(0) && !p.done() && !p.is("(") {
			p.next()
		}
		span := p.spanFrom(first)
		return p.sql[span.Start:span.End]
	case p.identAhead(0):
		p.next()
	}
	return ""
}

// copyInto reads Snowflake's and Databricks' COPY INTO t FROM …, and COPY INTO
// @stage FROM t.
func (p *parser) copyInto(s *statement) {
	w := &write{}
	t := p.tok()
	if t.kind == tokenString || t.kind == tokenWord && t.text[0] == '@' || p.is("@") {
		w.path = p.location()
	} else {
		w.target = p.name()
	}
	if p.identListAhead() {
		w.columns = p.identList()
	}
	for !p.done() && !p.is("FROM") {
		p.skip()
	}
	s.writes = append(s.writes, w)
	if !p.accept("FROM") {
		return
	}
	switch {
	case p.is("(") && p.queryIn(p.pos):
		s.query = p.queryGroup()
	case w.path != "" && p.identAhead(0) && p.tok().text[0] != '@':
		s.read = append(s.read, p.name())
	default:
		w.source = p.location()
	}
	p.skipAll()
}

// unload reads Redshift's UNLOAD ('SELECT …') TO 's3://…', or Athena's with a
// query of its own.
func (p *parser) unload(s *statement) {
	s.kind = "UNLOAD"
	p.next()
	switch {
	case p.is("(") && p.ahead(1).kind == tokenString:
		list := p.quoted(p.ahead(1))
		p.skipGroup()
		if len(list) == 1 {
			s.query = list[0].query
			s.faults = append(s.faults, list[0].faults...)
		}
	case p.is("(") && p.queryIn(p.pos):
		s.query = p.queryGroup()
	default:
		p.fault("expected a query")
	}
	if p.accept("TO") {
		s.writes = append(s.writes, &write{path: p.location()})
	}
	p.skipAll()
}

// load reads LOAD DATA.
func (p *parser) load(s *statement) {
	s.kind = "LOAD"
	p.next()
	w := &write{}
	for !p.done() {
		switch {
		case p.isAny("INPATH", "INFILE") && p.ahead(1).kind == tokenString:
			p.next()
			w.source = p.ident().text
		case p.is("OVERWRITE"):
			w.change = Overwrite
			p.next()
			if p.identAhead(0) && !p.isAny("INTO", "TABLE") { // BigQuery
				w.target = p.name()
			}
		case p.isAny("INTO", "INSERT") && p.identAhead(1):
			p.next()
			p.acceptAny("TABLE")
			w.target = p.name()
		case p.is("FROM") && p.ahead(1).kind == tokenString:
			p.next()
			w.source = p.ident().text
		case p.is("FILES") && p.isAt(1, "("):
			w.source = p.optionValue("uris")
		default:
			p.skip()
		}
	}
	if len(w.target) > 0 {
		s.writes = append(s.writes, w)
	}
}

// export reads BigQuery's EXPORT DATA OPTIONS (uri = '…') AS SELECT.
func (p *parser) export(s *statement) {
	s.kind = "EXPORT"
	p.next()
	w := &write{}
	for !p.done() && !p.isAny("AS", "SELECT") {
		if p.is("OPTIONS") && p.isAt(1, "(") {
			w.path = p.optionValue("uri")
			continue
		}
		p.skip()
	}
	p.accept("AS")
	if !p.done() {
		s.query = p.query()
		if w.path != "" {
			s.writes = append(s.writes, w)
		}
	}
}

// cache reads Spark's CACHE TABLE t AS SELECT.
func (p *parser) cache(s *statement) {
	s.kind = "CACHE"
	p.next()
	p.skipAny("LAZY", "TABLE")
	if p.tok().kind == tokenWord && !p.isAt(1, "AS") && p.isAt(1, "TABLE") {
		p.next()
		p.next()
	}
	w := &write{change: Create, temporary: true, target: p.name()}
	for !p.done() && !p.isAny("AS", "SELECT", "WITH") {
		p.skip()
	}
	p.accept("AS")
	if !p.done() {
		s.query = p.query()
		s.writes = append(s.writes, w)
	}
}
