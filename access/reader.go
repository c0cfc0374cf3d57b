package access

import (
	"context"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// logged makes an answer, logs that it was given, and only then gives it. rows
// counts what is in it.
func logged[T any](ctx context.Context, l *Log, p daybook.Principal, a Access, make func() (T, error), rows func(T) int) (T, error) {
	var none T
	a.Started = l.now()
	answer, err := make()
	a.Outcome = outcomeOf(err)
	if err == nil {
		a.Rows = int64(rows(answer))
	}
	if unlogged := l.Note(ctx, p, a); unlogged != nil {
		return none, unlogged
	}
	if err != nil {
		return none, err
	}
	return answer, nil
}

// Get implements [daybook.Reader].
func (l *Log) Get(ctx context.Context, p daybook.Principal, kind *daybook.Kind, id string) (*daybook.Entry, error) {
	a := Access{Action: ActionRead, Target: kind.Name + "/" + id}
	return logged(ctx, l, p, a,
		func() (*daybook.Entry, error) { return l.next.Get(ctx, p, kind, id) },
		func(*daybook.Entry) int { return 1 })
}

// List implements [daybook.Reader].
func (l *Log) List(ctx context.Context, p daybook.Principal, q daybook.Query) (*daybook.Page, error) {
	return logged(ctx, l, p, ofList(q),
		func() (*daybook.Page, error) { return l.next.List(ctx, p, q) },
		func(page *daybook.Page) int { return len(page.Entries) })
}

// History implements [daybook.Reader].
func (l *Log) History(ctx context.Context, p daybook.Principal, q daybook.HistoryQuery) ([]daybook.Event, error) {
	a := Access{Action: ActionRead, Target: "history/" + q.Table, Parameters: object().time("since", q.Since).int("limit", q.Limit).text("cursor", q.After).json()}
	return logged(ctx, l, p, a,
		func() ([]daybook.Event, error) { return l.next.History(ctx, p, q) },
		func(events []daybook.Event) int { return len(events) })
}

// Activity implements [daybook.Reader].
func (l *Log) Activity(ctx context.Context, p daybook.Principal, q daybook.ActivityQuery) ([]daybook.Event, error) {
	a := Access{Action: ActionRead, Target: "agents/" + q.Agent + "/activity", Parameters: object().time("since", q.Since).int("limit", q.Limit).text("cursor", q.After).json()}
	return logged(ctx, l, p, a,
		func() ([]daybook.Event, error) { return l.next.Activity(ctx, p, q) },
		func(events []daybook.Event) int { return len(events) })
}

// Lineage implements [daybook.Reader]. The rows it counts are the edges.
func (l *Log) Lineage(ctx context.Context, p daybook.Principal, q daybook.LineageQuery) (*daybook.Graph, error) {
	a := Access{
		Action: ActionRead, Target: "lineage/" + q.Node,
		Parameters: object().text("direction", string(q.Direction)).int("depth", q.Depth).
			truth("columns", q.Columns).truth("indirect", q.Indirect).time("as_of", q.AsOf).
			text("origin", strings.Join(q.Origins, ",")).text("relationship", strings.Join(q.Relationships, ",")).json(),
	}
	return logged(ctx, l, p, a,
		func() (*daybook.Graph, error) { return l.next.Lineage(ctx, p, q) },
		func(g *daybook.Graph) int { return len(g.Edges) })
}

// Why implements [daybook.Reader]. The rows it counts are the entries.
func (l *Log) Why(ctx context.Context, p daybook.Principal, q daybook.WhyQuery) (*daybook.Why, error) {
	a := Access{
		Action: ActionRead, Target: "why/" + q.Node,
		Parameters: object().int("depth", q.Depth).time("as_of", q.AsOf).int("limit", q.Limit).json(),
	}
	return logged(ctx, l, p, a,
		func() (*daybook.Why, error) { return l.next.Why(ctx, p, q) },
		func(w *daybook.Why) int { return w.Totals.Entries })
}

// SQL implements [daybook.Reader].
func (l *Log) SQL(ctx context.Context, p daybook.Principal, q daybook.SQLQuery) (*daybook.Table, error) {
	a := Access{
		Action: ActionQuery, Target: "sql", Query: q.Text,
		Parameters: object().int("max_rows", q.MaxRows).int("timeout_ms", int(q.Timeout/time.Millisecond)).json(),
	}
	return logged(ctx, l, p, a,
		func() (*daybook.Table, error) { return l.next.SQL(ctx, p, q) },
		func(t *daybook.Table) int { return len(t.Rows) })
}

// Export implements [daybook.Reader]. Each export has an entry of its own,
// written before its first row leaves and amended when it is over; one that
// was never amended broke off with the process.
func (l *Log) Export(ctx context.Context, p daybook.Principal, q daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	a := ofExport(q)
	a.Started = l.now()
	w := &window{id: newID(), by: account(p)}
	if err := l.write(ctx, p, a, w.id); err != nil {
		l.metrics.read(&a, err)
		return err
	}
	defer func() {
		if a.Outcome == "" { // fn panicked
			a.Outcome = OutcomeError
		}
		l.metrics.read(&a, nil)
		l.finish(ctx, w, a)
	}()
	err := l.next.Export(ctx, p, q, func(e *daybook.Entry) error {
		if err := fn(e); err != nil {
			return err
		}
		a.Rows++
		return nil
	})
	a.Outcome = outcomeOf(err)
	if err != nil && ctx.Err() != nil {
		a.Outcome = outcomeOf(ctx.Err())
	}
	return err
}

// finish amends a stream's entry at its end. The rows have gone out by then,
// so where the ledger does not take it the amendment waits.
func (l *Log) finish(ctx context.Context, w *window, a Access) {
	r := daybook.NewRecord(auditKind)
	a.end(&r, l.now())
	w.end = &r
	ctx, cancel := persist(ctx)
	defer cancel()
	err := l.amend(ctx, w.by, []*window{w})
	if err == nil {
		return
	}
	l.logger.Warn("access: the end of an export waits to be written", "access_id", w.id, "error", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held < MaxWindows {
		l.held++
		w.closes = l.now().Add(l.window)
		l.await(w)
	}
}

// Cost implements [daybook.Coster] where what is read does.
func (l *Log) Cost(ctx context.Context, p daybook.Principal, q daybook.CostQuery) (*daybook.Cost, error) {
	coster, ok := l.next.(daybook.Coster)
	if !ok {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: "this ledger does not add up costs", Hint: "ask in SQL"}
	}
	a := Access{
		Action: ActionRead, Target: "cost",
		Parameters: object().text("by", strings.Join(q.By, ",")).time("since", q.Since).time("until", q.Until).text("business_id", q.Business).int("limit", q.Limit).json(),
	}
	return logged(ctx, l, p, a,
		func() (*daybook.Cost, error) { return coster.Cost(ctx, p, q) },
		func(c *daybook.Cost) int { return max(1, len(c.Groups)) })
}
