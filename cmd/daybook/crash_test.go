package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

// points are the steps of a write, in their order: a crash behind each of them
// must leave what the next opening goes on from.
var points = []string{"rows", "spine", "tiles", "commit", "sign", "anchor", "publish"}

// TestCrashAtEveryPoint kills the server itself behind every step of a write,
// for every sort of write: some the first time that a step comes by, some
// later, and with DAYBOOK_KILLS each at several times. One ledger outlives all
// the crashes of a sort.
func TestCrashAtEveryPoint(t *testing.T) { onEach(t, crashAtEveryPoint) }

func crashAtEveryPoint(t *testing.T, fresh func(*testing.T) *state) {
	t.Helper()
	for sort, name := range slices.Sorted(maps.Keys(plots)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fresh(t)
			s.check(t, 0) // the ledger is made, so that the first commit is a write
			crashes := 0
			for i, point := range points {
				if testing.Short() && (i+sort)%2 == 0 {
					continue
				}
				for _, n := range occurrences(i + sort) {
					s.crash(t, fmt.Sprintf("%s:%d", point, n), name)
					crashes++
				}
			}
			t.Logf("%d crashes, %d entries", crashes, s.check(t, 0))
		})
	}
}

// TestCrashWithBatchesInFlight kills the server behind the steps of a commit
// while several clients send batches, so that the next is sequenced already on
// top of one that did or did not come to be.
func TestCrashWithBatchesInFlight(t *testing.T) {
	onEach(t, func(t *testing.T, fresh func(*testing.T) *state) { crashInFlight(t, fresh(t)) })
}

func crashInFlight(t *testing.T, s *state) {
	t.Helper()
	var writers []*writer
	for i := range 4 {
		writers = append(writers, &writer{t: t, state: s, plot: &plot{t: t, name: fmt.Sprint("flight", i)}, tell: plots["tiles"]})
	}
	var size int64
	for i, point := range []string{"rows", "spine", "tiles", "commit"} {
		for _, n := range occurrences(i) {
			p, err := s.try(t, fmt.Sprintf("%s=%s:%d", dieAt, point, n+2))
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for _, w := range writers {
				all.Go(func() { w.run(t.Context(), p.url) })
			}
			all.Wait()
			if err := p.wait(); !p.killed() {
				t.Fatalf("%s: it ended with %v, not killed", point, err)
			}
			size = s.glance(t, size)
		}
	}
	s.check(t, 0, unanswered(writers)...)
	t.Logf("%d entries", size)
}

// occurrences says the how manieth time of a step to crash at.
func occurrences(i int) []int {
	if kills() > 0 {
		return []int{1, 2, 3, 5, 9}
	}
	return []int{1 + i%3}
}

// kills is how thorough to be: how many kills are asked for, 0 for the usual.
func kills() int {
	n, _ := strconv.Atoi(os.Getenv("DAYBOOK_KILLS")) // what is no number asks for nothing
	return n
}

// crash has a server die at a point while a plot is being written, and holds
// what it leaves against the receipts: as it is, and opened again.
func (s *state) crash(t *testing.T, at, plotted string) {
	t.Helper()
	from := len(s.written)
	p, err := s.try(t, dieAt+"="+at)
	if err != nil {
		t.Fatalf("%s: it ended before it served: %v", at, err)
	}
	open := s.writeUntilItDies(t, p, &plot{t: t, name: plotted + at}, plots[plotted])
	if err := p.wait(); !p.killed() {
		t.Fatalf("%s: it ended with %v, not killed", at, err)
	}
	s.look(t, false, open)
	s.check(t, from, open...)
}

// writeUntilItDies writes to a server until it is gone, having it sign after
// every write, and gives the write that was not answered.
func (s *state) writeUntilItDies(t *testing.T, p *process, plot *plot, tell func(*plot, int) []*write) []*write {
	t.Helper()
	remote, err := client.NewRemote(p.url, client.Options{MaxElapsed: -1})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	for round := 0; ctx.Err() == nil; round++ {
		for _, w := range tell(plot, round) {
			receipts, err := remote.Record(ctx, daybook.Principal{}, w.records)
			if cutOff(t, err) {
				return []*write{w}
			}
			s.acknowledge(t, w, receipts)
			if _, err := remote.Inclusion(ctx, receipts[0].LogID); cutOff(t, err) {
				return nil
			}
		}
	}
	t.Fatal("it does not die")
	return nil
}

// cutOff says that a server went away before it answered; any other error is
// one of the test.
func cutOff(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Fatalf("refused: %v", err)
	}
	return err != nil
}

// TestCrashWhileOpening kills the process that makes a ledger behind every
// step of that: whatever it leaves, the next opening makes or takes up the
// ledger, and what is written then is whole.
func TestCrashWhileOpening(t *testing.T) { onEach(t, crashWhileOpening) }

func crashWhileOpening(t *testing.T, fresh func(*testing.T) *state) {
	t.Helper()
	for _, point := range []string{"store", "key", "commit", "sign", "anchor", "publish", "public"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			s := fresh(t)
			var key []byte
			for range 2 { // the second finds what the first left
				p, err := s.try(t, dieAt+"="+point+":1")
				if err == nil {
					// What was made before is not made again, so this point does
					// not come by in a second opening.
					p.kill()
				} else if !p.killed() {
					t.Fatalf("it ended by itself: %v", err)
				}
				now, _ := os.ReadFile(s.files.Key) // none before it is made
				if key != nil && string(now) != string(key) {
					t.Error("the key was made anew")
				}
				key = now
			}
			w := (&plot{t: t, name: point}).thoughts(3)
			s.check(t, 0, w)
			s.check(t, 0)
			if more := s.leftovers(t); len(more) > 0 {
				t.Errorf("left behind: %v", more)
			}
		})
	}
}

// TestOpeningWhatACrashLeftHalfMade: what a crash within SQLite's or the
// kernel's own work can leave of the files.
func TestOpeningWhatACrashLeftHalfMade(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(path string) error{
		"an empty database":     func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"an empty WAL":          func(path string) error { return os.WriteFile(path+"-wal", nil, 0o600) },
		"a lock without holder": func(path string) error { return os.WriteFile(path+".lock", nil, 0o600) },
		"a lock of the dead":    func(path string) error { return os.WriteFile(path+".lock", []byte(`{"pid":1}`), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newState(filepath.Join(t.TempDir(), "ledger.db"))
			if err := leave(s.path); err != nil {
				t.Fatal(err)
			}
			s.check(t, 0, (&plot{t: t, name: name}).thoughts(3))
			s.check(t, 0)
		})
	}
}
