package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
)

func lawScan(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	var written []*daybook.Entry
	for i := range 30 {
		for _, k := range daybook.Kinds() {
			written = append(written, mustWrite(t, w, example(k, i))...)
		}
	}
	for _, from := range []int64{0, -1, 1, 128, 300, int64(len(written)) - 1, int64(len(written)), 1 << 40} {
		start := min(max(from, 0), int64(len(written)))
		rows := mustScan(t, s, from)
		if len(rows) != len(written[start:]) {
			t.Fatalf("from %d: %d rows, want %d", from, len(rows), len(written[start:]))
		}
		for i, row := range rows {
			if row.Spine == nil || row.Entry == nil || row.Fault != "" {
				t.Fatalf("from %d: row %d is %+v", from, i, row)
			}
			wantEntry(t, "scan", row.Entry, written[start:][i])
		}
	}
	lawScanStops(t, s, w, len(written))
}

func lawScanStops(t *testing.T, s daybook.Store, w *Writer, size int) {
	n := 0
	err := s.Scan(t.Context(), 0, func(daybook.Row) error {
		if n++; n == 200 {
			return errTest
		}
		return nil
	})
	if err != errTest || n != 200 { //nolint:errorlint // unchanged is the law
		t.Errorf("stopped at 200: %d rows, %v", n, err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic of the scan's function was swallowed")
			}
		}()
		_ = s.Scan(t.Context(), 0, func(daybook.Row) error { panic("scanning") })
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Scan(ctx, 0, func(daybook.Row) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	n = 0
	must(t, s.Scan(t.Context(), 0, func(r daybook.Row) error {
		if n++; n == 1 {
			mustWrite(t, w, example(daybook.MustKind("erasure"), 30))
		}
		return nil
	}))
	if n != size {
		t.Errorf("a scan during which an entry was appended gives %d rows, want the %d of its snapshot", n, size)
	}
	if rows := mustScan(t, s, 0); len(rows) != size+1 {
		t.Errorf("%d rows after it, want %d", len(rows), size+1)
	}
}

// lawConcurrent lets readers look on while a writer writes: each sees the
// ledger as it was after some batch.
func lawConcurrent(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	k := daybook.MustKind("conversations")
	const batches, size = 30, 10
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers sync.WaitGroup
	for _, look := range []func() (int64, error){
		func() (int64, error) { head, err := s.Head(t.Context()); return head.Size, err },
		func() (int64, error) { return countScan(t.Context(), s) },
		func() (int64, error) {
			entries, err := s.Select(t.Context(), daybook.Query{Kind: k})
			return int64(len(entries)), err
		},
		func() (int64, error) {
			rows, err := s.Spine(t.Context(), 0, batches*size)
			return int64(len(rows)), err
		},
	} {
		readers.Go(func() {
			last := int64(0)
			for more := true; more; more = ctx.Err() == nil {
				n, err := look()
				if err != nil || n%size != 0 || n < last {
					t.Errorf("a reader saw %d entries after %d, %v", n, last, err)
					return
				}
				last = n
			}
		})
	}
	for i := range batches {
		mustWrite(t, w, examples(k, i*size, (i+1)*size)...)
	}
	cancel()
	readers.Wait()
}

// countScan counts the rows, which must be gapless and whole.
func countScan(ctx context.Context, s daybook.Store) (n int64, err error) {
	err = s.Scan(ctx, 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Fault != "" || r.Spine.Seq != n || r.Entry.Seq != n {
			return fmt.Errorf("row %d is %+v", n, r)
		}
		n++
		return nil
	})
	return n, err
}

func lawReopen(t *testing.T, at Opener) {
	s, err := at()
	must(t, err)
	w := NewWriter(s)
	var written []*daybook.Entry
	for _, k := range daybook.Kinds() {
		written = append(written, mustWrite(t, w, examples(k, 0, 2)...)...)
	}
	must(t, s.SaveCheckpoint(t.Context(), signer(t)(w.Tree())))
	before := mustHead(t, s)
	must(t, s.Close())
	lawClosed(t, s)

	again := open(t, at)
	if after := mustHead(t, again); !sameHead(before, after) {
		t.Errorf("the head was %+v, is %+v", before, after)
	}
	for i, row := range mustScan(t, again, 0) {
		wantEntry(t, "reopened", row.Entry, written[i])
	}
	w.store = again
	mustWrite(t, w, example(daybook.MustKind("conversations"), 2))
}

// lawClosed holds a closed store to saying so.
func lawClosed(t *testing.T, s daybook.Store) {
	ctx := t.Context()
	_, err := s.Head(ctx)
	wantCode(t, "head", err, daybook.CodeUnavailable)
	_, err = s.Select(ctx, daybook.Query{Kind: daybook.MustKind("conversations")})
	wantCode(t, "select", err, daybook.CodeUnavailable)
	_, err = s.Spine(ctx, 0, 1)
	wantCode(t, "spine", err, daybook.CodeUnavailable)
	_, err = s.FullTile(ctx, 0, 0)
	wantCode(t, "tile", err, daybook.CodeUnavailable)
	wantCode(t, "scan", s.Scan(ctx, 0, func(daybook.Row) error { return nil }), daybook.CodeUnavailable)
	wantCode(t, "checkpoint", s.SaveCheckpoint(ctx, nil), daybook.CodeUnavailable)
	wantCode(t, "append", s.Append(ctx, func(daybook.View) (*daybook.Batch, error) { return nil, nil }), daybook.CodeUnavailable)
	must(t, s.Close()) // a second time
}
