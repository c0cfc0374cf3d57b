package lineage

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// How far back is looked for the session that made a table's newest version.
const (
	makersPage  = 10
	makersPages = 8
)

// makers finds for each hop the session that made its table's newest version.
func (w *inquiry) makers(ctx context.Context) error {
	for i := range w.why.Hops {
		h := &w.why.Hops[i]
		session, err := w.maker(ctx, h)
		if err != nil {
			return err
		}
		if session == nil {
			continue
		}
		h.SessionID = session.SubjectID()
		if err := w.session(ctx, session, h.Table); err != nil {
			return err
		}
		if err := w.others(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// maker finds the session that wrote a table last and ended well. Edges alone
// do not tell: one that is seen again every night stays that of the session
// which saw it first. So it is the newest of the sessions of three: the
// artifact that is current, the operations that say they wrote the table, and
// the edges into it, also those that are not in effect because they say nothing
// new. Where none of them ended well it is the newest of any status.
func (w *inquiry) maker(ctx context.Context, h *daybook.WhyHop) (*daybook.Entry, error) {
	var found writers
	if err := w.weigh(ctx, w.entriesOf(h), h.Table, &found); err != nil {
		return nil, err
	}
	for _, q := range w.whoWrote(h) {
		if err := w.lastOf(ctx, q, h.Table, &found); err != nil {
			return nil, err
		}
	}
	switch {
	case found.ended != nil:
		return found.ended, nil
	case found.other != nil:
		w.gap("no session that wrote %s has ended well: the newest, %s, is %s", h.Table, found.other.SubjectID(), orElse(found.other.Text("status"), "ACTIVE"))
	case found.gone != "":
		w.gap("the session %s, which wrote %s, is not in the ledger, or no longer", found.gone, h.Table)
	}
	return found.other, nil
}

// writers are the sessions that are found to have written a table.
type writers struct {
	ended *daybook.Entry // the newest that ended well
	other *daybook.Entry // the newest of the others that were met on the way
	gone  string         // one that was named and is not there
}

// entriesOf gives the edges into a hop, as the walk found them.
func (w *inquiry) entriesOf(h *daybook.WhyHop) []*daybook.Entry {
	entries := make([]*daybook.Entry, len(h.Edges))
	for i := range h.Edges {
		entries[i] = w.edges[h.Edges[i].LogID]
	}
	return entries
}

// mostJobs bounds the sessions of a hop's edges whose edges are looked for again.
const mostJobs = 5

// whoWrote gives the queries for what says that a table was written, besides the
// edges that the walk found: artifacts, operations, and for each session of
// those edges what has said one of them again. Each asks for one spelling of a
// name and one column, so that stores find the newest by their index.
func (w *inquiry) whoWrote(h *daybook.WhyHop) (queries []daybook.Query) {
	for _, name := range spellings(h.Table) {
		queries = append(queries,
			daybook.Query{Kind: artifactKind, Filters: []daybook.Filter{daybook.Is("artifact_name", name)}},
			daybook.Query{Kind: operationKind, Filters: []daybook.Filter{daybook.Is("output_table", name)}})
	}
	var jobs []string
	for _, e := range w.entriesOf(h) {
		if id := e.Text("session_id"); id != "" && !slices.Contains(jobs, id) && len(jobs) < mostJobs {
			jobs = append(jobs, id)
			queries = append(queries, saidAgain(e))
		}
	}
	return queries
}

// saidAgain asks for edges into the place that an edge leads to, which are not in
// effect: those that said again what was current are among them (ADR 0005).
func saidAgain(e *daybook.Entry) daybook.Query {
	q := daybook.Query{Kind: edgeKind, Filters: []daybook.Filter{{Column: "is_current", Op: daybook.OpAbsent}}}
	for _, column := range []string{targetSide.name, targetSide.schema, targetSide.column} {
		f := daybook.Filter{Column: column, Op: daybook.OpAbsent}
		if v := e.Get(column); v.IsSet() {
			f = daybook.Filter{Column: column, Op: daybook.OpIn, Values: []daybook.Value{v}}
		}
		q.Filters = append(q.Filters, f)
	}
	return q
}

// later gives the session that ended later, or began later where one of them
// has not ended.
func later(a, b *daybook.Entry) *daybook.Entry {
	when := func(e *daybook.Entry) string { return cmp.Or(e.Text("completed_at"), e.Time()) }
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case cmp.Or(strings.Compare(when(a), when(b)), cmp.Compare(a.Seq, b.Seq)) >= 0:
		return a
	}
	return b
}

// lastOf goes through what a query finds, the last written first, until it
// meets a session that ended well.
func (w *inquiry) lastOf(ctx context.Context, q daybook.Query, table string, found *writers) error {
	q.Limit = makersPage
	for range makersPages {
		page, err := w.find(ctx, q)
		if err != nil {
			return err
		}
		var of writers
		if err := w.weigh(ctx, page, table, &of); err != nil {
			return err
		}
		found.ended, found.other, found.gone = later(found.ended, of.ended), later(found.other, of.other), cmp.Or(found.gone, of.gone)
		if of.ended != nil || len(page) < q.Limit {
			return nil
		}
		q.After = new(page[len(page)-1].Seq)
		q.Limit = min(4*q.Limit, MaxPage)
	}
	return nil
}

// weigh tells the sessions of entries apart.
func (w *inquiry) weigh(ctx context.Context, entries []*daybook.Entry, table string, found *writers) error {
	sessions, err := w.sessionsOf(ctx, entries, table)
	for _, s := range sessions {
		if s.Text("status") == "COMPLETED" {
			found.ended = later(found.ended, s)
		} else {
			found.other = later(found.other, s)
		}
	}
	if found.gone == "" && len(sessions) == 0 && len(entries) > 0 {
		found.gone = entries[0].Text("session_id")
	}
	return err
}

// sessionsOf reads the sessions of entries; of edges, only of those that lead
// into the very table.
func (w *inquiry) sessionsOf(ctx context.Context, entries []*daybook.Entry, table string) ([]*daybook.Entry, error) {
	var ids []string
	for _, e := range entries {
		if e.Kind == edgeKind && targetSide.place(e).table != table {
			continue
		}
		if id := e.Text("session_id"); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return w.sessionsNamed(ctx, ids)
}

// sessionsNamed reads sessions, each once for an answer; of those that are in the
// archive, what stands there of them.
func (w *inquiry) sessionsNamed(ctx context.Context, ids []string) ([]*daybook.Entry, error) {
	unread := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return w.read[id] != nil })
	for _, kind := range []*daybook.Kind{sessionKind, archiveKind} {
		if len(unread) == 0 {
			break
		}
		entries, err := w.find(ctx, daybook.Query{Kind: kind, IDs: unread})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			w.read[e.SubjectID()] = e
		}
		unread = slices.DeleteFunc(unread, func(id string) bool { return w.read[id] != nil })
	}
	var found []*daybook.Entry
	for _, id := range ids {
		if e := w.read[id]; e != nil {
			found = append(found, e)
		}
	}
	return found, nil
}

