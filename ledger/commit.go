package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
)

// run is the commit loop. While one batch commits, whatever waits becomes the
// next and is sequenced on top of it.
func (l *Ledger) run() {
	defer close(l.done)
	idle := make(chan outcome, 1) // full while nothing commits
	idle <- outcome{}
	for {
		first, last := l.wait(idle)
		if first == nil {
			if last == nil {
				l.settled(<-idle)
			}
			return
		}
		batch, last := l.gather(first, last, idle)
		if last != nil {
			l.settled(*last)
		}
		var next *sequencer
		if count(batch) >= l.o.Ahead {
			next = l.sequenceAhead(batch)
		}
		l.crowded = max(0, l.crowded-1)
		if last == nil {
			l.settled(<-idle)
		}
		if next == nil || next.base != l.last { // what it was put on top of did not come to be
			l.settled(l.commit(batch, nil))
			idle <- outcome{sequencer: l.last}
			continue
		}
		l.last = next
		go func() { idle <- l.commit(batch, next) }()
	}
}

// wait gives the next request, nil when the ledger closes. A commit that is over
// before one comes is settled, and what it wrote let go of: a large batch is
// not held until somebody writes again.
func (l *Ledger) wait(idle <-chan outcome) (first *request, last *outcome) {
	select {
	case first = <-l.requests:
		return first, nil
	case over := <-idle:
		l.settled(over)
		if l.last != nil {
			l.last = l.last.rest()
		}
		return <-l.requests, &outcome{sequencer: l.last}
	}
}

// outcome is what became of a commit: what was sequenced for it, nil where it
// failed; or its requests, where the store has moved and they are to be
// sequenced again.
type outcome struct {
	sequencer *sequencer
	again     []*request
}

// settled takes note of a commit that is over.
func (l *Ledger) settled(o outcome) {
	if o.again != nil {
		l.crowded = crowdedFor
		o = l.commit(o.again, nil)
	}
	if l.last = o.sequencer; l.last == nil {
		l.sessions.forget()
		return
	}
	l.tree = l.last.tree
	l.sessions.keep(l.last)
	l.remembered.keep(l.last)
	l.metrics.sampled.patterns.Set(float64(l.remembered.order.Len()))
}

// gather makes a batch of what waits. It gives the outcome of the commit before
// if that is over, and else waits for it, unless the batch is worth sequencing
// meanwhile.
func (l *Ledger) gather(first *request, last *outcome, idle <-chan outcome) ([]*request, *outcome) {
	batch := append(make([]*request, 0, 16), first)
	n := first.count()
	add := func(r *request) {
		batch = append(batch, r)
		n += r.count()
	}
	for n < l.o.MaxCommit {
		if next, ok := l.waiting(); ok {
			add(next)
			continue
		}
		if last != nil || n >= l.o.Ahead && l.mayBeAhead() {
			break
		}
		select {
		case over := <-idle:
			last = &over
		case next, ok := <-l.requests:
			if !ok {
				over := <-idle
				return batch, &over
			}
			add(next)
		}
	}
	return batch, last
}

func count(batch []*request) (records int) {
	for _, r := range batch {
		records += r.count()
	}
	return records
}

func (l *Ledger) waiting() (*request, bool) {
	select {
	case r, ok := <-l.requests:
		return r, ok
	default:
		return nil, false
	}
}

// crowdedFor is how many batches are sequenced under the store's lock alone after
// one that was sequenced ahead for nothing, because another server had written.
const crowdedFor = 16

// mayBeAhead says that sequencing ahead is worth trying.
func (l *Ledger) mayBeAhead() bool { return l.viewer != nil && l.crowded == 0 }

// sequenceAhead sequences a batch on top of the last one, which may still
// commit; nil if it cannot.
func (l *Ledger) sequenceAhead(batch []*request) *sequencer {
	if !l.mayBeAhead() || l.last == nil {
		return nil
	}
	s := newSequencer(l, l.viewer.View(), l.last)
	if err := s.sequence(batch); err != nil {
		return nil // sequencing it within the append says why
	}
	return s
}

// commit appends a batch and answers its requests. A request that is refused
// fails alone; if the append itself fails, all of them do. What was sequenced
// ahead is appended as it is, unless the store stands elsewhere than it says.
func (l *Ledger) commit(batch []*request, s *sequencer) outcome {
	begun := time.Now()
	isAhead := s != nil
	err := l.append(func(view daybook.View) (_ *daybook.Batch, err error) {
		if isAhead {
			s.base.finish()
			if !l.stands(s.base.tree, view.Head()) {
				return nil, errMoved
			}
			return s.batch, nil
		}
		// A store may call this again after it has lost a race: begin anew.
		if err := l.follow(view); err != nil {
			return nil, err
		}
		s = newSequencer(l, view, nil)
		if err := s.sequence(batch); err != nil {
			return nil, err
		}
		return s.batch, nil
	})
	if s != nil {
		s.finish() // a store that failed before it needed the hashes has not waited
	}
	switch {
	case errors.Is(err, errMoved):
		return outcome{again: batch}
	case err != nil:
		l.failed(batch, err)
		return outcome{}
	}
	l.answerAll(begun, batch, s)
	return outcome{sequencer: s}
}

func (l *Ledger) append(sequence func(daybook.View) (*daybook.Batch, error)) error {
	return l.store.Append(context.Background(), sequence)
}

// answerAll answers the requests of a batch that is durable.
func (l *Ledger) answerAll(begun time.Time, batch []*request, s *sequencer) {
	l.failing.Store(false)
	for _, r := range batch {
		if r.err = s.refused[r]; r.err == nil {
			r.receipts = s.receipts(r)
		}
	}
	s.base = nil            // its part is over
	l.known.reached(s.tree) // before the writers hear, who may ask for a proof at once
	l.committed(begun, batch, s)
	for _, r := range batch {
		l.answer(r)
	}
}

// failed answers every request of a batch that could not be appended. Whether
// it was is not known here, so the edge is found anew before the next batch.
func (l *Ledger) failed(batch []*request, err error) {
	l.failing.Store(true)
	l.metrics.uncommitted(batch)
	l.o.Logger.Error("append failed", "requests", len(batch), "error", err, "hint", hintOf(err))
	var ours *daybook.Error
	if !errors.As(notNow(err), &ours) {
		ours = &daybook.Error{Code: daybook.CodeUnavailable, Message: "ledger: the store did not take the records", Err: err, Hint: "nothing was half-written; send the records again with the same log_id"}
	}
	for _, r := range batch {
		if r.err == nil {
			r.err = ours
		}
		l.answer(r)
	}
}

func receiptOf(e *daybook.Entry, duplicate bool) daybook.Receipt {
	return daybook.Receipt{
		Kind: e.Kind.Name, ID: e.SubjectID(), LogID: e.LogID(), Seq: e.Seq,
		LogHash: hex.EncodeToString(e.LogHash[:]), LoggedAt: e.LoggedAt(),
		Revision: e.Revision(), Duplicate: duplicate,
	}
}
