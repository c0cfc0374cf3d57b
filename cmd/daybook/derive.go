package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/sqllineage"
)

type deriveCmd struct {
	Session string `help:"Change the edges of this session alone." placeholder:"ID"`
	DryRun  bool   `help:"Tell what would change, and write nothing."`
	Format
}

func (deriveCmd) Help() string {
	return `Reads the SQL of every operation in the ledger again, with the extractor of this
daybook, and brings the lineage that follows from it up to date: what it finds now is
added, what it no longer finds ends. Run it after an upgrade whose extractor reads
more, or where the dialect was set wrong (--sql-dialect). What was declared or
imported stays, and so does what failed sessions logged. Nothing is rewritten: an
edge that ends says so in a revision of its own. A second run changes nothing. It
wants a token of role admin.

Examples:
  daybook derive --dry-run
  daybook --sql-dialect bigquery derive
  daybook derive --session 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01 --format json`
}

func (c *deriveCmd) Run(ctx context.Context, g *Globals) error {
	if g.SQLDialect == local.NoLineage {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the dialect none derives nothing",
			Hint: "name the dialect of the SQL with --sql-dialect",
		}
	}
	dialect, _ := sqllineage.ParseDialect(string(g.SQLDialect))
	bar := progress(g.err, "deriving")
	return g.asking(ctx, func(b *backend) error {
		again := intake.Again{
			Exporter: b.Reader, Recorder: b.Recorder, Session: c.Session, Progress: func(entries int64) { bar.set(entries, 0) },
			Deriver: intake.NewDeriver(intake.Derivation{Dialect: dialect, Logger: g.logger}),
		}
		plan, err := again.Plan(ctx, b.who)
		bar.finish()
		if err != nil {
			return err
		}
		if !c.DryRun {
			if err := again.Apply(ctx, b.who, plan); err != nil {
				return fmt.Errorf("%w (%d of %d changes were written; run it again to go on)", err, plan.Entries, len(plan.Changes))
			}
		}
		return c.show(g, plan)
	})
}

// show prints the changes, and what they come to.
func (c *deriveCmd) show(g *Globals, plan *intake.Rederived) error {
	t := &daybook.Table{Columns: []string{"change", "source", "relationship_type", "target", "session_id"}}
	for _, e := range plan.Changes {
		t.Rows = append(t.Rows, []any{e.Change, e.Source, e.Relationship, e.Target, e.Session})
	}
	if c.Format.Format != "table" {
		return c.rows(g.out, t, func() ([]byte, error) { return json.MarshalIndent(plan, "", "  ") })
	}
	if len(t.Rows) > 0 {
		if err := writeTable(g.out, t); err != nil {
			return err
		}
	}
	written := fmt.Sprintf("%d entries written", plan.Entries)
	if c.DryRun {
		written = "nothing was written"
	}
	_, err := fmt.Fprintf(g.out, "%d completed sessions, %d operations with SQL (%d not wholly understood), read by %s\n%d edges stand, %d changes, %s\n",
		plan.Sessions, plan.Operations, plan.Unread, plan.Extractor, plan.Standing, len(plan.Changes), written)
	return err
}
