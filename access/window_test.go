package access

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
)

func TestIdenticalReadsShareAnEntry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{}
		l := Around(shelf{rows: 3}, books, Options{Logger: quiet})
		for range 24 { // two minutes, every five seconds
			if err := history(l, "silver.x"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
		}
		synctest.Wait()
		var counts []string
		for _, a := range books.entries(t) {
			counts = append(counts, count(a.ReadCount))
		}
		if fmt.Sprint(counts) != "[12 12]" {
			t.Errorf("read_count %v, want twelve and twelve", counts)
		}
		if books.calls != 4 {
			t.Errorf("%d writes, want two entries and two amendments", books.calls)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestOnlyIdenticalReadsShare(t *testing.T) {
	t.Parallel()
	books := &ledger{}
	l := closing(t, Around(shelf{rows: 3}, books, Options{Logger: quiet}))
	note := func(p daybook.Principal, a Access) {
		t.Helper()
		for range 2 {
			if err := l.Note(t.Context(), p, a); err != nil {
				t.Fatal(err)
			}
		}
	}
	base := Access{Action: ActionRead, Target: "a", Query: "b", Parameters: []byte(`{"c": 1}`)}
	note(auditor, base)
	for i, change := range []func(p *daybook.Principal, a *Access){
		func(p *daybook.Principal, _ *Access) { p.Name = "bob" },
		func(p *daybook.Principal, _ *Access) { p.Role = daybook.RoleReader },
		func(p *daybook.Principal, _ *Access) { p.Business = "acme" },
		func(p *daybook.Principal, _ *Access) { p.Address = "10.0.0.8" },
		func(_ *daybook.Principal, a *Access) { a.Action = ActionSearch },
		func(_ *daybook.Principal, a *Access) { a.Target = "ab"; a.Query = "" }, // the same letters in a row
		func(_ *daybook.Principal, a *Access) { a.Query = "c" },
		func(_ *daybook.Principal, a *Access) { a.Parameters = []byte(`{"c": 2}`) },
		func(_ *daybook.Principal, a *Access) { a.Outcome = OutcomeError },
	} {
		p, a := auditor, base
		change(&p, &a)
		note(p, a)
		if got := len(books.entries(t)); got != i+2 {
			t.Errorf("change %d: %d entries, want %d", i, got, i+2)
		}
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range books.entries(t) {
		if count(a.ReadCount) != "2" {
			t.Errorf("%+v was read %s times, want 2", a, count(a.ReadCount))
		}
	}
}

func TestAReadAloneNeedsNoAmendment(t *testing.T) {
	t.Parallel()
	books := &ledger{}
	l := Around(shelf{}, books, Options{Logger: quiet})
	if err := history(l, "x"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if books.calls != 1 {
		t.Errorf("%d writes, want one", books.calls)
	}
	// After closing, each read has an entry of its own.
	for range 2 {
		if err := history(l, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(books.entries(t)); got != 3 {
		t.Errorf("%d entries, want 3", got)
	}
}

// Those who ask the same at once all wait until the one entry is in the ledger.
func TestNobodyOvertakesTheEntry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		books := &ledger{enter: func() { <-release }}
		l := Around(shelf{rows: 1}, books, Options{Logger: quiet})
		var answered sync.WaitGroup
		var mu sync.Mutex
		early := 0
		for range 10 {
			answered.Go(func() {
				err := history(l, "x")
				mu.Lock()
				defer mu.Unlock()
				select {
				case <-release:
				default:
					early++
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if early != 0 {
			t.Errorf("%d answers before the entry was written", early)
		}
		close(release)
		answered.Wait()
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := books.only(t); count(got.ReadCount) != "10" {
			t.Errorf("read %s times, want 10", count(got.ReadCount))
		}
	})
}

// When the entry of the first fails, the next one tries itself.
func TestAFailedEntryFailsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{enter: func() { time.Sleep(time.Second) }}
		failures := 1
		books.refuse = func(daybook.Record) error {
			if failures == 0 {
				return nil
			}
			failures--
			return errFull
		}
		l := Around(shelf{}, books, Options{Logger: quiet})
		errs := make(chan error, 5)
		for range 5 {
			go func() { errs <- history(l, "x") }()
		}
		failed := 0
		for range 5 {
			if err := <-errs; err != nil {
				wantCode(t, err, daybook.CodeUnavailable)
				failed++
			}
		}
		if failed != 1 {
			t.Errorf("%d reads failed, want one", failed)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := books.only(t); count(got.ReadCount) != "4" {
			t.Errorf("read %s times, want 4", count(got.ReadCount))
		}
	})
}

func TestAWaitingReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		books := &ledger{enter: func() { <-release }}
		l := Around(shelf{}, books, Options{Logger: quiet})
		first := make(chan error)
		go func() { first <- history(l, "x") }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := l.History(ctx, auditor, daybook.HistoryQuery{Table: "x"})
		wantCode(t, err, daybook.CodeUnavailable)
		close(release)
		if err := <-first; err != nil {
			t.Error(err)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestCountsWaitWhileTheLedgerIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		books := &ledger{}
		l := Around(shelf{}, books, Options{Logger: quiet})
		for range 3 {
			if err := history(l, "x"); err != nil {
				t.Fatal(err)
			}
		}
		books.fail(always(errFull))
		time.Sleep(150 * time.Second) // two attempts fail
		if err := l.Close(t.Context()); err == nil {
			t.Error("closing lost a count without an error")
		}
		books.fail(nil)
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := books.only(t); count(got.ReadCount) != "3" {
			t.Errorf("read %s times, want 3", count(got.ReadCount))
		}
		seen := map[string]bool{}
		for _, r := range books.records {
			if r.Amend {
				seen[r.LogID()] = true
			}
		}
		if len(seen) != 1 {
			t.Errorf("amendments with log_ids %v, want one", seen)
		}
	})
}

// An entry that was erased meanwhile takes no count; the others get theirs.
func TestARefusedCountHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	books := &ledger{}
	l := Around(shelf{}, books, Options{Logger: quiet})
	for range 2 {
		for _, table := range []string{"a", "b", "c"} {
			if err := history(l, table); err != nil {
				t.Fatal(err)
			}
		}
	}
	erased := books.entries(t)[1].AccessID
	books.fail(func(r daybook.Record) error {
		if r.SubjectID() == erased {
			return &daybook.Error{Code: daybook.CodeNotFound, Message: "erased"}
		}
		return nil
	})
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var counts []string
	for _, a := range books.entries(t) {
		counts = append(counts, count(a.ReadCount))
	}
	if fmt.Sprint(counts) != "[2 1 2]" {
		t.Errorf("counts %v", counts)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	books := &ledger{}
	l := Around(shelf{}, books, Options{Logger: quiet})
	const more = 100
	for range 2 {
		for i := range MaxWindows + more {
			if err := history(l, fmt.Sprint("t", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	l.mu.Lock()
	if len(l.shared) > MaxWindows || len(l.pending) > MaxWindows || l.held != MaxWindows {
		t.Errorf("%d shared, %d pending, %d held", len(l.shared), len(l.pending), l.held)
	}
	l.mu.Unlock()
	// Those that found no room have an entry for each read.
	if got := len(books.entries(t)); got != MaxWindows+2*more {
		t.Errorf("%d entries, want %d", got, MaxWindows+2*more)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l.held != 0 || len(l.shared) != 0 || len(l.pending) != 0 {
		t.Errorf("%d held, %d shared, %d pending after closing", l.held, len(l.shared), len(l.pending))
	}
	reads := int64(0)
	for _, a := range books.entries(t) {
		reads += *a.ReadCount
	}
	if reads != 2*(MaxWindows+more) {
		t.Errorf("%d reads logged, want %d", reads, 2*(MaxWindows+more))
	}
}

// Many readers, windows that close under them, and a ledger that fails now and
// then: whatever was answered is counted, once.
func TestEveryAnswerIsCounted(t *testing.T) {
	t.Parallel()
	books := &ledger{enter: func() { time.Sleep(3 * time.Millisecond) }}
	n := 0
	books.refuse = func(daybook.Record) error {
		if n++; n%7 == 0 {
			return errFull
		}
		return nil
	}
	l := Around(shelf{}, books, Options{Logger: quiet, Window: 20 * time.Millisecond})
	var readers sync.WaitGroup
	var mu sync.Mutex
	answered := int64(0)
	for i := range 20 {
		readers.Go(func() {
			for j := range 50 {
				if history(l, fmt.Sprint("t", (i+j)%3)) == nil {
					mu.Lock()
					answered++
					mu.Unlock()
				}
				time.Sleep(time.Duration(1+(i*j)%5) * time.Millisecond)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	_ = l.Close(t.Context()) // in the midst of it
	readers.Wait()
	books.fail(nil)
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	logged := int64(0)
	for _, a := range books.entries(t) {
		logged += *a.ReadCount
	}
	if logged != answered {
		t.Errorf("%d reads logged, %d answered", logged, answered)
	}
}

func BenchmarkIdenticalRead(b *testing.B) {
	l := Around(shelf{rows: 3}, &ledger{}, Options{Logger: quiet})
	b.ReportAllocs()
	for b.Loop() {
		if err := history(l, "silver.observation"); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
