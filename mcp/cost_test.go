package mcp_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp"
)

// purse is a reader that adds up, and keeps what it was asked.
type purse struct {
	daybook.Reader
	asked  *daybook.CostQuery
	groups int
}

func (p purse) Cost(_ context.Context, _ daybook.Principal, q daybook.CostQuery) (*daybook.Cost, error) {
	*p.asked = q
	c := &daybook.Cost{By: q.By, Left: 3}
	for i := range p.groups {
		c.Groups = append(c.Groups, daybook.CostGroup{Agent: fmt.Sprint("agent", i), Model: "m", Spent: daybook.Spent{Calls: 2, InputTokens: 10, CostUSD: 0.5, UnknownCalls: 1}})
	}
	c.Total = daybook.Spent{Calls: 9, CostUSD: 4.5, OutputTokens: 7}
	return c, nil
}

// TestCost tells groups and total, and leaves out what is nothing.
func TestCost(t *testing.T) {
	t.Parallel()
	var asked daybook.CostQuery
	b := &book{Server: mcp.New(mcp.Config{Reader: purse{asked: &asked, groups: 2}, Logger: slog.New(slog.DiscardHandler)})}
	c := schemasOf(t, overHTTP(t, b, "2025-11-25"))
	structured, text := c.call("cost", map[string]any{"by": []string{"agent", "model"}, "since": "2026-01-01", "until": "2026-02-01", "limit": 2})
	says(t, text, "In all 4.5000 USD, 9 calls, 0 tokens in, 7 out\nagent0 · m: 0.5000 USD, 2 calls, 10 tokens in, 0 out; 1 calls have no known cost\n", "3 more groups are not shown: raise limit")
	want := `map[groups:[map[agent:agent0 calls:2 cost_usd:0.5 input_tokens:10 model:m unknown_calls:1] map[agent:agent1 calls:2 cost_usd:0.5 input_tokens:10 model:m unknown_calls:1]] left_out:3 total:map[calls:9 cost_usd:4.5 output_tokens:7]]`
	if fmt.Sprint(structured) != want {
		t.Errorf("got  %v\nwant %s", structured, want)
	}
	january := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := fmt.Sprint(asked.By, asked.Since.Equal(january), asked.Until.Equal(january.AddDate(0, 1, 0)), asked.Limit); got != "[agent model] true true 2" {
		t.Errorf("it asked %s", got)
	}
	b.post(t, daybook.Local, "/mcp", calling("cost", `{"by": "day, agent"}`))
	if got := strings.Join(asked.By, "+"); got != "day+agent" {
		t.Errorf("of one text it asked by %s", got)
	}
	many := &book{Server: mcp.New(mcp.Config{Reader: purse{asked: &asked, groups: 2000}, Logger: slog.New(slog.DiscardHandler)})}
	_, text = overHTTP(t, many, "2025-11-25").call("cost", map[string]any{"by": []string{"agent"}})
	if !strings.Contains(text, "more groups are not shown") || len(text) > 60_000 {
		t.Errorf("of many groups it tells %d bytes", len(text))
	}
}
