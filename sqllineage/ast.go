package sqllineage

// The tree that the parser makes and the resolver reads. It has what lineage
// asks for and nothing else: an expression is the references and subqueries in
// it. Slices may be empty and pointers nil wherever a clause may be missing.

// An ident is one part of a name.
type ident struct {
	text   string // without its quotes
	quoted bool
	span   Span
}

// A name is a dotted name, such as catalog.schema.table or alias.column.field.
type name []ident

// A statement is one statement of the text.
type statement struct {
	kind   string // its first words: SELECT, INSERT, CREATE VIEW, …
	span   Span
	ctes   []*cte // WITH in front of INSERT, UPDATE, DELETE, MERGE
	query  *query // what is selected, inserted, or made a table or view of
	writes []*write
	from   []*relation // UPDATE … FROM, DELETE … USING, and UPDATE or DELETE of joins
	conds  []*cond     // WHERE, MERGE … ON, WHEN … AND
	result []*item     // RETURNING, OUTPUT
	// outputInto is where the result goes: T-SQL's OUTPUT … INTO t.
	outputInto *write
	read       []name // tables read beyond: CREATE TABLE … LIKE, CLONE, COPY … TO
	use        *use
	body       []*statement // of BEGIN … END, IF, LOOP, a procedure
	faults     []fault
}

// A write is something written: a statement may have several, such as Hive's
// multi-insert, INSERT ALL, or several actions of a MERGE.
type write struct {
	target    name
	path      string // a file, stage or location instead of a table
	alias     ident
	columns   []ident // listed: INSERT INTO t (a, b), CREATE VIEW v (a, b), CREATE TABLE t (a int, b text)
	change    Change
	temporary bool
	ifMissing bool // CREATE … IF NOT EXISTS
	view      bool
	like      bool     // columns are those of the statement's read table
	byName    bool     // what goes in has the names of the columns, in any order: BY NAME
	query     *query   // what goes in, where it is not the statement's own
	values    [][]expr // rows of VALUES, positional
	star      bool     // of MERGE: all columns of the source, by their names: UPDATE SET *, INSERT *, INSERT ROW
	rowAlias  ident    // MySQL: the name of the new row in ON DUPLICATE KEY UPDATE
	set       []assignment
	source    string // COPY or LOAD: the location that is read
}

// An assignment is one of SET: column = expr, or (a, b) = (SELECT …).
type assignment struct {
	columns []name
	value   expr
}

// A use is USE db, USE SCHEMA s, SET search_path, SET SCHEMA.
type use struct {
	name   name
	schema bool // it names a schema alone
}

// A cte is a common table expression.
type cte struct {
	name      ident
	columns   []ident
	query     *query
	recursive bool
	scalar    bool       // ClickHouse: an expression with a name, and no table
	body      *statement // a data-modifying one, instead of a query
	marks     []rowMark  // of SEARCH and CYCLE
}

// A rowMark is a column that SEARCH or CYCLE adds to a recursive common table
// expression: where a row stands, whether it closes a cycle, or its path.
type rowMark struct {
	name   ident
	by     []ident // the columns that it is computed of
	closes bool    // it says whether the row closes a cycle, and holds none of their values
}

// A query is a SELECT, a set operation, VALUES or TABLE t, with what stands
// around it.
type query struct {
	span    Span
	ctes    []*cte
	sel     *selection // one of these four
	set     *setOperation
	values  [][]expr
	table   *relation
	orderBy []expr
	rest    []expr // LIMIT, OFFSET, FETCH: for the subqueries in them
	into    *write // SELECT … INTO t
}

// A setOperation is UNION, INTERSECT, EXCEPT or MINUS.
type setOperation struct {
	operator    string // UNION, INTERSECT, EXCEPT
	byName      bool   // BY NAME, CORRESPONDING
	left, right *query
}

