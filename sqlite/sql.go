package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// schemaName is what the file is called in SQL.
const schemaName = "audit"

// What one query may take at most.
const (
	maxSQLText   = 64 << 10        // bytes of the query
	maxSQLValue  = 32 << 20        // bytes of one value
	maxSQLMade   = 4 * maxSQLValue // bytes of all values that a row makes
	maxSQLAnswer = 64 << 20        // bytes of all values of the answer, about
)

// querier is a connection for SQL. It has virtual tables in a schema of the
// name that queries use, and they read the file by a connection of their own.
type querier struct {
	*conn
	under   *conn
	now     time.Time // what now() gives during a query
	failure error     // of a function, during a query
}

func openQuerier(uri string, tables map[*daybook.Kind]*table) (*querier, error) {
	under, err := openConn(uri, sqlite.OpenReadOnly, "PRAGMA query_only = ON", "PRAGMA trusted_schema = OFF", "PRAGMA cache_size = -16384")
	if err != nil {
		return nil, err
	}
	c, err := openConn(":memory:", sqlite.OpenReadWrite, "ATTACH ':memory:' AS "+schemaName)
	if err != nil {
		return nil, errors.Join(err, under.close())
	}
	q := &querier{conn: c, under: under}
	c.Limit(sqlite.LimitAttached, 1)
	c.Limit(sqlite.LimitLength, maxSQLValue)
	c.Limit(sqlite.LimitWorkerThreads, 0)
	// Not SetDefensive too: zombiezen.com/go/sqlite v1.4.2 passes it one argument of two, and SQLite then writes
	// wherever the other happens to point.
	err = errors.Join(
		q.addTables(virtualTables(tables, under)),
		q.addFunctions(),
		c.exec("PRAGMA query_only = ON"),
		c.SetAuthorizer(sqlite.AuthorizeFunc(onlyReads)),
	)
	if err != nil {
		return nil, errors.Join(err, q.close())
	}
	return q, nil
}

// addTables makes the virtual tables, and over them the view of what came of
// sessions.
func (c *querier) addTables(list []*virtualTable) error {
	byName := map[string]*virtualTable{}
	for _, v := range list {
		byName[v.name] = v
	}
	err := c.SetModule("daybook", &sqlite.Module{
		UseConnectAsCreate: true,
		Connect: func(_ *sqlite.Conn, o *sqlite.VTableConnectOptions) (sqlite.VTable, *sqlite.VTableConfig, error) {
			v := byName[o.VTableName]
			if v == nil {
				return nil, nil, internalf("no virtual table %s", o.VTableName)
			}
			return v, &sqlite.VTableConfig{Declaration: v.declaration(), AllowIndirect: true}, nil
		},
	})
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := c.exec("CREATE VIRTUAL TABLE " + schemaName + "." + v.name + " USING daybook"); err != nil {
			return err
		}
	}
	return c.exec("CREATE VIEW " + schemaName + ".transformation_activity AS\n" +
		activitySelect("transformation_operation", "output_artifact", "", "t.id") + "FROM transformation_session AS t")
}

// close closes both connections, the one that uses the other first.
func (c *querier) close() error { return errors.Join(c.conn.close(), c.under.close()) }

// interruptible runs fn on one state of the file, so that the end of the
// context interrupts it.
func (c *querier) interruptible(ctx context.Context, fn func() error) error {
	return c.conn.interruptible(ctx, func() (err error) {
		if err := c.under.exec("BEGIN"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.under.exec("ROLLBACK")) }()
		return c.under.interruptible(ctx, fn)
	})
}

// SQL implements [daybook.Querier]. What the file's views show is in the
// schema audit, which need not be named. Of PostgreSQL's SQL it takes what
// [rewrite] lists. What the query itself is to blame for is CodeInvalid, or
// CodeTooLarge where it takes too much.
func (s *Store) SQL(ctx context.Context, q daybook.SQLQuery) (*daybook.Table, error) {
	text, err := oneSelect(q.Text)
	if err != nil {
		return nil, err
	}
	limit := q.Timeout
	if limit <= 0 {
		limit = daybook.DefaultSQLTime
	}
	var answer *daybook.Table
	err = s.sql.use(ctx, func(ctx context.Context, c *querier) error {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		c.now, c.failure = s.options.Now(), nil
		err := c.interruptible(limited, func() error {
			answer, err = c.query(text, rowLimit(q.MaxRows))
			return err
		})
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return &daybook.Error{
				Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the query took longer than %v", limit),
				Hint: "narrow it down by time or agent, or give it more time",
			}
		}
		return err
	})
	if disturbed := s.disturbed(); disturbed != nil {
		return nil, disturbed
	}
	if err != nil {
		return nil, refused(err)
	}
	return answer, nil
}

func rowLimit(asked int) int {
	if asked <= 0 {
		return daybook.DefaultSQLRows
	}
	return min(asked, daybook.MaxSQLRows)
}

