package canon

import (
	"fmt"
	"strconv"
	"sync"
)

// MaxDepth is how many arrays and objects may stand inside one another in a
// JSON value.
const MaxDepth = 100

// AppendJSON appends the canonical form of the one JSON value in raw: keys
// sorted by code point, Python's separators, strings as [AppendString] writes
// them. An integer literal within int64 stays; any other number is read as a
// float64 and becomes an integer if it is whole and within int64 (1.0 is 1,
// -0.0 and 1e-400 are 0), else Python's repr.
//
// It refuses malformed JSON and whatever some store or reader would change or
// not hold: integer literals beyond int64, numbers that overflow or are longer
// than [MaxNumber] bytes, NaN and infinities, duplicate keys, invalid UTF-8,
// lone surrogates, NUL, nesting deeper than [MaxDepth], and data after the
// value. The error is an [*Error]; dst is then returned as it was.
//
// Normalising the result again gives the same bytes.
func AppendJSON(dst, raw []byte) ([]byte, error) {
	return appendValue(dst, raw, false)
}

// AppendStoredJSON is [AppendJSON] for a value read back from a store, where
// an integer literal beyond int64 is read as a float: JSONB writes the
// canonical 1e+19 as 10000000000000000000.
func AppendStoredJSON(dst, raw []byte) ([]byte, error) {
	return appendValue(dst, raw, true)
}

func appendValue(dst, raw []byte, stored bool) ([]byte, error) {
	p, _ := parsers.Get().(*parser)
	p.raw, p.pos, p.out, p.stored = raw, 0, dst, stored
	err := p.document()
	out := p.out
	p.release()
	if err != nil {
		return dst, err.finish()
	}
	return out, nil
}

// What a parser at rest keeps room for.
const (
	keepMembers = 1024
	keepDecoded = 64 << 10
)

// parsers keeps the parsers' lists of members and keys between values.
var parsers = sync.Pool{New: func() any { return &parser{members: make([]member, 0, 32)} }}

// release gives p back, without what belongs to the caller.
func (p *parser) release() {
	p.raw, p.out = nil, nil
	if cap(p.members) > keepMembers || cap(p.decoded) > keepDecoded {
		return
	}
	p.members, p.decoded = p.members[:0], p.decoded[:0]
	parsers.Put(p)
}

// parser reads raw and appends to out in one pass. An object is written in the
// order of its keys in raw, and put in order when it closes if it must be.
type parser struct {
	raw     []byte
	pos     int // of the next byte of raw
	out     []byte
	members []member // of the objects now open, innermost last
	decoded []byte   // keys of the objects now open that are not written as they are
	stored  bool     // integers beyond int64 are floats
}

// fail makes the error for the byte at offset.
func (p *parser) fail(offset int, reason string) *Error {
	return &Error{Offset: offset, Reason: reason}
}

func (p *parser) document() *Error {
	p.space()
	if p.pos == len(p.raw) {
		return p.fail(p.pos, "there is no JSON value")
	}
	if err := p.value(0); err != nil {
		return err
	}
	p.space()
	if p.pos < len(p.raw) {
		return p.fail(p.pos, "there is data after the JSON value")
	}
	return nil
}

// space passes JSON's white space.
func (p *parser) space() {
	for p.pos < len(p.raw) && p.raw[p.pos] <= ' ' {
		switch p.raw[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// value reads one value inside depth arrays and objects. White space before it
// has been passed.
func (p *parser) value(depth int) *Error {
	if p.pos == len(p.raw) {
		return p.unexpected()
	}
	switch c := p.raw[p.pos]; c {
	case '"':
		_, err := p.string()
		return err
	case '{', '[':
		if depth == MaxDepth {
			return p.fail(p.pos, fmt.Sprintf("nested deeper than %d levels; flatten it, or send the inner part as a string", MaxDepth))
		}
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case 't':
		return p.literal("true")
	case 'f':
		return p.literal("false")
	case 'n':
		return p.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.number()
	}
	return p.unexpected()
}

// literal reads one of JSON's three names.
func (p *parser) literal(name string) *Error {
	rest := p.raw[p.pos:]
	if len(rest) < len(name) || string(rest[:len(name)]) != name {
		return p.fail(p.pos, "malformed JSON: expected "+name)
	}
	p.out = append(p.out, name...)
	p.pos += len(name)
	return nil
}

// unexpected makes the error for a byte that cannot stand at pos.
func (p *parser) unexpected() *Error {
	if p.pos == len(p.raw) {
		return p.fail(p.pos, "malformed JSON: it ends too early")
	}
	switch c := p.raw[p.pos]; {
	case c == 'N' || c == 'I':
		return p.fail(p.pos, reasonNotFinite)
	case c == 0xef && p.pos == 0:
		return p.fail(p.pos, "malformed JSON: it starts with a byte order mark; remove it")
	case c >= 0x20 && c < 0x7f:
		return p.fail(p.pos, "malformed JSON: unexpected "+strconv.QuoteRune(rune(c)))
	default:
		return p.fail(p.pos, fmt.Sprintf("malformed JSON: unexpected byte 0x%02x", c))
	}
}

// array reads an array; pos is at its bracket.
func (p *parser) array(depth int) *Error {
	p.pos++
	p.out = append(p.out, '[')
	p.space()
	if p.pos < len(p.raw) && p.raw[p.pos] == ']' {
		p.pos++
		p.out = append(p.out, ']')
		return nil
	}
	for i := 0; ; i++ {
		if err := p.value(depth); err != nil {
			return err.within(strconv.Itoa(i))
		}
		p.space()
		if p.pos == len(p.raw) {
			return p.unexpected()
		}
		switch p.raw[p.pos] {
		case ',':
			p.pos++
			p.out = append(p.out, ", "...)
			p.space()
		case ']':
			p.pos++
			p.out = append(p.out, ']')
			return nil
		default:
			return p.unexpected()
		}
	}
}
