package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// before gives, for each of some revisions by its seq, the one before it. It
// gives none for a first one, and where the body has gone.
func (n *newest) before(ctx context.Context, page []*daybook.Entry) (map[int64]*daybook.Entry, error) {
	type revision struct {
		id     string
		number int64
	}
	known := map[revision]*daybook.Entry{}
	for _, e := range page {
		known[revision{e.SubjectID(), e.Revision()}] = e
	}
	var ids []string
	for _, e := range page {
		if e.Revision() > 1 && known[revision{e.SubjectID(), e.Revision() - 1}] == nil {
			ids = append(ids, e.SubjectID())
		}
	}
	for part := range slices.Chunk(distinct(ids), chunk) {
		all, err := n.store.Select(ctx, daybook.Query{Kind: page[0].Kind, IDs: part, Revisions: true, Business: n.business})
		if err != nil {
			return nil, wrap(err)
		}
		for _, e := range all {
			known[revision{e.SubjectID(), e.Revision()}] = e
		}
	}
	found := map[int64]*daybook.Entry{}
	for _, e := range page {
		if b := known[revision{e.SubjectID(), e.Revision() - 1}]; b != nil {
			found[e.Seq] = b
		}
	}
	return found, nil
}

// happened makes a happening of a revision and the one before it. A first one
// happened at its kind's own time. A later one happened when it says that
// something ended, and else when it was logged.
func happened(e, before *daybook.Entry) *happening {
	it := &happening{entry: e, before: before, at: e.LoggedAt(), revised: true}
	if e.Revision() == 1 {
		if !saidAnew(e) {
			it.at = e.Time()
		}
		return it
	}
	for _, column := range []string{"completed_at", "invalidated_at"} {
		if at := e.Text(column); at != "" && before != nil && before.Text(column) == "" {
			it.at = at
		}
	}
	return it
}

// saidAnew says that a first revision is of an edge that took effect when it was
// logged, and was seen before: a session checked in that had repeated what says it
// (ADR 0025), or its SQL was read again.
func saidAnew(e *daybook.Entry) bool {
	return e.Kind == edgeKind && e.Get("is_current").Bool() && e.Get("session_id").IsSet() && e.Text("origin") == daybook.EdgeParsed
}

// tells says that a revision is something that happened to its tables. An
// edge that did not take effect, because its session is not over, failed, or
// said what was known, is not.
func (h *happening) tells() bool {
	return h.entry.Kind != edgeKind || h.entry.Get("is_current").IsSet() && !ofColumns(h.entry)
}

// tell tells what happened.
func (h *happening) tell() daybook.Telling {
	if h.bundle != nil {
		return h.bundle.tell(h.entry)
	}
	var t daybook.Telling
	t.Type, t.Summary = tell(h.entry)
	if h.revised {
		t.Summary = cmp.Or(tellRevision(h.entry, h.before), t.Summary)
	}
	if h.before != nil {
		t.Members = []daybook.Member{{Name: "changes", Value: changes(h.entry, h.before)}}
	}
	return t
}

// changes gives what differs between two revisions as a JSON object: by the
// column, what it was (from, where there was something) and what it is (to).
func changes(e, before *daybook.Entry) json.RawMessage {
	dst := []byte{'{'}
	for i := range e.Kind.Columns {
		c := &e.Kind.Columns[i]
		if c.Envelope || e.Values[i] == before.Values[i] {
			continue
		}
		if len(dst) > 1 {
			dst = append(dst, ", "...)
		}
		dst = append(canon.AppendKey(dst, c.Name), '{')
		if was := before.Values[i]; was.IsSet() {
			dst = daybook.AppendValue(canon.AppendKey(dst, "from"), c.Type, was)
			dst = append(dst, ", "...)
		}
		dst = daybook.AppendValue(canon.AppendKey(dst, "to"), c.Type, e.Values[i])
		dst = append(dst, '}')
	}
	return append(dst, '}')
}
