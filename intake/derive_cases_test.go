package intake_test

import "github.com/daybook-audit/daybook/sqllineage"

// derivations are operations with their SQL, and what is to follow.
var derivations = []struct {
	name, sql, fields string
	dialect           sqllineage.Dialect
	want              string
}{
	{
		name: "an INSERT that says it all", sql: "INSERT INTO silver.b (x, y) SELECT a.x, a.y + 1 FROM bronze.a AS a WHERE a.z > 0",
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x", "bronze.a.y", "bronze.a.z"]
output_table silver.b
output_columns ["x", "y"]
bronze.a > silver.b DERIVES_FROM exact
bronze.a.x > silver.b.x COPIES IDENTITY exact
bronze.a.y > silver.b.y TRANSFORMS TRANSFORMATION exact
bronze.a.z > silver.b FILTERS FILTER exact
`,
	},
	{
		name: "what was given stays, and nothing is warned of", sql: "INSERT INTO silver.b (x) SELECT x FROM bronze.a",
		fields: `"input_tables": ["bronze.a"], "input_columns": ["all of them"], "output_table": "silver.b", "output_columns": ["X"]`,
		want: `
input_tables ["bronze.a"]
input_columns ["all of them"]
output_table silver.b
output_columns ["X"]
bronze.a > silver.b DERIVES_FROM exact
bronze.a.x > silver.b.X COPIES IDENTITY exact
`,
	},
	{
		name: "bare names are those that the client names", sql: "INSERT INTO observation SELECT c.value FROM wasde_cell c",
		fields: `"input_tables": ["Bronze.WASDE_Cell"], "output_table": "silver.observation"`,
		want: `
input_tables ["Bronze.WASDE_Cell"]
input_columns ["Bronze.WASDE_Cell.value"]
output_table silver.observation
output_columns ["value"]
Bronze.WASDE_Cell > silver.observation DERIVES_FROM exact
Bronze.WASDE_Cell.value > silver.observation.value COPIES IDENTITY exact
`,
	},
	{
		name: "a longer name in the SQL stays", sql: "INSERT INTO gold.b SELECT a.x FROM lake.bronze.a AS a",
		fields: `"input_tables": ["bronze.a"], "output_table": "b"`,
		want: `
input_tables ["bronze.a"]
input_columns ["lake.bronze.a.x"]
output_table b
output_columns ["x"]
lake.bronze.a > gold.b DERIVES_FROM exact
lake.bronze.a.x > gold.b.x COPIES IDENTITY exact
`,
	},
	{
		name: "bare names are those of the session", sql: "CREATE TABLE silver.b AS SELECT x FROM session_cell",
		want: `
input_tables ["Bronze.Session_Cell"]
input_columns ["Bronze.Session_Cell.x"]
output_table silver.b
output_columns ["x"]
lifecycle_state_change CREATE
Bronze.Session_Cell > silver.b DERIVES_FROM exact
Bronze.Session_Cell.x > silver.b.x COPIES IDENTITY exact
`,
	},
	{
		name: "a bare table beside a whole one is another", sql: "INSERT INTO a (x) SELECT bronze.a.x FROM bronze.a",
		fields: `"input_tables": ["bronze.a"]`,
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x"]
output_table a
output_columns ["x"]
bronze.a > a DERIVES_FROM exact
bronze.a.x > a.x COPIES IDENTITY exact
`,
	},
	{
		name: "and so is one that is read", sql: "INSERT INTO gold.a (x) SELECT x FROM a",
		fields: `"output_table": "gold.a"`,
		want: `
input_tables ["a"]
input_columns ["a.x"]
output_table gold.a
output_columns ["x"]
a > gold.a DERIVES_FROM exact
a.x > gold.a.x COPIES IDENTITY exact
`,
	},
	{
		name: "a table that is made of itself", sql: "UPDATE session_cell SET x = y + 1 WHERE z",
		want: `
input_tables ["Bronze.Session_Cell"]
input_columns ["Bronze.Session_Cell.y", "Bronze.Session_Cell.z"]
output_table Bronze.Session_Cell
output_columns ["x"]
Bronze.Session_Cell.y > Bronze.Session_Cell.x TRANSFORMS TRANSFORMATION exact
Bronze.Session_Cell.z > Bronze.Session_Cell FILTERS FILTER exact
`,
	},
	{
		name: "two that it may be", sql: "INSERT INTO silver.b SELECT x FROM twin",
		want: `
input_tables ["other.twin"]
input_columns ["other.twin.x"]
output_table silver.b
output_columns ["x"]
warnings ["lineage: twin could be one of several tables that are named; the first was taken"]
other.twin > silver.b DERIVES_FROM guessed
other.twin.x > silver.b.x COPIES IDENTITY guessed
`,
	},
	{
		name: "a SELECT goes to the output table that is given", sql: "SELECT a.x, sum(a.y) FROM bronze.a a GROUP BY a.x",
		fields: `"output_table": "silver.b", "output_columns": ["X", "total"]`,
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x", "bronze.a.y"]
output_table silver.b
output_columns ["X", "total"]
bronze.a > silver.b DERIVES_FROM exact
bronze.a.x > silver.b.X COPIES IDENTITY exact
bronze.a.y > silver.b.total AGGREGATES AGGREGATION exact
bronze.a.x > silver.b AGGREGATES GROUP_BY exact
`,
	},
	{
		name: "a SELECT into nowhere has no edges", sql: "SELECT a.x FROM bronze.a a JOIN bronze.b b ON a.k = b.k",
		want: `
input_tables ["bronze.a", "bronze.b"]
input_columns ["bronze.a.x", "bronze.a.k", "bronze.b.k"]
`,
	},
	{
		name: "what is left out and what is written elsewhere", sql: "INSERT INTO silver.c SELECT a.x FROM bronze.a a JOIN bronze.b b USING (k)",
		fields: `"input_tables": ["bronze.a"], "input_columns": ["x"], "output_table": "silver.b", "output_columns": ["x"]`,
		want: `
input_tables ["bronze.a"]
input_columns ["x"]
output_table silver.b
output_columns ["x"]
warnings ["lineage: the SQL reads bronze.b, which input_tables leaves out", "lineage: the SQL writes silver.c, and output_table says silver.b"]
bronze.a > silver.c DERIVES_FROM exact
bronze.b > silver.c DERIVES_FROM exact
bronze.a.x > silver.c.x COPIES IDENTITY exact
bronze.a.k > silver.c JOINS JOIN exact
bronze.b.k > silver.c JOINS JOIN exact
`,
	},
	{
		name: "an unknown star stays one", sql: "CREATE TABLE silver.b AS SELECT * FROM bronze.a",
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.*"]
output_table silver.b
lifecycle_state_change CREATE
bronze.a > silver.b DERIVES_FROM exact
bronze.a.* > silver.b.* COPIES IDENTITY star
`,
	},
	{
		name: "a star of an artifact", sql: "CREATE TABLE gold.b AS SELECT * FROM silver.art",
		want: `
input_tables ["silver.art"]
input_columns ["silver.art.k", "silver.art.v"]
output_table gold.b
output_columns ["k", "v"]
lifecycle_state_change CREATE
silver.art > gold.b DERIVES_FROM exact
silver.art.k > gold.b.k COPIES IDENTITY exact
silver.art.v > gold.b.v COPIES IDENTITY exact
`,
	},
	{
		name: "another business's artifact tells nothing", sql: "CREATE TABLE gold.b AS SELECT * FROM silver.theirs",
		want: `
input_tables ["silver.theirs"]
input_columns ["silver.theirs.*"]
output_table gold.b
lifecycle_state_change CREATE
silver.theirs > gold.b DERIVES_FROM exact
silver.theirs.* > gold.b.* COPIES IDENTITY star
`,
	},
	{
		name: "temporary tables are gone through, others are a hop",
		sql: `CREATE TEMP TABLE t AS SELECT x AS y FROM bronze.a;
CREATE TABLE silver.s AS SELECT y FROM t;
INSERT INTO gold.g (z) SELECT y FROM silver.s`,
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x", "silver.s.y"]
output_table gold.g
output_columns ["z"]
bronze.a > silver.s DERIVES_FROM exact
silver.s > gold.g DERIVES_FROM exact
bronze.a.x > silver.s.y COPIES IDENTITY exact
silver.s.y > gold.g.z COPIES IDENTITY exact
`,
	},
	{
		name: "several tables are written", sql: "INSERT INTO silver.b SELECT x FROM bronze.a; INSERT INTO silver.c SELECT x FROM bronze.a",
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x"]
warnings ["lineage: output_table left out: the SQL writes silver.b, silver.c"]
bronze.a > silver.b DERIVES_FROM exact
bronze.a > silver.c DERIVES_FROM exact
bronze.a.x > silver.b.x COPIES IDENTITY exact
bronze.a.x > silver.c.x COPIES IDENTITY exact
`,
	},
	{
		name: "a table that is truncated and filled", sql: "TRUNCATE TABLE silver.b; INSERT INTO silver.b (x) SELECT x FROM bronze.a",
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x"]
output_table silver.b
output_columns ["x"]
lifecycle_state_change TRUNCATE
bronze.a > silver.b DERIVES_FROM exact
bronze.a.x > silver.b.x COPIES IDENTITY exact
`,
	},
	{
		name: "the dialect of the operation", sql: "CREATE TABLE `gold.b` AS SELECT `x y` FROM `proj.bronze.a`",
		fields: `"parameters": {"dialect": "BigQuery"}`,
		want: `
input_tables ["proj.bronze.a"]
input_columns ["proj.bronze.a.x y"]
output_table gold.b
output_columns ["x y"]
lifecycle_state_change CREATE
proj.bronze.a > gold.b DERIVES_FROM exact
proj.bronze.a.x y > gold.b.x y COPIES IDENTITY exact
`,
	},
	{
		name: "a dialect that nobody knows", sql: "INSERT INTO silver.b (x) SELECT x FROM bronze.a", fields: `"parameters": {"dialect": "dBase"}`, dialect: sqllineage.PostgreSQL,
		want: `
input_tables ["bronze.a"]
input_columns ["bronze.a.x"]
output_table silver.b
output_columns ["x"]
warnings ["lineage: the dialect \"dBase\" is not known; read as postgres"]
bronze.a > silver.b DERIVES_FROM exact
bronze.a.x > silver.b.x COPIES IDENTITY exact
`,
	},
	{
		name: "columns of nobody knows which table", sql: "INSERT INTO silver.b (x, y) SELECT p, q FROM bronze.a JOIN bronze.c ON true",
		want: `
input_tables ["bronze.a", "bronze.c"]
output_table silver.b
output_columns ["x", "y"]
warnings ["lineage: of no known table, and left out: p, q"]
bronze.a > silver.b DERIVES_FROM exact
bronze.c > silver.b DERIVES_FROM exact
`,
	},
	{
		name: "a file", sql: "COPY silver.b FROM 's3://bucket/a.csv'", dialect: sqllineage.Redshift,
		want: `
input_tables ["s3://bucket/a.csv"]
input_columns ["s3://bucket/a.csv.*"]
output_table silver.b
ARTIFACT:s3://bucket/a.csv > silver.b DERIVES_FROM exact
s3://bucket/a.csv.* > silver.b.* COPIES IDENTITY star
`,
	},
	{
		name: "not even a word", sql: "'a' 42 -- nothing", dialect: sqllineage.MySQL,
		want: "warnings [\"lineage: there is no statement of SQL in it that could be read as mysql\"]\n",
	},
	{
		name: "no SQL at all", sql: "take the mean of each group, then round",
		want: "warnings [\"lineage: line 1, column 1: this is no statement that is known, found take\"]\n",
	},
}
