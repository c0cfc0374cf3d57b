package daybook

import (
	"context"
	"strings"
)

// Place is where an edge begins or ends: a table, as schema.name, and the
// column of it, "" for the table as a whole. Schema and name are joined,
// because writers part catalog.schema.name differently, and mean the same table.
type Place struct{ Table, Column string }

// AllColumns is the column of an edge that stands for all columns of a table
// whose columns nobody knew.
const AllColumns = "*"

// IsIndirect says of an edge's subtype that the source decides on the rows or
// the order of the target, but that none of its values comes from there. The
// words are OpenLineage's, of transformations of type INDIRECT:
// https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet.
func IsIndirect(subtype string) bool {
	switch subtype {
	case "JOIN", "FILTER", "GROUP_BY", "SORT", "WINDOW", "CONDITIONAL":
		return true
	}
	return false
}

// String is the place's name in a graph: table or table.column.
func (p Place) String() string {
	if p.Column == "" {
		return p.Table
	}
	return p.Table + "." + p.Column
}

// Flow is an edge as walks need it: a narrow [LineageEdge].
type Flow struct {
	ID               int64
	Source, Target   Place
	Relationship     string
	Subtype          string
	Origin           string
	Resolution       string
	ExtractorVersion string
	SessionID        string
	Description      string
	LogID            string
	CreatedAt        string
}

// Side is an end of edges.
type Side uint8

// The sides.
const (
	SourceSide Side = iota
	TargetSide
)

// Of gives the place at this end of a flow.
func (s Side) Of(f *Flow) Place {
	if s == SourceSide {
		return f.Source
	}
	return f.Target
}

// Other gives the other side.
func (s Side) Other() Side { return 1 - s }

// EdgesQuery asks for the edges that have one of some places on a side.
type EdgesQuery struct {
	Side     Side
	Places   []Place  // edges at exactly these: a column, or with "" what is at the table itself
	Tables   []string // edges at these tables and at any of their columns; none of them has a place in Places
	Snapshot int64    // as the ledger was with so many entries; it has that many
	Business string   // "" for all
	Limit    int      // at most so many, whichever; 0 for all
}

// EdgeReader is a store that finds edges by their ends without reading whole
// entries. Walks use it where a store has it, and [Store.Select] where not.
type EdgeReader interface {
	// Edges gives the edges that a query asks for and that were current in its
	// snapshot, each once, in no order.
	Edges(ctx context.Context, q EdgesQuery) ([]Flow, error)
}

// EdgesOf reads the edges of a store by what it has: its own way, or Select.
func EdgesOf(store Store) EdgeReader {
	if own, ok := store.(EdgeReader); ok {
		return own
	}
	return SelectEdges(store)
}

// mostParts bounds at how many dots a name is parted. Names of tables have two
// or three; those with many are paths, and have no schema.
const mostParts = 24

// SplitTable gives the ways to part the name of a table into schema and name,
// an empty schema among them: an edge may have it in any of these.
func SplitTable(table string) [][2]string {
	ways := [][2]string{{"", table}}
	for i := 1; i < len(table) && len(ways) <= mostParts; i++ {
		if table[i] == '.' {
			ways = append(ways, [2]string{table[:i], table[i+1:]})
		}
	}
	return ways
}

// PlacesNamed gives what the name of a node may mean: a table of that name
// first, then a column of ever shorter ones.
func PlacesNamed(node string) []Place {
	places := []Place{{Table: node}}
	for end := len(node); len(places) <= mostParts; {
		dot := strings.LastIndexByte(node[:end], '.')
		if dot <= 0 {
			break
		}
		places = append(places, Place{node[:dot], node[dot+1:]})
		end = dot
	}
	return places
}
