package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

type costRecomputeCmd struct {
	DryRun  bool     `help:"Show the differences. There is nothing else to do: entries are never changed."`
	By      []string `help:"What to tell them apart by: agent, model, provider, business or day; several with commas between." default:"model" placeholder:"WORD"`
	Since   string   `help:"Conversations that began from then on: a time, a date, or how long ago." placeholder:"T"`
	Until   string   `help:"Conversations that began before then." placeholder:"T"`
	Details bool     `help:"Show each conversation whose cost would be another, 10,000 at the most."`
	Format
}

func (costRecomputeCmd) Help() string {
	return `Computes the costs of conversations anew, from the tokens and the prices that this daybook
knows, those of --prices before them, and shows where that comes to another cost than stands: after
an upgrade that brings other prices, or to see what prices of your own would do. Costs that clients
gave are not computed. Nothing is written.

Examples:
  daybook cost recompute --dry-run
  daybook cost recompute --dry-run --prices prices.toml --since 30d --by agent,model
  daybook cost recompute --dry-run --details --format csv`
}

func (c *costRecomputeCmd) Run(ctx context.Context, g *Globals) error {
	if !c.DryRun {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the costs of entries are never changed, because entries are never changed",
			Hint: "see with --dry-run where prices come to other costs than stand",
		}
	}
	if g.Intake.Prices == local.NoPrices {
		return &daybook.Error{Code: daybook.CodeInvalid, Message: "--prices none computes no costs", Hint: "leave it out, or name a file of prices"}
	}
	prices, err := local.ReadPrices(g.Intake.Prices)
	if err != nil {
		return err
	}
	run := intake.Repricing{Table: prices, By: c.By}
	if run.Since, err = since(c.Since); err != nil {
		return err
	}
	if run.Until, err = since(c.Until); err != nil {
		return err
	}
	bar := progress(g.err, "computing")
	run.Progress = func(n int64) { bar.set(n, 0) }
	return g.asking(ctx, func(b *backend) error {
		run.Reader = b.Reader
		found, err := run.Compare(ctx, b.who)
		bar.finish()
		if err != nil {
			return err
		}
		return c.print(g.out, found)
	})
}

func (c *costRecomputeCmd) print(w io.Writer, found *intake.Repriced) error {
	rows := repricedGroups(found)
	if c.Details {
		rows = repricedOnes(found)
	}
	if c.Format.Format != "table" {
		if !c.Details {
			found.Conversations, found.Left = nil, 0
		}
		return c.rows(w, rows, func() ([]byte, error) { return json.MarshalIndent(found, "", "  ") })
	}
	if c.Details && len(rows.Rows) > 0 {
		if err := writeTable(w, rows); err != nil {
			return err
		}
	}
	if !c.Details {
		writeRepriced(w, found)
	}
	t := &found.Total
	fmt.Fprintf(w, "by %s\n%s conversations stand at %s dollars and come to %s now: %s of them differ, by %s in all; nothing was written\n",
		found.Prices, humanize.Comma(t.Conversations), inDollars(t.Stands), inDollars(t.Now), humanize.Comma(t.Different), inDollars(t.Difference))
	if found.Left > 0 && c.Details {
		fmt.Fprintf(w, "%s more differ than are shown; ask for a shorter time\n", humanize.Comma(found.Left))
	}
	_, err := fmt.Fprintf(w, "not computed: %s with a cost that the client gave, %s whose tokens have no price\n", humanize.Comma(t.Given), humanize.Comma(t.Unknown))
	return err
}

// writeRepriced prints the groups for people.
func writeRepriced(w io.Writer, found *intake.Repriced) {
	if len(found.Groups) == 0 {
		return
	}
	var header table.Row
	for _, dimension := range found.By {
		header = append(header, dimension)
	}
	tw := newCostTable(append(header, "conversations", "different", "stands at", "now", "difference", "given", "unknown"), len(found.By))
	for i := range found.Groups {
		g := &found.Groups[i]
		var row table.Row
		for _, dimension := range found.By {
			row = append(row, orDash(plain(repricedOf(g, dimension))))
		}
		tw.AppendRow(append(row, humanize.Comma(g.Conversations), humanize.Comma(g.Different),
			inDollars(g.Stands), inDollars(g.Now), inDollars(g.Difference), humanize.Comma(g.Given), humanize.Comma(g.Unknown)))
	}
	fmt.Fprintln(w, tw.Render())
}

func repricedOf(g *intake.RepricedGroup, dimension string) string {
	of := daybook.CostGroup{Agent: g.Agent, Model: g.Model, Provider: g.Provider, Business: g.Business, Day: g.Day}
	return of.Of(dimension)
}

func repricedGroups(found *intake.Repriced) *daybook.Table {
	t := &daybook.Table{Columns: append(append([]string{}, found.By...), "conversations", "different", "stands_usd", "now_usd", "difference_usd", "given", "unknown")}
	for i := range found.Groups {
		g := &found.Groups[i]
		var row []any
		for _, dimension := range found.By {
			row = append(row, repricedOf(g, dimension))
		}
		t.Rows = append(t.Rows, append(row, g.Conversations, g.Different, g.Stands, g.Now, g.Difference, g.Given, g.Unknown))
	}
	return t
}

func repricedOnes(found *intake.Repriced) *daybook.Table {
	t := &daybook.Table{Columns: []string{"conversation_id", "started_at", "agent", "model", "stands_usd", "stands_by", "now_usd", "now_by"}}
	for _, one := range found.Conversations {
		var stands any
		if one.Stands != nil {
			stands = *one.Stands
		}
		t.Rows = append(t.Rows, []any{one.ID, one.Began, one.Agent, one.Model, stands, one.Source, one.Now, one.By})
	}
	return t
}
