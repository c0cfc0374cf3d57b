package sqllineage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestQueries(t *testing.T) {
	t.Parallel()
	known := schema{"t": "a b c", "u": "a x y", "v": "y z"}
	check(t, []wanted{
		{name: "identity", sql: "SELECT a, t.b AS c FROM t", edges: `
			t.a > a
			t.b > c`},
		{name: "a column of the table's name", sql: "SELECT country FROM geo.country", edges: `
			geo.country.country > country`},
		{name: "a row by its alias", sql: "SELECT to_json(c) AS j FROM geo.country c", edges: `
			geo.country.* > j TRANSFORMATION star`},
		{name: "expression", sql: "SELECT a + b AS s, 1 AS one FROM t", edges: `
			t.a > s TRANSFORMATION
			t.b > s TRANSFORMATION`},
		{name: "aggregate", sql: "SELECT k, sum(v) AS s, count(*) AS n FROM t GROUP BY k", edges: `
			t.k > k
			t.v > s AGGREGATION
			t.k > GROUP_BY`},
		{name: "case", sql: "SELECT CASE WHEN a > 0 THEN b ELSE a END AS c FROM t", edges: `
			t.a > c CONDITIONAL
			t.a > c TRANSFORMATION
			t.b > c TRANSFORMATION`},
		{name: "window", sql: "SELECT sum(v) OVER (PARTITION BY k ORDER BY d) AS s FROM t", edges: `
			t.v > s TRANSFORMATION
			t.k > s WINDOW
			t.d > s WINDOW`},
		{name: "named window", sql: "SELECT rank() OVER w AS r FROM t WINDOW w AS (PARTITION BY k)", edges: `
			t.k > r WINDOW`},
		{name: "aggregate filter", dialect: PostgreSQL, sql: "SELECT sum(v) FILTER (WHERE ok) AS s FROM t", edges: `
			t.v > s AGGREGATION
			t.ok > s FILTER`},
		{name: "clauses", sql: "SELECT a FROM t JOIN u ON t.i = u.i WHERE t.w > 1 GROUP BY t.g HAVING max(t.h) > 1 ORDER BY t.o", schema: schema{"t": "a i w g h o", "u": "i"}, edges: `
			t.a > a
			t.i > JOIN
			u.i > JOIN
			t.w > FILTER
			t.g > GROUP_BY
			t.h > FILTER
			t.o > SORT`},
		{name: "by catalog", schema: known, sql: "SELECT b, x, z FROM t, u, v", edges: `
			t.b > b
			u.x > x
			v.z > z`},
		{name: "could be anywhere", sql: "SELECT a FROM t, u", edges: `
			<unresolved>.a > a unresolved`},
		{name: "by elimination", schema: schema{"t": "a b"}, sql: "SELECT a, q FROM t, u", edges: `
			t.a > a
			u.q > q`},
		{name: "shown by a qualifier elsewhere", sql: "SELECT id, x.a AS b, a FROM t x JOIN u y ON x.id = y.up", edges: `
			t.id > id
			t.a > b
			t.a > a
			t.id > JOIN
			u.up > JOIN`},
		{name: "shown of both", sql: "SELECT id FROM t JOIN u ON t.id = u.id", edges: `
			<unresolved>.id > id unresolved
			t.id > JOIN
			u.id > JOIN`},
		{name: "nobody has it", schema: known, sql: "SELECT nope FROM t", edges: `
			<unresolved>.nope > nope unresolved`},
		{name: "qualified in full", sql: "SELECT c.s.t.a, s.t.b, t.c FROM c.s.t", edges: `
			c.s.t.a > a
			c.s.t.b > b
			c.s.t.c > c`},
		{name: "by the table's name behind its alias", sql: "SELECT t.a FROM t AS x", edges: `
			t.a > a`},
		{name: "derived table", sql: "SELECT s + 1 AS n FROM (SELECT sum(v) AS s FROM t WHERE w = 1) d", edges: `
			t.v > n AGGREGATION
			t.w > FILTER`},
		{name: "ordinals", sql: "SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 2", edges: `
			t.a > a
			t.b > b
			t.a > GROUP_BY
			t.b > GROUP_BY
			t.b > SORT`},
		{name: "order by alias", sql: "SELECT a + b AS s FROM t ORDER BY s", edges: `
			t.a > s TRANSFORMATION
			t.b > s TRANSFORMATION
			t.a > SORT
			t.b > SORT`},
		{name: "scalar subquery", sql: "SELECT (SELECT max(u.x) FROM u WHERE u.k = t.k) AS m FROM t", edges: `
			u.x > m AGGREGATION
			u.k > FILTER
			t.k > FILTER`},
		{name: "correlated value", sql: "SELECT (SELECT t.a + u.x FROM u) AS m FROM t", edges: `
			t.a > m TRANSFORMATION
			u.x > m TRANSFORMATION`},
		{name: "exists", sql: "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)", edges: `
			t.a > a
			u.k > FILTER
			t.k > FILTER`},
		{name: "in", sql: "SELECT a FROM t WHERE k IN (SELECT k FROM u)", edges: `
			t.a > a
			t.k > FILTER
			u.k > FILTER`},
		{name: "in as a value", sql: "SELECT t.k IN (SELECT k FROM u) AS there FROM t", edges: `
			t.k > there TRANSFORMATION
			u.k > there CONDITIONAL`},
		{name: "whole row", schema: known, dialect: PostgreSQL, sql: "SELECT to_json(v) AS j FROM v", edges: `
			v.y > j TRANSFORMATION
			v.z > j TRANSFORMATION`},
		{name: "values", sql: "SELECT a, b FROM (VALUES (1, 2), (3, 4)) AS w(a, b)"},
		{name: "union", sql: "SELECT a, b FROM t UNION ALL SELECT x, max(y) FROM u GROUP BY x", edges: `
			t.a > a
			u.x > a
			t.b > b
			u.y > b AGGREGATION
			u.x > GROUP_BY`},
		{name: "union by name", dialect: DuckDB, sql: "SELECT a, b FROM t UNION ALL BY NAME SELECT b, a FROM u", edges: `
			t.a > a
			u.a > a
			t.b > b
			u.b > b`},
		{name: "struct field", schema: schema{"t": "s id"}, dialect: BigQuery, sql: "SELECT s.f, t.s.g.h FROM t", edges: `
			t.s > f
			t.s > h`},
		{name: "struct field of an unknown table", dialect: BigQuery, sql: "SELECT s.f.g FROM t", edges: `
			t.s.f.g > g`},
		{name: "snowflake places", schema: known, dialect: Snowflake, sql: "SELECT $2, x.$1 FROM t x", edges: `
			t.b > b
			t.a > a`},
		{name: "field of a row", dialect: PostgreSQL, sql: "SELECT (t).a, (t.s).f FROM t, u", edges: `
			t.a > a
			t.s.f > f`},
		{name: "variables", dialect: TSQL, sql: "SELECT @x AS a, b FROM t", edges: `
			t.b > b`},
	})
}

