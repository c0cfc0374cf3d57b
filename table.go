package daybook

import (
	"bytes"
	"encoding/json"
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

// MarshalRows gives the rows as a JSON array of objects, members in the order
// of the columns. Columns of one name give the last.
func (t *Table) MarshalRows() ([]byte, error) {
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
			name, err := json.Marshal(t.Columns[j])
			if err != nil {
				return nil, err
			}
			b.Write(name)
			b.WriteString(": ")
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
