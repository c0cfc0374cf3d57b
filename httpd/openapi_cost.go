package httpd

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

func costCall() call {
	words := strings.Join(daybook.CostDimensions(), "|")
	until := since("Began before.", "2026-02-01")
	until["name"] = "until"
	return call{
		path: "/v1/cost", id: "getCost", tag: "questions",
		says: "Counts the current state of every conversation, MCP call, and action that has a cost, once each: of a call that was logged both as an action and " +
			"as an MCP call, the latter. Costs come from clients, or are computed from tokens; what took tokens and has no cost is counted as unknown.",
		parameters: []any{
			inQuery("by", "What costs are told apart by: "+strings.Join(daybook.CostDimensions(), ", ")+", several with commas between, none twice; the total alone where it is left out.",
				object{"type": "string", "pattern": "^(" + words + ")(,(" + words + "))*$"}, object{"example": "agent,model"}),
			since("Began at or after.", "2026-01-01"), until,
			inQuery("business_id", "Only of this business.", aString, nil),
			limitOf(daybook.MaxCostGroups, daybook.DefaultCostGroups), component("parameters", "RequestId"),
		},
		answers: answerJSON("What was spent.", schema("Cost")), refusals: badQuery,
	}
}

func costSchema() object {
	group := of("What was spent by one combination of values.", spentMembers(), nil)
	properties := group["properties"].(object)
	for name, says := range map[string]string{
		daybook.CostByAgent: "The agent.", daybook.CostByModel: "The model, as the conversations name it.", daybook.CostByProvider: "Who served the model.",
		daybook.CostByBusiness: "The business.", daybook.CostByDay: "The day, in UTC.", daybook.CostByServer: "The MCP server.", daybook.CostByKind: "The kind of the entries.",
	} {
		properties[name] = text(says + " Absent where it was not asked for, and where the entries have none.")
	}
	return of("What agents spent.", object{
		"by":       names("What the groups are told apart by."),
		"groups":   arrayOf(group, "By day first in the order of the days, else the dearest first."),
		"left_out": count("Groups beyond the limit; the total has them."),
		"total":    of("Of all groups.", spentMembers(), nil),
	}, nil)
}

func spentMembers() object {
	return object{
		"calls": count("Conversations, MCP calls, and actions with a cost."), "input_tokens": count("Of conversations, cached ones included."),
		"output_tokens": count("Of conversations, reasoning included."), "cache_read_tokens": count("Of the input."), "cache_write_tokens": count("Of the input."),
		"reasoning_tokens": count("Of the output."), "tool_tokens": count("Tokens of MCP calls, which do not say of which model or which way."),
		"cost_usd": dollars("In all."), "computed_usd": dollars("Of it, computed from tokens."), "given_usd": dollars("Of it, as clients said."),
		"computed_calls": count("Calls with a computed cost."), "given_calls": count("Calls with a cost that a client gave."),
		"unknown_calls": count("Calls that took tokens and have no cost."),
	}
}
