package sqllineage

import "strings"

// param reads a parameter, template or variable that begins with c, and says
// whether there was one.
func (l *lexer) param(c byte) bool {
	end := l.pos
	switch c {
	case '$':
		if l.dollar() {
			return true
		}
		end = l.dollarParam()
	case '@':
		return l.at1()
	case '#':
		return l.hash()
	case ':':
		end = l.colonParam()
	case '?':
		end = l.questionParam()
	case '%':
		end = l.percentParam()
	case '&':
		end = l.ampersandParam()
	case '{':
		end = l.braceParam(l.pos)
	}
	if end <= l.pos {
		return false
	}
	if (c == '$' || c == '{') && l.sql[end-1] == '}' && end < len(l.sql) && (wordPart[l.sql[end]] || l.sql[end] >= 0x80 || l.sql[end] == '$' || l.sql[end] == '{') {
		l.emit2(end) // ${prefix}_name
		return true
	}
	l.emit(tokenParam, end, l.sql[l.pos:end], "")
	return true
}

// emit2 appends a word that begins with a template.
func (l *lexer) emit2(end int) {
	for {
		next := l.glued(l.wordEnd(end))
		if next <= end {
			break
		}
		end = next
	}
	l.emit(tokenWord, end, l.sql[l.pos:end], "")
}

// glued is where a word goes on to that has templates in it, such as
// sales_${year} or {{ prefix }}_sales_{{ year }}; it is i where there is none.
func (l *lexer) glued(i int) int {
	for i < len(l.sql) {
		end := i
		switch {
		case strings.HasPrefix(l.sql[i:], "${"):
			end = l.closedBy(i+2, "}", closeBrace)
		case l.sql[i] == '{':
			end = l.braceParam(i)
		}
		if end <= i {
			return i
		}
		i = l.wordEnd(end)
	}
	return i
}

// closedBy is where closing ends, which is looked for on from i; 0 for never.
func (l *lexer) closedBy(i int, closing string, known closers) int {
	if l.missing&known != 0 {
		return 0
	}
	n := strings.Index(l.sql[i:], closing)
	if n < 0 {
		l.missing |= known
		return 0
	}
	return i + n + len(closing)
}

// dollarParam is the end of $1, $name, ${name} or $(name).
func (l *lexer) dollarParam() int {
	switch c := l.at(1); {
	case c == '{':
		return l.closedBy(l.pos+2, "}", closeBrace)
	case c == '(':
		if end := l.wordEnd(l.pos + 2); end > l.pos+2 && end < len(l.sql) && l.sql[end] == ')' {
			return end + 1
		}
		return 0
	case wordPart[c] || c >= 0x80:
		end := l.wordEnd(l.pos + 1)
		if end < len(l.sql) && l.sql[end] == '$' { // $name$
			end++
		}
		return end
	}
	return 0
}

// at1 reads what begins with @: a variable, a stage or a parameter.
func (l *lexer) at1() bool {
	i := l.pos + 1
	if l.has&stageWord != 0 && !l.touches() {
		end := l.stageEnd(i)
		if end == i {
			return false
		}
		l.emit(tokenWord, end, l.sql[l.pos:end], "")
		return true
	}
	if l.touches() || l.has&variableWord == 0 && l.behindOperand() {
		return false // t@link of Oracle, 'user'@'host' of MySQL, a @@ b of PostgreSQL
	}
	if i < len(l.sql) && l.sql[i] == '@' {
		i++
	}
	end := l.wordEnd(i)
	if end == i {
		return false
	}
	kind := tokenParam
	if l.has&variableWord != 0 {
		kind = tokenWord
	}
	l.emit(kind, end, l.sql[l.pos:end], "")
	return true
}

// stageEnd is where @stage/path/file ends.
func (l *lexer) stageEnd(i int) int {
	for i < len(l.sql) {
		switch c := l.sql[i]; {
		case c <= ' ', strings.IndexByte("(),;'[]", c) >= 0:
			return i
		case c == '"':
			end, _, _ := l.body(i, '"', false)
			i = end
		default:
			i++
		}
	}
	return i
}

// hash reads #name, ##name, or #name#.
func (l *lexer) hash() bool {
	i := l.pos + 1
	if i < len(l.sql) && l.sql[i] == '#' && l.has&hashWord != 0 {
		i++
	}
	end := l.wordEnd(i)
	if end == i || l.has&hashWord == 0 && l.behindOperand() {
		return false
	}
	text := l.sql[l.pos:end]
	switch {
	case end < len(l.sql) && l.sql[end] == '#':
		l.emit(tokenParam, end+1, l.sql[l.pos:end+1], "")
	case l.has&hashInWord != 0 && text[len(text)-1] == '#' && text != "##":
		l.emit(tokenParam, end, text, "")
	case l.has&hashWord != 0:
		l.emit(tokenWord, end, text, "")
	default:
		return false
	}
	return true
}

// colonParam is the end of :name, :1, or psql's :'name' and :"name".
func (l *lexer) colonParam() int {
	c := l.at(1)
	if l.touches() || c == ':' || c == '=' {
		return 0 // a cast, an assignment, a path into semi-structured data, a slice
	}
	switch {
	case wordPart[c] || c >= 0x80:
		return l.wordEnd(l.pos + 1)
	case (c == '\'' || c == '"') && l.dialect == PostgreSQL:
		if end := l.wordEnd(l.pos + 2); end > l.pos+2 && end < len(l.sql) && l.sql[end] == c {
			return end + 1
		}
	}
	return 0
}

// questionParam is the end of ? or ?1, which may be an operator too.
func (l *lexer) questionParam() int {
	if l.behindOperand() && l.has&questionWord != 0 {
		return 0
	}
	i := l.pos + 1
	for i < len(l.sql) && isDigit(l.sql[i]) {
		i++
	}
	return i
}

// percentParam is the end of %s or %(name)s, which may be a remainder too.
func (l *lexer) percentParam() int {
	if l.behindOperand() {
		return 0
	}
	switch l.at(1) {
	case 's', 'd':
		if end := l.wordEnd(l.pos + 1); end == l.pos+2 {
			return end
		}
	case '(':
		if end := l.wordEnd(l.pos + 2); end > l.pos+2 && end+1 < len(l.sql) && l.sql[end] == ')' && l.sql[end+1] == 's' {
			return end + 2
		}
	}
	return 0
}

// ampersandParam is the end of &name or &&name, which a dot may end that is
// not part of the name.
func (l *lexer) ampersandParam() int {
	if l.behindOperand() {
		return 0
	}
	i := l.pos + 1
	if l.at(1) == '&' {
		i++
	}
	end := l.wordEnd(i)
	if end == i {
		return 0
	}
	if strings.HasPrefix(l.sql[end:], "..") {
		end++
	}
	return end
}

// braceParam is the end of {{ expression }}, {name} or {name:Type} at i, or 0.
func (l *lexer) braceParam(i int) int {
	if strings.HasPrefix(l.sql[i:], "{{") {
		return l.closedBy(i+2, "}}", closeBraces)
	}
	if i+1 >= len(l.sql) || !wordStart[l.sql[i+1]] {
		return 0
	}
	end := l.wordEnd(i + 1)
	if l.dialect == ClickHouse && end < len(l.sql) && l.sql[end] == ':' {
		return l.closedBy(end, "}", closeBrace)
	}
	if end < len(l.sql) && l.sql[end] == '}' {
		return end + 1
	}
	return 0
}
