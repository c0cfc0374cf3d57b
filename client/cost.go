package client

import (
	"context"
	"net/url"
	"strings"

	"github.com/daybook-audit/daybook"
)

// Cost tells what agents spent, in groups by any of [daybook.CostDimensions]:
//
//	spent, err := book.Cost(ctx, daybook.CostQuery{By: []string{daybook.CostByAgent}, Since: monday})
func (c *Client) Cost(ctx context.Context, q daybook.CostQuery) (*daybook.Cost, error) {
	coster, ok := c.Reader.(daybook.Coster)
	if !ok {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "this ledger does not add up costs",
			Hint: "ask in SQL, by the views conversations, mcp_usage_logs and action_logs",
		}
	}
	return coster.Cost(ctx, c.Principal, q)
}

// Cost implements [daybook.Coster].
func (r *Remote) Cost(ctx context.Context, _ daybook.Principal, q daybook.CostQuery) (*daybook.Cost, error) {
	values := url.Values{}
	if len(q.By) > 0 {
		values.Set("by", strings.Join(q.By, ","))
	}
	setTime(values, "since", q.Since)
	setTime(values, "until", q.Until)
	if q.Business != "" {
		values.Set("business_id", q.Business)
	}
	setCount(values, "limit", q.Limit)
	var cost daybook.Cost
	if err := r.ask(ctx, "/v1/cost", values, &cost); err != nil {
		return nil, err
	}
	return &cost, nil
}
