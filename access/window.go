package access

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
)

// A window is an entry that something is still to be added to: the count of
// the reads that share it, or the end of a stream.
type window struct {
	id     string // the access_id
	by     daybook.Principal
	closes time.Time
	key    key
	ready  chan struct{} // closed once the entry is written, or will not be
	failed bool          // it was not written; set before ready is closed
	count  int64         // the reads that share the entry
	end    *daybook.Record
	logID  string // the amendment's; the same however often it is tried
}

// Note logs an access that did not go by the Reader, such as verifying or a
// search of a door's own. It returns once the entry is in the ledger;
// identical accesses share one. An outcome that is not given is ok.
func (l *Log) Note(ctx context.Context, p daybook.Principal, a Access) error {
	if a.Started.IsZero() {
		a.Started = l.now()
	}
	if a.Outcome == "" {
		a.Outcome = OutcomeOK
	}
	err := l.note(ctx, p, a)
	l.metrics.read(&a, err)
	return err
}

func (l *Log) note(ctx context.Context, p daybook.Principal, a Access) error {
	k := a.key(p)
	for {
		w, first := l.join(k, p)
		switch {
		case w == nil:
			return l.write(ctx, p, a, newID())
		case first:
			err := l.write(ctx, p, a, w.id)
			l.opened(ctx, w, err != nil)
			return err
		}
		select {
		case <-w.ready:
			if !w.failed {
				return nil
			}
		case <-ctx.Done():
			return unavailable(ctx.Err())
		}
	}
}

// join counts a read with those that it is identical to. For the first of them
// it opens a window, whose entry the caller must write. It gives nil where
// there can be no window.
func (l *Log) join(k key, p daybook.Principal) (w *window, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if w := l.shared[k]; w != nil && now.Before(w.closes) {
		w.count++
		return w, false
	}
	if l.closed || l.held >= MaxWindows {
		return nil, false
	}
	w = &window{id: newID(), by: account(p), closes: now.Add(l.window), key: k, ready: make(chan struct{}), count: 1}
	l.shared[k] = w
	l.held++
	return w, true
}

// opened lets those go on who wait for the entry of a window. Where the log
// was closed meanwhile, nobody else will write their count.
func (l *Log) opened(ctx context.Context, w *window, failed bool) {
	l.mu.Lock()
	w.failed = failed
	close(w.ready)
	if failed {
		l.leave(w)
		l.held--
	} else {
		l.await(w)
	}
	late := l.closed && !failed
	l.mu.Unlock()
	if !late {
		return
	}
	ctx, cancel := persist(ctx)
	defer cancel()
	if err := l.flush(ctx); err != nil {
		l.logger.Warn("access: counts of reads were not written", "error", err)
	}
}

// leave ends the sharing of a window's entry.
func (l *Log) leave(w *window) {
	if l.shared[w.key] == w {
		delete(l.shared, w.key)
	}
}

// await has a window written when it closes.
func (l *Log) await(w *window) {
	l.pending = append(l.pending, w)
	l.arm()
}

// arm sets the timer for the window that closes first.
func (l *Log) arm() {
	if l.closed || len(l.pending) == 0 || l.timer != nil {
		return
	}
	wait := max(l.pending[0].closes.Sub(l.now()), time.Millisecond)
	l.timer = time.AfterFunc(wait, l.settleDue)
}

// settleDue writes what is due, and has said what came of it when Close returns.
func (l *Log) settleDue() {
	ctx, cancel := persist(context.Background())
	defer cancel()
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if err := l.settleAll(ctx, false); err != nil {
		l.logger.Warn("access: counts of reads wait to be written", "error", err)
	}
}

// flush writes the amendments of all windows.
func (l *Log) flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	return l.settleAll(ctx, true)
}

// settleAll writes the amendments of the windows that have closed, or of all.
// Those that cannot be written now stay for the next time.
func (l *Log) settleAll(ctx context.Context, all bool) error {
	var left []*window
	var failures []error
	for by, group := range byWriter(l.take(all)) {
		waiting, err := l.settle(ctx, by, group)
		left, failures = append(left, waiting...), append(failures, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range left {
		w.closes = l.now().Add(l.window)
		l.pending = append(l.pending, w)
		l.held++
	}
	l.timer = nil
	l.arm()
	return errors.Join(failures...)
}

// settle writes the amendments of one writer and gives those that are to be
// tried again. One that the ledger refuses, such as of an entry that was
// erased meanwhile, is refused for good, and must not hold up the others.
func (l *Log) settle(ctx context.Context, by daybook.Principal, group []*window) ([]*window, error) {
	err := l.amend(ctx, by, group)
	if err == nil {
		return nil, nil
	}
	if !refused(err) {
		return group, err
	}
	if len(group) == 1 {
		l.logger.Error("access: the count of reads was refused", "access_id", group[0].id, "read_count", group[0].count, "error", err)
		return nil, nil
	}
	var left []*window
	var failures []error
	for i := range group {
		waiting, err := l.settle(ctx, by, group[i:i+1])
		left, failures = append(left, waiting...), append(failures, err)
	}
	return left, errors.Join(failures...)
}

// refused says that trying again cannot help.
func refused(err error) bool {
	switch daybook.CodeOf(err) {
	case daybook.CodeUnavailable, daybook.CodeInternal, daybook.CodeDamaged:
		return false
	}
	return true
}

// take takes out the windows that have closed, and gives those that have
// something to be written. Nobody joins them any more.
func (l *Log) take(all bool) []*window {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, n := l.now(), 0
	var closed []*window
	for n < len(l.pending) && (all || !now.Before(l.pending[n].closes)) {
		w := l.pending[n]
		l.leave(w)
		if w.count > 1 || w.end != nil {
			closed = append(closed, w)
		}
		n++
	}
	l.pending = slices.Clone(l.pending[n:])
	l.held -= n
	return closed
}

// batch bounds how many amendments are written at once.
const batch = 500

// byWriter groups windows by who they are written for, in batches.
func byWriter(windows []*window) iter.Seq2[daybook.Principal, []*window] {
	groups := map[daybook.Principal][]*window{}
	for _, w := range windows {
		groups[w.by] = append(groups[w.by], w)
	}
	return func(yield func(daybook.Principal, []*window) bool) {
		for by, group := range groups {
			for part := range slices.Chunk(group, batch) {
				if !yield(by, part) {
					return
				}
			}
		}
	}
}

func (l *Log) amend(ctx context.Context, by daybook.Principal, windows []*window) error {
	records := make([]daybook.Record, len(windows))
	for i, w := range windows {
		records[i] = w.amendment()
	}
	_, err := l.recorder.Record(ctx, by, records)
	return err
}

// amendment adds to the entry what has come since it was written.
func (w *window) amendment() daybook.Record {
	if w.logID == "" {
		w.logID = newID()
	}
	r := daybook.NewRecord(auditKind)
	if w.end != nil {
		r = *w.end
	}
	r.Amend = true
	r.SetLogID(w.logID)
	r.Set("access_id", daybook.TextValue(w.id))
	if w.count > 1 {
		r.Set("read_count", daybook.IntValue(w.count))
	}
	return r
}

// write puts the first entry of an access into the ledger.
func (l *Log) write(ctx context.Context, p daybook.Principal, a Access, id string) error {
	r, err := a.record(p, id, l.now())
	if err == nil {
		ctx, cancel := persist(ctx)
		defer cancel()
		_, err = l.recorder.Record(ctx, writer(p), []daybook.Record{r})
	}
	if err != nil {
		return unavailable(err)
	}
	return nil
}
