package lineage

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// A side is one end of an edge, and the columns it stands in.
type side struct{ schema, name, column string }

var (
	sourceSide = side{"source_schema", "source_name", "source_column"}
	targetSide = side{"target_schema", "target_name", "target_column"}
)

// A place is where an edge begins or ends: a table, as schema.name, and the
// column of it, if any. Schema and name stay joined, because writers part
// catalog.schema.name differently, and mean the same table.
type place struct{ table, column string }

// node is the place's name in a graph.
func (p place) node() string { return daybook.Place{Table: p.table, Column: p.column}.String() }

// place reads an end of an edge.
func (s side) place(e *daybook.Entry) place {
	p := place{table: e.Text(s.name), column: e.Text(s.column)}
	if schema := e.Text(s.schema); schema != "" {
		p.table = schema + "." + p.table
	}
	return p
}

// chunk bounds how many names one query lists.
const chunk = 500

// filters gives queries that together find every edge with one of the tables
// on this side, however it parts the name. They may find a few others too.
// An edge with its schema apart and one without are asked for separately, so
// that an edge of another schema's table of the same name is never read.
func (s side) filters(tables []string) [][]daybook.Filter {
	var all [][]daybook.Filter
	for len(tables) > 0 {
		var names, schemas []string
		n := 0
		for n < len(tables) && len(names) < chunk {
			for _, split := range daybook.SplitTable(tables[n]) {
				schemas, names = append(schemas, split[0]), append(names, split[1])
			}
			n++
		}
		all = append(all,
			[]daybook.Filter{daybook.Is(s.name, distinct(names)...), daybook.Is(s.schema, distinct(schemas)...)},
			[]daybook.Filter{daybook.Is(s.name, tables[:n]...), {Column: s.schema, Op: daybook.OpAbsent}})
		tables = tables[n:]
	}
	return all
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
