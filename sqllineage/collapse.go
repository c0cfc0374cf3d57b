package sqllineage

import "slices"

// collapse gives the sources, targets and edges of a whole text. In them a
// temporary table, and one that the text makes and drops again, is no hop:
// what went into it goes on to where it was read from. A table that is given
// another name later has that one.
func (r *resolver) collapse(result *Result) {
	c := &collapsing{r: r, result: result, passing: r.passing, sources: newTableSet(), targets: newTableSet()}
	result.Before = held(c.passing)
	for _, e := range passingTables(r.steps) {
		p := c.at(e.table)
		if p == nil {
			p = newPassing()
			p.table = e.table
			c.passing[e.table.String()] = p
		}
		p.earlier, p.temporary = false, p.temporary || e.temporary
	}
	for i := range r.steps {
		c.step(&r.steps[i])
	}
	result.Sources, result.Targets = c.sources.list, c.targets.list
	result.After = held(c.passing)
	if len(c.passing) > 0 {
		result.Edges = distinct(result.Edges)
	}
}

// passingTables gives the tables that do not outlive the text.
func passingTables(steps []step) []effect {
	var found []effect
	made := map[Table]bool{}
	for i := range steps {
		for _, t := range steps[i].targets {
			switch {
			case t.temporary && t.change != Drop:
				found = append(found, t)
			case t.change == Create || t.change == Rename:
				made[t.table] = true
			case t.change == Drop && made[t.table] && !makes(steps[i+1:], t.table):
				found = append(found, t)
			}
		}
	}
	return found
}

// makes says that one of the steps makes a table, or gives one its name.
func makes(steps []step, t Table) bool {
	for i := range steps {
		for _, e := range steps[i].targets {
			if e.table == t && (e.change == Create || e.change == Rename) {
				return true
			}
		}
	}
	return false
}

// collapsing is what is known while the statements are gone through in order.
type collapsing struct {
	r                *resolver
	result           *Result
	passing          map[string]*passing
	sources, targets tableSet
}

// A tableSet is tables, each once, in the order they are met.
type tableSet struct {
	list []Table
	seen map[Table]bool
}

func newTableSet() tableSet { return tableSet{seen: map[Table]bool{}} }

func (s *tableSet) add(tables ...Table) {
	for _, t := range tables {
		if !s.seen[t] {
			s.seen[t] = true
			s.list = append(s.list, t)
		}
	}
}

// passing is what a table that passes away holds for now: for each column the
// edges into it from tables that stay, and those into the table as a whole.
type passing struct {
	table     Table
	temporary bool // and not one that the text drops again
	earlier   bool // what ran before has left it, and the text does not make it anew
	made      bool // so far
	columns   map[string][]Edge
	order     []string // of the columns
	rows      []Edge
	held      map[heldKey]bool // what is in columns and rows, each once
	sources   tableSet
}

// A heldKey is one for edges into a table that say the same.
type heldKey struct {
	source  Column
	target  string
	subtype Subtype
}

func newPassing() *passing {
	p := &passing{}
	p.empty()
	return p
}

// empty takes out what the table holds.
func (p *passing) empty() {
	p.made, p.columns, p.order, p.rows = false, map[string][]Edge{}, nil, nil
	p.held, p.sources = map[heldKey]bool{}, newTableSet()
}

func (c *collapsing) at(t Table) *passing { return c.passing[t.String()] }

// step takes one step into the whole.
func (c *collapsing) step(s *step) {
	own := c.result.Statements[s.place].Edges[s.from:s.to]
	sources, edges := s.sources, own
	if len(c.passing) > 0 {
		sources, edges = c.origins(s), c.edges(s, own)
	}
	stays := len(s.targets) == 0
	for _, t := range s.targets {
		if t.change == Rename {
			c.rename(t.renamed, t.table)
		}
		if c.ends(t) {
			continue
		}
		p := c.at(t.table)
		if p == nil {
			stays = true
			c.targets.add(t.table)
			continue
		}
		switch t.change {
		case Create, Overwrite, Truncate, Drop:
			p.empty()
		}
		p.made = p.made || t.change != Drop
		p.sources.add(sources...)
	}
	if stays {
		c.sources.add(sources...)
	}
	if len(c.passing) == 0 && len(c.r.steps) == 1 {
		c.result.Edges = slices.Clip(edges)
		return
	}
	for _, e := range edges {
		if p := c.at(e.Target.Table); p != nil {
			p.take(e)
			continue
		}
		c.result.Edges = append(c.result.Edges, e)
	}
}

// ends says that an effect drops a temporary table that what ran before has
// left. One that makes a table to stay in its place ends it too.
func (c *collapsing) ends(t effect) (dropped bool) {
	p := c.at(t.table)
	if p == nil || !p.earlier || t.temporary || t.change != Drop && t.change != Create {
		return false
	}
	delete(c.passing, t.table.String())
	return t.change == Drop
}

