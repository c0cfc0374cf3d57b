package sqllineage

import "strings"

// reference gives the flows of a reference, by the longest part of its name
// that means a source. What it adds to the flows has the kinds of the columns
// found, as they come; the caller puts it through its own role.
func (r *resolver) reference(sc *scope, n name) []flow {
	if !r.spend(len(n)) || len(n) == 0 {
		return nil
	}
	if len(n) > 1 {
		n = r.parted(n)
	}
	for s := sc; s != nil; s = s.outer {
		if flows, ok := r.qualified(s, n); ok {
			return flows
		}
		if flows, ok := r.unqualified(s, n, s == sc); ok {
			return flows
		}
		if len(n) > 1 {
			continue // its first part may yet be an alias further out
		}
		if flows, ok := r.perhaps(s, n); ok {
			return flows
		}
	}
	for s := sc; s != nil && len(n) > 1; s = s.outer {
		if flows, ok := r.perhaps(s, n); ok {
			return flows
		}
	}
	if sc.aliasesSeen == aliasesLast {
		if flows, ok := sc.alias(r.dialect.column(n[0]), true); ok {
			return flows
		}
	}
	return r.lost(sc, n)
}

// parted is a name whose first part is a quoted path, in parts, as BigQuery
// reads `project.dataset.table`.column.
func (r *resolver) parted(n name) name {
	if r.dialect != BigQuery || len(n) == 0 || !n[0].quoted || !strings.Contains(n[0].text, ".") {
		return n
	}
	var parts name
	for _, text := range strings.Split(n[0].text, ".") {
		parts = append(parts, ident{text: text, quoted: true, span: n[0].span})
	}
	return append(parts, n[1:]...)
}

// lost gives the flow of a reference that was found nowhere.
func (r *resolver) lost(sc *scope, n name) []flow {
	none := true
	for s := sc; s != nil; s = s.outer {
		none = none && len(s.sources) == 0
	}
	if none {
		return nil // a variable, or an argument of a routine
	}
	unresolved := r.id(Table{Name: Unresolved})
	return []flow{{column: r.column(unresolved, r.path(n)), certainty: unknown}}
}

// path is a reference as it is written, folded.
func (r *resolver) path(n name) string {
	if len(n) == 1 {
		return r.dialect.column(n[0])
	}
	parts := make([]string, len(n))
	for i := range n {
		parts[i] = r.dialect.column(n[i])
	}
	return strings.Join(parts, ".")
}

// qualified finds a reference whose first parts name a source.
func (r *resolver) qualified(sc *scope, n name) (flows []flow, ok bool) {
	r.spend(len(sc.sources) / 8) // to look at one is far less than a step
	for k := len(n) - 1; k > 0; k-- {
		for _, s := range sc.sources {
			if s.aliased && k == 1 && equalNames(s.name, r.dialect.column(n[0])) || !s.aliased && r.namesTable(s, n[:k]) {
				return r.within(s, n[k:])
			}
		}
	}
	for k := len(n) - 1; k > 0; k-- {
		for _, s := range sc.sources { // some write the table's name though it has an alias
			if s.aliased && r.namesTable(s, n[:k]) {
				return r.within(s, n[k:])
			}
		}
	}
	return nil, false
}

// namesTable says that the parts of a qualifier name a source's table: as many of
// its parts as both have agree.
func (r *resolver) namesTable(s *source, qualifier name) bool {
	last := r.dialect.column(qualifier[len(qualifier)-1])
	if s.table == noTable {
		return !s.aliased && len(qualifier) == 1 && equalNames(s.name, last)
	}
	t := r.table(s.table)
	if !equalNames(t.Name, last) {
		return false
	}
	switch len(qualifier) {
	case 1:
		return true
	case 2:
		return t.Schema == "" || equalNames(t.Schema, r.dialect.column(qualifier[0]))
	}
	k := len(qualifier)
	return (t.Schema == "" || equalNames(t.Schema, r.dialect.column(qualifier[k-2]))) &&
		(t.Catalog == "" || strings.HasSuffix(fold(t.Catalog), fold(r.dialect.column(qualifier[k-3]))))
}

// within finds a column, and fields of it, in one source.
func (r *resolver) within(s *source, n name) (flows []flow, ok bool) {
	if place, ok := r.ordinal(n[0]); ok && place < len(s.out.columns) && !s.out.columns[place].star {
		return s.out.columns[place].flows, true
	}
	if flows, ok := r.listed(s.out, n, false); ok {
		return flows, true
	}
	switch {
	case s.function:
		return s.any, true
	case s.out.open():
		return r.beyond(s.out, r.pathIn(s.out, n)), true
	case s.table != noTable:
		return r.unlisted(s, n), true
	}
	return nil, true
}

// unlisted is a column that the catalog does not have, though the text says
// that it is the table's.
func (r *resolver) unlisted(s *source, n name) []flow {
	f := flow{column: r.column(s.table, r.path(n)), certainty: guessed}
	if r.pseudoColumn(n[0]) {
		f.certainty = certain
	}
	return []flow{f}
}

// pseudoColumn says that every table has a column of this name beside its own.
func (r *resolver) pseudoColumn(i ident) bool {
	switch fold(i.text) {
	case "rowid", "ctid", "xmin", "xmax", "tableoid", "_partitiontime", "_partitiondate", "_table_suffix", "_file_name", "_metadata":
		return true
	}
	return false
}

// listed finds a column that an output lists: by all parts joined, where a
// catalog lists the fields of structs, else by the first. An exact one is in
// its case and all parts of it are listed.
func (r *resolver) listed(o *output, n name, exact bool) (flows []flow, ok bool) {
	if text := n[0].text; r.dialect == Snowflake && len(text) > 2 && text[0] == '\'' && o.find(text) < 0 {
		n = name{{text: strings.Trim(text, "'"), quoted: true, span: n[0].span}} // what a PIVOT makes of 'x' has these quotes in its name
	}
	for k := len(n); k > 0; k-- {
		var i int
		if path := r.path(n[:k]); exact {
			i = o.findExact(path)
		} else {
			i = o.find(path)
		}
		if i >= 0 {
			return o.columns[i].flows, true
		}
		if exact {
			break // the other parts may be fields, listed in another case
		}
	}
	return nil, false
}

// pathIn is the name of a column that a table of unknown columns has: with the
// path to its field, as far as it is known.
func (r *resolver) pathIn(o *output, n name) string {
	if o.base == noTable {
		return r.dialect.column(n[0])
	}
	return r.path(n)
}

// ordinal reads Snowflake's $1.
func (r *resolver) ordinal(i ident) (place int, ok bool) {
	if i.quoted || len(i.text) < 2 || len(i.text) > 4 || i.text[0] != '$' {
		return 0, false
	}
	for _, d := range i.text[1:] {
		if d < '0' || d > '9' {
			return 0, false
		}
		place = place*10 + int(d-'0')
	}
	return place - 1, place > 0
}
