package sqllineage

import "strings"

// str reads a string whose opening quote stands at open, behind a prefix that
// begins at the present position, if any.
func (l *lexer) str(start, open int, escapes bool) {
	l.pos = start
	q := l.sql[open]
	if l.has&tripleQuote != 0 && strings.HasPrefix(l.sql[open+1:], l.sql[open:open+1]+string(q)) {
		l.triple(open, q)
		return
	}
	end, text, closed := l.body(open, q, escapes)
	if !closed {
		l.fault(start, "this string does not end; all that follows was taken for it")
	}
	l.emit(tokenString, end, text, "")
}

// body finds the end of what is quoted from open on, where a doubled closing
// quote stands for itself.
func (l *lexer) body(open int, closing byte, escapes bool) (end int, text string, closed bool) {
	doubled := false
	for i := open + 1; i < len(l.sql); i++ {
		switch c := l.sql[i]; {
		case c == '\\' && escapes:
			i++
		case c != closing:
		case i+1 < len(l.sql) && l.sql[i+1] == closing:
			doubled = true
			i++
		default:
			text = l.sql[open+1 : i]
			if doubled {
				q := string(closing)
				text = strings.ReplaceAll(text, q+q, q)
			}
			return i + 1, text, true
		}
	}
	return len(l.sql), l.sql[open+1:], false
}

// triple reads ”'…”' or """…""".
func (l *lexer) triple(open int, q byte) {
	for i := open + 3; i < len(l.sql); i++ {
		if l.sql[i] == '\\' {
			i++
		} else if l.sql[i] == q && i+2 < len(l.sql) && l.sql[i+1] == q && l.sql[i+2] == q {
			l.emit(tokenString, i+3, l.sql[open+3:i], "")
			return
		}
	}
	l.fault(l.pos, "this string does not end; all that follows was taken for it")
	l.emit(tokenString, len(l.sql), l.sql[min(open+3, len(l.sql)):], "")
}

// double reads "…", which is a string or an identifier.
func (l *lexer) double() {
	if l.has&doubleString != 0 {
		l.str(l.pos, l.pos, l.has&backslash != 0)
		return
	}
	l.quoted('"', '"')
}

// quoted reads a quoted identifier. One that does not end goes to the end of
// its line, as names hardly hold line breaks.
func (l *lexer) quoted(_, closing byte) {
	end, text, closed := l.body(l.pos, closing, false)
	if !closed {
		l.fault(l.pos, "this quoted name does not end; the rest of its line was taken for it")
		l.missing |= closerOf(closing)
		text = text[:lineEnd(text)]
		end = l.pos + 1 + len(text)
	}
	l.emit(tokenQuoted, end, text, "")
}

func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// bracketQuotes says whether the bracket here opens an identifier.
func (l *lexer) bracketQuotes() bool {
	if l.has&bracketQuote != 0 {
		return l.missing&closeBracket == 0
	}
	if l.has&bracketMaybe == 0 || l.touches() || l.behindOperand() || l.last().is("ARRAY") {
		return false
	}
	return bracketsName(l.sql[l.pos+1:])
}

// bracketsName says whether a name, and nothing that could be an array's
// elements, stands before the next closing bracket.
func bracketsName(s string) bool {
	for i := range min(len(s), 128) {
		c := s[i]
		switch {
		case c == ']':
			return i > 0 && !isDigit(s[0])
		case !wordPart[c] && c != ' ' && c != '$' && c != '#' && c < 0x80:
			return false
		}
	}
	return false
}

// prefixed reads a string or quoted identifier whose prefix stands between the
// present position and end, and says whether there was one.
func (l *lexer) prefixed(end int) bool {
	prefix := l.sql[l.pos:end]
	if l.sql[end] == '&' {
		if !strings.EqualFold(prefix, "u") || end+1 >= len(l.sql) {
			return false
		}
		if end++; l.sql[end] != '\'' && l.sql[end] != '"' {
			return false
		}
	}
	if l.sql[end] == '"' && l.has&doubleString == 0 {
		return l.prefixedName(end)
	}
	start := l.pos
	switch strings.ToLower(prefix) {
	case "n", "x", "b", "u", "rb", "br":
		l.str(start, end, l.has&backslash != 0)
	case "e":
		l.str(start, end, true)
	case "r":
		l.str(start, end, l.has&rawBackslash != 0)
	case "q", "nq":
		return l.qString(end)
	default:
		if prefix[0] != '_' || l.dialect != MySQL { // _utf8'…'
			return false
		}
		l.str(start, end, true)
	}
	return true
}

// prefixedName reads U&"…".
func (l *lexer) prefixedName(open int) bool {
	if l.sql[open-1] != '&' {
		return false
	}
	end, text, closed := l.body(open, '"', false)
	if closed {
		l.emit(tokenQuoted, end, text, "")
	}
	return closed
}

// qString reads Oracle's q'[…]', whose delimiter stands behind the quote.
func (l *lexer) qString(open int) bool {
	if l.has&qQuote == 0 || open+2 >= len(l.sql) {
		return false
	}
	d := l.sql[open+1]
	if l.dialect != Oracle && !strings.ContainsRune("[({<!|", rune(d)) {
		return false
	}
	if i := strings.IndexByte("[({<", d); i >= 0 {
		d = "])}>"[i]
	}
	rest := l.sql[open+2:]
	i := strings.Index(rest, string([]byte{d, '\''}))
	if i < 0 {
		l.fault(l.pos, "this string does not end; all that follows was taken for it")
		l.emit(tokenString, len(l.sql), rest, "")
		return true
	}
	l.emit(tokenString, open+2+i+2, rest[:i], "")
	return true
}

// dollar reads $$ … $$ or $tag$ … $tag$, and says whether there was one.
func (l *lexer) dollar() bool {
	if l.has&dollarQuote == 0 {
		return false
	}
	i := l.pos + 1
	for i < len(l.sql) && (wordPart[l.sql[i]] || l.sql[i] >= 0x80) {
		i++
	}
	tagged := i > l.pos+1
	if i >= len(l.sql) || l.sql[i] != '$' || tagged && (l.has&dollarTag == 0 || isDigit(l.sql[l.pos+1]) || l.missing&closeTag != 0) {
		return false
	}
	tag := l.sql[l.pos : i+1]
	n := strings.Index(l.sql[i+1:], tag)
	switch {
	case n >= 0:
		l.emit(tokenString, i+1+n+len(tag), l.sql[i+1:i+1+n], "")
	case tagged:
		l.missing |= closeTag
		return false
	default:
		l.fault(l.pos, "this string does not end; all that follows was taken for it")
		l.emit(tokenString, len(l.sql), l.sql[i+1:], "")
	}
	return true
}
