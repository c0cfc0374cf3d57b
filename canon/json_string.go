package canon

import "unicode/utf8"

const reasonSurrogate = "a string holds a lone surrogate, half a character; send the whole pair"

// string reads a string, key or value; pos is at its quote. It is plain if it
// holds no escape in out.
func (p *parser) string() (plain bool, err *Error) {
	if n := plainPrefix(p.raw[p.pos+1:]); p.pos+1+n < len(p.raw) && p.raw[p.pos+1+n] == '"' {
		p.out = append(p.out, p.raw[p.pos:p.pos+n+2]...)
		p.pos += n + 2
		return true, nil
	}
	return false, p.mixedString()
}

// mixedString reads a string that does not stand for itself as a whole.
func (p *parser) mixedString() *Error {
	p.pos++
	p.out = append(p.out, '"')
	for {
		n := plainPrefix(p.raw[p.pos:])
		p.out = append(p.out, p.raw[p.pos:p.pos+n]...)
		p.pos += n
		if p.pos == len(p.raw) {
			return p.fail(p.pos, "malformed JSON: a string has no closing quote")
		}
		switch c := p.raw[p.pos]; {
		case c == '"':
			p.pos++
			p.out = append(p.out, '"')
			return nil
		case c == '\\':
			if err := p.escape(); err != nil {
				return err
			}
		case c == 0:
			return p.fail(p.pos, reasonNUL)
		case c < 0x20:
			return p.fail(p.pos, `malformed JSON: a string holds a raw control character; write it as an escape (\n, \u001f)`)
		default:
			r, size := utf8.DecodeRune(p.raw[p.pos:])
			if r == utf8.RuneError && size == 1 {
				return p.fail(p.pos, reasonUTF8)
			}
			p.out = appendEscape(p.out, r)
			p.pos += size
		}
	}
}

// escape reads an escape; pos is at its backslash.
func (p *parser) escape() *Error {
	if p.pos+1 == len(p.raw) {
		return p.fail(p.pos, "malformed JSON: a string has no closing quote")
	}
	switch c := p.raw[p.pos+1]; c {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		p.out = append(p.out, '\\', c)
	case '/':
		p.out = append(p.out, '/')
	case 'u':
		return p.unicodeEscape()
	default:
		return p.fail(p.pos, "malformed JSON: unknown escape in a string")
	}
	p.pos += 2
	return nil
}

// unicodeEscape reads a \u escape or a pair of them; pos is at its backslash.
func (p *parser) unicodeEscape() *Error {
	r := unit(p.raw[p.pos:])
	switch {
	case r < 0:
		return p.fail(p.pos, `malformed JSON: \u needs four hexadecimal digits`)
	case r == 0:
		return p.fail(p.pos, reasonNUL)
	case r < 0x80 && isPlain(byte(r)):
		p.out = append(p.out, byte(r))
	case r < 0xd800 || r > 0xdfff:
		p.out = appendEscape(p.out, r)
	default:
		low := unit(p.raw[p.pos+6:])
		if r >= 0xdc00 || low < 0xdc00 || low > 0xdfff {
			return p.fail(p.pos, reasonSurrogate)
		}
		p.out = appendUnit(appendUnit(p.out, r), low)
		p.pos += 6
	}
	p.pos += 6
	return nil
}

// unit is the UTF-16 code unit of the \uXXXX at the start of text, -1 if there
// is none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var u rune
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		u = u<<4 | rune(c)
	}
	return u
}
