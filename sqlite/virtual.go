package sqlite

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// What people ask in SQL they ask of virtual tables, which have the names and
// columns of the file's views. The views alone would not do: they show ids and
// times as texts that they make of bytes and numbers, and SQLite cannot turn a
// text back to look it up in an index. A virtual table can. The connection
// that runs the query does not have the file at all, so nothing that a query
// may think of reaches what is not shown.

// virtualColumn is a column of a virtual table.
type virtualColumn struct {
	name string
	expr string // the SQL that gives it in its form; r is the table underneath
	form form
	of   *daybook.Column // nil for those that the catalog does not have
	find find
}

// find is how well a column's value finds rows.
type find uint8

const (
	findScan find = iota // by looking at every row
	findMany             // by an index, as an agent's
	findFew              // by an index, as a session's
	findOne              // by an index, one row
)

// virtualTable is what a name in SQL stands for.
type virtualTable struct {
	name    string
	from    string // the table underneath
	where   []string
	columns []virtualColumn
	under   *conn // reads the file
	missing bool  // the file has no such table
}

// virtualTables gives all of them over the tables of a file.
func virtualTables(tables map[*daybook.Kind]*table, under *conn) []*virtualTable {
	list := []*virtualTable{entriesTable(under)}
	for _, k := range daybook.Kinds() {
		list = append(list, kindVirtual(tables[k], under))
	}
	return list
}

// kindVirtual shows the current states of a kind, as [kindView] does.
func kindVirtual(t *table, under *conn) *virtualTable {
	k := t.kind
	v := &virtualTable{name: k.Name, from: tableName(k) + " AS r", where: currentRows(k), under: under, missing: t.missing}
	v.columns = append(v.columns, virtualColumn{name: "seq", expr: "r.seq", form: formInt, find: findOne})
	operand := selection{table: t}
	for i := range k.Columns {
		c := &k.Columns[i]
		column := virtualColumn{name: c.Name, expr: operand.operand(i), form: formOf(c), of: c}
		switch {
		case c.Subject, c.Envelope && c.Name == "log_id":
			column.find = findOne
		case c.Index:
			column.find = findFew
		case c == k.Agent():
			column.find = findMany
		}
		v.columns = append(v.columns, column)
	}
	v.columns = append(v.columns, virtualColumn{name: "log_hash", expr: ofSpine("s.log_hash"), form: formHex})
	return v
}

// entriesTable shows the spine, as [entriesView] does.
func entriesTable(under *conn) *virtualTable {
	return &virtualTable{name: "entries", from: "spine AS r", under: under, columns: []virtualColumn{
		{name: "seq", expr: "r.seq", form: formInt, find: findOne},
		{name: "kind", expr: kindName("r.kind"), form: formText},
		{name: "log_id", expr: "r.log_id", form: formUUID, find: findOne},
		{name: "logged_at", expr: "r.logged_at", form: formTime},
		{name: "retain_until", expr: "(" + retainSQL("r.") + ")", form: formTime},
		{name: "log_hash", expr: "r.log_hash", form: formHex},
	}}
}

// declaration is what SQLite is told of the columns.
func (v *virtualTable) declaration() string {
	defs := make([]string, len(v.columns))
	for i, c := range v.columns {
		defs[i] = quoted(c.name) + " " + c.form.shownType()
	}
	return "CREATE TABLE v (" + strings.Join(defs, ", ") + ")"
}

// shownType is the type of what people see of a form.
func (f form) shownType() string {
	if f.isNumber() {
		return f.sqlType()
	}
	return "TEXT"
}

