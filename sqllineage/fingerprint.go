package sqllineage

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Fingerprint is what all runs of the same statements have in common. Strings,
// numbers and parameters become ?, a list of nothing else becomes one, and so
// do VALUES rows that are alike; comments go, space is folded, and keywords are
// in upper case. Identifiers and their order stay as they are written.
// Statements are parted by "; ".
func Fingerprint(sql string, d Dialect) string {
	tokens, _, _ := lex(sql, d, Limits{})
	return fingerprint(tokens)
}

// FingerprintHash is a short name for a fingerprint: the first 16 hexadecimal
// digits of its SHA-256.
func FingerprintHash(fingerprint string) string {
	sum := sha256.Sum256([]byte(fingerprint))
	return hex.EncodeToString(sum[:8])
}

// fingerprint is the fingerprint of tokens, the last of which may be the end.
func fingerprint(tokens []token) string {
	for len(tokens) > 0 && (tokens[len(tokens)-1].kind == tokenEnd || tokens[len(tokens)-1].is(";")) {
		tokens = tokens[:len(tokens)-1]
	}
	if len(tokens) == 0 {
		return ""
	}
	p := printer{tokens: tokens, fuel: 8 * len(tokens)}
	p.out.Grow(min(tokens[len(tokens)-1].end-tokens[0].start, 4096))
	for p.at < len(tokens) {
		p.next()
	}
	return p.out.String()
}

// A printer writes the fingerprint of tokens.
type printer struct {
	tokens []token
	at     int
	out    strings.Builder
	before *token // what was written last
	fuel   int    // how many tokens may yet be looked at ahead, as brackets that never close would have all of them looked at for each
}

// next writes the next token, or the list or rows that it begins.
func (p *printer) next() {
	t := &p.tokens[p.at]
	if p.sign() {
		p.at++
		return
	}
	p.write(p.value(p.at))
	p.at++
	switch {
	case t.is("["):
		p.list()
	case t.is("IN") && p.is(p.at, "("):
		p.write(&p.tokens[p.at])
		p.at++
		p.list()
	case t.is("VALUES") && p.is(p.at, "("):
		p.rows()
	}
}

func (p *printer) is(i int, key string) bool { return i < len(p.tokens) && p.tokens[i].is(key) }

// The tokens that are written besides those of the text.
var (
	placeholder = token{kind: tokenParam, text: "?"}
	comma       = token{kind: tokenOperator, text: ",", key: ","}
)

// value is the token at i, or the placeholder if it is a value.
func (p *printer) value(i int) *token {
	t := &p.tokens[i]
	switch t.kind {
	case tokenString, tokenParam:
		return &placeholder
	case tokenNumber:
		if !p.named(i) {
			return &placeholder
		}
	}
	return t
}

// named says that the number at i is a part of a name: t.2020, my-project-1.t.
func (p *printer) named(i int) bool {
	if i < 2 || p.tokens[i-1].end != p.tokens[i].start {
		return false
	}
	if p.is(i-1, ".") {
		return true
	}
	return p.is(i-1, "-") && p.is(i+1, ".") && p.tokens[i].end == p.tokens[i+1].start && p.tokens[i-2].end == p.tokens[i-1].start
}

// sign says that a minus or plus here belongs to a number, as -1 and 1 are the
// same to a fingerprint.
func (p *printer) sign() bool {
	t := &p.tokens[p.at]
	if t.kind != tokenOperator || t.key != "-" && t.key != "+" || p.at+1 >= len(p.tokens) || p.tokens[p.at+1].kind != tokenNumber {
		return false
	}
	b := p.before
	return b == nil || b.kind == tokenOperator && !b.is(")") && !b.is("]") || b.kind == tokenWord && b.key != ""
}

// list writes ? for what stands up to the closing bracket, if that is nothing
// but values.
func (p *printer) list() {
	depth, values := 0, 0
	for i := p.at; i < len(p.tokens) && p.fuel > 0; i++ {
		p.fuel--
		switch t := p.tokens[i]; {
		case t.is("("), t.is("["):
			depth++
		case t.is(")"), t.is("]"):
			if depth == 0 {
				if values > 0 {
					p.write(&placeholder)
					p.at = i
				}
				return
			}
			depth--
		case t.is(","), t.is("-"), t.is("+"):
		case isPlain(p.value(i)):
			values++
		default:
			return
		}
	}
}

// isPlain says whether this is a value that rows and lists are made of.
func isPlain(t *token) bool {
	return t.kind == tokenParam || t.is("NULL") || t.is("DEFAULT") || t.is("TRUE") || t.is("FALSE")
}

// rows writes the rows of VALUES, leaving out those that are like the one
// before them. Rows with queries in them are written as they come.
func (p *printer) rows() {
	last := ""
	for p.is(p.at, "(") {
		end := p.rowEnd(p.at)
		if end < 0 {
			return
		}
		row := p.row(end)
		if row != last {
			if last != "" {
				p.write(&comma)
			}
			p.write(&token{kind: tokenOperator, text: row, key: ")"})
			last = row
		}
		p.at = end
		if !p.is(end, ",") || !p.is(end+1, "(") {
			return
		}
		p.at++
	}
}

// rowEnd is where the row that begins at i ends, or -1 for one that does not,
// or holds a query.
func (p *printer) rowEnd(i int) int {
	depth := 0
	for ; i < len(p.tokens) && p.fuel > 0; i++ {
		p.fuel--
		switch t := p.tokens[i]; {
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth == 0 {
				return i + 1
			}
		case t.is("SELECT"), t.is("VALUES"):
			return -1
		}
	}
	return -1
}

// row is the fingerprint of the row up to end: (?) for one of nothing but
// values, as how many there are is seen from the columns.
func (p *printer) row(end int) string {
	q := printer{tokens: p.tokens[p.at+1 : end-1], fuel: p.fuel}
	plain := len(q.tokens) > 0
	for i := range q.tokens {
		plain = plain && (isPlain(q.value(i)) || q.is(i, ",") || q.is(i, "-") || q.is(i, "+"))
	}
	if plain {
		return "(?)"
	}
	for q.at < len(q.tokens) {
		if isPlain(q.value(q.at)) {
			q.write(&placeholder)
			q.at++
		} else {
			q.next()
		}
	}
	return "(" + q.out.String() + ")"
}

// write appends a token, behind a space if one belongs there.
func (p *printer) write(t *token) {
	if p.out.Len() > 0 && spaced(p.before, t) {
		p.out.WriteByte(' ')
	}
	switch {
	case t.kind == tokenWord && t.key != "":
		p.out.WriteString(t.key)
	case t.kind == tokenQuoted:
		p.out.WriteByte('"')
		p.out.WriteString(strings.ReplaceAll(t.text, `"`, `""`))
		p.out.WriteByte('"')
	default:
		p.out.WriteString(t.text)
	}
	p.before = t
}

// spaced says whether a space stands between two tokens.
func spaced(a, b *token) bool {
	if a.kind == tokenOperator {
		switch a.key {
		case "(", "[", ".", "::", "{":
			return false
		}
	}
	if b.kind != tokenOperator {
		return true
	}
	switch b.key {
	case ")": // or a row that ends with one
		return b.text != ")"
	case "[":
		return a.kind == tokenWord && a.key != ""
	case ",", "]", ".", "::", ";", "}":
		return false
	case "(":
		return a.kind != tokenQuoted && (a.kind != tokenWord || a.key != "")
	}
	return true
}
