package sqllineage

import "testing"

// What PostgreSQL writes, and few others.
func TestQueriesOfPostgreSQL(t *testing.T) {
	t.Parallel()
	known := schema{"t": "a b c", "u": "a x y"}
	check(t, []wanted{
		{name: "alias of a join's columns", dialect: PostgreSQL, schema: known, sql: "SELECT j.a, x FROM t JOIN u USING (a) AS j", edges: `
			t.a > a TRANSFORMATION
			u.a > a TRANSFORMATION
			u.x > x
			t.a > JOIN
			u.a > JOIN`},
		{name: "cast of a row", dialect: PostgreSQL, schema: schema{"t": "a b"}, sql: "SELECT t.*::public.t AS r, t.* IS NULL AS n FROM t", edges: `
			t.a > r TRANSFORMATION
			t.b > r TRANSFORMATION
			t.a > n TRANSFORMATION
			t.b > n TRANSFORMATION`},
		{name: "quoted name of an element", dialect: PostgreSQL, schema: known, sql: `SELECT XMLELEMENT(NAME "row", XMLATTRIBUTES(a AS id)) AS x FROM t`, edges: `
			t.a > x TRANSFORMATION`},
		{name: "columns of SEARCH and CYCLE", dialect: PostgreSQL, schema: known, sql: `
			WITH RECURSIVE r (n, m) AS (SELECT a, b FROM t UNION ALL SELECT u.x, r.m FROM r, u)
			SEARCH DEPTH FIRST BY m SET o CYCLE n, m SET again TO 'y' DEFAULT 'n' USING path SELECT o, again, path FROM r`, edges: `
			t.b > o TRANSFORMATION
			t.a > again CONDITIONAL
			t.b > again CONDITIONAL
			u.x > again CONDITIONAL
			t.a > path TRANSFORMATION
			t.b > path TRANSFORMATION
			u.x > path TRANSFORMATION`},
	})
}
