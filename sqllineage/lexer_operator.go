package sqllineage

import "strings"

// number reads a number, or a word that begins with digits where the dialect
// has such.
func (l *lexer) number() {
	i := l.digits(l.pos)
	if t := l.last(); t.key == "." && t.end == l.pos { // part of a name, as in t.2020
		i = l.wordEnd(l.pos)
		if l.wordInstead(i) {
			return
		}
		l.emit(tokenNumber, i, l.sql[l.pos:i], "")
		return
	}
	if c := l.sql[l.pos]; c == '0' && i == l.pos+1 && i < len(l.sql) && strings.IndexByte("xXbBoO", l.sql[i]) >= 0 {
		i = l.wordEnd(i)
		l.emit(tokenNumber, i, l.sql[l.pos:i], "")
		return
	}
	if i < len(l.sql) && l.sql[i] == '.' && !l.dotEndsNumber(i) {
		i = l.digits(i + 1)
	}
	i = l.exponent(i)
	if end := l.wordEnd(i); end > i {
		if l.wordInstead(end) {
			return
		}
		if l.has&digitWord != 0 { // 10L, 1.5BD
			i = end
		}
	}
	l.emit(tokenNumber, i, l.sql[l.pos:i], "")
}

// digits is where digits, parted by underscores, end.
func (l *lexer) digits(i int) int {
	for i < len(l.sql) && (isDigit(l.sql[i]) || l.sql[i] == '_' && i+1 < len(l.sql) && isDigit(l.sql[i+1])) {
		i++
	}
	return i
}

// dotEndsNumber says that the dot at i is not part of the number before it:
// it is the first of two, or parts a name.
func (l *lexer) dotEndsNumber(i int) bool {
	if i+1 >= len(l.sql) {
		return false
	}
	c := l.sql[i+1]
	return c == '.' || l.has&dashName != 0 && (wordStart[c] || c == '`')
}

// exponent is where an exponent at i ends, or i.
func (l *lexer) exponent(i int) int {
	if i >= len(l.sql) || l.sql[i] != 'e' && l.sql[i] != 'E' {
		return i
	}
	j := i + 1
	if j < len(l.sql) && (l.sql[j] == '+' || l.sql[j] == '-') {
		j++
	}
	if j >= len(l.sql) || !isDigit(l.sql[j]) {
		return i
	}
	return l.digits(j)
}

// wordInstead reads what ends at end as a word, if it is one of those that
// begin with digits.
func (l *lexer) wordInstead(end int) bool {
	text := l.sql[l.pos:end]
	named := l.last().key == "." && l.last().end == l.pos
	if !named && l.has&digitWord == 0 || strings.IndexByte(text, '.') >= 0 {
		return false
	}
	letters := strings.TrimLeft(text, "0123456789_")
	if letters == "" && !strings.Contains(text, "_") {
		return false
	}
	if !named && isNumberSuffix(letters) {
		return false
	}
	l.emit(tokenWord, end, text, "")
	return true
}

// isNumberSuffix says whether these letters are the type of a number.
func isNumberSuffix(s string) bool {
	switch strings.ToUpper(s) {
	case "", "L", "S", "Y", "D", "F", "BD", "G", "M", "K":
		return true
	}
	return false
}

// operators are those of several characters, by their first one, the longest
// first. >> and << are none, as types close with the one: ARRAY<STRUCT<a int>>.
var operators = [128][]string{
	'-': {"->>", "-|-", "->", "-="},
	'#': {"#>>", "#>", "#-", "##", "#="},
	'<': {"<=>", "<->", "<#>", "<=", "<>", "<@"},
	'>': {">="},
	'!': {"!~~*", "!~~", "!~*", "!~", "!=", "!<", "!>", "!!"},
	':': {"::", ":="},
	'=': {"=>", "=="},
	'|': {"|>", "||/", "|/", "||", "|="},
	'*': {"**", "*="},
	'+': {"+="},
	'/': {"//", "/="},
	'%': {"%="},
	'^': {"^=", "^@"},
	'~': {"~~*", "~~", "~*", "~="},
	'@': {"@-@", "@>", "@@", "@?"},
	'?': {"?||", "?-|", "?|", "?&", "?#", "?-"},
	'&': {"&&", "&<", "&>", "&="},
	'.': {"...", ".."},
}

// operator reads an operator, which is what anything else is.
func (l *lexer) operator() {
	rest := l.sql[l.pos:]
	if c := rest[0]; c == '(' {
		if n := outerJoin(rest); n > 0 {
			l.emit(tokenOperator, l.pos+n, rest[:n], "(+)")
			return
		}
	} else if c == '{' {
		if n := odbc(rest); n > 0 {
			l.emit(tokenOperator, l.pos+n, rest[:n], "{")
			return
		}
	}
	n := 1
	for _, o := range operators[rest[0]] {
		if strings.HasPrefix(rest, o) {
			n = len(o)
			break
		}
	}
	if n == 2 && rest[:2] == "//" && l.dialect != DuckDB || n == 2 && rest[:2] == "*=" && l.dialect != TSQL {
		n = 1
	}
	l.emit(tokenOperator, l.pos+n, rest[:n], rest[:n])
}

// outerJoin is the length of Oracle's (+), or 0.
func outerJoin(s string) int {
	t := strings.TrimLeft(s[1:min(len(s), 8)], " ")
	if !strings.HasPrefix(t, "+") {
		return 0
	}
	t = strings.TrimLeft(t[1:], " ")
	if !strings.HasPrefix(t, ")") {
		return 0
	}
	n := strings.IndexByte(s, ')')
	return n + 1
}

// odbc is the length of the opening of an escape such as {fn now()} or
// {ts '2026-01-31 00:00:00'}, or 0.
func odbc(s string) int {
	for _, p := range [...]string{"{fn ", "{ts ", "{d ", "{t ", "{oj "} {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return len(p)
		}
	}
	return 0
}
