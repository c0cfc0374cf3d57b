package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/ledger"
)

// TestKilledAtRandom kills the server under load, at random moments, on one
// ledger that outlives all of it. DAYBOOK_KILLS says how often.
func TestKilledAtRandom(t *testing.T) {
	onEach(t, func(t *testing.T, fresh func(*testing.T) *state) { killAtRandom(t, fresh(t)) })
}

func killAtRandom(t *testing.T, s *state) {
	t.Helper()
	n := 5
	if testing.Short() {
		n = 2
	}
	if kills() > 0 {
		n = kills()
	}
	writers := writersOf(t, s)
	var size, down int64
	var slowest time.Duration
	for range n {
		begun := time.Now()
		p := s.start(t)
		slowest = max(slowest, time.Since(begun))
		var wg sync.WaitGroup
		for _, w := range writers {
			wg.Go(func() { w.run(t.Context(), p.url) })
		}
		time.Sleep(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		p.kill()
		wg.Wait()
		down += int64(len(unanswered(writers)))
		size = s.glance(t, size)
	}
	s.check(t, 0, unanswered(writers)...)
	var sent, cut int
	for _, w := range writers {
		sent, cut = sent+w.sent, cut+w.cut
	}
	t.Logf("%d kills; %d writes sent, %d of them cut off by the kill and %d by the client; %d receipts of %d entries, all kept; slowest start %v",
		n, sent, down, cut, len(s.byLogID), s.look(t, true, nil), slowest)
}

// writer makes up writes of a plot and sends them. One that was not answered is
// sent again, to whichever server is there next.
type writer struct {
	t     *testing.T
	state *state
	plot  *plot
	tell  func(*plot, int) []*write
	round int
	queue []*write
	sent  int
	cut   int
}

func writersOf(t *testing.T, s *state) []*writer {
	t.Helper()
	var list []*writer
	for i := range 2 {
		for _, name := range slices.Sorted(maps.Keys(plots)) {
			list = append(list, &writer{t: t, state: s, plot: &plot{t: t, name: fmt.Sprint(name, i)}, tell: plots[name]})
		}
	}
	return list
}

func unanswered(writers []*writer) []*write {
	var open []*write
	for _, w := range writers {
		if len(w.queue) > 0 && w.queue[0].sent {
			open = append(open, w.queue[0])
		}
	}
	return open
}

// run writes until the server is gone, or ctx ends. Now and then it hangs up before the
// answer, as a client does whose connection is cut, and sends the same again.
func (w *writer) run(ctx context.Context, url string) {
	remote, err := client.NewRemote(url, client.Options{MaxElapsed: -1})
	if err != nil {
		w.t.Error(err)
		return
	}
	for ctx.Err() == nil {
		if len(w.queue) == 0 {
			w.queue = w.tell(w.plot, w.round)
			w.round++
		}
		next := w.queue[0]
		next.sent = true
		w.sent++
		if rand.IntN(8) == 0 {
			w.cut++
			hasty, cancel := context.WithTimeout(ctx, time.Duration(rand.IntN(5_000))*time.Microsecond)
			_, _ = remote.Record(hasty, daybook.Principal{}, next.records) // whatever became of it, the next attempt tells
			cancel()
		}
		receipts, err := remote.Record(ctx, daybook.Principal{}, next.records)
		if daybook.CodeOf(err) == daybook.CodeUnavailable || ctx.Err() != nil {
			return
		}
		if err != nil {
			w.t.Errorf("refused: %v", err)
			return
		}
		w.state.acknowledge(w.t, next, receipts)
		w.queue = w.queue[1:]
	}
}

// glance is a cheap look at what a kill has left: the entries from a seq on
// are those of the receipts, and the tree, the checkpoint and the anchor agree.
// It gives the size.
func (s *state) glance(t *testing.T, from int64) int64 {
	t.Helper()
	store, public, anchor := s.read(t)
	defer store.Close()
	standing, err := ledger.Stand(t.Context(), store, public, anchor)
	if err == nil {
		err = standing.Err()
	}
	if err != nil {
		t.Fatal(err)
	}
	size := standing.Head.Size
	rows, err := store.Spine(t.Context(), from, size)
	if err != nil || int64(len(rows)) != size-from {
		t.Fatalf("%d rows from %d to %d, %v", len(rows), from, size, err)
	}
	for logID, seq := range s.byLogID {
		if seq >= from && (seq >= size || rows[seq-from].LogID != logID) {
			t.Errorf("the receipt of %s, seq %d, is not kept", logID, seq)
		}
	}
	return size
}

// TestManyWritersSendTwice: 8 writers with 1,000 entries each, every batch
// sent twice, are 8,000 entries without a gap.
func TestManyWritersSendTwice(t *testing.T) {
	onEach(t, func(t *testing.T, fresh func(*testing.T) *state) { manySendTwice(t, fresh(t)) })
}

func manySendTwice(t *testing.T, s *state) {
	t.Helper()
	p := s.start(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { sendTwice(t, s, p.url, fmt.Sprint("writer-", i)) })
	}
	wg.Wait()
	if err := p.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if size := s.check(t, 0); size != 8000 {
		t.Errorf("%d entries; want 8000", size)
	}
}

func sendTwice(t *testing.T, s *state, url, name string) {
	t.Helper()
	remote, err := client.NewRemote(url, client.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	told := &plot{t: t, name: name}
	for range 50 {
		w := told.thoughts(20)
		var first []daybook.Receipt
		for again := range 2 {
			receipts, err := remote.Record(t.Context(), daybook.Principal{}, w.records)
			if err != nil {
				t.Error(err)
				return
			}
			for _, r := range receipts {
				if r.Duplicate != (again == 1) {
					t.Errorf("sent %d times: duplicate is %v", again+1, r.Duplicate)
				}
			}
			if again == 0 {
				first = receipts
			}
		}
		s.acknowledge(t, w, first)
	}
}
