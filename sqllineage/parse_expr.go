package sqllineage

import "strings"

// A place says where in an expression the parser is.
type place struct {
	role      role
	aggregate bool
	mode      mode
}

// with is the place where references have this role, unless they have one.
func (c place) with(r role) place {
	if c.role == roleValue {
		c.role = r
	}
	c.mode = modeClause
	return c
}

// in is the place with another mode.
func (c place) in(m mode) place {
	c.mode = m
	return c
}

// A mode says what may end an expression.
type mode uint8

const (
	modeClause    mode = iota // a comma, a clause, an alias
	modeArguments             // a comma alone: all words are part of it
	modeBrackets              // the same, and a colon is an operator
)

// A shape says what an expression looks like as a whole.
type shape struct {
	bare   bool   // a column reference
	call   bool   // of a function
	text   bool   // a string or other literal
	label  string // the name it has as a column
	number int    // it is this small number
}

// expression reads an expression in a clause.
func (p *parser) expression() expr { return p.expressionAt(place{}) }

func (p *parser) expressionAt(c place) expr {
	var e expr
	first := p.pos
	s := p.scan(&e, c)
	e.span, e.bare, e.label, e.number = p.spanFrom(first), s.bare, s.label, s.number
	return e
}

// expressions reads a list of expressions parted by commas, with what may
// stand behind each in ORDER BY.
func (p *parser) expressions(c place) []expr {
	var list []expr
	for !p.done() {
		at := p.pos
		e := p.expressionAt(c)
		p.ordering()
		if p.pos > at {
			list = append(list, e)
		}
		if !p.accept(",") {
			break
		}
	}
	return list
}

// ordering steps over what may follow an expression in ORDER BY.
func (p *parser) ordering() {
	for {
		switch {
		case p.isAny("ASC", "DESC"):
			p.next()
		case p.is("NULLS"):
			p.next()
			p.skipAny("FIRST", "LAST")
		case p.is("WITH") && p.isAt(1, "FILL"):
			p.next()
			p.next()
			for p.skipAny("FROM", "TO", "STEP"); p.tok().kind == tokenNumber || p.isAny("-", "FROM", "TO", "STEP"); {
				p.next()
			}
		case p.is("USING") && p.ahead(1).kind == tokenOperator && !p.isAt(1, "("):
			p.next()
			p.next()
		default:
			return
		}
	}
}

// scan reads one expression: operands with operators between them. What ends
// it is left where it is.
func (p *parser) scan(e *expr, c place) shape {
	if !p.enter() {
		return shape{}
	}
	defer p.budget.leave()
	var s shape
	operands, operators := 0, 0
	for wanted := true; !p.done(); {
		if wanted {
			if p.prefix(c) {
				operators++
				continue
			}
			at := p.pos
			one, ok := p.operand(e, c)
			if !ok {
				if !p.noise(c, at) {
					break
				}
				continue
			}
			if operands++; operands == 1 {
				s = one
			}
			wanted = false
			continue
		}
		at := p.pos
		more, done := p.operator(e, c, &s)
		if done || !more && p.pos == at && !p.noise(c, at) {
			break
		}
		if more {
			operators++
			wanted = true
		}
	}
	if operands != 1 || operators > 0 {
		return shape{}
	}
	return s
}

// noise steps over what stands in place of an operand among arguments, as
// functions have words of their own there.
func (p *parser) noise(c place, at int) bool {
	if c.mode == modeClause || p.is(",") {
		return false
	}
	if p.pos == at {
		p.skip()
	}
	return true
}

// prefix steps over an operator or word before an operand.
func (p *parser) prefix(c place) bool {
	t := p.tok()
	if t.kind == tokenOperator {
		switch t.key {
		case ",", "(", "[", "{", ")", "]", "}", "*", ".", ";":
			return false
		}
		p.next()
		return true
	}
	if t.key == "" {
		return false
	}
	switch t.key {
	case "NOT":
	case "PRIOR", "CONNECT_BY_ROOT", "BINARY", "DISTINCT", "UNIQUE", "VARIADIC":
		if !p.operandAhead(1) {
			return false
		}
	case "ALL", "ANY", "SOME":
		if !p.isAt(1, "(") && !p.isAt(1, "ARRAY") && (c.mode != modeArguments || !p.operandAhead(1)) {
			return false
		}
	default:
		return false
	}
	p.next()
	return true
}

// operandAhead says that an operand could begin n places further, so that what
// stands before it is not an operand itself.
func (p *parser) operandAhead(n int) bool {
	t := p.ahead(n)
	switch t.kind {
	case tokenEnd:
		return false
	case tokenOperator:
		return t.key == "("
	case tokenWord:
		return !isReserved(t.key)
	}
	return true
}

