package main

import (
	"fmt"
	"io"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
)

type schemaCmd struct {
	Kind    string `arg:"" optional:"" help:"Only this kind, as a table of its columns."`
	Dialect string `help:"Whose DDL: ${enum}." enum:"sqlite" default:"sqlite"`
	As      string `name:"format" help:"ddl, or markdown for the reference of all kinds." enum:"ddl,markdown" default:"ddl"`
}

func (schemaCmd) Help() string {
	return `Everything follows from one catalog of kinds: the DDL, the reference, what is
checked when a record is written.

Examples:
  daybook schema --dialect sqlite
  daybook schema decision_logs
  daybook schema --format markdown > kinds.md`
}

func (c *schemaCmd) Run(g *Globals) error {
	switch {
	case c.Kind != "":
		k, err := daybook.KindNamed(c.Kind)
		if err != nil {
			return err
		}
		return describe(g.out, k)
	case c.As == "markdown":
		return daybook.Markdown(g.out)
	}
	_, err := io.WriteString(g.out, sqlite.Schema())
	return err
}

// describe prints a kind's columns as a table.
func describe(w io.Writer, k *daybook.Kind) error {
	fmt.Fprintf(w, "%s: %s\n", k.Name, k.Doc())
	t := &daybook.Table{Columns: []string{"column", "type", "amend", "meaning"}}
	for i := range k.Columns {
		c := &k.Columns[i]
		if c.Envelope {
			continue
		}
		t.Rows = append(t.Rows, []any{c.Name, c.Type.String(), c.Amend.String(), k.ColumnDoc(c.Name)})
	}
	return writeTable(w, t)
}
