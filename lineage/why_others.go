package lineage

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
)

// mostOthers bounds the sessions of a hop beside its own.
const mostOthers = 5

type edgeOfSession struct {
	source, target place
	relationship   string
}

func sameEdge(e *daybook.Entry) edgeOfSession {
	return edgeOfSession{sourceSide.place(e), targetSide.place(e), e.Text("relationship_type")}
}

// others says of each edge into a hop which session said so last: the hop's own,
// or, where several jobs fill one table, another of them. Those are added. An
// edge that is seen again is written and stays without effect (ADR 0005), so
// all edges of a session are looked at. A session that logged none into the
// table says nothing of them.
func (w *inquiry) others(ctx context.Context, h *daybook.WhyHop) error {
	for i := range h.Edges {
		if h.Edges[i].SessionID == h.SessionID {
			h.Edges[i].SeenBy = h.SessionID
		}
	}
	if !slices.ContainsFunc(h.Edges, unsaid) {
		return nil
	}
	seen, err := w.seenBy(ctx, h.SessionID, h.Table)
	if err != nil || len(seen) == 0 {
		return err
	}
	for i := range h.Edges {
		if seen[sameEdge(w.edges[h.Edges[i].LogID])] {
			h.Edges[i].SeenBy = h.SessionID
		}
	}
	return w.lastSaid(ctx, h)
}

func unsaid(e daybook.WhyEdge) bool { return e.SeenBy == "" && e.SessionID != "" }

// lastSaid finds the session that said last what the hop's own did not say, for
// one edge after the other: mostly it has said the rest of them too.
func (w *inquiry) lastSaid(ctx context.Context, h *daybook.WhyHop) error {
	for i := range h.Edges {
		if !unsaid(h.Edges[i]) {
			continue
		}
		session, err := w.lastToSay(ctx, w.edges[h.Edges[i].LogID])
		if err != nil {
			return err
		}
		if session == nil {
			continue
		}
		if len(h.Others) == mostOthers {
			w.gap("more than %d sessions wrote what %s holds: others are left out", mostOthers+1, h.Table)
			return nil
		}
		id := session.SubjectID()
		h.Others = append(h.Others, id)
		if err := w.session(ctx, session, h.Table); err != nil {
			return err
		}
		seen, err := w.seenBy(ctx, id, h.Table)
		if err != nil {
			return err
		}
		for j := range h.Edges {
			if unsaid(h.Edges[j]) && seen[sameEdge(w.edges[h.Edges[j].LogID])] {
				h.Edges[j].SeenBy = id
			}
		}
		h.Edges[i].SeenBy = id
	}
	return nil
}

// lastToSay gives the session that said an edge last and ended well, or nil.
func (w *inquiry) lastToSay(ctx context.Context, edge *daybook.Entry) (*daybook.Entry, error) {
	written, err := w.lastToWrite(ctx, edge)
	if err != nil {
		return nil, err
	}
	repeated, err := w.lastToRepeat(ctx, edge)
	return later(written, repeated), err
}

// lastToWrite is lastToSay by the edges that sessions wrote.
func (w *inquiry) lastToWrite(ctx context.Context, edge *daybook.Entry) (*daybook.Entry, error) {
	q := saidAgain(edge)
	q.Limit = makersPage
	table := targetSide.place(edge).table
	var own writers
	if err := w.weigh(ctx, []*daybook.Entry{edge}, table, &own); err != nil {
		return nil, err
	}
	for range makersPages {
		page, err := w.find(ctx, q)
		if err != nil {
			return nil, err
		}
		same := slices.DeleteFunc(slices.Clone(page), func(e *daybook.Entry) bool { return sameEdge(e) != sameEdge(edge) })
		var found writers
		if err := w.weigh(ctx, same, table, &found); err != nil || found.ended != nil {
			return later(found.ended, own.ended), err // it may have said so before it was ended, and the edge's own since
		}
		if len(page) < q.Limit {
			break
		}
		q.After = new(page[len(page)-1].Seq)
		q.Limit = min(4*q.Limit, MaxPage)
	}
	return own.ended, nil
}

// seenBy gives the edges into a table that a session logged, in effect or not,
// or said by repeats.
func (w *inquiry) seenBy(ctx context.Context, session, table string) (map[edgeOfSession]bool, error) {
	entries, err := w.ofSession(ctx, edgeKind, session, func(e *daybook.Entry) bool { return targetSide.place(e).table == table })
	if err != nil {
		return nil, err
	}
	repeated, err := w.repeatedBy(ctx, session, table)
	if err != nil {
		return nil, err
	}
	seen := map[edgeOfSession]bool{}
	for _, e := range append(entries, repeated...) {
		seen[sameEdge(e)] = true
	}
	return seen, nil
}

// added says that the hop's session added to its table where that was written
// before: then what it holds comes from more sessions than are shown.
func (w *inquiry) added(ctx context.Context, h *daybook.WhyHop) error {
	if len(h.Operations) == 0 || slices.ContainsFunc(h.Operations, isRemade) || slices.ContainsFunc(h.Operations, isNoSQL) {
		return nil
	}
	before, err := w.find(ctx, daybook.Query{Kind: operationKind, Filters: []daybook.Filter{daybook.Is("output_table", h.Table)}, Limit: makersPage})
	if err != nil {
		return err
	}
	if at := slices.IndexFunc(before, remakes); at >= 0 {
		before = before[:at+1]
	}
	sessions, err := w.sessionsOf(ctx, before, h.Table)
	if err != nil {
		return err
	}
	earlier := 0
	for _, s := range sessions {
		if id := s.SubjectID(); s.Text("status") == "COMPLETED" && id != h.SessionID && !slices.Contains(h.Others, id) {
			earlier++
		}
	}
	if earlier > 0 {
		w.gap("session %s added to %s or altered it: what %s wrote before may be in it too, and is not shown",
			h.SessionID, h.Table, plural(int64(earlier), "earlier session"))
	}
	return nil
}

func isRemade(v daybook.Evidence) bool { return remakes(v.Entry) }

// isNoSQL says that nobody knows what an operation did with its table: its
// lifecycle_state_change was not derived from SQL.
func isNoSQL(v daybook.Evidence) bool { return v.Entry.Text("transformation_type") != "SQL" }

// remakes says that an operation makes its table anew.
func remakes(e *daybook.Entry) bool {
	return slices.Contains([]string{"CREATE", "OVERWRITE", "TRUNCATE"}, e.Text("lifecycle_state_change"))
}
