package sqlite

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// cellType is how the values of a result column are given.
type cellType uint8

const (
	cellPlain cellType = iota // as SQLite has them
	cellBool                  // 0 and 1 are false and true
	cellJSON                  // texts are JSON
)

type resultColumn struct {
	name string
	as   cellType
}

// cell gives a value of the current row: nil, bool, int64, float64, string,
// or json.RawMessage. Bytes are given in hexadecimal digits.
func (c resultColumn) cell(stmt *sqlite.Stmt, i int) any {
	switch stmt.ColumnType(i) {
	case sqlite.TypeNull:
		return nil
	case sqlite.TypeInteger:
		n := stmt.ColumnInt64(i)
		if c.as == cellBool && (n == 0 || n == 1) {
			return n == 1
		}
		return n
	case sqlite.TypeFloat:
		return stmt.ColumnFloat(i)
	case sqlite.TypeBlob:
		return rawText(stmt, i)
	default:
		text := stmt.ColumnText(i)
		if c.as == cellJSON && json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
		return text
	}
}

// rawText gives a value as it is: bytes in hexadecimal digits, and numbers.
func rawText(stmt *sqlite.Stmt, i int) string {
	if stmt.ColumnType(i) != sqlite.TypeBlob {
		return stmt.ColumnText(i)
	}
	raw := make([]byte, stmt.ColumnLen(i))
	stmt.ColumnBytes(i, raw)
	return hex.EncodeToString(raw)
}

// columns tells what a statement answers with. SQLite has neither truths nor
// arrays, so a column that comes straight from a kind's virtual table has the type
// the catalog says.
func (c *querier) columns(stmt *sqlite.Stmt, text string) []resultColumn {
	columns := make([]resultColumn, stmt.ColumnCount())
	sources := aliases(text)
	var names []string
	for i := range columns {
		name := stmt.ColumnName(i)
		if name == "" { // the driver knows only the last of one name
			if names == nil {
				names = c.names(text, len(columns))
			}
			name = names[i]
		}
		columns[i].name = name
		source, isAlias := sources[name]
		if !isAlias {
			source = name
		}
		k, err := daybook.KindNamed(stmt.ColumnTableName(i))
		if err != nil {
			columns[i].as = typesByName[source]
			continue
		}
		if source == "" { // it is called so elsewhere in the query: this one has an origin
			source = name
		}
		if n, ok := k.Column(source); ok {
			columns[i].as = cellOf(k.Columns[n].Type)
		}
	}
	return columns
}

// names gives the names of columns of which some are alike: SQLite tells them
// apart by :1, :2 and so on where the query is a subquery.
func (c *querier) names(text string, n int) []string {
	names := make([]string, n)
	text = strings.TrimRight(text, "; \t\r\n")
	stmt, _, err := c.PrepareTransient("SELECT * FROM (" + text + "\n)")
	if err != nil {
		return names
	}
	defer stmt.Finalize()
	for i := range min(n, stmt.ColumnCount()) {
		names[i], _, _ = strings.Cut(stmt.ColumnName(i), ":")
	}
	return names
}

// aliases finds the columns that a query gives other names. What is reckoned
// has no source, whatever it is called: a count is no truth.
func aliases(text string) map[string]string {
	found := map[string]string{}
	var last [3]token // the newest first
	for _, t := range tokenize(text) {
		if t.kind == tokenSpace {
			continue
		}
		of := last[0] // what t names, where there is no AS
		behind := last[1]
		if of.is("AS") {
			of, behind = last[1], last[2]
		}
		isName := of.kind == tokenWord || of.kind == tokenQuoted
		switch alias := strings.Trim(t.text, "\"`[]"); {
		case t.kind != tokenWord && t.kind != tokenQuoted:
		case last[0].is("AS") && isName && (behind.sign(".") || behind.sign(",") || behind.is("SELECT") || behind.is("DISTINCT")):
			found[alias] = strings.Trim(of.text, "\"`[]")
		case last[0].is("AS"), of.sign(")"):
			found[alias] = ""
		}
		last = [3]token{t, last[0], last[1]}
	}
	return found
}

// typesByName has the columns that are alike in all kinds, for results whose
// origin SQLite does not tell.
var typesByName = map[string]cellType{}

func init() {
	mixed := map[string]bool{}
	for _, k := range daybook.Kinds() {
		for i := range k.Columns {
			name, as := k.Columns[i].Name, cellOf(k.Columns[i].Type)
			if before, seen := typesByName[name]; seen && before != as {
				mixed[name] = true
			}
			typesByName[name] = as
		}
	}
	for name := range mixed {
		delete(typesByName, name)
	}
}

func cellOf(t daybook.Type) cellType {
	switch {
	case t == daybook.TypeBool:
		return cellBool
	case t.IsJSON():
		return cellJSON
	default:
		return cellPlain
	}
}
