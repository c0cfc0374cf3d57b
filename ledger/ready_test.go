package ledger_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// full is a store on a disk that is full: it has no room for a batch, though
// it has for a checkpoint.
type full struct {
	*storetest.Model
	is atomic.Bool
}

func (f *full) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	if f.is.Load() {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full"}
	}
	return f.Model.Append(ctx, sequence)
}

func (f *full) Room(context.Context, int64) error {
	if f.is.Load() {
		return &daybook.Error{Code: daybook.CodeUnavailable, Message: "no room"}
	}
	return nil
}

// TestNotReadyWithoutRoom: that the store takes a checkpoint does not make it
// ready for a batch.
func TestNotReadyWithoutRoom(t *testing.T) {
	t.Parallel()
	store := &full{Model: storetest.NewModel()}
	l, err := ledger.Open(t.Context(), store, ledger.Options{Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	defer l.Close(context.Background())
	store.is.Store(true)
	if _, err := l.Record(t.Context(), daybook.Local, thoughts("full", 1)); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Fatalf("got %v", err)
	}
	for range 2 {
		if err := l.Ready(t.Context()); daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("ready on a full disk: %v", err)
		}
	}
	store.is.Store(false)
	must(t, l.Ready(t.Context()))
}
