package client

import (
	"context"

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