func TestJoins(t *testing.T) {
	t.Parallel()
	known := schema{"t": "k a", "u": "k b", "w": "k c"}
	check(t, []wanted{
		{name: "using", schema: known, sql: "SELECT k, a, b FROM t JOIN u USING (k)", edges: `
			t.k > k TRANSFORMATION
			u.k > k TRANSFORMATION
			t.a > a
			u.b > b
			t.k > JOIN
			u.k > JOIN`},
		{name: "using thrice", schema: known, sql: "SELECT k FROM t JOIN u USING (k) JOIN w USING (k)", edges: `
			t.k > k TRANSFORMATION
			u.k > k TRANSFORMATION
			w.k > k TRANSFORMATION
			t.k > JOIN
			u.k > JOIN
			w.k > JOIN`},
		{name: "using of unknown tables", sql: "SELECT k, t.k AS tk FROM t JOIN u USING (k)", edges: `
			t.k > k TRANSFORMATION
			u.k > k TRANSFORMATION
			t.k > tk
			t.k > JOIN
			u.k > JOIN`},
		{name: "star over using", schema: known, sql: "SELECT * FROM t JOIN u USING (k)", edges: `
			t.k > k TRANSFORMATION
			u.k > k TRANSFORMATION
			t.a > a
			u.b > b
			t.k > JOIN
			u.k > JOIN`},
		{name: "natural", schema: known, sql: "SELECT * FROM t NATURAL JOIN u", edges: `
			t.k > k TRANSFORMATION
			u.k > k TRANSFORMATION
			t.a > a
			u.b > b
			t.k > JOIN
			u.k > JOIN`},
		{name: "semi", dialect: Spark, sql: "SELECT * FROM t LEFT SEMI JOIN u ON t.k = u.k", edges: `
			t.* > * star
			t.k > JOIN
			u.k > JOIN`},
		{name: "alias of a join", dialect: PostgreSQL, schema: known, sql: "SELECT x.a, x.b, c FROM (t JOIN u USING (k)) AS x, w", edges: `
			t.a > a
			u.b > b
			w.c > c
			t.k > JOIN
			u.k > JOIN`},
		{name: "self", sql: "SELECT x.a AS p, y.a AS q FROM t x JOIN t y ON x.k = y.j", edges: `
			t.a > p
			t.a > q
			t.k > JOIN
			t.j > JOIN`},
		{name: "lateral", dialect: PostgreSQL, sql: "SELECT l.m FROM t, LATERAL (SELECT max(u.b) AS m FROM u WHERE u.k = t.k) l", edges: `
			u.b > m AGGREGATION
			u.k > FILTER
			t.k > FILTER`},
		{name: "nested", sql: "SELECT t.a, w.c FROM t LEFT JOIN (u INNER JOIN w ON u.k = w.k) ON t.k = u.k", edges: `
			t.a > a
			w.c > c
			t.k > JOIN
			u.k > JOIN
			w.k > JOIN`},
	})
}

