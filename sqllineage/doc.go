// Package sqllineage reads SQL of many dialects and tells what it reads and
// writes: tables, columns, and the edges between them, with a fingerprint of
// each statement. Text goes in and edges come out: it knows no database, no
// ledger and no clock but the one that bounds it.
//
// It is tolerant. A lexer that knows the dialect's quotes gives tokens; those
// are cut into statements; a parser reads the clauses of each, and scans the
// expressions in them as tokens, so that an operator nobody has heard of fails
// nothing; a resolver then gives every column reference its scope, through
// common table expressions, derived tables, set operations and stars. What
// cannot be read becomes a warning with its position, and what was read stays.
//
// Whatever it is given, [Parse] ends soon and never panics: see [Limits].
package sqllineage
