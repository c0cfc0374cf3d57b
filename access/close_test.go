package access

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// slowly is a log that takes its time to write a line.
type slowly struct {
	slog.Handler
	begun chan struct{}
	lines *atomic.Int64 // that are written
}

func (s slowly) Handle(context.Context, slog.Record) error {
	s.begun <- struct{}{}
	time.Sleep(100 * time.Millisecond)
	s.lines.Add(1)
	return nil
}

// What a window that closes by itself has to say is said once Close returns: nobody
// reads the log of a program that has ended.
func TestCloseWaitsForWhatIsBeingSaid(t *testing.T) {
	t.Parallel()
	books, log := &ledger{}, slowly{quiet.Handler(), make(chan struct{}, 100), new(atomic.Int64)}
	books.fail(func(r daybook.Record) error {
		if r.Amend {
			return errFull
		}
		return nil
	})
	l := Around(shelf{}, books, Options{Logger: slog.New(log), Window: 20 * time.Millisecond})
	for len(log.begun) == 0 { // until a window of several reads has closed
		if err := history(l, "silver.x"); err != nil {
			t.Fatal(err)
		}
	}
	books.fail(nil)
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if begun, lines := len(log.begun), log.lines.Load(); int64(begun) != lines {
		t.Errorf("%d lines were begun, and %d are written", begun, lines)
	}
}
