package lineage

import (
	"slices"
	"strings"

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
func (p place) node() string {
	if p.column == "" {
		return p.table
	}
	return p.table + "." + p.column
}

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
			for _, split := range splits(tables[n]) {
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

// mostParts bounds at how many dots a name is parted. Names of tables have two
// or three; those with many are paths, and have no schema.
const mostParts = 24

// splits gives the ways to part a dotted name into schema and name, an empty
// schema among them.
func splits(table string) [][2]string {
	ways := [][2]string{{"", table}}
	for i := 0; i < len(table) && len(ways) <= mostParts; i++ {
		if table[i] == '.' {
			ways = append(ways, [2]string{table[:i], table[i+1:]})
		}
	}
	return ways
}

// prefixes gives the tables that a node may be, or be a column of: the node
// itself, then ever fewer of its parts.
func prefixes(node string) []string {
	tables := []string{node}
	for len(tables) <= mostParts {
		dot := strings.LastIndexByte(node, '.')
		if dot <= 0 {
			break
		}
		node = node[:dot]
		tables = append(tables, node)
	}
	return tables
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
