package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"math"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
)

// reader reads rows of one statement as the server sends them, in binary form.
// It keeps the bytes of a row's texts together, so that they become one string.
type reader struct {
	text                         []byte
	spans                        []span
	times, loggedAt, retainUntil clock
	canon                        []byte // scratch
	texts                        []string
}

// span is where a column's text stands in the row's.
type span struct{ column, from, to int }

// body reads what [table.list] names. The fault, if there is one, says which
// column does not hold what it should. Whatever passes is in the canonical form
// of its type: no two values in the database give one entry.
func (r *reader) body(t *table, raw [][]byte) (values []daybook.Value, fault string) {
	values = make([]daybook.Value, len(t.kind.Columns))
	values[t.name] = daybook.TextValue(t.kind.Name)
	r.text, r.spans = r.text[:0], r.spans[:0]
	note := func(i int, why string) {
		if why != "" && fault == "" {
			fault = t.kind.Name + "." + t.kind.Columns[i].Name + " " + why
		}
	}
	note(t.loggedAt, r.column(values, t.loggedAt, &t.kind.Columns[t.loggedAt], raw[1]))
	for n, i := range t.columns {
		note(i, r.column(values, i, &t.kind.Columns[i], raw[2+n]))
	}
	text := string(r.text)
	for _, s := range r.spans {
		v := text[s.from:s.to]
		values[s.column] = daybook.TextValue(v)
		note(s.column, r.check(&t.kind.Columns[s.column], v))
	}
	return values, fault
}

// column reads one column into its place.
func (r *reader) column(values []daybook.Value, i int, c *daybook.Column, raw []byte) (fault string) {
	if raw == nil {
		return ""
	}
	if !c.Type.IsText() {
		values[i], fault = number(c.Type, raw)
		return fault
	}
	from := len(r.text)
	fault = r.append(c, raw)
	r.spans = append(r.spans, span{column: i, from: from, to: len(r.text)})
	return fault
}

// append appends the text of a value, for the types whose values are text to
// the rest of Daybook.
func (r *reader) append(c *daybook.Column, raw []byte) (fault string) {
	switch c.Type {
	case daybook.TypeUUID:
		if len(raw) != len(uuid.UUID{}) {
			return "does not hold 16 bytes"
		}
		r.text = appendUUID(r.text, uuid.UUID(raw))
	case daybook.TypeHex:
		if len(raw) != saltLength {
			return "does not hold 16 bytes"
		}
		r.text = hex.AppendEncode(r.text, raw)
	case daybook.TypeTime:
		text, ok := r.times.text(raw)
		if !ok {
			return "does not hold a time"
		}
		r.text = append(r.text, text...)
	case daybook.TypeDate:
		text, ok := dateText(raw)
		if !ok {
			return "does not hold a date"
		}
		r.text = append(r.text, text...)
	case daybook.TypeTexts:
		list, fault := r.array(raw)
		if fault != "" {
			return fault
		}
		r.text = canon.AppendStrings(r.text, list)
	default:
		r.text = append(r.text, raw...)
	}
	return ""
}

// saltLength is the bytes of a salt, which alone is of type hex.
const saltLength = 16

// array reads an array of texts: the number of its dimensions, whether it has
// nulls, the type of its members, of each dimension its length and where it
// begins, and of each member its length and itself.
func (r *reader) array(raw []byte) (list []string, fault string) {
	const broken, odd = "does not hold an array", "holds an array that no Daybook writes"
	if len(raw) < 12 {
		return nil, broken
	}
	if dimensions := binary.BigEndian.Uint32(raw); dimensions != 1 || len(raw) < 20 || binary.BigEndian.Uint32(raw[16:]) != 1 {
		return nil, odd
	}
	n := binary.BigEndian.Uint32(raw[12:])
	raw, list = raw[20:], r.texts[:0]
	for range n {
		if len(raw) < 4 {
			return nil, broken
		}
		length := int32(binary.BigEndian.Uint32(raw))
		if length < 0 {
			return nil, "holds an array with a null"
		}
		if raw = raw[4:]; int(length) > len(raw) {
			return nil, broken
		}
		text := string(raw[:length])
		if canon.CheckString(text) != nil {
			return nil, "holds text that is not UTF-8"
		}
		list, raw = append(list, text), raw[length:]
	}
	r.texts = list
	if len(raw) > 0 || n == 0 {
		return nil, odd
	}
	return list, ""
}

// number reads a value that is a number to the rest of Daybook.
func number(t daybook.Type, raw []byte) (v daybook.Value, fault string) {
	switch {
	case t == daybook.TypeBool && len(raw) == 1:
		return daybook.BoolValue(raw[0] != 0), ""
	case t == daybook.TypeInt && len(raw) == 8:
		return daybook.IntValue(int64(binary.BigEndian.Uint64(raw))), ""
	case t == daybook.TypeFloat && len(raw) == 8:
		f := math.Float64frombits(binary.BigEndian.Uint64(raw))
		if math.IsInf(f, 0) || math.IsNaN(f) || f == 0 && math.Signbit(f) {
			return v, "holds a number that no entry has"
		}
		return daybook.FloatValue(f), ""
	}
	return v, "does not hold a value of type " + t.String()
}

// check says what is wrong with a text that is not in the canonical form of
// its type. Without this a row's values could be moved from one column into
// another's JSON, and the row would still give the same canonical bytes.
func (r *reader) check(c *daybook.Column, text string) string {
	switch c.Type {
	case daybook.TypeJSON:
		var err error
		r.canon, err = canon.AppendJSON(r.canon[:0], []byte(text))
		if err != nil || string(r.canon) != text || text == "null" {
			return "holds JSON that is not canonical"
		}
	case daybook.TypeOptions:
		if v, err := c.ParseText(text); err != nil || !v.IsSet() || v.Text() != text {
			return "holds options that are not canonical"
		}
	case daybook.TypeText:
		if canon.CheckString(text) != nil {
			return "holds text that is not UTF-8"
		}
	}
	return "" // the others are as [reader.append] gives them
}

// clock is a time as both the server and people have it. Neighbours mostly
// share their times, so it keeps the text of the last.
type clock struct {
	micro int64
	last  string
}

// text gives a time as people have it, unless it is none or outside the years
// that there are.
func (c *clock) text(raw []byte) (string, bool) {
	if len(raw) != 8 {
		return "", false
	}
	micro := int64(binary.BigEndian.Uint64(raw))
	if micro != c.micro || c.last == "" {
		text, ok := timeText(micro)
		if !ok {
			return "", false
		}
		c.micro, c.last = micro, text
	}
	return c.last, true
}

// dateText gives a day as people have it.
func dateText(raw []byte) (string, bool) {
	if len(raw) != 4 {
		return "", false
	}
	text, ok := appendDate(nil, int64(int32(binary.BigEndian.Uint32(raw)))+epochDay)
	return string(text), ok
}

func appendUUID(dst []byte, u uuid.UUID) []byte {
	dst = hex.AppendEncode(dst, u[:4])
	for _, part := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = hex.AppendEncode(append(dst, '-'), u[part[0]:part[1]])
	}
	return dst
}

// parseUUID reads a UUID in canonical form, and no other.
func parseUUID(text string) (u uuid.UUID, ok bool) {
	if len(text) != 36 {
		return u, false
	}
	u, err := uuid.Parse(text)
	var again [36]byte
	return u, err == nil && string(appendUUID(again[:0], u)) == text
}
