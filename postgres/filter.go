package postgres

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/jackc/pgx/v5/pgtype"
)

// filter puts the condition of a filter among others.
func (b *selection) filter(into *[]string, f daybook.Filter) error {
	k := b.table.kind
	i, ok := k.Column(f.Column)
	if !ok {
		return daybook.Invalidf("/"+f.Column, "%s has no such column", k.Name)
	}
	c := &k.Columns[i]
	switch f.Op {
	case daybook.OpIn:
		b.isIn(into, c, f.Values)
		return nil
	case daybook.OpAbsent:
		put(into, operand(c)+" IS NULL")
		return nil
	}
	if len(f.Values) != 1 {
		return daybook.Invalidf("/"+f.Column, "the comparison wants one value, got %d", len(f.Values))
	}
	if f.Op == daybook.OpContains {
		if c.Type != daybook.TypeTexts {
			return daybook.Invalidf("/"+f.Column, "is not an array")
		}
		b.contains(into, operand(c), f.Values[0].Text())
		return nil
	}
	b.compare(into, i, f.Op, f.Values[0])
	return nil
}

// operand is the SQL that gives a column: r is the kind's table, s the spine.
func operand(c *daybook.Column) string {
	switch {
	case c.Envelope && c.Name == "kind":
		return "s.kind"
	case inSpine(c):
		return "s." + c.Name
	default:
		return "r." + quoted(c.Name)
	}
}

func isKindName(c *daybook.Column) bool { return c.Envelope && c.Name == "kind" }

// contains goes by the operator that GIN indexes serve.
func (b *selection) contains(into *[]string, expr, member string) {
	if !storable(member) {
		b.none = true
		return
	}
	put(into, expr+" @> ARRAY["+b.arg(member)+"::text]")
}

// compare wants a column to be a value or later, or before it. Texts are in the
// order of their bytes, which is that of the columns' collation.
func (b *selection) compare(into *[]string, column int, op daybook.Op, v daybook.Value) {
	c := &b.table.kind.Columns[column]
	sign := " >= "
	if op == daybook.OpBefore {
		sign = " < "
	}
	arg, ok := argument(c, v)
	switch {
	case isKindName(c):
		b.none = b.none || (b.table.kind.Name < v.Text()) == (op == daybook.OpFrom)
	case c.Type == daybook.TypeTexts: // in the order of their JSON, which SQL does not know
		b.keeps = append(b.keeps, func(e *daybook.Entry) bool {
			return e.Values[column].IsSet() && (e.Values[column].Text() < v.Text()) == (op == daybook.OpBefore)
		})
	case ok:
		put(into, operand(c)+sign+b.arg(arg)+"::"+plainType(c))
	case c.Type == daybook.TypeTime || c.Type == daybook.TypeDate: // no time is before or after what is none
		b.none = true
	default: // no value of the column has these bytes, but they have a place among them
		put(into, "convert_to("+asText(c)+", 'UTF8')"+sign+b.arg([]byte(v.Text()))+"::bytea")
	}
}

// asText is the SQL that gives a column as the text that Daybook has for it.
func asText(c *daybook.Column) string {
	switch c.Type {
	case daybook.TypeUUID:
		return operand(c) + "::text"
	case daybook.TypeHex:
		return "encode(" + operand(c) + ", 'hex')"
	default:
		return operand(c)
	}
}

// plainType is the type of a column's values, for parameters.
func plainType(c *daybook.Column) string {
	switch c.Type {
	case daybook.TypeTexts:
		return "text[]"
	case daybook.TypeText, daybook.TypeJSON, daybook.TypeOptions:
		return "text"
	default:
		return sqlType(c)
	}
}

func (b *selection) isIn(into *[]string, c *daybook.Column, values []daybook.Value) {
	switch {
	case isKindName(c):
		b.none = b.none || !among(values, b.table.kind.Name)
	case c.Subject && c.Serial:
		serials := make([]int64, len(values))
		for i, v := range values {
			serials[i] = v.Int()
		}
		b.few = true
		b.serials(into, serials)
	case c.Type == daybook.TypeTexts:
		b.arrays(into, c, values)
	default:
		b.oneOf(into, c, values)
	}
}

