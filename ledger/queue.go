package ledger

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/daybook-audit/daybook"
)

// The bounds of the queue where Options set none.
const (
	DefaultQueueRecords = 50_000
	DefaultQueueBytes   = 256 << 20
	DefaultQueueWait    = time.Second
)

// queue bounds what has been handed in and is not answered yet, in records and
// in bytes of memory. Who finds it full waits in line for a moment, and is
// refused then; as much again may stand in line.
type queue struct {
	records, bytes   *semaphore.Weighted
	mostRecords      int64
	mostBytes        int64
	wait             time.Duration
	now              func() time.Time
	closing          context.Context // ends when nobody may enter any more
	held, heldBytes  atomic.Int64    // by the requests inside
	waiting          atomic.Int64    // records of the requests in line
	fullSince        atomic.Int64    // Unix nanoseconds; 0 where it is not full
	refusedAsItsFull func()
}

func newQueue(closing context.Context, o *Options, refused func()) *queue {
	return &queue{
		records: semaphore.NewWeighted(int64(o.QueueRecords)), mostRecords: int64(o.QueueRecords),
		bytes: semaphore.NewWeighted(o.QueueBytes), mostBytes: o.QueueBytes,
		wait: o.QueueWait, now: o.Now, closing: closing, refusedAsItsFull: refused,
	}
}

// enter takes the request's place. A request that is larger than the whole
// queue takes all of it, so that it fits when nothing else is there.
func (q *queue) enter(ctx context.Context, r *request) error {
	r.weight = min(int64(r.count()), q.mostRecords)
	r.bytes = min(sizeOf(r.records), q.mostBytes)
	if !q.tryEnter(r) {
		q.fullSince.CompareAndSwap(0, q.now().UnixNano())
		if err := q.line(ctx, r); err != nil {
			return err
		}
	}
	q.held.Add(r.weight)
	q.heldBytes.Add(r.bytes)
	r.handedIn = time.Now()
	return nil
}

func (q *queue) tryEnter(r *request) bool {
	if !q.records.TryAcquire(r.weight) {
		return false
	}
	if !q.bytes.TryAcquire(r.bytes) {
		q.records.Release(r.weight)
		return false
	}
	return true
}

// line waits for a place, first come, first served.
func (q *queue) line(ctx context.Context, r *request) error {
	defer q.waiting.Add(-r.weight)
	if q.waiting.Add(r.weight) > q.mostRecords || q.wait <= 0 {
		return q.refuse(nil)
	}
	waiting, cancel := context.WithTimeout(ctx, q.wait)
	defer cancel()
	defer context.AfterFunc(q.closing, cancel)()
	if err := q.records.Acquire(waiting, r.weight); err != nil {
		return q.refuse(ctx.Err())
	}
	if err := q.bytes.Acquire(waiting, r.bytes); err != nil {
		q.records.Release(r.weight)
		return q.refuse(ctx.Err())
	}
	return nil
}

func (q *queue) refuse(cause error) error {
	if q.closing.Err() != nil {
		return errClosed
	}
	q.refusedAsItsFull()
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "ledger: too many records wait to be written", Err: cause,
		Hint: "nothing of this was recorded; send it again in a moment, with the same log_id",
	}
}

// leave gives the request's place back.
func (q *queue) leave(r *request) {
	q.records.Release(r.weight)
	q.bytes.Release(r.bytes)
	records, bytes := q.held.Add(-r.weight), q.heldBytes.Add(-r.bytes)
	if records <= q.mostRecords/2 && bytes <= q.mostBytes/2 {
		q.fullSince.Store(0)
	}
}

// fullFor says how long somebody has always found the queue full; 0 where it
// is not.
func (q *queue) fullFor() time.Duration {
	since := q.fullSince.Load()
	if since == 0 {
		return 0
	}
	return max(q.now().Sub(time.Unix(0, since)), time.Nanosecond)
}

// valueBytes is what a value takes in memory besides its text.
const valueBytes = 32

// sizeOf estimates the memory of records, in bytes.
func sizeOf(records []daybook.Record) int64 {
	var n int
	for i := range records {
		n += valueBytes * len(records[i].Values)
		for j := range records[i].Values {
			n += len(records[i].Values[j].Text())
		}
		n += int(sizeOf(records[i].Derived))
	}
	return int64(n)
}

// QueueFullFor says how long writers have found the queue full; 0 where it is
// not. A ledger under load is slow, but takes writes.
func (l *Ledger) QueueFullFor() time.Duration { return l.queue.fullFor() }

var errClosed = &daybook.Error{Code: daybook.CodeUnavailable, Message: "ledger: closed", Hint: "send the records again when the server is back"}

// handIn puts a request into the queue. It is refused, and nothing of it
// recorded, where the queue stays full, ctx ends or the ledger closes first.
func (l *Ledger) handIn(ctx context.Context, r *request) error {
	if err := l.queue.enter(ctx, r); err != nil {
		return err
	}
	l.closing.RLock()
	defer l.closing.RUnlock()
	if l.closed {
		l.queue.leave(r)
		return errClosed
	}
	l.requests <- r // there is room for as many as the queue lets in
	return nil
}

// answer ends a request: its place in the queue is free, and its writer hears.
func (l *Ledger) answer(r *request) {
	l.queue.leave(r)
	close(r.done)
}
