package intake

import "github.com/daybook-audit/daybook/sqllineage"

// A flow is data going from one table to another.
type flow struct{ source, target *named }

// flows are the flows between tables, statement by statement. Tables that end
// with the text, such as temporary ones, are gone through: what they were made
// of flows on to where they go.
func (x *reading) flows() []flow {
	var all []flow
	stays := map[sqllineage.Table]bool{}
	for _, t := range x.result.Targets {
		stays[t] = true
	}
	passing := map[sqllineage.Table][]sqllineage.Table{} // what they were made of
	for i := range x.result.Statements {
		s := &x.result.Statements[i]
		sources := through(s.Sources, passing)
		if i == x.bare {
			all = append(all, x.flowsTo(x.output, sources)...)
		}
		for _, t := range s.Targets {
			if !stays[t] {
				passing[t] = append(passing[t], sources...)
				continue
			}
			all = append(all, x.flowsTo(x.names.resolve(t, writes), sources)...)
		}
	}
	return all
}

func (x *reading) flowsTo(target *named, sources []sqllineage.Table) []flow {
	var all []flow
	for _, t := range sources {
		if source := x.names.resolve(t, reads); source.node != target.node {
			all = append(all, flow{source, target})
		}
	}
	return all
}

// through replaces tables that pass by what they were made of.
func through(tables []sqllineage.Table, passing map[sqllineage.Table][]sqllineage.Table) []sqllineage.Table {
	var all []sqllineage.Table
	seen := map[sqllineage.Table]bool{}
	for _, t := range tables {
		from, known := passing[t]
		if !known {
			from = []sqllineage.Table{t}
		}
		for _, t := range from {
			if !seen[t] {
				seen[t] = true
				all = append(all, t)
			}
		}
	}
	return all
}
