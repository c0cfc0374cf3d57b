package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

var _ daybook.Querier = (*Store)(nil)

// What the answer to one query may take at most.
const (
	maxSQLRow    = 32 << 20 // bytes of one row
	maxSQLAnswer = 64 << 20 // bytes of all values, about
)

// readerRole is who may read audit and gold, and nothing else.
const readerRole = "daybook_reader"

// SQL implements [daybook.Querier]. What the views of the schema audit show need
// not be named with it. What the query itself is to blame for is CodeInvalid, or
// CodeTooLarge where it takes too much.
func (s *Store) SQL(ctx context.Context, q daybook.SQLQuery) (answer *daybook.Table, err error) {
	asked, err := screen(q.Text)
	if err != nil {
		return nil, err
	}
	limit := q.Timeout
	if limit <= 0 {
		limit = daybook.DefaultSQLTime
	}
	select { // what takes long must not keep short questions waiting
	case s.asking <- struct{}{}:
		defer func() { <-s.asking }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.closing.Done():
		return nil, errClosed
	}
	// The server ends what takes too long. Where it does not answer at all, the
	// connection is given up.
	within, cancel := context.WithTimeout(ctx, 2*limit+5*time.Second)
	defer cancel()
	err = s.read(within, "query", func(ctx context.Context, c *pgx.Conn) error {
		answer, err = s.ask(ctx, c, asked, rowLimit(q.MaxRows), limit)
		return err
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = tookLonger(limit)
	}
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func rowLimit(asked int) int {
	if asked <= 0 {
		return daybook.DefaultSQLRows
	}
	return min(asked, daybook.MaxSQLRows)
}

func tookLonger(limit time.Duration) error {
	return &daybook.Error{
		Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the query took longer than %v", limit),
		Hint: "narrow it down by time or agent, or give it more time",
	}
}

// declare is what stands before a query: PostgreSQL takes a SELECT there and
// nothing else.
const declare = "DECLARE daybook_query NO SCROLL CURSOR WITHOUT HOLD FOR\n"

// ask runs a query in a transaction of its own, which is undone.
func (s *Store) ask(ctx context.Context, c *pgx.Conn, q *screened, rows int, limit time.Duration) (answer *daybook.Table, err error) {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	defer func() {
		if undo := tx.Rollback(context.WithoutCancel(ctx)); undo != nil && err == nil {
			err = undo
		}
	}()
	path, err := s.admit(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	if err := s.confine(ctx, c, path, limit); err != nil {
		return nil, err
	}
	conn := c.PgConn()
	if _, err := conn.ExecParams(ctx, declare+q.text, nil, nil, nil, nil).Close(); err != nil {
		return nil, q.blamed(err, limit)
	}
	conn.Frontend().SetMaxBodyLen(maxSQLRow)
	answer, err = fetch(ctx, c, rows)
	conn.Frontend().SetMaxBodyLen(0)
	return answer, q.blamed(err, limit)
}

// confine sets what holds for the rest of a transaction. How text is taken apart
// is set too, as the query was looked at for that.
func (s *Store) confine(ctx context.Context, c *pgx.Conn, path string, limit time.Duration) error {
	_, err := c.PgConn().Exec(ctx, strings.Join([]string{
		"SET LOCAL standard_conforming_strings = on", "SET LOCAL search_path = " + path, "SET LOCAL row_security = on",
		"SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'", "SET LOCAL IntervalStyle = 'postgres'",
		"SET LOCAL bytea_output = 'hex'", "SET LOCAL extra_float_digits = 1", "SET LOCAL cursor_tuple_fraction = 1",
		fmt.Sprintf("SET LOCAL statement_timeout = %d", max(1, limit.Milliseconds())), "SET LOCAL ROLE " + readerRole,
	}, "; ")).ReadAll()
	var said *pgconn.PgError
	if errors.As(err, &said) && (said.Code == "42501" || said.Code == "22023") {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "postgres: this login may not take the role " + readerRole + ", as which queries run",
			Hint: "let an administrator run GRANT " + readerRole + " TO the login", Err: &serverError{said},
		}
	}
	return err
}

// fetch reads the answer, and one row more than is wanted to know whether there
// are more.
func fetch(ctx context.Context, c *pgx.Conn, limit int) (*daybook.Table, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	result := c.PgConn().ExecParams(ctx, fmt.Sprintf("FETCH FORWARD %d FROM daybook_query", limit+1), nil, nil, nil, nil)
	answer := &daybook.Table{Rows: [][]any{}}
	var cells []cell
	for _, field := range result.FieldDescriptions() {
		answer.Columns = append(answer.Columns, field.Name)
		cells = append(cells, cellOf(c.TypeMap(), field.DataTypeOID))
	}
	if len(cells) == 0 { // as of SELECT alone, which PostgreSQL takes
		if _, err := result.Close(); err != nil {
			return nil, err
		}
		return nil, &daybook.Error{Code: daybook.CodeInvalid, Message: "the query selects no columns", Hint: "name some, or write SELECT *"}
	}
	size := 0
	for result.NextRow() {
		if len(answer.Rows) == limit {
			answer.Truncated = true
			continue // it is the last one
		}
		row := make([]any, len(cells))
		for i, raw := range result.Values() {
			if raw != nil {
				row[i] = cells[i](raw)
			}
			size += 16 + len(raw)
		}
		answer.Rows = append(answer.Rows, row)
		if size > maxSQLAnswer {
			cancel() // which ends the connection: nobody wants to read the rest
			_, _ = result.Close()
			return nil, &daybook.Error{
				Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the answer is over %d MB after %d rows", maxSQLAnswer>>20, len(answer.Rows)),
				Hint: "select fewer columns or rows, or use daybook export",
			}
		}
	}
	_, err := result.Close()
	return answer, err
}

// blamed tells an error that the query is to blame for from those of the store.
func (q *screened) blamed(err error, limit time.Duration) error {
	var long *pgproto3.ExceededMaxBodyLenErr
	if errors.As(err, &long) {
		return &daybook.Error{
			Code: daybook.CodeTooLarge, Message: fmt.Sprintf("a row of the answer is over %d MB", maxSQLRow>>20), Hint: "select fewer columns, or parts of them",
		}
	}
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return err
	}
	e := &daybook.Error{Code: daybook.CodeInvalid, Message: "PostgreSQL says: " + said.Message + q.where(said), Hint: hint(said)}
	switch class := said.Code[:2]; {
	case said.Code == "57014" && strings.Contains(said.Message, "statement timeout"):
		return tookLonger(limit)
	case class == "54", said.Code == "53400", said.Code == "XX000" && strings.Contains(said.Message, "memory alloc request size"):
		e.Code, e.Hint = daybook.CodeTooLarge, "return fewer or shorter values"
		return e
	case said.Code == "25006", class == "42", class == "22", class == "21", class == "20", class == "0A", class == "2F", class == "38", class == "39", class == "3F", said.Code == "P0001", said.Code == "34000":
		return e
	}
	return err
}

// where tells where in the query PostgreSQL finds an error.
func (q *screened) where(said *pgconn.PgError) string {
	at := int(said.Position) - 1 - len(declare) // in characters
	if said.Position == 0 || at < 0 {
		return ""
	}
	for i := range q.text {
		if at == 0 {
			line, column := positionOf(q.text, i)
			return fmt.Sprintf(" (line %d, column %d)", line, column)
		}
		at--
	}
	return " (at the end)"
}

// hint says what to do about an error.
func hint(said *pgconn.PgError) string {
	switch said.Code {
	case "42P01":
		var names []string
		for _, k := range daybook.Kinds() {
			names = append(names, k.Name)
		}
		return "there are audit.entries, gold.transformation_activity, and in audit " + strings.Join(names, ", ") +
			"; where the ledger has a schema prefix, audit and gold begin with that"
	case "42703":
		return "write texts in single quotes; daybook schema lists the columns of each kind"
	case "42883":
		return "PostgreSQL has none for values of these types: see https://www.postgresql.org/docs/current/functions.html, or cast with ::"
	case "42501":
		return "only the views of audit and gold may be read"
	case "25006":
		return "only SELECT is allowed; the ledger is written through records alone"
	}
	if said.Code == "42601" && strings.Contains(said.Message, `near "to"`) {
		return "to is a reserved word: name the table otherwise, such as op"
	}
	return cmp.Or(said.Hint, "see https://www.postgresql.org/docs/current/sql-select.html")
}
