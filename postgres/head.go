package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/jackc/pgx/v5"
)

// selectHead reads where the ledger stands, in one statement so that the
// checkpoint is not of another moment.
const selectHead = "SELECT h.ledger_id::text, h.size, h.root, h.logged_at, c.signed FROM {{ledger}}.head AS h LEFT JOIN {{ledger}}.checkpoint AS c ON true"

// Head implements [daybook.Store]. It asks the database, as other servers
// write too.
func (s *Store) Head(ctx context.Context) (head daybook.Head, err error) {
	err = s.read(ctx, "read the head", func(ctx context.Context, c *pgx.Conn) error {
		head, err = s.readHead(ctx, c)
		return err
	})
	if err == nil {
		s.saw(head)
	}
	return head, err
}

// saw notes a head that was read.
func (s *Store) saw(head daybook.Head) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if head.LedgerID != s.head.LedgerID || head.Size >= s.head.Size {
		s.head = head
	}
}

func (s *Store) readHead(ctx context.Context, q querier) (daybook.Head, error) {
	return scanHead(q.QueryRow(ctx, s.sql(selectHead)))
}

func scanHead(row pgx.Row) (head daybook.Head, err error) {
	var root []byte
	var at *time.Time
	err = row.Scan(&head.LedgerID, &head.Size, &root, &at, &head.Checkpoint)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (len(root) != len(head.Root) || head.Size < 0) {
		return head, damagedf("the head is missing or cannot be read")
	}
	if err != nil {
		return head, err
	}
	copy(head.Root[:], root)
	if at != nil {
		head.LoggedAt = canon.FormatTime(*at)
	}
	return head, nil
}

// checkHead refuses to write to a ledger whose spine ends before its head: what
// would be appended to it could not be whole. Who reads only, to verify, is to see
// what is there.
func (s *Store) checkHead(ctx context.Context, q querier, head daybook.Head) error {
	if s.options.ReadOnly {
		return nil
	}
	last := int64(-1)
	if err := q.QueryRow(ctx, s.sql("SELECT coalesce(max(seq), -1) FROM {{ledger}}.spine")).Scan(&last); err != nil {
		return err
	}
	// Others may have written since the head was read.
	if last < head.Size-1 {
		return damagedf("the head says %d entries, the spine ends at %d", head.Size, last+1)
	}
	return nil
}
