package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

type proveCmd struct {
	LogID    string `arg:"" optional:"" name:"log_id" help:"The entry, as its receipt names it."`
	Entry    bool   `name:"with-entry" help:"Put the entry itself in: this reads it, and is logged."`
	Receipts string `help:"Prove every receipt in this file, as the server answered them, instead." placeholder:"FILE"`
	Output   string `short:"o" help:"Write to a file; with --receipts, into a directory." placeholder:"PATH"`
}

func (proveCmd) Help() string {
	return `The proof holds the entry's digests (kind, log_id, times and log_hash), its place in
the tree, and the signed checkpoint; with --with-entry all that the entry says, too.
Whoever has it and the ledger's public key needs nothing else to check it.

Examples:
  daybook prove 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01 -o decision.tlog-proof
  daybook verify --proof decision.tlog-proof --public-key daybook.db.pub
  daybook prove 0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01 --with-entry -o shown.tlog-proof
  daybook prove --receipts answer.json -o proofs
  daybook verify --receipts answer.json --proof proofs --public-key daybook.db.pub`
}

func (c *proveCmd) Run(ctx context.Context, g *Globals) error {
	switch {
	case (c.LogID == "") == (c.Receipts == ""):
		return usagef("name an entry by its log_id, or a file of receipts with --receipts")
	case c.Receipts != "" && c.Output == "":
		return usagef("--receipts makes a proof of each: name the directory for them with --output")
	case c.Receipts != "":
		return c.all(ctx, g)
	}
	id, err := (&daybook.Column{Type: daybook.TypeUUID}).ParseText(c.LogID)
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		proof, err := c.prove(ctx, b, id.Text())
		if err != nil {
			return err
		}
		write := func(w io.Writer) error {
			_, err := io.WriteString(w, proof)
			return err
		}
		if c.Output == "" {
			return write(g.out)
		}
		return whole(c.Output, write)
	})
}

func (c *proveCmd) prove(ctx context.Context, b *backend, logID string) (string, error) {
	sdk := client.Over(b.Recorder, b.Reader, b.Prover, b.who)
	if c.Entry {
		return sdk.ProveEntry(ctx, logID)
	}
	return sdk.Prove(ctx, logID)
}

// proofSuffix is what C2SP tlog-proof wants files to end in.
const proofSuffix = ".tlog-proof"

// all proves every receipt, each into a file named by its log_id.
func (c *proveCmd) all(ctx context.Context, g *Globals) error {
	receipts, err := readReceipts(c.Receipts)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Output, 0o755); err != nil {
		return err
	}
	bar := progress(g.err, "proving")
	defer bar.finish()
	return g.asking(ctx, func(b *backend) error {
		for i, r := range receipts {
			// It names a file, so it has to be what it says it is.
			id, err := (&daybook.Column{Type: daybook.TypeUUID}).ParseText(r.LogID)
			if err != nil {
				return fmt.Errorf("receipt %d: log_id: %w", i+1, err)
			}
			proof, err := c.prove(ctx, b, id.Text())
			if err != nil {
				return fmt.Errorf("receipt %d: %w", i+1, err)
			}
			err = whole(filepath.Join(c.Output, id.Text()+proofSuffix), func(w io.Writer) error {
				_, err := io.WriteString(w, proof)
				return err
			})
			if err != nil {
				return err
			}
			bar.set(int64(i+1), int64(len(receipts)))
		}
		return nil
	})
}

func readReceipts(path string) ([]daybook.Receipt, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	receipts, err := client.ParseReceipts(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return receipts, nil
}
