package sqllineage

import "strings"

// function reads the call of a function that gives a relation, whose name was
// read.
func (p *parser) function(r *relation) *relation {
	r.kind, r.fn, r.name, r.lateral = relationFunction, r.name, nil, true
	first := p.pos
	fn := ""
	if len(r.fn) > 0 { // there may be none where the text is cut off
		fn = upper(r.fn[len(r.fn)-1])
	}
	switch fn {
	case "JSON_TABLE", "XMLTABLE":
		p.within(func() { p.columnsTable(r) })
	case "IDENTIFIER":
		if p.ahead(1).kind == tokenString && p.isAt(2, ")") {
			return p.tableInString(p.ahead(1))
		}
		p.functionArguments(r)
	case "UNNEST":
		open := p.pos
		p.functionArguments(r)
		r.columns = p.structFields(open + 1)
	case "SEMANTIC_VIEW":
		if r := p.semanticView(); r != nil {
			return r
		}
	case "READ_CSV", "READ_PARQUET", "READ_JSON", "READ_CSV_AUTO", "READ_JSON_AUTO", "PARQUET_SCAN", "READ_NDJSON", "DELTA_SCAN", "ICEBERG_SCAN", "S3", "URL", "FILE", "READ_FILES":
		if p.ahead(1).kind == tokenString {
			r.path = p.ahead(1).text
		}
		p.group(&r.call, place{})
	default:
		p.functionArguments(r)
	}
	if p.isMethod(r.fn) {
		r.call.refs = append(r.call.refs, ref{name: r.fn[:len(r.fn)-1], span: r.fn[0].span})
	}
	r.call.span = p.spanFrom(first)
	var s shape
	for p.is(".") || p.is("[") {
		if p.is("[") {
			p.subscript(&r.call, place{})
			continue
		}
		p.member(&r.call, place{}, &s)
	}
	return r
}

// functionArguments reads arguments, of which some may be tables: TABLE t,
// TABLE(t), or a query.
func (p *parser) functionArguments(r *relation) {
	p.within(func() {
		for !p.done() {
			if p.is("TABLE") && (p.identAhead(1) || p.isAt(1, "(")) {
				p.tableArgument(r)
			} else {
				p.argument(&r.call, place{mode: modeArguments})
			}
			if !p.accept(",") && !p.done() {
				p.next()
			}
		}
	})
}

// tableArgument reads TABLE t, TABLE(t) or TABLE (SELECT …) as an argument.
func (p *parser) tableArgument(r *relation) {
	p.next()
	first := p.pos
	q := &query{}
	switch {
	case p.is("(") && p.queryIn(p.pos):
		q = p.queryGroup()
	case p.is("("):
		p.within(func() { q.table = p.relation() })
	default:
		q.table = p.tableName()
	}
	q.span = p.spanFrom(first)
	r.call.queries = append(r.call.queries, subquery{query: q})
	p.skipArgument()
}

// tableOf reads TABLE(f(x)) or TABLE(t).
func (p *parser) tableOf() *relation {
	p.next()
	if p.queryIn(p.pos) {
		return &relation{kind: relationQuery, query: p.queryGroup()}
	}
	r := &relation{kind: relationFunction, lateral: true}
	p.within(func() {
		switch {
		case p.identAhead(0) && p.functionAhead():
			r = p.function(p.tableName())
			p.skipArgument()
		case p.tok().kind == tokenString: // Snowflake: TABLE('name')
			r = p.tableInString(p.tok())
			p.pos = p.end
		default:
			p.list(&r.call, place{mode: modeArguments})
		}
	})
	return r
}

// tableInString reads the name of a table that a string holds, in the
// parentheses at hand or around.
func (p *parser) tableInString(t *token) *relation {
	r := &relation{kind: relationTable, span: Span{t.start, t.end}}
	for part := range strings.SplitSeq(t.text, ".") {
		r.name = append(r.name, ident{text: strings.Trim(part, `"`+"`"), quoted: strings.HasPrefix(part, `"`), span: r.span})
	}
	if p.is("(") {
		p.skipGroup()
	}
	return r
}

// columnsTable reads the arguments of JSON_TABLE or XMLTABLE and the names of
// the columns that it gives.
func (p *parser) columnsTable(r *relation) {
	for !p.done() {
		if p.is("COLUMNS") {
			p.next()
			p.tableColumns(r)
			return
		}
		at := p.pos
		p.scan(&r.call, place{})
		switch {
		case p.is("COLUMNS"):
			continue
		case p.is("AS"):
			p.next()
			p.next()
		case p.pos == at || !p.done():
			p.skip()
		}
	}
}

// tableColumns reads (a int PATH '$.a', NESTED PATH '$.b' COLUMNS (c int)).
func (p *parser) tableColumns(r *relation) {
	if p.is("(") {
		p.within(func() { p.columnDefinitions(r) })
		return
	}
	p.columnDefinitions(r)
}

func (p *parser) columnDefinitions(r *relation) {
	for !p.done() {
		if p.identAhead(0) && upper(ident{text: p.tok().text}) != "NESTED" {
			r.columns = append(r.columns, p.ident())
		}
		for !p.done() && !p.is(",") {
			if p.is("COLUMNS") && p.isAt(1, "(") {
				p.next()
				p.tableColumns(r)
				continue
			}
			p.skip()
		}
		p.accept(",")
	}
}

// semanticView reads Snowflake's SEMANTIC_VIEW (v METRICS a DIMENSIONS b AS c)
// as the view: what it gives are the view's metrics, dimensions and facts.
func (p *parser) semanticView() *relation {
	var r *relation
	p.within(func() {
		r = p.tableName()
		p.pos = p.end
	})
	return r
}

// matchRecognize reads MATCH_RECOGNIZE (…) as a query of what stands before
// it: its measures come from there, and so do the columns of PARTITION BY.
func (p *parser) matchRecognize(r *relation) {
	s := &selection{from: []*relation{{}}}
	*s.from[0] = *r
	first := p.pos
	p.next()
	p.within(func() { p.recognition(s) })
	*r = relation{kind: relationQuery, query: &query{sel: s, span: p.spanFrom(first)}}
}

func (p *parser) recognition(s *selection) {
	for !p.done() {
		switch {
		case p.is("PARTITION") && p.isAt(1, "BY"):
			p.next()
			p.next()
			for _, e := range p.expressions(place{}) {
				s.items = append(s.items, &item{expr: e})
			}
		case p.is("ORDER") && p.isAt(1, "BY"):
			p.next()
			p.next()
			s.sortBy = append(s.sortBy, p.expressions(place{})...)
		case upper(ident{text: p.tok().text}) == "MEASURES":
			p.next()
			for !p.done() {
				it := &item{expr: p.expression()}
				p.itemAlias(it)
				dropVariables(&it.expr)
				s.items = append(s.items, it)
				if !p.accept(",") {
					break
				}
			}
		default:
			p.skip()
		}
	}
}

// dropVariables takes the pattern's variables from the front of references.
func dropVariables(e *expr) {
	for i, r := range e.refs {
		if len(r.name) > 1 {
			e.refs[i].name = r.name[len(r.name)-1:]
		}
	}
	e.bare = false
}
