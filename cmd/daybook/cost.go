package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/daybook-audit/daybook"
)

type costCmd struct {
	Show      costShowCmd      `cmd:"" default:"withargs" help:"Add up what agents spent."`
	Recompute costRecomputeCmd `cmd:"" help:"Show where the prices of today come to another cost than stands."`
}

func (costCmd) Help() string {
	return `Without a word behind it, daybook cost adds up what was spent; daybook cost show --help has its flags.

Examples:
  daybook cost
  daybook cost --by agent,model --since 30d
  daybook cost --by day --format csv
  daybook cost recompute --dry-run`
}

type costShowCmd struct {
	By       []string `help:"What to tell costs apart by: agent, model, provider, business, day, server or kind; several with commas between." placeholder:"WORD"`
	Since    string   `help:"What began from then on: a time, a date, or how long ago, such as 7d." placeholder:"T"`
	Until    string   `help:"What began before then." placeholder:"T"`
	Business string   `help:"Only of this business." placeholder:"ID"`
	Limit    int      `help:"Lines at the most."`
	Format
}

func (costShowCmd) Help() string {
	return `Adds up conversations, MCP calls, and actions that have a cost, as they stand, each once: of a call
that an agent logged both as an action and as an MCP call, the latter counts. A cost is as the
client gave it, else computed from the tokens by the prices of the day; of what took tokens and has
neither, the cost is unknown. The word show may be left out.

Examples:
  daybook cost --by agent --since 7d
  daybook cost --by day,model --since 2026-01-01 --until 2026-02-01
  daybook cost show --by server --format csv`
}

func (c *costShowCmd) Run(ctx context.Context, g *Globals) error {
	q := daybook.CostQuery{By: c.By, Business: c.Business, Limit: c.Limit}
	if err := daybook.CheckCostBy(q.By); err != nil {
		return err
	}
	var err error
	if q.Since, err = since(c.Since); err != nil {
		return err
	}
	if q.Until, err = since(c.Until); err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		cost, err := b.Cost(ctx, b.who, q)
		if err != nil {
			return err
		}
		return c.print(g.out, cost)
	})
}

func (c *costShowCmd) print(w io.Writer, cost *daybook.Cost) error {
	if c.Format.Format == "table" {
		return writeCost(w, cost)
	}
	return c.rows(w, costRows(cost), func() ([]byte, error) { return json.MarshalIndent(cost, "", "  ") })
}

// costRows are the groups, or the total where it was asked for alone.
func costRows(cost *daybook.Cost) *daybook.Table {
	t := &daybook.Table{Columns: append(append([]string{}, cost.By...),
		"calls", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "tool_tokens",
		"cost_usd", "computed_usd", "given_usd", "computed_calls", "given_calls", "unknown_calls")}
	groups := cost.Groups
	if len(cost.By) == 0 {
		groups = []daybook.CostGroup{{Spent: cost.Total}}
	}
	for i := range groups {
		row := []any{}
		for _, dimension := range cost.By {
			row = append(row, groups[i].Of(dimension))
		}
		s := &groups[i].Spent
		t.Rows = append(t.Rows, append(row, s.Calls, s.InputTokens, s.OutputTokens, s.CacheReadTokens, s.CacheWriteTokens, s.ReasoningTokens, s.ToolTokens,
			s.CostUSD, s.ComputedUSD, s.GivenUSD, s.ComputedCalls, s.GivenCalls, s.UnknownCalls))
	}
	return t
}

// writeCost prints the groups for people, and the total below.
func writeCost(w io.Writer, cost *daybook.Cost) error {
	var header table.Row
	for _, dimension := range cost.By {
		header = append(header, dimension)
	}
	tw := newCostTable(append(header, "calls", "tokens in", "tokens out", "cache read", "cache write", "reasoning", "dollars", "computed", "given", "unknown"), len(cost.By))
	for i := range cost.Groups {
		var row table.Row
		for _, dimension := range cost.By {
			row = append(row, orDash(plain(cost.Groups[i].Of(dimension))))
		}
		tw.AppendRow(append(row, spentCells(&cost.Groups[i].Spent)...))
	}
	total := spentCells(&cost.Total)
	if len(cost.By) == 0 {
		tw.AppendRow(total)
	} else {
		footer := make(table.Row, len(cost.By))
		footer[0] = "total"
		for i := 1; i < len(footer); i++ {
			footer[i] = ""
		}
		tw.AppendFooter(append(footer, total...))
	}
	fmt.Fprintln(w, tw.Render())
	if cost.Left > 0 {
		fmt.Fprintf(w, "%s more lines are left out, and are in the total; see them with --limit, or --format csv\n", humanize.Comma(int64(cost.Left)))
	}
	fmt.Fprintln(w, costFoot(&cost.Total))
	return nil
}

// costFoot says how much of the dollars is known from where.
func costFoot(s *daybook.Spent) string {
	lines := []string{fmt.Sprintf("computed from tokens: %s dollars of %s; given by clients: %s dollars of %s",
		inDollars(s.ComputedUSD), counted(s.ComputedCalls, "call"), inDollars(s.GivenUSD), counted(s.GivenCalls, "call"))}
	if s.UnknownCalls > 0 {
		lines = append(lines, "unknown: the cost of "+counted(s.UnknownCalls, "call")+" that took tokens; the warnings of conversations say why")
	}
	if s.ToolTokens > 0 {
		lines = append(lines, "MCP calls took "+humanize.Comma(s.ToolTokens)+" tokens more, of which nobody said which model read or wrote them")
	}
	return strings.Join(lines, "\n")
}

func spentCells(s *daybook.Spent) table.Row {
	row := table.Row{}
	for _, n := range []int64{s.Calls, s.InputTokens, s.OutputTokens, s.CacheReadTokens, s.CacheWriteTokens, s.ReasoningTokens} {
		row = append(row, humanize.Comma(n))
	}
	return append(row, inDollars(s.CostUSD), inDollars(s.ComputedUSD), inDollars(s.GivenUSD), humanize.Comma(s.UnknownCalls))
}

// newCostTable makes a table whose first columns are words and the others
// numbers.
func newCostTable(header table.Row, words int) table.Writer {
	tw := table.NewWriter()
	tw.SetStyle(table.StyleLight)
	tw.Style().Format.Header, tw.Style().Format.Footer = text.FormatDefault, text.FormatDefault
	tw.AppendHeader(header)
	configs := make([]table.ColumnConfig, len(header))
	for i := range header {
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: widest, WidthMaxEnforcer: text.WrapSoft}
		if i >= words {
			configs[i].Align, configs[i].AlignHeader, configs[i].AlignFooter = text.AlignRight, text.AlignRight, text.AlignRight
		}
	}
	tw.SetColumnConfigs(configs)
	return tw
}

// inDollars writes dollars to the hundredth of a cent.
func inDollars(usd float64) string {
	const (
		least    = 0.0001
		greatest = 1e15 // beyond, digits tell nothing
	)
	switch {
	case usd == 0:
		return "0"
	case usd > 0 && usd < least:
		return "<0.0001"
	case usd < 0 && usd > -least:
		return ">-0.0001"
	case math.Abs(usd) >= greatest:
		return strconv.FormatFloat(usd, 'e', 4, 64)
	}
	return humanize.FormatFloat("#,###.####", usd)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}
