package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
)

var (
	auditor = daybook.Principal{Name: "ann", Role: daybook.RoleAuditor, Address: "10.0.0.7", UserAgent: "curl/8"}
	quiet   = slog.New(slog.NewTextHandler(io.Discard, nil))
	errFull = &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full"}
)

// A ledger keeps what it is given, and merges amendments as ledgers do.
type ledger struct {
	mu      sync.Mutex
	records []daybook.Record
	by      []daybook.Principal
	calls   int
	refuse  func(r daybook.Record) error // nil: nothing is refused
	enter   func()                       // runs in Record before anything else, unless nil
}

func (l *ledger) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if l.enter != nil {
		l.enter()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	for _, r := range records {
		if l.refuse != nil {
			if err := l.refuse(r); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range records {
		l.records, l.by = append(l.records, r), append(l.by, p)
	}
	return make([]daybook.Receipt, len(records)), nil
}

func (l *ledger) fail(refuse func(daybook.Record) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = refuse
}

func always(err error) func(daybook.Record) error {
	return func(daybook.Record) error { return err }
}

// entries gives the accesses as the ledger has them now, in order.
func (l *ledger) entries(t testing.TB) []daybook.LogAccessAudit {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []daybook.LogAccessAudit
	place := map[string]int{}
	var merged []daybook.Record
	for _, r := range l.records {
		if !r.Amend {
			place[r.SubjectID()] = len(merged)
			merged = append(merged, r)
			continue
		}
		i, ok := place[r.SubjectID()]
		if !ok {
			t.Fatalf("an amendment of no entry: %q", r.SubjectID())
		}
		first := daybook.Record{Kind: r.Kind, Values: append([]daybook.Value(nil), merged[i].Values...)}
		for j, v := range r.Values {
			c := &r.Kind.Columns[j]
			if v.IsSet() && !c.Subject && !c.Envelope {
				if c.Amend == daybook.RuleNone || c.Amend == daybook.RuleOnce && first.Values[j].IsSet() {
					t.Errorf("an amendment changes %s", c.Name)
				}
				first.Values[j] = v
			}
		}
		merged[i] = first
	}
	for _, r := range merged {
		a, err := daybook.As[daybook.LogAccessAudit](&daybook.Entry{Kind: r.Kind, Values: r.Values})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

// only gives the one entry there is.
func (l *ledger) only(t testing.TB) daybook.LogAccessAudit {
	t.Helper()
	list := l.entries(t)
	if len(list) != 1 {
		t.Fatalf("%d entries, want one: %+v", len(list), list)
	}
	return list[0]
}

// A shelf answers everything with as many rows as it says, or fails.
type shelf struct {
	rows int
	err  error
	ask  func() // runs before each answer, unless nil
}

func (s shelf) asked() {
	if s.ask != nil {
		s.ask()
	}
}

func (s shelf) Get(context.Context, daybook.Principal, *daybook.Kind, string) (*daybook.Entry, error) {
	s.asked()
	return &daybook.Entry{Kind: auditKind}, s.err
}

func (s shelf) List(context.Context, daybook.Principal, daybook.Query) (*daybook.Page, error) {
	s.asked()
	return &daybook.Page{Entries: make([]*daybook.Entry, s.rows)}, s.err
}

func (s shelf) Export(ctx context.Context, _ daybook.Principal, _ daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	s.asked()
	for range s.rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(nil); err != nil {
			return err
		}
	}
	return s.err
}

func (s shelf) History(context.Context, daybook.Principal, daybook.HistoryQuery) ([]daybook.Event, error) {
	s.asked()
	return make([]daybook.Event, s.rows), s.err
}

func (s shelf) Activity(context.Context, daybook.Principal, daybook.ActivityQuery) ([]daybook.Event, error) {
	s.asked()
	return make([]daybook.Event, s.rows), s.err
}

func (s shelf) Lineage(context.Context, daybook.Principal, daybook.LineageQuery) (*daybook.Graph, error) {
	s.asked()
	return &daybook.Graph{Edges: make([]daybook.GraphEdge, s.rows)}, s.err
}

func (s shelf) Why(context.Context, daybook.Principal, daybook.WhyQuery) (*daybook.Why, error) {
	s.asked()
	return &daybook.Why{Totals: daybook.WhyTotals{Entries: s.rows}}, s.err
}

func (s shelf) Cost(context.Context, daybook.Principal, daybook.CostQuery) (*daybook.Cost, error) {
	s.asked()
	return &daybook.Cost{Groups: make([]daybook.CostGroup, s.rows)}, s.err
}

func (s shelf) SQL(context.Context, daybook.Principal, daybook.SQLQuery) (*daybook.Table, error) {
	s.asked()
	return &daybook.Table{Rows: make([][]any, s.rows)}, s.err
}

// closing closes a log at the end of a test.
func closing(t *testing.T, l *Log) *Log {
	t.Helper()
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

func history(l *Log, table string) error {
	_, err := l.History(context.Background(), auditor, daybook.HistoryQuery{Table: table})
	return err
}

func wantCode(t *testing.T, err error, code daybook.Code) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Errorf("got error %v, want code %q", err, code)
	}
	var e *daybook.Error
	if code == daybook.CodeUnavailable && (!errors.As(err, &e) || e.Hint == "") {
		t.Errorf("the error says nothing of what to do: %v", err)
	}
}

func count(n *int64) string {
	if n == nil {
		return "none"
	}
	return fmt.Sprint(*n)
}
