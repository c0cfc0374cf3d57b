package lineage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// The lengths of a history or an activity.
const (
	DefaultEvents = 200
	MaxEvents     = 10_000
)

// A happening is an entry as something that happened.
type happening struct {
	entry   *daybook.Entry
	before  *daybook.Entry // the revision before, or nil
	at      string         // when, canonical
	revised bool           // it is what one revision changed, not a state
	bundle  *bundle        // the edges of columns that this stands for, or nil
}

// newest gathers the newest happenings that several queries find. Stores
// answer in the order of the ledger, and records may arrive late;
// but what has happened is logged after it happened. So once the page just read was
// logged before the oldest happening that would still be kept, no later
// page can hold a newer one.
type newest struct {
	store    daybook.Store
	business string
	since    string // canonical, "" for all
	after    *mark  // what does not stand behind it is not told; nil for all
	limit    int
	page     int // how many entries one query reads
	list     []*happening
}

func (r *Reader) newest(p daybook.Principal, since time.Time, limit int, after string) (*newest, error) {
	if limit == 0 {
		limit = DefaultEvents
	}
	if limit < 0 || limit > MaxEvents {
		return nil, limitError(limit, MaxEvents)
	}
	n := &newest{store: r.store, business: p.Business, limit: limit, page: max(limit, DefaultEvents)}
	if !since.IsZero() {
		n.since = canon.FormatTime(since)
	}
	var err error
	n.after, err = markOf(after)
	return n, err
}

// ask gathers the current states that a kind holds under the filters; keep may
// be nil.
func (n *newest) ask(ctx context.Context, kind *daybook.Kind, keep func(*daybook.Entry) bool, filters ...daybook.Filter) error {
	q := daybook.Query{Kind: kind, Filters: n.after.upTo(kind.Time().Name, n.from(kind.Time().Name, filters))}
	return n.gather(ctx, q, func(page []*daybook.Entry) error {
		for _, e := range page {
			if keep == nil || keep(e) {
				n.list = append(n.list, &happening{entry: e, at: e.Time()})
			}
		}
		return nil
	})
}

// from adds that a time is not before since.
func (n *newest) from(column string, filters []daybook.Filter) []daybook.Filter {
	if n.since == "" {
		return filters
	}
	since := daybook.Filter{Column: column, Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue(n.since)}}
	return append(slices.Clone(filters), since)
}

// gather calls take with page after page of a query, until no later one can
// hold what would be kept.
func (n *newest) gather(ctx context.Context, q daybook.Query, take func([]*daybook.Entry) error) error {
	q.Business, q.Limit = n.business, n.page
	return pages(ctx, n.store, q, func(page []*daybook.Entry) (bool, error) {
		if err := take(page); err != nil {
			return false, err
		}
		n.trim()
		return n.enough(page), nil
	})
}

// pages calls fn with page after page of a query, the last written first and
// all of one snapshot, until fn says that it is enough.
func pages(ctx context.Context, store daybook.Store, q daybook.Query, fn func([]*daybook.Entry) (bool, error)) error {
	if err := fix(ctx, store, &q); err != nil {
		return wrap(err)
	}
	for {
		page, err := store.Select(ctx, q)
		if err != nil {
			return wrap(err)
		}
		if len(page) == 0 {
			return nil
		}
		enough, err := fn(page)
		if err != nil || enough || len(page) < q.Limit {
			return err
		}
		q.After = new(page[len(page)-1].Seq)
	}
}

// trim keeps the newest happenings, each once.
func (n *newest) trim() {
	n.list = slices.DeleteFunc(n.list, func(h *happening) bool { return !n.after.before(h) })
	slices.SortFunc(n.list, func(a, b *happening) int {
		return cmp.Or(strings.Compare(b.at, a.at), cmp.Compare(b.entry.Seq, a.entry.Seq))
	})
	n.list = slices.CompactFunc(n.list, func(a, b *happening) bool { return a.entry.Seq == b.entry.Seq })
	if len(n.list) > n.limit {
		clear(n.list[n.limit:])
		n.list = n.list[:n.limit]
	}
}

