package lineage

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// maxBundled bounds the edges of columns that one history reads, the newest
// first. Those behind are not told.
const maxBundled = MaxWalk

// A bundle is what edges of columns say together: that at one time columns of
// one table began to flow into those of another, or ceased to.
type bundle struct {
	count   int64
	seen    map[int64]bool // their seqs
	targets map[string]bool
}

type bundleKey struct {
	session, source, target, origin, at string
	current                             bool
}

// edges gathers the edges between the table and others as wholes, and with
// them the sessions that saw them, also those that saw what was known.
func (h *history) edges(ctx context.Context) error {
	return h.eachEdge(ctx, []daybook.Filter{
		{Column: "source_column", Op: daybook.OpAbsent}, {Column: "target_column", Op: daybook.OpAbsent},
	}, func(page []*daybook.Entry) error {
		if err := h.take(ctx, page); err != nil {
			return err
		}
		return h.touching(ctx, page)
	})
}

// columnEdges gathers the edges of columns that took effect or ended, in
// bundles.
func (h *history) columnEdges(ctx context.Context) error {
	read := 0
	decided := daybook.Filter{Column: "is_current", Op: daybook.OpIn, Values: []daybook.Value{daybook.BoolValue(true), daybook.BoolValue(false)}}
	return h.eachEdge(ctx, []daybook.Filter{decided}, func(page []*daybook.Entry) error {
		for _, e := range page {
			if ofColumns(e) && read < maxBundled {
				read++
				h.bundle(e)
			}
		}
		return nil
	})
}

func ofColumns(edge *daybook.Entry) bool {
	return edge.Get("source_column").IsSet() || edge.Get("target_column").IsSet()
}

// eachEdge calls take with all revisions of edges that begin or end at the
// table.
func (h *history) eachEdge(ctx context.Context, filters []daybook.Filter, take func([]*daybook.Entry) error) error {
	for _, s := range []side{sourceSide, targetSide} {
		for _, ofTable := range s.filters(h.table.spellings()) {
			q := daybook.Query{Kind: edgeKind, Revisions: true, Filters: h.from("logged_at", append(ofTable, filters...))}
			err := h.gather(ctx, q, func(page []*daybook.Entry) error {
				return take(slices.DeleteFunc(slices.Clone(page), func(e *daybook.Entry) bool { return !h.table.is(s.place(e).table) }))
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle adds an edge to those that say the same.
func (h *history) bundle(e *daybook.Entry) {
	current := e.Get("is_current").Bool()
	key := bundleKey{e.Text("session_id"), sourceSide.place(e).table, targetSide.place(e).table, e.Text("origin"), e.LoggedAt(), current}
	it := h.bundles[key]
	if it == nil {
		it = &happening{entry: e, at: e.LoggedAt(), bundle: &bundle{seen: map[int64]bool{}, targets: map[string]bool{}}}
		h.bundles[key] = it
		h.list = append(h.list, it)
	}
	if b := it.bundle; !b.seen[e.Seq] {
		b.seen[e.Seq] = true
		b.count++
		if column := e.Text("target_column"); column != "" {
			b.targets[column] = true
		}
	}
}

// tell tells what the edges say, after one of them.
func (b *bundle) tell(e *daybook.Entry) daybook.Telling {
	s := plural(b.count, "column edge") + " " + line(sourceSide.place(e).table) + " → " + line(targetSide.place(e).table)
	if e.Get("is_current").Bool() {
		s += " took effect"
	} else {
		s += " ended"
	}
	columns := make([]string, 0, len(b.targets))
	for c := range b.targets {
		columns = append(columns, c)
	}
	slices.Sort(columns)
	return daybook.Telling{
		Type: "COLUMN", Summary: s + origin(e) + colon(some(columns)),
		Members: []daybook.Member{
			{Name: "column_edges", Value: canon.AppendInt(nil, b.count)},
			{Name: "target_columns", Value: canon.AppendStrings(nil, columns)},
		},
	}
}

// origin tells how an edge is known where nobody declared it.
func origin(e *daybook.Entry) string {
	if o := e.Text("origin"); o != "" && o != "EXPLICIT" {
		return " (" + line(o) + ")"
	}
	return ""
}
