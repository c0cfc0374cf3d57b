package lineage

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// sum adds the story up. Each entry stands in it once, so nothing is counted
// twice but what was said twice: of a call that an agent logged both as an
// action and as an MCP call, the latter counts.
func (w *inquiry) sum() {
	why, t := w.why, &w.why.Totals
	t.Agents, t.Reviewers = []string{}, []string{}
	for i := range why.Hops {
		t.RowsIn = atMost(t.RowsIn, orNone(why.Hops[i].RowsIn))
		t.RowsOut = atMost(t.RowsOut, orNone(why.Hops[i].RowsOut))
	}
	for i := range why.Sessions {
		s := &why.Sessions[i]
		s.CostUSD = costOf(s.Actions, s.MCPCalls)
		t.CostUSD += s.CostUSD
	}
	for i := range why.Conversations {
		c := &why.Conversations[i]
		c.CostUSD = costOf(c.Actions, c.MCPCalls)
		if c.Conversation != nil {
			t.Conversations++
			c.CostUSD += c.Conversation.Entry.Get("cost_usd").Float()
			t.Tokens = atMost(t.Tokens, tokens(c.Conversation.Entry))
		}
		c.CostUSD = daybook.Dollars(c.CostUSD)
		t.CostUSD += c.CostUSD
		for _, d := range c.Decisions {
			t.Decided(d.Entry)
		}
	}
	t.CostUSD = daybook.Dollars(t.CostUSD)
	t.Sessions = len(why.Sessions)
	for v := range why.All() {
		t.Entries++
		if v.Standing == daybook.StandingVerified {
			t.Verified++
		}
		if agent := v.Entry.Agent(); agent != "" && !slices.Contains(t.Agents, agent) {
			t.Agents = append(t.Agents, agent)
		}
	}
	if w.crowded {
		w.gap("some entries are left out, because those that are shown make %d MB already: ask for less depth, or for one column", maxWhyBytes>>20)
	}
}

func orNone(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// costOf adds up what actions and MCP calls cost.
func costOf(actions, calls []daybook.Evidence) (sum float64) {
	for _, c := range calls {
		sum += c.Entry.Get("cost_usd").Float()
	}
	twice := sum > 0
	for _, a := range actions {
		if !twice || a.Entry.Text("action_type") != "mcp_call" {
			sum += a.Entry.Get("cost_usd").Float()
		}
	}
	return daybook.Dollars(sum)
}

func tokens(conversation *daybook.Entry) int64 {
	if total := conversation.Get("total_tokens"); total.IsSet() {
		return total.Int()
	}
	return atMost(conversation.Get("input_tokens").Int(), conversation.Get("output_tokens").Int())
}
