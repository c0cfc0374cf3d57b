package sqllineage

import "strings"

// top resolves one statement of the text.
func (r *resolver) top(s *statement, place int) Statement {
	done := Statement{Kind: s.kind, Span: s.span, Status: Parsed}
	r.now = &doing{Statement: &done, place: place}
	first := len(r.steps)
	out := r.perform(s, nil, nil)
	if out != nil && s.query != nil && !r.wrote(first) {
		r.answer(out)
		r.steps[first].to = len(done.Edges)
	}
	r.sumUp(first)
	switch faults := len(warnings(s)); {
	case faults == 0:
	case s.understood():
		done.Status = Partial
	default:
		done.Status = Unparsed
	}
	return done
}

// wrote says that one of the steps from a place on has a target.
func (r *resolver) wrote(first int) bool {
	for i := first; i < len(r.steps); i++ {
		if len(r.steps[i].targets) > 0 {
			return true
		}
	}
	return false
}

// sumUp gives the statement the sources and targets of its steps.
func (r *resolver) sumUp(first int) {
	steps := r.steps[first:]
	if len(steps) == 1 && len(steps[0].targets) <= 1 {
		r.now.Sources = steps[0].sources
		for _, t := range steps[0].targets {
			r.now.Targets = append(r.now.Targets, t.table)
			r.now.Change, r.now.IfMissing, r.now.Temporary = t.change, t.ifMissing, t.temporary
		}
		return
	}
	sources, targets := tableSet{seen: map[Table]bool{}}, tableSet{seen: map[Table]bool{}}
	temporary := true
	for i := range steps {
		sources.add(steps[i].sources...)
		for _, t := range steps[i].targets {
			targets.add(t.table)
			temporary = temporary && t.temporary
			if len(steps) == 1 && r.now.Change == "" {
				r.now.Change, r.now.IfMissing = t.change, t.ifMissing
			}
		}
	}
	r.now.Sources, r.now.Targets = sources.list, targets.list
	r.now.Temporary = temporary && len(targets.list) > 0
}

// understood says that something of a statement was read.
func (s *statement) understood() bool {
	return s.query != nil || len(s.writes)+len(s.from)+len(s.read)+len(s.body) > 0 || s.use != nil
}

// reads notes that the statement reads a table.
func (r *resolver) reads(id int32) {
	t, step := &r.tables.list[id], r.now.step
	if step == nil || t.read == step.serial || t.table.Name == "" {
		return
	}
	t.read = step.serial
	step.sources = append(step.sources, t.table)
}

// writesTo notes that the statement writes a table.
func (r *resolver) writesTo(id int32, e effect) {
	t, step := &r.tables.list[id], r.now.step
	if step == nil || t.written == step.serial || t.table.Name == "" {
		return
	}
	t.written = step.serial
	e.table = t.table
	step.targets = append(step.targets, e)
}

// begin begins a step, unless one is under way that this is a part of. It
// gives what ends it.
func (r *resolver) begin() (end func()) {
	if r.now.step != nil {
		return func() {}
	}
	r.steps = append(r.steps, step{serial: len(r.steps) + 1, place: r.now.place, from: len(r.now.Edges)})
	at := len(r.steps) - 1
	r.now.step = &r.steps[at]
	return func() {
		r.now.step.to = len(r.now.Edges)
		r.now.step = nil
	}
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
	for _, inner := range s.body {
		r.perform(inner, outer, ctes)
	}
	if s.query == nil && len(s.writes)+len(s.from)+len(s.conds)+len(s.read) == 0 {
		return nil
	}
	defer r.begin()()
	ctes = r.bind(s.ctes, outer, ctes)
	if !s.renames() {
		for _, n := range s.read {
			r.reads(r.id(r.names.table(r.dialect, n)))
		}
	}
	return r.act(s, outer, ctes)
}

// renames says that a statement gives tables other names.
func (s *statement) renames() bool { return len(s.writes) > 0 && s.writes[0].change == Rename }

// act resolves a statement's query and clauses, and does its writes.
func (r *resolver) act(s *statement, outer *scope, ctes *binding) *output {
	var out *output
	if s.query != nil {
		out = r.queryInto(s.query, outer, ctes)
	}
	sc := &scope{outer: outer, ctes: ctes}
	if s.changesRows() {
		return r.change(s, sc)
	}
	for i, w := range s.writes {
		if w.change == Rename && i < len(s.read) {
			r.rename(w, s.read[i])
			continue
		}
		r.write(s, w, out, sc)
		if i > 0 || len(w.set) > 0 {
			r.eachOnce()
		}
	}
	if len(s.writes) == 0 {
		r.decideAll(sc, s.conds) // of a RETURN or the like, for the tables in it
	}
	if len(s.result) > 0 {
		return r.returns(s, sc)
	}
	return out
}

// queryInto gives the columns of a query, and writes them where its INTO says.
func (r *resolver) queryInto(q *query, outer *scope, ctes *binding) *output {
	out := r.query(q, outer, ctes)
	into := r.now.into
	r.now.into = nil
	for _, w := range into {
		r.put(w, out)
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
