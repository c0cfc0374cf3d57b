package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqllineage"
)

// A sqlLine is a line of --jsonl: a text, and how it is to be read.
type sqlLine struct {
	ID            any                 `json:"id"`
	Dialect       *string             `json:"dialect"`
	SQL           *string             `json:"sql"`
	Schema        map[string][]string `json:"schema"`
	DefaultDB     *string             `json:"default_db"`
	DefaultSchema *string             `json:"default_schema"`
}

// A lineageLine answers one.
type lineageLine struct {
	ID       any                  `json:"id"`
	Status   sqllineage.Status    `json:"status"`
	Tables   lineageTables        `json:"tables"`
	Columns  [][]any              `json:"columns"`           // source, target, and the place of a target without a name of its own
	Outputs  []string             `json:"outputs,omitempty"` // the names of a bare SELECT's columns, if all differ
	Kinds    map[string]string    `json:"kinds,omitempty"`
	Warnings []sqllineage.Warning `json:"warnings,omitempty"`
	Error    *string              `json:"error"`
}

type lineageTables struct {
	Sources []string `json:"sources"`
	Targets []string `json:"targets"`
}

// parseLines answers each line of in with one, in their order.
func parseLines(w io.Writer, in io.Reader, defaults sqllineage.Options) error {
	r := bufio.NewReaderSize(in, 1<<16)
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("parse-sql: %w", err)
		}
		if len(bytes.TrimSpace(line)) > 0 {
			answer, badLine := parseLine(line, defaults)
			if badLine != nil {
				return errors.Join(out.Flush(), numberedLine(n, badLine))
			}
			if err := encoder.Encode(answer); err != nil {
				return err
			}
		}
		if err != nil {
			return out.Flush()
		}
	}
}

func numberedLine(n int, err error) error {
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf("line %d of the input: %v", n, err),
		Hint: `each line is one JSON object, such as {"id": "1", "dialect": "postgres", "sql": "SELECT 1"}`,
	}
}

func parseLine(line []byte, o sqllineage.Options) (*lineageLine, error) {
	var l sqlLine
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, err
	}
	if l.SQL == nil {
		return nil, errors.New(`it has no "sql"`)
	}
	if l.Dialect != nil {
		// A dialect nobody knows is read as the generic one, as a log would have it.
		o.Dialect, _ = sqllineage.ParseDialect(*l.Dialect)
	}
	if l.DefaultDB != nil {
		o.DefaultCatalog = *l.DefaultDB
	}
	if l.DefaultSchema != nil {
		o.DefaultSchema = *l.DefaultSchema
	}
	if l.Schema != nil {
		o.Catalog = sqllineage.Tables(l.Schema)
	}
	return answerTo(l.ID, sqllineage.Parse(*l.SQL, o)), nil
}

// answerTo puts a result into the form of an answer.
func answerTo(id any, r *sqllineage.Result) *lineageLine {
	a := &lineageLine{ID: id, Status: r.Status, Columns: [][]any{}, Kinds: map[string]string{}, Warnings: r.Warnings}
	a.Tables = lineageTables{Sources: pathNames(r.Sources), Targets: pathNames(r.Targets)}
	for i := range r.Edges {
		a.add(&r.Edges[i])
	}
	for i := range r.Statements {
		if s := &r.Statements[i]; len(s.Targets) == 0 && allDiffer(s.Columns) {
			a.Outputs = s.Columns
		}
	}
	if r.Status == sqllineage.Unparsed {
		message := "nothing of it could be read"
		if len(r.Warnings) > 0 {
			message = r.Warnings[0].Message
		}
		a.Error = &message
	}
	return a
}

// allDiffer says that each of the names is another one, so that a name tells
// its place.
func allDiffer(names []string) bool {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		seen[strings.ToLower(n)] = true
	}
	return len(seen) == len(names)
}

// add adds an edge, if it is from a column that was found to another. A column
// without a name of its own is told by its place.
func (a *lineageLine) add(e *sqllineage.Edge) {
	if e.Target.Name == "" || e.Resolution == sqllineage.Unknown {
		return
	}
	source, target := columnName(e.Source), columnName(e.Target)
	pair := []any{source, target}
	if e.Target.Table.Name == sqllineage.Output && e.Target.Name == "_col_"+strconv.Itoa(e.Ordinal) {
		pair = append(pair, e.Ordinal)
	}
	a.Columns = append(a.Columns, pair)
	kind := string(e.Subtype)
	if e.Subtype == sqllineage.Identity {
		kind = string(sqllineage.Direct)
	}
	if key := source + "->" + target; a.Kinds[key] == "" || kind != string(sqllineage.Direct) {
		a.Kinds[key] = kind
	}
}

// pathNames are names of tables; those of files begin with "path:".
func pathNames(tables []sqllineage.Table) []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = pathName(t)
	}
	return names
}

func pathName(t sqllineage.Table) string {
	if t.Path {
		return "path:" + t.Name
	}
	return t.String()
}

func columnName(c sqllineage.Column) string {
	return pathName(c.Table) + "." + c.Name
}
