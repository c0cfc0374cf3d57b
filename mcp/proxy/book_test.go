package proxy

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/storetest"
)

// A testBook is a ledger in memory, with all that checks what comes in. It can
// be told to fail.
type testBook struct {
	t      testing.TB
	in     daybook.Recorder
	reader daybook.Reader

	mu      sync.Mutex
	fails   error
	refused []error
	before  func([]daybook.Record) // called before records are taken
}

func newBook(t testing.TB) *testBook {
	t.Helper()
	store := storetest.NewModel()
	l, err := ledger.Open(context.WithoutCancel(t.Context()), store, ledger.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &testBook{t: t, in: intake.New(l, intake.Limits{}), reader: lineage.NewReader(store, nil)}
}

func (b *testBook) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.before != nil {
		b.before(records)
	}
	if b.fails != nil {
		return nil, b.fails
	}
	receipts, err := b.in.Record(ctx, p, records)
	if err != nil && len(records) == 1 {
		b.refused = append(b.refused, err)
	}
	return receipts, err
}

func (b *testBook) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = err
}

var errFull = &daybook.Error{Code: daybook.CodeUnavailable, Message: "the spool is full", Hint: "see daybook spool status"}

// all gives the current state of every subject of a kind, oldest first.
func all[T any](b *testBook, kind string) []T {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, err := range b.refused {
		b.t.Errorf("the ledger refused a record: %v", err)
	}
	var list []T
	q := daybook.Query{Kind: daybook.MustKind(kind), Oldest: true, Limit: 1000}
	page, err := b.reader.List(context.Background(), daybook.Local, q)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range page.Entries {
		v, err := daybook.As[T](e)
		if err != nil {
			b.t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func (b *testBook) calls() []daybook.MCPUsageLog {
	return all[daybook.MCPUsageLog](b, "mcp_usage_logs")
}
func (b *testBook) actions() []daybook.ActionLog { return all[daybook.ActionLog](b, "action_logs") }
func (b *testBook) escalations() []daybook.EscalationLog {
	return all[daybook.EscalationLog](b, "escalation_logs")
}

// call waits for the one call of a tool to have an outcome.
func (b *testBook) call(tool string) daybook.MCPUsageLog {
	b.t.Helper()
	var found daybook.MCPUsageLog
	eventually(b.t, "the outcome of "+tool, func() bool {
		n := 0
		for _, c := range b.calls() {
			if c.ToolName == tool {
				found = c
				n++
			}
		}
		if n > 1 {
			b.t.Fatalf("%d calls of %s", n, tool)
		}
		return n == 1 && found.DurationMS != nil
	})
	return found
}

// action waits for the one action on a target to have an outcome.
func (b *testBook) action(target string) daybook.ActionLog {
	b.t.Helper()
	var found daybook.ActionLog
	eventually(b.t, "the outcome of "+target, func() bool {
		for _, a := range b.actions() {
			if a.ActionTarget == target {
				found = a
			}
		}
		return found.Success != nil
	})
	return found
}

func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s is %q, without %q", what, text, part)
		}
	}
}
