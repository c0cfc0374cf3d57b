package sqllineage

import "strings"

// relationTail reads what stands behind a relation: its alias and columns,
// samples, times, hints and pivots.
func (p *parser) relationTail(r *relation) {
	p.accept("*") // PostgreSQL: t *
	for !p.done() {
		at := p.pos
		switch {
		case p.tableOption(r):
		case p.isAny("PIVOT", "UNPIVOT") && (p.isAt(1, "(") || p.anyNext("INCLUDE", "EXCLUDE")):
			p.pivot(r)
		case p.is("MATCH_RECOGNIZE") && p.isAt(1, "("):
			p.matchRecognize(r)
		default:
			p.alias(r)
		}
		if p.pos == at {
			return
		}
	}
}

// alias reads AS t, AS t (a, b), AS (a, b).
func (p *parser) alias(r *relation) {
	if len(r.pivots) > 0 {
		last := r.pivots[len(r.pivots)-1]
		if last.alias.text == "" && len(last.columns) == 0 {
			p.aliasOf(&last.alias, &last.columns)
		}
		return
	}
	if r.alias.text == "" {
		p.aliasOf(&r.alias, &r.columns)
	}
}

func (p *parser) aliasOf(alias *ident, columns *[]ident) {
	t := p.tok()
	switch {
	case p.is("AS") && !p.isAt(1, "OF"):
		p.next()
		if p.identAhead(0) || p.tok().kind == tokenString {
			*alias = p.ident()
		}
	case t.kind == tokenQuoted || t.kind == tokenWord && p.aliasAhead() || t.kind == tokenString:
		*alias = p.ident()
	default:
		return
	}
	if p.is("(") && !p.hintAhead() && !p.queryIn(p.pos) {
		*columns = p.identList()
	}
}

// aliasAhead says that the word at hand, which no AS precedes, is an alias.
func (p *parser) aliasAhead() bool {
	t := p.tok()
	if t.key == "" {
		return !strings.EqualFold(t.text, "LOG") || !strings.EqualFold(p.ahead(1).text, "ERRORS")
	}
	if isReserved(t.key) || p.clauseAt(0) || p.joinAt(0) {
		return false
	}
	switch t.key {
	case "STRAIGHT_JOIN", "LATERAL", "TABLESAMPLE", "SET", "WHEN", "PIVOT", "UNPIVOT", "MATCH_RECOGNIZE", "MATCH_CONDITION", "RETURNING", "FORCE", "ASOF", "APPLY":
		return false
	case "USE", "IGNORE":
		return !p.anyNext("INDEX", "KEY")
	case "PARTITION", "SAMPLE":
		return !p.isAt(1, "(") && p.ahead(1).kind != tokenNumber
	case "AT", "BEFORE":
		return !p.isAt(1, "(")
	case "FINAL":
		return p.dialect != ClickHouse
	case "TIMESTAMP", "VERSION":
		return !p.isAt(1, "AS")
	case "ARRAY":
		return !p.isAt(1, "JOIN")
	case "DO", "OUTPUT", "LOOP":
		return false
	case "MODEL":
		return p.dialect != Oracle
	case "TIMESERIES":
		return !p.identAhead(1) || !p.isAt(2, "AS")
	case "VERSIONS":
		return !p.isAt(1, "BETWEEN")
	}
	return true
}

// tableOption steps over what may stand behind a table and says nothing of
// lineage.
func (p *parser) tableOption(r *relation) bool {
	switch {
	case p.is("TABLESAMPLE"), p.is("SAMPLE") && (p.isAt(1, "(") || p.ahead(1).kind == tokenNumber || p.anyNext("BERNOULLI", "SYSTEM", "BLOCK", "ROW")), p.is("USING") && p.isAt(1, "SAMPLE"):
		p.sample()
	case p.is("FOR") && (p.isAt(1, "SYSTEM_TIME") || p.anyNext("VERSION", "TIMESTAMP", "SYSTEM_VERSION", "SYSTEM")), p.is("TIMESTAMP") && p.isAt(1, "AS"), p.is("VERSION") && p.isAt(1, "AS"), p.is("AS") && p.isAt(1, "OF"):
		p.travel()
	case p.isAny("AT", "BEFORE", "CHANGES") && p.isAt(1, "("), p.is("END") && p.isAt(1, "("), p.is("PARTITION") && p.isAt(1, "("):
		p.next()
		p.skipGroup()
	case p.isAny("USE", "FORCE", "IGNORE") && p.anyNext("INDEX", "KEY"):
		p.indexHint()
	case p.spannerHint():
	case p.is("WITH") && p.isAt(1, "(") && r.kind != relationJoin:
		p.withBehind(r)
	case p.is("WITH") && p.anyNext("OFFSET", "ORDINALITY"):
		p.ordinality(r)
	case p.is("(") && r.kind == relationTable && p.hintAhead():
		p.skipGroup()
	case p.is("VERSIONS") && p.isAt(1, "BETWEEN"): // Oracle
		p.next()
		p.travel()
	case p.is("FINAL") && p.dialect == ClickHouse, p.is("NOLOCK"):
		p.next()
	case p.is("AT") && p.identAhead(1) && r.alias.text != "" && p.dialect == Redshift: // the place in an array
		p.next()
		r.offset = p.ident()
	case strings.EqualFold(p.tok().text, "INDEXED") && p.isAt(1, "BY"): // SQLite
		p.next()
		p.next()
		p.next()
	case p.is("NOT") && strings.EqualFold(p.ahead(1).text, "INDEXED"):
		p.next()
		p.next()
	default:
		return false
	}
	return true
}

