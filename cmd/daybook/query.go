package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/daybook-audit/daybook"
)

type queryCmd struct {
	SQL string `arg:"" optional:"" help:"One SELECT; standard input is read where it is left out or -."`
	Format
	MaxRows int           `help:"Rows at the most, up to 1000000." default:"10000"`
	Timeout time.Duration `help:"Time at the most." default:"30s"`
}

func (queryCmd) Help() string {
	return `Every kind is a view of its current state: audit.conversations,
audit.transformation_session and so on; daybook schema lists them. Nothing but
one SELECT is let through. On SQLite, = ANY(array), INTERVAL and NOW() work as in
PostgreSQL.

Examples:
  daybook query "SELECT agent_position, SUM(cost_usd) AS cost FROM audit.conversations GROUP BY 1"
  daybook query --format json "SELECT * FROM audit.decision_logs WHERE requires_human_review AND human_reviewed IS NULL"
  daybook query < question.sql`
}

// Validate refuses limits that no query can have.
func (c *queryCmd) Validate() error {
	if c.MaxRows < 1 || c.MaxRows > daybook.MaxSQLRows {
		return fmt.Errorf("--max-rows must be from 1 to %d", daybook.MaxSQLRows)
	}
	if c.Timeout <= 0 {
		return fmt.Errorf("--timeout must be more than nothing")
	}
	return nil
}

func (c *queryCmd) Run(ctx context.Context, g *Globals) error {
	text := c.SQL
	if text == "" || text == "-" {
		all, err := io.ReadAll(g.in)
		if err != nil {
			return err
		}
		text = string(all)
	}
	return g.asking(ctx, func(b *backend) error {
		t, err := b.SQL(ctx, b.who, daybook.SQLQuery{Text: text, MaxRows: c.MaxRows, Timeout: c.Timeout})
		if err != nil {
			return err
		}
		if t.Truncated {
			fmt.Fprintf(g.err, "daybook: there are more rows than these %d; raise --max-rows or narrow the question\n", len(t.Rows))
		}
		return c.rows(g.out, t, t.MarshalRows)
	})
}
