package verify_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// besideEvidence are the tables whose rows are no evidence, each with what
// guards them instead: verify does not look at them, and who changes them
// changes nothing of what was recorded.
var besideEvidence = map[string]string{
	"token":         "a token row counts as far as its HMAC holds, whose key follows from the ledger's private key",
	"known_columns": "a table's columns follow from what was logged and can be derived anew; only edges derived later depend on them",
	"known_pattern": "where a pattern begins is held against its entry before an operation is stored as a repeat of it",
	"transfer":      "where the ledger goes on is for whoever opens the store; the entries are what they are in each copy",
}

// contents are what a file says to whoever reads it through SQL: the rows of
// every table, what is declared, and whether SQLite finds the file in order.
// Two files with the same contents differ in bytes that nobody reads.
type contents struct {
	rows  map[string]string // "table key" to all values of the row, by type and bit
	order string            // what integrity_check says, or why the file cannot be read
}

// row is the key of a row of contents.
func row(table, key string) string { return table + " " + key }

// contentsOf reads a file without writing beside it.
func contentsOf(path string) contents {
	c := contents{rows: map[string]string{}}
	if err := c.read(path); err != nil {
		c.order = err.Error()
	}
	return c
}

func (c *contents) read(path string) error {
	uri := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: "mode=ro&immutable=1"}
	conn, err := raw.OpenConn(uri.String(), raw.OpenReadOnly, raw.OpenURI)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, pragma := range []string{"application_id", "user_version", "encoding"} {
		if err := c.add(conn, "pragma", "SELECT '"+pragma+"', * FROM pragma_"+pragma); err != nil {
			return err
		}
	}
	if err := c.add(conn, "schema", "SELECT type || ' ' || name, tbl_name, sql FROM sqlite_schema"); err != nil {
		return err
	}
	tables, err := textsOf(conn, "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
	if err != nil {
		return err
	}
	for _, table := range tables {
		if besideEvidence[table] != "" {
			continue
		}
		if err := c.add(conn, table, fmt.Sprintf("SELECT * FROM %q", table)); err != nil {
			return err
		}
	}
	said, err := textsOf(conn, "PRAGMA integrity_check(3)")
	c.order = strings.Join(said, "\n")
	return err
}

// add reads rows; their first value is their key.
func (c *contents) add(conn *raw.Conn, table, sql string) error {
	var buf []byte
	return sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{ResultFunc: func(stmt *raw.Stmt) error {
		buf = buf[:0]
		for i := range stmt.ColumnCount() {
			buf = appendCell(buf, stmt, i)
		}
		key := row(table, stmt.ColumnText(0))
		for c.rows[key] != "" { // a table that has it twice
			key += "'"
		}
		c.rows[key] = string(buf)
		return nil
	}})
}

// appendCell writes a value down by its type and bits.
func appendCell(dst []byte, stmt *raw.Stmt, i int) []byte {
	kind := stmt.ColumnType(i)
	dst = append(dst, byte(kind))
	switch kind {
	case raw.TypeInteger:
		return binary.BigEndian.AppendUint64(dst, uint64(stmt.ColumnInt64(i)))
	case raw.TypeFloat:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(stmt.ColumnFloat(i)))
	case raw.TypeText, raw.TypeBlob:
		dst = binary.AppendUvarint(dst, uint64(stmt.ColumnLen(i)))
		dst = append(dst, make([]byte, stmt.ColumnLen(i))...)
		stmt.ColumnBytes(i, dst[len(dst)-stmt.ColumnLen(i):])
	}
	return dst
}

func textsOf(conn *raw.Conn, sql string, args ...any) (found []string, err error) {
	err = sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: func(stmt *raw.Stmt) error {
		found = append(found, stmt.ColumnText(0))
		return nil
	}})
	return found, err
}

// difference is how the contents of a file differ from what they were.
type difference struct {
	rows  []string // keys of rows that are others, gone or new
	order bool     // SQLite finds it out of order, or cannot read it
}

func (d difference) none() bool { return len(d.rows) == 0 && !d.order }

// ofSchema says that nothing differs but what is declared.
func (d difference) ofSchema() bool {
	return !d.order && !slices.ContainsFunc(d.rows, func(key string) bool { return !strings.HasPrefix(key, row("schema", "")) })
}

func (c contents) differ(was contents) (d difference) {
	for key, cells := range c.rows {
		if was.rows[key] != cells {
			d.rows = append(d.rows, key)
		}
	}
	for key := range maps.Keys(was.rows) {
		if _, ok := c.rows[key]; !ok {
			d.rows = append(d.rows, key)
		}
	}
	d.order = c.order != was.order
	return d
}

// seqs are the entries whose rows differ, and abouts the other things that do,
// in the words that a report has for them.
func (d difference) seqs() (seqs []int64, abouts []string) {
	for _, key := range d.rows {
		table, name, _ := strings.Cut(key, " ")
		switch table {
		case "tile", "head", "checkpoint":
			abouts = append(abouts, table)
			continue
		case "schema", "pragma":
			abouts = append(abouts, "store")
			continue
		}
		if seq, err := strconv.ParseInt(strings.TrimRight(name, "'"), 10, 64); err == nil {
			seqs = append(seqs, seq)
		}
	}
	return seqs, abouts
}
