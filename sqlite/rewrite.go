package sqlite

import (
	"fmt"
	"strconv"
	"strings"
)

// rewrite brings what PostgreSQL's SQL has, and SQLite's has not, into a form
// that SQLite understands, so that the queries people bring along run:
//
//	x = ANY (array), x <> ALL (array)   x IN (SELECT value FROM json_each(array))
//	t + INTERVAL '7 days'               add_interval(t, '7 days')
//	x::int, CAST(x AS timestamptz)      CAST(x AS INTEGER), timestamptz(x)
//	CURRENT_TIMESTAMP, CURRENT_DATE     now(), substr(now(), 1, 10)
//	DATE '…', TIMESTAMP '…'             '…', timestamptz('…')
//	EXTRACT(EPOCH FROM (a - b))         (date_part('epoch', a) - date_part('epoch', b))
//	ILIKE, ARRAY[…], $$text$$           LIKE, json_array(…), 'text'
//	array[1]                            json_extract(array, '$[0]')
//	gold.transformation_activity        audit.transformation_activity
//
// It looks at tokens alone, once, and leaves everything else as it is.
func rewrite(sql string) string {
	in := tokenize(sql)
	r := &rewriter{in: in, closers: closers(in), instead: map[int]string{}}
	for r.at < len(in) {
		r.step()
	}
	var b strings.Builder
	for _, p := range r.out {
		b.WriteString(p.before)
		b.WriteString(p.text)
	}
	return b.String()
}

// piece is a token as it goes out.
type piece struct {
	token
	before string // what a rewriting puts before it
	open   int    // where in out the primary begins that this piece closes; -1 for none
}

type rewriter struct {
	in      []token
	closers map[int]int    // of each opening bracket in in, where it is closed
	instead map[int]string // what to write for tokens further on
	at      int            // the token of in that is next

	out   []piece
	opens []int // brackets of out that are not closed yet
}

// closers pairs the brackets.
func closers(in []token) map[int]int {
	pairs := map[int]int{}
	var opens []int
	for i, t := range in {
		switch {
		case t.sign("("), t.sign("["):
			opens = append(opens, i)
		case (t.sign(")") || t.sign("]")) && len(opens) > 0:
			pairs[opens[len(opens)-1]] = i
			opens = opens[:len(opens)-1]
		}
	}
	return pairs
}

// step takes one token, or the few that are rewritten together.
func (r *rewriter) step() {
	t := r.in[r.at]
	if text, ok := r.instead[r.at]; ok {
		r.emit(t) // so that brackets are accounted for
		r.out[len(r.out)-1].text = text
		r.at++
		return
	}
	switch t.kind {
	case tokenDollar:
		t = token{tokenString, undollar(t.text)}
	case tokenSign:
		if t.text == "::" && r.cast() || t.text == "[" && r.subscript() {
			return
		}
	case tokenWord:
		if rewriting := rewritings[strings.ToUpper(t.text)]; rewriting != nil && !r.behindDot() && rewriting(r) {
			return
		}
	}
	r.emit(t)
	r.at++
}

// rewritings are the words that begin something to rewrite. Each says whether
// it did, and then has gone on behind it.
var rewritings = map[string]func(*rewriter) bool{
	"ANY":               func(r *rewriter) bool { return r.quantified("=", "IN") },
	"SOME":              func(r *rewriter) bool { return r.quantified("=", "IN") },
	"ALL":               func(r *rewriter) bool { return r.quantified("<>", "NOT IN") || r.quantified("!=", "NOT IN") },
	"INTERVAL":          (*rewriter).interval,
	"CURRENT_TIMESTAMP": func(r *rewriter) bool { return r.word("now()") },
	"CURRENT_DATE":      func(r *rewriter) bool { return r.word("substr(now(), 1, 10)") },
	"ILIKE":             func(r *rewriter) bool { return r.word("LIKE") },
	"ARRAY":             (*rewriter).array,
	"CAST":              (*rewriter).castCall,
	"EXTRACT":           (*rewriter).extract,
	"DATE":              func(r *rewriter) bool { return r.literal("", "") },
	"TIMESTAMP":         func(r *rewriter) bool { return r.literal("timestamptz(", ")") },
	"TIMESTAMPTZ":       func(r *rewriter) bool { return r.literal("timestamptz(", ")") },
	"GOLD":              (*rewriter).gold,
}

// emit writes a token and keeps account of brackets.
func (r *rewriter) emit(t token) {
	p := piece{token: t, open: -1}
	switch {
	case t.kind != tokenSign:
	case t.text == "(" || t.text == "[":
		r.opens = append(r.opens, len(r.out))
	case (t.text == ")" || t.text == "]") && len(r.opens) > 0:
		p.open = r.opens[len(r.opens)-1]
		r.opens = r.opens[:len(r.opens)-1]
	}
	r.out = append(r.out, p)
}

// emitOpen writes an opening bracket as other text.
func (r *rewriter) emitOpen(text string) {
	r.emit(token{tokenSign, "("})
	r.out[len(r.out)-1].text = text
}

// next is the place of the next significant token from i on, or len(in).
func (r *rewriter) next(i int) int {
	for i < len(r.in) && r.in[i].kind == tokenSpace {
		i++
	}
	return i
}

// token gives the token at i, or an empty one behind the end.
func (r *rewriter) token(i int) token {
	if i < len(r.in) {
		return r.in[i]
	}
	return token{}
}

// last is the place in out of the last significant piece, or -1.
func (r *rewriter) last(before int) int {
	i := before - 1
	for i >= 0 && r.out[i].kind == tokenSpace {
		i--
	}
	return i
}

