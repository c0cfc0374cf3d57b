package sqllineage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A lexer cuts a text into tokens. It never fails: what it cannot read becomes
// a fault, and it goes on behind it.
type lexer struct {
	sql       string
	pos       int
	dialect   Dialect
	has       feature
	tokens    []token
	faults    []fault
	versioned int     // open /*! of MySQL, whose contents are code
	missing   closers // closers that are known not to come any more
	encoding  bool    // a fault about bytes that are no text was given
}

// lex cuts a text into tokens, the last of which is of kind tokenEnd. limited
// says that the text was longer than the limits allow, and so is cut short.
func lex(sql string, d Dialect, limits Limits) (tokens []token, faults []fault, limited bool) {
	return lexInto(make([]token, 0, min(len(sql)/4+8, 4096)), sql, d, limits)
}

// lexInto is lex with room for the tokens given to it.
func lexInto(room []token, sql string, d Dialect, limits Limits) (tokens []token, faults []fault, limited bool) {
	limits = limits.withDefaults()
	l := &lexer{sql: sql, dialect: d, has: features[d], tokens: room}
	if len(sql) > limits.Bytes {
		l.sql = sql[:limits.Bytes]
		l.fault(limits.Bytes, "the text is too long; what follows was not read")
		limited = true
	}
	for l.skipSpace(); l.pos < len(l.sql); l.skipSpace() {
		if len(l.tokens) >= limits.Tokens {
			l.fault(l.pos, "the text has too many tokens; what follows was not read")
			limited = true
			break
		}
		l.next()
	}
	l.tokens = append(l.tokens, token{kind: tokenEnd, start: l.pos, end: l.pos})
	return l.tokens, l.faults, limited
}

// next reads one token.
func (l *lexer) next() {
	c := l.sql[l.pos]
	switch {
	case wordStart[c]:
		l.word()
	case isDigit(c):
		l.number()
	case c == '\'':
		l.str(l.pos, l.pos, l.has&backslash != 0)
	case c == '"':
		l.double()
	case c == '`':
		l.quoted('`', '`')
	case c >= utf8.RuneSelf:
		l.foreign()
	case c == '[' && l.bracketQuotes():
		l.quoted('[', ']')
	case c == '.' && isDigit(l.at(1)) && !l.touches():
		l.number()
	case !l.param(c):
		l.operator()
	}
}

// at is the byte i behind the present one, or 0 behind the end.
func (l *lexer) at(i int) byte {
	if i += l.pos; i >= 0 && i < len(l.sql) {
		return l.sql[i]
	}
	return 0
}

// emit appends a token that ends at end, and goes there.
func (l *lexer) emit(kind tokenKind, end int, text, key string) {
	l.tokens = append(l.tokens, token{kind: kind, start: l.pos, end: end, text: text, key: key})
	l.pos = end
}

func (l *lexer) fault(offset int, message string) {
	l.faults = append(l.faults, fault{offset: offset, message: message})
}

// last is the token before, or one of kind tokenEnd.
func (l *lexer) last() token {
	if len(l.tokens) == 0 {
		return token{end: -1}
	}
	return l.tokens[len(l.tokens)-1]
}

// touches says that an operand ends right here, without space between.
func (l *lexer) touches() bool {
	t := l.last()
	return t.end == l.pos && (t.kind != tokenOperator || t.key == ")" || t.key == "]" || t.key == "}")
}

// behindOperand says that the token before ends an operand, so that what comes
// is rather an operator than another operand.
func (l *lexer) behindOperand() bool {
	switch t := l.last(); t.kind {
	case tokenWord:
		return t.key == ""
	case tokenQuoted, tokenString, tokenNumber, tokenParam:
		return true
	default:
		return t.key == ")" || t.key == "]"
	}
}

// word reads a word, or a string whose prefix it turns out to be.
func (l *lexer) word() {
	end := l.wordEnd(l.pos)
	if end < len(l.sql) {
		switch l.sql[end] {
		case '\'', '"', '&':
			if l.prefixed(end) {
				return
			}
		case '$', '{':
			if e := l.glued(end); e > end {
				l.emit(tokenWord, e, l.sql[l.pos:e], "")
				return
			}
		}
	}
	text := l.sql[l.pos:end]
	l.emit(tokenWord, end, text, keyword(text))
}

// wordEnd is where the word's characters from i on end.
func (l *lexer) wordEnd(i int) int {
	for i < len(l.sql) {
		c := l.sql[i]
		switch {
		case wordPart[c], c == '#' && l.has&hashInWord != 0:
			i++
		case c == '$' && (i+1 >= len(l.sql) || strings.IndexByte("{($", l.sql[i+1]) < 0):
			i++
		case c < utf8.RuneSelf:
			return i
		default:
			r, n := utf8.DecodeRuneInString(l.sql[i:])
			if n > 1 && !isWordRune(r) && !unicode.Is(unicode.Cf, r) {
				return i
			}
			if n == 1 {
				l.badByte(i)
			}
			i += n
		}
	}
	return i
}

// foreign reads a token that begins beyond ASCII.
func (l *lexer) foreign() {
	r, n := utf8.DecodeRuneInString(l.sql[l.pos:])
	if n == 1 || isWordRune(r) {
		l.word()
		return
	}
	text := l.sql[l.pos : l.pos+n]
	l.emit(tokenOperator, l.pos+n, text, text)
}

// badByte says once that the text is no UTF-8. Its bytes count as letters, as
// they mostly are in an older encoding.
func (l *lexer) badByte(i int) {
	if !l.encoding {
		l.encoding = true
		l.fault(i, "the text is not UTF-8 here")
	}
}

// isWordRune says whether a character beyond ASCII may stand in a word.
func isWordRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.So, unicode.Pc, unicode.Co)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// wordStart and wordPart are the ASCII characters that words begin with, and
// that they go on with.
var wordStart, wordPart = wordTables()

func wordTables() (start, part [256]bool) {
	for c := range 256 {
		b := byte(c)
		start[c] = b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
		part[c] = start[c] || isDigit(b)
	}
	return start, part
}