// session puts a session into the answer, with those that it goes on from, and
// says which table it made.
func (w *inquiry) session(ctx context.Context, e *daybook.Entry, table string) error {
	if at, ok := w.sessions[e.SubjectID()]; ok {
		w.why.Sessions[at].Tables = append(w.why.Sessions[at].Tables, table)
		return nil
	}
	if !w.addSession(e, table) {
		return nil
	}
	for range maxParents {
		parent := e.Text("parent_session_id")
		if _, ok := w.sessions[parent]; ok || parent == "" {
			return nil
		}
		next, err := w.sessionsNamed(ctx, []string{parent})
		if err != nil {
			return err
		}
		if len(next) == 0 {
			w.gap("the session %s, which %s goes on from, is not in the ledger, or no longer", parent, e.SubjectID())
			return nil
		}
		if e = next[0]; !w.addSession(e) {
			return nil
		}
	}
	w.gap("more than %d sessions go on from one another before %s", maxParents, e.SubjectID())
	return nil
}

func (w *inquiry) addSession(e *daybook.Entry, tables ...string) bool {
	v, ok := w.evidence(e)
	if !ok {
		return false
	}
	w.sessions[e.SubjectID()] = len(w.why.Sessions)
	w.why.Sessions = append(w.why.Sessions, daybook.WhySession{
		Session: v, Tables: append([]string{}, tables...), ConversationID: e.Text("conversation_id"),
		Actions: []daybook.Evidence{}, MCPCalls: []daybook.Evidence{},
	})
	return true
}
