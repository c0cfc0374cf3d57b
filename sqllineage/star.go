package sqllineage

// star adds the columns that a star of a SELECT list stands for.
func (r *resolver) star(s *star, sc *scope, nodes []*node, to []outputColumn) []outputColumn {
	var columns []outputColumn
	if len(s.qualifier) == 0 {
		for _, n := range nodes {
			columns = r.nodeColumns(n, columns)
		}
	} else {
		columns = r.qualifiedStar(s.qualifier, sc)
	}
	return r.starChanges(s, sc, columns, to)
}

// starChanges adds columns that a star stands for, as what follows it changes
// them.
func (r *resolver) starChanges(s *star, sc *scope, columns, to []outputColumn) []outputColumn {
	if len(s.except)+len(s.replace)+len(s.rename) == 0 {
		return append(to, columns...)
	}
	replaced := map[string]bool{}
	for _, c := range columns {
		if !c.star && hasIdent(r, s.except, c.name) {
			continue
		}
		for _, p := range s.replace {
			if !c.star && equalNames(r.dialect.column(p.alias), c.name) {
				c.flows, c.span = r.value(sc, &p.expr), p.expr.span
				replaced[fold(c.name)] = true
			}
		}
		for _, n := range s.rename {
			if !c.star && equalNames(r.dialect.column(n.from), c.name) {
				c.name = r.dialect.column(n.to)
			}
		}
		to = append(to, c)
	}
	for _, p := range s.replace { // of columns that a star hides
		name := r.dialect.column(p.alias)
		if !replaced[fold(name)] && anyStar(columns) {
			to = append(to, outputColumn{name: name, flows: r.value(sc, &p.expr), span: p.expr.span, origin: noTable})
		}
	}
	return r.renamedBehindStars(s, columns, to)
}

// renamedBehindStars adds the columns that a star hides and that are renamed.
func (r *resolver) renamedBehindStars(s *star, columns, to []outputColumn) []outputColumn {
	if !anyStar(columns) {
		return to
	}
	hiding := &output{base: noTable, columns: columns}
	for _, n := range s.rename {
		from := r.dialect.column(n.from)
		if hiding.find(from) < 0 {
			to = append(to, outputColumn{name: r.dialect.column(n.to), flows: r.beyond(hiding, from), span: s.span, origin: noTable})
		}
	}
	return to
}

func anyStar(columns []outputColumn) bool {
	for i := range columns {
		if columns[i].star {
			return true
		}
	}
	return false
}

func hasIdent(r *resolver, list []ident, name string) bool {
	for _, i := range list {
		if equalNames(r.dialect.column(i), name) {
			return true
		}
	}
	return false
}

// qualifiedStar gives the columns of t.*, where t is a source, or a column
// whose fields are meant.
func (r *resolver) qualifiedStar(qualifier name, sc *scope) []outputColumn {
	qualifier = r.parted(qualifier)
	for s := sc; s != nil; s = s.outer {
		for _, aliased := range [...]bool{true, false} {
			for _, source := range s.sources {
				byAlias := len(qualifier) == 1 && equalNames(source.name, r.dialect.column(qualifier[0]))
				if aliased && byAlias || !aliased && r.namesTable(source, qualifier) {
					r.spend(len(source.out.columns))
					return source.starColumns()
				}
			}
		}
	}
	flows := r.reference(sc, qualifier)
	if len(flows) == 0 {
		return nil
	}
	return []outputColumn{{name: "*", star: true, flows: appendThrough(nil, flows, flowTransformation), origin: noTable}}
}

// starColumns gives the columns of a source; of a function whose columns are
// not known, a star.
func (s *source) starColumns() []outputColumn {
	if s.function && len(s.out.columns) == 0 {
		return []outputColumn{{name: "*", star: true, flows: s.any, origin: noTable}}
	}
	return s.out.columns
}
