package sqllineage

import (
	"slices"
	"strings"
)

// writeInto keeps the INTO of a query until the whole of it is known.
func (r *resolver) writeInto(w *write, _ *output) { r.now.into = append(r.now.into, w) }

// targetID gives the table or the place that is written.
func (r *resolver) targetID(w *write) int32 {
	if w.path != "" {
		return r.id(Table{Name: w.path, Path: true})
	}
	return r.id(r.names.table(r.dialect, w.target))
}

// write does one write of a statement that adds rows, or makes, alters or ends
// a table. out is what the statement's own query gives.
func (r *resolver) write(s *statement, w *write, out *output, sc *scope) {
	if !r.spend(1) {
		return
	}
	switch {
	case w.query != nil:
		out = r.queryInto(w.query, sc.outer, sc.ctes)
	case len(w.values) > 0:
		rows := &scope{outer: sc.outer, ctes: sc.ctes}
		out = r.values(w.values, rows)
		out.influences = unite(rows.influences)
	case w.source != "":
		id := r.id(Table{Name: w.source, Path: true})
		r.reads(id)
		out = r.listing(id, nil)
	case w.path != "" && out == nil && len(s.read) > 0: // COPY t TO
		id := r.id(r.names.table(r.dialect, s.read[0]))
		out = r.tableOutput(id)
	}
	if w.change == Overwrite && strings.HasPrefix(s.kind, "CREATE") { // REPLACE TABLE
		anew := *w
		anew.change = Create
		w = &anew
	}
	if w.like && len(s.read) > 0 {
		r.likewise(w, s.read[0])
		return
	}
	if len(w.set) > 0 {
		r.upsert(s, w, out, sc)
		return
	}
	r.put(w, out)
}

// likewise makes a table with the columns of another, or puts its rows there.
func (r *resolver) likewise(w *write, model name) {
	out := r.tableOutput(r.id(r.names.table(r.dialect, model)))
	moves := w.change != Create
	if len(model) > 0 {
		word := r.wordBefore(model[0].span.Start)
		moves = moves || strings.EqualFold(word, "CLONE") || strings.EqualFold(word, "COPY")
	}
	if moves {
		r.put(w, out)
		return
	}
	id := r.targetID(w)
	r.note(w, id)
	if out.open() {
		return
	}
	r.nameColumns(id, out.columns)
	r.tables.list[id].out = r.listing(id, names(out.columns))
}

// rename gives a table another name, and what is known of it with it.
func (r *resolver) rename(w *write, from name) {
	old, id := r.id(r.names.table(r.dialect, from)), r.targetID(w)
	r.writesTo(id, effect{change: Rename, renamed: r.table(old)})
	out := r.tableOutput(old)
	r.tables.list[id].out = nil
	if !out.open() {
		r.tables.list[id].out = r.listing(id, names(out.columns))
	}
	r.tables.list[old].out = nil
}

// note says of the statement what it writes, and what that does to it.
func (r *resolver) note(w *write, id int32) {
	r.writesTo(id, effect{change: w.change, ifMissing: w.ifMissing, temporary: w.temporary || isPassing(r.dialect, w.target)})
}

// isPassing says that a table's name makes it temporary, as # does, or @ of a
// variable.
func isPassing(d Dialect, n name) bool {
	if len(n) == 0 || n[len(n)-1].text == "" {
		return false
	}
	switch n[len(n)-1].text[0] {
	case '#':
		return d == TSQL || d == Redshift || d == Generic
	case '@':
		return d == TSQL
	}
	return false
}

// put writes the columns of an output to a target.
func (r *resolver) put(w *write, out *output) {
	id := r.targetID(w)
	r.note(w, id)
	if out == nil {
		r.withoutRows(w, id)
		return
	}
	columns := r.placed(w, id, out)
	r.nameColumns(id, columns)
	r.emit(id, columns)
	r.emitInfluences(id, out.influences)
	if w.change == Create || w.change == Overwrite && w.view {
		r.made(id, columns)
	}
}

