package sqllineage

import (
	"strconv"
	"strings"
)

// operand reads one operand. ok is false where none begins.
func (p *parser) operand(e *expr, c place) (s shape, ok bool) {
	t := p.tok()
	switch t.kind {
	case tokenString:
		p.next()
		return shape{text: true}, true
	case tokenNumber:
		p.next()
		n, err := strconv.Atoi(t.text)
		if err != nil || n < 0 {
			n = 0
		}
		return shape{text: true, number: n}, true
	case tokenParam:
		return p.param(e, c)
	case tokenQuoted:
		return p.column(e, c)
	case tokenWord:
		return p.word(e, c)
	case tokenOperator:
		return p.bracketed(e, c)
	}
	return shape{}, false
}

// bracketed reads an operand that an operator begins.
func (p *parser) bracketed(e *expr, c place) (s shape, ok bool) {
	switch p.tok().key {
	case "(":
		return p.parenthesis(e, c), true
	case "[":
		p.within(func() {
			known := len(p.lambdas)
			p.comprehension()
			p.list(e, c.in(modeBrackets))
			p.lambdas = p.lambdas[:known]
		})
		return shape{}, true
	case "{":
		p.within(func() { p.braces(e, c) })
		return shape{}, true
	case "*":
		p.starArgument(e, c)
		return shape{}, true
	}
	return shape{}, false
}

// starArgument reads * as an operand: of count(*), or of a function of all
// columns.
func (p *parser) starArgument(e *expr, c place) {
	first := p.pos
	p.next()
	e.star = true
	e.refs = append(e.refs, ref{star: true, role: c.role, aggregate: c.aggregate, span: p.spanFrom(first)})
	for p.isAny("EXCEPT", "EXCLUDE", "REPLACE", "RENAME") && p.isAt(1, "(") {
		p.next()
		p.skipGroup()
	}
}

// braces reads {'k': v}, {k: v}, and {d '2020-01-01'} or {fn f(x)} of ODBC.
func (p *parser) braces(e *expr, c place) {
	if t := p.ahead(1); p.tok().kind == tokenWord && (t.kind == tokenString || strings.EqualFold(p.tok().text, "fn")) {
		p.next()
	}
	for !p.done() {
		if p.tok().kind == tokenWord && p.isAt(1, ":") {
			p.next()
			p.next()
		}
		p.argument(e, c.in(modeBrackets))
		if !p.accept(",") && !p.done() {
			p.next()
		}
	}
}

// param reads a parameter. Snowflake's $1 is a column, by its place.
func (p *parser) param(e *expr, c place) (s shape, ok bool) {
	t := p.tok()
	if p.dialect == Snowflake && len(t.text) > 1 && t.text[0] == '$' && isDigit(t.text[1]) || p.isAt(1, ".") && p.identAhead(2) {
		return p.column(e, c)
	}
	p.next()
	return shape{text: true}, true
}

// parenthesis reads (query), (expression), (a, b) or the head of a lambda.
func (p *parser) parenthesis(e *expr, c place) (s shape) {
	if p.queryIn(p.pos) {
		p.subquery(e, c, false)
		return shape{}
	}
	if i := p.closing() + 1; i < p.end && p.toks[i].key == "->" {
		p.lambda(e, c)
		return shape{}
	}
	p.within(func() {
		many := false
		for !p.done() {
			s = p.argument(e, c.in(modeArguments))
			if p.accept(",") {
				many = true
			} else if !p.done() {
				p.fault("cannot read this")
				p.next()
			}
		}
		if many {
			s = shape{}
		}
	})
	if s.bare && p.is("->") {
		s.bare = false
	}
	s.number = 0
	return s
}

// subquery reads the query in the parentheses at hand.
func (p *parser) subquery(e *expr, c place, exists bool) {
	if p.pos > 0 && !exists {
		exists = p.toks[p.pos-1].key == "IN"
	}
	p.within(func() { p.bareSubquery(e, c, exists) })
}

