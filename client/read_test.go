package client_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

func TestAllTurnsPages(t *testing.T) {
	t.Parallel()
	c := newBook(t).client().WithAgent("CFO")
	for range 7 {
		must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{}))
	}
	q := daybook.Query{Kind: daybook.MustKind("conversations"), Limit: 3}
	var seqs []int64
	for e, err := range c.All(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, e.Seq)
	}
	if !reflect.DeepEqual(seqs, []int64{6, 5, 4, 3, 2, 1, 0}) {
		t.Errorf("it gave %v", seqs)
	}
	for range c.All(t.Context(), q) {
		break // must not go on
	}
	for _, err := range c.All(t.Context(), daybook.Query{Kind: q.Kind, Limit: -1}) {
		wantCode(t, err, daybook.CodeInvalid)
	}
}

// TestAllStandsStill amends what is listed while it is listed.
func TestAllStandsStill(t *testing.T) {
	t.Parallel()
	for _, oldest := range []bool{false, true} {
		c := newBook(t).client().WithAgent("CFO")
		ids := map[string]int{}
		for range 7 {
			ids[must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{})).ID] = 0
		}
		n := int64(0)
		for e, err := range c.All(t.Context(), daybook.Query{Kind: daybook.MustKind("conversations"), Limit: 2, Oldest: oldest}) {
			if err != nil {
				t.Fatal(err)
			}
			ids[e.SubjectID()]++
			for id := range ids {
				if n++; n > 200 {
					break // or pages that do not stand still would have no end
				}
				must[daybook.Receipt](t)(c.Amend(t.Context(), daybook.Conversation{ConversationID: id, InputTokens: &n}))
			}
		}
		for id, times := range ids {
			if times != 1 {
				t.Errorf("oldest %v: %s came %d times", oldest, id, times)
			}
		}
	}
}

func TestAllStopsAtNoCursor(t *testing.T) {
	t.Parallel()
	_, c := canned(t, "application/json", `{"entries": [{"kind": "conversations", "agent_position": "CFO", "conversation_id": "a", "started_at": "2026-01-31T12:00:00.000000Z"}], "next": "?"}`)
	var last error
	for _, last = range c.All(t.Context(), daybook.Query{Kind: daybook.MustKind("conversations")}) {
	}
	wantCode(t, last, daybook.CodeInvalid)
}

func TestReadsOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	c := newBook(t).client()
	_, err := c.Get(t.Context(), "conversations", "nobody")
	wantCode(t, err, daybook.CodeNotFound)
	_, err = c.Revisions(t.Context(), "conversations", "nobody")
	wantCode(t, err, daybook.CodeNotFound)
	_, err = c.Get(t.Context(), "conversation", "x")
	wantCode(t, err, daybook.CodeInvalid, "did you mean conversations")
	_, err = c.Revisions(t.Context(), "conversation", "x")
	wantCode(t, err, daybook.CodeInvalid)
}

