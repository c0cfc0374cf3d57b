package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
)

// run is the commit loop: whatever waits while one commit is in flight becomes
// the next batch.
func (l *Ledger) run() {
	defer close(l.done)
	for first := range l.requests {
		batch := append(make([]*request, 0, 16), first)
		n := len(first.records)
		for n < l.o.MaxCommit {
			next, ok := l.waiting()
			if !ok {
				break
			}
			batch = append(batch, next)
			n += len(next.records)
		}
		l.commit(batch)
	}
}

func (l *Ledger) waiting() (*request, bool) {
	select {
	case r, ok := <-l.requests:
		return r, ok
	default:
		return nil, false
	}
}

// commit appends a batch and answers its requests. A request that is refused
// fails alone; if the append itself fails, all of them do.
func (l *Ledger) commit(batch []*request) {
	begun := time.Now()
	var s *sequencer
	err := l.store.Append(context.Background(), func(view daybook.View) (*daybook.Batch, error) {
		// A store may call this again after it has lost a race: begin anew.
		if err := l.follow(view.Head()); err != nil {
			return nil, err
		}
		s = newSequencer(l, view)
		if err := s.prefetch(batch); err != nil {
			return nil, err
		}
		for _, r := range batch {
			s.request(r)
		}
		return s.batch()
	})
	if s != nil && s.finish != nil {
		s.finish() // a store that failed before it needed the hashes has not waited
	}
	if err != nil {
		l.failed(batch, err)
		return
	}
	l.failing.Store(false)
	l.tree = s.tree
	l.sessions.keep(s.sessions)
	for _, r := range batch {
		if r.err == nil {
			r.receipts = s.receipts(r)
		}
	}
	l.committed(begun, batch, s.entries)
	for _, r := range batch {
		l.answer(r)
	}
	l.signing.grew(l.tree.Size())
}

// failed answers every request of a batch that could not be appended. Whether
// it was is not known here, so the edge is found anew before the next batch.
func (l *Ledger) failed(batch []*request, err error) {
	l.failing.Store(true)
	l.sessions.forget()
	l.alive.lost()
	l.metrics.uncommitted(batch)
	var ours *daybook.Error
	if !errors.As(err, &ours) {
		ours = &daybook.Error{Code: daybook.CodeUnavailable, Message: "ledger: the store did not take the records", Err: err, Hint: "nothing was half-written; send the records again with the same log_id"}
	}
	l.o.Logger.Error("append failed", "requests", len(batch), "error", err)
	for _, r := range batch {
		if r.err == nil {
			r.err = ours
		}
		l.answer(r)
	}
}

// follow brings the tree's edge to where the store stands, if someone else or
// an unanswered commit has moved it.
func (l *Ledger) follow(head daybook.Head) error {
	if l.tree.Size() == head.Size && l.tree.Root() == head.Root {
		return nil
	}
	l.sessions.forget()
	l.alive.lost()
	tree, err := restore(l.store, head)
	if err != nil {
		return err
	}
	l.tree = tree
	return nil
}

func receiptOf(e *daybook.Entry, duplicate bool) daybook.Receipt {
	return daybook.Receipt{
		Kind: e.Kind.Name, ID: e.SubjectID(), LogID: e.LogID(), Seq: e.Seq,
		LogHash: hex.EncodeToString(e.LogHash[:]), LoggedAt: e.LoggedAt(),
		Revision: e.Revision(), Duplicate: duplicate,
	}
}
