package mcp

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// Tables of a story that are told, the nearest first.
const (
	usualHops = 10
	mostHops  = 100
)

func whyTool() tool {
	return asking("why", "How data came to be what it is",
		"Tells how a table or column came to hold what it holds: table by table upstream the SQL, session and agent that made it, the decisions and reviews behind it, the cost, and whether the entries are proven. Ask this before you trust a number.",
		[]parameter{
			neededText("node", nodeHint),
			{name: "depth", schema: schema{"type": "integer", "minimum": 1, "maximum": daybook.MaxDepth, "default": daybook.DefaultDepth, "description": "How many flows far upstream."}},
			asOfParameter, limitParameter(usualHops, mostHops), detailParameter,
		},
		object(schema{
			"node":  aText,
			"more":  schema{"type": "boolean", "description": "There are more tables."},
			"hops":  schema{"type": "array", "items": anObject, "description": "The table and what it comes from, the nearest first, with what made each."},
			"talks": schema{"type": "array", "items": anObject, "description": "The conversations behind the sessions, with their decisions and thoughts."},
			"gaps":  schema{"type": "array", "items": aText, "description": "What is not on record."},
			"proof": anObject, "totals": anObject,
		}), why)
}

// why tells the story of a node.
func why(ctx context.Context, c *call) (*answer, error) {
	q, e, err := c.whyQuery()
	if err != nil {
		return nil, err
	}
	w, err := c.Reader.Why(ctx, c.principal, q)
	if err != nil {
		return nil, err
	}
	s := storyOf(w, e)
	return &answer{structured: s, text: s.text()}, nil
}

func (c *call) whyQuery() (q daybook.WhyQuery, e extent, err error) {
	if q.Node, err = c.arguments.needed("node", "gold.us_corn_balance_sheet"); err != nil {
		return q, e, err
	}
	if q.Depth, err = c.arguments.count("depth", daybook.DefaultDepth, daybook.MaxDepth); err != nil {
		return q, e, err
	}
	if q.AsOf, err = c.arguments.since("as_of"); err != nil {
		return q, e, err
	}
	e, err = c.extent(usualHops, mostHops)
	if !e.full {
		q.Limit = 5 // of each list
	}
	return q, e, err
}
