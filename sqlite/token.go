package sqlite

import "strings"

// tokenKind is what sort of token a piece of SQL is.
type tokenKind uint8

const (
	tokenSpace  tokenKind = iota // blanks and comments
	tokenWord                    // a keyword or name, not quoted
	tokenQuoted                  // a name in quotes
	tokenString                  // a literal in single quotes
	tokenDollar                  // a literal in dollar quotes, which only PostgreSQL has
	tokenNumber
	tokenSign // operators and punctuation
)

// token is a piece of SQL. The texts of a query's tokens, one after the other,
// are the query.
type token struct {
	kind tokenKind
	text string
}

// is says that the token is a word, whatever its case.
func (t token) is(word string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, word) }

// sign says that the token is an operator or punctuation.
func (t token) sign(s string) bool { return t.kind == tokenSign && t.text == s }

// tokenize takes SQL apart. It never fails: what is not closed goes to the end.
func tokenize(sql string) []token {
	var tokens []token
	for len(sql) > 0 {
		kind, n := nextToken(sql, tokens)
		tokens = append(tokens, token{kind, sql[:n]})
		sql = sql[n:]
	}
	return tokens
}

func nextToken(sql string, before []token) (tokenKind, int) {
	c := sql[0]
	switch {
	case isSpace(c):
		return tokenSpace, span1(sql, isSpace)
	case strings.HasPrefix(sql, "--"):
		return tokenSpace, upTo(sql, 2, "\n")
	case strings.HasPrefix(sql, "/*"):
		return tokenSpace, upTo(sql, 2, "*/")
	case c == '\'':
		return tokenString, closed(sql, '\'')
	case c == '"' || c == '`':
		return tokenQuoted, closed(sql, c)
	case c == '[' && !isSubscript(before):
		return tokenQuoted, upTo(sql, 1, "]")
	case c == '$':
		return dollar(sql)
	case isLetter(c):
		return tokenWord, span1(sql, isWord)
	case isDigit(c) || c == '.' && len(sql) > 1 && isDigit(sql[1]):
		return tokenNumber, number(sql)
	}
	for _, s := range []string{"->>", "::", "<>", "!=", "<=", ">=", "==", "||", "->", "<<", ">>"} {
		if strings.HasPrefix(sql, s) {
			return tokenSign, len(s)
		}
	}
	return tokenSign, 1
}

// isSubscript says that a bracket opens ARRAY[…], a subscript or the brackets
// of a type such as text[], not SQLite's [name]: it follows right behind.
func isSubscript(before []token) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return last.kind == tokenWord || last.kind == tokenQuoted || last.sign(")") || last.sign("]")
}

func isSpace(c byte) bool  { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) || c == '$' }

func span1(sql string, in func(byte) bool) int {
	n := 1
	for n < len(sql) && in(sql[n]) {
		n++
	}
	return n
}

// upTo is the length to the end of a closing text.
func upTo(sql string, from int, end string) int {
	if i := strings.Index(sql[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(sql)
}

// closed is the length of a quoted token, in which a doubled quote is one.
func closed(sql string, quote byte) int {
	for i := 1; i < len(sql); i++ {
		if sql[i] != quote {
			continue
		}
		if i+1 == len(sql) || sql[i+1] != quote {
			return i + 1
		}
		i++
	}
	return len(sql)
}

// dollar reads $tag$ text $tag$, or a parameter such as $1.
func dollar(sql string) (tokenKind, int) {
	n := span1(sql, func(c byte) bool { return isWord(c) && c != '$' })
	if n == len(sql) || sql[n] != '$' || n > 1 && isDigit(sql[1]) {
		return tokenSign, n
	}
	tag := sql[:n+1]
	return tokenDollar, upTo(sql, len(tag), tag)
}

func number(sql string) int {
	n := 0
	for n < len(sql) && (isWord(sql[n]) || sql[n] == '.' || (sql[n] == '+' || sql[n] == '-') && sql[n-1]|0x20 == 'e') {
		n++
	}
	return n
}
