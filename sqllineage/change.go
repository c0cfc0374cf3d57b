package sqllineage

// change resolves UPDATE, DELETE and MERGE: statements whose target is itself
// a relation that their clauses may refer to.
func (r *resolver) change(s *statement, sc *scope) *output {
	for _, f := range s.from {
		r.relation(f, sc)
	}
	sources := len(sc.sources)
	for _, w := range s.writes {
		id, known := r.changed(w, sc)
		r.note(w, id)
		if !known && sc.find(id) == nil {
			target := r.targetSource(w, id)
			if b := r.lookUp(sc.ctes, w.target); b != nil {
				target = &source{table: noTable, name: b.name, out: r.common(b)}
			}
			target.implicit = s.kind == "MERGE" || s.kind == "MERGE INTO"
			sc.sources = append([]*source{target}, sc.sources...)
		}
	}
	r.showAssigned(s, sc)
	r.decideAll(sc, s.conds)
	for _, w := range s.writes {
		id, _ := r.changed(w, sc)
		r.changeRows(w, sc, id, len(sc.sources)-sources)
	}
	influences := unite(sc.influences)
	done := map[int32]bool{}
	for _, w := range s.writes {
		id, _ := r.changed(w, sc)
		if !done[id] {
			r.emitInfluences(id, influences)
		}
		done[id] = true
	}
	if len(s.writes) > 1 {
		r.eachOnce()
	}
	return r.returns(s, sc)
}

// showAssigned notes that the target has the columns that are set. With
// several targets nobody knows which has which.
func (r *resolver) showAssigned(s *statement, sc *scope) {
	sc.shown = &evidence{sel: &selection{conds: s.conds, from: s.from}}
	if len(s.writes) != 1 {
		return
	}
	id, _ := r.changed(s.writes[0], sc)
	sc.shown.target = sc.find(id)
	if sc.shown.target == nil {
		return
	}
	sc.shown.assigned = map[string]bool{}
	for i := range s.writes[0].set {
		for _, n := range s.writes[0].set[i].columns {
			if len(n) > 0 {
				sc.shown.assigned[fold(r.dialect.column(n[len(n)-1]))] = true
			}
		}
		sc.shown.sel.items = append(sc.shown.sel.items, &item{expr: s.writes[0].set[i].value})
	}
}

// changed gives the table that a write changes. Its name may be the alias of a
// relation that the statement reads, or a common table expression over it.
func (r *resolver) changed(w *write, sc *scope) (id int32, known bool) {
	if w.path == "" && len(w.target) == 1 {
		name := r.dialect.column(w.target[0])
		for _, s := range sc.sources {
			if equalNames(s.name, name) && s.table != noTable {
				return s.table, true
			}
		}
		if b := r.lookUp(sc.ctes, w.target); b != nil {
			if id, ok := r.behind(r.common(b)); ok {
				return id, false
			}
		}
	}
	return r.targetID(w), false
}

// behind gives the one table that all columns of an output come from.
func (r *resolver) behind(o *output) (id int32, ok bool) {
	id = noTable
	for _, f := range allFlows(o) {
		table := r.columns.list[f.column].table
		if id != noTable && id != table {
			return noTable, false
		}
		id = table
	}
	return id, id != noTable
}

// changeRows does one action: SET, or the INSERT of a MERGE.
func (r *resolver) changeRows(w *write, sc *scope, id int32, targets int) {
	switch {
	case len(w.set) > 0:
		r.assign(w.set, sc, id)
	case len(w.values) > 0:
		out := r.values(w.values, sc)
		columns := r.placed(w, id, out)
		r.nameColumns(id, columns)
		r.emit(id, columns)
	case w.query != nil:
		r.put(w, r.query(w.query, sc, sc.ctes))
	case w.star:
		var columns []outputColumn
		for _, s := range sc.sources[targets:] {
			if !s.hidden {
				columns = append(columns, s.starColumns()...)
			}
		}
		r.nameColumns(id, columns)
		r.emit(id, columns)
	}
}

// assign writes what SET gives to columns of a target.
func (r *resolver) assign(set []assignment, sc *scope, id int32) {
	byTable := map[int32][]outputColumn{}
	order := []int32{}
	for i := range set {
		a := &set[i]
		for k, c := range r.assigned(a, sc) {
			table := r.owner(a.columns[k], sc, id)
			if _, ok := byTable[table]; !ok {
				order = append(order, table)
			}
			byTable[table] = append(byTable[table], c)
		}
	}
	for _, table := range order {
		r.writesTo(table, effect{})
		r.nameColumns(table, byTable[table])
		r.emit(table, byTable[table])
	}
}

// owner gives the table of a column that is set: of the relation that its
// qualifier means, else the target.
func (r *resolver) owner(column name, sc *scope, id int32) int32 {
	if len(column) < 2 {
		return id
	}
	for _, s := range sc.sources {
		if s.table != noTable && r.means(s, column[:len(column)-1]) {
			return s.table
		}
	}
	return id
}

// assignedColumn is the part of a name on the left of SET that is the column's:
// behind it may be fields of it, where dialects have these.
func (r *resolver) assignedColumn(n name, sc *scope) ident {
	for k := len(n) - 1; k > 0; k-- {
		for _, s := range sc.sources {
			if r.means(s, n[:k]) {
				return n[k]
			}
		}
	}
	switch r.dialect {
	case BigQuery, PostgreSQL, Spark, Databricks, DuckDB:
		return n[0]
	}
	return n[len(n)-1]
}

// assigned gives the columns of one assignment. Where a subquery of several
// columns is assigned to several, each takes the one in its place.
func (r *resolver) assigned(a *assignment, sc *scope) []outputColumn {
	columns := make([]outputColumn, len(a.columns))
	for i, n := range a.columns {
		columns[i] = outputColumn{span: a.value.span, origin: noTable}
		if len(n) > 0 {
			columns[i].name = r.dialect.column(r.assignedColumn(n, sc))
		}
	}
	if len(columns) > 1 && len(a.value.queries) == 1 && len(a.value.refs) == 0 {
		out := r.query(a.value.queries[0].query, sc, sc.ctes)
		sc.influences = append(sc.influences, out.influences...)
		for i := range min(len(columns), len(out.columns)) {
			columns[i].flows = appendThrough(nil, out.columns[i].flows, flowTransformation)
		}
		return columns
	}
	if len(columns) > 1 && len(a.value.refs) == len(columns) && len(a.value.queries) == 0 {
		for i := range columns { // (a, b) = (c, d)
			columns[i].flows = r.reference(sc, a.value.refs[i].name)
		}
		return columns
	}
	flows := r.value(sc, &a.value)
	for i := range columns {
		columns[i].flows = flows
	}
	return columns
}
