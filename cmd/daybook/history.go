package main

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
)

type historyCmd struct {
	Table string `arg:"" help:"The table, as it is named in source_tables and output_table, in any case."`
	Since string `help:"A time, a date, or how long ago, such as 7d." placeholder:"T"`
	Limit int    `help:"Events at the most, the newest first (default: 200)."`
	Format
}

func (historyCmd) Help() string {
	return `Sessions that read or wrote the table, their operations, artifacts, edges, data collections and
validations, the newest first. What changed later is told as what happened then: a session checked in, an
artifact superseded, an edge ended. Edges of columns are told together.

Examples:
  daybook history silver.observation
  daybook history gold.us_corn_balance_sheet --since 30d --format json
  daybook history silver.observation --limit 100000`
}

func (c *historyCmd) Run(ctx context.Context, g *Globals) error {
	from, err := since(c.Since)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		return c.tell(g, c.Limit, func(limit int, after string) ([]daybook.Event, error) {
			return b.History(ctx, b.who, daybook.HistoryQuery{Table: c.Table, Since: from, Limit: limit, After: after})
		})
	})
}

type agentCmd struct {
	ID    string `arg:"" help:"The agent: its agent_id, agent_position or source_agent."`
	Since string `help:"A time, a date, or how long ago, such as 7d." placeholder:"T"`
	Limit int    `help:"Events at the most, the newest first (default: 200)."`
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
		return c.tell(g, c.Limit, func(limit int, after string) ([]daybook.Event, error) {
			return b.Activity(ctx, b.who, daybook.ActivityQuery{Agent: c.ID, Since: from, Limit: limit, After: after})
		})
	})
}

// How many events are told where nobody says, how many come at once, and how
// many are held at the most.
const (
	usualEvents = 200
	mostEvents  = 10_000
	mostTold    = 1_000_000
)

// tell prints the newest events, part by part as ask gives them.
func (f Format) tell(g *Globals, limit int, ask func(limit int, after string) ([]daybook.Event, error)) error {
	if limit < 0 || limit > mostTold {
		e := daybook.Invalidf("/limit", "a limit of %d is out of range", limit)
		e.Hint = fmt.Sprintf("ask for 1 to %d", mostTold)
		return e
	}
	if limit == 0 {
		limit = usualEvents
	}
	var events []daybook.Event
	for after, more := "", true; more && len(events) <= limit; {
		wanted := min(limit+1-len(events), mostEvents) // one more, to see whether there is more
		part, err := ask(wanted, after)
		if err != nil {
			return err
		}
		events = append(events, part...)
		if more = len(part) == wanted; more {
			after = part[len(part)-1].Cursor()
		}
	}
	if len(events) > limit {
		events = events[:limit]
		fmt.Fprintf(g.err, "daybook: there are more events than these %d; raise --limit\n", limit)
	}
	return f.events(g.out, events)
}
