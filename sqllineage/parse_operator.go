package sqllineage

import "strings"

// wordOperator reads a word behind an operand: an operator, what belongs to
// one, or what ends the expression.
func (p *parser) wordOperator(e *expr, c place) (more, done bool) {
	t := p.tok()
	switch t.key {
	case "AND", "OR", "XOR", "DIV", "MOD", "LIKE", "ILIKE", "RLIKE", "REGEXP", "REGEXP_LIKE", "GLOB", "ESCAPE", "UESCAPE", "BETWEEN", "OVERLAPS", "MATCH",
		"CONTAINS", "PLACING", "THEN_BY", "LIKE_REGEX", "IREGEXP":
		return p.infix(c)
	case "IN":
		p.next()
		p.inList(e, c)
		return true, false
	case "NOT":
		return p.notOperator()
	case "IS":
		p.next()
		return p.isOperator(), false
	case "ISNULL", "NOTNULL":
		p.next()
		return false, false
	case "SIMILAR", "SOUNDS", "MEMBER", "STARTS":
		if p.anyNext("TO", "LIKE", "OF", "WITH") {
			p.next()
			p.next()
			return true, false
		}
	case "COLLATE":
		p.next()
		p.name()
		return false, false
	case "AT":
		if p.isAt(1, "TIME") || p.isAt(1, "LOCAL") {
			return p.atTimeZone(), false
		}
	case "OPERATOR":
		if p.isAt(1, "(") {
			p.next()
			p.skipGroup()
			return true, false
		}
	case "GLOBAL":
		if p.isAt(1, "IN") || p.isAt(1, "NOT") {
			p.next()
			return false, false
		}
	case "SYMMETRIC", "ASYMMETRIC":
		p.next()
		return true, false
	}
	return p.otherWord(e, c)
}

// otherWord reads a word that is no operator: what some functions have behind
// them, a word among arguments, or what ends the expression.
func (p *parser) otherWord(e *expr, c place) (more, done bool) {
	switch {
	case p.is("AGAINST") && p.isAt(1, "("):
		p.next()
		p.skipGroup()
		return false, false
	case p.is("OVER") && p.isAt(1, "("):
		p.over(e, c)
		return false, false
	case p.dialect == Generic && p.tok().key == "" && isComparison(p.tok().text) && p.operandAhead(1):
		p.next()
		return true, false
	case p.dialect == Generic && p.ahead(-1).kind == tokenNumber && (p.ahead(-2).key == "-" || p.ahead(-2).key == "+") && isDatePart(p.tok()):
		p.next() // DB2: d + 1 DAY
		return false, false
	case c.mode == modeClause:
		return false, true
	}
	return p.argumentWord(e, c), false
}

// isComparison says whether a word is one of Teradata's comparisons.
func isComparison(s string) bool {
	if len(s) != 2 {
		return false
	}
	switch strings.ToUpper(s) {
	case "EQ", "NE", "LT", "LE", "GT", "GE":
		return true
	}
	return false
}

// infix steps over an operator that is a word, if an operand follows it.
func (p *parser) infix(c place) (more, done bool) {
	if c.mode == modeClause && p.isAny("MATCH", "CONTAINS", "MOD", "GLOB", "PLACING") && !p.operandAhead(1) {
		return false, true
	}
	p.next()
	p.skipAny("SYMMETRIC", "ASYMMETRIC")
	return true, false
}

// notOperator reads NOT IN, NOT LIKE, NOT BETWEEN, NOT NULL behind an operand.
func (p *parser) notOperator() (more, done bool) {
	switch p.ahead(1).key {
	case "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "BETWEEN", "SIMILAR", "GLOB", "MATCH", "MEMBER", "CONTAINS", "STARTS", "REGEXP_LIKE":
		p.next()
		return false, false
	case "NULL":
		p.next()
		p.next()
		return false, false
	}
	return false, true
}

// isAny2 says that one of these stands behind the token at hand.
func (p *parser) anyNext(keys ...string) bool {
	for _, k := range keys {
		if p.isAt(1, k) {
			return true
		}
	}
	return false
}

// inList reads what stands behind IN where it is no list in parentheses.
func (p *parser) inList(e *expr, c place) {
	if (p.dialect == ClickHouse || p.dialect == SQLite) && p.identAhead(0) && !p.functionAhead() && !p.is("UNNEST") {
		first := p.pos
		r := &relation{kind: relationTable, name: p.name()}
		r.span = p.spanFrom(first)
		e.queries = append(e.queries, subquery{query: &query{span: r.span, table: r}, role: c.role, exists: true, aggregate: c.aggregate})
		p.pos-- // the name itself stands for the operand
	}
}

// functionAhead says that the name at hand is one of a function.
func (p *parser) functionAhead() bool {
	n := 1
	for p.isAt(n, ".") && p.identAhead(n+1) {
		n += 2
	}
	return p.isAt(n, "(")
}

// isOperator reads what follows IS, and says whether another operand does.
func (p *parser) isOperator() bool {
	p.accept("NOT")
	switch {
	case p.acceptAll("DISTINCT", "FROM"):
		return true
	case p.accept("OF"), p.is("A") && p.isAt(1, "SET"):
		p.skipAny("TYPE", "A", "SET")
		if p.is("(") {
			p.skipGroup()
		}
	case p.accept("JSON"):
		p.skipAny("OBJECT", "ARRAY", "SCALAR", "VALUE")
	case p.isAny("NULL", "TRUE", "FALSE", "UNKNOWN", "NAN", "EMPTY", "INFINITE", "DOCUMENT", "NORMALIZED", "PRESENT", "DANGLING"):
		p.next()
	default:
		return true // SQLite: a IS b
	}
	return false
}

// atTimeZone reads AT TIME ZONE or AT LOCAL, and says whether an operand follows.
func (p *parser) atTimeZone() bool {
	p.next()
	if p.accept("LOCAL") {
		return false
	}
	p.next()
	p.accept("ZONE")
	return true
}

// argumentWord reads a word that is no operator among the arguments of a
// function, and says whether an operand follows.
func (p *parser) argumentWord(e *expr, c place) bool {
	switch p.tok().key {
	case "AS", "USING", "RETURNING", "ON", "WITH", "WITHOUT":
		p.skipArgument()
		return false
	case "ORDER":
		if p.isAt(1, "BY") {
			p.next()
			p.next()
			p.sorting(e, c.with(roleSort))
			return false
		}
	case "WHERE":
		p.next()
		p.scan(e, c.with(roleFilter))
		return false
	case "HAVING":
		p.next()
		p.next() // MAX or MIN
		p.scan(e, c.with(roleFilter))
		return false
	case "FROM", "FOR", "VALUE", "PASSING", "SEPARATOR", "LIMIT", "OFFSET", "PLACING", "DEFAULT", "TO", "UNTIL":
		p.next()
		return true
	}
	p.next()
	return false
}

// skipArgument steps over the rest of an argument.
func (p *parser) skipArgument() {
	for !p.done() && !p.is(",") {
		if p.is("<") && p.ahead(-1).kind == tokenWord { // of a type
			p.angles()
			continue
		}
		p.skip()
	}
}

// sorting reads the expressions of ORDER BY within an aggregate or a window.
func (p *parser) sorting(e *expr, c place) {
	for !p.done() {
		at := p.pos
		p.scan(e, c)
		p.ordering()
		if !p.accept(",") || p.pos == at {
			return
		}
	}
}
