package postgres

import (
	"context"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// NewOrigin gives the ledger another id, and forgets the checkpoint that was
// signed under the old one, in one durable transaction. The entries stay as
// they are: the tree is over leaves, which do not name the ledger. It is for a
// ledger that cannot go on under its name, be it that it went on elsewhere: under
// the new one it goes on here. See docs/adr/0009.
func (s *Store) NewOrigin(ctx context.Context, ledgerID string) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	if id, err := uuid.Parse(ledgerID); err != nil || id.String() != ledgerID {
		return internalf("a ledger's id must be a UUID in lower case, not %q", ledgerID)
	}
	err := s.state(ctx, "give the ledger a new id", func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, s.sql("SELECT {{ledger}}.new_origin($1)"), ledgerID); err != nil {
			return err
		}
		mark, err := s.transfer(ctx, tx)
		if err != nil || mark.State == daybook.TransferHere {
			return err
		}
		mark.State, mark.At = daybook.TransferHere, time.Now()
		return s.setTransfer(ctx, tx, mark)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.LedgerID, s.head.Checkpoint = ledgerID, nil
	return nil
}
