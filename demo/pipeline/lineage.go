package pipeline

import "slices"

// The relationships of an edge.
const (
	derivesFrom = "DERIVES_FROM" // a table from a table
	copies      = "COPIES"       // a column's values unchanged
	transforms  = "TRANSFORMS"   // a column's values computed from, or chosen by, another's
	aggregates  = "AGGREGATES"   // many rows into one, or the column they are grouped by
	joins       = "JOINS"        // a column that matches rows
	filters     = "FILTERS"      // a column that lets rows through
)

// Edge is one declared piece of lineage. Source and Target are LAYER.TABLE or LAYER.TABLE.COLUMN; a column that
// only shapes the rows of a table (a join key, a filter, a group key) points at the table.
type Edge struct {
	Source       string
	Target       string
	Relationship string // DERIVES_FROM, COPIES, TRANSFORMS, AGGREGATES, JOINS or FILTERS
	Description  string
}

// Edges returns the lineage of the step: its output table from each input table, then its columns.
func (s Step) Edges() []Edge {
	edges := make([]Edge, 0, len(s.Inputs)+len(s.Columns))
	for _, input := range s.Inputs {
		edges = append(edges, Edge{input, s.Output, derivesFrom, s.Name})
	}
	return append(edges, s.Columns...)
}

// Edges returns the lineage of all steps of [Stages].
func Edges() []Edge {
	var edges []Edge
	for _, stage := range Stages() {
		for _, step := range stage.Steps {
			edges = append(edges, step.Edges()...)
		}
	}
	return edges
}

// columns returns the full names of a table's columns.
func columns(table string, names ...string) []string {
	full := make([]string, len(names))
	for i, name := range names {
		full[i] = table + "." + name
	}
	return full
}

func edge(source, target, relationship, description string) []Edge {
	return []Edge{{source, target, relationship, description}}
}

// each returns an edge for every column that has the same name in both tables.
func each(relationship, source, target, description string, names ...string) []Edge {
	edges := make([]Edge, len(names))
	for i, name := range names {
		edges[i] = Edge{source + "." + name, target + "." + name, relationship, description}
	}
	return edges
}

// shapes returns an edge from every column that decides which rows the target table has.
func shapes(relationship, target, description string, sources ...string) []Edge {
	edges := make([]Edge, len(sources))
	for i, source := range sources {
		edges[i] = Edge{source, target, relationship, description}
	}
	return edges
}

func concat(groups ...[]Edge) []Edge { return slices.Concat(groups...) }
