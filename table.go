package daybook

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// SQLQuery asks one SELECT. Zero limits mean the defaults.
type SQLQuery struct {
	Text    string
	MaxRows int
	Timeout time.Duration
}

// The limits of SQL where a query sets none, and the most it may set.
const (
	DefaultSQLRows = 10_000
	MaxSQLRows     = 1_000_000
	DefaultSQLTime = 30 * time.Second
)

// Table is the answer to SQL: cells are nil, bool, int64, float64, string, or
// json.RawMessage for arrays and JSON.
type Table struct {
	Columns   []string
	Rows      [][]any
	Truncated bool // there was more than the limit of rows
}

// Names gives the names of the columns with no two alike: the second n is n_2,
// the third n_3, and where a column has that name already the number goes on.
func (t *Table) Names() []string {
	names, taken := slices.Clone(t.Columns), map[string]bool{}
	for _, name := range names {
		taken[name] = true
	}
	seen := map[string]int{}
	for i, name := range t.Columns {
		seen[name]++
		if seen[name] == 1 {
			continue
		}
		for names[i] = numbered(name, seen[name]); taken[names[i]]; names[i] = numbered(name, seen[name]) {
			seen[name]++
		}
		taken[names[i]] = true
	}
	return names
}

func numbered(name string, n int) string { return name + "_" + strconv.Itoa(n) }

// MarshalRows gives the rows as a JSON array of objects, members in the order
// of the columns and named by Names.
func (t *Table) MarshalRows() ([]byte, error) {
	names := t.Names()
	var b bytes.Buffer
	b.WriteByte('[')
	for i, row := range t.Rows {
		if i > 0 {
			b.WriteString(",\n ")
		}
		b.WriteByte('{')
		for j, cell := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			name, err := json.Marshal(names[j])
			if err != nil {
				return nil, err
			}
			b.Write(name)
			b.WriteString(": ")
			if f, ok := cell.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
				cell = nil // SQL may compute them, JSON has no word for them
			}
			text, err := json.Marshal(cell)
			if err != nil {
				return nil, err
			}
			b.Write(text)
		}
		b.WriteByte('}')
	}
	b.WriteByte(']')
	return b.Bytes(), nil
}

// WriteCSV writes a line of Names and a line a row, as RFC 4180 has them.
func (t *Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(t.Names()); err != nil {
		return err
	}
	line := make([]string, len(t.Columns))
	for _, row := range t.Rows {
		for i, cell := range row {
			line[i] = CellText(cell)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// CellText gives a cell as plain text; NULL is "".
func CellText(cell any) string {
	switch v := cell.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.RawMessage:
		return string(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(cell)
}
