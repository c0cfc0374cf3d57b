package sqllineage

import "strings"

// top resolves one statement of the text.
func (r *resolver) top(s *statement, place int) Statement {
	done := Statement{Kind: s.kind, Span: s.span, Status: Parsed}
	r.now = &doing{Statement: &done, place: place, read: map[int32]bool{}, written: map[int32]bool{}}
	out := r.perform(s, nil, nil)
	if out != nil && len(done.Targets) == 0 && s.query != nil && len(s.body) == 0 {
		r.answer(out)
	}
	r.readWhatFlows()
	switch faults := len(warnings(s)); {
	case faults == 0:
	case s.understood():
		done.Status = Partial
	default:
		done.Status = Unparsed
	}
	return done
}

// understood says that something of a statement was read.
func (s *statement) understood() bool {
	return s.query != nil || len(s.writes)+len(s.from)+len(s.read)+len(s.body) > 0 || s.use != nil
}

// readWhatFlows adds to the sources the tables that edges come from though no
// FROM names them, such as the target of an UPDATE that reads its own columns.
func (r *resolver) readWhatFlows() {
	for i := range r.now.Edges {
		e := &r.now.Edges[i]
		if e.Type == Direct && e.Resolution != Unknown {
			r.reads(r.id(e.Source.Table))
		}
	}
}

// reads notes that the statement reads a table.
func (r *resolver) reads(id int32) {
	if r.now.read[id] || r.table(id).Name == "" {
		return
	}
	r.now.read[id] = true
	r.now.Sources = append(r.now.Sources, r.table(id))
}

// writesTo notes that the statement writes a table.
func (r *resolver) writesTo(id int32) {
	if r.now.written[id] || r.table(id).Name == "" {
		return
	}
	r.now.written[id] = true
	r.now.Targets = append(r.now.Targets, r.table(id))
}

// perform resolves a statement, or one within another, and gives what it
// returns: the columns of its query, or of its RETURNING.
func (r *resolver) perform(s *statement, outer *scope, ctes *binding) *output {
	defer r.budget.leave()
	if !r.budget.enter() || !r.spend(1) {
		return nil
	}
	if s.use != nil {
		r.names.use(r.dialect, s.use, s.kind)
		return nil
	}
	ctes = r.bind(s.ctes, outer, ctes)
	for _, n := range s.read {
		r.reads(r.id(r.names.table(r.dialect, n)))
	}
	var last *output
	for _, inner := range s.body {
		if out := r.perform(inner, outer, ctes); out != nil && len(inner.writes) == 0 && inner.query != nil {
			last = out
		}
	}
	if s.query == nil && len(s.writes) == 0 && len(s.from) == 0 {
		return last
	}
	return r.act(s, outer, ctes)
}

// act resolves a statement's query and clauses, and does its writes.
func (r *resolver) act(s *statement, outer *scope, ctes *binding) *output {
	var out *output
	if s.query != nil {
		out = r.query(s.query, outer, ctes)
		for _, w := range r.now.into {
			r.put(w, out)
		}
		r.now.into = nil
	}
	sc := &scope{outer: outer, ctes: ctes}
	if s.changesRows() {
		return r.change(s, sc)
	}
	for _, w := range s.writes {
		r.write(s, w, out, sc)
	}
	if len(s.writes) == 0 {
		r.decideAll(sc, s.conds) // of a RETURN or the like, for the tables in it
	}
	if len(s.result) > 0 {
		return r.returns(s, sc)
	}
	return out
}

// changesRows says that a statement changes or deletes rows that are there.
func (s *statement) changesRows() bool {
	for _, word := range [...]string{"UPDATE", "DELETE", "MERGE"} {
		if strings.HasPrefix(s.kind, word) {
			return true
		}
	}
	return len(s.from) > 0
}

// dataModifying gives what a common table expression returns that writes.
func (r *resolver) dataModifying(b *binding) *output {
	if out := r.perform(b.cte.body, b.outer, b.sees); out != nil {
		return out
	}
	return &output{base: noTable}
}

// returns gives the columns of RETURNING or OUTPUT: of the target, and of the
// relations that the statement reads. It is nil without one.
func (r *resolver) returns(s *statement, sc *scope) *output {
	if len(s.result) == 0 || len(s.writes) == 0 {
		return nil
	}
	w := s.writes[0]
	id, known := r.changed(w, sc)
	if !known && sc.find(id) == nil {
		sc.sources = append(sc.sources, r.targetSource(w, id))
	}
	nodes := make([]*node, len(sc.sources))
	for i, src := range sc.sources {
		nodes[i] = &node{source: src}
	}
	for _, name := range [...]string{"inserted", "deleted", "old", "new"} {
		sc.sources = append(sc.sources, &source{table: noTable, name: name, aliased: true, out: r.tableOutput(id), hidden: true})
	}
	out := &output{base: noTable}
	for _, i := range s.result {
		out.columns = r.item(i, sc, nodes, out.columns)
	}
	if s.outputInto != nil && len(s.outputInto.target) > 0 {
		columns := r.now.Columns
		r.put(s.outputInto, out)
		r.now.Columns = columns
	}
	return out
}

// find gives the source that is a table.
func (sc *scope) find(id int32) *source {
	for _, s := range sc.sources {
		if s.table == id {
			return s
		}
	}
	return nil
}
