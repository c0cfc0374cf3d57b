package sqlite

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"
)

// form is how the values of a column stand on the disk. Ids and times are most
// of what an entry takes, and of what its indexes take, so they are kept as
// bytes and numbers; the views show them as people read them.
type form uint8

const (
	formText  form = iota // TEXT
	formInt               // INTEGER
	formBool              // INTEGER, 0 or 1
	formFloat             // REAL
	formTime              // INTEGER, microseconds since 1970
	formUUID              // BLOB, the 16 bytes
	formHex               // BLOB, the bytes
	formName              // ANY: a name of something, which may be a UUID; see [nameForm]
)

// A column of formName holds a UUID in canonical form as its 16 bytes, the
// column's default as the number 0, and any other name as text. Each name has
// one form, so names are equal where their forms are.
const defaultName = 0

// formOf gives the form of a column.
func formOf(c *daybook.Column) form {
	switch c.Type {
	case daybook.TypeInt:
		return formInt
	case daybook.TypeBool:
		return formBool
	case daybook.TypeFloat:
		return formFloat
	case daybook.TypeTime:
		return formTime
	case daybook.TypeUUID:
		return formUUID
	case daybook.TypeHex:
		return formHex
	case daybook.TypeText:
		if c.Subject || strings.HasSuffix(c.Name, "_id") {
			return formName
		}
	}
	return formText
}

// sqlType is how a form is declared.
func (f form) sqlType() string {
	switch f {
	case formInt, formBool, formTime:
		return "INTEGER"
	case formFloat:
		return "REAL"
	case formUUID, formHex:
		return "BLOB"
	case formName:
		return "ANY"
	default:
		return "TEXT"
	}
}

// nameForm gives what stands for a name: bytes, 0 or text.
func nameForm(c *daybook.Column, text string) (id []byte, isDefault bool) {
	if c.Default != "" && text == c.Default {
		return nil, true
	}
	if u, ok := parseUUID(text); ok {
		return u[:], false
	}
	return nil, false
}

// parseUUID reads a UUID in canonical form, and no other.
func parseUUID(text string) (u uuid.UUID, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return u, false
	}
	at := 0
	for i := 0; i < len(text); i += 2 {
		if text[i] == '-' {
			i++
		}
		high, low := lowerHex(text[i]), lowerHex(text[i+1])
		if high > 15 || low > 15 {
			return u, false
		}
		u[at] = high<<4 | low
		at++
	}
	return u, true
}

// lowerHex gives the value of a lower-case hexadecimal digit, else 255.
func lowerHex(b byte) byte {
	switch {
	case b >= '0' && b <= '9':
		return b - '0'
	case b >= 'a' && b <= 'f':
		return b - 'a' + 10
	}
	return 255
}

// bindValue binds a value as its column keeps it.
func bindValue(stmt *sqlite.Stmt, param int, c *daybook.Column, f form, v daybook.Value) error {
	switch f {
	case formInt, formBool:
		stmt.BindInt64(param, v.Int())
	case formFloat:
		stmt.BindFloat(param, v.Float())
	case formTime:
		n, err := micros(v.Text())
		if err != nil {
			return fmt.Errorf("is not a canonical time")
		}
		stmt.BindInt64(param, n)
	case formUUID:
		u, ok := parseUUID(v.Text())
		if !ok {
			return fmt.Errorf("is not a UUID in lower case")
		}
		stmt.BindBytes(param, u[:])
	case formHex:
		raw, err := hex.DecodeString(v.Text())
		if err != nil {
			return fmt.Errorf("is not in hexadecimal digits")
		}
		stmt.BindBytes(param, raw)
	case formName:
		switch id, isDefault := nameForm(c, v.Text()); {
		case isDefault:
			stmt.BindInt64(param, defaultName)
		case id != nil:
			stmt.BindBytes(param, id)
		default:
			stmt.BindText(param, v.Text())
		}
	default:
		stmt.BindText(param, v.Text())
	}
	return nil
}