func among(values []daybook.Value, text string) bool {
	for _, v := range values {
		if v.Text() == text {
			return true
		}
	}
	return false
}

// oneOf wants a column to be one of some values. However many they are, the
// list is one parameter. What is no value of the column equals nothing.
func (b *selection) oneOf(into *[]string, c *daybook.Column, values []daybook.Value) {
	var args []any
	for _, v := range values {
		if arg, ok := argument(c, v); ok {
			args = append(args, arg)
		}
	}
	switch len(args) {
	case 0:
		b.none = true
	case 1:
		put(into, operand(c)+" = "+b.arg(args[0])+"::"+plainType(c))
	default:
		put(into, operand(c)+" = ANY ("+b.arg(typed(c, args))+"::"+plainType(c)+"[])")
	}
}

// typed gives the arguments of a column as one array.
func typed(c *daybook.Column, args []any) any {
	switch c.Type {
	case daybook.TypeInt:
		return arrayOf[int64](args)
	case daybook.TypeFloat:
		return arrayOf[float64](args)
	case daybook.TypeBool:
		return arrayOf[bool](args)
	case daybook.TypeUUID:
		return arrayOf[pgtype.UUID](args)
	case daybook.TypeHex:
		return arrayOf[[]byte](args)
	case daybook.TypeTime, daybook.TypeDate:
		return arrayOf[time.Time](args)
	default:
		return arrayOf[string](args)
	}
}

func arrayOf[T any](args []any) []T {
	list := make([]T, len(args))
	for i, arg := range args {
		list[i] = arg.(T)
	}
	return list
}

// arrays wants a column of arrays to be one of some.
func (b *selection) arrays(into *[]string, c *daybook.Column, values []daybook.Value) {
	var either []string
	for _, v := range values {
		if arg, ok := argument(c, v); ok {
			either = append(either, operand(c)+" = "+b.arg(arg)+"::text[]")
		}
	}
	if len(either) == 0 {
		b.none = true
		return
	}
	put(into, "("+strings.Join(either, " OR ")+")")
}

// argument gives a value as a parameter of its column's type. ok is false for
// what a column of that type cannot hold.
func argument(c *daybook.Column, v daybook.Value) (arg any, ok bool) {
	switch c.Type {
	case daybook.TypeInt:
		return v.Int(), true
	case daybook.TypeFloat:
		return v.Float(), true
	case daybook.TypeBool:
		return v.Bool(), true
	case daybook.TypeUUID:
		id, ok := parseUUID(v.Text())
		return pgtype.UUID{Bytes: id, Valid: true}, ok
	case daybook.TypeHex:
		raw, err := hex.DecodeString(v.Text())
		return raw, err == nil && hex.EncodeToString(raw) == v.Text()
	case daybook.TypeTime:
		at, err := canon.ParseTime(v.Text())
		return at, err == nil
	case daybook.TypeDate:
		day, err := time.Parse(time.DateOnly, v.Text())
		return day, err == nil
	case daybook.TypeTexts:
		list, err := daybook.Texts(v)
		for _, text := range list {
			if !storable(text) {
				return nil, false
			}
		}
		return list, err == nil
	default:
		return v.Text(), storable(v.Text())
	}
}

// storable says that PostgreSQL can hold a text.
func storable(text string) bool {
	for i := range len(text) {
		if text[i] == 0 {
			return false
		}
	}
	return utf8.ValidString(text)
}

// serials wants the subject to be one of some that were given by the ledger:
// the seq of its first entry. Revisions behind the first have an index; see
// [kindIndexes].
func (b *selection) serials(into *[]string, ids []int64) {
	if len(ids) == 0 {
		b.none = true
		return
	}
	list := b.arg(ids) + "::bigint[]"
	first := "r.seq = ANY (" + list + ") AND r.revision = 1"
	if !b.table.kind.Amendable() {
		put(into, first)
		return
	}
	later := "r." + quoted(b.table.kind.Subject().Name) + " = ANY (" + list + ") AND r.revision > 1"
	put(into, "("+first+" OR "+later+")")
}

// serialIDs gives those of some ids that are numbers as the ledger writes them.
func serialIDs(ids []string) []int64 {
	var list []int64
	for _, id := range ids {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
			list = append(list, n)
		}
	}
	return list
}