// rename gives what was written to a table before its new name.
func (c *collapsing) rename(from, to Table) {
	if p := c.at(from); p != nil {
		delete(c.passing, from.String())
		c.passing[to.String()], p.table = p, to
		return
	}
	if !c.targets.seen[from] {
		return
	}
	c.targets.drop(from)
	if p := c.at(to); p != nil {
		c.result.Edges = slices.DeleteFunc(c.result.Edges, func(e Edge) bool {
			if e.Target.Table != from {
				return false
			}
			p.take(e)
			return true
		})
		return
	}
	for i := range c.result.Edges {
		if e := &c.result.Edges[i]; e.Target.Table == from {
			e.Target.Table = to
		}
	}
}

// drop takes a table out.
func (s *tableSet) drop(t Table) {
	delete(s.seen, t)
	s.list = slices.DeleteFunc(s.list, func(other Table) bool { return other == t })
}

// take adds an edge to what the table holds.
func (p *passing) take(e Edge) {
	held := heldKey{e.Source, fold(e.Target.Name), e.Subtype}
	if p.held[held] {
		return
	}
	p.held[held] = true
	if e.Target.Name == "" {
		p.rows = append(p.rows, e)
		return
	}
	key := fold(e.Target.Name)
	if _, ok := p.columns[key]; !ok {
		p.order = append(p.order, key)
	}
	p.columns[key] = append(p.columns[key], e)
}

// origins gives the tables that a statement reads, and instead of those that
// pass away the ones that they were made from.
func (c *collapsing) origins(s *step) []Table {
	set := newTableSet()
	for _, t := range s.sources {
		if p := c.at(t); p != nil && p.made {
			if c.r.spend(len(p.sources.list)) {
				set.add(p.sources.list...)
			}
			continue
		}
		set.add(t)
	}
	return set.list
}

// edges gives the edges of a statement with those from tables that pass away
// drawn on from where these took what they hold.
func (c *collapsing) edges(s *step, own []Edge) []Edge {
	var drawn []Edge
	for _, e := range own {
		p := c.at(e.Source.Table)
		if p == nil || !p.made {
			drawn = append(drawn, e)
			continue
		}
		for _, origin := range p.origins(e.Source.Name) {
			if !c.r.budget.edge() {
				return drawn
			}
			drawn = append(drawn, joined(origin, e))
		}
	}
	for _, t := range s.sources {
		if p := c.at(t); p != nil && p.made {
			drawn = append(drawn, c.rowsOf(p, s)...)
		}
	}
	return distinct(drawn)
}

// rowsOf gives what decided on the rows of a table that passes away as
// deciding on those of the targets of a statement that reads it.
func (c *collapsing) rowsOf(p *passing, s *step) []Edge {
	targets := make([]Table, 0, len(s.targets))
	for _, t := range s.targets {
		targets = append(targets, t.table)
	}
	if len(targets) == 0 && len(c.result.Statements[s.place].Columns) > 0 {
		targets = []Table{{Name: Output}}
	}
	var drawn []Edge
	for _, t := range targets {
		for _, e := range p.rows {
			if !c.r.budget.edge() {
				return drawn
			}
			e.Target, e.Statement = Column{Table: t}, s.place
			drawn = append(drawn, e)
		}
	}
	return drawn
}

// origins gives the edges into a column. Of one that is behind a star, and of
// a star itself, those that may be meant.
func (p *passing) origins(column string) []Edge {
	if column == "*" {
		var all []Edge
		for _, key := range p.order {
			all = append(all, p.columns[key]...)
		}
		return all
	}
	if edges, ok := p.columns[fold(column)]; ok {
		return edges
	}
	stars := p.columns["*"]
	if len(stars) != 1 || stars[0].Source.Name != "*" {
		return stars
	}
	e := stars[0]
	e.Source.Name, e.Target.Name = column, column
	return []Edge{e}
}

// joined makes one edge of one into a table and one out of it.
func joined(in, out Edge) Edge {
	e := out
	e.Source = in.Source
	if out.Source.Name == "*" && out.Target.Name == "*" {
		e.Target.Name = in.Target.Name
	}
	e.Resolution = worse(in.Resolution, out.Resolution)
	kind := kindOf(in).through(kindOf(out))
	e.Subtype, e.Type = flowSubtypes[kind], Indirect
	if kind.direct() {
		e.Type = Direct
	}
	return e
}

// kindOf gives an edge's type and subtype as a kind of flow.
func kindOf(e Edge) flowKind {
	return flowKind(max(slices.Index(flowSubtypes[:], e.Subtype), 0))
}

// worse gives the less sure of two resolutions.
func worse(a, b Resolution) Resolution {
	if slices.Index(resolutions[:], a) > slices.Index(resolutions[:], b) {
		return a
	}
	return b
}
