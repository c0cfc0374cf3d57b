package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/daybook-audit/daybook/lineage"
)

type rollbackCmd struct {
	Plan rollbackPlanCmd `cmd:"" help:"What would undo a session? It is only printed."`
}

type rollbackPlanCmd struct {
	Session  string `arg:"" help:"The session."`
	Depth    int    `help:"How many edges far downstream (default: 20)."`
	Affected bool   `help:"Only the SQL of what the session touched, not of the tables upstream, which stand."`
	Full     bool   `help:"Show all lines of SQL."`
	Format   string `help:"How the plan comes out: ${enum}. sql is a script." enum:"text,json,sql" default:"text"`
}

func (rollbackPlanCmd) Help() string {
	return `Which artifacts and tables downstream a session touched, which earlier versions its artifacts took the
place of, and the recorded SQL, in order, that rebuilds them from bronze: of what the session wrote,
as the newest completed session before it did; of all else, as the newest did. It says what is
missing. It plans and prints, and executes nothing.

Examples:
  daybook rollback plan 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001
  daybook rollback plan 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001 --affected --depth 3 --full
  daybook rollback plan 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001 --format sql > rollback.sql`
}

func (c *rollbackPlanCmd) Run(ctx context.Context, g *Globals) error {
	q := lineage.RollbackQuery{Session: c.Session, Depth: c.Depth, Affected: c.Affected}
	return g.asking(ctx, func(b *backend) error {
		plan, err := lineage.RollbackPlan(ctx, b, b.who, q)
		if err != nil {
			return err
		}
		switch c.Format {
		case "json":
			text, err := json.MarshalIndent(plan, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(g.out, "%s\n", text)
			return err
		case "sql":
			_, err := io.WriteString(g.out, rollbackScript(plan, isTerminal(g)))
			return err
		}
		story := &rollbackStory{page: page{colour: colourful(g), full: c.Full}, plan: plan}
		story.tell()
		return story.print(g.out)
	})
}

func isTerminal(g *Globals) bool {
	f, ok := g.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