// operator reads what may follow an operand. more says that another operand
// must come, done that the expression ends here.
func (p *parser) operator(e *expr, c place, s *shape) (more, done bool) {
	t := p.tok()
	switch t.kind {
	case tokenOperator:
		return p.symbol(e, c, s)
	case tokenWord:
		more, done = p.wordOperator(e, c)
		switch t.key {
		case "COLLATE": // has the column's name, but may be another value
			s.bare = false
		case "IS", "ISNULL", "NOTNULL", "NOT", "AT", "OVER", "AGAINST":
			if !done {
				*s = shape{}
			}
		}
		return more, done
	case tokenString:
		if s.text || c.mode != modeClause { // 'a' 'b' is one literal
			p.next()
			return false, false
		}
		return false, true
	case tokenParam:
		if p.jsonPath(c, s) {
			return false, false
		}
		if t.text == "?" || c.mode != modeClause {
			p.next()
			return t.text == "?", false
		}
		return false, true
	}
	if c.mode == modeClause {
		return false, true
	}
	p.next()
	return false, false
}

// symbol reads an operator that is no word.
func (p *parser) symbol(e *expr, c place, s *shape) (more, done bool) {
	switch t := p.tok(); t.key {
	case ",", ")", "]", "}", ";":
		return false, true
	case "(+)": // Oracle's outer join
		p.next()
		return false, false
	case "|>":
		if c.mode == modeClause {
			return false, true
		}
	case "(":
		if s.call { // ClickHouse: quantile(0.5)(x)
			p.group(e, c)
			return false, false
		}
		return false, c.mode == modeClause || p.groupAsNoise(e, c)
	case "[":
		p.subscript(e, c)
		s.bare = false
		return false, false
	case "{":
		return false, c.mode == modeClause || p.groupAsNoise(e, c)
	case "::":
		p.next()
		p.typeName()
		*s = shape{label: s.label}
		return false, false
	case ".":
		p.member(e, c, s)
		return false, false
	case ":":
		if p.jsonPath(c, s) {
			return false, false
		}
	case "*":
		if p.endsOperand(1, c) && s.call {
			return false, true
		}
	}
	p.next()
	return true, false
}

// groupAsNoise reads a parenthesis that nothing calls.
func (p *parser) groupAsNoise(e *expr, c place) bool {
	p.group(e, c)
	return false
}

// endsOperand says that what stands n places further cannot begin an operand.
func (p *parser) endsOperand(n int, c place) bool {
	t := p.ahead(n)
	return t.kind == tokenEnd || t.key == "," || t.key == ")" || c.mode == modeClause && isReserved(t.key)
}

// subscript reads [i], [i:j], ['key'] behind an operand.
func (p *parser) subscript(e *expr, c place) {
	p.within(func() { p.list(e, c.in(modeBrackets)) })
}

// group reads the list of expressions in the parentheses at hand.
func (p *parser) group(e *expr, c place) {
	p.within(func() { p.list(e, c.in(modeArguments)) })
}

// list reads expressions parted by commas up to the end of what encloses them.
func (p *parser) list(e *expr, c place) {
	for !p.done() {
		p.argument(e, c)
		if !p.accept(",") && !p.done() {
			p.next() // a stray closing token
		}
	}
}

// member reads .name, .*, .name(…) or .[…] behind an operand that is no name.
func (p *parser) member(e *expr, c place, s *shape) {
	p.next()
	t := p.tok()
	switch {
	case t.key == "[" || t.key == "(":
		p.skipGroup()
	case t.kind == tokenNumber: // ClickHouse: a field of a tuple
		p.next()
		*s = shape{}
	case p.identAhead(0):
		id := p.ident()
		if s.bare && len(e.refs) > 0 && !p.is("(") { // (t).a
			last := &e.refs[len(e.refs)-1]
			last.name = append(last.name[:len(last.name):len(last.name)], id)
			last.span.End = id.span.End
			*s = shape{bare: true, label: id.text}
			return
		}
		*s = shape{label: id.text}
		if p.is("(") {
			s.label = ""
			p.call(e, c, name{id})
			s.call = true
		}
	default:
		p.skipAny("*")
	}
}

// jsonPath steps over the path into a semi-structured value: a:b.c['d'].
func (p *parser) jsonPath(c place, s *shape) bool {
	switch p.dialect {
	case Snowflake, Databricks, Generic, Spark:
	default:
		return false
	}
	t := p.tok()
	if c.mode == modeBrackets || s.text || t.kind == tokenParam && !strings.HasPrefix(t.text, ":") {
		return false
	}
	if t.kind != tokenParam {
		if !p.is(":") || !p.identAhead(1) && !p.isAt(1, "[") {
			return false
		}
	}
	s.label = strings.TrimPrefix(t.text, ":")
	s.bare = false
	p.next()
	for {
		switch {
		case p.is("["):
			p.skipGroup()
		case s.label == "" && p.identAhead(0):
			s.label = p.ident().text
		case p.is(".") || p.is(":"):
			p.next()
			if p.identAhead(0) || p.tok().kind == tokenNumber {
				s.label = p.tok().text
				p.next()
			}
		default:
			return true
		}
	}
}
