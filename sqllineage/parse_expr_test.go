package sqllineage

import (
	"strings"
	"testing"
)

// refs lists what an expression refers to: + is within an aggregate, and the
// other marks are of the roles. Queries are in brackets, windows behind @.
func refs(e *expr) string {
	var parts []string
	for _, r := range e.refs {
		var names []string
		for _, id := range r.name {
			names = append(names, id.text)
		}
		if r.star {
			names = append(names, "*")
		}
		parts = append(parts, mark(r.role, r.aggregate)+strings.Join(names, "."))
	}
	for _, q := range e.queries {
		text := "query"
		if q.exists {
			text = "exists"
		}
		parts = append(parts, mark(q.role, q.aggregate)+"["+text+"]")
	}
	for _, w := range e.windows {
		parts = append(parts, "@"+w.text)
	}
	return strings.Join(parts, " ")
}

func mark(r role, aggregate bool) string {
	m := [...]string{roleValue: "", roleConditional: "?", roleWindow: "%", roleSort: "^", roleFilter: "!"}[r]
	if aggregate {
		m += "+"
	}
	return m
}

// readItem reads an expression as the first item of a SELECT.
func readItem(t *testing.T, d Dialect, text string) *item {
	t.Helper()
	sql := "SELECT " + text + " FROM t"
	list, faults := readStatements(sql, d)
	if len(faults) > 0 || len(list) != 1 || len(list[0].query.sel.items) == 0 {
		t.Fatalf("%s: %d statements, %v", sql, len(list), faults)
	}
	if from := list[0].query.sel.from; len(from) != 1 || from[0].name[0].text != "t" {
		t.Fatalf("%s: FROM is not read behind it", sql)
	}
	return list[0].query.sel.items[0]
}

func readStatements(sql string, d Dialect) ([]*statement, []fault) {
	l := Limits{}.withDefaults()
	toks, faults, _ := lex(sql, d, l)
	p := newParser(sql, toks, d, newBudget(l, len(toks)))
	list := p.statements(nil)
	for _, s := range list {
		faults = append(faults, allFaults(s)...)
	}
	return list, faults
}

func allFaults(s *statement) []fault {
	faults := s.faults
	for _, inner := range s.body {
		faults = append(faults, allFaults(inner)...)
	}
	return faults
}

func TestExpressionsAreScanned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect    Dialect
		text, want string
	}{
		{Generic, "a", "a"},
		{Generic, "((t.a))", "t.a"},
		{Generic, "a + b.c * -d", "a b.c d"},
		{Generic, "a <~*~> b !@# c", "a b c"},
		{Generic, "f(a, g(b), 'c', 1)", "a b"},
		{Generic, "sum(a) + b", "+a b"},
		{Generic, "count(*)", ""},
		{Generic, "count(DISTINCT a, b)", "+a +b"},
		{Generic, "sum(sum(a)) OVER (PARTITION BY b ORDER BY c, d DESC)", "+a %b %c %d"},
		{Generic, "max(a) OVER (PARTITION BY b)", "a %b"},
		{Generic, "rank() OVER w", "@w"},
		{Generic, "lag(a) IGNORE NULLS OVER (w ORDER BY b ROWS BETWEEN c PRECEDING AND CURRENT ROW)", "a %b @w"},
		{Generic, "array_agg(a ORDER BY b DESC NULLS LAST) FILTER (WHERE c > 1)", "+a ^+b !+c"},
		{Generic, "percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", "+a"},
		{Generic, "listagg(a, ',') WITHIN GROUP (ORDER BY b)", "+a ^+b"},
		{Oracle, "max(a) KEEP (DENSE_RANK FIRST ORDER BY b)", "+a ^+b"},
		{Generic, "CASE WHEN a > b THEN c WHEN d THEN e ELSE f END", "?a ?b c ?d e f"},
		{Generic, "CASE a WHEN b THEN c END", "?a ?b c"},
		{Generic, "sum(CASE WHEN a THEN b END)", "?+a +b"},
		{Generic, "if(a = b, c, d)", "?a ?b c d"},
		{Snowflake, "decode(a, b, c, d, e, f)", "?a ?b c ?d e f"},
		{Generic, "coalesce(a, b)", "a b"},
		{Generic, "cast(a AS decimal(10, 2))", "a"},
		{BigQuery, "cast(a AS ARRAY<STRUCT<b INT64, c STRING>>)", "a"},
		{PostgreSQL, "a::timestamp(3) with time zone AT TIME ZONE b", "a b"},
		{PostgreSQL, "a::double precision + b::int[]", "a b"},
		{Generic, "extract(year FROM a)", "a"},
		{Generic, "trim(BOTH b FROM a)", "b a"},
		{Generic, "substring(a FROM b FOR c)", "a b c"},
		{Generic, "position(a IN b)", "a b"},
		{Generic, "overlay(a PLACING b FROM c)", "a b c"},
		{TSQL, "convert(varchar(10), a, 120)", "a"},
		{MySQL, "convert(a, unsigned) + convert(b USING utf8)", "a b"},
		{TSQL, "dateadd(day, a, b)", "a b"},
		{BigQuery, "date_diff(a, b, day)", "a b"},
		{BigQuery, "date_trunc(a, week(monday))", "a"},
		{Spark, "datediff(day, month)", "day month"},
		{Generic, "a + INTERVAL '1' DAY", "a"},
		{MySQL, "a + INTERVAL b MONTH", "a b"},
		{Generic, "DATE '2020-01-01' - date", "date"},
		{Generic, "a IS NOT NULL AND b IS DISTINCT FROM c OR NOT d", "a b c d"},
		{Generic, "a BETWEEN b AND c", "a b c"},
		{Generic, "a LIKE b ESCAPE 'x'", "a b"},
		{Generic, "a IN (b, c)", "a b c"},
		{Generic, "a IN (SELECT x FROM y)", "a [exists]"},
		{Generic, "EXISTS (SELECT x FROM y)", "[exists]"},
		{Generic, "NOT EXISTS (SELECT x FROM y) AND a", "a [exists]"},
		{Generic, "(SELECT x FROM y) + sum((SELECT z FROM y))", "[query] +[query]"},
		{Generic, "((SELECT x FROM y) UNION (SELECT z FROM y))", "[query]"},
		{Generic, "((SELECT x FROM y) + 1) * a", "a [query]"},
		{PostgreSQL, "a = ANY (SELECT x FROM y)", "a [query]"},
		{PostgreSQL, "ARRAY[a, b][c:d]", "a b c d"},
		{PostgreSQL, "(a).b", "a.b"},
		{PostgreSQL, "a -> 'b' ->> c", "a c"},
		{PostgreSQL, "a ? 'b' AND c @> d", "a c d"},
		{Spark, "transform(a, x -> x + b)", "a b"},
		{DuckDB, "list_transform(a, (x, y) -> x + y + b)", "a b"},
		{DuckDB, "list_filter(a, lambda x: x > b)", "a b"},
		{DuckDB, "[x + a FOR x IN b IF x > 1]", "a b"},
		{DuckDB, "{'k': a, l: b}", "a b"},
		{BigQuery, "STRUCT<x INT64, y STRING>(a, b)", "a b"},
		{BigQuery, "STRUCT(a AS x, b)", "a b"},
		{BigQuery, "ARRAY<INT64>[a, b][OFFSET(c)]", "a b c"},
		{Snowflake, "a:b.c['d']::string", "a"},
		{Snowflake, "f(a):b + $1", "a $1"},
		{Snowflake, "g(x => a, y => b)", "a b"},
		{PostgreSQL, "g(x := a)", "a"},
		{MySQL, "@v + a", "a"},
		{MySQL, "MATCH (a, b) AGAINST ('x' IN BOOLEAN MODE)", "a b"},
		{MySQL, "group_concat(a ORDER BY b SEPARATOR ',')", "+a ^+b"},
		{TSQL, "@v + a", "a"},
		{TSQL, "a.value('(/b)[1]', 'int')", "a"},
		{Oracle, "PRIOR a + :bind + ROWNUM + s.nextval", "a"},
		{Generic, "CURRENT_DATE + a + CURRENT_TIMESTAMP(3)", "a"},
		{Generic, "a COLLATE b.c || d", "a d"},
		{PostgreSQL, "xmlelement(name x, xmlattributes(a AS b), c)", "a c"},
		{PostgreSQL, "json_object('a' VALUE b, 'c': d ABSENT ON NULL)", "b d"},
		{ClickHouse, "quantile(0.5)(a) + tuple(b, c).1", "a b c"},
		{ClickHouse, "a ? b : c", "a b c"},
		{Generic, "f(t.*)", "t.*"},
		{Generic, "year + month + level + value + key + type", "year month level value key type"},
		{Generic, "left(a, 1) || replace(b, 'x', c)", "a b c"},
	} {
		if got := refs(&readItem(t, c.dialect, c.text).expr); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.dialect, c.text, got, c.want)
		}
	}
}

func TestExpressionsAreBareOrNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		text    string
		bare    bool
		label   string
	}{
		{Generic, "a", true, "a"},
		{Generic, "(t.a)", true, "a"},
		{Generic, "a.b.c", true, "c"},
		{Generic, "a::int", false, "a"},
		{Generic, "a IS NOT NULL", false, ""},
		{PostgreSQL, `a COLLATE "C"`, false, "a"},
		{Generic, "cast(a AS int)", false, "a"},
		{Generic, "a + 1", false, ""},
		{Generic, "-a", false, ""},
		{Generic, "(a, b)", false, ""},
		{Generic, "sum(a)", false, ""},
		{PostgreSQL, "SUM(a)", false, "sum"},
		{PostgreSQL, "CASE WHEN a THEN b ELSE c END", false, "c"},
		{PostgreSQL, "CASE WHEN a THEN b END", false, "case"},
		{PostgreSQL, "EXISTS (SELECT 1)", false, "exists"},
		{Snowflake, "a:b.c", false, "c"},
		{PostgreSQL, "(a).b", true, "b"},
	} {
		e := readItem(t, c.dialect, c.text).expr
		if e.bare != c.bare || e.label != c.label {
			t.Errorf("%s %s: got bare %v and %q, want %v and %q", c.dialect, c.text, e.bare, e.label, c.bare, c.label)
		}
	}
}

func TestItemsHaveAliases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect     Dialect
		text, alias string
	}{
		{Generic, "a AS b", "b"},
		{Generic, "a b", "b"},
		{Generic, `a "b c"`, "b c"},
		{Generic, "a 'b'", "b"},
		{Generic, "a + 1 AS b", "b"},
		{Generic, "CASE WHEN a THEN b END c", "c"},
		{Generic, "sum(a) OVER (ORDER BY b) c", "c"},
		{Generic, "a::int AS left", "left"},
		{TSQL, "b = a + 1", "b"},
		{Generic, "b = a", ""},
		{DuckDB, "b: a + 1", "b"},
		{Generic, "a AS date", "date"},
		{Generic, "a value", "value"},
		{Snowflake, "a AS :b", "b"},
	} {
		if got := readItem(t, c.dialect, c.text).alias.text; got != c.alias {
			t.Errorf("%s %s: got %q, want %q", c.dialect, c.text, got, c.alias)
		}
	}
}
