package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook/lineage"
)

type diffCmd struct {
	A      string `arg:"" name:"session_a" help:"The session that was, or the one to compare with the run before it."`
	B      string `arg:"" optional:"" name:"session_b" help:"The session that is now."`
	Full   bool   `help:"Show all edges, all lines of SQL, and what is the same."`
	Format string `help:"How the answer comes out: ${enum}." enum:"text,json" default:"text"`
}

func (diffCmd) Help() string {
	return `Compares two runs of a job: the tables they read and what these held then, their operations with their
SQL, columns, rows and time, their artifacts, edges, warnings and cost. Operations are paired by
their SQL, their output and their place. SQL that differs in literals alone is said to. With one
session, the run before it is the completed session of the same agent, type and purpose.

Examples:
  daybook diff 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0001 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002
  daybook diff 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002 --full
  daybook diff 0190f3c2-7b1e-7a40-8c11-3a5d2f6e0002 --format json`
}

func (c *diffCmd) Run(ctx context.Context, g *Globals) error {
	return g.asking(ctx, func(b *backend) error {
		from, to := c.A, c.B
		if to == "" {
			var err error
			if from, err = lineage.PreviousRun(ctx, b, b.who, c.A); err != nil {
				return err
			}
			to = c.A
		}
		d, err := lineage.Diff(ctx, b, b.who, from, to)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			text, err := json.MarshalIndent(d, "", "  ")
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(g.out, "%s\n", text)
			return err
		}
		story := &diffStory{page: page{colour: colourful(g), full: c.Full}, diff: d}
		story.tell()
		return story.print(g.out)
	})
}
