package canon

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// member is where one member of an object stands.
type member struct {
	prefix  uint64 // of the key: its first bytes, by which most keys differ already
	start   int    // of the member in out
	end     int    // of the member in out
	offset  int    // of the key in raw
	key     int    // start of the key's text, decoded: in raw, or in decoded if escaped
	size    int    // of the key's text
	escaped bool   // the key is not written as it is
}

// keyText is the key as the string it means.
func (p *parser) keyText(m *member) []byte {
	if m.escaped {
		return p.decoded[m.key : m.key+m.size]
	}
	return p.raw[m.key : m.key+m.size]
}

// object reads an object; pos is at its brace.
func (p *parser) object(depth int) *Error {
	p.pos++
	p.out = append(p.out, '{')
	first, start, decoded := len(p.members), len(p.out), len(p.decoded)
	p.space()
	if p.peek() == '}' {
		p.pos++
		p.out = append(p.out, '}')
		return nil
	}
	for sorted := true; ; {
		inOrder, err := p.member(first, depth)
		if err != nil {
			return err
		}
		sorted = sorted && inOrder
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
			p.out = append(p.out, ", "...)
			p.space()
		case '}':
			p.pos++
			if !sorted {
				err = p.sort(p.members[first:], start)
			}
			p.members, p.decoded = p.members[:first], p.decoded[:decoded]
			p.out = append(p.out, '}')
			return err
		default:
			return p.unexpected()
		}
	}
}

// member reads one member of the object whose members start at first, and says
// whether its key comes after the one before.
func (p *parser) member(first, depth int) (inOrder bool, err *Error) {
	last := len(p.members)
	p.members = append(p.members, member{start: len(p.out), offset: p.pos})
	m := &p.members[last]
	if err := p.key(m); err != nil {
		return false, err
	}
	inOrder = true
	if last > first {
		c := p.compare(&p.members[last-1], m)
		if c == 0 {
			return false, p.duplicate(m)
		}
		inOrder = c < 0
	}
	err = p.value(depth)
	m = &p.members[last] // the value's own members may have moved it
	if err != nil {
		return false, err.within(string(p.keyText(m)))
	}
	m.end = len(p.out)
	return inOrder, nil
}

// key reads a member's key and colon, up to its value.
func (p *parser) key(m *member) *Error {
	if p.peek() != '"' {
		return p.unexpected()
	}
	plain, err := p.string()
	if err != nil {
		return err
	}
	m.key, m.size = m.offset+1, p.pos-m.offset-2
	if !plain {
		m.key, m.escaped = len(p.decoded), true
		p.decoded = appendDecoded(p.decoded, p.out[m.start+1:len(p.out)-1])
		m.size = len(p.decoded) - m.key
	}
	m.prefix = p.keyPrefix(m)
	p.space()
	if p.peek() != ':' {
		return p.unexpected()
	}
	p.pos++
	p.out = append(p.out, ": "...)
	p.space()
	return nil
}

// keyPrefix is the first eight bytes of a key, the first one highest, padded
// with zeros: no key holds NUL, so the order of prefixes is that of the keys.
func (p *parser) keyPrefix(m *member) uint64 {
	if text := p.raw[m.key:]; !m.escaped && len(text) >= 8 {
		unused := 64 - 8*min(m.size, 8)
		return binary.BigEndian.Uint64(text) >> unused << unused
	}
	var text [8]byte
	copy(text[:], p.keyText(m))
	return binary.BigEndian.Uint64(text[:])
}

// compare orders two members by the code points of their keys, which is the
// order of their bytes in UTF-8.
func (p *parser) compare(m, n *member) int {
	if m.prefix != n.prefix {
		return cmp.Compare(m.prefix, n.prefix)
	}
	return bytes.Compare(p.keyText(m), p.keyText(n))
}

// sort puts an object's members, which stand in out from start on, in the
// order of their keys.
func (p *parser) sort(members []member, start int) *Error {
	if len(members) <= fewMembers {
		p.insertionSort(members)
	} else {
		slices.SortFunc(members, func(m, n member) int { return p.compare(&m, &n) })
	}
	for i := 1; i < len(members); i++ {
		if m, n := &members[i-1], &members[i]; p.compare(m, n) == 0 {
			if m.offset > n.offset {
				n = m
			}
			return p.duplicate(n)
		}
	}
	// Written once more behind themselves, then moved to their place: the
	// buffer is most often large enough already.
	out, end := p.out, len(p.out)
	for i := range members {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, out[members[i].start:members[i].end]...)
	}
	copy(out[start:], out[end:])
	p.out = out[:end]
	return nil
}

// fewMembers is how many members are sorted by insertion.
const fewMembers = 16

func (p *parser) insertionSort(members []member) {
	for i := 1; i < len(members); i++ {
		m, j := members[i], i
		for ; j > 0 && p.compare(&m, &members[j-1]) < 0; j-- {
			members[j] = members[j-1]
		}
		members[j] = m
	}
}

// duplicate makes the error for a key that its object has already.
func (p *parser) duplicate(m *member) *Error {
	return p.fail(m.offset, "the key stands twice in its object; keep one of them").within(string(p.keyText(m)))
}

// appendDecoded appends the string that text, the canonical text of a string
// without its quotes, means.
func appendDecoded(dst, text []byte) []byte {
	for len(text) > 0 {
		n := plainPrefix(text)
		dst, text = append(dst, text[:n]...), text[n:]
		if len(text) == 0 {
			break
		}
		r, size := escaped(text)
		dst, text = utf8.AppendRune(dst, r), text[size:]
	}
	return dst
}

// escaped reads the escape, or pair of them, at the start of canonical text.
func escaped(text []byte) (r rune, size int) {
	switch c := text[1]; c {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'u':
		high := unit(text)
		if high < 0xd800 || high > 0xdfff {
			return high, 6
		}
		return 0x10000 + (high-0xd800)<<10 + unit(text[6:]) - 0xdc00, 12
	default:
		return rune(c), 2
	}
}