func (p *parser) bareSubquery(e *expr, c place, exists bool) {
	q := p.query()
	e.queries = append(e.queries, subquery{query: q, role: c.role, exists: exists, aggregate: c.aggregate})
}

// queryIn says whether the parentheses that open at i hold a query.
func (p *parser) queryIn(i int) bool {
	for {
		end := p.closingOf(i)
		if i+1 >= end {
			return false
		}
		t := &p.toks[i+1]
		if t.key != "(" {
			return p.queryStart(i+1, end)
		}
		if after := p.closingOf(i+1) + 1; after < end && !p.endsPart(after) {
			return false
		}
		i++
		p.burn()
		if p.budget.spent {
			return false
		}
	}
}

// endsPart says whether what stands at i may follow a query in parentheses
// that is but a part of one.
func (p *parser) endsPart(i int) bool {
	switch p.toks[i].key {
	case "UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH", "|>":
		return true
	case "LEFT", "FULL", "INNER", "RIGHT":
		for _, t := range p.toks[i+1 : min(i+3, p.end)] {
			if t.key == "UNION" || t.key == "EXCEPT" || t.key == "INTERSECT" {
				return true
			}
		}
	}
	return false
}

// queryStart says whether a query begins at i, before end.
func (p *parser) queryStart(i, end int) bool {
	following := &endToken
	if i+1 < end {
		following = &p.toks[i+1]
	}
	switch p.toks[i].key {
	case "SELECT":
		return following.key != "."
	case "WITH":
		return following.kind == tokenWord || following.kind == tokenQuoted
	case "VALUES", "VALUE":
		return following.key == "(" && p.dialect != MySQL || following.key == "ROW"
	case "PIVOT", "UNPIVOT":
		return p.dialect == DuckDB && (following.kind == tokenWord || following.kind == tokenQuoted || following.key == "(" && i+2 < end && p.toks[i+2].key == "SELECT")
	case "TABLE":
		return following.kind == tokenWord && i+2 >= end
	case "FROM":
		return i > 1 && !strings.EqualFold(p.toks[max(i-2, 0)].text, "TRIM") && following.kind != tokenString
	}
	return false
}

// word reads an operand that a word begins.
func (p *parser) word(e *expr, c place) (s shape, ok bool) {
	t := p.tok()
	if t.text[0] == '@' {
		return p.variable(e, c)
	}
	if t.key == "" || p.isAt(1, ".") {
		return p.typedOrColumn(e, c)
	}
	switch t.key {
	case "CASE":
		return p.caseOf(e, c), true
	case "EXISTS":
		if p.isAt(1, "(") {
			p.next()
			return p.exists(e, c), true
		}
	case "INTERVAL":
		if p.interval(e, c) {
			return shape{}, true
		}
	case "ARRAY", "STRUCT", "MAP", "MULTISET", "ROW":
		if p.constructor(e, c) {
			return shape{}, true
		}
	case "NULL", "TRUE", "FALSE", "DEFAULT", "UNKNOWN", "MAXVALUE", "MINVALUE":
		if !p.isAt(1, "(") {
			p.next()
			return shape{text: t.key != "DEFAULT"}, true
		}
	case "CURRENT", "NEXT", "PREVIOUS":
		if p.sequence() {
			return shape{}, true
		}
	case "SELECT", "WITH":
		if c.mode != modeClause && p.queryStart(p.pos, p.end) {
			p.bareSubquery(e, c, false)
			return shape{}, true
		}
	}
	if isNiladic(t.key, p.dialect) && !p.isAt(1, "(") {
		p.next()
		return shape{label: strings.ToLower(t.text)}, true
	}
	if isReserved(t.key) && !p.isAt(1, "(") || isClause(t.key) {
		return shape{}, false
	}
	return p.typedOrColumn(e, c)
}

