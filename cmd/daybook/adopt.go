package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/postgres"
)

// adopt takes the rows of tables that are the user's own into the ledger, or
// says how they would be read.
func (c *migrateCmd) adopt(ctx context.Context, g *Globals, url string) (err error) {
	out := g.out
	if c.As != "table" { // whoever reads that does not expect prose
		out = g.err
	}
	from, err := postgres.OpenAdoption(ctx, url, postgres.MigrateOptions{SchemaPrefix: g.SchemaPrefix})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close(ctx)) }()
	if len(from.Tables) == 0 {
		_, err := fmt.Fprintf(out, "there is nothing to adopt: the schema audit of %s has no table ingest_run or validation_status of your own\n", from.Place)
		return err
	}
	for _, t := range from.Tables {
		if err := tellAdoption(out, from, t); err != nil {
			return err
		}
	}
	if c.DryRun {
		return nil
	}
	l, err := g.local(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	for _, t := range from.Tables {
		progress := newCounter(g.err, "adopting "+t.Name)
		came, err := l.Adopt(ctx, from, t, func(done int64) { progress.set(done, max(t.Count, done)) })
		progress.finish()
		if err == nil || came.Taken > 0 {
			err = errors.Join(err, tellAdopted(out, came))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tellAdoption says how a table is read.
func tellAdoption(w io.Writer, from *postgres.Adoption, t *postgres.AdoptedTable) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is read as %s", t.Name, t.Kind.Name)
	if len(t.Key) > 0 {
		fmt.Fprintf(&b, ", its rows are recognized by %s\n", strings.Join(t.Key, ", "))
	} else {
		b.WriteString("; it has no key, so equal rows are one entry\n")
	}
	var rest []string
	zone := false
	for _, c := range t.Columns {
		if c.Field == "" {
			rest = append(rest, c.Name)
			continue
		}
		fmt.Fprintf(&b, "  %-20s is %s\n", c.Name, c.Field)
		zone = zone || c.Type == "timestamp without time zone" || c.Type == "date"
	}
	if len(rest) > 0 {
		place := "metadata"
		if t.Kind.Name == "validation_status" {
			place = "issues"
		}
		fmt.Fprintf(&b, "  %s: no field of their own, kept in %s\n", strings.Join(rest, ", "), place)
	}
	if zone {
		fmt.Fprintf(&b, "  times without a zone are taken to be in %s, as the database has it\n", from.Zone)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tellAdopted says what came of it.
func tellAdopted(w io.Writer, a *local.Adopted) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d taken, %d amended, %d there already, %d refused\n", a.Table, a.Taken, a.Amended, a.Already, a.Refused)
	for _, r := range a.Reasons {
		fmt.Fprintf(&b, "  refused %s: %s\n", plain(r.Key), plain(r.Reason))
	}
	if more := a.Refused - int64(len(a.Reasons)); more > 0 {
		fmt.Fprintf(&b, "  and %d more\n", more)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
