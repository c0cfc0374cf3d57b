package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/verify"
)

// longestWrite is how long a write may take while a server is there that takes
// it, however others are killed.
const longestWrite = 10 * time.Second

// TestServersKilled has two servers share a database, and 16 writers write to
// either, while every few moments one of the servers is killed: no gaps, nothing
// lost or doubled, nobody blocked, and checkpoints that never go back.
// DAYBOOK_CHAOS says for how long.
func TestServersKilled(t *testing.T) {
	t.Parallel()
	s := newDatabase(t)
	s.check(t, 0) // the key is made, which the second server gets a copy of
	pair := []*member{newMember(t, s, s.files), newMember(t, s, copyKey(t, s.files))}
	for _, m := range pair {
		m.serve(t)
	}
	long, pause := chaosTime(t, 4*time.Second), time.Second
	if long > time.Minute {
		pause = 3 * time.Second
	}
	writers, signed := writersTo(t, s, 16), newSigned(t, s)
	ending, end := context.WithCancel(t.Context())
	defer end()
	var all sync.WaitGroup
	for _, w := range writers {
		all.Go(func() { w.write(ending, pair) })
	}
	for _, m := range pair {
		all.Go(func() { signed.watch(ending, m) })
	}
	begun, kills := time.Now(), 0
	for {
		wait, left := pause+rand.N(pause), long-time.Since(begun)
		if left < wait && (kills > 0 && signed.sizes() > 1 || -left > testPatience) {
			time.Sleep(left)
			break
		}
		time.Sleep(wait)
		m := pair[rand.IntN(2)]
		m.kill()
		kills++
		time.Sleep(rand.N(pause / 2))
		m.serve(t)
	}
	end()
	all.Wait()
	for _, m := range pair {
		m.kill()
	}
	var slowest time.Duration
	var open []*write
	for _, w := range writers {
		slowest = max(slowest, w.slowest)
	}
	for _, w := range writers {
		open = append(open, unanswered([]*writer{w.writer})...)
	}
	size := s.check(t, 0, open...)
	for _, m := range pair {
		m.holds(t, s)
	}
	if slowest > longestWrite && os.Getenv("DAYBOOK_CHAOS") != "" { // where it is measured
		t.Errorf("a write took %v though a server was there", slowest)
	}
	if kills == 0 || len(signed.notes) < 2 {
		t.Errorf("%d kills, %d checkpoints", kills, len(signed.notes))
	}
	t.Logf("%d kills in %v; %d receipts of %d entries, all kept; %d checkpoints; slowest write %v", kills, long, len(s.byLogID), size, len(signed.notes), slowest)
}

// member is one of the servers that share a database, at an address that it
// keeps, with a key and an anchor of its own.
type member struct {
	ledger  *state
	address string
	mu      sync.Mutex
	process *process
	lives   int
}

func newMember(t *testing.T, s *state, files local.Files) *member {
	t.Helper()
	return &member{ledger: &state{path: s.path, isDatabase: true, files: files}, address: freeAddress(t)}
}

