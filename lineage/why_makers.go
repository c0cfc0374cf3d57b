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
	makersPage  = 25
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
	for _, q := range whoWrote(h.Table) {
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

// whoWrote gives the queries for what says that a table was written. Each asks
// for a name in one spelling, so that stores find the newest by their index.
func whoWrote(table string) (queries []daybook.Query) {
	for _, name := range spellings(table) {
		queries = append(queries,
			daybook.Query{Kind: artifactKind, Filters: []daybook.Filter{daybook.Is("artifact_name", name)}},
			daybook.Query{Kind: operationKind, Filters: []daybook.Filter{daybook.Is("output_table", name)}})
	}
	for _, split := range daybook.SplitTable(table) {
		of := daybook.Filter{Column: targetSide.schema, Op: daybook.OpAbsent}
		if split[0] != "" {
			of = daybook.Is(targetSide.schema, split[0])
		}
		queries = append(queries, daybook.Query{Kind: edgeKind, Filters: []daybook.Filter{daybook.Is(targetSide.name, split[1]), of}})
	}
	return queries
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
		if err != nil || len(page) == 0 {
			return err
		}
		sessions, err := w.sessionsOf(ctx, page, table)
		if err != nil {
			return err
		}
		ended := false
		for _, s := range sessions {
			if s.Text("status") == "COMPLETED" {
				ended, found.ended = true, later(found.ended, s)
			} else {
				found.other = later(found.other, s)
			}
		}
		if found.gone == "" && len(sessions) == 0 {
			found.gone = page[0].Text("session_id")
		}
		if ended || len(page) < q.Limit {
			return nil
		}
		q.After = new(page[len(page)-1].Seq)
		q.Limit = min(4*q.Limit, MaxPage)
	}
	return nil
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

// sessionsNamed reads sessions; of those that are in the archive, what stands
// there of them.
func (w *inquiry) sessionsNamed(ctx context.Context, ids []string) ([]*daybook.Entry, error) {
	var found []*daybook.Entry
	for _, kind := range []*daybook.Kind{sessionKind, archiveKind} {
		if len(ids) == 0 {
			break
		}
		entries, err := w.find(ctx, daybook.Query{Kind: kind, IDs: ids})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == e.SubjectID() })
		}
		found = append(found, entries...)
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
