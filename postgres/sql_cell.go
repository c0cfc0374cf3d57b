package postgres

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook/canon"
	"github.com/jackc/pgx/v5/pgtype"
)

// A cell makes a value of an answer out of the text that PostgreSQL gives for it.
type cell func(text []byte) any

// cellOf gives the cell of a type: bool, int64, float64, json.RawMessage for
// arrays and JSON, or string, in the forms that Daybook has elsewhere.
func cellOf(types *pgtype.Map, oid uint32) cell {
	switch oid {
	case pgtype.BoolOID:
		return func(text []byte) any { return text[0] == 't' }
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID, pgtype.NumericOID, pgtype.Float4OID, pgtype.Float8OID:
		return numberCell
	case pgtype.JSONOID, pgtype.JSONBOID:
		return jsonCell
	case pgtype.ByteaOID:
		return func(text []byte) any { return strings.TrimPrefix(string(text), `\x`) }
	case pgtype.TimestamptzOID:
		return func(text []byte) any { return timeCell(text, "2006-01-02 15:04:05.999999Z07", canon.FormatTime) }
	case pgtype.TimestampOID:
		return func(text []byte) any {
			return timeCell(text, "2006-01-02 15:04:05.999999", func(t time.Time) string { return strings.TrimSuffix(canon.FormatTime(t), "Z") })
		}
	}
	if t, ok := types.TypeForOID(oid); ok {
		if array, ok := t.Codec.(*pgtype.ArrayCodec); ok {
			return arrayCell(cellOf(types, array.ElementType.OID))
		}
	}
	return func(text []byte) any { return string(text) }
}

// numberCell gives an integer where it is one, as a sum of integers is.
func numberCell(text []byte) any {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil && !math.IsInf(f, 0) {
		return string(text)
	}
	return f
}

// jsonCell gives JSON in the form in which it was hashed.
func jsonCell(text []byte) any {
	form, err := canon.AppendStoredJSON(nil, text)
	if err != nil {
		form = append(form[:0], text...)
	}
	return json.RawMessage(form)
}

// timeCell gives a time in canonical form; what is infinite, or before our era,
// as PostgreSQL has it.
func timeCell(text []byte, layout string, form func(time.Time) string) any {
	at, err := time.Parse(layout, string(text))
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		return string(text)
	}
	return form(at)
}

// arrayCell gives an array as JSON.
func arrayCell(member cell) cell {
	return func(text []byte) any {
		a := arrayText{text: text, member: member}
		if i := strings.Index(string(text), "={"); i > 0 && text[0] == '[' { // [2:3]={…} does not begin at 1
			a.at = i + 1
		}
		form, ok := a.array(nil)
		if !ok || a.at != len(text) {
			return string(text)
		}
		return json.RawMessage(form)
	}
}

// arrayText reads an array as PostgreSQL writes it: {1,NULL,"a \"b\"",{…}}.
type arrayText struct {
	text   []byte
	at     int
	member cell
}

func (a *arrayText) next() byte {
	if a.at < len(a.text) {
		return a.text[a.at]
	}
	return 0
}

func (a *arrayText) array(dst []byte) ([]byte, bool) {
	if a.next() != '{' {
		return nil, false
	}
	a.at++
	dst = append(dst, '[')
	for first := true; a.next() != '}'; first = false {
		if !first {
			if a.next() != ',' {
				return nil, false
			}
			a.at++
			dst = append(dst, ", "...)
		}
		var ok bool
		if dst, ok = a.element(dst); !ok {
			return nil, false
		}
	}
	a.at++
	return append(dst, ']'), true
}

func (a *arrayText) element(dst []byte) ([]byte, bool) {
	switch a.next() {
	case 0:
		return nil, false
	case '{':
		return a.array(dst)
	case '"':
		text, ok := a.quoted()
		if !ok {
			return nil, false
		}
		return appendCell(dst, a.member(text)), true
	}
	from := a.at
	for a.next() != ',' && a.next() != '}' {
		if a.next() == 0 {
			return nil, false
		}
		a.at++
	}
	text := a.text[from:a.at]
	if string(text) == "NULL" {
		return append(dst, "null"...), true
	}
	return appendCell(dst, a.member(text)), true
}

func (a *arrayText) quoted() (text []byte, ok bool) {
	for a.at++; a.at < len(a.text); a.at++ {
		switch a.text[a.at] {
		case '"':
			a.at++
			return text, true
		case '\\':
			a.at++
		}
		text = append(text, a.next())
	}
	return nil, false
}

// appendCell appends a member of an array.
func appendCell(dst []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return canon.AppendString(dst, v)
	case int64:
		return canon.AppendInt(dst, v)
	case bool:
		return canon.AppendBool(dst, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...) // JSON has no word for them
		}
		return canon.AppendFloat(dst, v)
	case json.RawMessage:
		return append(dst, v...)
	}
	return append(dst, "null"...)
}
