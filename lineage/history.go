package lineage

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
)

// History tells what happened to a table, the newest first:
//
//   - the sessions that read or wrote it: when they were checked out, and when and how
//     they were checked in
//   - the operations that read or wrote it, and all others of the sessions that name
//     it in source_tables
//   - the artifacts named or located so: when they were logged, took effect, were
//     superseded or got an end
//   - the edges between it and other tables that took effect or ended; those of columns,
//     of which there are many for each thing that happens, as one event for all
//     that say the same of the same two tables at the same time
//   - the runs that brought data into it, as they began and ended
//   - the verdicts on it
//
// So each revision that changed something is an event of its own, with what
// changed in its member changes.
//
// Names are compared without regard to case as far as it goes: indexes and
// scans are asked for the spellings of [tableName], and within a session that is found so every
// mixture of cases counts, and the name without its schema.
func (r *Reader) History(ctx context.Context, p daybook.Principal, q daybook.HistoryQuery) ([]daybook.Event, error) {
	if q.Table == "" {
		return nil, missing("table", "silver.observation")
	}
	n, err := r.newest(p, q.Since, q.Limit, q.After)
	if err != nil {
		return nil, err
	}
	if err := n.history(ctx, q.Table); err != nil {
		return nil, err
	}
	return n.events(ctx)
}

// history gathers the history of a table.
func (n *newest) history(ctx context.Context, table string) error {
	h := &history{newest: n, table: nameOf(table), visited: map[string]bool{}, bundles: map[bundleKey]*happening{}}
	for _, step := range []func(context.Context) error{h.readers, h.edges, h.columnEdges, h.artifacts, h.operations, h.runs} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// history is a history that is being gathered.
type history struct {
	*newest
	table   tableName
	visited map[string]bool // the sessions that touched the table
	bundles map[bundleKey]*happening
}

// readers gathers the sessions that name the table among their source tables,
// with all of their operations.
func (h *history) readers(ctx context.Context) error {
	for _, name := range h.table.scanned() {
		err := h.ofSessions(ctx, holds("source_tables", name), func(sessions []*daybook.Entry) error {
			return h.visit(ctx, subjects(sessions), nil)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// visit gathers what is told of sessions that touched the table, once: the
// sessions themselves, and those of their operations that keep wants.
func (h *history) visit(ctx context.Context, sessions []string, keep func(*daybook.Entry) bool) error {
	sessions = slices.DeleteFunc(distinct(sessions), func(id string) bool { return id == "" || h.visited[id] })
	for part := range slices.Chunk(sessions, chunk) {
		for _, id := range part {
			h.visited[id] = true
		}
		if err := h.revisions(ctx, daybook.Query{Kind: sessionKind, IDs: part}, nil); err != nil {
			return err
		}
		if err := h.children(ctx, part, keep, operationKind); err != nil {
			return err
		}
	}
	return nil
}

// touching visits the sessions that entries of theirs say have touched the table.
func (h *history) touching(ctx context.Context, entries []*daybook.Entry) error {
	var sessions []string
	for _, e := range entries {
		sessions = append(sessions, e.Text("session_id"))
	}
	return h.visit(ctx, sessions, h.table.mentioned)
}

// revisions gathers every revision that a query finds and keep, which may be
// nil, wants; what keep wants of one entry it wants of its other revisions.
func (h *history) revisions(ctx context.Context, q daybook.Query, keep func(*daybook.Entry) bool) error {
	q.Revisions, q.Filters = true, h.from("logged_at", q.Filters)
	return h.gather(ctx, q, func(page []*daybook.Entry) error {
		if keep != nil {
			page = slices.DeleteFunc(slices.Clone(page), func(e *daybook.Entry) bool { return !keep(e) })
		}
		return h.take(ctx, page)
	})
}

// take adds revisions to the list, each as what it changed.
func (h *history) take(ctx context.Context, page []*daybook.Entry) error {
	before, err := h.before(ctx, page)
	if err != nil {
		return err
	}
	for _, e := range page {
		if it := happened(e, before[e.Seq]); it.at >= h.since && it.tells() {
			h.list = append(h.list, it)
		}
	}
	return nil
}

// artifacts gathers the artifacts of the table, and with them the sessions that made them.
func (h *history) artifacts(ctx context.Context) error {
	for _, column := range []string{"artifact_name", "artifact_location"} {
		q := daybook.Query{Kind: artifactKind, Revisions: true}
		q.Filters = h.from("logged_at", []daybook.Filter{daybook.Is(column, h.table.spellings()...)})
		err := h.gather(ctx, q, func(page []*daybook.Entry) error {
			if err := h.take(ctx, page); err != nil {
				return err
			}
			return h.touching(ctx, page)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// operations gathers the operations that alone say that their session touched
// the table. No index finds those that read it: most are found by their sessions before; see
// docs/adr/0019.
func (h *history) operations(ctx context.Context) error {
	filters := []daybook.Filter{daybook.Is("output_table", h.table.spellings()...)}
	for _, name := range h.table.scanned() {
		filters = append(filters, holds("input_tables", name))
	}
	for _, f := range filters {
		q := daybook.Query{Kind: operationKind, Filters: h.kept([]daybook.Filter{f})}
		err := h.gather(ctx, q, func(page []*daybook.Entry) error { return h.touching(ctx, page) })
		if err != nil {
			return err
		}
	}
	return nil
}

// kept adds that an entry can still be among the newest, and is not before
// since. Stores find by halves where that begins.
func (h *history) kept(filters []daybook.Filter) []daybook.Filter {
	from := h.since
	if len(h.list) >= h.limit {
		from = max(from, h.list[h.limit-1].at)
	}
	if from == "" {
		return filters
	}
	return append(filters, daybook.Filter{Column: "logged_at", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue(from)}})
}

// runs gathers the data collections into the table and the verdicts on it. They
// come last, because names without a schema count in sessions that are known.
func (h *history) runs(ctx context.Context) error {
	for kind, column := range map[*daybook.Kind]string{ingestKind: "target_table", validationKind: "table_name"} {
		keep := func(e *daybook.Entry) bool {
			return h.table.is(e.Text(column)) || h.visited[e.Text("session_id")]
		}
		q := daybook.Query{Kind: kind, Filters: []daybook.Filter{daybook.Is(column, h.table.allSpellings()...)}}
		if err := h.revisions(ctx, q, keep); err != nil {
			return err
		}
	}
	return nil
}
