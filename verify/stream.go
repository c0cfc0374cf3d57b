package verify

import (
	"context"
	"math"
	"runtime"

	"github.com/daybook-audit/daybook"
)

// batchRows is how many rows are judged at a time: enough that handing them
// over costs nothing beside hashing them.
const batchRows = 256

// batch is rows on their way from the scan to the pass.
type batch struct {
	rows   []daybook.Row
	judged []judged
	done   chan struct{}
}

func newBatch() *batch {
	return &batch{rows: make([]daybook.Row, 0, batchRows), done: make(chan struct{})}
}

func (b *batch) judge() {
	b.judged = make([]judged, len(b.rows))
	buf := make([]byte, 0, 4096)
	for i := range b.rows {
		b.judged[i], buf = judge(&b.rows[i], buf)
	}
	b.rows = nil
	close(b.done)
}

// stream scans all rows, judges them on all cores and hands them to take in
// the order of the scan. A few batches are under way at a time, so memory is
// bounded.
func stream(ctx context.Context, source Source, take func([]judged) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan *batch, runtime.GOMAXPROCS(0)+1)
	taken := make(chan error, 1)
	go func() {
		var failed error
		for b := range queue {
			<-b.done
			if failed != nil {
				continue
			}
			if failed = take(b.judged); failed != nil {
				cancel(failed)
			}
		}
		taken <- failed
	}()
	err := feed(ctx, source, queue)
	close(queue)
	if failed := <-taken; failed != nil {
		return failed
	}
	return err
}

// feed begins at the least seq there is: a body put in at a negative one would
// show in every view.
func feed(ctx context.Context, source Source, queue chan<- *batch) error {
	b := newBatch()
	err := source.Scan(ctx, math.MinInt64, func(r daybook.Row) error {
		b.rows = append(b.rows, r)
		if len(b.rows) == batchRows {
			go b.judge()
			queue <- b
			b = newBatch()
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	go b.judge()
	queue <- b
	return nil
}
