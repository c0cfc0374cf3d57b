package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"

	"github.com/daybook-audit/daybook"
)

// The binary form of COPY: a header, rows of a count of fields and the fields,
// each behind its length, and a mark for the end
// (https://www.postgresql.org/docs/current/sql-copy.html).
const (
	copyHeader = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyEnd    = "\xff\xff"
)

// textOID is the number that PostgreSQL has for the type text.
const textOID = 25

// putNull appends the field of a column without a value.
func putNull(dst []byte) []byte { return append(dst, 0xff, 0xff, 0xff, 0xff) }

func putInt(dst []byte, n int64) []byte {
	dst = binary.BigEndian.AppendUint32(dst, 8)
	return binary.BigEndian.AppendUint64(dst, uint64(n))
}

func putSmall(dst []byte, n int16) []byte {
	dst = binary.BigEndian.AppendUint32(dst, 2)
	return binary.BigEndian.AppendUint16(dst, uint16(n))
}

func putText(dst []byte, s string) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s)))
	return append(dst, s...)
}

func putBytes(dst, b []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, b...)
}

// putBody appends the row of an entry's body.
func (t *table) putBody(dst []byte, e *daybook.Entry) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, uint16(2+len(t.columns)))
	dst = putInt(dst, e.Seq)
	at, ok := microsOf(e.Values[t.loggedAt].Text())
	if !ok {
		return dst, internalf("entry %d: logged_at is not a canonical time", e.Seq)
	}
	dst = putInt(dst, at)
	for _, i := range t.columns {
		if !e.Values[i].IsSet() {
			dst = putNull(dst)
			continue
		}
		var fault string
		c := &t.kind.Columns[i]
		if dst, fault = putValue(dst, c.Type, e.Values[i]); fault != "" {
			return dst, internalf("entry %d: %s %s", e.Seq, c.Name, fault)
		}
	}
	return dst, nil
}

// putValue appends the field of a value. The fault, if there is one, says
// why it is none of its type.
func putValue(dst []byte, t daybook.Type, v daybook.Value) (_ []byte, fault string) {
	switch t {
	case daybook.TypeInt:
		return putInt(dst, v.Int()), ""
	case daybook.TypeFloat:
		return putInt(dst, int64(math.Float64bits(v.Float()))), ""
	case daybook.TypeBool:
		truth := byte(0)
		if v.Bool() {
			truth = 1
		}
		return append(dst, 0, 0, 0, 1, truth), ""
	case daybook.TypeTime:
		at, ok := microsOf(v.Text())
		if !ok {
			return dst, "is not a canonical time"
		}
		return putInt(dst, at), ""
	case daybook.TypeDate:
		day, ok := dayOf(v.Text())
		if !ok {
			return dst, "is not a canonical date"
		}
		dst = binary.BigEndian.AppendUint32(dst, 4)
		return binary.BigEndian.AppendUint32(dst, uint32(int32(day-epochDay))), ""
	case daybook.TypeUUID:
		return putUUID(dst, v.Text())
	case daybook.TypeHex:
		return putHex(dst, v.Text())
	case daybook.TypeTexts:
		return putTexts(dst, v)
	default:
		return putText(dst, v.Text()), ""
	}
}

// putSpine appends the row of an entry in the spine.
func (t *table) putSpine(dst []byte, e *daybook.Entry) ([]byte, error) {
	dst = binary.BigEndian.AppendUint16(dst, 6)
	dst = putInt(dst, e.Seq)
	dst, fault := putUUID(dst, e.Values[t.logID].Text())
	if fault != "" {
		return dst, internalf("entry %d: log_id %s", e.Seq, fault)
	}
	dst = putSmall(dst, int16(t.kind.Number))
	loggedAt, ok := microsOf(e.Values[t.loggedAt].Text())
	retainUntil, is := microsOf(e.Values[t.retainUntil].Text())
	if !ok || !is {
		return dst, internalf("entry %d: logged_at or retain_until is not a canonical time", e.Seq)
	}
	dst = putInt(dst, loggedAt)
	dst = putInt(dst, retainUntil)
	return putBytes(dst, e.LogHash[:]), nil
}

func putHex(dst []byte, text string) (_ []byte, fault string) {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(text)/2))
	from := len(dst)
	dst, err := hex.AppendDecode(dst, []byte(text))
	if err != nil || strings.ToLower(text) != text {
		return dst[:from], "is not in lower-case hexadecimal digits"
	}
	return dst, ""
}

// putUUID appends a UUID in canonical form, and no other.
func putUUID(dst []byte, text string) (_ []byte, fault string) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return dst, "is not a UUID"
	}
	dst = append(dst, 0, 0, 0, 16)
	for i := 0; i < len(text); i += 2 {
		if i == 8 || i == 13 || i == 18 || i == 23 { // a dash
			i++
		}
		high, low := lowerHex(text[i]), lowerHex(text[i+1])
		if high > 15 || low > 15 {
			return dst, "is not a UUID in lower case"
		}
		dst = append(dst, high<<4|low)
	}
	return dst, ""
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

// putTexts appends an array of one dimension.
func putTexts(dst []byte, v daybook.Value) (_ []byte, fault string) {
	length := len(dst)
	dst = append(dst, 0, 0, 0, 0, // the field's length, put in below
		0, 0, 0, 1, // one dimension
		0, 0, 0, 0, // no NULL in it
		0, 0, 0, textOID)
	count := len(dst)
	dst = append(dst, 0, 0, 0, 0, // how many, put in below
		0, 0, 0, 1) // from 1 on
	n := 0
	if text := v.Text(); plainTexts(text) {
		for text = text[2:]; ; n++ {
			end := strings.IndexByte(text, '"')
			dst = putText(dst, text[:end])
			if text[end+1] == ']' {
				n++
				break
			}
			text = text[end+len(`", "`):]
		}
	} else {
		list, err := daybook.Texts(v)
		if err != nil || len(list) == 0 {
			return dst[:length], "is not an array of texts"
		}
		for _, s := range list {
			dst = putText(dst, s)
		}
		n = len(list)
	}
	binary.BigEndian.PutUint32(dst[count:], uint32(n))
	binary.BigEndian.PutUint32(dst[length:], uint32(len(dst)-length-4))
	return dst, ""
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