// spannerHint steps over @{FORCE_INDEX=i} of Spanner, where it stands.
func (p *parser) spannerHint() bool {
	if p.dialect != BigQuery || !p.is("@") || !p.isAt(1, "{") {
		return false
	}
	p.next()
	p.skipGroup()
	return true
}

// withBehind reads WITH (NOLOCK), or the columns of OPENJSON … WITH (a int '$.a').
func (p *parser) withBehind(r *relation) {
	p.next()
	if r.kind != relationFunction {
		p.skipGroup()
		return
	}
	r.columns = p.identList()
}

// sample steps over TABLESAMPLE BERNOULLI (10 PERCENT) REPEATABLE (1).
func (p *parser) sample() {
	p.skipAny("USING", "TABLESAMPLE", "SAMPLE")
	if p.ahead(1).key == "(" && p.identAhead(0) {
		p.next()
	}
	for p.tok().kind == tokenNumber || p.isAny("(", "%", "PERCENT", "ROWS", "OFFSET", "/") {
		p.skip()
	}
	for (p.isAny("REPEATABLE") || strings.EqualFold(p.tok().text, "SEED")) && p.isAt(1, "(") {
		p.next()
		p.skipGroup()
	}
}

// travel steps over FOR SYSTEM_TIME AS OF …, TIMESTAMP AS OF …, VERSION AS OF ….
func (p *parser) travel() {
	p.skipAny("FOR", "SYSTEM_TIME", "SYSTEM_VERSION", "SYSTEM", "TIMESTAMP", "VERSION")
	p.skipAny("AS", "OF", "ALL", "FROM", "BETWEEN", "CONTAINED", "IN", "BEFORE")
	if p.isAny("TIMESTAMP", "SCN") && p.operandAhead(1) && p.ahead(1).kind != tokenString && !p.isAt(1, "(") {
		p.next()
	}
	if p.is("ALL") {
		return
	}
	var e expr
	p.scan(&e, place{})
	if p.acceptAny("TO") {
		p.scan(&e, place{})
	}
}

// indexHint steps over USE INDEX FOR JOIN (a, b), also several.
func (p *parser) indexHint() {
	for !p.done() && !p.is("(") {
		p.next()
	}
	p.skip()
	p.accept(",")
}

// ordinality reads WITH OFFSET [AS o], or WITH ORDINALITY [AS t (a, o)].
func (p *parser) ordinality(r *relation) {
	p.next()
	offset := p.is("OFFSET")
	p.next()
	if !offset {
		r.ordinality = true
		return
	}
	switch {
	case p.is("AS") && p.identAhead(1):
		p.next()
		r.offset = p.ident()
	case p.tok().kind == tokenQuoted || p.tok().kind == tokenWord && p.aliasAhead():
		r.offset = p.ident()
	default:
		r.offset = ident{text: "offset"}
	}
}

// lateralViews reads LATERAL VIEW behind what FROM gave.
func (p *parser) lateralViews(from []*relation) []*relation {
	for p.is("LATERAL") && p.isAt(1, "VIEW") {
		if len(from) == 0 {
			from = append(from, p.lateralView(nil))
			continue
		}
		from[len(from)-1] = p.lateralView(from[len(from)-1])
	}
	return from
}

// lateralView reads LATERAL VIEW [OUTER] f(x) [t] [AS a, b].
func (p *parser) lateralView(left *relation) *relation {
	first := p.pos
	p.next()
	p.next()
	p.accept("OUTER")
	r := &relation{kind: relationTable, name: p.name()}
	if p.is("(") {
		r = p.function(r)
	}
	r.lateral = true
	if !p.is("AS") && (p.tok().kind == tokenQuoted || p.tok().kind == tokenWord && p.aliasAhead()) {
		r.alias = p.ident()
	}
	if p.accept("AS") {
		p.viewColumns(r)
	}
	r.span = p.spanFrom(first)
	if left == nil {
		return r
	}
	return &relation{kind: relationJoin, left: left, right: r, span: Span{left.span.Start, r.span.End}}
}

func (p *parser) viewColumns(r *relation) {
	if p.is("(") {
		r.columns = p.identList()
		return
	}
	for p.identAhead(0) {
		r.columns = append(r.columns, p.ident())
		if !p.is(",") || !p.identAhead(1) || p.isAt(2, ".") || p.isAt(2, "(") {
			return
		}
		p.next()
	}
}

// arrayJoin reads ClickHouse's ARRAY JOIN a AS b, c.
func (p *parser) arrayJoin() *relation {
	r := &relation{kind: relationFunction, lateral: true, fn: name{{text: "arrayJoin"}}}
	first := p.pos
	for !p.done() {
		at := p.pos
		e := p.expression()
		r.call = mergeExprs(r.call, e)
		it := item{expr: e}
		p.itemAlias(&it)
		if it.alias.text == "" && e.label != "" {
			it.alias = ident{text: e.label}
		}
		r.columns = append(r.columns, it.alias)
		if !p.accept(",") || p.pos == at {
			break
		}
	}
	r.span = p.spanFrom(first)
	return r
}
