package proxy

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

func isNumber(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'
}

// stringBytes reads plain text of a string and says how many bytes it took.
func (s *scanner) stringBytes(p []byte) int {
	n := 0
	for n < len(p) && p[n] != '"' && p[n] != '\\' && p[n] >= 0x20 {
		n++
	}
	s.plain(p[:n])
	if n == len(p) {
		return n
	}
	switch p[n] {
	case '"':
		s.closeString()
	case '\\':
		s.state = inEscape
	default:
		s.bad = true // a control character, which must be escaped
	}
	return n + 1
}

// plain takes text as it stands.
func (s *scanner) plain(p []byte) {
	if len(p) == 0 {
		return
	}
	s.lone()
	s.size += len(p)
	if room := maxText - len(s.text); room > 0 {
		s.text = append(s.text, p[:min(room, len(p))]...)
	}
}

// lone ends a first half of a surrogate pair that no second one followed.
func (s *scanner) lone() {
	if s.high != 0 {
		s.high = 0
		s.rune(utf8.RuneError)
	}
}

func (s *scanner) rune(r rune) {
	var b [utf8.UTFMax]byte
	n := utf8.EncodeRune(b[:], r)
	s.size += n
	if len(s.text)+n <= maxText {
		s.text = append(s.text, b[:n]...)
	}
}

func (s *scanner) escape(c byte) {
	s.state = inString
	if c == 'u' {
		s.state, s.hex, s.digits = inHex, 0, 4
		return
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		s.bad = true
		return
	}
	s.lone()
	s.rune(rune("\"\\/\b\f\n\r\t"[i]))
}

func (s *scanner) hexDigit(c byte) {
	var d byte
	switch {
	case c >= '0' && c <= '9':
		d = c - '0'
	case c >= 'a' && c <= 'f':
		d = c - 'a' + 10
	case c >= 'A' && c <= 'F':
		d = c - 'A' + 10
	default:
		s.bad = true
		return
	}
	s.hex = s.hex<<4 | rune(d)
	if s.digits--; s.digits > 0 {
		return
	}
	s.state = inString
	switch {
	case s.high != 0 && s.hex >= 0xdc00 && s.hex < 0xe000:
		r := utf16.DecodeRune(s.high, s.hex)
		s.high = 0
		s.rune(r)
	case s.hex >= 0xd800 && s.hex < 0xdc00:
		s.lone()
		s.high = s.hex
	default:
		s.lone()
		s.rune(s.hex) // half a pair becomes U+FFFD
	}
}

// closeString ends a string: a member's name, or a value.
func (s *scanner) closeString() {
	s.lone()
	if s.naming {
		s.naming = false
		s.name = valid(s.text[:min(len(s.text), maxKey)])
		s.state = wantColon
		return
	}
	s.scalar('"')
}

// closeScalar ends a number or a word.
func (s *scanner) closeScalar() {
	if s.state == inNumber {
		s.scalar('0')
		return
	}
	switch word := string(s.text); word {
	case "true", "false", "null":
		s.scalar(word[0])
	default:
		s.bad = true
	}
}

func (s *scanner) scalar(kind byte) {
	if s.room(nodeCost + len(s.text)) {
		n := &node{kind: kind, size: s.size, short: s.size > len(s.text)}
		switch kind {
		case '"':
			n.text = valid(s.text)
		case '0':
			n.text = string(s.text)
		}
		s.keep(n)
	} else {
		s.lose()
	}
	s.afterValue()
}

// valid gives text that a ledger takes: UTF-8 without NUL.
func valid(b []byte) string {
	if len(b) == maxText || len(b) == maxKey {
		b = wholeRunes(b)
	}
	if !utf8.Valid(b) {
		b = bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, []byte("\ufffd"))
	}
	return string(b)
}

// wholeRunes cuts off a rune that was cut in two.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// skip reads what is not kept, and says how many bytes it took.
func (s *scanner) skip(p []byte) int {
	for i := 0; i < len(p); i++ {
		switch s.state {
		case inSkippedEscape:
			s.state = inSkippedString
		case inSkippedString:
			n := bytes.IndexAny(p[i:], `"\`)
			if n < 0 {
				return len(p)
			}
			i += n
			s.state = inSkipped
			if p[i] == '\\' {
				s.state = inSkippedEscape
			}
		default:
			if s.skipByte(p[i]); s.state != inSkipped && s.state != inSkippedString {
				return i + 1
			}
		}
	}
	return len(p)
}

func (s *scanner) skipByte(c byte) {
	switch c {
	case '"':
		s.state = inSkippedString
	case '{', '[':
		s.skipped++
	case '}', ']':
		if s.skipped--; s.skipped == 0 {
			s.afterValue()
		}
	}
}