func TestStars(t *testing.T) {
	t.Parallel()
	known := schema{"t": "a b c", "u": "x y"}
	check(t, []wanted{
		{name: "known", schema: known, sql: "SELECT * FROM t", edges: `
			t.a > a
			t.b > b
			t.c > c`},
		{name: "qualified", schema: known, sql: "SELECT u.*, t.a FROM t, u", edges: `
			u.x > x
			u.y > y
			t.a > a`},
		{name: "unknown", sql: "SELECT * FROM t", edges: `
			t.* > * star`},
		{name: "through a derived table", sql: "SELECT a FROM (SELECT * FROM t) d", edges: `
			t.a > a star`},
		{name: "through two", sql: "SELECT a FROM (SELECT * FROM t, u) d", edges: `
			t.* > a star
			u.* > a star`},
		{name: "except", schema: known, dialect: BigQuery, sql: "SELECT * EXCEPT (b) FROM t", edges: `
			t.a > a
			t.c > c`},
		{name: "replace", schema: known, dialect: BigQuery, sql: "SELECT * REPLACE (a + b AS b) FROM t", edges: `
			t.a > a
			t.a > b TRANSFORMATION
			t.b > b TRANSFORMATION
			t.c > c`},
		{name: "replace of the unknown", dialect: BigQuery, sql: "SELECT * REPLACE (a + 1 AS b) FROM t", edges: `
			t.* > * star
			t.a > b TRANSFORMATION`},
		{name: "rename", schema: known, dialect: Snowflake, sql: "SELECT * EXCLUDE c RENAME (b AS d) FROM t", edges: `
			t.a > a
			t.b > d`},
		{name: "renamed by the alias", schema: known, sql: "SELECT q FROM t AS w(p, q, r)", edges: `
			t.b > q`},
		{name: "alias of the unknown", sql: "SELECT q FROM (SELECT * FROM t) AS w(p, q)", edges: `
			t.q > q guessed`},
		{name: "fields of an expression", dialect: BigQuery, sql: "SELECT (s).* FROM t", edges: `
			t.s > *`},
		{name: "cte columns over the unknown", sql: "WITH w(p, q) AS (SELECT * FROM t) SELECT q FROM w", edges: `
			t.* > q star`},
	})
}

