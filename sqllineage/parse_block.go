package sqllineage

// block reads a statement that has statements in it. ok is false for any other.
func (p *parser) block(s *statement) bool {
	switch p.tok().key {
	case "BEGIN":
		return p.begin(s)
	case "IF":
		return p.ifBlock(s)
	case "WHILE", "FOR", "LOOP", "REPEAT", "FOREACH", "FORALL":
		return p.loop(s)
	case "CASE":
		return p.caseBlock(s)
	case "DECLARE":
		return p.declarations(s)
	case "EXECUTE": // Flink: EXECUTE STATEMENT SET BEGIN … END
		if p.are("EXECUTE", "STATEMENT", "SET", "BEGIN") {
			p.acceptAll("EXECUTE", "STATEMENT", "SET")
			return p.begin(s)
		}
		return false
	}
	return p.label(s)
}

// label reads a block that has a name: <<a>> or a: before it.
func (p *parser) label(s *statement) bool {
	if p.tok().kind == tokenWord && p.isAt(1, ":") && p.anyAt(2, "BEGIN", "LOOP", "WHILE", "REPEAT", "FOR") {
		p.next()
		p.next()
		return p.block(s)
	}
	if p.is("<") && p.isAt(1, "<") {
		for !p.done() && !p.isAny("BEGIN", "LOOP", "WHILE", "FOR", "DECLARE") {
			p.next()
		}
		return p.block(s)
	}
	return false
}

// begin reads BEGIN … END. BEGIN of a transaction is a statement by itself.
func (p *parser) begin(s *statement) bool {
	switch following := p.ahead(1); following.key {
	case "TRANSACTION", "TRAN", "WORK", ";", "ISOLATION", "DEFERRED", "IMMEDIATE", "EXCLUSIVE":
		return false
	case "":
		if following.kind == tokenEnd {
			return false
		}
	}
	s.kind = "BEGIN"
	p.next()
	if p.is("TRY") || p.is("CATCH") {
		p.next()
	}
	p.acceptAny("ATOMIC")
	p.accept("NOT")
	s.body = p.parts()
	if !p.accept("END") {
		p.fault("expected END")
		return true
	}
	p.endOf("IF", "LOOP", "WHILE", "CASE", "TRY", "CATCH", "FOR", "REPEAT")
	return true
}

// endOf steps over what stands behind END.
func (p *parser) endOf(words ...string) {
	p.acceptAny(words...)
	if p.tok().kind == tokenWord && p.tok().key == "" && (p.isAt(1, ";") || p.ahead(1).kind == tokenEnd) { // the block's name
		p.next()
	}
}

// parts reads statements up to END, over the words that part them: ELSE,
// EXCEPTION WHEN … THEN, and the like.
func (p *parser) parts() []*statement {
	p.blocks++
	defer func() { p.blocks-- }()
	var list []*statement
	for !p.done() {
		list = append(list, p.statements(p.blockEnd)...)
		switch {
		case p.done(), p.is("END"):
			return list
		case p.isAny("ELSE", "UNTIL"):
			until := p.is("UNTIL")
			p.next()
			if until {
				p.branch(&list)
			}
		case p.isAny("ELSEIF", "ELSIF"):
			p.next()
			p.branch(&list)
		case p.is("EXCEPTION"):
			p.next()
			for !p.done() && !p.isAny("THEN", "END", ";") {
				p.next()
			}
			p.accept("THEN")
		default:
			p.next()
		}
	}
	return list
}

// branch reads the condition of a part up to THEN, DO or LOOP.
func (p *parser) branch(list *[]*statement) {
	var s statement
	p.asks(&s, p.expressionAt(place{}))
	*list = append(*list, s.body...)
	p.acceptAny("THEN", "DO", "LOOP")
}

// ifBlock reads IF … THEN … END IF, or T-SQL's IF … statement [ELSE statement].
func (p *parser) ifBlock(s *statement) bool {
	s.kind = "IF"
	p.next()
	e := p.expressionAt(place{})
	p.asks(s, e)
	if p.accept("THEN") {
		s.body = p.partsWhen()
		p.accept("END")
		p.endOf("IF")
		return true
	}
	p.oneStatement(s)
	if p.is(";") && p.isAt(1, "ELSE") {
		p.next()
	}
	if p.accept("ELSE") {
		p.oneStatement(s)
	}
	return true
}

// oneStatement reads the one statement that IF or WHILE of T-SQL has.
func (p *parser) oneStatement(s *statement) {
	if p.done() {
		return
	}
	if inner := p.inner(); inner != nil {
		s.body = append(s.body, inner)
	}
}

// partsWhen is parts, in which WHEN … THEN may part statements too.
func (p *parser) partsWhen() []*statement {
	var list []*statement
	for !p.done() {
		list = append(list, p.parts()...)
		if !p.is("WHEN") {
			return list
		}
		p.next()
		p.branch(&list)
	}
	return list
}

