package postgres

import (
	"context"
	"math"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// Scan implements [daybook.Store]. A row that cannot be read has a fault, and
// what of it could be read. From 0 on even rows before it are given, which
// are nobody's.
//
// It reads the spine and the tables of all kinds side by side, a stretch of
// seqs at a time, in one snapshot. Stretches are read ahead while fn works.
func (s *Store) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if from <= 0 {
		from = math.MinInt64
	}
	var failure error // of fn, which passes unchanged
	err := s.read(ctx, "scan", func(ctx context.Context, c *pgx.Conn) (err error) {
		// However slow fn is, the snapshot stays.
		if _, err := c.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
			return err
		}
		defer rollback(c.PgConn())
		failure, err = s.scan(ctx, c, from, fn)
		return err
	})
	if failure != nil {
		return failure
	}
	return err
}

// ahead is how many stretches are read ahead.
const ahead = 2

// scan calls fn while another goroutine reads. It gives fn's error, or the
// reading's.
func (s *Store) scan(ctx context.Context, c *pgx.Conn, from int64, fn func(daybook.Row) error) (failure, err error) {
	lots, done, enough := make(chan []daybook.Row, ahead), make(chan error, 1), make(chan struct{})
	go func() {
		defer close(lots)
		done <- s.walk(ctx, c, from, lots, enough)
	}()
	// However fn ends, the walk is over before the connection is given back.
	defer func() {
		close(enough)
		for range lots {
		}
	}()
	for rows := range lots {
		for _, row := range rows {
			if failure = fn(row); failure != nil {
				return failure, nil
			}
		}
	}
	if err := <-done; err != nil {
		return nil, err
	}
	return nil, ctx.Err() // everything may have been read ahead before the context ended
}

// walk sends all rows from seq from on, until somebody has had enough.
func (s *Store) walk(ctx context.Context, c *pgx.Conn, from int64, lots chan<- []daybook.Row, enough <-chan struct{}) error {
	m, err := s.newMerge(ctx, c)
	if err != nil {
		return err
	}
	from, more, err := m.least(ctx, from)
	for err == nil && more {
		var rows []daybook.Row
		last := m.last(from)
		if rows, err = m.stretch(ctx, from, last); err != nil {
			return err
		}
		select {
		case <-enough:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case lots <- rows:
		}
		if last == math.MaxInt64 {
			return nil
		}
		if from = last + 1; len(rows) == 0 {
			from, more, err = m.least(ctx, from)
		}
	}
	return err
}

// The seqs of a stretch: as many as make some megabytes.
const (
	mostSeqs     = 2048
	stretchBytes = 8 << 20
)