// withoutRows is a write that puts no rows: CREATE TABLE with its columns,
// DROP, TRUNCATE, ALTER.
func (r *resolver) withoutRows(w *write, id int32) {
	switch w.change {
	case Create:
		r.tables.list[id].out = nil
		if len(w.columns) > 0 {
			out := r.listing(id, r.columnNames(w.columns))
			r.tables.list[id].out = out
			r.nameColumns(id, out.columns)
		}
	case Drop, Alter, Rename:
		r.tables.list[id].out = nil
	}
}

// made remembers the columns of a table that the text makes.
func (r *resolver) made(id int32, columns []outputColumn) {
	if anyStar(columns) || len(columns) == 0 {
		open := r.listing(id, nil)
		r.tables.list[id].out = open
		return
	}
	r.tables.list[id].out = r.listing(id, names(columns))
}

// placed gives the columns of an output the names that they have in the
// target: as the statement lists them; as the target has them in that place;
// or as the output has them.
func (r *resolver) placed(w *write, id int32, out *output) []outputColumn {
	if len(w.columns) > 0 {
		return out.rename(r.columnNames(w.columns)).columns
	}
	if w.change == Create || w.view || w.byName {
		return out.columns
	}
	target := r.tableOutput(id)
	if target.open() || anyStar(out.columns) || len(out.columns) > len(target.columns) {
		return someColumn(out.columns)
	}
	if len(out.columns) < len(target.columns) && target.hasAll(out) {
		return out.columns
	}
	return out.rename(names(target.columns[:len(out.columns)])).columns
}

// someColumn gives columns without a name as going to a column that is not
// known: nothing says how it is called in the target.
func someColumn(columns []outputColumn) []outputColumn {
	if !slices.ContainsFunc(columns, func(c outputColumn) bool { return c.unnamed }) {
		return columns
	}
	columns = slices.Clone(columns)
	for i := range columns {
		if columns[i].unnamed {
			columns[i].name = "*"
		}
	}
	return columns
}

// hasAll says that an output has columns of all the names of another.
func (o *output) hasAll(other *output) bool {
	for i := range other.columns {
		if o.find(other.columns[i].name) < 0 {
			return false
		}
	}
	return true
}

// upsert does an INSERT that updates rows that are already there: what it sets
// may refer to the target, and to the row that was to be inserted.
func (r *resolver) upsert(s *statement, w *write, out *output, sc *scope) {
	insert := *w
	insert.set = nil
	r.put(&insert, out)
	id := r.targetID(w)
	target := r.targetSource(w, id)
	within := &scope{outer: sc.outer, ctes: sc.ctes, sources: []*source{target}}
	if out != nil {
		row := &output{base: noTable, columns: r.placed(w, id, out)}
		for _, name := range [...]string{"excluded", r.dialect.column(w.rowAlias)} {
			within.sources = append(within.sources, &source{table: noTable, name: name, aliased: true, out: row, hidden: true})
		}
	}
	r.insertedFrom(s.query, within)
	r.newRow(w.set)
	r.decideAll(within, s.conds)
	r.assign(w.set, within, id)
	r.emitInfluences(id, unite(within.influences))
}

// insertedFrom lets what is set refer to what the inserted rows come from, as
// MySQL does.
func (r *resolver) insertedFrom(q *query, sc *scope) {
	if r.dialect != MySQL || q == nil || q.sel == nil {
		return
	}
	known := len(sc.sources)
	sc.ctes = r.bind(q.ctes, sc.outer, sc.ctes)
	for _, f := range q.sel.from {
		r.relation(f, sc)
	}
	for _, s := range sc.sources[known:] {
		s.hidden = true
	}
}

// newRow makes MySQL's VALUES(a) a reference to the row that was to be
// inserted, as excluded.a is.
func (r *resolver) newRow(set []assignment) {
	for i := range set {
		refs := set[i].value.refs
		for k := range refs {
			if len(refs[k].name) == 1 && r.argumentOf(&refs[k], "values", "value") {
				refs[k].name = name{{text: "excluded"}, refs[k].name[0]}
			}
		}
	}
}

// targetSource gives a target as its own clauses may refer to it.
func (r *resolver) targetSource(w *write, id int32) *source {
	s := &source{table: id, name: r.table(id).Name, out: r.tableOutput(id)}
	if w.alias.text != "" {
		s.name, s.aliased = r.dialect.column(w.alias), true
	}
	return s
}
