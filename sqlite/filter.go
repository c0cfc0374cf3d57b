package sqlite

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

func (b *selection) filter(f daybook.Filter) error {
	k := b.table.kind
	i, ok := k.Column(f.Column)
	if !ok {
		return daybook.Invalidf("/"+f.Column, "%s has no such column", k.Name)
	}
	c := &k.Columns[i]
	expr := b.operand(i)
	if f.Op == daybook.OpIn {
		b.isIn(c, expr, f.Values)
		return nil
	}
	if f.Op == daybook.OpAbsent {
		b.condition(expr + " IS NULL")
		return nil
	}
	if len(f.Values) != 1 {
		return daybook.Invalidf("/"+f.Column, "the comparison wants one value, got %d", len(f.Values))
	}
	v := f.Values[0]
	switch f.Op {
	case daybook.OpFrom:
		b.compare(c, expr, " >= "+param, v)
	case daybook.OpBefore:
		b.compare(c, expr, " < "+param, v)
	case daybook.OpContains:
		if c.Type != daybook.TypeTexts {
			return daybook.Invalidf("/"+f.Column, "is not an array")
		}
		b.contains(expr, v)
	}
	return nil
}

// operand is the SQL that gives a column in its form.
func (b *selection) operand(column int) string {
	k := b.table.kind
	switch c := &k.Columns[column]; {
	case c.Envelope && c.Name == "kind":
		return "'" + k.Name + "'"
	case c.Envelope && c.Name == "log_id":
		return ofSpine("s.log_id")
	case inSpine(c):
		return ofSpine(spineTime(c))
	case !b.table.has(column):
		return "NULL"
	default:
		return "r." + quoted(c.Name)
	}
}

// compare compares with one value. Names are in the order of their texts, not
// of their forms.
func (b *selection) compare(c *daybook.Column, expr, op string, v daybook.Value) {
	if f := formOf(c); f == formName || f == formUUID {
		b.condition(readable(b.table.kind, c)+op, textParam(v.Text()))
		return
	}
	b.condition(expr+op, valueParam(c, v))
}

// valueParam binds a value in its column's form. What is no value of the
// column is bound as NULL, which equals nothing.
func valueParam(c *daybook.Column, v daybook.Value) bind {
	return func(stmt *sqlite.Stmt, param int) { _ = bindValue(stmt, param, c, formOf(c), v) }
}

// contains looks for the member as it is written before it takes the array
// apart, which is slow and mostly in vain.
func (b *selection) contains(expr string, v daybook.Value) {
	written := daybook.TextsValue([]string{v.Text()}).Text()
	b.condition("instr("+expr+", ?)", textParam(strings.Trim(written, "[]")))
	b.condition("EXISTS (SELECT 1 FROM json_each("+expr+") WHERE value = ?)", textParam(v.Text()))
}

func (b *selection) isIn(c *daybook.Column, expr string, values []daybook.Value) {
	switch {
	case c.Envelope && c.Name == "log_id" && len(values) > 0:
		b.logIDs(values)
	case c.Subject && c.Serial:
		members := make([]string, len(values))
		for i, v := range values {
			members[i] = strconv.FormatInt(v.Int(), 10)
		}
		b.serials(members)
	default:
		b.oneOf(c, formOf(c), expr, values)
	}
}

// oneOf wants an expression to be one of some values in a form.
func (b *selection) oneOf(c *daybook.Column, f form, expr string, values []daybook.Value) {
	if len(values) == 0 {
		b.none = true
		return
	}
	if len(values) == 1 {
		b.condition(expr+" = "+param, valueParam(c, values[0]))
		return
	}
	var numbers, texts, hexes []string
	for _, v := range values {
		switch f {
		case formInt, formBool:
			numbers = append(numbers, strconv.FormatInt(v.Int(), 10))
		case formFloat:
			b.floats(c, expr, values)
			return
		case formTime:
			if n, err := micros(v.Text()); err == nil {
				numbers = append(numbers, strconv.FormatInt(n, 10))
			}
		case formHex:
			hexes = appendQuoted(hexes, v.Text())
		case formUUID, formName:
			id, isDefault := nameForm(c, v.Text())
			switch {
			case isDefault:
				numbers = append(numbers, strconv.Itoa(defaultName))
			case id != nil:
				hexes = append(hexes, `"`+hex.EncodeToString(id)+`"`)
			case f == formName:
				texts = appendQuoted(texts, v.Text())
			}
		default:
			texts = appendQuoted(texts, v.Text())
		}
	}
	b.in(expr, append(numbers, texts...), hexes)
}

// floats wants a number to be one of some. Not by way of JSON, which SQLite
// does not read to the last bit.
func (b *selection) floats(c *daybook.Column, expr string, values []daybook.Value) {
	any := make([]string, len(values))
	for i, v := range values {
		any[i] = expr + " = " + param
		b.binds = append(b.binds, valueParam(c, v))
	}
	b.where = append(b.where, "("+strings.Join(any, " OR ")+")")
}

// serials wants the subject to be one of some that were given by the ledger:
// the seq of its first entry. Revisions behind the first have an index; see
// [kindIndexes].
func (b *selection) serials(ids []string) {
	if len(ids) == 0 {
		b.none = true
		return
	}
	list := textParam("[" + strings.Join(ids, ",") + "]")
	condition := "r.seq IN (SELECT value FROM json_each(?)) AND r.revision = 1"
	if !b.table.kind.Amendable() {
		b.condition("("+condition+")", list)
		return
	}
	later := "r." + quoted(b.table.kind.Subject().Name) + " IN (SELECT value FROM json_each(?)) AND r.revision > 1"
	b.condition("(("+condition+") OR ("+later+"))", list, list)
}