// TestListOverTheWire holds the parameters that are sent against the parser of
// the server's side.
func TestListOverTheWire(t *testing.T) {
	t.Parallel()
	w, c := canned(t, "application/json", `{"entries": [], "next": ""}`)
	k := daybook.MustKind("transformation_session")
	text := daybook.TextValue
	queries := []daybook.Query{
		{Kind: k},
		{Kind: k, IDs: []string{"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}, Limit: 7, Oldest: true, After: new(int64(12))},
		{Kind: k, After: new(int64(12)), Snapshot: 34},
		{Kind: k, Snapshot: 34},
		{Kind: k, Filters: []daybook.Filter{
			{Column: "operations_count", Values: []daybook.Value{daybook.IntValue(3)}},
			daybook.Is("status", "ACTIVE", "FAILED"),
			{Column: "source_tables", Op: daybook.OpContains, Values: []daybook.Value{text("bronze.a&b=c")}},
			{Column: "started_at", Op: daybook.OpFrom, Values: []daybook.Value{text("2026-01-31T12:00:00.000000Z")}},
			{Column: "started_at", Op: daybook.OpBefore, Values: []daybook.Value{text("2026-02-01T00:00:00.000001Z")}},
			{Column: "ticket_id", Op: daybook.OpAbsent},
		}},
	}
	for _, want := range queries {
		must[*daybook.Page](t)(c.List(t.Context(), want))
		calls := w.seen()
		values := must[url.Values](t)(url.ParseQuery(calls[len(calls)-1].query))
		got := must[daybook.Query](t)(lineage.ParseFilters(k, values))
		if !sameQuery(got, want) {
			t.Errorf("%+v\narrived as\n%+v", want, got)
		}
	}
	must[*daybook.Page](t)(c.List(t.Context(), daybook.Query{Kind: k, Business: "acme"}))
	if calls := w.seen(); calls[len(calls)-1].query != "business_id=acme" {
		t.Errorf("a business arrived as %s", calls[len(calls)-1].query)
	}
}

// sameQuery compares queries whose filters may stand in another order.
func sameQuery(a, b daybook.Query) bool {
	if len(a.Filters) != len(b.Filters) {
		return false
	}
	for _, f := range a.Filters {
		found := false
		for _, g := range b.Filters {
			found = found || reflect.DeepEqual(f, g)
		}
		if !found {
			return false
		}
	}
	a.Filters, b.Filters = nil, nil
	return reflect.DeepEqual(a, b)
}

func TestListThatNoServerAnswers(t *testing.T) {
	t.Parallel()
	w, c := canned(t, "application/json", `{}`)
	k := daybook.MustKind("conversations")
	for name, q := range map[string]daybook.Query{
		"seqs":            {Kind: k, Seqs: []int64{1}},
		"all revisions":   {Kind: k, Revisions: true},
		"newest revision": {Kind: k, Revisions: true, IDs: []string{"a"}},
		"no such column":  {Kind: k, Filters: []daybook.Filter{daybook.Is("no", "x")}},
		"another time":    {Kind: k, Filters: []daybook.Filter{{Column: "ended_at", Op: daybook.OpFrom, Values: []daybook.Value{{}}}}},
		"words twice":     {Kind: k, Filters: []daybook.Filter{daybook.Is("status", "error"), daybook.Is("status", "timeout")}},
		"no words":        {Kind: k, Filters: []daybook.Filter{{Column: "status"}}},
		"no subject":      {Kind: k, Revisions: true, Oldest: true, IDs: []string{""}},
	} {
		_, err := c.List(t.Context(), q)
		if daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.seen()) != 0 {
		t.Error("something was sent")
	}
}

func TestPathsOfSubjects(t *testing.T) {
	t.Parallel()
	w, c := canned(t, "application/json", `{"kind": "conversations", "agent_position": "CFO", "conversation_id": "a", "started_at": "2026-01-31T12:00:00.000000Z"}`)
	for id, path := range map[string]string{
		"a/b c?": "/v1/conversations/a%2Fb%20c%3F", ".": "/v1/conversations/%2E", "..": "/v1/conversations/%2E%2E", "a.b": "/v1/conversations/a.b",
	} {
		must[*daybook.Entry](t)(c.Get(t.Context(), "conversations", id))
		if calls := w.seen(); calls[len(calls)-1].path != path {
			t.Errorf("%q was asked at %s", id, calls[len(calls)-1].path)
		}
	}
}

func TestSQLCells(t *testing.T) {
	t.Parallel()
	_, c := canned(t, "application/json", `{"columns": ["n", "f", "t", "b", "a", "o", "z", "big"], "truncated": true, "rows": [
		{"n": 12, "f": 0.5, "t": "x\u00e9", "b": true, "a": ["x"], "o": {"k": 1}, "z": null, "big": 1e300}, {"n": -1}]}`)
	table := must[*daybook.Table](t)(c.SQL(t.Context(), "SELECT 1"))
	want := [][]any{
		{int64(12), 0.5, "xé", true, json.RawMessage(`["x"]`), json.RawMessage(`{"k": 1}`), nil, 1e300},
		{int64(-1), nil, nil, nil, nil, nil, nil, nil},
	}
	if !table.Truncated || !reflect.DeepEqual(table.Rows, want) {
		t.Errorf("it gave %#v", table.Rows)
	}
}

func TestQuestionsOverTheWire(t *testing.T) {
	t.Parallel()
	w, c := canned(t, "application/json", `{}`)
	ctx := t.Context()
	must[[]daybook.Event](t)(c.History(ctx, "silver.a b", noon))
	must[[]daybook.Event](t)(c.Activity(ctx, "a/b", noon.AddDate(-1, 0, 0)))
	must[[]daybook.Event](t)(c.Reader.History(ctx, daybook.Principal{}, daybook.HistoryQuery{Table: "a.b", Limit: 2, After: "here"}))
	must[[]daybook.Event](t)(c.Reader.Activity(ctx, daybook.Principal{}, daybook.ActivityQuery{Agent: "a", After: "here"}))
	must[*daybook.Graph](t)(c.Lineage(ctx, daybook.LineageQuery{Node: "gold.x", Direction: daybook.Downstream, Depth: 3, Columns: true, AsOf: noon}))
	must[*daybook.Graph](t)(c.Lineage(ctx, daybook.LineageQuery{Node: "gold.x"}))
	must[*daybook.Graph](t)(c.Lineage(ctx, daybook.LineageQuery{
		Node: "gold.x", Direction: daybook.Both, Columns: true, Indirect: true, Origins: []string{"PARSED"}, Relationships: []string{"COPIES", "JOINS"},
	}))
	must[*daybook.Table](t)(c.Reader.SQL(ctx, daybook.Principal{}, daybook.SQLQuery{Text: "SELECT 1", MaxRows: 5, Timeout: 1500e6}))
	must[*daybook.ConsistencyProof](t)(c.Prover.Consistency(ctx, 1, 2))
	var got []string
	for _, call := range w.seen() {
		got = append(got, strings.TrimSpace(call.method+" "+call.path+" "+call.query+" "+string(call.body)))
	}
	want := []string{
		"GET /v1/history since=2026-01-31T12%3A00%3A00.000000Z&table=silver.a+b",
		"GET /v1/agents/a%2Fb/activity since=2025-01-31T12%3A00%3A00.000000Z",
		"GET /v1/history cursor=here&limit=2&table=a.b",
		"GET /v1/agents/a/activity cursor=here",
		"GET /v1/lineage as_of=2026-01-31T12%3A00%3A00.000000Z&columns=true&depth=3&direction=downstream&node=gold.x",
		"GET /v1/lineage direction=upstream&node=gold.x",
		"GET /v1/lineage columns=true&direction=both&indirect=true&node=gold.x&origin=PARSED&relationship=COPIES%2CJOINS",
		`POST /v1/query  {"sql":"SELECT 1","max_rows":5,"timeout_ms":1500}`,
		"GET /v1/proof/consistency from=1&to=2",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("it asked\n%s", strings.Join(got, "\n"))
	}
}
