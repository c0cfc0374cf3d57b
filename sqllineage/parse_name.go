package sqllineage

import "strings"

// identAhead says that the token n places further can be a part of a name:
// any word, as keywords may be one behind a dot.
func (p *parser) identAhead(n int) bool {
	switch p.ahead(n).kind {
	case tokenWord, tokenQuoted, tokenParam:
		return true
	}
	return false
}

// ident reads one part of a name. Keywords are taken too: the caller knows
// that there is a name here.
func (p *parser) ident() ident {
	t := p.tok()
	id := identOf(t)
	p.next()
	return id
}

// columnName reads the dotted name of a column or function at hand.
func (p *parser) columnName() name {
	start := p.room()
	p.idents = append(p.idents, p.ident())
	for p.is(".") && p.identAhead(1) {
		p.next()
		p.idents = append(p.idents, p.ident())
	}
	return p.named(start)
}

// room gives a place in the store of names. One store serves many of them.
func (p *parser) room() int {
	if cap(p.idents)-len(p.idents) < 8 {
		p.idents = make([]ident, 0, 128)
	}
	return len(p.idents)
}

// longestName is how many parts a name may have; those beyond are left out.
const longestName = 32

func (p *parser) named(start int) name {
	n := p.idents[start:]
	n = n[:min(len(n), longestName)]
	return name(n[:len(n):len(n)])
}

// name reads a dotted name of a table or the like, in the ways dialects write
// it: a..b, a.b in one pair of backticks, project-with-dashes, db.table@link.
func (p *parser) name() name {
	start := p.room()
	for p.identAhead(0) || p.tok().kind == tokenNumber {
		p.namePart()
		if p.is("..") {
			p.next()
			p.idents = append(p.idents, ident{})
			continue
		}
		if !p.is(".") || !p.identAhead(1) && p.ahead(1).kind != tokenNumber && !p.isAt(1, ".") && p.ahead(1).kind != tokenString {
			break
		}
		p.next()
		if p.is(".") { // T-SQL: a..b
			p.next()
			p.idents = append(p.idents, ident{})
		}
	}
	if p.is("@") && p.identAhead(1) { // Oracle's link to another database
		p.next()
		p.next()
	}
	return p.named(start)
}

// namePart reads a part of a table's name into the store.
func (p *parser) namePart() {
	t := p.tok()
	id := p.ident()
	if parts := templateName(t); len(parts) > 0 {
		for _, part := range parts {
			p.idents = append(p.idents, ident{text: part, span: id.span})
		}
		return
	}
	if id.quoted && p.sql[t.start] == '`' && (p.dialect == BigQuery || p.dialect == Generic) && strings.Contains(id.text, ".") {
		for part := range strings.SplitSeq(id.text, ".") {
			p.idents = append(p.idents, ident{text: part, quoted: true, span: id.span})
		}
		return
	}
	if !id.quoted && p.is("-") && (p.dialect == BigQuery || p.dialect == Generic) {
		id = p.dashed(id)
	}
	p.idents = append(p.idents, id)
}

// dashed reads on over the dashes of a project's name.
func (p *parser) dashed(id ident) ident {
	for p.is("-") && p.adjacent(0) && p.adjacent(1) && (p.ahead(1).kind == tokenWord || p.ahead(1).kind == tokenNumber) {
		p.next()
		id.span.End = max(id.span.End, p.tok().end)
		p.next()
	}
	id.text = p.sql[id.span.Start:id.span.End]
	return id
}

// identList reads (a, b, c), with whatever may stand behind each.
func (p *parser) identList() []ident {
	var list []ident
	p.within(func() {
		for !p.done() {
			if p.identAhead(0) || p.tok().kind == tokenString {
				list = append(list, p.columnPart())
			}
			p.skipArgument()
			p.accept(",")
		}
	})
	return list
}

// columnPart reads the last part of a column's name.
func (p *parser) columnPart() ident {
	id := p.ident()
	for p.is(".") && p.identAhead(1) {
		p.next()
		id = p.ident()
	}
	return id
}

// identListAhead says that the parentheses at hand hold names and nothing
// else, such as the columns of an INSERT.
func (p *parser) identListAhead() bool {
	if !p.is("(") || p.queryIn(p.pos) {
		return false
	}
	t := p.ahead(1)
	return t.kind == tokenWord || t.kind == tokenQuoted || t.kind == tokenParam
}