// variable reads @v of T-SQL or MySQL, or @stage of Snowflake: no column.
func (p *parser) variable(e *expr, c place) (shape, bool) {
	p.next()
	if p.isAt(0, ".") && p.identAhead(1) {
		var s shape
		p.member(e, c, &s)
	}
	return shape{}, true
}

// sequence reads NEXT VALUE FOR s, and CURRENT ROW, DATE or TIMESTAMP.
func (p *parser) sequence() bool {
	switch {
	case p.are("NEXT", "VALUE", "FOR"), p.are("PREVIOUS", "VALUE", "FOR"):
		p.acceptAll("NEXT", "VALUE", "FOR")
		p.acceptAll("PREVIOUS", "VALUE", "FOR")
		p.name()
		return true
	case p.is("CURRENT") && (p.isAt(1, "DATE") || p.isAt(1, "TIMESTAMP") || p.isAt(1, "TIME") || p.isAt(1, "TIMEZONE")):
		p.next()
		p.next()
		return true
	}
	return false
}

// typedOrColumn reads DATE '2020-01-01' and the like, or a column or function.
func (p *parser) typedOrColumn(e *expr, c place) (shape, bool) {
	if p.ahead(1).kind == tokenString && isLiteralType(p.tok()) {
		p.next()
		p.next()
		return shape{text: true}, true
	}
	return p.column(e, c)
}

// isLiteralType says whether a word before a string may be its type.
func isLiteralType(t *token) bool {
	switch strings.ToUpper(t.text) {
	case "DATE", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "DATETIME", "NUMERIC", "BIGNUMERIC", "DECIMAL", "JSON", "JSONB", "UUID", "INET", "CIDR", "BYTES", "POINT",
		"BOX", "LINE", "CIRCLE", "POLYGON", "XML", "BOOLEAN", "BOOL", "INT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "TEXT", "VARCHAR", "CHAR", "BIT", "BYTEA", "RANGE",
		"TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP_TZ", "INT8", "INT4", "FLOAT8", "IPADDRESS", "REAL", "SMALLINT", "TSQUERY", "TSVECTOR", "REGCLASS":
		return true
	}
	return t.text[0] == '_' && len(t.text) > 2 // MySQL: _utf8'x'
}

// exists reads EXISTS (query), or a function of that name.
func (p *parser) exists(e *expr, c place) shape {
	if p.queryIn(p.pos) {
		p.subquery(e, c, true)
	} else {
		p.group(e, c)
	}
	return shape{label: "exists"}
}

// caseOf reads CASE … END.
func (p *parser) caseOf(e *expr, c place) shape {
	p.next()
	value := c.in(modeClause)
	condition := c.with(roleConditional)
	if !p.is("WHEN") {
		p.scan(e, condition)
	}
	label := ""
	for !p.done() {
		switch {
		case p.accept("WHEN"):
			p.scan(e, condition)
			for p.accept(",") {
				p.scan(e, condition)
			}
		case p.accept("THEN"):
			p.scan(e, value)
		case p.accept("ELSE"):
			label = p.scan(e, value).label
		case p.accept("END"):
			p.accept("CASE")
			return p.caseLabel(label)
		default:
			p.fault("cannot read this in CASE")
			if !p.skipInCase() {
				return shape{}
			}
		}
	}
	p.fault("CASE without END")
	return shape{}
}

// caseLabel is how PostgreSQL names a CASE: by its ELSE, or as case.
func (p *parser) caseLabel(label string) shape {
	if !p.namesFunctions() {
		return shape{}
	}
	if label == "" {
		label = "case"
	}
	return shape{label: label}
}

// skipInCase goes on to the next part of a CASE, unless a clause comes first.
func (p *parser) skipInCase() bool {
	for !p.done() && !p.isAny("WHEN", "THEN", "ELSE", "END") {
		if isClause(p.tok().key) {
			return false
		}
		p.skip()
	}
	return true
}
