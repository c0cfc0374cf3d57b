package scan_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/lineage"
	"github.com/daybook-audit/daybook/scan"
	"github.com/daybook-audit/daybook/storetest"
)

// A book is a ledger in memory that scans write to.
type book struct {
	t      *testing.T
	store  daybook.Store
	in     daybook.Recorder
	reader daybook.Reader
}

func newBook(t *testing.T) *book {
	t.Helper()
	return bookOn(t, storetest.NewModel())
}

func bookOn(t *testing.T, store daybook.Store) *book {
	t.Helper()
	l, err := ledger.Open(t.Context(), store, ledger.Options{SignEvery: time.Hour, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &book{t: t, store: store, in: intake.New(l, intake.Limits{}), reader: lineage.NewReader(store, nil)}
}

// run writes what a plan says that the book does not.
func (b *book) run(p *scan.Plan) *scan.Report {
	b.t.Helper()
	r, err := scan.Run(b.t.Context(), p, scan.Options{Recorder: b.in, Reader: b.reader, Principal: daybook.Local})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// size is how many entries there are.
func (b *book) size() int64 {
	b.t.Helper()
	head, err := b.store.Head(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return head.Size
}

// log writes the structs of kinds.
func (b *book) log(structs ...any) {
	b.t.Helper()
	var records []daybook.Record
	for _, v := range structs {
		r, err := daybook.RecordOf(v)
		if err != nil {
			b.t.Fatal(err)
		}
		records = append(records, r)
	}
	if _, err := b.in.Record(b.t.Context(), daybook.Local, records); err != nil {
		b.t.Fatal(err)
	}
}

// list gives the current states of a kind that the filters find.
func list[T any](b *book, filters ...daybook.Filter) []T {
	b.t.Helper()
	var kind T
	r, err := daybook.RecordOf(kind)
	if err != nil {
		b.t.Fatal(err)
	}
	var found []T
	q := daybook.Query{Kind: r.Kind, Filters: filters, Limit: 1000}
	for {
		page, err := b.reader.List(b.t.Context(), daybook.Local, q)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range page.Entries {
			one, err := daybook.As[T](e)
			if err != nil {
				b.t.Fatal(err)
			}
			found = append(found, one)
		}
		if page.Next == "" {
			return found
		}
		if err := q.GoOn(page.Next); err != nil {
			b.t.Fatal(err)
		}
	}
}

// current gives what of a kind is current.
func current[T any](b *book, filters ...daybook.Filter) []T {
	return list[T](b, append(filters, daybook.Filter{Column: "is_current", Op: daybook.OpIn, Values: []daybook.Value{daybook.BoolValue(true)}})...)
}
