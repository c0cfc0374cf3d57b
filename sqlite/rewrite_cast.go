package sqlite

import "strings"

// A conversion is how a cast to a type of PostgreSQL's is written: the text
// before and behind the operand. Empty texts drop the cast, since the value is
// kept in that form already.
type conversion struct{ before, after string }

var (
	toText = conversion{"CAST(", " AS TEXT)"}
	toInt  = conversion{"CAST(", " AS INTEGER)"}
	toReal = conversion{"CAST(", " AS REAL)"}
	toTime = conversion{"timestamptz(", ")"}
	toDate = conversion{"substr(", ", 1, 10)"}
	asIs   = conversion{"(", ")"}
)

// conversions are by the type's first word.
var conversions = map[string]conversion{
	"text": toText, "varchar": toText, "character": toText, "char": toText, "bpchar": toText, "name": toText, "citext": toText,
	"int": toInt, "integer": toInt, "int2": toInt, "int4": toInt, "int8": toInt, "bigint": toInt, "smallint": toInt,
	"float": toReal, "float4": toReal, "float8": toReal, "real": toReal, "double": toReal, "numeric": toReal, "decimal": toReal,
	"timestamp": toTime, "timestamptz": toTime, "date": toDate,
	"bool": asIs, "boolean": asIs, "uuid": asIs, "json": asIs, "jsonb": asIs,
}

// ofType reads the name of a type from i on. It gives how to convert to it,
// and the place behind it.
func (r *rewriter) ofType(i int) (c conversion, after int, ok bool) {
	i = r.next(i)
	first := r.token(i)
	if first.kind != tokenWord {
		return c, i, false
	}
	c, ok = conversions[strings.ToLower(first.text)]
	if !ok {
		return c, i, false
	}
	after = i + 1
	if second := r.next(after); r.token(second).is("precision") || r.token(second).is("varying") {
		after = second + 1
	}
	if open := r.next(after); r.token(open).sign("(") {
		if shut, closed := r.closers[open]; closed {
			after = shut + 1
		}
	}
	after = r.withTimeZone(after)
	for open := r.next(after); r.token(open).sign("["); open = r.next(after) {
		shut, closed := r.closers[open]
		if !closed {
			break
		}
		c, after = asIs, shut+1
	}
	return c, after, true
}

// withTimeZone passes "with time zone" and "without time zone".
func (r *rewriter) withTimeZone(at int) int {
	i := r.next(at)
	if !r.token(i).is("with") && !r.token(i).is("without") {
		return at
	}
	j := r.next(i + 1)
	k := r.next(j + 1)
	if r.token(j).is("time") && r.token(k).is("zone") {
		return k + 1
	}
	return at
}

// cast rewrites x::type; x stands in out already.
func (r *rewriter) cast() bool {
	c, after, ok := r.ofType(r.at + 1)
	start := r.primary(len(r.out))
	if !ok || start < 0 {
		return false
	}
	r.wrap(start, c.before, c.after)
	r.at = after
	return true
}

// castCall rewrites CAST(x AS type) where SQLite would take the type for a
// number's.
func (r *rewriter) castCall() bool {
	open := r.next(r.at + 1)
	shut, ok := r.closers[open]
	if !ok || !r.token(open).sign("(") {
		return false
	}
	// The type is short: AS is one of the last words.
	for as := shut - 1; as > open && as > shut-16; as-- {
		if !r.in[as].is("AS") {
			continue
		}
		c, after, ok := r.ofType(as + 1)
		if !ok || r.next(after) != shut || c == toText || c == toInt || c == toReal {
			return false
		}
		r.emitOpen(c.before)
		for i := as; i < shut; i++ {
			r.instead[i] = ""
		}
		r.instead[shut] = c.after
		r.at = open + 1
		return true
	}
	return false
}

// extract rewrites EXTRACT(field FROM t). The difference of two times, which
// SQLite cannot take, becomes that of their seconds.
func (r *rewriter) extract() bool {
	open := r.next(r.at + 1)
	field := r.next(open + 1)
	from := r.next(field + 1)
	shut, ok := r.closers[open]
	if !ok || !r.token(open).sign("(") || r.token(field).kind != tokenWord || !r.token(from).is("FROM") || from >= shut {
		return false
	}
	call := "date_part('" + strings.ToLower(r.in[field].text) + "', "
	start, end := from+1, shut
	if inner := r.next(start); r.token(inner).sign("(") && r.next(r.closers[inner]+1) == shut {
		start, end = inner+1, r.closers[inner]
	}
	minus := r.minus(start, end)
	if minus < 0 {
		r.emitOpen(call)
		r.at = from + 1
		return true
	}
	r.instead[minus] = ") - " + call
	r.emitOpen("(" + call)
	for i := from + 1; i < start; i++ {
		r.instead[i] = ""
	}
	for i := end; i < shut; i++ {
		r.instead[i] = ""
	}
	r.instead[shut] = "))"
	r.at = from + 1
	return true
}

// minus finds the one minus between two operands, outside brackets and not
// before an INTERVAL; -1 for none, or more.
func (r *rewriter) minus(start, end int) int {
	found := -1
	for i := start; i < end; i++ {
		if shut, ok := r.closers[i]; ok {
			i = shut
			continue
		}
		if !r.in[i].sign("-") || r.token(r.next(i+1)).is("INTERVAL") {
			continue
		}
		if found >= 0 {
			return -1
		}
		found = i
	}
	return found
}