// enough says that nothing behind the page can be among the newest.
func (n *newest) enough(page []*daybook.Entry) bool {
	return len(n.list) >= n.limit && page[len(page)-1].LoggedAt() < n.list[n.limit-1].at
}

// ofSessions calls visit with the sessions that who holds for. Open
// sessions may get more at any time; what a closed one has was logged, but for
// stragglers, before it closed.
func (n *newest) ofSessions(ctx context.Context, who daybook.Filter, visit func(sessions []*daybook.Entry) error) error {
	open := daybook.Query{
		Kind: sessionKind, Business: n.business, Limit: chunk,
		Filters: []daybook.Filter{who, {Column: "completed_at", Op: daybook.OpAbsent}},
	}
	err := pages(ctx, n.store, open, func(page []*daybook.Entry) (bool, error) {
		return false, visit(page)
	})
	if err != nil {
		return err
	}
	closed := open
	closed.Filters = []daybook.Filter{who, {Column: "completed_at", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue(n.orFirst())}}}
	return pages(ctx, n.store, closed, func(page []*daybook.Entry) (bool, error) {
		err := visit(page)
		return err == nil && n.enough(page), err
	})
}

// orFirst gives the first time there is where everything is asked for.
func (n *newest) orFirst() string {
	if n.since == "" {
		return canon.FormatTime(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return n.since
}

// children gathers what belongs to sessions.
func (n *newest) children(ctx context.Context, sessions []string, keep func(*daybook.Entry) bool, kinds ...*daybook.Kind) error {
	for _, kind := range kinds {
		if err := n.ask(ctx, kind, keep, daybook.Is("session_id", sessions...)); err != nil {
			return err
		}
	}
	return nil
}

func subjects(entries []*daybook.Entry) []string {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.SubjectID()
	}
	return ids
}

// events tells what was gathered, with the sessions that it belongs to.
func (n *newest) events(ctx context.Context) ([]daybook.Event, error) {
	sessions, err := n.sessions(ctx)
	if err != nil {
		return nil, err
	}
	firsts, err := n.firsts(ctx)
	if err != nil {
		return nil, err
	}
	events := make([]daybook.Event, len(n.list))
	for i, h := range n.list {
		t := h.tell()
		if id, ok := h.entry.Repeats(); ok && firsts[id] != nil && firsts[id].IsPatternOf(h.entry) {
			t.Members = append(t.Members, h.entry.LeftOut(firsts[id])...)
		}
		t.At, t.Session = h.at, sessions[h.entry.Text("session_id")]
		events[i] = daybook.Tell(h.entry, t)
	}
	return events, nil
}

// firsts reads the operations that others repeat, which leave to them to say
// what was done.
func (n *newest) firsts(ctx context.Context) (map[int64]*daybook.Entry, error) {
	entries := make([]*daybook.Entry, len(n.list))
	for i, h := range n.list {
		entries[i] = h.entry
	}
	firsts, err := daybook.FirstsOf(ctx, n.store.Select, entries)
	return firsts, wrap(err)
}

// sessions reads the sessions that the happenings name.
func (n *newest) sessions(ctx context.Context) (map[string]*daybook.Entry, error) {
	var ids []string
	for _, h := range n.list {
		if id, err := parseSubject(sessionKind, h.entry.Text("session_id")); err == nil {
			ids = append(ids, id)
		}
	}
	found := map[string]*daybook.Entry{}
	for part := range slices.Chunk(distinct(ids), chunk) {
		entries, err := n.store.Select(ctx, daybook.Query{Kind: sessionKind, IDs: part, Business: n.business})
		if err != nil {
			return nil, wrap(err)
		}
		for _, e := range entries {
			found[e.SubjectID()] = e
		}
	}
	return found, nil
}

// missing is the error for a question that does not say about what.
func missing(what, example string) error {
	e := daybook.Invalidf("/"+what, "is missing")
	e.Hint = fmt.Sprintf("name the %s, such as %s", what, example)
	return e
}
