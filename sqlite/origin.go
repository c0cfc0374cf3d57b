package sqlite

import (
	"context"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
)

// NewOrigin gives the ledger another id, and forgets the checkpoint that was
// signed under the old one, in one durable transaction. The entries stay as
// they are: the tree is over leaves, which do not name the ledger. It is for a
// ledger that cannot go on under its name, be it that it went on elsewhere: under
// the new one it goes on here. See docs/adr/0009.
func (s *Store) NewOrigin(ctx context.Context, ledgerID string) error {
	if id, err := uuid.Parse(ledgerID); err != nil || id.String() != ledgerID {
		return internalf("a ledger's id must be a UUID in lower case, not %q", ledgerID)
	}
	const doing = "give the ledger a new id"
	return s.write(ctx, doing, func(w *writer) (func(), error) {
		stmt, err := w.prepare("UPDATE head SET ledger_id = ?")
		if err != nil {
			return nil, failed(doing, err)
		}
		stmt.BindText(1, ledgerID)
		if err := run(stmt); err != nil {
			return nil, failed(doing, err)
		}
		if err := w.exec("DELETE FROM checkpoint"); err != nil {
			return nil, failed(doing, err)
		}
		mark, err := w.transfer()
		if err == nil && mark.State != daybook.TransferHere {
			mark.State, mark.At = daybook.TransferHere, time.Now()
			err = w.setTransfer(mark)
		}
		if err != nil {
			return nil, failed(doing, err)
		}
		return func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.mark = mark
			s.head.LedgerID, s.head.Checkpoint = ledgerID, nil
		}, nil
	})
}
