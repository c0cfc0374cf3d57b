package sqllineage

// definition reads DROP, TRUNCATE, ALTER and RENAME.
func (p *parser) definition(s *statement) {
	switch p.tok().key {
	case "DROP":
		p.drop(s)
	case "TRUNCATE":
		p.truncate(s)
	case "ALTER":
		p.alter(s)
	case "RENAME":
		p.rename(s)
	default:
		p.silent(s)
	}
}

// drop reads DROP. Only tables and views are of interest.
func (p *parser) drop(s *statement) {
	p.next()
	for p.isAny("TEMPORARY", "TEMP", "MATERIALIZED", "EXTERNAL", "LIVE", "DYNAMIC", "FOREIGN", "SNAPSHOT") {
		p.next()
	}
	s.kind = "DROP " + p.firstWord()
	if !p.isAny("TABLE", "VIEW") {
		p.skipAll()
		return
	}
	p.next()
	p.acceptAll("IF", "EXISTS")
	p.targets(s, Drop)
	p.skipTail()
}

// skipTail steps over options behind a statement, unless another one begins.
func (p *parser) skipTail() {
	if !p.done() && !p.startAt() && !p.blockEnd() {
		p.skipAll()
	}
}

// targets reads a list of tables that something happens to.
func (p *parser) targets(s *statement, c Change) {
	for p.identAhead(0) {
		p.acceptAny("ONLY")
		n := p.name()
		s.writes = append(s.writes, &write{target: n, change: c, temporary: temporaryName(n)})
		p.accept("*")
		if !p.accept(",") {
			break
		}
	}
	if len(s.writes) == 0 {
		p.fault("expected a table")
	}
}

func (p *parser) truncate(s *statement) {
	s.kind = "TRUNCATE"
	p.next()
	p.acceptAny("TABLE")
	p.acceptAll("IF", "EXISTS")
	p.targets(s, Truncate)
	if p.is("WITH") && p.isAt(1, "(") { // T-SQL: WITH (PARTITIONS (1))
		p.next()
		p.skipGroup()
	}
	p.skipTail()
}

// rename reads RENAME TABLE a TO b, c TO d.
func (p *parser) rename(s *statement) {
	s.kind = "RENAME"
	p.next()
	if !p.acceptAny("TABLE", "TABLES", "VIEW") && !p.isAt(1, "TO") && !p.isAt(3, "TO") {
		p.skipAll()
		return
	}
	for p.identAhead(0) {
		from := p.name()
		if !p.expect("TO") {
			return
		}
		s.read = append(s.read, from)
		s.writes = append(s.writes, &write{target: p.name(), change: Rename})
		if !p.accept(",") {
			return
		}
	}
}

// alter reads ALTER TABLE and ALTER VIEW.
func (p *parser) alter(s *statement) {
	p.next()
	for p.isAny("MATERIALIZED", "EXTERNAL", "DYNAMIC", "FOREIGN", "ONLINE", "IGNORE") {
		p.next()
	}
	s.kind = "ALTER " + p.firstWord()
	if !p.isAny("TABLE", "VIEW") {
		p.skipAll()
		return
	}
	view := p.is("VIEW")
	p.next()
	p.acceptAll("IF", "EXISTS")
	p.acceptAny("ONLY")
	w := &write{target: p.name(), change: Alter, view: view}
	w.temporary = temporaryName(w.target)
	s.writes = append(s.writes, w)
	switch {
	case p.acceptAll("RENAME", "TO"), p.acceptAll("RENAME", "AS"):
		s.read = append(s.read, w.target)
		w.target, w.change = p.name(), Rename
	case p.acceptAll("SWAP", "WITH"):
		s.read = append(s.read, p.name())
	case p.acceptAll("APPEND", "FROM"):
		s.read = append(s.read, p.name())
		w.change, w.like = "", true
	case p.is("EXCHANGE"), p.is("SWITCH"), p.is("REPLACE") && p.isAt(1, "PARTITION"), p.is("ATTACH") && p.isAt(1, "PARTITION"):
		p.exchange(s, w)
	case view && p.identListAhead():
		w.columns = p.identList()
		p.alterView(s, w)
	case view:
		p.alterView(s, w)
	}
	p.skipTail()
}

// alterView reads ALTER VIEW v AS SELECT.
func (p *parser) alterView(s *statement, w *write) {
	if p.accept("AS") {
		w.change = Overwrite
		s.query = p.query()
	}
}

// exchange reads EXCHANGE PARTITION (…) WITH TABLE t, which moves rows.
func (p *parser) exchange(s *statement, w *write) {
	attach := p.is("ATTACH")
	for !p.done() {
		switch {
		case p.is("TABLE") && p.identAhead(1), p.is("FROM") && p.identAhead(1):
			p.next()
			s.read = append(s.read, p.name())
			w.like = true
			return
		case attach && p.toks[p.pos-1].key == "PARTITION" && p.identAhead(0):
			s.read = append(s.read, p.name())
			w.like = true
			return
		}
		p.skip()
	}
}

// setting reads USE and SET. What is set that is no schema says nothing.
func (p *parser) setting(s *statement) {
	used := !p.is("SET")
	p.next()
	switch {
	case used:
		p.useStatement(s)
	case p.is("SCHEMA") && (p.identAhead(1) || p.ahead(1).kind == tokenString || p.isAt(1, "=")):
		p.next()
		p.acceptAny("=", "TO")
		s.use = &use{schema: true, name: p.settingName()}
	case p.searchPath():
		for p.tok().text == "$user" && p.isAt(1, ",") { // a schema that most users do not have
			p.next()
			p.next()
		}
		s.use = &use{schema: true, name: p.settingName()}
	default:
		p.searched(s)
		return
	}
	p.skipTail()
}

// searchPath reads [LOCAL|SESSION] search_path = or TO.
func (p *parser) searchPath() bool {
	n := 0
	if p.isAny("LOCAL", "SESSION") {
		n = 1
	}
	if t := p.ahead(n); t.kind != tokenWord || upper(ident{text: t.text}) != "SEARCH_PATH" {
		return false
	}
	for range n + 1 {
		p.next()
	}
	return p.acceptAny("=", "TO")
}

func (p *parser) settingName() name {
	if p.tok().kind == tokenString {
		return name{p.ident()}
	}
	return p.name()
}

// useStatement reads what follows USE.
func (p *parser) useStatement(s *statement) {
	if p.isAny("ROLE", "WAREHOUSE", "SECONDARY") && p.identAhead(1) {
		p.skipAll()
		return
	}
	u := &use{}
	if p.isAny("DATABASE", "CATALOG", "SCHEMA", "NAMESPACE", "KEYSPACE") && (p.identAhead(1) || p.ahead(1).kind == tokenString) {
		u.schema = p.is("SCHEMA")
		p.next()
	}
	if u.name = p.settingName(); len(u.name) > 0 {
		s.use = u
	}
}
