package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/daybook-audit/daybook"
)

type lineageCmd struct {
	Node      string `arg:"" help:"schema.name or schema.name.column."`
	Direction string `help:"Which way: ${enum}." enum:"upstream,downstream" default:"upstream"`
	Depth     int    `help:"How many edges far." default:"5"`
	Columns   bool   `help:"Walk columns instead of tables."`
	AsOf      string `help:"The edges that were current then." placeholder:"T"`
	Format
}

func (lineageCmd) Help() string {
	return `Walks the edges that are current, each node once, at its least depth.

Examples:
  daybook lineage gold.us_corn_balance_sheet
  daybook lineage bronze.wasde_cell --direction downstream --depth 3
  daybook lineage gold.us_corn_balance_sheet.ending_stocks --columns --format json`
}

func (c *lineageCmd) Run(ctx context.Context, g *Globals) error {
	asOf, err := since(c.AsOf)
	if err != nil {
		return err
	}
	q := daybook.LineageQuery{Node: c.Node, Direction: daybook.Direction(c.Direction), Depth: c.Depth, Columns: c.Columns, AsOf: asOf}
	return g.asking(ctx, func(b *backend) error {
		graph, err := b.Lineage(ctx, b.who, q)
		if err != nil {
			return err
		}
		return c.graph(g.out, graph)
	})
}

// graph prints a walk: as a table of edges with the depth of their far end.
func (c *lineageCmd) graph(w io.Writer, graph *daybook.Graph) error {
	depth := map[string]int{}
	for _, n := range graph.Nodes {
		depth[n.Node] = n.Depth
	}
	t := &daybook.Table{Columns: []string{"depth", "source", "relationship_type", "target", "origin", "session_id"}}
	for _, e := range graph.Edges {
		far := e.Source
		if c.Direction == string(daybook.Downstream) {
			far = e.Target
		}
		t.Rows = append(t.Rows, []any{depth[far], e.Source, e.RelationshipType, e.Target, e.Origin, e.SessionID})
	}
	if c.Format.Format == "table" && len(t.Rows) == 0 {
		_, err := fmt.Fprintf(w, "%s: no edges %s of it are current\n", graph.Root, c.Direction)
		return err
	}
	return c.rows(w, t, func() ([]byte, error) { return json.MarshalIndent(graph, "", "  ") })
}