// A selection is SELECT … FROM … WHERE ….
type selection struct {
	items     []*item
	from      []*relation // parted by commas
	conds     []*cond     // WHERE, HAVING, QUALIFY, CONNECT BY, START WITH
	groupBy   []expr
	sortBy    []expr // DISTRIBUTE, CLUSTER and SORT BY, DISTINCT ON
	windows   []namedWindow
	asStruct  bool    // BigQuery: SELECT AS STRUCT or AS VALUE
	transform []ident // Hive: SELECT TRANSFORM (…) USING … AS (…)
}

// A namedWindow is one of WINDOW w AS (…).
type namedWindow struct {
	name ident
	spec expr
}

// A cond is a condition on rows, and what it does.
type cond struct {
	subtype Subtype // Join or Filter
	expr    expr
}

// An item is one of a SELECT's list.
type item struct {
	expr    expr
	alias   ident
	aliases []ident // Spark: AS (a, b)
	star    *star   // *, t.*, or COLUMNS(…)
	fields  *star   // the fields of what the expression gives: (…).*
}

// A star is * or t.*, with what dialects let follow it.
type star struct {
	qualifier name
	except    []ident // EXCEPT, EXCLUDE
	replace   []*item // REPLACE (expr AS name)
	rename    []renaming
	span      Span
}

type renaming struct{ from, to ident }

// A relationKind says what a relation is.
type relationKind uint8

const (
	relationTable    relationKind = iota // name
	relationQuery                        // query
	relationFunction                     // call
	relationJoin                         // left, right
)

// A relation is what stands in FROM.
type relation struct {
	kind        relationKind
	span        Span
	name        name
	query       *query // (SELECT …), (VALUES …)
	call        expr   // f(…), UNNEST(…), LATERAL VIEW explode(…), TABLE(…), FLATTEN(…)
	fn          name   // the function's name
	lateral     bool   // it may refer to relations before it
	path        string // a file, stage or location, quoted or not
	alias       ident
	columns     []ident // of the alias: AS t (a, b)
	offset      ident   // BigQuery: WITH OFFSET AS o
	ordinality  bool    // WITH ORDINALITY: one more column, the last
	pivots      []*pivot
	left, right *relation
	on          *expr
	using       []ident
	merged      ident // USING (…) AS j: what its columns are qualified by
	natural     bool
	semi        bool // SEMI and ANTI joins, whose right side gives no columns
}

// A pivot is PIVOT or UNPIVOT behind a relation.
type pivot struct {
	unpivot    bool
	aggregates []*item // of PIVOT: SUM(x) AS s
	keys       []ident // PIVOT … FOR key IN; UNPIVOT … FOR name IN
	values     []pivotValue
	names      []ident // UNPIVOT: the value columns it makes
	query      *query  // IN (SELECT …), IN (ANY)
	alias      ident
	columns    []ident
}

// A pivotValue is one of IN (…): its name as a column of a PIVOT, or the
// columns that an UNPIVOT reads.
type pivotValue struct {
	text    string
	alias   ident
	columns []ident
}

// A role says what a reference does in its expression.
type role uint8

const (
	roleValue       role = iota // gives (part of) the value
	roleConditional             // decides which value: CASE WHEN, IF
	roleWindow                  // PARTITION BY and ORDER BY of a window
	roleSort                    // ORDER BY within an aggregate
	roleFilter                  // FILTER (WHERE …) of an aggregate
)

// An expr is a scanned expression: what it refers to.
type expr struct {
	span    Span
	refs    []ref
	queries []subquery
	bare    bool    // a single column reference and nothing else, parentheses aside
	label   string  // the name it has as a column where it has no alias; "" for none
	windows []ident // OVER w: the named windows it uses
	star    bool    // count(*)
	number  int     // it is this number, which GROUP BY and ORDER BY take for a place
}

// A ref is a reference to a column, by the names as written: column,
// table.column, schema.table.column, column.field, or parts of these.
type ref struct {
	name      name
	role      role
	aggregate bool // it stands within an aggregate function
	star      bool // t.* or * as an argument or a whole row
	span      Span
}

// A subquery is a query within an expression.
type subquery struct {
	query     *query
	role      role
	exists    bool // EXISTS, IN: its rows count, not its values
	aggregate bool
}

// A fault is something the parser did not understand.
type fault struct {
	offset  int
	message string
}
