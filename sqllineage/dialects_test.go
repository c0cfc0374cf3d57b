package sqllineage

import "testing"

// What some dialect has of its own.
func TestQueriesOfDialects(t *testing.T) {
	t.Parallel()
	known := schema{"t": "a b c", "u": "a x y"}
	check(t, []wanted{
		{name: "an alias where nothing else is meant", schema: known, sql: "SELECT a + 1 AS i, i + b AS j, x AS k FROM t", edges: `
			t.a > i TRANSFORMATION
			t.a > j TRANSFORMATION
			t.b > j TRANSFORMATION
			<unresolved>.x > k unresolved`},
		{name: "a column rather than an alias", sql: "SELECT a AS i, i AS j FROM t", edges: `
			t.a > i
			t.i > j`},
		{name: "pipe keeps the names of what it joins", dialect: BigQuery, schema: known, sql: "FROM t |> JOIN u AS w ON t.a = w.x |> WHERE w.y > 1 |> SELECT t.b, w.x", edges: `
			t.b > b
			u.x > x
			t.a > JOIN
			u.x > JOIN
			u.y > FILTER`},
		{name: "pipe over a joined and aggregated", dialect: BigQuery, schema: known, sql: "FROM t |> JOIN u USING (a) |> AGGREGATE sum(t.b) AS s GROUP BY u.x |> SELECT s", edges: `
			t.b > s AGGREGATION
			t.a > JOIN
			u.a > JOIN
			u.x > GROUP_BY`},
		{name: "quoted path before a column", dialect: BigQuery, sql: "SELECT `p.d.t`.a, `p.d.u`.* FROM `p.d.t`, `p.d.u`", edges: `
			p.d.t.a > a
			p.d.u.* > * star`},
		{name: "hints of Spanner", dialect: BigQuery, schema: known, sql: "SELECT w.a, x FROM t@{FORCE_INDEX=i} AS w JOIN@{JOIN_METHOD=HASH_JOIN} u@{FORCE_INDEX=j} ON w.b = u.y", edges: `
			t.a > a
			u.x > x
			t.b > JOIN
			u.y > JOIN`},
		{name: "offset of a column's rows", dialect: BigQuery, sql: "SELECT o, i, i.z FROM t CROSS JOIN t.items AS i WITH OFFSET o", edges: `
			t.items > i
			t.items > z`},
		{name: "name of an element", dialect: Oracle, sql: `SELECT XMLELEMENT("row", a) AS x FROM t`, edges: `
			t.a > x TRANSFORMATION`},
		{name: "names of expressions", dialect: ClickHouse, sql: "WITH 1 AS one, (SELECT max(x) FROM u) AS m, a + b AS s SELECT m, s, one, c FROM t", edges: `
			u.x > m AGGREGATION
			t.a > s TRANSFORMATION
			t.b > s TRANSFORMATION
			t.c > c`},
		{name: "name of an expression over a column of that name", dialect: ClickHouse, sql: "WITH x + 1 AS x SELECT x FROM t", edges: `
			t.x > x TRANSFORMATION`},
		{name: "methods of XML", dialect: TSQL, sql: "SELECT t.doc.value('(/a)[1]', 'int') AS v, n.x.value('.', 'int') AS w FROM t CROSS APPLY t.parts.nodes('/r') AS n(x)", edges: `
			t.doc > v TRANSFORMATION
			t.parts > w TRANSFORMATION`},
		{name: "columns by place", dialect: Snowflake, schema: known, sql: "SELECT t.$1, u.$2 FROM t, u", edges: `
			t.a > a
			u.x > x`},
		{name: "quotes in the name of a pivoted value", dialect: Snowflake, schema: known, sql: `SELECT "'p'" AS p, z."'q'" AS q FROM t PIVOT (sum(a) FOR b IN ('p', 'q')) AS z`, edges: `
			t.a > p AGGREGATION
			t.a > q AGGREGATION
			t.b > GROUP_BY`},
	})
}

func TestWritesOfDialects(t *testing.T) {
	t.Parallel()
	check(t, []wanted{
		{name: "columns beside those of the query", dialect: MySQL, sql: "CREATE TABLE n (id INT PRIMARY KEY) ENGINE=InnoDB SELECT a, b FROM t", edges: `
			t.a > n.a
			t.b > n.b`},
		{name: "recursive view", dialect: PostgreSQL, sql: "CREATE RECURSIVE VIEW s.v (n) AS SELECT a FROM t UNION ALL SELECT n FROM v", edges: `
			t.a > s.v.n`},
		{name: "names of functions are no columns of a table that is there", dialect: PostgreSQL, sql: "INSERT INTO n SELECT a::int, max(b), CASE WHEN c THEN d END FROM t; CREATE TABLE m AS SELECT max(b) FROM t", edges: `
			t.a > n.a TRANSFORMATION
			t.b > n.* AGGREGATION
			t.c > n.* CONDITIONAL
			t.d > n.* TRANSFORMATION
			t.b > m.max AGGREGATION`},
		{name: "field of a column", dialect: BigQuery, sql: "UPDATE d.t SET s.f = u.x, t.r.g = u.y FROM u WHERE true", edges: `
			u.x > d.t.s
			u.y > d.t.r`},
		{name: "partitions of what is emptied", dialect: TSQL, sql: "TRUNCATE TABLE t WITH (PARTITIONS (1, 2 TO 4))"},
	})
}
