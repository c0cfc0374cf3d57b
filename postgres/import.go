package postgres

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var _ daybook.Movable = (*Store)(nil)

// TakeOver implements [daybook.Movable].
func (s *Store) TakeOver(ctx context.Context, ledgerID string, is daybook.Transfer) error {
	if id, err := uuid.Parse(ledgerID); err != nil || id.String() != ledgerID {
		return internalf("a ledger's id must be a UUID in lower case, not %q", ledgerID)
	}
	err := s.underLock(ctx, "take over a ledger", func(ctx context.Context, tx pgx.Tx) error {
		head, err := s.readHead(ctx, tx)
		if err != nil {
			return err
		}
		if head.Size > 0 || head.Checkpoint != nil {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: "postgres: " + s.target.place + " holds a ledger already",
				Hint: "name another database, or have the schemas begin with another name by --schema-prefix",
			}
		}
		if err := s.setTransfer(ctx, tx, is); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, s.sql("SELECT {{ledger}}.new_origin($1)"), ledgerID)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.LedgerID = ledgerID
	return nil
}

// Import implements [daybook.Movable]: a crash before the commit leaves the
// ledger as it was, and the copy goes on from there.
func (s *Store) Import(ctx context.Context, chunk *daybook.Chunk) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	within, cancel := context.WithTimeoutCause(ctx, appendLimit, errSlow)
	defer cancel()
	err := s.importOnce(within, chunk)
	if err != nil && within.Err() != nil && isContext(err) {
		return context.Cause(within)
	}
	return failed("import", err)
}

func (s *Store) importOnce(ctx context.Context, chunk *daybook.Chunk) error {
	conn, err := s.writers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	defer rollback(conn.Conn().PgConn())
	head, _, err := s.begin(ctx, conn.Conn().PgConn())
	if err != nil {
		return err
	}
	mark, err := s.transfer(ctx, conn.Conn())
	if err != nil {
		return err
	}
	switch {
	case mark.State != daybook.TransferArriving:
		return internalf("rows are imported into a ledger that is not marked as arriving")
	case len(chunk.Rows) == 0 || chunk.Rows[0].Spine.Seq != head.Size || chunk.Head.Size != head.Size+int64(len(chunk.Rows)):
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: fmt.Sprintf("postgres: %s has %d entries by now: another process copies to it, too", s.target.place, head.Size),
			Hint: "stop one of them; the other goes on where that one was",
		}
	}
	bodies, places := entriesOf(chunk.Rows)
	if err := s.makeMonths(ctx, conn.Conn(), bodies); err != nil {
		return err
	}
	err = s.insert(ctx, conn, func(w *wire) error {
		return s.putAll(w, head.Size, bodies, places, func() ([]merkle.Tile, daybook.Head) { return chunk.Tiles, chunk.Head })
	})
	if err != nil {
		return err
	}
	head.Size, head.Root, head.LoggedAt = chunk.Head.Size, chunk.Head.Root, chunk.Head.LoggedAt
	s.saw(head)
	return nil
}

// entriesOf gives the bodies of rows, and for each row an entry that has at
// least what stands in the spine.
func entriesOf(rows []daybook.Row) (bodies, places []*daybook.Entry) {
	places = make([]*daybook.Entry, 0, len(rows))
	for _, row := range rows {
		if row.Entry != nil {
			bodies, places = append(bodies, row.Entry), append(places, row.Entry)
			continue
		}
		e := &daybook.Entry{Kind: row.Spine.Kind, Seq: row.Spine.Seq, LogHash: row.Spine.LogHash, Values: make([]daybook.Value, len(row.Spine.Kind.Columns))}
		e.Seal(daybook.Envelope{LogID: row.Spine.LogID, LoggedAt: row.Spine.LoggedAt, RetainUntil: row.Spine.RetainUntil})
		places = append(places, e)
	}
	return bodies, places
}

// Complete implements [daybook.Movable].
func (s *Store) Complete(ctx context.Context, state *daybook.StoreState, checkpoint []byte, is daybook.Transfer) error {
	err := s.underLock(ctx, "end a copy", func(ctx context.Context, tx pgx.Tx) error {
		mark, err := s.transfer(ctx, tx)
		if err != nil {
			return err
		}
		if mark.State != daybook.TransferArriving {
			return internalf("a copy is ended in a ledger that is not marked as arriving")
		}
		if err := s.replaceState(ctx, tx, state); err != nil {
			return err
		}
		if checkpoint != nil {
			signed, err := merkle.UnverifiedCheckpoint(checkpoint)
			if err != nil {
				return internalf("the checkpoint cannot be read: %v", err)
			}
			if _, err := tx.Exec(ctx, s.sql("SELECT {{ledger}}.keep_checkpoint($1, $2)"), signed.Size, checkpoint); err != nil {
				return err
			}
		}
		return s.setTransfer(ctx, tx, is)
	})
	if err != nil {
		return err
	}
	_, err = s.Head(ctx) // and note the checkpoint
	return err
}

func (s *Store) replaceState(ctx context.Context, tx pgx.Tx, state *daybook.StoreState) error {
	var batch pgx.Batch
	batch.Queue(s.sql("DELETE FROM {{ledger}}.token"))
	batch.Queue(s.sql("DELETE FROM {{ledger}}.known_columns"))
	batch.Queue(s.sql("DELETE FROM {{ledger}}.known_pattern"))
	for i := range state.Tokens {
		batch.Queue(s.sql(insertToken), tokenArgs(&state.Tokens[i])...)
	}
	for _, t := range state.Tables {
		s.queueColumns(&batch, t.Business, t.Table, t.Columns)
	}
	var keys [][]byte
	var seqs []int64
	for key, seq := range state.Patterns {
		keys, seqs = append(keys, key[:]), append(seqs, seq)
	}
	batch.Queue(s.sql(insertPatterns), keys, seqs)
	return tx.SendBatch(ctx, &batch).Close()
}

// State implements [daybook.Movable].
func (s *Store) State(ctx context.Context) (*daybook.StoreState, error) {
	var state daybook.StoreState
	var err error
	if state.Tokens, err = s.ListTokens(ctx); err != nil {
		return nil, err
	}
	if state.Patterns, err = s.Patterns(ctx); err != nil {
		return nil, err
	}
	err = s.read(ctx, "read the columns of tables", func(ctx context.Context, c *pgx.Conn) error {
		if state.Left, err = s.left(ctx, c); err != nil {
			return err
		}
		rows, err := c.Query(ctx, s.sql("SELECT business, table_name, columns FROM {{ledger}}.known_columns"))
		if err != nil {
			return err
		}
		state.Tables, err = pgx.CollectRows(rows, pgx.RowToStructByPos[daybook.KnownTable])
		return err
	})
	return &state, err
}
