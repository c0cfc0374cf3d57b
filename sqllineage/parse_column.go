package sqllineage

import "strings"

// column reads a reference to a column, or a call of a function.
func (p *parser) column(e *expr, c place) (shape, bool) {
	if p.isAt(2, "(") && p.ahead(1).kind == tokenWord && strings.EqualFold(p.tok().text, "APPROXIMATE") { // Redshift
		p.next()
	}
	first := p.pos
	n := p.columnName()
	if p.is(".") && p.isAt(1, "*") && c.mode != modeBrackets {
		p.next()
		p.next()
		p.refer(e, c, ref{name: n, star: true, span: p.spanFrom(first)})
		return shape{}, true
	}
	if p.is("(") {
		if p.phrase() {
			p.skipGroup()
		} else {
			return p.call(e, c, n), true
		}
	}
	p.refer(e, c, ref{name: n, span: p.spanFrom(first)})
	return shape{bare: true, label: n[len(n)-1].text}, true
}

// phrase says that the parentheses at hand hold an attribute of a column, as
// Teradata has them: (TITLE 'x').
func (p *parser) phrase() bool {
	return p.dialect == Generic && p.ahead(2).kind == tokenString &&
		(strings.EqualFold(p.ahead(1).text, "TITLE") || strings.EqualFold(p.ahead(1).text, "FORMAT"))
}

// refer notes a reference, unless it is to a parameter of a lambda.
func (p *parser) refer(e *expr, c place, r ref) {
	for _, l := range p.lambdas {
		if strings.EqualFold(l, r.name[0].text) {
			return
		}
	}
	if n := len(r.name); n > 1 && (p.dialect == Oracle || p.dialect == Snowflake || p.dialect == Generic) && isSequenceValue(r.name[n-1].text) {
		return
	}
	r.role, r.aggregate = c.role, c.aggregate
	e.refs = append(e.refs, r)
}

// isSequenceValue says that s.nextval is the next value of a sequence.
func isSequenceValue(s string) bool {
	return len(s) == 7 && (strings.EqualFold(s, "nextval") || strings.EqualFold(s, "currval"))
}

// argument reads one argument of a function, or one member of a list.
func (p *parser) argument(e *expr, c place) shape {
	if t := p.tok(); t.kind == tokenWord || t.kind == tokenQuoted {
		switch following := p.ahead(1); following.key {
		case "=>", ":=":
			if t.text[0] != '@' {
				p.next()
				p.next()
			}
		case "->":
			if p.lambdaAhead() {
				p.lambda(e, c)
				return shape{}
			}
		default:
			if following.kind == tokenWord && p.colonLambda(e, c) {
				return shape{}
			}
			if t.key != "" || following.kind == tokenWord || t.kind == tokenQuoted && p.dialect == Oracle {
				p.argumentHead(t, following)
			}
		}
	}
	if !p.done() && c.mode != modeBrackets && p.queryStart(p.pos, p.end) {
		p.bareSubquery(e, c, false)
		return shape{}
	}
	return p.scan(e, c)
}

// argumentHead steps over words that some functions have before an argument.
func (p *parser) argumentHead(t, following *token) {
	switch {
	case t.key == "KEY" && following.kind != tokenOperator && following.kind != tokenEnd:
		p.next()
	case t.key == "NAME" && (following.kind == tokenWord || following.kind == tokenQuoted): // XMLELEMENT(NAME x, …)
		p.next()
		p.next()
	case p.dialect == Oracle && t.kind == tokenQuoted && strings.EqualFold(p.ahead(-2).text, "xmlelement"): // XMLELEMENT("x", …)
		p.next()
	}
}

// colonLambda reads DuckDB's lambda x, y: expression.
func (p *parser) colonLambda(e *expr, c place) bool {
	if !strings.EqualFold(p.tok().text, "lambda") || p.dialect != DuckDB && p.dialect != Generic || !p.isAt(2, ":") && !p.isAt(2, ",") {
		return false
	}
	known := len(p.lambdas)
	p.next()
	for p.identAhead(0) {
		p.lambdas = append(p.lambdas, p.ident().text)
		p.acceptAny(",", ":")
		if p.toks[p.pos-1].key == ":" {
			break
		}
	}
	p.scan(e, c)
	p.lambdas = p.lambdas[:known]
	return true
}

// comprehension reads the name of [expression FOR name IN list], which is no
// column. The caller forgets it.
func (p *parser) comprehension() {
	if p.dialect != DuckDB && p.dialect != ClickHouse {
		return
	}
	for i := p.pos; i+2 < p.end; i++ {
		switch p.toks[i].key {
		case "(", "[", "{":
			i = p.closingOf(i)
		case "FOR":
			if p.toks[i+2].key == "IN" {
				p.lambdas = append(p.lambdas, p.toks[i+1].text)
				return
			}
		}
		p.burn()
	}
}

// lambdaAhead says that x -> … is a lambda here, and not a path into JSON.
func (p *parser) lambdaAhead() bool {
	switch p.dialect {
	case PostgreSQL, MySQL, SQLite, Redshift:
		return false
	}
	k := p.ahead(2).kind
	return k != tokenString && k != tokenNumber
}

// lambda reads x -> expression or (x, y) -> expression.
func (p *parser) lambda(e *expr, c place) {
	known := len(p.lambdas)
	if p.is("(") {
		p.within(func() {
			for !p.done() {
				if p.identAhead(0) {
					p.lambdas = append(p.lambdas, p.ident().text)
				}
				p.skipArgument()
				p.accept(",")
			}
		})
	} else {
		p.lambdas = append(p.lambdas, p.ident().text)
	}
	p.accept("->")
	p.scan(e, c)
	p.lambdas = p.lambdas[:known]
}

// constructor reads ARRAY[…], ARRAY<…>[…], STRUCT<…>(…), MAP {…}; ARRAY(…) and
// STRUCT(…) are read as functions.
func (p *parser) constructor(e *expr, c place) bool {
	switch p.ahead(1).key {
	case "[", "{":
		p.next()
	case "<":
		p.next()
		p.angles()
		if !p.isAny("[", "(") {
			return true
		}
	default:
		return false
	}
	if p.is("{") {
		p.within(func() { p.braces(e, c) })
		return true
	}
	p.within(func() { p.list(e, c.in(modeBrackets)) })
	return true
}

// interval reads INTERVAL '30' DAY and the like, unless interval is a name.
func (p *parser) interval(e *expr, c place) bool {
	t := p.ahead(1)
	if t.kind == tokenEnd || t.kind == tokenOperator && t.key != "(" && t.key != "-" && t.key != "+" || isReserved(t.key) {
		return false
	}
	if behind := p.ahead(2); t.kind == tokenWord && t.key != "CASE" && !isDatePart(behind) && (behind.kind != tokenOperator || behind.key == ",") {
		return false
	}
	p.next()
	p.skipAny("-", "+")
	p.operand(e, c)
	for isDatePart(p.tok()) {
		p.next()
		if p.is("(") {
			p.skipGroup()
		}
		if p.is("TO") && isDatePart(p.ahead(1)) {
			p.next()
		} else if (p.tok().kind == tokenNumber || p.tok().kind == tokenString) && isDatePart(p.ahead(1)) {
			p.next()
		}
	}
	return true
}
