package canon

import (
	"fmt"
	"math"
	"strconv"
)

// MaxNumber is the greatest length of a number in a JSON value, in bytes. The
// exact decimal expansion of any float64 is shorter. Within it
// strconv.ParseFloat, which stops counting an exponent at five digits, agrees
// with arithmetic on every literal.
const MaxNumber = 4096

const (
	reasonNotFinite = "NaN and infinities are not JSON; leave the value out, or send it as a string"
	reasonOverflow  = "the number is too large for a 64-bit float; send it as a string"
	reasonInt64     = "the integer is outside the 64-bit range; send it as a string"
)

// number reads a number; pos is at its sign or first digit.
func (p *parser) number() *Error {
	start := p.pos
	whole, err := p.scanNumber()
	if err != nil {
		return err
	}
	text := p.raw[start:p.pos]
	if len(text) > MaxNumber {
		return p.fail(start, fmt.Sprintf("the number is longer than %d bytes; send it as a string", MaxNumber))
	}
	if whole && fitsInt64(text) {
		if string(text) == "-0" {
			text = text[1:]
		}
		p.out = append(p.out, text...)
		return nil
	}
	if whole && !p.stored {
		return p.fail(start, reasonInt64)
	}
	f, parseErr := strconv.ParseFloat(string(text), 64)
	if parseErr != nil { // the syntax has been checked, so it overflows
		return p.fail(start, reasonOverflow)
	}
	p.out = appendNumber(p.out, f)
	return nil
}

// scanNumber passes a number of JSON's grammar (RFC 8259 §6) and says whether
// it is an integer literal.
func (p *parser) scanNumber() (whole bool, err *Error) {
	whole = true
	if p.raw[p.pos] == '-' {
		p.pos++
	}
	switch c := p.peek(); {
	case c == '0':
		p.pos++
	case c >= '1' && c <= '9':
		p.digits()
	case c == 'I':
		return false, p.fail(p.pos, reasonNotFinite)
	default:
		return false, p.unexpected()
	}
	if p.peek() == '.' {
		whole = false
		p.pos++
		if p.digits() == 0 {
			return false, p.unexpected()
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		whole = false
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if p.digits() == 0 {
			return false, p.unexpected()
		}
	}
	return whole, nil
}

// peek is the next byte, 0 at the end (no grammar rule asks for a NUL).
func (p *parser) peek() byte {
	if p.pos < len(p.raw) {
		return p.raw[p.pos]
	}
	return 0
}

// digits passes decimal digits and says how many there were.
func (p *parser) digits() int {
	start := p.pos
	for p.pos < len(p.raw) && p.raw[p.pos]-'0' <= 9 {
		p.pos++
	}
	return p.pos - start
}

// fitsInt64 says whether an integer literal (no leading zeros) is within int64.
func fitsInt64(text []byte) bool {
	limit := "9223372036854775807"
	if text[0] == '-' {
		text, limit = text[1:], "9223372036854775808"
	}
	// Of equal length, decimal order is byte order.
	return len(text) < len(limit) || len(text) == len(limit) && string(text) <= limit
}

// appendNumber appends f as an integer if it is one within int64, else as a float.
func appendNumber(dst []byte, f float64) []byte {
	if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
		return AppendInt(dst, int64(f))
	}
	return AppendFloat(dst, f)
}
