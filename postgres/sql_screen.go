package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// What a query may be made of. The transaction it runs in is read-only, and of
// a role that may read audit and gold and nothing else. Both are settings of
// the session, and functions can change settings, read files, wait, or run SQL
// that is given to them as text. So no query reaches a function that could, nor
// anything of a schema in which others may have made some.

// screened is a query that is one SELECT as far as its words tell, and the names
// in it that have to be asked about.
type screened struct {
	text  string // without semicolons at its end
	names []nameIn
}

// nameIn is a name in a query, and what it may stand for.
type nameIn struct {
	lexeme
	schema bool   // before a dot
	call   bool   // before a bracket, or behind a dot: t.f is f(t)
	of     string // the name before the dot that is before it, "" for none
}

const maxSQLText = 64 << 10 // bytes of a query

// screen looks at the words of a query.
func screen(text string) (*screened, error) {
	if len(text) > maxSQLText {
		return nil, &daybook.Error{
			Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the query has %d bytes, more than %d", len(text), maxSQLText),
			Hint: "put long lists of values into a condition",
		}
	}
	if !storable(text) {
		return nil, daybook.Invalidf("", "the query is not text in UTF-8")
	}
	lexemes, err := lex(text)
	if err != nil {
		return nil, err
	}
	lexemes, text, err = oneStatement(lexemes, text)
	if err != nil {
		return nil, err
	}
	s := &screened{text: text}
	return s, s.take(lexemes)
}

// oneStatement wants a single SELECT, and drops semicolons behind it.
func oneStatement(lexemes []lexeme, text string) ([]lexeme, string, error) {
	end := slices.IndexFunc(lexemes, func(l lexeme) bool { return l.sign(";") })
	if end >= 0 {
		if slices.ContainsFunc(lexemes[end:], func(l lexeme) bool { return !l.sign(";") }) && end > 0 {
			return nil, "", &daybook.Error{Code: daybook.CodeInvalid, Message: "more than one statement", Hint: "send one SELECT a call"}
		}
		text, lexemes = text[:lexemes[end].at], lexemes[:end]
	}
	begins := slices.IndexFunc(lexemes, func(l lexeme) bool { return !l.sign("(") })
	if begins < 0 {
		return nil, "", &daybook.Error{Code: daybook.CodeInvalid, Message: "the query is empty", Hint: "write one such as SELECT * FROM audit.conversations LIMIT 10"}
	}
	switch first := lexemes[begins]; {
	case first.is("select"), first.is("with"), first.is("values"), first.is("table"):
		return lexemes, text, nil
	default:
		return nil, "", &daybook.Error{
			Code: daybook.CodeInvalid, Message: daybook.Clip(strings.ToUpper(first.text)) + " is not a query",
			Hint: "only SELECT is allowed; the ledger is written through records alone",
		}
	}
}

// take notes the names.
func (q *screened) take(lexemes []lexeme) error {
	sign := func(i int, text string) bool { return i >= 0 && i < len(lexemes) && lexemes[i].sign(text) }
	for i, l := range lexemes {
		if l.kind != lexName {
			continue
		}
		switch {
		case strings.HasPrefix(l.text, "pg_") && !harmless[l.text]:
			return q.refuse(l, "what begins with pg_ is PostgreSQL's own: ask of the views of audit and gold", "the query may not name %s", l.text)
		case l.is("treat") && sign(i+1, "("): // which takes the name of a type for that of a function
			return q.refuse(l, "write CAST (… AS …)", "the query may not use TREAT")
		}
		n := nameIn{lexeme: l, schema: sign(i+1, "."), call: sign(i+1, "(") || sign(i-1, ".")}
		if sign(i-1, ".") && i > 1 && lexemes[i-2].kind == lexName {
			n.of = lexemes[i-2].text
		}
		q.names = append(q.names, n)
	}
	return nil
}

// harmless are the names that begin with pg_ and may be used.
var harmless = map[string]bool{"pg_catalog": true, "pg_typeof": true, "pg_size_pretty": true, "pg_size_bytes": true, "pg_column_size": true}

// unsteady are the functions that may be used although they do not always give
// the same.
var unsteady = []string{"random", "gen_random_uuid", "clock_timestamp", "timeofday"}

func (q *screened) refuse(l lexeme, hint, format string, args ...any) error {
	line, column := positionOf(q.text, l.at)
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf(format, args...) + fmt.Sprintf(" (line %d, column %d)", line, column), Hint: hint,
	}
}

