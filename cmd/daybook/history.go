package main

import (
	"context"

	"github.com/daybook-audit/daybook"
)

type historyCmd struct {
	Table string `arg:"" help:"The table, as it is named in source_tables and output_table, in any case."`
	Since string `help:"A time, a date, or how long ago, such as 7d." placeholder:"T"`
	Limit int    `help:"Events at the most, the newest first."`
	Format
}

func (historyCmd) Help() string {
	return `Sessions that read or wrote the table, their operations, artifacts, edges, data collections and
validations, the newest first. What changed later is told as what happened then: a session checked in, an
artifact superseded, an edge ended. Edges of columns are told together.

Examples:
  daybook history silver.observation
  daybook history gold.us_corn_balance_sheet --since 30d --format json`
}

func (c *historyCmd) Run(ctx context.Context, g *Globals) error {
	from, err := since(c.Since)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		events, err := b.History(ctx, b.who, daybook.HistoryQuery{Table: c.Table, Since: from, Limit: c.Limit})
		if err != nil {
			return err
		}
		return c.events(g.out, events)
	})
}

type agentCmd struct {
	ID    string `arg:"" help:"The agent: its agent_id, agent_position or source_agent."`
	Since string `help:"A time, a date, or how long ago, such as 7d." placeholder:"T"`
	Limit int    `help:"Events at the most, the newest first."`
	Format
}

func (agentCmd) Help() string {
	return `Everything that names the agent, and what was done in its sessions, the newest first.

Examples:
  daybook agent wasde_transformer --since 7d
  daybook agent CFO --format csv`
}

func (c *agentCmd) Run(ctx context.Context, g *Globals) error {
	from, err := since(c.Since)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		events, err := b.Activity(ctx, b.who, daybook.ActivityQuery{Agent: c.ID, Since: from, Limit: c.Limit})
		if err != nil {
			return err
		}
		return c.events(g.out, events)
	})
}
