package sqlite

import (
	"context"
	"encoding/json"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
	"zombiezen.com/go/sqlite"
)

var _ daybook.Movable = (*Store)(nil)

// TakeOver implements [daybook.Movable].
func (s *Store) TakeOver(ctx context.Context, ledgerID string, is daybook.Transfer) error {
	if id, err := uuid.Parse(ledgerID); err != nil || id.String() != ledgerID {
		return internalf("a ledger's id must be a UUID in lower case, not %q", ledgerID)
	}
	const doing = "take over a ledger"
	return s.write(ctx, doing, func(w *writer) (func(), error) {
		head, err := w.readHead()
		if err != nil {
			return nil, failed(doing, err)
		}
		if head.Size > 0 || head.Checkpoint != nil {
			return nil, &daybook.Error{Code: daybook.CodeConflict, Message: "sqlite: " + s.path + " holds a ledger already", Hint: "name a file that does not exist yet"}
		}
		stmt, err := w.prepare("UPDATE head SET ledger_id = ?")
		if err != nil {
			return nil, failed(doing, err)
		}
		stmt.BindText(1, ledgerID)
		if err := run(stmt); err != nil {
			return nil, failed(doing, err)
		}
		if err := w.setTransfer(is); err != nil {
			return nil, failed(doing, err)
		}
		return func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.head.LedgerID, s.mark = ledgerID, is
		}, nil
	})
}

// Import implements [daybook.Movable].
func (s *Store) Import(ctx context.Context, chunk *daybook.Chunk) error {
	return s.write(ctx, "import", func(w *writer) (func(), error) {
		if s.mark.State != daybook.TransferArriving {
			return nil, internalf("rows are imported into a store that is not marked as arriving")
		}
		if err := s.importRows(w, chunk); err != nil {
			return nil, failed("import", err)
		}
		return func() { s.advance(&daybook.Batch{Head: chunk.Head}) }, nil
	})
}

// importRows puts a chunk into the tables, in the steps of an append: a crash
// before the commit leaves the store as it was, and the copy goes on from there.
func (s *Store) importRows(w *writer, chunk *daybook.Chunk) error {
	size := s.head.Size // only who writes changes it
	for i, row := range chunk.Rows {
		if want := size + int64(i); row.Spine == nil || row.Spine.Seq != want {
			return internalf("row %d of the chunk is not entry %d", i, want)
		}
		if row.Entry == nil {
			continue
		}
		if err := s.insertBody(w, row.Entry); err != nil {
			return err
		}
	}
	s.step("rows")
	for i := range chunk.Rows {
		if err := bindSpine(w.spine, chunk.Rows[i].Spine); err != nil {
			return err
		}
		if err := run(w.spine); err != nil {
			return err
		}
	}
	s.step("spine")
	if want := size + int64(len(chunk.Rows)); chunk.Head.Size != want {
		return internalf("the chunk makes a ledger of %d entries, but says %d", want, chunk.Head.Size)
	}
	return s.putHead(w, chunk.Tiles, chunk.Head)
}

// Complete implements [daybook.Movable].
func (s *Store) Complete(ctx context.Context, state *daybook.StoreState, checkpoint []byte, is daybook.Transfer) error {
	const doing = "end a copy"
	return s.write(ctx, doing, func(w *writer) (func(), error) {
		if s.mark.State != daybook.TransferArriving {
			return nil, internalf("a copy is ended in a store that is not marked as arriving")
		}
		if err := w.replaceState(state); err != nil {
			return nil, failed(doing, err)
		}
		if err := w.replaceCheckpoint(checkpoint); err != nil {
			return nil, failed(doing, err)
		}
		if err := w.setTransfer(is); err != nil {
			return nil, failed(doing, err)
		}
		return func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.head.Checkpoint, s.mark = append([]byte(nil), checkpoint...), is
		}, nil
	})
}

func (c *conn) replaceCheckpoint(signed []byte) error {
	if err := c.exec("DELETE FROM checkpoint"); err != nil || signed == nil {
		return err
	}
	stmt, err := c.prepare("INSERT INTO checkpoint (id, signed) VALUES (1, ?)")
	if err != nil {
		return err
	}
	stmt.BindBytes(1, signed)
	return run(stmt)
}

func (c *conn) replaceState(state *daybook.StoreState) error {
	for _, table := range []string{"token", "known_columns", "known_pattern"} {
		if err := c.exec("DELETE FROM " + table); err != nil {
			return err
		}
	}
	for i := range state.Tokens {
		if err := c.runToken(insertToken, &state.Tokens[i]); err != nil {
			return err
		}
	}
	for _, t := range state.Tables {
		if err := c.keepColumns(t.Business, t.Table, t.Columns); err != nil {
			return err
		}
	}
	for key, seq := range state.Patterns {
		if err := c.keepPattern(insertPattern, key, seq); err != nil {
			return err
		}
	}
	return nil
}

// State implements [daybook.Movable]. A row of known columns that cannot be
// read is left out: it is one that is not known.
func (s *Store) State(ctx context.Context) (*daybook.StoreState, error) {
	var state daybook.StoreState
	var err error
	if state.Tokens, err = s.ListTokens(ctx); err != nil {
		return nil, err
	}
	if state.Patterns, err = s.Patterns(ctx); err != nil {
		return nil, err
	}
	err = s.read(ctx, "read the columns of tables", func(c *conn) error {
		return c.each("SELECT business, table_name, columns FROM known_columns", func(stmt *sqlite.Stmt) error {
			t := daybook.KnownTable{Business: stmt.ColumnText(0), Table: stmt.ColumnText(1)}
			if json.Unmarshal([]byte(stmt.ColumnText(2)), &t.Columns) == nil && len(t.Columns) > 0 {
				state.Tables = append(state.Tables, t)
			}
			return nil
		})
	})
	return &state, err
}
