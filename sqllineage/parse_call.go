package sqllineage

import "strings"

// call reads the call of a function whose name was read: its arguments, and
// what may stand behind them.
func (p *parser) call(e *expr, c place, n name) shape {
	fn := n[len(n)-1]
	t := traitsOf(fn.text)
	inner := c.in(modeArguments)
	if p.isAggregate(t, fn.text) && !p.windowAhead(p.closing()+1) {
		inner.aggregate = true
	}
	var first shape
	if t&aggregate != 0 && p.isAt(1, "*") && p.closing() == p.pos+2 { // COUNT(*) looks at no column
		e.star = true
		p.skipGroup()
	} else {
		p.within(func() {
			if p.dialect == ClickHouse && isDictionary(fn.text) {
				p.dictionary(e, c)
			}
			first = p.arguments(e, inner, t)
		})
	}
	if p.isMethod(n) {
		e.refs = append(e.refs, ref{name: n[:len(n)-1], role: c.role, aggregate: c.aggregate, span: n[0].span})
	}
	p.suffixes(e, c, inner, t)
	return p.callShape(t, fn, first)
}

// isMethod says that a call is of a column's own method, as those that hold XML
// have some: t.doc.value('(/a)[1]', 'int').
func (p *parser) isMethod(n name) bool {
	if len(n) < 2 {
		return false
	}
	switch fn := n[len(n)-1].text; p.dialect {
	case TSQL:
		return fn == "value" || fn == "query" || fn == "exist" || fn == "nodes"
	case Oracle:
		return strings.EqualFold(fn, "getClobVal") || strings.EqualFold(fn, "getStringVal") || strings.EqualFold(fn, "getNumberVal") || strings.EqualFold(fn, "existsNode")
	}
	return false
}

// callShape is what a call looks like from outside.
func (p *parser) callShape(t trait, fn ident, first shape) shape {
	s := shape{call: true}
	switch {
	case t&casts != 0:
		s.label = first.label
	case p.namesFunctions():
		s.label = fn.text
		if !fn.quoted {
			s.label = strings.ToLower(fn.text)
		}
	}
	return s
}

// namesFunctions says that the dialect names a column by the function, or
// other construct, that makes it.
func (p *parser) namesFunctions() bool { return p.dialect == PostgreSQL || p.dialect == Redshift }

// arguments reads the arguments of a function with these traits, and gives the
// shape of the first.
func (p *parser) arguments(e *expr, c place, t trait) (first shape) {
	p.argumentsHead(t)
	if t&^aggregate == 0 {
		return p.plainArguments(e, c)
	}
	count := p.countArguments()
	for i := 0; !p.done(); i++ {
		switch {
		case p.isPart(t, i, count), t&converts != 0 && i == p.typeArgument(count):
			p.skipArgument()
		default:
			s := p.argument(e, p.argumentPlace(c, t, i, count))
			if i == 0 {
				first = s
			}
		}
		if !p.accept(",") && !p.done() {
			p.next()
		}
	}
	return first
}

// plainArguments reads arguments of which none is special.
func (p *parser) plainArguments(e *expr, c place) (first shape) {
	for i := 0; !p.done(); i++ {
		s := p.argument(e, c)
		if i == 0 {
			first = s
		}
		if !p.accept(",") && !p.done() {
			p.next() // a stray closing token
		}
	}
	return first
}

// argumentsHead steps over what stands before the first argument.
func (p *parser) argumentsHead(t trait) {
	switch {
	case t&extracts != 0:
		i := 0
		for p.ahead(i).kind != tokenEnd && !p.isAt(i, "FROM") && !p.isAt(i, ",") && i < 4 {
			i++
		}
		if p.isAt(i, "FROM") {
			p.pos += i
			p.next()
		}
	case t&trims != 0:
		if p.acceptAny("BOTH", "LEADING", "TRAILING") || p.is("FROM") {
			p.accept("FROM")
		}
	}
}

// countArguments counts the arguments that follow.
func (p *parser) countArguments() int {
	n := 1
	for i := p.pos; i < p.end; i++ {
		switch p.toks[i].key {
		case ",":
			n++
		case "(", "[", "{":
			i = p.closingOf(i)
		}
		p.burn()
	}
	return n
}

// isPart says that the argument at hand is a part of a date, by the name of a
// word, which else would be a column.
func (p *parser) isPart(t trait, i, count int) bool {
	if t&(partFirst|partBefore|partLast) == 0 || !isDatePart(p.tok()) {
		return false
	}
	if k := p.ahead(1); k.kind != tokenEnd && k.key != "," && k.key != "(" {
		return false
	}
	if i == 0 {
		return t&partBefore != 0 || t&partFirst != 0 && count > 2
	}
	return t&partLast != 0
}

