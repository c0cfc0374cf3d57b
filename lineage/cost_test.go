package lineage

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// spendingBook has two businesses, two agents, revisions, and calls that were
// logged twice.
func spendingBook(t *testing.T) *book {
	b := newBook(t)
	const source = "genai-prices 0.1.8: x"
	c := b.add(daybook.Conversation{ConversationID: "c-1", AgentPosition: "CFO", ModelProvider: "anthropic", ModelName: "claude-sonnet-4-5", StartedAt: noon})
	b.amend(c, map[string]daybook.Value{
		"input_tokens": daybook.IntValue(1000), "output_tokens": daybook.IntValue(200), "cache_read_tokens": daybook.IntValue(400), "cache_write_tokens": daybook.IntValue(30),
		"reasoning_tokens": daybook.IntValue(50), "cost_usd": daybook.FloatValue(0.1), "price_source": daybook.TextValue(source),
	})
	b.add(daybook.Conversation{AgentPosition: "CFO", ModelVersion: "in-house-2", StartedAt: noon.AddDate(0, 0, 1), InputTokens: new(int64(10)), CostUSD: new(2.0)})
	b.add(daybook.Conversation{AgentPosition: "CEO", ModelName: "oracle", StartedAt: noon.AddDate(0, 0, 1), OutputTokens: new(int64(7))})
	b.add(daybook.Conversation{AgentPosition: "CEO", StartedAt: noon.AddDate(0, 0, 2)})
	b.add(daybook.Conversation{AgentPosition: "CFO", BusinessID: "acme", ModelName: "oracle", StartedAt: noon, CostUSD: new(100.0)})
	b.add(daybook.MCPUsageLog{AgentPosition: "CFO", ConversationID: "c-1", ServerName: "files", ToolName: "read", CalledAt: noon, CostUSD: new(0.25), TokensUsed: new(int64(70))})
	b.add(daybook.MCPUsageLog{AgentPosition: "CFO", ConversationID: "c-2", ServerName: "web", ToolName: "get", CalledAt: noon, TokensUsed: new(int64(5))})
	for _, a := range []daybook.ActionLog{
		{ConversationID: "c-1", ActionType: "mcp_call", CostUSD: new(0.25)}, // is the call of files
		{ConversationID: "c-2", ActionType: "mcp_call", CostUSD: new(0.5)},
		{ConversationID: "c-1", ActionType: "file_write", CostUSD: new(0.125)},
		{ConversationID: "c-1", ActionType: "file_write"},
	} {
		a.AgentPosition, a.StartedAt = "COO", noon
		b.add(a)
	}
	return b
}

