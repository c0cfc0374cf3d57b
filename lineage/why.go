package lineage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// The bounds of one answer to why, beside those of its lists.
const (
	MaxWhyHops  = 100      // tables
	maxWhyBytes = 16 << 20 // of entries, in canonical form
	maxParents  = 10       // sessions that a session goes on from

	mostOfSession = 5000 // entries of a kind that are looked through for those that wrote a table
	sessionPage   = 500
)

// The kinds that only why asks for by name.
var (
	conversationKind = daybook.MustKind("conversations")
	thinkingKind     = daybook.MustKind("thinking_logs")
	decisionKind     = daybook.MustKind("decision_logs")
	actionKind       = daybook.MustKind("action_logs")
	mcpKind          = daybook.MustKind("mcp_usage_logs")
	escalationKind   = daybook.MustKind("escalation_logs")
	archiveKind      = daybook.MustKind("transformation_session_archive")
)

// Why tells how a node came to hold what it holds: it walks upstream over
// columns if the node has one, else over tables, and joins each table with what
// made its newest version, and that with what was said and decided around it.
// What the ledger does not say is among the gaps. A node that nothing was ever
// said of is CodeNotFound.
func (r *Reader) Why(ctx context.Context, p daybook.Principal, q daybook.WhyQuery) (*daybook.Why, error) {
	if err := checkWhy(&q); err != nil {
		return nil, err
	}
	w := &inquiry{
		reader: r, principal: p, q: q, why: &daybook.Why{Conversations: []daybook.WhyConversation{}, Sessions: []daybook.WhySession{}, Gaps: []string{}},
		shown: map[int64]bool{}, repeated: map[int64][]*daybook.Entry{}, read: map[string]*daybook.Entry{}, sessions: map[string]int{}, conversations: map[string]int{}, space: space{room: maxWhyBytes},
	}
	for _, step := range []func(context.Context) error{w.settle, w.walk, w.makers, w.hops, w.talks, w.prove} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	w.sum()
	return w.why, nil
}

func checkWhy(q *daybook.WhyQuery) error {
	if err := checkLineage(&daybook.LineageQuery{Node: q.Node, Depth: q.Depth, Direction: daybook.Upstream}); err != nil {
		return err
	}
	if q.Depth == 0 {
		q.Depth = daybook.DefaultDepth
	}
	if q.Limit == 0 {
		q.Limit = daybook.DefaultWhyList
	}
	if q.Limit < 0 || q.Limit > daybook.MaxWhyList {
		return limitError(q.Limit, daybook.MaxWhyList)
	}
	return nil
}

// An inquiry is a why under way.
type inquiry struct {
	reader    *Reader
	principal daybook.Principal
	q         daybook.WhyQuery
	size      int64 // how many entries the ledger had then, or has now
	snapshot  int64 // the same, but 0 for now
	why       *daybook.Why

	table         string                    // of the node
	edges         map[string]*daybook.Entry // of the walk, by log_id
	shown         map[int64]bool            // the seqs of the entries that stand in the answer
	read          map[string]*daybook.Entry // the sessions that were read, by id
	sessions      map[string]int            // where they stand in the answer, by id
	conversations map[string]int            // the same

	repeated map[int64][]*daybook.Entry // the edges of operations that others repeat, by their seqs
	space
}

// space is what an answer may still take.
type space struct {
	room    int  // bytes of entries
	crowded bool // it would have taken more
	buf     []byte
}

// settle finds how long the ledger was at the time that is asked about, so that
// every question is answered as it was then.
func (w *inquiry) settle(ctx context.Context) error {
	size, err := w.reader.snapshotAt(ctx, w.q.AsOf)
	if err != nil {
		return wrap(err)
	}
	w.size = size
	if w.q.AsOf.IsZero() {
		return nil
	}
	w.why.AsOf, w.snapshot = canon.FormatTime(w.q.AsOf), size
	if size == 0 {
		return &daybook.Error{
			Code: daybook.CodeNotFound, Message: "the ledger has no entry from " + w.why.AsOf + " or before",
			Hint: "ask as of a later time, or leave the time out",
		}
	}
	return nil
}

// find asks for entries as the inquiry may see them. Where one of them cannot be
// read the story goes on without these, and says so.
func (w *inquiry) find(ctx context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	q.Business, q.Snapshot = w.principal.Business, w.snapshot
	entries, err := w.reader.store.Select(ctx, q)
	if daybook.CodeOf(err) == daybook.CodeDamaged {
		w.why.Totals.Unreadable++
		w.gap("some %s could not be read, and are left out: %v", q.Kind.Name, err)
		return nil, nil
	}
	return entries, wrap(err)
}