// some gives the different names that are of a sort.
func (q *screened) some(is func(nameIn) bool) []string {
	names := []string{}
	for _, n := range q.names {
		if is(n) {
			names = append(names, n.text)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// admitSQL gives those of a query's names that it may not use, and why:
//
// schema: a schema other than those for reading. What stands in it may be anybody's.
//
// function: any function of that name, of PostgreSQL's own or of the schemas for
// reading, may do more than reckon with what it is given. Such are those that
// are volatile; those that somebody has added to what PostgreSQL has; those that
// take what no query has by itself, which read and make values of any type, and
// so run what is declared for that type; and those that run SQL or read
// settings.
//
// object: it stands in a schema for reading, but Daybook did not make it: a
// warehouse may have had an audit or a gold before.
//
// path: audit has functions or operators that Daybook did not make, so that
// names and signs would have to be told apart by where they stand.
const admitSQL = `WITH readable AS (SELECT n.oid, n.nspname = $1 AS path FROM pg_namespace AS n WHERE n.nspname IN ($1, $2)),
daybook AS (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = 'daybook_owner')
SELECT n.nspname::text, 'schema' FROM pg_namespace AS n WHERE n.nspname = ANY ($3::text[]) AND n.nspname NOT IN ($1, $2, 'pg_catalog')
UNION ALL
SELECT p.proname::text, 'function' FROM pg_proc AS p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY ($4::text[]) AND (
  p.oid >= 16384
  OR p.provolatile = 'v' AND p.proname <> ALL ($5::text[])
  OR p.proargtypes::oid[] && ARRAY['cstring'::regtype, 'internal'::regtype]::oid[]
  OR p.proname ~ '_to_xml(schema)?$|_xml_and_xmlschema$|^(current_setting|row_security_active|lo_.*|txid_.*)$')
UNION ALL
SELECT p.proname::text, 'function' FROM pg_proc AS p JOIN readable AS n ON n.oid = p.pronamespace
WHERE (p.proname = ANY ($6::text[]) AND n.path OR p.proname = ANY ($7::text[]) AND NOT n.path)
  AND (p.provolatile = 'v' OR p.prokind = 'p' OR p.proowner <> ALL (SELECT oid FROM daybook))
UNION ALL
SELECT c.relname::text, 'object' FROM pg_class AS c JOIN readable AS n ON n.oid = c.relnamespace
WHERE (c.relname = ANY ($4::text[]) AND n.path OR c.relname = ANY ($7::text[]) AND NOT n.path) AND c.relowner <> ALL (SELECT oid FROM daybook)
UNION ALL
SELECT t.typname::text, 'object' FROM pg_type AS t JOIN readable AS n ON n.oid = t.typnamespace
WHERE (t.typname = ANY ($4::text[]) AND n.path OR t.typname = ANY ($7::text[]) AND NOT n.path) AND t.typowner <> ALL (SELECT oid FROM daybook)
UNION ALL
SELECT '', 'path' FROM readable AS n WHERE n.path AND (
  EXISTS (SELECT FROM pg_proc AS p WHERE p.pronamespace = n.oid AND p.proowner <> ALL (SELECT oid FROM daybook))
  OR EXISTS (SELECT FROM pg_operator AS o WHERE o.oprnamespace = n.oid AND o.oprowner <> ALL (SELECT oid FROM daybook)))`

// admit asks the database about the names, and refuses the query for one that
// may not be in it. It gives the search path for the query.
func (s *Store) admit(ctx context.Context, c querier, q *screened) (path string, err error) {
	audit, gold := s.target.names.prefix+"audit", s.target.names.prefix+"gold"
	path = "pg_catalog, " + s.target.names.audit
	rows, err := c.Query(ctx, admitSQL, audit, gold,
		q.some(func(n nameIn) bool { return n.schema }), q.some(func(nameIn) bool { return true }), unsteady,
		q.some(func(n nameIn) bool { return n.call }), q.some(func(n nameIn) bool { return n.of == gold }))
	if err != nil {
		return "", err
	}
	var refusal error
	var name, why string
	_, err = pgx.ForEachRow(rows, []any{&name, &why}, func() error {
		if why == "path" {
			path = "pg_catalog"
		} else if refusal == nil {
			refusal = q.refused(name, why, audit, gold)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return path, refusal
}

// refused is the error for a name that a query may not use.
func (q *screened) refused(name, why, audit, gold string) error {
	at := slices.IndexFunc(q.names, func(n nameIn) bool { return n.text == name })
	l := q.names[max(at, 0)].lexeme
	switch why {
	case "schema":
		return q.refuse(l, "ask of the views of "+audit+" and "+gold+"; an alias may not have the name of a schema", "the query may not use the schema %s", name)
	case "function":
		return q.refuse(l, "a query may only compute from what it reads: use those of PostgreSQL's own functions that do nothing else", "the query may not use %s", name)
	default:
		return q.refuse(l, "ask of the views that Daybook has made in "+audit+" and "+gold, "the query may not use %s, which is not Daybook's", name)
	}
}
