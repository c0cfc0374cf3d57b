package sqlite

import (
	"context"
	"time"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// transferTable keeps the mark of a store that was copied to or moved from:
// state, so no trigger guards it and verify does not look at it.
const transferTable = `CREATE TABLE transfer (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, or none in a store that was never copied to or moved from
  state TEXT NOT NULL, -- '' where the ledger goes on here, else arriving, copy or moved
  transfer_id TEXT NOT NULL, -- of the copying; both stores of a move have the same
  peer TEXT NOT NULL, -- the other store
  marked_at INTEGER NOT NULL -- microseconds since 1970
) STRICT`

const (
	selectTransfer = "SELECT state, transfer_id, peer, marked_at FROM transfer"
	updateTransfer = "INSERT OR REPLACE INTO transfer (id, state, transfer_id, peer, marked_at) VALUES (1, ?, ?, ?, ?)"
)

// Transfer implements [daybook.Movable].
func (s *Store) Transfer(ctx context.Context) (t daybook.Transfer, err error) {
	err = s.read(ctx, "read the mark of copying", func(c *conn) error {
		t, err = c.transfer()
		return err
	})
	return t, err
}

// transfer reads the mark. A file that is older than marks has none.
func (c *conn) transfer() (t daybook.Transfer, err error) {
	n, err := c.integer("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'transfer'")
	if err != nil || n == 0 {
		return t, err
	}
	err = c.each(selectTransfer, func(stmt *sqlite.Stmt) error {
		t = daybook.Transfer{
			State: daybook.TransferState(stmt.ColumnText(0)), ID: stmt.ColumnText(1),
			Peer: stmt.ColumnText(2), At: time.UnixMicro(stmt.ColumnInt64(3)).UTC(),
		}
		return nil
	})
	return t, err
}

func (c *conn) setTransfer(t daybook.Transfer) error {
	stmt, err := c.prepare(updateTransfer)
	if err != nil {
		return err
	}
	stmt.BindText(1, string(t.State))
	stmt.BindText(2, t.ID)
	stmt.BindText(3, t.Peer)
	stmt.BindInt64(4, t.At.UnixMicro())
	return run(stmt)
}

// Mark implements [daybook.Movable]. Nobody else has the file open to write.
func (s *Store) Mark(ctx context.Context, was, is daybook.Transfer) (head daybook.Head, err error) {
	const doing = "mark the store"
	err = s.write(ctx, doing, func(w *writer) (func(), error) {
		now, err := w.transfer()
		if err != nil {
			return nil, failed(doing, err)
		}
		if !now.Same(was) {
			return nil, &daybook.Error{Code: daybook.CodeConflict, Message: "sqlite: " + s.path + " was marked by another copying meanwhile", Hint: "run it again"}
		}
		if err := w.setTransfer(is); err != nil {
			return nil, failed(doing, err)
		}
		return func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.mark, head = is, s.head
		}, nil
	})
	return head, err
}

// hintGone is for a ledger that goes on in a store that is no more.
const hintGone = "; if that store is lost for good, `daybook ledger new-origin` goes on here under a new name and key"

// opens says why a store with this mark is not opened, or nil: a copy that is
// not finished by nobody, and one that the ledger does not go on in by nobody
// who writes.
func opens(path string, t daybook.Transfer, o Options) error {
	again := "`daybook copy --from " + t.Peer + " --to sqlite:" + path
	switch {
	case o.Transfer || t.State == daybook.TransferHere:
		return nil
	case t.State == daybook.TransferArriving:
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "sqlite: " + path + " is an unfinished copy of " + t.Peer,
			Hint: "run `daybook copy` from there to here again: it goes on where it was",
		}
	case o.ReadOnly:
		return nil
	case t.State == daybook.TransferCopy:
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "sqlite: " + path + " is a copy of a ledger that goes on in " + t.Peer,
			Hint: "write there; or have it go on here: " + again + " --move`" + hintGone,
		}
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: "sqlite: the ledger in " + path + " was moved to " + t.Peer + " and goes on there",
		Hint: "write there; or bring it back: " + again + " --move`" + hintGone,
	}
}