// BestIndex implements [sqlite.VTable]. It takes what it can turn into a
// condition on the table underneath, and says how many rows that leaves. SQLite
// checks every condition again, so one that lets too much through is right.
func (v *virtualTable) BestIndex(in *sqlite.IndexInputs) (*sqlite.IndexOutputs, error) {
	p := scanPlan{columns: in.ColumnsUsed}
	out := &sqlite.IndexOutputs{ConstraintUsage: make([]sqlite.IndexConstraintUsage, len(in.Constraints))}
	best := findScan
	for i, c := range in.Constraints {
		op, ok := pushed[c.Op]
		if !ok || !c.Usable || c.Column < 0 || c.Collation != "" && c.Collation != "BINARY" || !v.columns[c.Column].takes(op) {
			continue
		}
		p.conditions = append(p.conditions, planned{column: c.Column, op: op})
		out.ConstraintUsage[i].ArgvIndex = len(p.conditions)
		if op == "=" {
			best = max(best, v.columns[c.Column].find)
		}
	}
	if len(in.OrderBy) == 1 && in.OrderBy[0].Column == 0 {
		p.order = "ASC"
		if in.OrderBy[0].Desc {
			p.order = "DESC"
		}
		out.OrderByConsumed = true
	}
	out.ID = sqlite.IndexID{String: p.String()}
	out.EstimatedCost, out.EstimatedRows = estimates[best].cost, estimates[best].rows
	if best == findScan && len(p.conditions) > 0 {
		out.EstimatedRows /= 4
	}
	return out, nil
}

// estimates are guesses of a ledger that is not small.
var estimates = map[find]struct {
	cost float64
	rows int64
}{
	findScan: {3e6, 1_000_000}, findMany: {30_000, 10_000}, findFew: {300, 100}, findOne: {10, 1},
}

// pushed are the comparisons that are handed to the table underneath.
var pushed = map[sqlite.IndexConstraintOp]string{
	sqlite.IndexConstraintEq: "=", sqlite.IndexConstraintGT: ">", sqlite.IndexConstraintGE: ">=",
	sqlite.IndexConstraintLT: "<", sqlite.IndexConstraintLE: "<=",
}

// takes says whether a comparison with the column can be handed on. Only
// numbers and times are in the same order on the disk as in the answer.
func (c *virtualColumn) takes(op string) bool {
	switch c.form {
	case formInt, formTime:
		return true
	case formBool, formText, formName, formUUID:
		return op == "="
	}
	return false
}

// Open implements [sqlite.VTable].
func (v *virtualTable) Open() (sqlite.VTableCursor, error) { return &virtualCursor{table: v}, nil }

// Disconnect implements [sqlite.VTable].
func (v *virtualTable) Disconnect() error { return nil }

// Destroy implements [sqlite.VTable].
func (v *virtualTable) Destroy() error { return nil }

// scanPlan is how a cursor is to go through the table. Between BestIndex and
// Filter SQLite carries it as text, which EXPLAIN QUERY PLAN shows.
type scanPlan struct {
	columns    uint64 // a bit for each that the query reads; the last for all from there on
	order      string // of seq: ASC, DESC or none
	conditions []planned
}

type planned struct {
	column int
	op     string
}

func (p scanPlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%x %s", p.columns, p.order)
	for _, c := range p.conditions {
		fmt.Fprintf(&b, " %d%s", c.column, c.op)
	}
	return b.String()
}

// parsePlan reads what [scanPlan.String] wrote.
func parsePlan(s string) (p scanPlan, err error) {
	fields := strings.Split(s, " ")
	if len(fields) < 2 {
		return p, internalf("the plan %q", s)
	}
	if _, err := fmt.Sscanf(fields[0], "%x", &p.columns); err != nil {
		return p, internalf("the plan %q: %v", s, err)
	}
	p.order = fields[1]
	for _, field := range fields[2:] {
		var c planned
		if _, err := fmt.Sscanf(field, "%d%s", &c.column, &c.op); err != nil {
			return p, internalf("the plan %q: %v", s, err)
		}
		p.conditions = append(p.conditions, c)
	}
	return p, nil
}

// reads says whether the query reads a column.
func (p scanPlan) reads(column int) bool { return p.columns&(1<<min(column, 63)) != 0 }
