package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

type parseSQLCmd struct {
	File    string `arg:"" optional:"" help:"The file of SQL, or - for standard input (the default)." default:"-"`
	Dialect string `help:"The dialect: ${dialects}." default:"generic" placeholder:"NAME"`
	DB      string `name:"default-db" help:"The database of names that leave it out." placeholder:"NAME"`
	Schema  string `name:"default-schema" help:"The schema of names that leave it out." placeholder:"NAME"`
	Columns string `help:"A file with the columns of tables, as JSON: {\"table\": [\"column\", …], …}." placeholder:"FILE"`
	JSONL   bool   `name:"jsonl" help:"Read one JSON object a line, and answer each with one."`
	Format
}

func (parseSQLCmd) Help() string {
	return `Shows what a text of SQL reads and writes: its statements, their tables, and
where each column comes from. It asks no database and writes nothing. What could
not be read is said with its place, and what was read is still shown. Exit 1:
nothing of the text could be read.

With --jsonl each line has "id", "sql", and if needed "dialect", "schema"
(the columns of tables), "default_db" and "default_schema". Each answer has the
"id", the "tables", the "columns" as pairs of source and target (of a bare
SELECT with <output> as the table, and the place of a column without a name),
"outputs", "kinds", "warnings" and "error".

Examples:
  daybook parse-sql transform.sql --dialect postgres
  echo 'INSERT INTO b (x) SELECT max(y) FROM a' | daybook parse-sql
  daybook parse-sql view.sql --dialect snowflake --format json
  daybook parse-sql load.sql --default-schema bronze --columns columns.json --format csv
  daybook parse-sql --jsonl < statements.jsonl > lineage.jsonl`
}

func (c *parseSQLCmd) Run(g *Globals) error {
	dialect, err := parseDialect(c.Dialect)
	if err != nil {
		return usagef("--dialect: %v", err)
	}
	in, err := c.open(g)
	if err != nil {
		return err
	}
	defer in.Close()
	o := sqllineage.Options{Dialect: dialect, DefaultCatalog: c.DB, DefaultSchema: c.Schema}
	if c.Columns != "" {
		if o.Catalog, err = readColumns(c.Columns); err != nil {
			return err
		}
	}
	if c.JSONL {
		return parseLines(g.out, in, o)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return fmt.Errorf("parse-sql: %w", err)
	}
	result := sqllineage.Parse(string(text), o)
	if err := c.print(g.out, string(text), result); err != nil {
		return err
	}
	if result.Status == sqllineage.Unparsed {
		return errBad
	}
	return nil
}

// open opens what is to be read.
func (c *parseSQLCmd) open(g *Globals) (io.ReadCloser, error) {
	if c.File == "-" {
		return io.NopCloser(g.in), nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, fmt.Errorf("parse-sql: %w", err)
	}
	return f, nil
}

func parseDialect(name string) (sqllineage.Dialect, error) {
	d, ok := sqllineage.ParseDialect(name)
	if !ok {
		return d, fmt.Errorf("unknown dialect %q; the dialects are %s", name, strings.Join(sqllineage.Dialects(), ", "))
	}
	return d, nil
}

// readColumns reads the columns of tables from a file of JSON.
func readColumns(file string) (sqllineage.Catalog, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("parse-sql: %w", err)
	}
	var columns map[string][]string
	if err := json.Unmarshal(b, &columns); err != nil {
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: fmt.Sprintf("%s is no list of columns: %v", file, err), Hint: `write {"table": ["column", …], …}`}
	}
	return sqllineage.Tables(columns), nil
}

// print shows a result: as tables for people, else the whole of it as JSON, or
// its edges as CSV.
func (c *parseSQLCmd) print(w io.Writer, text string, r *sqllineage.Result) error {
	edges := edgeTable(text, r)
	if c.Format.Format != "table" {
		return c.rows(w, edges, func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") })
	}
	if err := writeTable(w, statementTable(text, r)); err != nil {
		return err
	}
	if len(edges.Rows) > 0 {
		if err := writeTable(w, edges); err != nil {
			return err
		}
	}
	for _, warning := range r.Warnings {
		fmt.Fprintf(w, "line %d, column %d: %s\n", warning.Line, warning.Column, plain(warning.Message))
	}
	return nil
}

// statementTable has a row for each statement.
func statementTable(text string, r *sqllineage.Result) *daybook.Table {
	t := &daybook.Table{Columns: []string{"line", "statement", "reads", "writes", "change", "status"}}
	for i := range r.Statements {
		s := &r.Statements[i]
		line := 1 + strings.Count(text[:s.Span.Start], "\n")
		change := strings.ToLower(string(s.Change))
		if s.Temporary {
			change = strings.TrimSpace(change + " temporary")
		}
		t.Rows = append(t.Rows, []any{int64(line), s.Kind, tableNames(s.Sources), tableNames(s.Targets), change, string(s.Status)})
	}
	return t
}

func tableNames(tables []sqllineage.Table) string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.String()
	}
	return strings.Join(names, ", ")
}

// edgeTable has a row for each edge of the whole text.
func edgeTable(text string, r *sqllineage.Result) *daybook.Table {
	t := &daybook.Table{Columns: []string{"target", "source", "type", "subtype", "resolution", "expression"}}
	for i := range r.Edges {
		e := &r.Edges[i]
		expression := strings.Join(strings.Fields(text[e.Expression.Start:e.Expression.End]), " ")
		t.Rows = append(t.Rows, []any{
			e.Target.String(), e.Source.String(), string(e.Type), string(e.Subtype),
			string(cmp.Or(e.Resolution, sqllineage.Exact)), expression,
		})
	}
	return t
}
