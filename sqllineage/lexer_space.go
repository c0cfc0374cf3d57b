package sqllineage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// closers are closing marks that are known not to come any more, so that no
// text makes the lexer search its rest again and again.
type closers uint8

const (
	closeBracket closers = 1 << iota // ]
	closeTag                         // the end of a $tag$ … $tag$
	closeNested                      // the end of nested comments
	closeBraces                      // }}
	closePercent                     // %}
	closeHash                        // #}
	closeBrace                       // }
	closeAngle                       // the */ of any comment
)

func closerOf(c byte) closers {
	if c == ']' {
		return closeBracket
	}
	return 0
}

// skipSpace goes to where the next token begins.
func (l *lexer) skipSpace() {
	for l.pos < len(l.sql) {
		c := l.sql[l.pos]
		switch {
		case c <= ' ' || c == 0x7F:
			if c == 0 {
				l.badByte(l.pos)
			}
			l.pos++
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(l.sql[l.pos:])
			if n == 1 || !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) && !unicode.IsControl(r) {
				return
			}
			l.pos += n
		case !l.skipComment(c):
			return
		}
	}
}

// skipComment goes behind a comment that begins here, and says whether there
// was one.
func (l *lexer) skipComment(c byte) bool {
	next := l.at(1)
	switch c {
	case '-':
		if next != '-' || l.has&dashNeedsSpace != 0 && l.at(2) > ' ' {
			return false
		}
		return l.skipLine()
	case '/':
		if next == '/' && l.has&slashComment != 0 {
			return l.skipLine()
		}
		if next == '*' {
			l.skipBlock()
			return true
		}
	case '*': // the end of a /*! whose contents were read as code
		if next != '/' || l.versioned == 0 {
			return false
		}
		l.versioned--
		l.pos += 2
		return true
	case '#':
		if l.has&hashComment != 0 || (next == ' ' || next == '!') && l.lineBegins() {
			return l.skipLine()
		}
	case '{':
		switch next {
		case '#':
			return l.skipTemplate("#}", closeHash)
		case '%':
			return l.skipTemplate("%}", closePercent)
		}
	case '\\': // a command of a client, or a line that goes on
		if next == '\n' || next == '\r' || l.dialect == PostgreSQL && l.lineBegins() {
			return l.skipLine()
		}
	}
	return false
}

// lineBegins says whether only blanks stand before this on its line.
func (l *lexer) lineBegins() bool {
	for i := l.pos - 1; i >= 0 && i > l.pos-80; i-- {
		switch l.sql[i] {
		case '\n':
			return true
		case ' ', '\t', '\r':
		default:
			return false
		}
	}
	return l.pos < 80
}

func (l *lexer) skipLine() bool {
	l.pos += lineEnd(l.sql[l.pos:])
	return true
}

// skipTemplate goes behind a comment or statement of a template language.
func (l *lexer) skipTemplate(closing string, known closers) bool {
	if l.missing&known != 0 {
		return false
	}
	i := strings.Index(l.sql[l.pos+2:], closing)
	if i < 0 {
		l.missing |= known
		return false
	}
	l.pos += 2 + i + len(closing)
	return true
}

// skipBlock goes behind a comment of /* and */.
func (l *lexer) skipBlock() {
	if l.has&versionComment != 0 {
		if n := versionLength(l.sql[l.pos:]); n > 0 {
			l.pos += n
			l.versioned++
			return
		}
	}
	if l.has&nestedComment != 0 && l.missing&closeNested == 0 {
		if end := nestedEnd(l.sql, l.pos); end > 0 {
			l.pos = end
			return
		}
		l.missing |= closeNested
	}
	if i := strings.Index(l.sql[l.pos+2:], "*/"); i >= 0 {
		l.pos += 2 + i + 2
		return
	}
	l.fault(l.pos, "this comment does not end; all that follows was taken for it")
	l.pos = len(l.sql)
}

// versionLength is the length of /*!50000 or of MariaDB's /*M!, or 0.
func versionLength(s string) int {
	i := 2
	if strings.HasPrefix(s[2:], "M!") {
		i++
	}
	if i >= len(s) || s[i] != '!' {
		return 0
	}
	for i++; i < len(s) && isDigit(s[i]); {
		i++
	}
	return i
}

// nestedEnd is where a comment ends that may hold others, or 0.
func nestedEnd(s string, i int) int {
	depth := 0
	for ; i+1 < len(s); i++ {
		switch {
		case s[i] == '/' && s[i+1] == '*':
			depth++
			i++
		case s[i] == '*' && s[i+1] == '/':
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
