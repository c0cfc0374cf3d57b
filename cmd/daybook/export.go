package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/tiledir"
)

type exportCmd struct {
	Kind   string `help:"Only entries of this kind." placeholder:"KIND"`
	Since  string `help:"Only entries logged since: a time, a date, or how long ago, such as 7d." placeholder:"T"`
	Output string `short:"o" help:"Write to a file, whole or not at all." placeholder:"FILE"`
	Tiles  string `help:"Write the tree instead, as files that never change, into a directory; what is there already stays." placeholder:"DIR"`
}

func (exportCmd) Help() string {
	return `Every revision of every entry, in ledger order. To check one without Daybook, in
Python: pop log_hash and seq from it, and compare
sha256(json.dumps(entry, sort_keys=True)) with the log_hash.

With --tiles it brings a directory up to the newest checkpoint: the signed
checkpoint, the hashes of the tree and its leaves, which are digests and no body, in
the layout of https://c2sp.org/tlog-tiles. Any web server can give it out, and tools
that are not ours check it. An interrupted run goes on where it was.

Examples:
  daybook export > ledger.ndjson
  daybook export --kind decision_logs --since 2026-01-01 | jq .decision_summary
  daybook export --tiles /var/www/ledger`
}

func (c *exportCmd) Run(ctx context.Context, g *Globals) error {
	if c.Tiles != "" {
		return c.tiles(ctx, g)
	}
	q, err := c.query()
	if err != nil {
		return err
	}
	return g.asking(ctx, func(b *backend) error {
		if c.Output == "" {
			return export(ctx, b, q, g.out)
		}
		return whole(c.Output, func(w io.Writer) error { return export(ctx, b, q, w) })
	})
}

func (c *exportCmd) query() (daybook.ExportQuery, error) {
	var q daybook.ExportQuery
	var err error
	if c.Kind != "" {
		if q.Kind, err = daybook.KindNamed(c.Kind); err != nil {
			return q, err
		}
	}
	q.Since, err = since(c.Since)
	return q, err
}

func since(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return lineage.ParseSince(s, time.Now())
}

// tiles brings a directory of tiles up to the newest checkpoint.
func (c *exportCmd) tiles(ctx context.Context, g *Globals) error {
	if c.Kind != "" || c.Since != "" || c.Output != "" {
		return usagef("--tiles writes the whole tree into its directory: leave --kind, --since and --output out")
	}
	o := tiledir.Options{}
	if g.Public != "" {
		var err error
		if o.Public, err = readPublic(g.Public); err != nil {
			return err
		}
	}
	bar := progress(g.err, "writing tiles")
	o.Progress = bar.set
	return g.asking(ctx, func(b *backend) error {
		report, err := tiledir.Write(ctx, c.Tiles, b, o)
		bar.finish()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.out, "%s holds the tree of %s over %d entries; %d files were written\n",
			c.Tiles, report.Checkpoint.Origin, report.Checkpoint.Size, report.Files)
		return err
	})
}

func export(ctx context.Context, b *backend, q daybook.ExportQuery, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	err := b.Export(ctx, b.who, q, func(e *daybook.Entry) error {
		line = append(e.AppendExport(line[:0]), '\n')
		_, err := out.Write(line)
		return err
	})
	return errors.Join(err, out.Flush())
}

// whole writes a file beside its place and moves it there when it is whole.
func whole(path string, fill func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".daybook-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