// copyKey gives another server the key, as an operator does.
func copyKey(t *testing.T, from local.Files) local.Files {
	t.Helper()
	at := filepath.Join(t.TempDir(), "ledger")
	to := local.Files{Key: at + ".key", Public: at + ".pub", Anchor: at + ".anchor"}
	for a, b := range map[string]string{from.Key: to.Key, from.Public: to.Public} {
		if err := os.WriteFile(b, readFile(t, a), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func (m *member) url() string { return "http://" + m.address }

func (m *member) serve(t *testing.T) {
	t.Helper()
	p, err := serveAt(t, m.ledger.path, m.address, m.ledger.env()...)
	if err != nil {
		t.Fatalf("the server ended: %v", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process = p
	m.lives++
}

// life tells one life of the server from the next.
func (m *member) life() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lives
}

func (m *member) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process.kill()
}

// holds wants the store to bear the server's own anchor out.
func (m *member) holds(t *testing.T, s *state) {
	t.Helper()
	store, public, _ := s.read(t)
	defer store.Close()
	anchor, err := merkle.ReadAnchor(m.ledger.files.Anchor)
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: anchor})
	if err != nil || !report.Sound() {
		t.Errorf("by the server's own anchor: %+v, %v", report, err)
	}
}

// sharer writes to whichever server takes it.
type sharer struct {
	*writer
	slowest time.Duration
}

func writersTo(t *testing.T, s *state, n int) []*sharer {
	t.Helper()
	names := slices.Sorted(maps.Keys(plots))
	list := make([]*sharer, n)
	for i := range list {
		name := names[i%len(names)]
		list[i] = &sharer{writer: &writer{t: t, state: s, plot: &plot{t: t, name: fmt.Sprint(name, i, "r")}, tell: plots[name]}} // with an end, since plots put a number behind it
	}
	return list
}

// write writes to one server after the other, to each until it is gone or some
// writes are done, and notes how long the longest of them took.
func (w *sharer) write(ctx context.Context, to []*member) {
	progress := func() [2]int { return [2]int{w.round, len(w.queue)} }
	begun, done := time.Now(), progress()
	for n := rand.IntN(2); ctx.Err() == nil; n++ {
		some, cancel := context.WithTimeout(ctx, time.Second+rand.N(3*time.Second))
		w.run(some, to[n%2].url())
		cancel()
		w.slowest = max(w.slowest, time.Since(begun))
		if now := progress(); now != done {
			begun, done = time.Now(), now
		}
	}
}

// signed are the checkpoints that servers have given out.
type signed struct {
	t      *testing.T
	public string
	mu     sync.Mutex
	notes  map[int64]string // by size
}

func newSigned(t *testing.T, s *state) *signed {
	t.Helper()
	public, err := merkle.ReadPublic(s.files.Public)
	if err != nil {
		t.Fatal(err)
	}
	return &signed{t: t, public: public, notes: map[int64]string{}}
}

// sizes is of how many sizes there are checkpoints.
func (s *signed) sizes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.notes)
}

// watch gets checkpoints from a server: in one life they never go back, and there
// is one of each size, whoever gives it out.
func (s *signed) watch(ctx context.Context, m *member) {
	remote, err := client.NewRemote(m.url(), client.Options{MaxElapsed: -1})
	if err != nil {
		s.t.Error(err)
		return
	}
	life, last := 0, int64(0)
	for ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		before := m.life()
		note, err := remote.Checkpoint(ctx)
		if err != nil || m.life() != before {
			continue // it is being killed
		}
		c, err := merkle.OpenCheckpoint(note, s.public)
		if err != nil {
			s.t.Errorf("the checkpoint %q: %v", note, err)
			return
		}
		if before != life {
			life, last = before, 0
		}
		if c.Size < last {
			s.t.Errorf("a checkpoint of %d entries after one of %d", c.Size, last)
		}
		last = c.Size
		s.mu.Lock()
		if other := s.notes[c.Size]; other != "" && other != string(note) {
			s.t.Errorf("two checkpoints of %d entries: %q and %q", c.Size, other, note)
		}
		s.notes[c.Size] = string(note)
		s.mu.Unlock()
	}
}

// TestServersReadEachOther: what one server has a receipt for, the other shows
// and proves at once, and when the one that signed is gone, the other signs.
func TestServersReadEachOther(t *testing.T) {
	t.Parallel()
	s := newDatabase(t)
	s.check(t, 0)
	a, b := newMember(t, s, s.files), newMember(t, s, copyKey(t, s.files))
	a.serve(t)
	b.serve(t)
	told := &plot{t: t, name: "both"}
	remotes := make([]*client.Remote, 2)
	for i, m := range []*member{a, b} {
		var err error
		if remotes[i], err = client.NewRemote(m.url(), client.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	write := func(i int) daybook.Receipt {
		t.Helper()
		w := told.thoughts(1)
		receipts, err := remotes[i].Record(t.Context(), daybook.Principal{}, w.records)
		if err != nil {
			t.Fatal(err)
		}
		s.acknowledge(t, w, receipts)
		return receipts[0]
	}
	for i := range 10 {
		r := write(i % 2)
		other := remotes[(i+1)%2]
		if e, err := other.Get(t.Context(), daybook.Principal{}, daybook.MustKind(r.Kind), r.ID); err != nil || e.Seq != r.Seq {
			t.Errorf("what one has written, the other reads as %+v, %v", e, err)
		}
		proof, err := other.Inclusion(t.Context(), r.LogID)
		if err != nil || proof.LeafIndex != r.Seq {
			t.Errorf("what one has written, the other proves as %+v, %v", proof, err)
		}
	}
	a.kill()
	r := write(1)
	if _, err := remotes[1].Inclusion(t.Context(), r.LogID); err != nil {
		t.Errorf("after the other was killed: %v", err)
	}
	if err := b.process.interrupt(); err != nil {
		t.Error(err)
	}
	b.holds(t, s)
}
