package lineage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// The lengths of a history or an activity.
const (
	DefaultEvents = 200
	MaxEvents     = 10_000
)

// newest gathers the newest entries, by their own time, that several queries
// find. Stores answer in the order of the ledger, and records may arrive late;
// but what has happened is logged after it happened. So once the page just read was
// logged before the oldest entry that would still be kept happened, no later
// page can hold a newer one.
type newest struct {
	store    daybook.Store
	business string
	since    time.Time
	limit    int
	page     int // how many entries one query reads
	entries  []*daybook.Entry
}

func (r *Reader) newest(p daybook.Principal, since time.Time, limit int) (*newest, error) {
	if limit == 0 {
		limit = DefaultEvents
	}
	if limit < 0 || limit > MaxEvents {
		return nil, limitError(limit, MaxEvents)
	}
	return &newest{store: r.store, business: p.Business, since: since, limit: limit, page: max(limit, DefaultEvents)}, nil
}

// ask gathers what a kind holds under the filters; keep may be nil.
func (n *newest) ask(ctx context.Context, kind *daybook.Kind, keep func(*daybook.Entry) bool, filters ...daybook.Filter) error {
	if !n.since.IsZero() {
		filters = append(filters, timeFilter(kind.Time().Name, daybook.OpFrom, n.since))
	}
	q := daybook.Query{Kind: kind, Filters: filters, Business: n.business, Limit: n.page}
	return pages(ctx, n.store, q, func(page []*daybook.Entry) (bool, error) {
		for _, e := range page {
			if keep == nil || keep(e) {
				n.entries = append(n.entries, e)
			}
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

// trim keeps the newest entries, each once.
func (n *newest) trim() {
	slices.SortFunc(n.entries, func(a, b *daybook.Entry) int {
		return cmp.Or(strings.Compare(b.Time(), a.Time()), cmp.Compare(b.Seq, a.Seq))
	})
	n.entries = slices.CompactFunc(n.entries, func(a, b *daybook.Entry) bool { return a.Seq == b.Seq })
	if len(n.entries) > n.limit {
		clear(n.entries[n.limit:])
		n.entries = n.entries[:n.limit]
	}
}

// enough says that nothing behind the page can be among the newest.
func (n *newest) enough(page []*daybook.Entry) bool {
	return len(n.entries) >= n.limit && page[len(page)-1].LoggedAt() < n.entries[n.limit-1].Time()
}

// ofSessions gathers what belongs to the sessions that who holds for. Open
// sessions may get more at any time; what a closed one has was logged, but for
// stragglers, before it closed.
func (n *newest) ofSessions(ctx context.Context, who daybook.Filter, kinds ...*daybook.Kind) error {
	open := daybook.Query{
		Kind: sessionKind, Business: n.business, Limit: chunk,
		Filters: []daybook.Filter{who, {Column: "completed_at", Op: daybook.OpAbsent}},
	}
	err := pages(ctx, n.store, open, func(page []*daybook.Entry) (bool, error) {
		return false, n.children(ctx, page, kinds)
	})
	if err != nil {
		return err
	}
	closed := open
	closed.Filters = []daybook.Filter{who, timeFilter("completed_at", daybook.OpFrom, orFirst(n.since))}
	return pages(ctx, n.store, closed, func(page []*daybook.Entry) (bool, error) {
		err := n.children(ctx, page, kinds)
		return err == nil && n.enough(page), err
	})
}

// orFirst gives the first time there is for none.
func orFirst(t time.Time) time.Time {
	if t.IsZero() {
		return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return t
}

func (n *newest) children(ctx context.Context, sessions []*daybook.Entry, kinds []*daybook.Kind) error {
	ids := make([]string, len(sessions))
	for i, s := range sessions {
		ids[i] = s.SubjectID()
	}
	for _, kind := range kinds {
		if err := n.ask(ctx, kind, nil, daybook.Is("session_id", ids...)); err != nil {
			return err
		}
	}
	return nil
}

// events tells what was gathered, with the sessions that it belongs to.
func (n *newest) events(ctx context.Context) ([]daybook.Event, error) {
	sessions, err := n.sessions(ctx)
	if err != nil {
		return nil, err
	}
	events := make([]daybook.Event, len(n.entries))
	for i, e := range n.entries {
		kindOfThing, summary := tell(e)
		events[i] = daybook.NewEvent(e, sessions[e.Text("session_id")], kindOfThing, summary)
	}
	return events, nil
}

// sessions reads the sessions that the entries name.
func (n *newest) sessions(ctx context.Context) (map[string]*daybook.Entry, error) {
	var ids []string
	for _, e := range n.entries {
		if id, err := parseSubject(sessionKind, e.Text("session_id")); err == nil {
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
