package sqllineage

import (
	"slices"
	"strings"
)

// Dialect is a dialect of SQL.
type Dialect uint8

// The dialects. Generic takes what any of them would, as far as they agree.
const (
	Generic Dialect = iota
	PostgreSQL
	BigQuery
	Snowflake
	Spark
	Databricks
	Hive
	TSQL
	MySQL
	Redshift
	Oracle
	DuckDB
	SQLite
	ClickHouse
)

var dialectNames = [...]string{
	Generic: "generic", PostgreSQL: "postgres", BigQuery: "bigquery", Snowflake: "snowflake",
	Spark: "spark", Databricks: "databricks", Hive: "hive", TSQL: "tsql", MySQL: "mysql",
	Redshift: "redshift", Oracle: "oracle", DuckDB: "duckdb", SQLite: "sqlite", ClickHouse: "clickhouse",
}

// aliases are further names that dialects go by.
var aliases = map[string]Dialect{
	"": Generic, "ansi": Generic, "presto": Generic, "trino": Generic, "athena": Generic, "teradata": Generic, "db2": Generic, "exasol": Generic,
	"vertica": Generic, "dremio": Generic, "druid": Generic, "drill": Generic, "impala": Hive,
	"postgresql": PostgreSQL, "pg": PostgreSQL, "greenplum": PostgreSQL, "materialize": PostgreSQL, "risingwave": PostgreSQL, "cockroachdb": PostgreSQL,
	"googlesql": BigQuery, "spanner": BigQuery, "sparksql": Spark, "spark2": Spark, "mssql": TSQL, "sqlserver": TSQL, "fabric": TSQL,
	"mariadb": MySQL, "tidb": MySQL, "doris": MySQL, "starrocks": MySQL, "singlestore": MySQL, "plsql": Oracle,
}

// String is the dialect's name.
func (d Dialect) String() string { return dialectNames[d] }

// Dialects lists the names of the dialects.
func Dialects() []string { return slices.Clone(dialectNames[:]) }

// ParseDialect finds a dialect by its name or one of its other names. ok is
// false for one that is not known; the dialect is then Generic.
func ParseDialect(name string) (d Dialect, ok bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for i, n := range dialectNames {
		if n == name {
			return Dialect(i), true
		}
	}
	d, ok = aliases[name]
	return d, ok
}