func TestCommonTableExpressions(t *testing.T) {
	t.Parallel()
	check(t, []wanted{
		{name: "chain", sql: "WITH a AS (SELECT x FROM t), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b", edges: `
			t.x > y TRANSFORMATION`},
		{name: "shadows a table", sql: "WITH t AS (SELECT x FROM t) SELECT x FROM t", edges: `
			t.x > x`},
		{name: "inner shadows outer", sql: "WITH a AS (SELECT x FROM t) SELECT x FROM (WITH a AS (SELECT y AS x FROM u) SELECT x FROM a) d", edges: `
			u.y > x`},
		{name: "not a qualified name", sql: "WITH a AS (SELECT x FROM t) SELECT s.a.x FROM s.a", edges: `
			s.a.x > x`},
		{name: "recursive", sql: `WITH RECURSIVE r(p, q, n) AS (
				SELECT a, b, 1 FROM t UNION ALL SELECT q, p, n + 1 FROM r JOIN u ON u.i = r.n
			) SELECT p FROM r`, edges: `
			t.a > p
			t.b > p
			u.i > JOIN`},
		{name: "recursive without the word", dialect: TSQL, sql: "WITH r AS (SELECT id, 0 AS n FROM t UNION ALL SELECT c.id, r.n + 1 FROM t c JOIN r ON c.up = r.id) SELECT id, n FROM r", edges: `
			t.id > id
			t.up > JOIN
			t.id > JOIN`},
		{name: "round through every column", sql: `WITH RECURSIVE r AS (
				SELECT a, b, c, d, e FROM t UNION ALL SELECT b, c, d, e, e FROM r
			) SELECT a AS z FROM r`, edges: `
			t.a > z
			t.b > z
			t.c > z
			t.d > z
			t.e > z`},
		{name: "a star that goes round", sql: "WITH RECURSIVE r AS (SELECT * FROM t UNION ALL SELECT r.*, 1 FROM r) SELECT * FROM r", edges: `
			t.* > * star`},
		{name: "data-modifying", dialect: PostgreSQL, sql: "WITH gone AS (DELETE FROM t WHERE old RETURNING a, b) INSERT INTO archive (x, y) SELECT a, b FROM gone", edges: `
			t.a > archive.x
			t.b > archive.y
			t.old > t FILTER`},
	})
}

func TestFunctionsInFrom(t *testing.T) {
	t.Parallel()
	check(t, []wanted{
		{name: "unnest", dialect: BigQuery, sql: "SELECT id, x FROM t, UNNEST(t.xs) AS x", edges: `
			t.id > id
			t.xs > x TRANSFORMATION`},
		{name: "unnest with columns", dialect: PostgreSQL, sql: "SELECT e.v FROM t CROSS JOIN LATERAL unnest(t.vs) AS e(v)", edges: `
			t.vs > v TRANSFORMATION`},
		{name: "ordinality", dialect: PostgreSQL, sql: "SELECT v, n FROM t CROSS JOIN LATERAL unnest(t.vs) WITH ORDINALITY AS e(v, n)", edges: `
			t.vs > v TRANSFORMATION`},
		{name: "offset", dialect: BigQuery, sql: "SELECT v, o FROM t, UNNEST(t.vs) AS v WITH OFFSET AS o", edges: `
			t.vs > v TRANSFORMATION`},
		{name: "fields of an element", dialect: BigQuery, sql: "SELECT x.name FROM t, UNNEST(items) AS x", edges: `
			t.items > name TRANSFORMATION`},
		{name: "flatten", dialect: Snowflake, sql: "SELECT f.value:a::string AS a FROM t, LATERAL FLATTEN(input => t.js) f", edges: `
			t.js > a TRANSFORMATION`},
		{name: "shown by an argument", dialect: Snowflake, sql: "SELECT src:id AS id, p.x FROM raw r, LATERAL FLATTEN(input => r.src:items) f JOIN p ON p.k = f.value", edges: `
			raw.src > id TRANSFORMATION
			p.x > x
			raw.src > JOIN
			p.k > JOIN`},
		{name: "lateral view", dialect: Hive, sql: "SELECT t.id, w FROM t LATERAL VIEW explode(t.ws) e AS w", edges: `
			t.id > id
			t.ws > w TRANSFORMATION`},
		{name: "columns that nobody knows", dialect: PostgreSQL, sql: "CREATE TABLE n AS SELECT * FROM f((SELECT max(a) FROM t)); INSERT INTO o SELECT x FROM n", edges: `
			t.a > n.* AGGREGATION
			n.x > o.x`},
		{name: "a file", dialect: DuckDB, sql: "SELECT a FROM read_csv('x.csv') AS f", edges: `
			x.csv.a > a`},
		{name: "no tables", dialect: PostgreSQL, sql: "SELECT g FROM generate_series(1, 3) AS g"},
	})
}

