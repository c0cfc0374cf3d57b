package transfer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/transfer"
)

func TestCopyCarriesAllOfIt(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from, to := open(t, fromName, how{}), open(t, toName, how{transfer: true})
		w := fill(t, from, 700)
		var done []int64
		report := carry(t, from, to, transfer.Options{Progress: func(n, _ int64) { done = append(done, n) }})
		if report.Size != 700 || report.Copied != 700 || report.Bodiless != 0 || report.Grown != 0 || report.Already || len(done) != 4 || done[3] != 700 {
			t.Errorf("%+v, %v", report, done)
		}
		wantSame(t, from, to)

		// What came since comes along the next time, and nothing else.
		write(t, w, records(350)...)
		if report := carry(t, from, to, transfer.Options{}); report.Copied != 350 || report.Size != 1050 {
			t.Errorf("%+v", report)
		}
		wantSame(t, from, to)
		if report := carry(t, from, to, transfer.Options{}); report.Copied != 0 || report.Size != 1050 {
			t.Errorf("%+v", report)
		}
		wantSame(t, from, to)
	})
}

func TestAnEmptyLedgerIsCopied(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from, to := open(t, fromName, how{}), open(t, toName, how{transfer: true})
		carry(t, from, to, transfer.Options{Move: true})
		wantSame(t, from, to)
	})
}

// A copy is read, and written by nobody.
func TestACopyIsNotWritten(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from, to := open(t, fromName, how{}), open(t, toName, how{transfer: true})
		w := fill(t, from, 20)
		carry(t, from, to, transfer.Options{})
		_, err := storetest.NewWriter(to).Write(t.Context(), records(1)...)
		wantCode(t, "writing to a copy", err, conflictOr(err))
		must(t, to.Close())
		if s, err := at(toName)(t.Context(), how{}); err == nil || !strings.Contains(err.Error(), "is a copy of a ledger that goes on in A") {
			t.Errorf("a copy was opened to write: %v, %v", s, err)
		}
		copied := open(t, toName, how{readOnly: true})
		wantSame(t, from, copied)
		write(t, w, records(1)...) // the ledger goes on
	})
}

// conflictOr takes either code: whoever has the store open is told to try
// elsewhere, who opens it that it is the wrong one.
func conflictOr(err error) daybook.Code {
	if daybook.CodeOf(err) == daybook.CodeUnavailable {
		return daybook.CodeUnavailable
	}
	return daybook.CodeConflict
}

func TestMoveThereAndBack(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from, to := open(t, fromName, how{transfer: true}), open(t, toName, how{transfer: true})
		w := fill(t, from, 300)
		carry(t, from, to, transfer.Options{})
		write(t, w, records(30)...)
		sign(t, from)
		if report := carry(t, from, to, transfer.Options{Move: true}); report.Copied != 30 || report.Already {
			t.Errorf("%+v", report)
		}
		wantSame(t, from, to)

		// Who has the old store open cannot write it any more, nor who opens it.
		_, err := w.Write(t.Context(), records(1)...)
		wantCode(t, "writing where it was", err, conflictOr(err))
		if err != nil && !strings.Contains(err.Error(), "moved to B") {
			t.Error(err)
		}
		if report := carry(t, from, to, transfer.Options{Move: true}); !report.Already || report.Size != 330 {
			t.Errorf("moving again: %+v", report)
		}
		must(t, from.Close())
		_, err = at(fromName)(t.Context(), how{})
		wantCode(t, "opening where it was", err, daybook.CodeConflict)
		from = open(t, fromName, how{readOnly: true, transfer: true})

		// The ledger goes on in the new one, which anybody opens.
		must(t, to.Close())
		to = open(t, toName, how{})
		there := writerOf(t, to)
		there(50)
		wantCode(t, "copying what is older", copyErr(t, from, to, transfer.Options{}), daybook.CodeConflict)
		must(t, from.Close())

		from = open(t, fromName, how{transfer: true})
		sign(t, to)
		if report := carry(t, to, from, transfer.Options{Move: true}); report.Copied != 50 {
			t.Errorf("%+v", report)
		}
		wantSame(t, from, to)
		must(t, from.Close())
		writerOf(t, open(t, fromName, how{}))(5)
	})
}

// writerOf writes to a store that has entries.
func writerOf(t *testing.T, s daybook.Store) func(n int) {
	return func(n int) {
		t.Helper()
		must(t, appendTo(t.Context(), s, records(n)))
	}
}

func copyErr(t *testing.T, from, to daybook.Movable, o transfer.Options) error {
	t.Helper()
	o.From, o.To, o.Rows = "A", "B", 100
	_, err := transfer.Copy(t.Context(), from, to, o)
	return err
}

