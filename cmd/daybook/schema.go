package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/postgres"
	"github.com/daybook-audit/daybook/sqlite"
)

type schemaCmd struct {
	Kind    string `arg:"" optional:"" help:"Only this kind: a table of its columns, or its JSON Schema."`
	Dialect string `help:"Whose DDL: ${enum}." enum:"sqlite,postgres" default:"sqlite"`
	As      string `name:"format" help:"ddl; markdown for the reference of all kinds; jsonschema; or openapi for every call of the server." enum:"ddl,markdown,jsonschema,openapi" default:"ddl"`
	Form    string `help:"Of which form of the kind the JSON Schema is: record, amendment or entry (default: record)." enum:",record,amendment,entry" default:"" placeholder:"FORM"`
}

func (schemaCmd) Help() string {
	return `Everything follows from one catalog of kinds: the DDL, the reference, what is
checked when a record is written, and the schemas that a server gives out.

Examples:
  daybook schema --dialect sqlite
  daybook schema --dialect postgres --schema-prefix daybook_
  daybook schema decision_logs
  daybook schema --format markdown > kinds.md
  daybook schema --format jsonschema > records.schema.json
  daybook schema --format jsonschema --form amendment decision_logs
  daybook schema --format openapi > openapi.json`
}

func (c *schemaCmd) Run(g *Globals) error {
	switch {
	case c.Form != "" && (c.As != "jsonschema" || c.Kind == ""):
		return usagef("--form is of the JSON Schema of a kind: name a kind, and give --format jsonschema")
	case c.Kind != "" && (c.As == "openapi" || c.As == "markdown"):
		return usagef("--format %s is of all kinds: leave %s out", c.As, c.Kind)
	}
	text, err := c.text(g.SchemaPrefix)
	if err != nil {
		return err
	}
	_, err = g.out.Write(text)
	return err
}

// text gives what is printed.
func (c *schemaCmd) text(prefix string) ([]byte, error) {
	switch c.As {
	case "openapi":
		return httpd.OpenAPI(versionText(), doors()...), nil
	case "markdown":
		var b bytes.Buffer
		err := daybook.Markdown(&b)
		return b.Bytes(), err
	}
	if c.Kind == "" {
		if c.As == "jsonschema" {
			return daybook.IndentJSON(daybook.RecordsSchema())
		}
		if c.Dialect == "postgres" {
			text, err := postgres.Schema(prefix)
			return []byte(text), err
		}
		return []byte(sqlite.Schema()), nil
	}
	k, err := daybook.KindNamed(c.Kind)
	if err != nil {
		return nil, err
	}
	if c.As == "jsonschema" {
		return k.SchemaText(cmp.Or(daybook.SchemaForm(c.Form), daybook.SchemaRecord))
	}
	var b bytes.Buffer
	err = describe(&b, k)
	return b.Bytes(), err
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