func TestPivots(t *testing.T) {
	t.Parallel()
	known := schema{"s": "id month amount", "w": "id jan feb"}
	check(t, []wanted{
		{name: "pivot", schema: known, dialect: Snowflake, sql: "SELECT * FROM s PIVOT (SUM(amount) FOR month IN ('jan' AS j, 'feb' AS f))", edges: `
			s.id > id
			s.amount > j AGGREGATION
			s.amount > f AGGREGATION
			s.month > GROUP_BY`},
		{name: "unpivot", schema: known, dialect: Snowflake, sql: "SELECT id, month, amount FROM w UNPIVOT (amount FOR month IN (jan, feb))", edges: `
			w.id > id
			w.jan > month CONDITIONAL
			w.feb > month CONDITIONAL
			w.jan > amount
			w.feb > amount`},
	})
}

func TestAliasesOfTheSelectList(t *testing.T) {
	t.Parallel()
	check(t, []wanted{
		{name: "means the alias", dialect: Snowflake, schema: schema{"t": "a"}, sql: "SELECT a + 1 AS b, b * 2 AS c FROM t", edges: `
			t.a > b TRANSFORMATION
			t.a > c TRANSFORMATION`},
		{name: "means the column", dialect: Snowflake, schema: schema{"t": "a b"}, sql: "SELECT a AS b, b AS c FROM t", edges: `
			t.a > b
			t.b > c`},
		{name: "not in WHERE", dialect: PostgreSQL, sql: "SELECT f(x) AS n FROM t WHERE n > 1 GROUP BY n", edges: `
			t.x > n TRANSFORMATION
			t.n > FILTER
			t.x > GROUP_BY`},
		{name: "in HAVING", dialect: MySQL, sql: "SELECT f(x) AS n FROM t HAVING n > 1", edges: `
			t.x > n TRANSFORMATION
			t.x > FILTER`},
		{name: "not in every dialect", dialect: PostgreSQL, sql: "SELECT a AS b, b AS c FROM t", edges: `
			t.a > b
			t.b > c`},
	})
}

// TestManyJoinsAndUnions holds that what texts have many of is no nesting.
func TestManyJoinsAndUnions(t *testing.T) {
	t.Parallel()
	const n = 1_000
	var joins, unions strings.Builder
	joins.WriteString("SELECT t0.a FROM t t0")
	unions.WriteString("SELECT a FROM t0")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&joins, " JOIN t t%d ON t%d.k = t%d.k", i, i-1, i)
		fmt.Fprintf(&unions, " UNION ALL SELECT a FROM t%d", i)
	}
	for sql, want := range map[string]int{joins.String(): 2, unions.String(): n} {
		r := Parse(sql, Options{Limits: Limits{Time: time.Minute}})
		if r.Status != Parsed || len(r.Edges) != want {
			t.Errorf("%.60s…: %s with %d edges, want %d: %v", sql, r.Status, len(r.Edges), want, r.Warnings)
		}
	}
}

// TestSharedTablesStayCheap holds that a common table expression is resolved
// once, however often it is used.
func TestSharedTablesStayCheap(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	sql.WriteString("WITH c0 AS (SELECT a FROM t)")
	for i := 1; i < 200; i++ {
		fmt.Fprintf(&sql, ", c%d AS (SELECT x.a + y.a AS a FROM c%d x JOIN c%d y ON x.a = y.a)", i, i-1, i-1)
	}
	sql.WriteString(" SELECT a FROM c199")
	r := Parse(sql.String(), Options{Limits: Limits{Time: time.Minute}})
	if got := lines(r.Edges); r.Status != Parsed || !slices.Equal(got, []string{"t.a > JOIN", "t.a > a TRANSFORMATION"}) {
		t.Errorf("%s: %v %v", r.Status, got, r.Warnings)
	}
}

// TestColumnsWithoutEnd holds that a text which doubles its columns again and
// again ends within its limits.
func TestColumnsWithoutEnd(t *testing.T) {
	t.Parallel()
	var sql strings.Builder
	sql.WriteString("WITH c0 AS (SELECT a FROM t)")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&sql, ", c%d AS (SELECT * FROM c%d x, c%d y)", i, i-1, i-1)
	}
	sql.WriteString(" SELECT * FROM c59")
	if r := Parse(sql.String(), Options{Limits: Limits{Time: time.Minute}}); r.Status != Limited {
		t.Errorf("it is %s", r.Status)
	}
}
