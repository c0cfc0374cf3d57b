package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	selectTransfer = "SELECT state, transfer_id, peer, marked_at FROM {{ledger}}.transfer"
	updateTransfer = `INSERT INTO {{ledger}}.transfer (id, state, transfer_id, peer, marked_at) VALUES (1, $1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET (state, transfer_id, peer, marked_at) = (excluded.state, excluded.transfer_id, excluded.peer, excluded.marked_at)`
	countWaiting = "SELECT count(*) FROM {{ledger}}.inbox"
)

// Transfer implements [daybook.Movable].
func (s *Store) Transfer(ctx context.Context) (t daybook.Transfer, err error) {
	err = s.read(ctx, "read the mark of copying", func(ctx context.Context, c *pgx.Conn) error {
		t, err = s.transfer(ctx, c)
		return err
	})
	return t, err
}

func (s *Store) transfer(ctx context.Context, q querier) (t daybook.Transfer, err error) {
	err = q.QueryRow(ctx, s.sql(selectTransfer)).Scan(&t.State, &t.ID, &t.Peer, &t.At)
	if errors.Is(err, pgx.ErrNoRows) {
		return t, nil
	}
	t.At = t.At.UTC()
	return t, err
}

// Mark implements [daybook.Movable]. It waits for appends, and every append
// looks at the mark: who has the ledger open elsewhere writes no more once this
// returns.
func (s *Store) Mark(ctx context.Context, was, is daybook.Transfer) (head daybook.Head, err error) {
	err = s.underLock(ctx, "mark the database", func(ctx context.Context, tx pgx.Tx) error {
		now, err := s.transfer(ctx, tx)
		if err != nil {
			return err
		}
		if !now.Same(was) {
			return &daybook.Error{Code: daybook.CodeConflict, Message: "postgres: " + s.target.place + " was marked by another copying meanwhile", Hint: "run it again"}
		}
		if is.State == daybook.TransferMoved {
			if err := s.inboxEmpty(ctx, tx); err != nil {
				return err
			}
		}
		if err := s.setTransfer(ctx, tx, is); err != nil {
			return err
		}
		head, err = s.readHead(ctx, tx)
		return err
	})
	return head, err
}

// inboxEmpty refuses to leave records behind that jobs wrote by SQL.
func (s *Store) inboxEmpty(ctx context.Context, tx pgx.Tx) error {
	var waiting int64
	if err := tx.QueryRow(ctx, s.sql(countWaiting)).Scan(&waiting); err != nil || waiting == 0 {
		return err
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: fmt.Sprintf("postgres: %d records wait in the inbox of %s, which would be left behind", waiting, s.target.place),
		Hint: "let a server take them, which takes about a second, and run this again",
	}
}

func (s *Store) setTransfer(ctx context.Context, tx pgx.Tx, t daybook.Transfer) error {
	_, err := tx.Exec(ctx, s.sql(updateTransfer), string(t.State), t.ID, t.Peer, t.At)
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == "42501" {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "postgres: the login may not have the ledger in " + s.target.place + " go on elsewhere, or take one over", Err: err,
			Hint: "give the URL of the login that migrates, a member of daybook_owner",
		}
	}
	return err
}

// underLock changes a ledger's state in a transaction, in which nobody appends
// and no job writes to the inbox.
func (s *Store) underLock(ctx context.Context, doing string, fn func(context.Context, pgx.Tx) error) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	return s.state(ctx, doing, func(ctx context.Context, tx pgx.Tx) error {
		for _, sql := range []string{"LOCK TABLE {{ledger}}.inbox IN SHARE MODE", lockSQL} {
			if _, err := tx.Exec(ctx, s.sql(sql)); err != nil {
				return err
			}
		}
		return fn(ctx, tx)
	})
}

// opens says why a ledger with this mark is not opened, or nil: a copy that is
// not finished by nobody, and one that goes on elsewhere by nobody who writes.
func (s *Store) opens(t daybook.Transfer) error {
	here := "postgres://" + s.target.place
	back := "`daybook copy --from " + t.Peer + " --to " + here + " --move`"
	switch {
	case s.options.Transfer || t.State == daybook.TransferHere:
		return nil
	case t.State == daybook.TransferArriving:
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "postgres: " + s.target.place + " is an unfinished copy of " + t.Peer,
			Hint: "run `daybook copy` from there to here again: it goes on where it was",
		}
	case s.options.ReadOnly:
		return nil
	case t.State == daybook.TransferCopy:
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: "postgres: " + s.target.place + " is a copy of a ledger that goes on in " + t.Peer,
			Hint: "write there; or have it go on here: " + back + hintGone,
		}
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: "postgres: the ledger in " + s.target.place + " was moved to " + t.Peer + " and goes on there",
		Hint: "write there; or bring it back: " + back + hintGone,
	}
}

// hintGone is for a ledger that goes on in a store that is no more.
const hintGone = "; if that store is lost for good, `daybook ledger new-origin` goes on here under a new name and key"

// errElsewhere is for servers that had the ledger open when it was moved. What
// they were sent is kept by whoever sent it, so it is no fault of theirs.
func (s *Store) errElsewhere(peer string) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "postgres: the ledger in " + s.target.place + " was moved to " + peer,
		Hint: "stop this server, and point those that write to the other store",
	}
}
