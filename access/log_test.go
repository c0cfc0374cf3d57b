package access

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
)

func TestEveryReadIsLoggedBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	ctx, kind := context.Background(), daybook.MustKind("conversations")
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	after := int64(7)
	cases := map[string]struct {
		read func(l *Log) (any, error)
		want daybook.LogAccessAudit
		rows int64
	}{
		"get": {
			func(l *Log) (any, error) { return l.Get(ctx, auditor, kind, "c1") },
			daybook.LogAccessAudit{Action: "read", Target: "conversations/c1"},
			1,
		},
		"list": {
			func(l *Log) (any, error) {
				return l.List(ctx, auditor, daybook.Query{
					Kind: kind, Limit: 5, After: &after, Snapshot: 90, Oldest: true, Filters: []daybook.Filter{
						daybook.Is("agent_position", "CFO", "CEO"),
						{Column: "total_tokens", Op: daybook.OpIn, Values: []daybook.Value{daybook.IntValue(3)}},
						{Column: "status", Op: daybook.OpAbsent},
					},
				})
			},
			daybook.LogAccessAudit{
				Action: "read", Target: "conversations",
				Parameters: json.RawMessage(`{"after": "7", "filters": [["agent_position", "in", "CFO", "CEO"], ["total_tokens", "in", 3], ["status", "absent"]], "limit": 5, "oldest": true, "snapshot": "90"}`),
			},
			3,
		},
		"revisions": {
			func(l *Log) (any, error) {
				return l.List(ctx, auditor, daybook.Query{Kind: kind, IDs: []string{"c1"}, Revisions: true})
			},
			daybook.LogAccessAudit{Action: "read", Target: "conversations/c1/revisions"},
			3,
		},
		"some": {
			func(l *Log) (any, error) {
				return l.List(ctx, auditor, daybook.Query{Kind: kind, IDs: []string{"c1", "c2"}, Seqs: []int64{4, 5}})
			},
			daybook.LogAccessAudit{Action: "read", Target: "conversations", Parameters: json.RawMessage(`{"ids": ["c1", "c2"], "seqs": [4, 5]}`)},
			3,
		},
		"history": {
			func(l *Log) (any, error) {
				return l.History(ctx, auditor, daybook.HistoryQuery{Table: "silver.observation", Since: at})
			},
			daybook.LogAccessAudit{Action: "read", Target: "history/silver.observation", Parameters: json.RawMessage(`{"since": "2026-01-31T09:00:00.000000Z"}`)},
			3,
		},
		"activity": {
			func(l *Log) (any, error) {
				return l.Activity(ctx, auditor, daybook.ActivityQuery{Agent: "CFO", Limit: 9})
			},
			daybook.LogAccessAudit{Action: "read", Target: "agents/CFO/activity", Parameters: json.RawMessage(`{"limit": 9}`)},
			3,
		},
		"lineage": {
			func(l *Log) (any, error) {
				return l.Lineage(ctx, auditor, daybook.LineageQuery{Node: "gold.x", Direction: daybook.Upstream, Depth: 2, Columns: true, Indirect: true, AsOf: at, Origins: []string{"PARSED", "INFERRED"}, Relationships: []string{"JOINS"}})
			},
			daybook.LogAccessAudit{
				Action: "read", Target: "lineage/gold.x",
				Parameters: json.RawMessage(`{"as_of": "2026-01-31T09:00:00.000000Z", "columns": true, "depth": 2, "direction": "upstream", "indirect": true, "origin": "PARSED,INFERRED", "relationship": "JOINS"}`),
			},
			3,
		},
		"why": {
			func(l *Log) (any, error) {
				return l.Why(ctx, auditor, daybook.WhyQuery{Node: "gold.x.y", Depth: 2, Limit: 7, AsOf: at})
			},
			daybook.LogAccessAudit{
				Action: "read", Target: "why/gold.x.y",
				Parameters: json.RawMessage(`{"as_of": "2026-01-31T09:00:00.000000Z", "depth": 2, "limit": 7}`),
			},
			3,
		},
		"cost": {
			func(l *Log) (any, error) {
				return l.Cost(ctx, auditor, daybook.CostQuery{By: []string{"agent", "day"}, Since: at, Until: at.AddDate(0, 0, 1), Business: "acme", Limit: 7})
			},
			daybook.LogAccessAudit{
				Action: "read", Target: "cost",
				Parameters: json.RawMessage(`{"business_id": "acme", "by": "agent,day", "limit": 7, "since": "2026-01-31T09:00:00.000000Z", "until": "2026-02-01T09:00:00.000000Z"}`),
			},
			3,
		},
		"sql": {
			func(l *Log) (any, error) {
				return l.SQL(ctx, auditor, daybook.SQLQuery{Text: "SELECT 1", MaxRows: 10, Timeout: time.Second})
			},
			daybook.LogAccessAudit{Action: "query", Target: "sql", QueryText: "SELECT 1", Parameters: json.RawMessage(`{"max_rows": 10, "timeout_ms": 1000}`)},
			3,
		},
		"export": {
			func(l *Log) (any, error) {
				err := l.Export(ctx, auditor, daybook.ExportQuery{Kind: kind, From: 3, Limit: 9}, func(*daybook.Entry) error { return nil })
				return "", err
			},
			daybook.LogAccessAudit{Action: "export", Target: "conversations", Parameters: json.RawMessage(`{"from": 3, "limit": 9}`)},
			3,
		},
		"note": {
			func(l *Log) (any, error) {
				return "", l.Note(ctx, auditor, Access{Action: ActionVerify, Target: "ledger", Rows: 3})
			},
			daybook.LogAccessAudit{Action: "verify", Target: "ledger"},
			3,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			books := &ledger{}
			l := closing(t, Around(shelf{rows: 3}, books, Options{Logger: quiet, Now: func() time.Time { return at }}))
			if _, err := c.read(l); err != nil {
				t.Fatal(err)
			}
			got := books.only(t)
			if got.AccessID == "" {
				t.Error("no access_id")
			}
			want := c.want
			want.AccessID, want.BusinessID, want.AccessedAt, want.Role = got.AccessID, daybook.AllBusinesses, at, "auditor"
			want.IPAddress, want.UserAgent, want.Outcome = auditor.Address, auditor.UserAgent, "ok"
			want.RowsReturned, want.DurationMS, want.ReadCount = &c.rows, new(int64(0)), new(int64(1))
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if p := books.by[0]; p.Name != "ann" || p.Role != daybook.RoleAdmin {
				t.Errorf("written by %+v", p)
			}

			// Where it cannot be logged there is no answer.
			books.fail(always(errFull))
			l = closing(t, Around(shelf{rows: 3}, books, Options{Logger: quiet}))
			answer, err := c.read(l)
			wantCode(t, err, daybook.CodeUnavailable)
			if answer != "" && !reflect.ValueOf(answer).IsZero() {
				t.Errorf("an answer that was not logged: %+v", answer)
			}
		})
	}
}