// typeArgument is the place of the type among the arguments of CONVERT.
func (p *parser) typeArgument(count int) int {
	if p.dialect == TSQL || p.dialect == Redshift || p.dialect == Generic && (isLiteralType(p.tok()) || count > 2) {
		return 0
	}
	return 1
}

// argumentPlace is where the ith of the arguments stands.
func (p *parser) argumentPlace(c place, t trait, i, count int) place {
	condition := t&conditionHead != 0 && i == 0
	if t&decodes != 0 {
		condition = i == 0 || i%2 == 1 && i+1 < count
	}
	if condition && c.role == roleValue {
		c.role = roleConditional
	}
	return c
}

// windowAhead says that the function whose arguments close before i is one of
// a window.
func (p *parser) windowAhead(i int) bool {
	for i < p.end {
		switch p.toks[i].key {
		case "OVER":
			return true
		case "FILTER", "KEEP", "GROUP":
			i++
			if i >= p.end || p.toks[i].key != "(" {
				return false
			}
			i = p.closingOf(i) + 1
		case "WITHIN", "IGNORE", "RESPECT", "NULLS":
			i++
		default:
			return false
		}
		p.burn()
	}
	return false
}

// suffixes reads what may follow the arguments of a function.
func (p *parser) suffixes(e *expr, c, inner place, t trait) {
	for !p.done() {
		switch {
		case p.is("OVER"):
			p.over(e, c)
		case p.is("FILTER") && p.isAt(1, "("):
			p.next()
			p.within(func() {
				p.accept("WHERE")
				p.scan(e, inner.with(roleFilter))
			})
		case p.are("WITHIN", "GROUP", "("):
			p.next()
			p.next()
			p.within(func() { p.withinGroup(e, inner, t) })
		case p.is("KEEP") && p.isAt(1, "("):
			p.next()
			p.within(func() { p.keep(e, inner) })
		case (p.is("IGNORE") || p.is("RESPECT")) && p.isAt(1, "NULLS"), p.is("FROM") && (p.isAt(1, "FIRST") || p.isAt(1, "LAST")) && p.isAt(2, "OVER"):
			p.next()
			p.next()
		default:
			return
		}
	}
}

// withinGroup reads the ORDER BY of WITHIN GROUP, which gives the value of
// some functions, and its order to others.
func (p *parser) withinGroup(e *expr, c place, t trait) {
	p.acceptAll("ORDER", "BY")
	if t&orderedSet == 0 {
		c = c.with(roleSort)
	}
	p.sorting(e, c.in(modeClause))
}

// keep reads KEEP (DENSE_RANK FIRST ORDER BY …).
func (p *parser) keep(e *expr, c place) {
	for !p.done() && !p.is("ORDER") {
		p.next()
	}
	p.acceptAll("ORDER", "BY")
	p.sorting(e, c.with(roleSort))
}

// over reads OVER (…) or OVER w.
func (p *parser) over(e *expr, c place) {
	p.next()
	switch {
	case p.is("("):
		p.within(func() { p.windowSpec(e, c.with(roleWindow)) })
	case p.identAhead(0):
		e.windows = append(e.windows, p.ident())
	}
}

// windowSpec reads what is between the parentheses of a window.
func (p *parser) windowSpec(e *expr, c place) {
	if p.identAhead(0) && !p.isAny("PARTITION", "ORDER", "ROWS", "RANGE", "GROUPS", "DISTRIBUTE", "CLUSTER", "SORT") {
		e.windows = append(e.windows, p.ident())
	}
	for !p.done() {
		switch {
		case p.isAny("PARTITION", "ORDER", "DISTRIBUTE", "CLUSTER", "SORT"):
			p.next()
			p.accept("BY")
			p.sorting(e, c)
		default: // the frame
			p.pos = p.end
		}
	}
}

// isDictionary says whether a function of ClickHouse looks things up in a
// dictionary, which its first argument names.
func isDictionary(fn string) bool {
	return len(fn) >= 7 && strings.EqualFold(fn[:7], "dictGet") || strings.EqualFold(fn, "dictHas")
}

// dictionary reads the name of a dictionary as of a table that is read.
func (p *parser) dictionary(e *expr, c place) {
	r := &relation{kind: relationTable}
	if p.tok().kind == tokenString {
		r = p.tableInString(p.tok())
		p.next()
	} else if p.identAhead(0) {
		r = p.tableName()
	}
	if len(r.name) > 0 && (p.is(",") || p.done()) {
		e.queries = append(e.queries, subquery{query: &query{span: r.span, table: r}, role: c.role, exists: true})
	}
	p.skipArgument()
}

// upper is for the names of things that are compared seldom.
func upper(id ident) string { return strings.ToUpper(id.text) }
