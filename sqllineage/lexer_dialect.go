package sqllineage

// A feature is something in which dialects differ before any grammar.
type feature uint32

const (
	doubleString   feature = 1 << iota // "…" is a string, not an identifier
	bracketQuote                       // […] is an identifier
	bracketMaybe                       // […] is an identifier where it cannot be an array or a subscript
	backslash                          // a backslash in a string takes the next character with it
	hashComment                        // # begins a comment
	slashComment                       // // begins a comment
	dashNeedsSpace                     // -- begins a comment only with a space behind it
	nestedComment                      // /* … */ may hold others
	versionComment                     // /*!50000 … */ is code
	dollarQuote                        // $$ … $$ is a string
	dollarTag                          // $tag$ … $tag$ is a string
	tripleQuote                        // '''…''' and """…""" are strings
	rawBackslash                       // in r'…' a backslash still keeps the quote behind it
	qQuote                             // q'[…]' is a string
	variableWord                       // @name is a word: a variable
	hashWord                           // #name is a word: a temporary table
	hashInWord                         // # may stand in a word
	stageWord                          // @name/path is a word: a stage
	digitWord                          // a word may begin with digits
	dashName                           // a dash may stand in an unquoted name, as in my-project-1.set.t
	questionWord                       // ? is an operator behind an operand
)

var features = [...]feature{
	Generic:    bracketMaybe | nestedComment | dollarQuote | dollarTag | qQuote | hashWord | questionWord,
	PostgreSQL: nestedComment | dollarQuote | dollarTag | questionWord,
	BigQuery:   doubleString | backslash | hashComment | tripleQuote | rawBackslash | variableWord | dashName,
	Snowflake:  backslash | slashComment | dollarQuote | stageWord,
	Spark:      doubleString | backslash | nestedComment | digitWord,
	Databricks: doubleString | backslash | nestedComment | digitWord,
	Hive:       doubleString | backslash | digitWord,
	TSQL:       bracketQuote | nestedComment | variableWord | hashWord | hashInWord,
	MySQL:      doubleString | backslash | hashComment | dashNeedsSpace | versionComment | variableWord | digitWord,
	Redshift:   bracketMaybe | backslash | nestedComment | dollarQuote | dollarTag | hashWord | questionWord,
	Oracle:     qQuote | hashInWord,
	DuckDB:     nestedComment | dollarQuote | dollarTag | questionWord,
	SQLite:     bracketQuote,
	ClickHouse: backslash | nestedComment | questionWord,
}
