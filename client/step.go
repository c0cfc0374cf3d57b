package client

import (
	"context"
	"database/sql"

	"github.com/daybook-audit/daybook"
)

// Do takes one step and writes it as an operation with how long it took and,
// where op has none, the rows that came out. A step that fails is not written,
// since nothing came of it; its error is passed on, and stands on the session
// when that checks in FAILED.
func (s *Session) Do(ctx context.Context, op daybook.TransformationOperation, step func(context.Context) (rows int64, err error)) error {
	if err := s.within(&op.SessionID); err != nil {
		return err
	}
	start := s.client.now()
	rows, err := step(ctx)
	if err != nil {
		return err
	}
	if op.OutputRowCount == nil && rows >= 0 {
		op.OutputRowCount = &rows
	}
	if op.ExecutionTimeMS == nil {
		op.ExecutionTimeMS = new(max(0, s.client.now().Sub(start).Milliseconds()))
	}
	_, err = s.LogOperation(ctx, op)
	return err
}

// Execer runs one SQL statement: a *sql.DB, *sql.Tx, *sql.Conn or a wrapper.
type Execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Exec runs op's TransformationLogic as SQL on a database and writes it as an
// operation with how long it took and how many rows it touched, so that what
// was logged is what was run. The args are not logged: they are data.
func (s *Session) Exec(ctx context.Context, db Execer, op daybook.TransformationOperation, args ...any) error {
	if op.TransformationType == "" {
		op.TransformationType = "SQL"
	}
	return s.Do(ctx, op, func(ctx context.Context) (int64, error) {
		result, err := db.ExecContext(ctx, op.TransformationLogic, args...)
		if err != nil {
			return 0, err
		}
		rows, err := result.RowsAffected()
		if err != nil { // a driver that cannot say
			return -1, nil
		}
		return rows, nil
	})
}