func costOfBook(t *testing.T, p daybook.Principal, q daybook.CostQuery) *daybook.Cost {
	t.Helper()
	c, err := spendingBook(t).reader().Cost(t.Context(), p, q)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCostCountsEachOnce(t *testing.T) {
	t.Parallel()
	got := costOfBook(t, anyone, daybook.CostQuery{Business: "default"})
	want := &daybook.Cost{By: []string{}, Groups: []daybook.CostGroup{}, Total: daybook.Spent{
		Calls: 8, InputTokens: 1010, OutputTokens: 207, CacheReadTokens: 400, CacheWriteTokens: 30, ReasoningTokens: 50, ToolTokens: 75,
		CostUSD: 2.975, ComputedUSD: 0.1, GivenUSD: 2.875, ComputedCalls: 1, GivenCalls: 4, UnknownCalls: 2,
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if all := costOfBook(t, anyone, daybook.CostQuery{}); all.Total.CostUSD != 102.975 || all.Total.Calls != 9 {
		t.Errorf("of all businesses: %+v", all.Total)
	}
}

func TestCostIsToldApart(t *testing.T) {
	t.Parallel()
	type line struct {
		of    string
		calls int64
		usd   float64
	}
	for _, c := range []struct {
		by    []string
		since time.Time
		until time.Time
		want  []line
	}{
		{by: []string{daybook.CostByAgent}, want: []line{{"CFO", 4, 2.35}, {"COO", 2, 0.625}, {"CEO", 2, 0}}},
		{by: []string{daybook.CostByModel}, want: []line{{"in-house-2", 1, 2}, {"", 5, 0.875}, {"claude-sonnet-4-5", 1, 0.1}, {"oracle", 1, 0}}},
		{by: []string{daybook.CostByProvider}, want: []line{{"", 7, 2.875}, {"anthropic", 1, 0.1}}},
		{by: []string{daybook.CostByDay}, want: []line{{"2026-01-31", 5, 0.975}, {"2026-02-01", 2, 2}, {"2026-02-02", 1, 0}}},
		{by: []string{daybook.CostByServer}, want: []line{{"", 6, 2.725}, {"files", 1, 0.25}, {"web", 1, 0}}},
		{by: []string{daybook.CostByKind}, want: []line{{"conversations", 4, 2.1}, {"action_logs", 2, 0.625}, {"mcp_usage_logs", 2, 0.25}}},
		{by: []string{daybook.CostByBusiness}, want: []line{{"default", 8, 2.975}}},
		{
			by: []string{daybook.CostByDay, daybook.CostByAgent}, since: noon, until: noon.AddDate(0, 0, 1),
			want: []line{{"2026-01-31 COO", 2, 0.625}, {"2026-01-31 CFO", 3, 0.35}},
		},
		{by: []string{daybook.CostByDay}, since: noon.Add(time.Microsecond), want: []line{{"2026-02-01", 2, 2}, {"2026-02-02", 1, 0}}},
	} {
		answer := costOfBook(t, daybook.Principal{Business: "default"}, daybook.CostQuery{By: c.by, Since: c.since, Until: c.until})
		var got []line
		for i := range answer.Groups {
			g := &answer.Groups[i]
			of := ""
			for j, dimension := range c.by {
				if j > 0 {
					of += " "
				}
				of += g.Of(dimension)
			}
			got = append(got, line{of, g.Calls, g.CostUSD})
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("by %v: got %v, want %v", c.by, got, c.want)
		}
	}
}

func TestCostLeavesOutWhatIsBeyondTheLimit(t *testing.T) {
	t.Parallel()
	c := costOfBook(t, anyone, daybook.CostQuery{By: []string{daybook.CostByAgent}, Limit: 1})
	if len(c.Groups) != 1 || c.Groups[0].Agent != "CFO" || c.Left != 2 || c.Total.Calls != 9 {
		t.Errorf("got %+v", c)
	}
}

func TestCostRefuses(t *testing.T) {
	t.Parallel()
	r := spendingBook(t).reader()
	bound := daybook.Principal{Business: "default"}
	for code, q := range map[daybook.Code]daybook.CostQuery{daybook.CodeInvalid: {By: []string{"colour"}}, daybook.CodeForbidden: {Business: "acme"}} {
		_, err := r.Cost(t.Context(), bound, q)
		wantCode(t, err, code)
	}
	for _, limit := range []int{-1, daybook.MaxCostGroups + 1} {
		_, err := r.Cost(t.Context(), bound, daybook.CostQuery{Limit: limit})
		wantCode(t, err, daybook.CodeInvalid)
	}
	empty, err := newBook(t).reader().Cost(t.Context(), bound, daybook.CostQuery{By: []string{daybook.CostByAgent}})
	if err != nil || len(empty.Groups) != 0 || empty.Total != (daybook.Spent{}) {
		t.Errorf("of an empty ledger: %+v, %v", empty, err)
	}
}

// A call that failed before it took any tokens has no cost that is unknown.
func TestCostOfNoTokensIsNotUnknown(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	b.add(daybook.Conversation{AgentPosition: "CFO", StartedAt: noon, InputTokens: new(int64(0)), OutputTokens: new(int64(0))})
	b.add(daybook.Conversation{AgentPosition: "CFO", StartedAt: noon, TotalTokens: new(int64(1))})
	got, err := b.reader().Cost(t.Context(), anyone, daybook.CostQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Total.Calls != 2 || got.Total.UnknownCalls != 1 {
		t.Errorf("%d calls, of which %d are unknown; want 2 and 1", got.Total.Calls, got.Total.UnknownCalls)
	}
}

// Whoever writes absurd costs makes the sum absurd, but takes nobody the answer.
func TestCostIsNeverInfinite(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, agent := range []string{"CFO", "CFO", "CEO"} {
		b.add(daybook.Conversation{AgentPosition: agent, StartedAt: noon, CostUSD: new(math.MaxFloat64)})
	}
	got, err := b.reader().Cost(t.Context(), anyone, daybook.CostQuery{By: []string{daybook.CostByAgent}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(got); err != nil {
		t.Error(err)
	}
	if got.Total.CostUSD != math.MaxFloat64 || got.Groups[0].CostUSD != math.MaxFloat64 {
		t.Errorf("in all %v, of an agent %v", got.Total.CostUSD, got.Groups[0].CostUSD)
	}
}

// A thousand times a tenth is a hundred, whatever floats make of it.
func TestCostEndsInNoDigitsOfItsOwn(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for range 1000 {
		b.add(daybook.Conversation{AgentPosition: "CFO", StartedAt: noon, CostUSD: new(1000.1)})
	}
	got, err := b.reader().Cost(t.Context(), anyone, daybook.CostQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Total.CostUSD != 1000100 {
		t.Errorf("got %v", got.Total.CostUSD)
	}
}
