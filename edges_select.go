package daybook

import (
	"context"
	"slices"
)

// SelectEdges reads edges by Select, which any store has.
func SelectEdges(store Store) EdgeReader { return selectEdges{store, MustKind("lineage_edge")} }

type selectEdges struct {
	store Store
	kind  *Kind
}

// endParts are the columns of an end of edges.
type endParts struct{ schema, name, column string }

var endColumns = [...]endParts{
	SourceSide: {"source_schema", "source_name", "source_column"},
	TargetSide: {"target_schema", "target_name", "target_column"},
}

// Edges implements [EdgeReader].
func (s selectEdges) Edges(ctx context.Context, q EdgesQuery) ([]Flow, error) {
	if q.Snapshot <= 0 {
		return nil, nil
	}
	wants, tables := q.wanted()
	var found []Flow
	for _, filters := range endColumns[q.Side].filters(tables) {
		filters = append(filters, Filter{Column: "is_current", Values: []Value{BoolValue(true)}})
		page := Query{Kind: s.kind, Filters: filters, Snapshot: q.Snapshot, Business: q.Business, Limit: max(chunk, q.Limit)}
		for more := true; more; {
			entries, err := s.store.Select(ctx, page)
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if f := FlowOf(e); wants(q.Side.Of(&f)) {
					found = append(found, f)
				}
			}
			if q.Limit > 0 && len(found) >= q.Limit {
				return found[:q.Limit], nil
			}
			if more = len(entries) == page.Limit; more {
				page.After = &entries[len(entries)-1].Seq
			}
		}
	}
	return found, nil
}

// wanted gives what says whether a place is asked for, and the tables of all
// that are.
func (q *EdgesQuery) wanted() (wants func(Place) bool, tables []string) {
	places, whole := map[Place]bool{}, map[string]bool{}
	for _, p := range q.Places {
		places[p] = true
		tables = append(tables, p.Table)
	}
	for _, table := range q.Tables {
		whole[table] = true
		tables = append(tables, table)
	}
	return func(p Place) bool { return places[p] || whole[p.Table] }, distinct(tables)
}

// FlowOf gives an entry of a lineage_edge as a flow.
func FlowOf(e *Entry) Flow {
	return Flow{
		ID: e.Get("id").Int(), Source: endColumns[SourceSide].place(e), Target: endColumns[TargetSide].place(e),
		Relationship: e.Text("relationship_type"), Subtype: e.Text("subtype"), Origin: e.Text("origin"),
		Resolution: e.Text("resolution"), ExtractorVersion: e.Text("extractor_version"), SessionID: e.Text("session_id"),
		Description: e.Text("transformation_description"), LogID: e.LogID(), CreatedAt: e.Time(),
	}
}

func (c endParts) place(e *Entry) Place {
	return Place{JoinTable(e.Text(c.schema), e.Text(c.name)), e.Text(c.column)}
}

// JoinTable gives the name of a table as [Place] has it.
func JoinTable(schema, name string) string {
	if schema == "" {
		return name
	}
	return schema + "." + name
}

// chunk bounds how many names one query lists.
const chunk = 500

// filters gives queries that together find every edge with one of the tables
// on this side, however it parts the name. They may find a few others too.
// An edge with its schema apart and one without are asked for separately, so
// that an edge of another schema's table of the same name is never read.
func (c endParts) filters(tables []string) [][]Filter {
	var all [][]Filter
	for part := range slices.Chunk(tables, chunk) {
		var names, schemas []string
		for _, table := range part {
			for _, split := range SplitTable(table)[1:] {
				schemas, names = append(schemas, split[0]), append(names, split[1])
			}
		}
		if names != nil {
			all = append(all, []Filter{Is(c.name, distinct(names)...), Is(c.schema, distinct(schemas)...)})
		}
		all = append(all,
			[]Filter{Is(c.name, part...), {Column: c.schema, Op: OpAbsent}},
			[]Filter{Is(c.name, part...), Is(c.schema, "")})
	}
	return all
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
