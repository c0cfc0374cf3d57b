package lineage

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// History tells what happened to a table, the newest first: the sessions that
// read it and their operations, the operations that read or wrote it, the
// artifacts named or located so, the edges between it and other tables that are
// or were in effect, the runs that brought data into it and the verdicts on it.
// The name must be written as it was logged. Column edges are left to walks:
// they say how, and there are many of them for each thing that happened.
func (r *Reader) History(ctx context.Context, p daybook.Principal, q daybook.HistoryQuery) ([]daybook.Event, error) {
	if q.Table == "" {
		return nil, missing("table", "silver.observation")
	}
	n, err := r.newest(p, q.Since, q.Limit)
	if err != nil {
		return nil, err
	}
	for _, a := range asksOf(q.Table) {
		if err := n.ask(ctx, a.kind, a.keep, a.filters...); err != nil {
			return nil, err
		}
	}
	if err := n.ofSessions(ctx, holds("source_tables", q.Table), operationKind); err != nil {
		return nil, err
	}
	return n.events(ctx)
}

// An ask is one of the queries that together make a history.
type ask struct {
	kind    *daybook.Kind
	filters []daybook.Filter
	keep    func(*daybook.Entry) bool
}

func asksOf(table string) []ask {
	one := func(kind *daybook.Kind, f daybook.Filter) ask { return ask{kind: kind, filters: []daybook.Filter{f}} }
	asks := []ask{
		one(sessionKind, holds("source_tables", table)),
		one(operationKind, daybook.Is("output_table", table)),
		one(operationKind, holds("input_tables", table)),
		one(artifactKind, daybook.Is("artifact_name", table)),
		one(artifactKind, daybook.Is("artifact_location", table)),
		one(ingestKind, daybook.Is("target_table", table)),
		one(validationKind, daybook.Is("table_name", table)),
	}
	for _, s := range []side{sourceSide, targetSide} {
		for _, filters := range s.filters([]string{table}) {
			asks = append(asks, ask{edgeKind, filters, func(e *daybook.Entry) bool { return s.place(e).table == table && tells(e) }})
		}
	}
	return asks
}

// tells says that an edge is something that happened to its tables: one between
// tables, that took effect.
func tells(edge *daybook.Entry) bool {
	return !edge.Get("source_column").IsSet() && !edge.Get("target_column").IsSet() && edge.Get("is_current").IsSet()
}