func TestTheWrongStoresAreRefused(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from := open(t, fromName, how{})
		fill(t, from, 30)
		another := open(t, toName, how{transfer: true})
		fill(t, another, 20)
		err := copyErr(t, from, another, transfer.Options{})
		wantCode(t, "into another ledger", err, daybook.CodeConflict)
		if err != nil && !strings.Contains(err.Error(), "B holds another ledger") {
			t.Error(err)
		}
		wantSize(t, another, 20)
	})
	t.Run("an unfinished copy of another", func(t *testing.T) {
		t.Parallel()
		a, b, c := open(t, fresh(t), how{}), open(t, fresh(t), how{}), open(t, fresh(t), how{transfer: true})
		fill(t, a, 300)
		fill(t, b, 300)
		stopped(t, a, c, "chunk", 1, transfer.Options{})
		wantCode(t, "", copyErr(t, b, c, transfer.Options{}), daybook.CodeConflict)
		wantCode(t, "from an unfinished copy", copyErr(t, c, open(t, fresh(t), how{transfer: true}), transfer.Options{}), daybook.CodeConflict)
		wantSize(t, c, 256)
	})
	t.Run("a copy is not moved", func(t *testing.T) {
		t.Parallel()
		a, b, c := open(t, fresh(t), how{}), open(t, fresh(t), how{transfer: true}), open(t, fresh(t), how{transfer: true})
		fill(t, a, 30)
		carry(t, a, b, transfer.Options{})
		wantCode(t, "moving a copy", copyErr(t, b, c, transfer.Options{Move: true}), daybook.CodeConflict)
		carry(t, b, c, transfer.Options{}) // but copied
		mark, err := c.Transfer(t.Context())
		must(t, err)
		if mark.State != daybook.TransferCopy || mark.Peer != "A" {
			t.Errorf("%+v", mark)
		}
	})
	t.Run("a ledger moves to one place", func(t *testing.T) {
		t.Parallel()
		a, b, c := open(t, fresh(t), how{transfer: true}), open(t, fresh(t), how{transfer: true}), open(t, fresh(t), how{transfer: true})
		fill(t, a, 30)
		carry(t, a, b, transfer.Options{Move: true})
		wantCode(t, "moving it to another place too", copyErr(t, a, c, transfer.Options{Move: true}), daybook.CodeConflict)
		wantSize(t, c, 0)
	})
	t.Run("two that went different ways", func(t *testing.T) {
		t.Parallel()
		a, b := open(t, fresh(t), how{transfer: true}), open(t, fresh(t), how{transfer: true})
		w := fill(t, a, 300)
		carry(t, a, b, transfer.Options{Move: true})
		must(t, appendTo(t.Context(), b, records(10)))
		// Somebody takes the mark away, and writes on.
		mark, err := a.Transfer(t.Context())
		must(t, err)
		_, err = a.Mark(t.Context(), mark, daybook.Transfer{})
		must(t, err)
		write(t, w, records(20)...)
		err = copyErr(t, a, b, transfer.Options{})
		if err == nil || !strings.Contains(err.Error(), "goes on there by itself") {
			t.Error(err)
		}
		mark, err = b.Transfer(t.Context())
		must(t, err)
		_, err = b.Mark(t.Context(), mark, daybook.Transfer{State: daybook.TransferCopy})
		must(t, err)
		err = copyErr(t, a, b, transfer.Options{})
		if err == nil || !strings.Contains(err.Error(), "are not those that A begins with") {
			t.Error(err)
		}
	})
}

func fresh(t *testing.T) string { return sorts["sqlite"](t) }

func wantSize(t *testing.T, s daybook.Store, size int64) {
	t.Helper()
	head, err := s.Head(t.Context())
	must(t, err)
	if head.Size != size {
		t.Errorf("it has %d entries, not %d", head.Size, size)
	}
}

var errStop = errors.New("stop")

// stopped copies up to the n-th step of a name, and is cancelled there.
func stopped(t *testing.T, from, to daybook.Movable, step string, n int, o transfer.Options) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	o.From, o.To, o.Rows = "A", "B", 100
	o.Step = func(name string) {
		if name == step {
			if n--; n == 0 {
				cancel(errStop)
			}
		}
	}
	if _, err := transfer.Copy(ctx, from, to, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("it was not cancelled: %v", err)
	}
}

// A move that cannot be finished is taken back.
func TestCancel(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, fromName, toName string) {
		from, to := open(t, fromName, how{transfer: true}), open(t, toName, how{transfer: true})
		w := fill(t, from, 250)
		o := transfer.Options{From: "A", To: "B"}
		wantCode(t, "nothing to take back", transfer.Cancel(t.Context(), from, to, o), daybook.CodeConflict)
		stopped(t, from, to, "sealed", 1, transfer.Options{Move: true})
		if _, err := w.Write(t.Context(), records(1)...); err == nil {
			t.Error("written while it moves")
		}
		other := open(t, fresh(t), how{transfer: true})
		wantCode(t, "another target", transfer.Cancel(t.Context(), from, other, o), daybook.CodeConflict)
		must(t, transfer.Cancel(t.Context(), from, to, o))
		write(t, w, records(10)...)
		sign(t, from)
		if err := appendTo(t.Context(), to, records(1)); err == nil {
			t.Error("both are written")
		}
		if report := carry(t, from, to, transfer.Options{Move: true}); report.Copied != 10 {
			t.Errorf("%+v", report)
		}
		wantSame(t, from, to)
		wantCode(t, "taking back what is done", transfer.Cancel(t.Context(), from, to, o), daybook.CodeConflict)
	})
}
