package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/daybook-audit/daybook"
)

// Format is how rows come out.
type Format struct {
	Format string `help:"How rows come out: ${enum}." enum:"table,json,csv" default:"table"`
}

// rows prints a table of cells in the format; whole gives the same as JSON.
func (f Format) rows(w io.Writer, t *daybook.Table, whole func() ([]byte, error)) error {
	switch f.Format {
	case "json":
		b, err := whole()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", b)
		return err
	case "csv":
		return t.WriteCSV(w)
	}
	return writeTable(w, t)
}

// widest bounds a cell of a table; json and csv have all of it.
const widest = 72

func writeTable(w io.Writer, t *daybook.Table) error {
	tw := table.NewWriter()
	tw.SetStyle(table.StyleLight)
	tw.Style().Format.Header = text.FormatDefault
	header := make(table.Row, len(t.Columns))
	configs := make([]table.ColumnConfig, len(t.Columns))
	for i, name := range t.Columns {
		header[i] = name
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: widest, WidthMaxEnforcer: text.WrapSoft}
	}
	tw.AppendHeader(header)
	tw.SetColumnConfigs(configs)
	for _, row := range t.Rows {
		cells := make(table.Row, len(row))
		for i, cell := range row {
			cells[i] = plain(daybook.CellText(cell))
		}
		tw.AppendRow(cells)
	}
	_, err := fmt.Fprintln(w, tw.Render())
	return err
}

// plain keeps what agents wrote from moving the cursor, changing colours, or
// standing in another order than it was written in.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

// events prints what happened.
func (f Format) events(w io.Writer, events []daybook.Event) error {
	t := &daybook.Table{Columns: []string{"at", "agent", "kind", "type", "status", "summary", "id"}}
	for _, e := range events {
		t.Rows = append(t.Rows, []any{e.At, e.Agent, e.Kind, e.Type, e.Status, e.Summary, e.ID})
	}
	return f.rows(w, t, func() ([]byte, error) {
		if events == nil {
			events = []daybook.Event{}
		}
		return json.MarshalIndent(events, "", "  ")
	})
}
