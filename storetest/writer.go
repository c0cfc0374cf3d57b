package storetest

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/google/uuid"
)

// Writer writes records to a store as a ledger does, with seqs, hashes, tiles
// and the tree's root, but without any of its rules. It is the one writer of
// its store, and not safe for concurrent use.
type Writer struct {
	// Now is the clock that logged_at follows. Unless it is set, each batch is
	// a second after the one before, beginning in 2026.
	Now func() time.Time

	// Principal stands on what is written; "tester" if "".
	Principal string

	store     daybook.Store
	tree      *merkle.Tree
	loggedAt  time.Time
	revisions map[stand]int64 // of subjects; the stand's own revision is 0
}

// NewWriter gives the writer of a store that is empty.
func NewWriter(store daybook.Store) *Writer {
	return &Writer{
		store: store, tree: merkle.New(), revisions: map[stand]int64{},
		loggedAt: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
	}
}

// Write appends records as one batch and gives the entries. The second record
// of a subject, and any after it, become revisions, as they are: the caller
// merges. A log_id that a record has stands.
func (w *Writer) Write(ctx context.Context, records ...daybook.Record) ([]*daybook.Entry, error) {
	batch, tree := w.Batch(records...)
	err := w.store.Append(ctx, func(view daybook.View) (*daybook.Batch, error) {
		if got := view.Head().Size; got != w.tree.Size() {
			return nil, fmt.Errorf("storetest: the store has %d entries, its writer wrote %d", got, w.tree.Size())
		}
		return batch, nil
	})
	if err != nil {
		return nil, err
	}
	w.Wrote(batch, tree)
	return batch.Entries, nil
}

// Batch sequences records without writing them. The tree is the one after the
// batch, for [Writer.Wrote].
func (w *Writer) Batch(records ...daybook.Record) (*daybook.Batch, *merkle.Tree) {
	tree := w.tree.Clone()
	at := w.loggedAt.Add(time.Second)
	if w.Now != nil {
		at = w.Now()
	}
	batch := &daybook.Batch{}
	revisions := map[stand]int64{}
	for _, r := range records {
		e := w.sequence(r, tree.Size(), at, revisions)
		s := daybook.SpineOf(e)
		tree.Append(merkle.LeafHash(s.AppendLeaf(nil)))
		batch.Entries = append(batch.Entries, e)
	}
	batch.Tiles = tree.TakeFull()
	batch.Head = daybook.Head{Size: tree.Size(), Root: tree.Root(), LoggedAt: canon.FormatTime(at)}
	return batch, tree
}

// Wrote tells the writer that the store has a batch of its making.
func (w *Writer) Wrote(batch *daybook.Batch, tree *merkle.Tree) {
	w.tree = tree
	for _, e := range batch.Entries {
		w.revisions[stand{kind: e.Kind, subject: e.SubjectID()}] = e.Revision()
	}
	if at, err := canon.ParseTime(batch.Head.LoggedAt); err == nil {
		w.loggedAt = at
	}
}

// Tree gives the tree over what was written.
func (w *Writer) Tree() *merkle.Tree { return w.tree.Clone() }

func (w *Writer) sequence(r daybook.Record, seq int64, at time.Time, revisions map[stand]int64) *daybook.Entry {
	e := clone(&daybook.Entry{Kind: r.Kind, Seq: seq, Values: r.Values})
	if c := e.Kind.Subject(); c.Serial && e.SubjectID() == "" {
		i, _ := e.Kind.Column(c.Name)
		e.Values[i] = daybook.IntValue(seq)
	}
	subject := stand{kind: e.Kind, subject: e.SubjectID()}
	revision := max(w.revisions[subject], revisions[subject]) + 1
	revisions[subject] = revision
	logID := r.LogID()
	if logID == "" {
		logID = uuid.Must(uuid.NewV7()).String()
	}
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	e.Seal(daybook.Envelope{
		LogID: logID, LoggedAt: canon.FormatTime(at), Principal: cmp.Or(w.Principal, "tester"), RetainUntil: e.Kind.Retention.Until(at),
		Salt: hex.EncodeToString(salt[:]), Revision: revision,
	})
	e.LogHash = canon.Hash(e.AppendCanonical(nil))
	return e
}
