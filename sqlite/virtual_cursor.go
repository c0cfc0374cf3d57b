package sqlite

import (
	"errors"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// virtualCursor walks the rows of a virtual table by a statement of its own.
type virtualCursor struct {
	table *virtualTable
	stmt  *sqlite.Stmt
	sql   string
	at    []int // of each column, where the statement has it; 0 for not at all
	on    bool  // it stands on a row
	seq   int64
	text  reader
}

// Filter implements [sqlite.VTableCursor].
func (c *virtualCursor) Filter(id sqlite.IndexID, argv []sqlite.Value) error {
	c.on = false
	p, err := parsePlan(id.String)
	if err != nil || c.table.missing {
		return err
	}
	sql, binds, none := c.table.selection(p, argv)
	if none {
		return nil
	}
	if err := c.prepare(p, sql); err != nil {
		return err
	}
	for i, bind := range binds {
		bind(c.stmt, i+1)
	}
	return c.Next()
}

// prepare makes the statement, unless it is the one of the time before: the
// inner table of a join is filtered for every row of the outer.
func (c *virtualCursor) prepare(p scanPlan, sql string) (err error) {
	if c.stmt != nil && c.sql == sql {
		return errors.Join(c.stmt.Reset(), c.stmt.ClearBindings())
	}
	if err := c.Close(); err != nil {
		return err
	}
	c.stmt, err = c.table.under.prepareOnce(sql)
	c.sql, c.at = sql, make([]int, len(c.table.columns))
	next := 1
	for i := range c.at {
		if p.reads(i) {
			c.at[i] = next
			next++
		}
	}
	return err
}

// selection is the statement for a plan with its arguments. None says that no
// row can match.
func (v *virtualTable) selection(p scanPlan, argv []sqlite.Value) (sql string, binds []bind, none bool) {
	list := []string{"r.seq"}
	for i := range v.columns {
		if p.reads(i) {
			list = append(list, v.columns[i].expr)
		}
	}
	where := append([]string{}, v.where...)
	for i, condition := range p.conditions {
		column := &v.columns[condition.column]
		text, bind, never := column.condition(condition.op, argv[i])
		if never {
			return "", nil, true
		}
		if bind != nil {
			binds = append(binds, bind)
			where = append(where, strings.ReplaceAll(text, "?1", "?"+strconv.Itoa(len(binds))))
		}
	}
	sql = "SELECT " + strings.Join(list, ", ") + " FROM " + v.from + whereAll(where)
	if p.order != "" {
		sql += " ORDER BY r.seq " + p.order
	}
	return sql, binds, false
}

// condition is a comparison on the table underneath, with the argument as ?1; a
// nil bind leaves it to SQLite. A comparison of other types than the column's is left to it too, with
// all the rules it has for those.
func (c *virtualColumn) condition(op string, arg sqlite.Value) (sql string, b bind, never bool) {
	held := arg.Type()
	switch {
	case held == sqlite.TypeNull:
		return "", nil, true
	case c.form == formInt || c.form == formBool:
		if held != sqlite.TypeInteger {
			return "", nil, false
		}
		return c.integer(op, arg.Int64())
	case held != sqlite.TypeText:
		return "", nil, false
	}
	text := arg.Text()
	switch c.form {
	case formTime:
		bound, ok := timeBound(text, op)
		if !ok {
			return "", nil, false
		}
		return c.expr + " " + orEqual[op] + " ?1", intParam(bound), false
	case formUUID:
		id, ok := parseUUID(text)
		if !ok {
			return "", nil, true
		}
		if c.of != nil && inSpine(c.of) {
			return "r.seq = (SELECT seq FROM spine WHERE log_id = ?1)", bytesParam(id[:]), false
		}
		return c.expr + " = ?1", bytesParam(id[:]), false
	case formName:
		return c.expr + " = ?1", valueParam(c.of, daybook.TextValue(text)), false
	}
	return c.expr + " = ?1", textParam(text), false
}

// integer is a comparison with an integer. A serial subject is found by the
// seq of its first entry, which is its id, or by the index of later revisions.
func (c *virtualColumn) integer(op string, n int64) (sql string, b bind, never bool) {
	if op == "=" && c.of != nil && c.of.Subject && c.of.Serial {
		return "((r.seq = ?1 AND r.revision = 1) OR (" + c.expr + " = ?1 AND r.revision > 1))", intParam(n), false
	}
	return c.expr + " " + op + " ?1", intParam(n), false
}

func bytesParam(b []byte) bind {
	return func(stmt *sqlite.Stmt, param int) { stmt.BindBytes(param, b) }
}

// orEqual lets the bound itself through too: its text may be longer than the
// one compared with.
var orEqual = map[string]string{"=": "=", "<": "<=", "<=": "<=", ">": ">=", ">=": ">="}

// timeFields are the lengths of a time's text that end with a whole field.
var timeFields = map[int]bool{4: true, 7: true, 10: true, 13: true, 16: true, 19: true, 26: true, 27: true}

// firstTime is what the fields of a time are at the least.
const firstTime = "0001-01-01T00:00:00.000000Z"

// timeBound turns a text that times are compared with into microseconds: of
// the first time that begins with it. Every time whose text is greater is at
// that or later, every time whose text is less is before.
func timeBound(text, op string) (int64, bool) {
	if !timeFields[len(text)] || op == "=" && len(text) != len(firstTime) {
		return 0, false
	}
	n, err := micros(text + firstTime[len(text):])
	return n, err == nil
}

// Next implements [sqlite.VTableCursor].
func (c *virtualCursor) Next() (err error) {
	if c.on, err = c.stmt.Step(); c.on {
		c.seq = c.stmt.ColumnInt64(0)
	}
	return err
}

// EOF implements [sqlite.VTableCursor].
func (c *virtualCursor) EOF() bool { return !c.on }

// RowID implements [sqlite.VTableCursor].
func (c *virtualCursor) RowID() (int64, error) { return c.seq, nil }

// Column implements [sqlite.VTableCursor]. A value that is not what its column
// should hold is shown as it is: verify tells of it.
func (c *virtualCursor) Column(i int, _ bool) (sqlite.Value, error) {
	at, column := c.at[i], &c.table.columns[i]
	held := c.stmt.ColumnType(at)
	switch {
	case at == 0:
		return sqlite.Value{}, internalf("the column %s was not asked for", column.name)
	case held == sqlite.TypeNull:
		return sqlite.Value{}, nil
	case held == sqlite.TypeInteger && column.form.isNumber():
		return sqlite.IntegerValue(c.stmt.ColumnInt64(at)), nil
	case held == sqlite.TypeFloat:
		return sqlite.FloatValue(c.stmt.ColumnFloat(at)), nil
	case held == sqlite.TypeText:
		return sqlite.TextValue(c.stmt.ColumnText(at)), nil
	}
	return sqlite.TextValue(c.shown(column, at)), nil
}

// shown gives bytes and numbers that stand for texts as these.
func (c *virtualCursor) shown(column *virtualColumn, at int) string {
	c.text.text = c.text.text[:0]
	if column.form != formHex && column.form.holds(c.stmt.ColumnType(at)) && c.text.appendForm(column.of, column.form, c.stmt, at) == "" {
		return string(c.text.text)
	}
	return rawText(c.stmt, at)
}

// Close implements [sqlite.VTableCursor].
func (c *virtualCursor) Close() error {
	if c.stmt == nil {
		return nil
	}
	_ = c.stmt.Finalize() // tells again what its last step failed with
	c.stmt = nil
	return nil
}