// oneSelect rewrites a query that is a single SELECT, and refuses any other.
// The authorizer refuses them too; this says it in better words.
func oneSelect(text string) (string, error) {
	if len(text) > maxSQLText {
		return "", &daybook.Error{
			Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the query has %d bytes, more than %d", len(text), maxSQLText),
			Hint: "put long lists of values into a condition",
		}
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", daybook.Invalidf("", "the query is not text in UTF-8")
	}
	tokens := tokenize(text)
	ended := false
	for _, t := range tokens {
		switch {
		case t.kind == tokenSpace:
		case t.sign(";"):
			ended = true
		case ended:
			return "", &daybook.Error{Code: daybook.CodeInvalid, Message: "more than one statement", Hint: "send one SELECT a call"}
		}
	}
	switch first := firstWord(tokens); first {
	case "SELECT", "WITH", "VALUES", "EXPLAIN":
		return rewrite(text), nil
	case "":
		return "", &daybook.Error{Code: daybook.CodeInvalid, Message: "the query is empty", Hint: "write one such as SELECT * FROM audit.conversations LIMIT 10"}
	default:
		return "", &daybook.Error{
			Code: daybook.CodeInvalid, Message: daybook.Clip(first) + " is not a query",
			Hint: "only SELECT is allowed; the ledger is written through records alone",
		}
	}
}

// firstWord is what a query begins with, in capitals.
func firstWord(tokens []token) string {
	for _, t := range tokens {
		if t.kind != tokenSpace && !t.sign(";") {
			return strings.ToUpper(t.text)
		}
	}
	return ""
}

// query runs a statement and reads its answer.
func (c *querier) query(text string, limit int) (*daybook.Table, error) {
	stmt, _, err := c.PrepareTransient(text) // what is behind it was looked at already
	if err != nil {
		return nil, err
	}
	defer stmt.Finalize()
	if stmt.BindParamCount() > 0 {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "the query has a parameter: " + stmt.BindParamName(1),
			Hint: "write the values into the query",
		}
	}
	longest, err := c.longest(text)
	if err != nil {
		return nil, err
	}
	c.Limit(sqlite.LimitLength, longest)
	defer c.Limit(sqlite.LimitLength, maxSQLValue)
	columns := c.columns(stmt, text)
	answer := &daybook.Table{Rows: [][]any{}}
	for _, column := range columns {
		answer.Columns = append(answer.Columns, column.name)
	}
	size := 0
	for {
		more, err := stmt.Step()
		if c.failure != nil {
			return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: c.failure.Error(), Hint: "mend the time, the interval or the unit"}
		}
		if err != nil || !more {
			return answer, err
		}
		if len(answer.Rows) == limit {
			answer.Truncated = true
			return answer, nil
		}
		row := make([]any, len(columns))
		for i, column := range columns {
			row[i] = column.cell(stmt, i)
			size += 16 + stmt.ColumnLen(i)
		}
		answer.Rows = append(answer.Rows, row)
		if size > maxSQLAnswer {
			return nil, &daybook.Error{
				Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the answer is over %d MB after %d rows", maxSQLAnswer>>20, len(answer.Rows)),
				Hint: "select fewer columns or rows, or use daybook export",
			}
		}
	}
}

// longest is how long a value may be, so that all values that a query holds at
// a time take no more than they may: SQLite has no bound for that, and looks
// at the time only between rows. What is read once of a row of the ledger
// has the bounds of a record already.
func (c *querier) longest(text string) (int32, error) {
	if firstWord(tokenize(text)) == "EXPLAIN" { // makes nothing
		return maxSQLValue, nil
	}
	stmt, _, err := c.PrepareTransient("EXPLAIN " + text)
	if err != nil {
		return 0, err
	}
	defer stmt.Finalize()
	made := 1
	read := map[[2]int]bool{}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return int32(min(maxSQLValue, maxSQLMade/made)), err
		}
		switch stmt.ColumnText(1) {
		case "VColumn":
			at := [2]int{stmt.ColumnInt(2), stmt.ColumnInt(3)}
			if read[at] {
				made++
			}
			read[at] = true
		case "Function", "PureFunc", "Concat", "Cast", "Column", "Copy", "AggStep", "AggStep1", "AggInverse", "AggValue", "AggFinal":
			made++
		}
	}
}

// refused tells an error that the query is to blame for from those of the
// store.
func refused(err error) error {
	e := &daybook.Error{Code: daybook.CodeInvalid, Message: "SQLite says: " + message(err)}
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultTooBig:
		e.Code, e.Hint = daybook.CodeTooLarge, fmt.Sprintf("no value may be over %d MB, nor all that a row makes over %d MB: make fewer", maxSQLValue>>20, maxSQLMade>>20)
		return e
	case sqlite.ResultAuth:
		e.Hint = "only SELECT is allowed, over the tables and views of audit"
		return e
	case sqlite.ResultError, sqlite.ResultMismatch, sqlite.ResultRange:
		e.Hint = hint(e.Message)
		var ours *daybook.Error
		if errors.As(err, &ours) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return e
	}
	return failed("query", err)
}

// message is what SQLite says, without what every such error begins with.
func message(err error) string {
	text := err.Error()
	for _, prefix := range []string{"SQL logic error: ", "authorization denied: "} {
		if _, said, ok := strings.Cut(text, prefix); ok {
			return said
		}
	}
	return text
}

// hint says what to do about a message.
func hint(message string) string {
	switch {
	case strings.Contains(message, `near "to"`):
		return "to is a reserved word: name the table otherwise, such as op"
	case strings.Contains(message, "no such table"):
		var names []string
		for _, k := range daybook.Kinds() {
			names = append(names, k.Name)
		}
		return "there are audit.entries, audit.transformation_activity, and in audit " + strings.Join(names, ", ")
	case strings.Contains(message, "no such column"):
		return "write texts in single quotes; daybook schema lists the columns of each kind"
	case strings.Contains(message, "no such function"), strings.Contains(message, "syntax error"):
		return "the SQL is SQLite's; of PostgreSQL's it takes = ANY (…), INTERVAL '…', casts with ::, date_trunc and EXTRACT"
	}
	return "see https://sqlite.org/lang_select.html"
}
