package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/lineage"
)

type exportCmd struct {
	Kind   string `help:"Only entries of this kind." placeholder:"KIND"`
	Since  string `help:"Only entries logged since: a time, a date, or how long ago, such as 7d." placeholder:"T"`
	Output string `short:"o" help:"Write to a file, whole or not at all." placeholder:"FILE"`
}

func (exportCmd) Help() string {
	return `Every revision of every entry, in ledger order. To check one without Daybook, in
Python: pop log_hash and seq from it, and compare
sha256(json.dumps(entry, sort_keys=True)) with the log_hash.

Examples:
  daybook export > ledger.ndjson
  daybook export --kind decision_logs --since 2026-01-01 | jq .decision_summary`
}

func (c *exportCmd) Run(ctx context.Context, g *Globals) error {
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
