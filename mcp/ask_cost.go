package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
)

func costTool() tool {
	dimensions := schema{"type": "string", "enum": daybook.CostDimensions()}
	return asking("cost", "What was spent",
		"What agents spent on models and tools, in dollars, tokens and calls: in all, or by agent, model, day and so on.",
		[]parameter{
			{name: "by", schema: schema{"type": "array", "items": dimensions, "description": "What to tell apart, the outermost first; the total alone without it."}},
			sinceParameter, textParameter("until", "Before then."), limitParameter(usualList, mostList),
		},
		object(schema{
			"total": anObject, "left_out": schema{"type": "integer", "description": "Groups that are not shown; the total has them."},
			"groups": schema{"type": "array", "items": anObject, "description": "The dearest first, or by day: cost_usd, calls and tokens."},
		}), tellCost)
}

// tellCost adds up.
func tellCost(ctx context.Context, c *call) (*answer, error) {
	coster, ok := c.Reader.(daybook.Coster)
	if !ok {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: "this ledger does not add up costs", Hint: "ask a human to add them up in SQL"}
	}
	q, err := c.costQuery()
	if err != nil {
		return nil, err
	}
	spent, err := coster.Cost(ctx, c.principal, q)
	if err != nil {
		return nil, err
	}
	groups := tellAll(len(spent.Groups), func(i int) json.RawMessage { return spentOf(&spent.Groups[i]) })
	left := spent.Left + len(spent.Groups) - len(groups)
	return &answer{
		structured: map[string]any{"groups": groups, "total": spentOf(&spent.Total), "left_out": left},
		text:       costText(spent, spent.Groups[:len(groups)], left),
	}, nil
}

// spentOf is what was spent, without the counts that are zero.
func spentOf(v any) json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(marshal(v), &members); err != nil {
		panic("mcp: " + err.Error()) // it was an object a moment ago
	}
	for name, value := range members {
		if string(value) == "0" && name != "cost_usd" && name != "calls" {
			delete(members, name)
		}
	}
	return marshal(members)
}

func (c *call) costQuery() (q daybook.CostQuery, err error) {
	if q.By, err = c.arguments.texts("by"); err != nil {
		return q, err
	}
	if err := daybook.CheckCostBy(q.By); err != nil {
		return q, err
	}
	if q.Since, err = c.arguments.since("since"); err != nil {
		return q, err
	}
	if q.Until, err = c.arguments.since("until"); err != nil {
		return q, err
	}
	q.Limit, err = c.arguments.count("limit", usualList, mostList)
	return q, err
}

// texts gives an argument that is a list of texts, or one text with commas.
func (a arguments) texts(name string) ([]string, error) {
	raw, ok := a[name]
	if !ok {
		return nil, nil
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list, nil
	}
	text, err := a.text(name)
	if err != nil || text == "" {
		return nil, err
	}
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list, nil
}

func costText(spent *daybook.Cost, groups []daybook.CostGroup, left int) string {
	var b strings.Builder
	b.WriteString("In all " + spentText(&spent.Total))
	for i := range groups {
		var of []string
		for _, dimension := range spent.By {
			of = append(of, cmp.Or(groups[i].Of(dimension), "(none)"))
		}
		fmt.Fprintf(&b, "\n%s: %s", strings.Join(of, " · "), spentText(&groups[i].Spent))
	}
	if left > 0 {
		fmt.Fprintf(&b, "\n%d more groups are not shown: raise limit, or narrow with since.", left)
	}
	return b.String()
}

func spentText(s *daybook.Spent) string {
	text := fmt.Sprintf("%.4f USD, %d calls, %d tokens in, %d out", s.CostUSD, s.Calls, s.InputTokens, s.OutputTokens)
	if s.UnknownCalls > 0 {
		text += fmt.Sprintf("; %d calls have no known cost", s.UnknownCalls)
	}
	return text
}
