package sqllineage

import "testing"

func TestWrites(t *testing.T) {
	t.Parallel()
	known := schema{"target": "p q r", "t": "a b c"}
	check(t, []wanted{
		{name: "listed columns", schema: known, sql: "INSERT INTO target (r, p) SELECT a, b FROM t", edges: `
			t.a > target.r
			t.b > target.p`},
		{name: "columns of the catalog", schema: known, sql: "INSERT INTO target SELECT a, b, c FROM t", edges: `
			t.a > target.p
			t.b > target.q
			t.c > target.r`},
		{name: "columns of the select", sql: "INSERT INTO target SELECT a, b AS x FROM t", edges: `
			t.a > target.a
			t.b > target.x`},
		{name: "star", sql: "INSERT INTO target SELECT * FROM t WHERE w = 1", edges: `
			t.* > target.* star
			t.w > target FILTER`},
		{name: "values with a subquery", sql: "INSERT INTO target (p, q) VALUES (1, (SELECT max(a) FROM t))", edges: `
			t.a > target.q AGGREGATION`},
		{name: "create table as", sql: "CREATE TABLE n AS SELECT a + 1 AS b FROM t", edges: `
			t.a > n.b TRANSFORMATION`},
		{name: "create view with columns", sql: "CREATE VIEW v (x, y) AS SELECT a, b FROM t", edges: `
			t.a > v.x
			t.b > v.y`},
		{name: "select into", dialect: PostgreSQL, sql: "SELECT a INTO n FROM t UNION ALL SELECT b FROM u", edges: `
			t.a > n.a
			u.b > n.a`},
		{name: "on conflict", dialect: PostgreSQL, sql: "INSERT INTO target AS o (p, q) SELECT a, b FROM t ON CONFLICT (p) DO UPDATE SET q = excluded.q, r = o.r + 1", edges: `
			t.a > target.p
			t.b > target.q
			target.r > target.r TRANSFORMATION`},
		{name: "on duplicate key", dialect: MySQL, sql: "INSERT INTO target (p, q) SELECT a, b FROM t ON DUPLICATE KEY UPDATE q = VALUES(q) + target.q", edges: `
			t.a > target.p
			t.b > target.q TRANSFORMATION
			target.q > target.q TRANSFORMATION`},
		{name: "a name for the new row", dialect: MySQL, sql: "INSERT INTO target (p, q) VALUES (1, (SELECT max(b) FROM t)) AS n ON DUPLICATE KEY UPDATE r = n.q", edges: `
			t.b > target.q AGGREGATION
			t.b > target.r AGGREGATION`},
		{name: "output into", dialect: TSQL, sql: "DELETE FROM t OUTPUT deleted.a, deleted.b INTO gone (x, y) WHERE c = 1", edges: `
			t.a > gone.x
			t.b > gone.y
			t.c > t FILTER`},
		{name: "clone", dialect: Snowflake, sql: "CREATE TABLE n CLONE t", edges: `
			t.* > n.* star`},
		{name: "like", schema: known, sql: "CREATE TABLE n (LIKE t)"},
		{name: "by name", dialect: DuckDB, schema: known, sql: "INSERT INTO target BY NAME SELECT b AS q, a AS p FROM t", edges: `
			t.b > target.q
			t.a > target.p`},
		{name: "values of unknown columns", sql: "INSERT INTO target VALUES ((SELECT max(a) FROM t), 2)", edges: `
			t.a > target.* AGGREGATION`},
		{name: "delete from a common table expression", dialect: TSQL, sql: "WITH c AS (SELECT id, row_number() OVER (PARTITION BY id ORDER BY at) AS n FROM t) DELETE FROM c WHERE n > 1", edges: `
			t.id > t FILTER
			t.at > t FILTER`},
		{name: "multi-insert", dialect: Hive, sql: "FROM t INSERT OVERWRITE TABLE x SELECT a INSERT INTO TABLE y SELECT b WHERE c > 1", edges: `
			t.a > x.a
			t.b > y.b
			t.c > y FILTER`},
		{name: "update", dialect: PostgreSQL, sql: "UPDATE target AS o SET p = n.a, q = o.q + n.b FROM t n WHERE n.k = o.k", edges: `
			t.a > target.p
			t.b > target.q TRANSFORMATION
			target.q > target.q TRANSFORMATION
			t.k > target FILTER
			target.k > target FILTER`},
		{name: "update of what it sets", dialect: PostgreSQL, sql: "UPDATE target SET v = v * n.rate FROM t n WHERE n.k = target.k", edges: `
			target.v > target.v TRANSFORMATION
			t.rate > target.v TRANSFORMATION
			t.k > target FILTER
			target.k > target FILTER`},
		{name: "update of an alias", dialect: TSQL, sql: "UPDATE o SET o.p = n.a FROM target o JOIN t n ON n.k = o.k", edges: `
			t.a > target.p
			t.k > target JOIN
			target.k > target JOIN`},
		{name: "update of a join", dialect: MySQL, sql: "UPDATE target o JOIN t n ON n.k = o.k SET o.p = n.a", edges: `
			t.a > target.p
			t.k > target JOIN
			target.k > target JOIN`},
		{name: "update of several columns", dialect: PostgreSQL, sql: "UPDATE target SET (p, q) = (SELECT a, max(b) FROM t)", edges: `
			t.a > target.p TRANSFORMATION
			t.b > target.q AGGREGATION`},
		{name: "merge", sql: `MERGE INTO target o USING (SELECT k, sum(b) AS s FROM t GROUP BY k) n ON o.k = n.k
			WHEN MATCHED AND n.s > 0 THEN UPDATE SET o.q = n.s
			WHEN NOT MATCHED THEN INSERT (k, q) VALUES (n.k, n.s)`, edges: `
			t.b > target.q AGGREGATION
			t.k > target.k
			t.k > target JOIN
			t.k > target GROUP_BY
			t.b > target FILTER
			target.k > target JOIN`},
		{name: "merge of all columns", dialect: Databricks, schema: known, sql: "MERGE INTO o USING t ON o.a = t.a WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *", edges: `
			t.a > o.a
			t.b > o.b
			t.c > o.c
			t.a > o JOIN
			o.a > o JOIN`},
		{name: "delete", sql: "DELETE FROM target WHERE k IN (SELECT k FROM t)", edges: `
			target.k > target FILTER
			t.k > target FILTER`},
		{name: "copy from a file", dialect: PostgreSQL, sql: "COPY target (p, q) FROM '/data/in.csv'", edges: `
			/data/in.csv.* > target.p star
			/data/in.csv.* > target.q star`},
		{name: "copy to a file", dialect: PostgreSQL, schema: known, sql: "COPY (SELECT a FROM t) TO '/data/out.csv'", edges: `
			t.a > /data/out.csv.a`},
	})
}

