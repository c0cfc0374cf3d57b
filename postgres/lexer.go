package postgres

import (
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
)

// lexemeKind is what sort of token a piece of SQL is.
type lexemeKind uint8

const (
	lexName   lexemeKind = iota // a keyword or a name
	lexText                     // a literal in quotes of any sort
	lexNumber                   // a literal
	lexSign                     // an operator or punctuation, a byte at a time
)

// lexeme is a token of PostgreSQL's SQL. Blanks and comments are none.
type lexeme struct {
	kind   lexemeKind
	text   string // of a name as PostgreSQL knows it: folded unless it was quoted; of others as written
	quoted bool   // a name that stood in double quotes, so no keyword
	at     int    // where it begins, in bytes
}

// is says that the lexeme is a keyword.
func (l lexeme) is(word string) bool { return l.kind == lexName && !l.quoted && l.text == word }

// sign says that the lexeme is this byte of an operator or of punctuation.
func (l lexeme) sign(s string) bool { return l.kind == lexSign && l.text == s }

// longestName is how many bytes a name may have. PostgreSQL cuts longer ones,
// and so means another name than it was given.
const longestName = 63

// A lexer takes SQL apart as PostgreSQL 15 and later do where
// standard_conforming_strings is on:
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html. Who decides
// by what it gives must know what is text and what is not as surely as
// PostgreSQL does. So it refuses what is seldom written and easily read another
// way, such as names with Unicode escapes.
type lexer struct {
	sql string
	at  int
	out []lexeme
}

// lex takes SQL apart. The error is of CodeInvalid.
func lex(sql string) ([]lexeme, error) {
	l := &lexer{sql: sql}
	for l.at < len(l.sql) {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	return l.out, nil
}

// next takes one token, or what stands between two.
func (l *lexer) next() error {
	rest := l.sql[l.at:]
	switch c := rest[0]; {
	case isBlank(c):
		l.at++
		return nil
	case strings.HasPrefix(rest, "--"):
		l.at += lineLength(rest)
		return nil
	case strings.HasPrefix(rest, "/*"):
		return l.comment()
	case c == '\'':
		return l.quotedText(0, false)
	case c == '"':
		return l.quotedName()
	case c == '$':
		return l.dollar()
	case isNameStart(c):
		return l.word()
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number()
	default:
		l.emit(lexSign, 1)
		return nil
	}
}

func (l *lexer) emit(kind lexemeKind, n int) {
	l.out = append(l.out, lexeme{kind: kind, text: l.sql[l.at : l.at+n], at: l.at})
	l.at += n
}

func (l *lexer) refuse(at int, hint, format string, args ...any) error {
	line, column := positionOf(l.sql, at)
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf(format, args...) + fmt.Sprintf(" (line %d, column %d)", line, column), Hint: hint,
	}
}

// comment skips a comment, which may hold others.
func (l *lexer) comment() error {
	depth, i := 0, l.at
	for i < len(l.sql) {
		switch {
		case strings.HasPrefix(l.sql[i:], "/*"):
			depth++
			i += 2
		case strings.HasPrefix(l.sql[i:], "*/"):
			depth--
			i += 2
			if depth == 0 {
				l.at = i
				return nil
			}
		default:
			i++
		}
	}
	return l.refuse(l.at, "end it with */", "the query has a comment without an end")
}

// quotedText takes a literal in single quotes, behind a prefix of so many bytes.
// In an escape string a backslash takes what follows it with it.
func (l *lexer) quotedText(prefix int, escapes bool) error {
	for i := l.at + prefix + 1; i < len(l.sql); i++ {
		switch {
		case escapes && l.sql[i] == '\\':
			i++
		case l.sql[i] != '\'':
		case i+1 < len(l.sql) && l.sql[i+1] == '\'':
			i++
		default:
			l.emit(lexText, i+1-l.at)
			if escapes && l.goesOn() {
				return l.refuse(l.at, "write it in one piece, or join the pieces with ||", "the query has a text with escapes in several pieces")
			}
			return nil
		}
	}
	return l.refuse(l.at, "end it with '", "the query has a text without an end")
}

// goesOn says that another quote follows, with nothing but blanks and comments
// in between: PostgreSQL then reads it as more of the same text, with escapes.
func (l *lexer) goesOn() bool {
	rest := l.sql[l.at:]
	for rest != "" {
		switch {
		case isBlank(rest[0]):
			rest = rest[1:]
		case strings.HasPrefix(rest, "--"):
			rest = rest[lineLength(rest):]
		default:
			return rest[0] == '\''
		}
	}
	return false
}