// loop reads WHILE, FOR, LOOP and REPEAT.
func (p *parser) loop(s *statement) bool {
	word := p.tok().key
	if word == "REPEAT" && p.isAt(1, "(") {
		return false
	}
	s.kind = word
	p.next()
	if word == "LOOP" || word == "REPEAT" {
		s.body = p.parts()
		p.accept("END")
		p.endOf(word)
		return true
	}
	p.loopHead(s)
	if !p.isAny("LOOP", "DO") {
		for word == "FORALL" && !p.done() && !p.isAny("INSERT", "UPDATE", "DELETE", "MERGE", "EXECUTE", ";") {
			p.skip()
		}
		p.oneStatement(s)
		return true
	}
	p.next()
	s.body = append(s.body, p.parts()...)
	p.accept("END")
	p.endOf("LOOP", "WHILE", "FOR")
	return true
}

// loopHead reads what stands between FOR or WHILE and what is repeated.
func (p *parser) loopHead(s *statement) {
	if !p.isAt(1, "IN") {
		p.asks(s, p.expressionAt(place{}))
		return
	}
	p.next()
	p.next()
	switch {
	case p.is("(") && p.queryIn(p.pos):
		s.body = append(s.body, &statement{kind: "SELECT", query: p.queryGroup()})
	case p.is("SELECT") || p.is("WITH"):
		s.body = append(s.body, &statement{kind: "SELECT", query: p.query()})
	}
	for !p.done() && !p.isAny("LOOP", "DO", ";", "INSERT", "UPDATE", "DELETE", "MERGE") {
		p.skip()
	}
}

// caseBlock reads CASE … END CASE as a statement.
func (p *parser) caseBlock(s *statement) bool {
	s.kind = "CASE"
	p.next()
	if !p.is("WHEN") {
		p.expressionAt(place{})
	}
	for !p.done() && p.accept("WHEN") {
		p.branch(&s.body)
		s.body = append(s.body, p.statements(func() bool { return p.blockEnd() || p.is("WHEN") })...)
	}
	s.body = append(s.body, p.parts()...)
	p.accept("END")
	p.endOf("CASE")
	return true
}

// declarations reads DECLARE a int; b text; BEGIN … END, as procedural dialects
// have it before a block. Elsewhere each variable is declared by itself.
func (p *parser) declarations(s *statement) bool {
	switch p.dialect {
	case PostgreSQL, Redshift, Oracle, Snowflake, Generic:
	default:
		return false
	}
	s.kind = "DECLARE"
	p.next()
	p.declared(s)
	return true
}

// declared reads declarations, and the block behind them.
func (p *parser) declared(s *statement) {
	outer := p.end
	for !p.done() && !p.is("BEGIN") && (len(s.body) == 0 || !p.statementAhead()) {
		p.end = p.semicolon()
		p.declaration(s)
		if p.budget.spent {
			return
		}
		p.end = outer
		if !p.accept(";") || p.statementAhead() {
			break
		}
	}
	if p.is("BEGIN") {
		if inner := p.inner(); inner != nil {
			s.body = append(s.body, inner)
		}
	}
}

// statementAhead says that what comes is a statement and no declaration.
func (p *parser) statementAhead() bool {
	if p.is("BEGIN") || p.isAt(1, "CURSOR") {
		return false
	}
	t := p.tok()
	return t.key != "" && (beginsStatement(t) || knownStatement(t.key) || p.statementAt(0))
}

// declaration reads one variable, cursor or handler, up to its end.
func (p *parser) declaration(s *statement) {
	for !p.done() {
		switch {
		case p.isAny("FOR", "IS") && p.anyNext("SELECT", "WITH", "("):
			p.next()
			q := p.query()
			s.body = append(s.body, &statement{kind: "SELECT", span: q.span, query: q})
		case p.is("(") && p.queryIn(p.pos):
			var e expr
			p.subquery(&e, place{}, false)
			p.asks(s, e)
		default:
			p.skip()
		}
	}
}

// tableVariable says that @t TABLE (…) is at hand, which T-SQL declares.
func (p *parser) tableVariable() bool {
	if p.dialect != TSQL && p.dialect != Generic || !p.identAhead(0) {
		return false
	}
	at := 1
	if p.isAt(at, "AS") {
		at++
	}
	return p.isAt(at, "TABLE") && p.isAt(at+1, "(")
}

// declare reads DECLARE: variables, which may come from a query; cursors,
// which are one; and handlers, which are statements.
func (p *parser) declare(s *statement) {
	p.next()
	for !p.done() {
		switch {
		case p.tableVariable():
			w := &write{target: p.name(), change: Create, temporary: true}
			p.acceptAny("AS")
			p.next()
			s.writes = append(s.writes, w)
			p.definitions(s, w)
		case p.is("FOR") && p.anyNext("SELECT", "WITH"):
			p.next()
			s.query = p.query()
			p.skipTail()
			return
		case p.is("(") && p.queryIn(p.pos):
			var e expr
			p.subquery(&e, place{}, false)
			p.asks(s, e)
		case p.dialect == TSQL && p.startAt() && !p.is("SET"), p.dialect == TSQL && p.is("SET"):
			return
		case p.is("BEGIN"):
			return
		default:
			p.skip()
		}
	}
}