// list asks for the newest of a kind, as many as a list shows, and says whether
// there are more.
func (w *inquiry) list(ctx context.Context, kind *daybook.Kind, filters ...daybook.Filter) ([]*daybook.Entry, bool, error) {
	entries, err := w.find(ctx, daybook.Query{Kind: kind, Filters: filters, Limit: w.q.Limit + 1})
	if len(entries) > w.q.Limit {
		return entries[:w.q.Limit], true, err
	}
	return entries, false, err
}

// listNamed is list for a column that holds a table's name in one spelling or
// another. Stores find the newest of one value by its index, and those of
// several only by sorting all.
func (w *inquiry) listNamed(ctx context.Context, kind *daybook.Kind, column, table string, more ...daybook.Filter) ([]*daybook.Entry, bool, error) {
	var all []*daybook.Entry
	for _, name := range spellings(table) {
		entries, err := w.find(ctx, daybook.Query{Kind: kind, Filters: append([]daybook.Filter{daybook.Is(column, name)}, more...), Limit: w.q.Limit + 1})
		if err != nil {
			return nil, false, err
		}
		all = append(all, entries...)
	}
	slices.SortFunc(all, newestFirst)
	return all[:min(w.q.Limit, len(all))], len(all) > w.q.Limit, nil
}

func newestFirst(a, b *daybook.Entry) int { return cmp.Compare(b.Seq, a.Seq) }

// ofSession gives the entries of a kind that belong to a session and pass keep,
// the newest first, of the newest mostOfSession of them. It does not ask for
// more than the session: of two indexes a store may take the worse.
func (w *inquiry) ofSession(ctx context.Context, kind *daybook.Kind, session string, keep func(*daybook.Entry) bool) ([]*daybook.Entry, error) {
	q := daybook.Query{Kind: kind, Filters: []daybook.Filter{daybook.Is("session_id", session)}, Limit: sessionPage}
	var kept []*daybook.Entry
	for range mostOfSession / sessionPage {
		page, err := w.find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if keep(e) {
				kept = append(kept, e)
			}
		}
		if len(page) < q.Limit {
			break
		}
		q.After = new(page[len(page)-1].Seq)
	}
	return kept, nil
}

// subject gives the current state of a subject, or nil.
func (w *inquiry) subject(ctx context.Context, kind *daybook.Kind, id string) (*daybook.Entry, error) {
	id, err := parseSubject(kind, id)
	if err != nil {
		return nil, nil //nolint:nilerr // what is no id is nobody's
	}
	entries, err := w.find(ctx, daybook.Query{Kind: kind, IDs: []string{id}, Limit: 1})
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0], nil
}

// take puts entries into the answer, each once, as long as there is room.
func (w *inquiry) take(into *[]daybook.Evidence, entries ...*daybook.Entry) {
	for _, e := range entries {
		if v, ok := w.evidence(e); ok {
			*into = append(*into, v)
		}
	}
}

// evidence makes an entry one of the answer's. It is not ok where the entry
// stands there already, or the answer has no room.
func (w *inquiry) evidence(e *daybook.Entry) (daybook.Evidence, bool) {
	v := daybook.Evidence{Entry: e}
	if w.shown[e.Seq] {
		return v, false
	}
	v.Fault, w.buf = e.Unlike(e.LogHash, w.buf)
	size := len(e.AppendExport(w.buf[:0]))
	if size > w.room {
		w.crowded = true
		return v, false
	}
	w.room -= size
	w.shown[e.Seq] = true
	_, v.Summary = tell(e)
	v.Standing = daybook.StandingDamaged
	if v.Fault == "" {
		v.Standing, v.Fault = daybook.StandingUnproven, "there is no checkpoint to hold it against"
	}
	return v, true
}

// gap says what the ledger does not say, once.
func (w *inquiry) gap(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if !slices.Contains(w.why.Gaps, s) {
		w.why.Gaps = append(w.why.Gaps, s)
	}
}

// sameTable says whether two names may be one table's: they are alike but for
// their case, or one of them has a schema that the other leaves out.
func sameTable(a, b string) bool {
	a, b = strings.ToLower(daybook.PlainTable(a)), strings.ToLower(daybook.PlainTable(b))
	return a != "" && b != "" && (a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a))
}

// spellings gives a table's name in the cases that a database may fold it to.
func spellings(table string) []string {
	return distinct([]string{table, strings.ToLower(table), strings.ToUpper(table)})
}
