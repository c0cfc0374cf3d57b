package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var _ daybook.Inbox = (*Store)(nil)

// letterBytes bounds the records that are read at a time. One is always read.
const letterBytes = 8 << 20

// awaitTime is how long a wait for letters takes at the most. A notification
// ends it earlier; but one may be lost with its connection, and poolers may not
// pass any.
const awaitTime = time.Second

const (
	// What is in sight of one statement, by place: see the migration for why that
	// is the order.
	selectLetters = `SELECT place, kind, record, writer, coalesce(business, ''), written_at FROM (
  SELECT *, sum(octet_length(record)) OVER (ORDER BY place) - octet_length(record) AS before
  FROM (SELECT * FROM {{ledger}}.inbox ORDER BY place LIMIT $1) AS first
) AS measured WHERE before < $2 ORDER BY place`

	// Of two servers that refuse the same letter, one keeps it.
	insertRefused = `WITH gone AS (DELETE FROM {{ledger}}.inbox WHERE place = $1 RETURNING *)
INSERT INTO {{ledger}}.inbox_reject (place, log_id, kind, record, writer, business, written_at, refused_at, code, path, message, hint)
SELECT place, log_id, kind, $2, writer, business, written_at, clock_timestamp(), $3, $4, $5, $6 FROM gone`
	deleteLetters = "DELETE FROM {{ledger}}.inbox WHERE place = ANY ($1::bigint[])"
	selectWaiting = "SELECT waiting, since, refused FROM {{audit}}.inbox_waiting()"
	lettersWait   = "SELECT EXISTS (SELECT FROM {{ledger}}.inbox)"
)

// Letters implements [daybook.Inbox].
func (s *Store) Letters(ctx context.Context, most int) ([]daybook.Letter, error) {
	var letters []daybook.Letter
	err := s.read(ctx, "read the inbox", func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, s.sql(selectLetters), most, letterBytes)
		if err != nil {
			return err
		}
		letters, err = pgx.CollectRows(rows, pgx.RowToStructByPos[daybook.Letter])
		return err
	})
	return letters, err
}

// Settle implements [daybook.Inbox].
func (s *Store) Settle(ctx context.Context, taken []daybook.Letter, refused []daybook.RefusedLetter) error {
	places := make([]int64, len(taken))
	for i := range taken {
		places[i] = taken[i].Place
	}
	return s.state(ctx, "settle the inbox", func(ctx context.Context, tx pgx.Tx) error {
		var batch pgx.Batch
		if len(places) > 0 {
			batch.Queue(s.sql(deleteLetters), places)
		}
		for i := range refused {
			r, why := &refused[i], *refused[i].Why
			why.Path = "" // which stands by itself
			batch.Queue(s.sql(insertRefused), r.Place, storableText(string(r.Record)), string(why.Code),
				storableText(r.Why.Path), storableText(why.Error()), storableText(why.Hint))
		}
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// storableText is a text as PostgreSQL keeps it: without NUL, and UTF-8.
func storableText(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

// Await implements [daybook.Inbox]. Whoever commits a letter notifies, so it
// listens before it looks: what is written after the look is heard of.
func (s *Store) Await(ctx context.Context) error {
	return s.read(ctx, "wait for the inbox", func(ctx context.Context, c *pgx.Conn) error {
		if _, err := c.Exec(ctx, s.sql("LISTEN {{prefix}}daybook_inbox")); err != nil {
			return err
		}
		defer unlisten(ctx, c)
		var waits bool
		if err := c.QueryRow(ctx, s.sql(lettersWait)).Scan(&waits); err != nil || waits {
			return err
		}
		waiting, cancel := context.WithTimeout(ctx, awaitTime)
		defer cancel()
		if _, err := c.WaitForNotification(waiting); err != nil && (waiting.Err() == nil || !pgconn.Timeout(err) || ctx.Err() != nil) {
			return err
		}
		return nil
	})
}

// unlisten makes a connection fit for others again, or closes it.
func unlisten(ctx context.Context, c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), awaitTime)
	defer cancel()
	if _, err := c.Exec(ctx, "UNLISTEN *"); err != nil {
		_ = c.Close(ctx) // it is of no more use
	}
}

// Waiting implements [daybook.Inbox].
func (s *Store) Waiting(ctx context.Context) (w daybook.Waiting, err error) {
	err = s.read(ctx, "look into the inbox", func(ctx context.Context, c *pgx.Conn) error {
		var since *time.Time
		if err := c.QueryRow(ctx, s.sql(selectWaiting)).Scan(&w.Letters, &since, &w.Refused); err != nil {
			return err
		}
		if since != nil {
			w.Since = since.UTC()
		}
		return nil
	})
	return w, err
}
