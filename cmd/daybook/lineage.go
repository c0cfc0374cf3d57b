package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage/draw"
)

type lineageCmd struct {
	Node         string   `arg:"" help:"schema.name or schema.name.column."`
	Direction    string   `help:"Which way: ${enum}." enum:"upstream,downstream,both" default:"upstream"`
	Depth        int      `help:"How many edges far." default:"5"`
	Columns      bool     `help:"Walk columns instead of tables."`
	Indirect     bool     `help:"Walk columns along what joins, filters, groups or sorts rows by them, too."`
	AsOf         string   `help:"The edges that were current then." placeholder:"T"`
	Origin       []string `help:"Only along edges of these origins: EXPLICIT, PARSED, INFERRED, IMPORTED." placeholder:"O"`
	Relationship []string `help:"Only along these: COPIES, TRANSFORMS, AGGREGATES, JOINS, FILTERS, DERIVES_FROM." placeholder:"R"`
	Format       string   `help:"How the graph comes out: ${enum}." enum:"table,tree,json,csv,mermaid,dot,openlineage" default:"table"`
	Namespace    string   `help:"The namespace of OpenLineage datasets." default:"daybook" placeholder:"N"`
}

func (lineageCmd) Help() string {
	return `Walks the edges that are current, each node once, at its least depth. A walk of
tables shows one line for all edges from one table to another, with the
relationship that tells most.

Examples:
  daybook lineage gold.us_corn_balance_sheet
  daybook lineage bronze.wasde_cell --direction downstream --depth 3
  daybook lineage gold.us_corn_balance_sheet.ending_stocks --columns --format tree
  daybook lineage gold.us_corn_balance_sheet --columns --indirect --origin PARSED
  daybook lineage silver.observation --direction both --as-of 2026-01-31
  daybook lineage gold.us_corn_balance_sheet --format mermaid > lineage.mmd
  daybook lineage gold.us_corn_balance_sheet --format dot | dot -Tsvg > lineage.svg
  daybook lineage gold.us_corn_balance_sheet --columns --format openlineage --namespace postgres://warehouse:5432`
}

func (c *lineageCmd) Run(ctx context.Context, g *Globals) error {
	asOf, err := since(c.AsOf)
	if err != nil {
		return err
	}
	q := daybook.LineageQuery{
		Node: c.Node, Direction: daybook.Direction(c.Direction), Depth: c.Depth, Columns: c.Columns, Indirect: c.Indirect,
		AsOf: asOf, Origins: c.Origin, Relationships: c.Relationship,
	}
	return g.asking(ctx, func(b *backend) error {
		graph, err := b.Lineage(ctx, b.who, q)
		if err != nil {
			return err
		}
		return c.graph(g.out, graph)
	})
}

// graph prints a walk in the format asked for.
func (c *lineageCmd) graph(w io.Writer, graph *daybook.Graph) error {
	switch c.Format {
	case "tree":
		return draw.Tree(w, graph)
	case "mermaid":
		return draw.Mermaid(w, graph)
	case "dot":
		return draw.DOT(w, graph)
	case "openlineage":
		return draw.OpenLineage(w, graph, c.Namespace)
	}
	if c.Format == "table" && len(graph.Edges) == 0 {
		way := c.Direction
		if way == string(daybook.Both) {
			way = "upstream or downstream"
		}
		_, err := fmt.Fprintf(w, "%s: no edges %s of it are current\n", plainLine(graph.Root), way)
		return err
	}
	return Format{c.Format}.rows(w, c.table(graph), func() ([]byte, error) { return json.MarshalIndent(graph, "", "  ") })
}

// table has a row an edge with the depth of its far end, the nearest first.
func (c *lineageCmd) table(graph *daybook.Graph) *daybook.Table {
	depth := map[string]int{}
	for _, n := range graph.Nodes {
		depth[n.Node] = n.Depth
	}
	far := func(e *daybook.GraphEdge) int {
		switch graph.Direction {
		case daybook.Upstream:
			return depth[e.Source]
		case daybook.Downstream:
			return depth[e.Target]
		}
		return max(depth[e.Source], depth[e.Target])
	}
	edges := slices.Clone(graph.Edges)
	slices.SortStableFunc(edges, func(a, b daybook.GraphEdge) int { return cmp.Compare(far(&a), far(&b)) })
	t := &daybook.Table{Columns: []string{"depth", "source", "relationship_type", "target", "origin", "session_id", "edges"}}
	if c.Columns {
		t.Columns = []string{"depth", "source", "relationship_type", "target", "origin", "session_id", "subtype", "resolution"}
	}
	for i := range edges {
		e := &edges[i]
		row := []any{far(e), e.Source, e.RelationshipType, e.Target, e.Origin, e.SessionID}
		if c.Columns {
			row = append(row, e.Subtype, e.Resolution)
		} else {
			row = append(row, e.Count)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
