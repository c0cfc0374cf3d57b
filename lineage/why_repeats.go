package lineage

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
)

// repeats finds operations that repeat another, whose edges they say without
// writing them (ADR 0025).
var repeats = daybook.Filter{Column: "pattern_id", Op: daybook.OpFrom, Values: []daybook.Value{daybook.IntValue(0)}}

// saying gives the edges that follow from the operation which another repeats,
// each read once for an answer.
func (w *inquiry) saying(ctx context.Context, repeat *daybook.Entry) ([]*daybook.Entry, error) {
	id, _ := repeat.Repeats()
	if said, ok := w.repeated[id]; ok {
		return said, nil
	}
	firsts, err := daybook.FirstsOf(ctx, w.find, []*daybook.Entry{repeat})
	if err != nil {
		return nil, err
	}
	var said []*daybook.Entry
	if first := firsts[id]; first != nil && first.IsPatternOf(repeat) {
		if said, err = daybook.EdgesBehind(ctx, w.find, first); err != nil {
			return nil, err
		}
	}
	w.repeated[id] = said
	return said, nil
}

// repeatedBy gives the edges into a table that a session says by its repeats.
func (w *inquiry) repeatedBy(ctx context.Context, session, table string) ([]*daybook.Entry, error) {
	seen := map[int64]bool{}
	operations, err := w.ofSession(ctx, operationKind, session, func(e *daybook.Entry) bool {
		id, ok := e.Repeats()
		if !ok || seen[id] || !sameTable(e.Text("output_table"), table) {
			return false
		}
		seen[id] = true
		return true
	})
	if err != nil {
		return nil, err
	}
	var into []*daybook.Entry
	for _, o := range operations {
		said, err := w.saying(ctx, o)
		if err != nil {
			return nil, err
		}
		for _, e := range said {
			if targetSide.place(e).table == table {
				into = append(into, e)
			}
		}
	}
	return into, nil
}

// lastToRepeat gives the session that said an edge last by a repeat and ended
// well, or nil.
func (w *inquiry) lastToRepeat(ctx context.Context, edge *daybook.Entry) (last *daybook.Entry, err error) {
	for _, name := range spellings(targetSide.place(edge).table) {
		session, err := w.lastToRepeatInto(ctx, edge, name)
		if err != nil {
			return nil, err
		}
		last = later(last, session)
	}
	return last, nil
}

func (w *inquiry) lastToRepeatInto(ctx context.Context, edge *daybook.Entry, name string) (*daybook.Entry, error) {
	q := daybook.Query{Kind: operationKind, Filters: []daybook.Filter{daybook.Is("output_table", name), repeats}, Limit: makersPage}
	for range makersPages {
		page, err := w.find(ctx, q)
		if err != nil {
			return nil, err
		}
		var same []*daybook.Entry
		for _, o := range page {
			said, err := w.saying(ctx, o)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(said, func(e *daybook.Entry) bool { return sameEdge(e) == sameEdge(edge) }) {
				same = append(same, o)
			}
		}
		var found writers
		if err := w.weigh(ctx, same, targetSide.place(edge).table, &found); err != nil || found.ended != nil {
			return found.ended, err
		}
		if len(page) < q.Limit {
			break
		}
		q.After = new(page[len(page)-1].Seq)
		q.Limit = min(4*q.Limit, MaxPage)
	}
	return nil, nil
}
