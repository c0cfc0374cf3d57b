package intake

import (
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A flow is data going from one table to another.
type flow struct{ source, target *named }

// flows finds the flows between the tables of a text.
type flows struct {
	*reading
	list    []flow // each once
	has     map[[2]daybook.Node]bool
	passing map[sqllineage.Table]*tableSet // what tables were made of that end with the text
	steps   int                            // that it may still take
}

// flowSteps is how often a table may be taken through one that passes.
const flowSteps = 200_000

// flows are the flows between tables, statement by statement, up to one more
// than one operation may have. Tables that end with the text, such as temporary
// ones, are gone through: what they were made of flows on to where they go.
func (x *reading) flows() []flow {
	f := &flows{reading: x, has: map[[2]daybook.Node]bool{}, passing: map[sqllineage.Table]*tableSet{}, steps: flowSteps}
	stays := map[sqllineage.Table]bool{}
	for _, t := range x.result.Targets {
		stays[t] = true
	}
	for _, h := range x.result.Before {
		f.into(h.Table, h.Sources)
	}
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		sources := f.origins(s.Sources)
		if i == x.bare {
			f.to(x.output, sources)
		}
		for _, t := range s.Targets {
			if stays[t] {
				f.to(x.names.resolve(t, writes), sources)
			} else {
				if remakes(s.Change) && len(s.Targets) == 1 {
					delete(f.passing, t)
				}
				f.into(t, sources)
			}
		}
	}
	if f.steps <= 0 {
		x.troubles.add("edges between tables are missing: what passes through temporary tables is too much to follow")
	}
	return f.list
}

// to adds the flows to a table that stays.
func (f *flows) to(target *named, sources []sqllineage.Table) {
	for _, t := range sources {
		source := f.names.resolve(t, reads)
		key := [2]daybook.Node{source.node, target.node}
		if source.node == target.node || len(f.list) > f.o.MaxEdges || f.has[key] {
			continue
		}
		f.has[key] = true
		f.list = append(f.list, flow{source, target})
	}
}

// into takes note of what goes into a table that passes.
func (f *flows) into(t sqllineage.Table, sources []sqllineage.Table) {
	if f.passing[t] == nil {
		f.passing[t] = &tableSet{has: map[sqllineage.Table]bool{}}
	}
	f.add(f.passing[t], sources)
}

// origins are the tables that a statement reads, and instead of those that pass
// what they were made of.
func (f *flows) origins(tables []sqllineage.Table) []sqllineage.Table {
	if !slices.ContainsFunc(tables, func(t sqllineage.Table) bool { return f.passing[t] != nil }) {
		return tables
	}
	all := &tableSet{has: map[sqllineage.Table]bool{}}
	for i, t := range tables {
		if from := f.passing[t]; from != nil {
			f.add(all, from.list)
		} else {
			f.add(all, tables[i:i+1])
		}
	}
	return all.list
}

// A tableSet has tables once, in the order in which they came.
type tableSet struct {
	list []sqllineage.Table
	has  map[sqllineage.Table]bool
}

func (f *flows) add(to *tableSet, tables []sqllineage.Table) {
	for _, t := range tables {
		if f.steps--; f.steps <= 0 {
			return
		}
		if !to.has[t] {
			to.has[t] = true
			to.list = append(to.list, t)
		}
	}
}
