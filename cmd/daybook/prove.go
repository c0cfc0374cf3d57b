package main

import (
	"context"
	"io"

	"github.com/daybook-audit/daybook"
)

type proveCmd struct {
	LogID  string `arg:"" name:"log_id" help:"The entry, as its receipt names it."`
	Output string `short:"o" help:"Write to a file." placeholder:"FILE"`
}

func (proveCmd) Help() string {
	return `The proof holds the entry, its place in the tree, and the signed checkpoint. Whoever
has it and the ledger's public key needs nothing else to check it.

Examples:
  daybook prove 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01 -o decision.tlog-proof
  daybook verify --proof decision.tlog-proof --public-key daybook.db.pub`
}

func (c *proveCmd) Run(ctx context.Context, g *Globals) error {
	id, err := (&daybook.Column{Type: daybook.TypeUUID}).ParseText(c.LogID)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		proof, err := b.Inclusion(ctx, id.Text())
		if err != nil {
			return err
		}
		write := func(w io.Writer) error {
			_, err := io.WriteString(w, proof.Proof)
			return err
		}
		if c.Output == "" {
			return write(g.out)
		}
		return whole(c.Output, write)
	})
}
