package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/jackc/pgx/v5/pgxpool"
)

// commitTime is how long a commit may take: it is not given up when the caller
// does, because nobody could say then whether it came to be.
const commitTime = time.Minute

// insert has stream put rows into the tables of a transaction and commits it.
func (s *Store) insert(ctx context.Context, conn *pgxpool.Conn, stream func(*wire) error) error {
	w := &wire{conn: conn.Conn().PgConn(), data: make([]byte, 0, copyMessage+copyMessage/4)}
	defer w.abandon()
	if err := w.within(ctx, func() error { return s.send(w, stream) }); err != nil {
		return err
	}
	ending, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), commitTime, errUnknown)
	defer cancel()
	err := w.within(ending, func() error {
		w.query("COMMIT", "COMMIT")
		return w.answers()
	})
	if err != nil {
		return err
	}
	// Crash here: all of it is on the disk of the database, and nobody was told.
	// Who sends the same log_ids again gets the receipts.
	s.step("commit")
	return nil
}

// errUnknown is what a commit ends with that was not heard of.
var errUnknown = &daybook.Error{
	Code: daybook.CodeUnavailable, Message: "postgres: the database did not say in " + commitTime.String() + " whether it took the entries",
	Hint: "send them again: entries that were taken are known by their log_id",
}

// send sends everything up to the commit, and hears that it was taken.
func (s *Store) send(w *wire, stream func(*wire) error) error {
	err := stream(w)
	heard := w.answers()
	var ours *daybook.Error
	if heard == nil || errors.As(err, &ours) {
		return err
	}
	return heard // the server knows better why nothing more could be sent
}

// stream sends a batch that follows on size entries.
func (s *Store) stream(w *wire, size int64, batch *daybook.Batch) error {
	for i, e := range batch.Entries {
		if want := size + int64(i); e.Seq != want {
			return internalf("entry %d of the batch has seq %d, not %d", i, e.Seq, want)
		}
		if subject := e.Kind.Subject(); subject.Serial && e.Revision() == 1 && e.Get(subject.Name).Int() != e.Seq {
			return internalf("entry %d begins the subject %s, which is not its seq", e.Seq, e.SubjectID())
		}
	}
	return s.putAll(w, size, batch.Entries, batch.Entries, func() ([]merkle.Tile, daybook.Head) {
		if batch.Finish != nil {
			batch.Finish()
		}
		return batch.Tiles, batch.Head
	})
}

// putAll sends the bodies, then what is made of their hashes and finish gives:
// the spine, tiles and the head.
func (s *Store) putAll(w *wire, size int64, bodies, places []*daybook.Entry, finish func() ([]merkle.Tile, daybook.Head)) error {
	if err := s.bodies(w, bodies); err != nil {
		return err
	}
	// Crash here, or behind any step up to the commit: the database undoes the
	// transaction when it notices that the connection is gone, and with it the
	// lock. Nobody has a receipt; seqs are given again.
	if err := s.sent(w, "rows"); err != nil {
		return err
	}
	tiles, head := finish()
	if err := s.places(w, places); err != nil {
		return err
	}
	if err := s.sent(w, "spine"); err != nil {
		return err
	}
	if want := size + int64(len(places)); head.Size != want {
		return internalf("the batch makes a ledger of %d entries, but says %d", want, head.Size)
	}
	if err := s.tiles(w, tiles); err != nil {
		return err
	}
	w.query(s.sql(fmt.Sprintf(`SELECT {{ledger}}.advance(%d, '\x%x', '%s')`, head.Size, head.Root[:], head.LoggedAt)), "SELECT 1")
	return s.sent(w, "tiles")
}

// sent sends what is not sent yet, and tells who watches that a step is done.
func (s *Store) sent(w *wire, step string) error {
	err := w.flush()
	s.step(step)
	return err
}

// step tells who watches that a step of a write is done.
func (s *Store) step(name string) {
	if s.options.Step != nil {
		s.options.Step(name)
	}
}

// bodies sends the entries of each kind to its table.
func (s *Store) bodies(w *wire, entries []*daybook.Entry) error {
	byKind := map[*daybook.Kind][]*daybook.Entry{}
	for _, e := range entries {
		byKind[e.Kind] = append(byKind[e.Kind], e)
	}
	for _, k := range daybook.Kinds() {
		if len(byKind[k]) == 0 {
			continue
		}
		t := s.tables[k]
		err := w.copy(s.sql("COPY {{ledger}}."+tableName(k)+" ("+t.names+") FROM STDIN (FORMAT binary)"), byKind[k], t.putBody)
		if err != nil {
			return err
		}
	}
	return nil
}

// places sends the spine.
func (s *Store) places(w *wire, entries []*daybook.Entry) error {
	return w.copy(s.sql("COPY {{ledger}}.spine (seq, log_id, kind, logged_at, retain_until, log_hash) FROM STDIN (FORMAT binary)"), entries,
		func(dst []byte, e *daybook.Entry) ([]byte, error) { return s.tables[e.Kind].putSpine(dst, e) })
}

// copy sends rows, each of which put appends.
func (w *wire) copy(sql string, entries []*daybook.Entry, put func([]byte, *daybook.Entry) ([]byte, error)) error {
	w.beginCopy(sql)
	for _, e := range entries {
		if err := w.row(func(dst []byte) ([]byte, error) { return put(dst, e) }); err != nil {
			w.failCopy()
			return err
		}
	}
	return w.endCopy()
}
