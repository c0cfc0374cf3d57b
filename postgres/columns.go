package postgres

import (
	"strings"

	"github.com/daybook-audit/daybook"
)

// table is how a kind's entries stand in its table.
type table struct {
	kind    *daybook.Kind
	columns []int  // places in Kind.Columns of what stands behind seq and logged_at, in order
	names   string // all of its columns, quoted: seq, logged_at and these

	logID, loggedAt, retainUntil, name int // places in Kind.Columns of what stands in the spine
}

func planTables() map[*daybook.Kind]*table {
	tables := map[*daybook.Kind]*table{}
	for _, k := range daybook.Kinds() {
		tables[k] = newTable(k)
	}
	return tables
}

func newTable(k *daybook.Kind) *table {
	t := &table{kind: k, columns: bodyColumns(k)}
	t.names = t.list("")
	t.name, _ = k.Column("kind")
	t.logID, _ = k.Column("log_id")
	t.loggedAt, _ = k.Column("logged_at")
	t.retainUntil, _ = k.Column("retain_until")
	return t
}

// list names the table's columns for SELECT; alias is what stands before each,
// such as "r.", or "".
func (t *table) list(alias string) string {
	names := []string{alias + "seq", alias + "logged_at"}
	for _, i := range t.columns {
		names = append(names, alias+quoted(t.kind.Columns[i].Name))
	}
	return strings.Join(names, ", ")
}