func (r *rewriter) behindDot() bool {
	i := r.last(len(r.out))
	return i >= 0 && r.out[i].sign(".")
}

func (r *rewriter) word(instead string) bool {
	r.emit(token{tokenWord, instead})
	r.at++
	return true
}

// quantified rewrites x = ANY (…): the operator stands in out already.
func (r *rewriter) quantified(operator, instead string) bool {
	i, open := r.last(len(r.out)), r.next(r.at+1)
	if i < 0 || !r.out[i].sign(operator) || !r.token(open).sign("(") {
		return false
	}
	shut, ok := r.closers[open]
	if !ok {
		return false
	}
	r.out[i].text = " " + instead + " "
	r.at = open
	first := r.token(r.next(open + 1))
	if !first.is("SELECT") && !first.is("WITH") && !first.is("VALUES") {
		r.emitOpen("(SELECT value FROM json_each(")
		r.instead[shut] = "))"
		r.at = open + 1
	}
	return true
}

// subscript rewrites array[1]: PostgreSQL counts from 1, JSON from 0.
func (r *rewriter) subscript() bool {
	start := r.primary(len(r.out))
	n, err := strconv.Atoi(r.token(r.at + 1).text)
	if start < 0 || err != nil || n < 1 || r.closers[r.at] != r.at+2 {
		return false
	}
	r.wrap(start, "json_extract(", fmt.Sprintf(", '$[%d]')", n-1))
	r.at += 3
	return true
}

func (r *rewriter) array() bool {
	open := r.next(r.at + 1)
	shut, ok := r.closers[open]
	if !ok || !r.token(open).sign("[") {
		return false
	}
	r.emitOpen("json_array(")
	r.instead[shut] = ")"
	r.at = open + 1
	return true
}

// interval rewrites t ± INTERVAL '…': t and the sign stand in out already.
func (r *rewriter) interval() bool {
	text := r.next(r.at + 1)
	sign := r.last(len(r.out))
	if r.token(text).kind != tokenString || sign < 0 || !r.out[sign].sign("+") && !r.out[sign].sign("-") {
		return false
	}
	start := r.primary(sign)
	if start < 0 {
		return false
	}
	amount, after := r.in[text].text, text+1
	if unit := r.next(after); strings.Trim(amount, "'0123456789.- ") == "" && isUnit(r.token(unit).text) {
		amount, after = strings.TrimSuffix(amount, "'")+" "+r.in[unit].text+"'", unit+1
	}
	function := "add_interval("
	if r.out[sign].text == "-" {
		function = "subtract_interval("
	}
	r.out[sign] = piece{token: token{tokenSign, ","}, open: -1}
	r.emit(token{tokenSpace, " "})
	r.emit(token{tokenString, amount})
	r.wrap(start, function, ")")
	r.at = after
	return true
}

// wrap puts a call around all of out from start on.
func (r *rewriter) wrap(start int, before, after string) {
	r.out[start].before = before + r.out[start].before
	r.out = append(r.out, piece{token: token{tokenSign, after}, open: start})
}

// notFunctions are words that a bracket may follow without being a call.
var notFunctions = map[string]bool{}

func init() {
	for word := range strings.FieldsSeq(`ALL AND AS BETWEEN BY CASE DISTINCT ELSE ESCAPE EXCEPT FROM GLOB GROUP HAVING IN
		INTERSECT IS JOIN LIKE LIMIT NOT OFFSET ON OR ORDER OVER REGEXP RETURNING SELECT THEN UNION USING VALUES WHEN WHERE WITH`) {
		notFunctions[word] = true
	}
}

// primary finds where the operand begins that ends before a place of out: a
// name, a literal, a call, or something in brackets; -1 where there is none.
func (r *rewriter) primary(before int) int {
	i := r.last(before)
	if i < 0 {
		return -1
	}
	p := r.out[i]
	switch p.kind {
	case tokenSign:
		if p.open < 0 {
			return -1
		}
		i = p.open
		if r.out[i].before != "" || !r.out[i].sign("(") {
			return i // a call of ours
		}
		name := r.last(i)
		if name < 0 || r.out[name].kind != tokenWord || notFunctions[strings.ToUpper(r.out[name].text)] {
			return i
		}
		return name
	case tokenWord, tokenQuoted, tokenString, tokenNumber:
		return r.qualified(i)
	}
	return -1
}

// qualified goes back over the names before a dotted one.
func (r *rewriter) qualified(i int) int {
	for {
		dot := r.last(i)
		if dot < 0 || !r.out[dot].sign(".") {
			return i
		}
		name := r.last(dot)
		if name < 0 || r.out[name].kind != tokenWord && r.out[name].kind != tokenQuoted {
			return i
		}
		i = name
	}
}

// literal rewrites DATE '…' and the like.
func (r *rewriter) literal(before, after string) bool {
	text := r.next(r.at + 1)
	if r.token(text).kind != tokenString {
		return false
	}
	r.emit(r.in[text])
	if before != "" {
		r.wrap(len(r.out)-1, before, after)
	}
	r.at = text + 1
	return true
}

// gold finds the one view that stands in another schema in PostgreSQL.
func (r *rewriter) gold() bool {
	dot := r.next(r.at + 1)
	if !r.token(dot).sign(".") || !r.token(r.next(dot+1)).is("transformation_activity") {
		return false
	}
	return r.word(schemaName)
}

// undollar gives a dollar-quoted literal in single quotes.
func undollar(text string) string {
	tag := text[:strings.IndexByte(text[1:], '$')+2]
	inner := strings.TrimSuffix(text[len(tag):], tag)
	return "'" + strings.ReplaceAll(inner, "'", "''") + "'"
}
