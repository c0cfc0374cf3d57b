package mcp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// Edges of a walk that are told.
const (
	usualEdges = 60
	mostEdges  = 500
)

const nodeHint = "schema.name or schema.name.column."

func lineageQuestion() tool {
	return asking("lineage", "Where data comes from and goes",
		"Walks the current flows of data from a table or column: upstream to what it is made of, downstream to what is made of it, before you change it.",
		[]parameter{
			neededText("node", nodeHint),
			{name: "direction", schema: schema{"type": "string", "enum": []string{string(daybook.Upstream), string(daybook.Downstream), string(daybook.Both)}, "default": string(daybook.Upstream)}},
			{name: "depth", schema: schema{"type": "integer", "minimum": 1, "maximum": daybook.MaxDepth, "default": daybook.DefaultDepth, "description": "How many flows far."}},
			{name: "columns", schema: schema{"type": "boolean", "description": "Walk columns instead of tables."}},
			asOfParameter, limitParameter(usualEdges, mostEdges), detailParameter,
		},
		object(schema{
			"node": aText, "direction": aText, "more": aTruth, "nodes": aNumber,
			"edges": schema{"type": "array", "items": anObject, "description": "The nearest first: source, target, relationship_type, origin and depth."},
		}), tellLineage)
}

// tellLineage walks.
func tellLineage(ctx context.Context, c *call) (*answer, error) {
	q, err := c.walk()
	if err != nil {
		return nil, err
	}
	e, err := c.extent(usualEdges, mostEdges)
	if err != nil {
		return nil, err
	}
	graph, err := c.Reader.Lineage(ctx, c.principal, q)
	if err != nil {
		return nil, err
	}
	return tellGraph(graph, e), nil
}

func (c *call) walk() (q daybook.LineageQuery, err error) {
	if q.Node, err = c.arguments.needed("node", "gold.us_corn_balance_sheet"); err != nil {
		return q, err
	}
	way, err := c.arguments.word("direction", string(daybook.Upstream), string(daybook.Downstream), string(daybook.Both))
	if err != nil {
		return q, err
	}
	q.Direction = daybook.Direction(way)
	if q.Depth, err = c.arguments.count("depth", daybook.DefaultDepth, daybook.MaxDepth); err != nil {
		return q, err
	}
	if q.Columns, err = c.arguments.truth("columns"); err != nil {
		return q, err
	}
	q.AsOf, err = c.arguments.since("as_of")
	return q, err
}

// A flow is an edge in brief.
type flow struct {
	Source           string `json:"source"`
	Target           string `json:"target"`
	RelationshipType string `json:"relationship_type"`
	Origin           string `json:"origin"`
	Depth            int    `json:"depth"`
}

// tellGraph tells the edges, the nearest first.
func tellGraph(g *daybook.Graph, e extent) *answer {
	depth := map[string]int{}
	for _, n := range g.Nodes {
		depth[n.Node] = n.Depth
	}
	far := func(e *daybook.GraphEdge) int { return max(depth[e.Source], depth[e.Target]) }
	edges := slices.Clone(g.Edges)
	slices.SortStableFunc(edges, func(a, b daybook.GraphEdge) int { return cmp.Compare(far(&a), far(&b)) })
	all := len(edges)
	edges = edges[:min(all, e.limit)]
	told := tellAll(len(edges), func(i int) json.RawMessage {
		v := &edges[i]
		if e.full {
			return shorter(v)
		}
		return marshal(flow{v.Source, v.Target, v.RelationshipType, v.Origin, far(v)})
	})
	n := len(told)
	return &answer{
		text: graphText(g, edges[:n], all),
		structured: map[string]any{
			"node": g.Root, "direction": g.Direction, "nodes": len(g.Nodes), "more": n < all, "edges": told,
		},
	}
}

// shorter is an edge with all that a walk knows of it.
func shorter(v *daybook.GraphEdge) json.RawMessage {
	fewer := *v
	fewer.Description = cut(v.Description, briefText)
	return marshal(&fewer)
}

func graphText(g *daybook.Graph, edges []daybook.GraphEdge, all int) string {
	var b strings.Builder
	switch {
	case all == 0:
		fmt.Fprintf(&b, "No flow of data is current %s of %s.", g.Direction, g.Root)
	case len(edges) < all:
		fmt.Fprintf(&b, "The nearest %d of %d flows %s of %s; ask with a smaller depth or a higher limit for others.", len(edges), all, g.Direction, g.Root)
	default:
		fmt.Fprintf(&b, "Flows of data %s of %s: %d.", g.Direction, g.Root, all)
	}
	for i := range edges {
		v := &edges[i]
		fmt.Fprintf(&b, "\n%s → %s (%s, %s)", v.Source, v.Target, v.RelationshipType, v.Origin)
	}
	return b.String()
}