// holds says whether a form may have a value of a storage class.
func (f form) holds(t sqlite.ColumnType) bool {
	switch f {
	case formInt, formBool, formTime:
		return t == sqlite.TypeInteger
	case formFloat:
		return t == sqlite.TypeFloat
	case formUUID, formHex:
		return t == sqlite.TypeBlob
	case formName:
		return t == sqlite.TypeBlob || t == sqlite.TypeInteger || t == sqlite.TypeText
	default:
		return t == sqlite.TypeText
	}
}

// appendForm appends the text of the value in a result column, for the forms
// whose values are text to the rest of Daybook. The fault, if there is one,
// says what the column holds instead of what it should. Whatever passes is in
// the canonical form of its type: no two values on the disk give one entry.
func (r *reader) appendForm(c *daybook.Column, f form, stmt *sqlite.Stmt, at int) (fault string) {
	switch f {
	case formTime:
		text, ok := r.times.text(stmt.ColumnInt64(at))
		if !ok {
			return "does not hold a time"
		}
		r.text = append(r.text, text...)
	case formUUID:
		return r.appendUUID(stmt, at)
	case formHex:
		if stmt.ColumnLen(at) != saltLength {
			return "does not hold 16 bytes"
		}
		var raw [saltLength]byte
		stmt.ColumnBytes(at, raw[:])
		r.text = hex.AppendEncode(r.text, raw[:])
	case formName:
		switch stmt.ColumnType(at) {
		case sqlite.TypeBlob:
			return r.appendUUID(stmt, at)
		case sqlite.TypeInteger:
			if c.Default == "" || stmt.ColumnInt64(at) != defaultName {
				return "holds a number that stands for nothing"
			}
			r.text = append(r.text, c.Default...)
		default:
			from := len(r.text)
			r.appendBytes(stmt, at)
			if id, isDefault := nameForm(c, string(r.text[from:])); id != nil || isDefault {
				return "holds as text what is kept otherwise"
			}
		}
	default:
		r.appendBytes(stmt, at)
	}
	return ""
}

// saltLength is the bytes of a salt, which alone is of type hex.
const saltLength = 16

func (r *reader) appendUUID(stmt *sqlite.Stmt, at int) (fault string) {
	var u uuid.UUID
	if stmt.ColumnLen(at) != len(u) {
		return "does not hold 16 bytes"
	}
	stmt.ColumnBytes(at, u[:])
	r.text = appendUUID(r.text, u)
	return ""
}

func appendUUID(dst []byte, u uuid.UUID) []byte {
	dst = hex.AppendEncode(dst, u[:4])
	for _, part := range [][2]int{{4, 6}, {6, 8}, {8, 10}, {10, 16}} {
		dst = hex.AppendEncode(append(dst, '-'), u[part[0]:part[1]])
	}
	return dst
}

func (r *reader) appendBytes(stmt *sqlite.Stmt, at int) {
	from, n := len(r.text), stmt.ColumnLen(at)
	r.text = grown(r.text, n)
	stmt.ColumnBytes(at, r.text[from:])
}

// number reads a value that is a number to the rest of Daybook.
func (f form) number(stmt *sqlite.Stmt, at int) (v daybook.Value, fault string) {
	switch f {
	case formBool:
		n := stmt.ColumnInt64(at)
		if n != 0 && n != 1 {
			return v, fmt.Sprintf("holds %d, not 0 or 1", n)
		}
		return daybook.BoolValue(n == 1), ""
	case formFloat:
		n := stmt.ColumnFloat(at)
		if math.IsInf(n, 0) || math.IsNaN(n) || n == 0 && math.Signbit(n) {
			return v, fmt.Sprintf("holds %v", n)
		}
		return daybook.FloatValue(n), ""
	default:
		return daybook.IntValue(stmt.ColumnInt64(at)), ""
	}
}

// isNumber says that values of the form are not text to the rest of Daybook.
func (f form) isNumber() bool { return f == formInt || f == formBool || f == formFloat }