// quotedName takes a name in double quotes.
func (l *lexer) quotedName() error {
	var name strings.Builder
	for i := l.at + 1; i < len(l.sql); i++ {
		if l.sql[i] == '"' {
			if i+1 == len(l.sql) || l.sql[i+1] != '"' {
				return l.name(name.String(), i+1-l.at, true)
			}
			i++
		}
		name.WriteByte(l.sql[i])
	}
	return l.refuse(l.at, `end it with "`, "the query has a name without an end")
}

// word takes a name or keyword, or a literal that begins with letters.
func (l *lexer) word() error {
	n := 1
	for l.at+n < len(l.sql) && isNamePart(l.sql[l.at+n]) {
		n++
	}
	word, rest := l.sql[l.at:l.at+n], l.sql[l.at+n:]
	switch one := strings.ToLower(word); {
	case one == "e" && strings.HasPrefix(rest, "'"):
		return l.quotedText(1, true)
	case (one == "b" || one == "x" || one == "n") && strings.HasPrefix(rest, "'"):
		return l.quotedText(1, false)
	case one == "u" && strings.HasPrefix(rest, "&'"):
		return l.quotedText(2, false)
	case one == "u" && strings.HasPrefix(rest, `&"`):
		return l.refuse(l.at, "write the letters themselves, in double quotes", "the query has a name with Unicode escapes")
	}
	return l.name(asciiLower(word), n, false)
}

// name takes a name of n bytes.
func (l *lexer) name(text string, n int, quoted bool) error {
	if len(text) > longestName {
		return l.refuse(l.at, "PostgreSQL would cut it: no table or column has so long a name", "the name %s has over %d bytes", daybook.Clip(text), longestName)
	}
	l.out = append(l.out, lexeme{kind: lexName, text: text, quoted: quoted, at: l.at})
	l.at += n
	return nil
}

// dollar takes a literal in dollar quotes.
func (l *lexer) dollar() error {
	n := 1
	for l.at+n < len(l.sql) && isNamePart(l.sql[l.at+n]) && l.sql[l.at+n] != '$' {
		n++
	}
	rest := l.sql[l.at:]
	switch {
	case n > 1 && isDigit(rest[1]):
		return l.refuse(l.at, "write the values into the query", "the query has a parameter: %s", daybook.Clip(rest[:n]))
	case n == len(rest) || rest[n] != '$':
		return l.refuse(l.at, "write texts in single quotes, or between $$ and $$", "the query has a $ that begins nothing")
	}
	tag := rest[:n+1]
	end := strings.Index(rest[len(tag):], tag)
	if end < 0 {
		return l.refuse(l.at, "end it with "+daybook.Clip(tag), "the query has a text without an end")
	}
	l.emit(lexText, 2*len(tag)+end)
	return nil
}

// number takes a literal. What PostgreSQL may take for the end of one number and
// the beginning of something else is refused.
func (l *lexer) number() error {
	rest, n := l.sql[l.at:], 0
	digits := func() {
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
	}
	digits()
	if n < len(rest) && rest[n] == '.' {
		n++
		digits()
	}
	if n < len(rest) && rest[n]|0x20 == 'e' {
		from := n
		n++
		if n < len(rest) && (rest[n] == '+' || rest[n] == '-') {
			n++
		}
		if n == len(rest) || !isDigit(rest[n]) {
			n = from
		}
		digits()
	}
	if n < len(rest) && isNamePart(rest[n]) {
		return l.refuse(l.at, "put a space after the number", "the query has a number that runs into a word: %s", daybook.Clip(rest[:n+1]))
	}
	l.emit(lexNumber, n)
	return nil
}

// isBlank says that a byte parts tokens. Vertical tabs do from PostgreSQL 16
// on; before, they are an error.
func isBlank(c byte) bool     { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool     { return c >= '0' && c <= '9' }
func isNameStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func isNamePart(c byte) bool  { return isNameStart(c) || isDigit(c) || c == '$' }

// asciiLower folds a name as PostgreSQL does in UTF-8: ASCII letters alone.
func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// lineLength is how long a comment to the end of the line is.
func lineLength(sql string) int {
	if i := strings.IndexAny(sql, "\r\n"); i >= 0 {
		return i
	}
	return len(sql)
}

// positionOf gives the line and column of a byte, both from 1; columns are
// characters.
func positionOf(sql string, at int) (line, column int) {
	before := sql[:min(at, len(sql))]
	line = strings.Count(before, "\n") + 1
	return line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
}
