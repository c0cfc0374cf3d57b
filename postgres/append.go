package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgconn"
)

// How often an append is tried that another transaction was in the way of, and
// how long one may take in all: the wait for other servers' appends included.
const (
	appendTries = 5
	appendLimit = 2 * time.Minute
)

// errSlow is what an append ends with that took too long.
var errSlow = &daybook.Error{
	Code: daybook.CodeUnavailable, Message: "postgres: the database did not take the entries in " + appendLimit.String(),
	Hint: "see what it is busy with, or who holds the ledger's lock (pg_locks), then try again",
}

// Append implements [daybook.Store]. When it returns nil the batch is on the
// disk of the database. When it returns an error nothing of the batch is kept,
// unless the connection was lost while it was being committed: then only the
// database knows, and who sends the same log_ids again is told.
func (s *Store) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.writing:
	}
	defer func() { s.writing <- struct{}{} }()
	if s.closing.Err() != nil {
		return errClosed
	}
	within, cancel := context.WithTimeoutCause(ctx, appendLimit, errSlow)
	defer cancel()
	for try := 1; ; try++ {
		own, err := s.appendOnce(within, sequence)
		switch {
		case own: // of sequence, which passes unchanged
			return err
		case within.Err() != nil && isContext(err):
			return context.Cause(within)
		case !again(err) || try == appendTries:
			return notTaken(err)
		}
		s.options.Logger.Info("postgres: an append is tried again", "error", failed("append", err))
	}
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func (s *Store) readOnly() error {
	return &daybook.Error{
		Code: daybook.CodeForbidden, Message: "postgres: " + s.target.place + " is opened read-only",
		Hint: "open it without ReadOnly to write",
	}
}

// appendOnce appends in a transaction of its own. own says that the error is
// one of sequence.
func (s *Store) appendOnce(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) (own bool, err error) {
	conn, err := s.writers.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	defer rollback(conn.Conn().PgConn())
	head, elsewhere, err := s.begin(ctx, conn.Conn().PgConn())
	if err != nil {
		return false, ifStale(err)
	}
	if elsewhere != "" {
		return false, s.errElsewhere(elsewhere)
	}
	s.saw(head)
	batch, err := sequence(&view{store: s, tx: conn.Conn(), head: head})
	if err != nil || batch == nil {
		return true, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := s.makeMonths(ctx, conn.Conn(), batch.Entries); err != nil {
		return false, err
	}
	if err := s.insert(ctx, conn, func(w *wire) error { return s.stream(w, head.Size, batch) }); err != nil {
		return false, err
	}
	head.Size, head.Root, head.LoggedAt = batch.Head.Size, batch.Head.Root, batch.Head.LoggedAt
	s.saw(head)
	return false, nil
}

// rollback undoes a transaction that is still open. A connection that it
// cannot be undone on is closed, which undoes it as well.
func rollback(c *pgconn.PgConn) {
	if c.IsClosed() || c.TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := c.Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
		_ = c.Close(ctx)
	}
}
