package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
)

type whyCmd struct {
	Node   string `arg:"" help:"schema.name or schema.name.column."`
	Depth  int    `help:"How many edges far." default:"5"`
	AsOf   string `help:"As the ledger told it then: a time, a date, or how long ago." placeholder:"T"`
	Limit  int    `help:"Entries of one list at the most."`
	Brief  bool   `help:"Show the first lines, and a line for each table." xor:"length"`
	Full   bool   `help:"Show all lines of SQL and text." xor:"length"`
	Format string `help:"How the answer comes out: ${enum}." enum:"text,json" default:"text"`
}

func (whyCmd) Help() string {
	return `Tells how a table, or a column of one, came to hold what it holds: table by table from it to its
sources, which SQL made each, in which session of which agent, the conversation with its thinking,
the decisions with their options and reviews, actions, calls, rows, verdicts and cost. Each entry
is held against the tree: the exit code is 1 if one of them is not what was hashed and signed.

Examples:
  daybook why gold.us_corn_balance_sheet
  daybook why gold.us_corn_balance_sheet.ending_stocks --brief
  daybook why gold.us_corn_balance_sheet.ending_stocks --depth 2
  daybook why gold.us_corn_balance_sheet --as-of 7d --limit 5 --full
  daybook why gold.us_corn_balance_sheet --format json`
}

func (c *whyCmd) Run(ctx context.Context, g *Globals) error {
	asOf, err := since(c.AsOf)
	if err != nil {
		return err
	}
	q := daybook.WhyQuery{Node: c.Node, Depth: c.Depth, AsOf: asOf, Limit: c.Limit}
	return g.asking(ctx, func(b *backend) error {
		why, err := b.Why(ctx, b.who, q)
		if err != nil {
			return err
		}
		if err := c.print(g, why); err != nil {
			return err
		}
		return damaged(why)
	})
}

func (c *whyCmd) print(g *Globals, why *daybook.Why) error {
	if c.Format == "json" {
		text, err := json.MarshalIndent(why, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.out, "%s\n", text)
		return err
	}
	story := newWhyStory(why, colourful(g), c.Full)
	if c.Brief {
		story.brief()
	} else {
		story.tell()
	}
	return story.print(g.out)
}

// damaged is the error for an answer that rests on entries which are not what
// they were.
func damaged(why *daybook.Why) error {
	bad := why.Totals.Unreadable > 0
	for v := range why.All() {
		bad = bad || v.Standing == daybook.StandingDamaged
	}
	if !bad {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeDamaged, Message: "not all that this rests on is what was hashed and signed",
		Hint: "run daybook verify where the store is, to see all that is wrong, and how",
	}
}
