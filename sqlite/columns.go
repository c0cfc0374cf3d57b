package sqlite

import (
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"zombiezen.com/go/sqlite"
)

// table is how a kind's entries stand in its table.
type table struct {
	kind    *daybook.Kind
	columns []int  // places in Kind.Columns of those that the table has, in order
	forms   []form // of these columns
	insert  string
	missing bool // the file has no such table; it is older than the kind

	logID, loggedAt, retainUntil, name int // places of what stands in the spine
}

// newTable plans a kind's table. has says which columns the file's table has;
// only a file that may not be changed lacks any.
func newTable(k *daybook.Kind, has map[string]bool) *table {
	t := &table{kind: k, missing: len(has) == 0}
	names, marks := `"seq"`, "?"
	for i := range k.Columns {
		c := &k.Columns[i]
		if inSpine(c) || !has[c.Name] {
			continue
		}
		t.columns, t.forms = append(t.columns, i), append(t.forms, formOf(c))
		names += ", " + quoted(c.Name)
		marks += ", ?"
	}
	t.insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", tableName(k), names, marks)
	t.name, _ = k.Column("kind")
	t.logID, _ = k.Column("log_id")
	t.loggedAt, _ = k.Column("logged_at")
	t.retainUntil, _ = k.Column("retain_until")
	return t
}

// list names the table's columns behind seq, for SELECT.
func (t *table) list(alias string) string {
	sql := alias + ".seq"
	for _, i := range t.columns {
		sql += ", " + alias + "." + quoted(t.kind.Columns[i].Name)
	}
	return sql
}

// has says whether the file's table has a column of the kind.
func (t *table) has(column int) bool {
	for _, i := range t.columns {
		if i == column {
			return true
		}
	}
	return false
}

// bind binds an entry to the insert of its table.
func (t *table) bind(stmt *sqlite.Stmt, e *daybook.Entry) error {
	stmt.BindInt64(1, e.Seq)
	for n, i := range t.columns {
		v := e.Values[i]
		if !v.IsSet() {
			continue
		}
		c := &t.kind.Columns[i]
		if err := bindValue(stmt, n+2, c, t.forms[n], v); err != nil {
			return internalf("entry %d: %s %v", e.Seq, c.Name, err)
		}
	}
	return nil
}

// reader reads rows of one statement. It keeps the bytes of a row's texts
// together, so that they become one string.
type reader struct {
	text  []byte
	spans []span
	times clock
	canon []byte // scratch
}

// span is where a column's text stands in the row's.
type span struct{ column, from, to int }

// read reads the columns of a table that begin at result column first. The
// fault, if there is one, says which column does not hold what it should.
func (r *reader) read(t *table, stmt *sqlite.Stmt, first int) (values []daybook.Value, fault string) {
	values = make([]daybook.Value, len(t.kind.Columns))
	values[t.name] = daybook.TextValue(t.kind.Name)
	r.text, r.spans = r.text[:0], r.spans[:0]
	for n, i := range t.columns {
		if why := r.column(values, i, t, n, stmt, first+n); why != "" && fault == "" {
			fault = tableName(t.kind) + "." + t.kind.Columns[i].Name + " " + why
		}
	}
	text := string(r.text)
	for _, s := range r.spans {
		c, v := &t.kind.Columns[s.column], text[s.from:s.to]
		values[s.column] = daybook.TextValue(v)
		if why := r.check(c, v); why != "" && fault == "" {
			fault = tableName(t.kind) + "." + c.Name + " " + why
		}
	}
	return values, fault
}

// column reads the n-th column of a table into its place i.
func (r *reader) column(values []daybook.Value, i int, t *table, n int, stmt *sqlite.Stmt, at int) (fault string) {
	held := stmt.ColumnType(at)
	if held == sqlite.TypeNull {
		return ""
	}
	f := t.forms[n]
	if !f.holds(held) {
		return fmt.Sprintf("holds a value of type %s, not %s", typeName(held), f.sqlType())
	}
	if f.isNumber() {
		values[i], fault = f.number(stmt, at)
		return fault
	}
	from := len(r.text)
	fault = r.appendForm(&t.kind.Columns[i], f, stmt, at)
	r.spans = append(r.spans, span{column: i, from: from, to: len(r.text)})
	return fault
}

func grown(b []byte, n int) []byte {
	for cap(b)-len(b) < n {
		b = append(b[:cap(b)], 0)[:len(b)]
	}
	return b[:len(b)+n]
}

// check says what is wrong with a text that is not in the canonical form of
// its type. Without this a row's values could be moved from one column into
// another's JSON, and the row would still give the same canonical bytes.
func (r *reader) check(c *daybook.Column, text string) string {
	switch c.Type {
	case daybook.TypeHex, daybook.TypeTime, daybook.TypeUUID: // as [reader.appendForm] gives them
	case daybook.TypeJSON:
		var err error
		r.canon, err = canon.AppendJSON(r.canon[:0], []byte(text))
		if err != nil || string(r.canon) != text || text == "null" {
			return "holds JSON that is not canonical"
		}
	case daybook.TypeTexts:
		if !plainTexts(text) && !isCanonical(c, text) {
			return "holds an array that is not canonical"
		}
	case daybook.TypeOptions:
		if !isCanonical(c, text) {
			return "holds options that are not canonical"
		}
	case daybook.TypeText:
		if canon.CheckString(text) != nil {
			return "holds text that is not UTF-8, or has a NUL"
		}
	default:
		if !isCanonical(c, text) {
			return "holds a " + c.Type.String() + " that is not canonical"
		}
	}
	return ""
}

func isCanonical(c *daybook.Column, text string) bool {
	v, err := c.ParseText(text)
	return err == nil && v.IsSet() && v.Text() == text
}

// plainTexts says that text is a canonical array of strings of which none has
// an escape: nearly all are.
func plainTexts(text string) bool {
	if len(text) < len(`[""]`) || text[0] != '[' || text[1] != '"' {
		return false
	}
	for i := 2; i < len(text); i++ {
		switch b := text[i]; {
		case b < 0x20, b >= 0x7f, b == '\\':
			return false
		case b != '"':
			continue
		}
		if text[i+1:] == "]" {
			return true
		}
		if len(text) < i+len(`", "`) || text[i:i+len(`", "`)] != `", "` {
			return false
		}
		i += len(`", "`) - 1
	}
	return false
}

func typeName(t sqlite.ColumnType) string {
	return map[sqlite.ColumnType]string{
		sqlite.TypeInteger: "INTEGER", sqlite.TypeFloat: "REAL", sqlite.TypeText: "TEXT", sqlite.TypeBlob: "BLOB", sqlite.TypeNull: "NULL",
	}[t]
}
