package sqlite

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Append implements [daybook.Store]. When it returns nil the batch is on the
// disk. When it returns an error nothing of the batch is kept, and the store
// goes on.
func (s *Store) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	return s.write(ctx, "append", func(w *writer) (func(), error) {
		if err := opens(s.path, s.mark, Options{}); err != nil {
			return nil, err // it was marked since it was opened
		}
		batch, err := sequence(&view{store: s, conn: w.conn})
		if err != nil || batch == nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.insert(w, batch); err != nil {
			return nil, failed("append", err)
		}
		return func() { s.advance(batch) }, nil
	})
}

// write runs fn in a transaction of the writer. Where fn gives a function the
// transaction is committed, and the function called then; else it is rolled
// back.
func (s *Store) write(ctx context.Context, doing string, fn func(*writer) (func(), error)) (err error) {
	if s.options.ReadOnly {
		return &daybook.Error{
			Code: daybook.CodeForbidden, Message: "sqlite: " + s.path + " is opened read-only",
			Hint: "open it without ReadOnly to write",
		}
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
	if err := s.openAgain(); err != nil {
		return failed(doing, err)
	}
	if err := run(s.writer.begin); err != nil {
		return failed(doing, err)
	}
	defer func() {
		if rolledBack := s.writer.rollback(); rolledBack != nil {
			s.options.Logger.Error("sqlite: rolling back failed; the file is opened anew", "error", rolledBack)
			s.abandon()
		}
	}()
	then, err := fn(s.writer)
	if err != nil || then == nil {
		return err
	}
	if err := run(s.writer.commit); err != nil {
		return failed(doing, err)
	}
	// Crash here: all of it is on the disk, in the WAL, and nobody was told. The
	// next opening has it; who sends the same log_ids again gets the receipts.
	s.step("commit")
	then()
	return nil
}

// abandon gives up a connection that cannot be brought out of a transaction.
func (s *Store) abandon() {
	if err := s.writer.close(); err != nil {
		s.options.Logger.Error("sqlite: closing failed", "error", err)
	}
	s.writer = nil
}

// openAgain makes sure that there is a writer, unless the store is closed.
func (s *Store) openAgain() (err error) {
	if s.readers.done.Err() != nil {
		return errClosed
	}
	if s.writer != nil {
		return nil
	}
	if s.writer, err = openWriter(s.path); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head = s.writer.head
	return nil
}

// insert puts a batch into the tables.
func (s *Store) insert(w *writer, batch *daybook.Batch) error {
	size := s.head.Size // only who writes changes it
	for i, e := range batch.Entries {
		if want := size + int64(i); e.Seq != want {
			return internalf("entry %d of the batch has seq %d, not %d", i, e.Seq, want)
		}
		if err := s.insertBody(w, e); err != nil {
			return err
		}
	}
	// Crash here, or behind any step up to the commit: the WAL ends in a
	// transaction that was not committed, and the next opening reads it as if it
	// had not been begun. Nobody has a receipt; seqs are given again.
	s.step("rows")
	if batch.Finish != nil {
		batch.Finish()
	}
	for _, e := range batch.Entries {
		if err := insertPlace(w, e); err != nil {
			return err
		}
	}
	s.step("spine")
	if want := size + int64(len(batch.Entries)); batch.Head.Size != want {
		return internalf("the batch makes a ledger of %d entries, but says %d", want, batch.Head.Size)
	}
	return s.putHead(w, batch.Tiles, batch.Head)
}

// putHead puts the tiles and the head into the tables.
func (s *Store) putHead(w *writer, tiles []merkle.Tile, head daybook.Head) error {
	if err := insertTiles(w, tiles); err != nil {
		return err
	}
	s.step("tiles")
	w.setHead.BindInt64(1, head.Size)
	w.setHead.BindBytes(2, head.Root[:])
	w.setHead.BindText(3, head.LoggedAt)
	return run(w.setHead)
}

func insertTiles(w *writer, tiles []merkle.Tile) error {
	for _, t := range tiles {
		w.tile.BindInt64(1, int64(t.Level))
		w.tile.BindInt64(2, t.Index)
		w.tile.BindBytes(3, t.Hashes)
		if err := run(w.tile); err != nil {
			return err
		}
	}
	return nil
}

func insertPlace(w *writer, e *daybook.Entry) error {
	row := daybook.SpineOf(e)
	if err := bindSpine(w.spine, &row); err != nil {
		return err
	}
	return run(w.spine)
}

func (s *Store) insertBody(w *writer, e *daybook.Entry) error {
	if subject := e.Kind.Subject(); subject.Serial && e.Revision() == 1 && e.Get(subject.Name).Int() != e.Seq {
		return internalf("entry %d begins the subject %s, which is not its seq", e.Seq, e.SubjectID())
	}
	body := w.inserts[e.Kind]
	if err := body.ClearBindings(); err != nil {
		return err
	}
	if err := s.tables[e.Kind].bind(body, e); err != nil {
		return err
	}
	return run(body)
}

// step tells who watches that a step of a write is done.
func (s *Store) step(name string) {
	if s.options.Step != nil {
		s.options.Step(name)
	}
}

// advance moves the head to where a committed batch has brought it.
func (s *Store) advance(batch *daybook.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.Size, s.head.Root, s.head.LoggedAt = batch.Head.Size, batch.Head.Root, batch.Head.LoggedAt
}

// SaveCheckpoint implements [daybook.Store].
func (s *Store) SaveCheckpoint(ctx context.Context, signed []byte) error {
	return s.write(ctx, "save the checkpoint", func(w *writer) (func(), error) {
		stmt, err := w.prepare("INSERT INTO checkpoint (id, signed) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET signed = excluded.signed")
		if err != nil {
			return nil, failed("save the checkpoint", err)
		}
		stmt.BindBytes(1, signed)
		if err := run(stmt); err != nil {
			return nil, failed("save the checkpoint", err)
		}
		kept := append([]byte{}, signed...)
		return func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.head.Checkpoint = kept
		}, nil
	})
}