func TestTextsOfSeveralStatements(t *testing.T) {
	t.Parallel()
	check(t, []wanted{
		{name: "tables that stay are a hop", sql: "CREATE TABLE m AS SELECT a FROM t; INSERT INTO o SELECT a FROM m", edges: `
			t.a > m.a
			m.a > o.a`},
		{name: "temporary tables are none", sql: "CREATE TEMP TABLE m AS SELECT a + 1 AS b FROM t WHERE w = 1; INSERT INTO o SELECT b FROM m", edges: `
			t.a > o.b TRANSFORMATION
			t.w > o FILTER`},
		{name: "a chain of them", sql: "CREATE TEMP TABLE m AS SELECT * FROM t; CREATE TEMP TABLE n AS SELECT a, sum(b) AS s FROM m GROUP BY a; INSERT INTO o SELECT s FROM n", edges: `
			t.b > o.s AGGREGATION star
			t.a > o GROUP_BY star`},
		{name: "filled several times", sql: "CREATE TEMP TABLE m (x int); INSERT INTO m SELECT a FROM t; INSERT INTO m SELECT b FROM u; INSERT INTO o SELECT x FROM m", edges: `
			t.a > o.x
			u.b > o.x`},
		{name: "made anew", sql: "CREATE TEMP TABLE m AS SELECT a FROM t; DROP TABLE m; CREATE TEMP TABLE m AS SELECT b AS a FROM u; INSERT INTO o SELECT a FROM m", edges: `
			u.b > o.a`},
		{name: "made and dropped", sql: "CREATE TABLE m AS SELECT a FROM t; INSERT INTO o SELECT a FROM m; DROP TABLE m", edges: `
			t.a > o.a`},
		{name: "unused", sql: "CREATE TEMP TABLE m AS SELECT a FROM t"},
		{name: "of T-SQL", dialect: TSQL, sql: "SELECT a INTO #m FROM t; INSERT INTO o (x) SELECT a FROM #m", edges: `
			t.a > o.x`},
		{name: "a catalog for what follows", sql: "CREATE TABLE m (a int, b int); INSERT INTO m SELECT x, y FROM t; INSERT INTO o SELECT * FROM m", edges: `
			t.x > m.a
			t.y > m.b
			m.a > o.a
			m.b > o.b`},
		{name: "renamed", sql: "CREATE TABLE new AS SELECT a FROM t; DROP TABLE o; ALTER TABLE new RENAME TO o; INSERT INTO p SELECT * FROM o", edges: `
			t.a > o.a
			o.a > p.a`},
		{name: "swapped", sql: "CREATE TABLE new AS SELECT a FROM o; ALTER TABLE o RENAME TO old; ALTER TABLE new RENAME TO o; DROP TABLE old", edges: `
			o.a > o.a`},
		{name: "a variable with columns", dialect: TSQL, sql: "DECLARE @n INT = 1, @m AS TABLE (id INT PRIMARY KEY, total MONEY) INSERT @m SELECT k, SUM(v) FROM t GROUP BY k INSERT o (x, y) SELECT id, total FROM @m", edges: `
			t.k > o.x
			t.v > o.y AGGREGATION
			t.k > o GROUP_BY`},
		{name: "a variable", dialect: TSQL, sql: "INSERT INTO @m (a) SELECT x FROM t; INSERT INTO o (b) SELECT a FROM @m", edges: `
			t.x > o.b`},
		{name: "in a procedure", dialect: TSQL, sql: `CREATE PROCEDURE f AS BEGIN
				SELECT a INTO #m FROM t WHERE w = 1;
				INSERT INTO o (x) SELECT a FROM #m;
			END`, edges: `
			t.a > o.x
			t.w > o FILTER`},
		{name: "use", dialect: Spark, sql: "USE sales; INSERT INTO o SELECT a FROM t", edges: `
			sales.t.a > sales.o.a`},
		{name: "search path", dialect: PostgreSQL, sql: "SET search_path TO \"$user\", sales, public; INSERT INTO o SELECT a FROM t", edges: `
			sales.t.a > sales.o.a`},
	})
}
