package inbox_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// box is an inbox in memory, with a lease where it is shared.
type box struct {
	mu      sync.Mutex
	next    int64
	waits   []daybook.Letter
	refused []daybook.RefusedLetter
	written chan struct{}
	failing error // what Settle answers
}

func newBox() *box { return &box{written: make(chan struct{}, 1)} }

// at is when letters are written.
var at = time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)

func (b *box) put(writer, kind, record string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	b.waits = append(b.waits, daybook.Letter{Place: b.next, Kind: kind, Record: fmt.Appendf(nil, record, args...), Writer: writer, WrittenAt: at})
	select {
	case b.written <- struct{}{}:
	default:
	}
}

func (b *box) Letters(_ context.Context, most int) ([]daybook.Letter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.waits[:min(most, len(b.waits))]), nil
}

func (b *box) Settle(_ context.Context, taken []daybook.Letter, refused []daybook.RefusedLetter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.failing; err != nil {
		b.failing = nil
		return err
	}
	b.refused = append(b.refused, refused...)
	for i := range refused {
		taken = append(slices.Clip(taken), refused[i].Letter)
	}
	b.waits = slices.DeleteFunc(b.waits, func(l daybook.Letter) bool {
		return slices.ContainsFunc(taken, func(t daybook.Letter) bool { return t.Place == l.Place })
	})
	return nil
}

func (b *box) Await(ctx context.Context) error {
	select {
	case <-b.written:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (b *box) Waiting(context.Context) (daybook.Waiting, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := daybook.Waiting{Letters: int64(len(b.waits)), Refused: int64(len(b.refused))}
	if len(b.waits) > 0 {
		w.Since = b.waits[0].WrittenAt
	}
	return w, nil
}

func (b *box) rejects() []daybook.RefusedLetter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(slices.Values(b.refused), func(x, y daybook.RefusedLetter) int { return cmp.Compare(x.Place, y.Place) })
}