func TestFailedReadsAreLoggedToo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		outcome string
	}{
		{daybook.Invalidf("/table", "is missing"), "error"},
		{errors.New("broken"), "error"},
		{context.Canceled, "cancelled"},
	} {
		books := &ledger{}
		l := closing(t, Around(shelf{rows: 3, err: c.err}, books, Options{Logger: quiet}))
		if err := history(l, "x"); !errors.Is(err, c.err) {
			t.Errorf("got %v, want %v", err, c.err)
		}
		got := books.only(t)
		if got.Outcome != c.outcome || count(got.RowsReturned) != "0" {
			t.Errorf("%v: logged as %s with %s rows", c.err, got.Outcome, count(got.RowsReturned))
		}
	}
}

func TestAReadIsLoggedThoughTheClientHungUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	books := &ledger{}
	l := closing(t, Around(shelf{rows: 3, ask: cancel}, books, Options{Logger: quiet}))
	if _, err := l.History(ctx, auditor, daybook.HistoryQuery{Table: "x"}); err != nil {
		t.Error(err)
	}
	if got := books.only(t); count(got.RowsReturned) != "3" {
		t.Errorf("got %+v", got)
	}
}

func TestDurationIsOfTheReadAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{}
		l := Around(shelf{rows: 1, ask: func() { time.Sleep(1500 * time.Millisecond) }}, books, Options{Logger: quiet})
		if err := history(l, "x"); err != nil {
			t.Fatal(err)
		}
		if got := books.only(t); count(got.DurationMS) != "1500" {
			t.Errorf("it took %s ms, want 1500", count(got.DurationMS))
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestExportIsLoggedAtItsStartAndItsEnd(t *testing.T) {
	t.Parallel()
	hungUp := errors.New("hung up")
	for name, c := range map[string]struct {
		from    shelf
		fn      func(n int, cancel func()) error
		outcome string
		rows    string
	}{
		"whole":     {shelf{rows: 4}, func(int, func()) error { return nil }, "ok", "4"},
		"broken":    {shelf{rows: 4, err: errors.New("bad block")}, func(int, func()) error { return nil }, "error", "4"},
		"hung up":   {shelf{rows: 4}, func(n int, _ func()) error { return map[int]error{3: hungUp}[n] }, "error", "2"},
		"cancelled": {shelf{rows: 4}, func(n int, cancel func()) error { cancel(); return nil }, "cancelled", "1"},
		"cut off":   {shelf{rows: 4}, func(n int, cancel func()) error { cancel(); return hungUp }, "cancelled", "0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			books, n := &ledger{}, 0
			l := closing(t, Around(c.from, books, Options{Logger: quiet}))
			_ = l.Export(ctx, auditor, daybook.ExportQuery{}, func(*daybook.Entry) error {
				if got := books.only(t); got.Outcome != "" || got.RowsReturned != nil || got.DurationMS != nil {
					t.Errorf("the entry has its end before the stream has: %+v", got)
				}
				n++
				return c.fn(n, cancel)
			})
			got := books.only(t)
			if got.Outcome != c.outcome || count(got.RowsReturned) != c.rows || got.DurationMS == nil || got.Target != "entries" {
				t.Errorf("got %+v with %s rows, want %s with %s", got, count(got.RowsReturned), c.outcome, c.rows)
			}
		})
	}
}

func TestExportWaitsForAnEndThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{}
		l := Around(shelf{rows: 2}, books, Options{Logger: quiet})
		err := l.Export(t.Context(), auditor, daybook.ExportQuery{}, func(*daybook.Entry) error {
			books.fail(always(errFull))
			return nil
		})
		if err != nil {
			t.Errorf("the rows are out, but: %v", err)
		}
		books.fail(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := books.only(t); got.Outcome != "ok" || count(got.RowsReturned) != "2" || count(got.ReadCount) != "1" {
			t.Errorf("got %+v", got)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Nobody keeps a read out of the log by the way they ask.
func TestWhateverIsAskedCanBeLogged(t *testing.T) {
	t.Parallel()
	books := &ledger{}
	l := closing(t, Around(shelf{}, books, Options{Logger: quiet}))
	rude := daybook.Principal{Name: "mal", Role: daybook.RoleReader, Business: "acme", UserAgent: "a\x00\xff" + strings.Repeat("ü", 2000)}
	_, err := l.SQL(t.Context(), rude, daybook.SQLQuery{Text: "SELECT '\x00\xff'" + strings.Repeat("x", daybook.MaxLong)})
	if err != nil {
		t.Fatal(err)
	}
	got := books.only(t)
	if !strings.HasPrefix(got.QueryText, "SELECT '\uFFFD\uFFFD'x") || len([]rune(got.QueryText)) != daybook.MaxLong {
		t.Errorf("query_text of %d characters begins %q", len([]rune(got.QueryText)), got.QueryText[:20])
	}
	if n := len([]rune(got.UserAgent)); n != daybook.MaxName || got.BusinessID != "acme" {
		t.Errorf("user_agent of %d characters, business %s", n, got.BusinessID)
	}
	if _, err := l.List(t.Context(), rude, daybook.Query{Filters: []daybook.Filter{daybook.Is("agent\xff", "\x00")}}); err != nil {
		t.Error(err)
	}
}
