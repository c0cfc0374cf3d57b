package sqllineage

import "strings"

// routine reads the rest of CREATE PROCEDURE, FUNCTION or TRIGGER.
func (p *parser) routine(s *statement) bool {
	t := p.tok()
	word := strings.ToUpper(t.text)
	switch word {
	case "PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "MACRO", "PACKAGE":
	default:
		return false
	}
	s.kind = "CREATE " + word
	if word == "MACRO" {
		p.skipAll()
		return true
	}
	p.end = p.outer
	p.next()
	if word == "PACKAGE" {
		p.packageBody(s)
		return true
	}
	p.acceptAll("IF", "NOT", "EXISTS")
	p.name()
	if p.is("(") {
		p.skipGroup()
	}
	p.routineHead(s)
	if word == "TRIGGER" { // what it does is done by statements on its table, of rows that have no name here
		s.body = nil
	}
	return true
}

// packageBody reads the procedures of Oracle's CREATE PACKAGE BODY.
func (p *parser) packageBody(s *statement) {
	if !strings.EqualFold(p.tok().text, "BODY") {
		p.toEnd()
		return
	}
	for !p.done() && !p.is("END") {
		if !p.isAny("PROCEDURE", "FUNCTION") {
			p.skip()
			continue
		}
		one := &statement{}
		if !p.routine(one) {
			return
		}
		s.body = append(s.body, one.body...)
	}
	p.toEnd()
}

// toEnd steps over what is left up to END and its semicolon.
func (p *parser) toEnd() {
	for !p.done() && !p.is("END") {
		p.skip()
	}
	p.toSemicolon()
}

// routineHead goes on to the body of a routine and reads it.
func (p *parser) routineHead(s *statement) {
	for !p.done() {
		switch {
		case p.is(";"), p.is("GO") && p.alone(0):
			return
		case p.is("BEGIN") || p.is("DECLARE"):
			p.routineBody(s)
			return
		case p.isAny("AS", "IS"):
			p.next()
			if p.tok().kind == tokenString {
				s.body = append(s.body, p.quoted(p.tok())...)
				p.next()
				p.toSemicolon()
				return
			}
			if p.dialect == Oracle && p.tok().kind == tokenWord && !p.isAny("BEGIN", "LANGUAGE", "EXTERNAL") {
				p.declared(s)
				p.toSemicolon()
				return
			}
			if p.dialect == TSQL && !p.isAny("BEGIN", "EXTERNAL") && p.startAt() {
				s.body = append(s.body, p.statements(func() bool { return p.is("GO") && p.alone(0) })...)
				return
			}
		case p.is("RETURN") || p.isAny("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH") && !p.isAt(1, "EXECUTE") && !p.isAt(1, "ON") && p.routineStatement():
			p.oneStatement(s)
			return
		default:
			p.skip()
		}
	}
}

// routineStatement says that the word at hand begins the body of a routine,
// and is none of its options or events.
func (p *parser) routineStatement() bool {
	switch p.tok().key {
	case "SELECT":
		return true
	case "INSERT":
		return p.isAt(1, "INTO")
	case "DELETE":
		return p.isAt(1, "FROM")
	case "MERGE":
		return p.isAt(1, "INTO")
	case "UPDATE":
		return p.isAt(2, "SET")
	}
	return false
}

// routineBody reads DECLARE … BEGIN … END.
func (p *parser) routineBody(s *statement) {
	if p.accept("DECLARE") {
		p.declared(s)
	} else if inner := p.inner(); inner != nil {
		s.body = append(s.body, inner)
	}
	p.toSemicolon()
}

// toSemicolon steps over what is left of the statement.
func (p *parser) toSemicolon() {
	for !p.done() && !p.is(";") && (!p.is("GO") || !p.alone(0)) {
		p.skip()
	}
}

// quoted reads the statements in a string, such as the body of a function.
// Where they stand in the text is kept, as far as nothing in it is escaped.
func (p *parser) quoted(t *token) []*statement {
	offset := strings.Index(p.sql[t.start:t.end], t.text)
	if offset < 0 {
		offset = 0
	}
	offset += t.start
	if !p.enter() {
		return nil
	}
	defer p.budget.leave()
	toks, faults, _ := lex(t.text, p.dialect, p.budget.limits)
	if !beginsStatement(&toks[0]) {
		return nil
	}
	for i := range toks {
		toks[i].start += offset
		toks[i].end += offset
	}
	if !p.budget.spend(len(toks)) || len(toks) > len(p.toks)+len(p.sql) {
		return nil
	}
	for _, f := range faults {
		p.faults = append(p.faults, fault{offset: f.offset + offset, message: f.message})
	}
	inner := newParser(p.sql[:t.end], toks, p.dialect, p.budget)
	inner.outer = inner.end
	return inner.statements(nil)
}

// beginsStatement says that a text is SQL, by its first token: the bodies of
// functions may be of any language, or name what is not in the text.
func beginsStatement(t *token) bool {
	switch t.key {
	case "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "BEGIN", "DECLARE", "CREATE", "DROP", "TRUNCATE", "ALTER", "COPY", "REPLACE", "<", "IF", "CALL", "VALUES", "(", "LET", "SET":
		return true
	}
	return false
}

// execute reads EXECUTE, EXEC, DO and PREPARE, of which some have statements
// in a string.
func (p *parser) execute(s *statement) {
	word := p.tok().key
	p.next()
	p.accept("IMMEDIATE")
	for p.is("LANGUAGE") {
		p.next()
		p.next()
	}
	if word == "PREPARE" {
		p.name()
		p.acceptAny("FROM", "AS")
	}
	t := p.tok()
	if t.kind == tokenString && len(t.text) > 0 {
		s.body = p.quoted(t)
	}
	p.skipAll()
}

// explain reads EXPLAIN. What is explained is not run, but with ANALYZE.
func (p *parser) explain(s *statement) {
	explains := p.is("EXPLAIN")
	p.next()
	analyze := p.isAny("ANALYZE", "ANALYSE")
	if p.is("(") {
		for i := p.pos; i < p.closing(); i++ {
			analyze = analyze || p.toks[i].key == "ANALYZE" || p.toks[i].key == "ANALYSE"
		}
	}
	if !explains || !analyze {
		p.skipAll()
		return
	}
	p.skip()
	p.skipAny("VERBOSE")
	inner := &statement{}
	p.simple(inner)
	kind := "EXPLAIN " + inner.kind
	*s = *inner
	s.kind = kind
}
