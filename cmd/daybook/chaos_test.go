package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/spool"
	"github.com/daybook-audit/daybook/verify"
)

// TestChaos has writers in Go write through spools to one server while both
// are killed at random: what a call returned for is in the ledger once, in
// each writer's order. DAYBOOK_CHAOS says for how long, such as 120s.
func TestChaos(t *testing.T) {
	onEach(t, func(t *testing.T, fresh func(*testing.T) *state) {
		c := newChaos(t, fresh(t))
		c.add("a", false, "go-1", "go-2")
		c.add("b", false, "go-3")
		c.run(t, chaosTime(t, 3*time.Second))
	})
}

// TestChaosWithPython is the same with writers in Go and in Python on the same
// spools.
func TestChaosWithPython(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 on this machine")
	}
	c := newChaos(t, grounds["sqlite"](t))
	c.add("a", false, "go-1", "go-2")
	c.add("a", true, "python-1")
	c.add("b", false, "go-3")
	c.add("b", true, "python-2")
	c.run(t, chaosTime(t, 5*time.Second))
}

func chaosTime(t *testing.T, usual time.Duration) time.Duration {
	t.Helper()
	said := os.Getenv("DAYBOOK_CHAOS")
	if said == "" {
		return usual
	}
	d, err := time.ParseDuration(said)
	if err != nil {
		t.Fatalf("DAYBOOK_CHAOS is a duration, such as 120s: %v", err)
	}
	return d
}

// chaos is one server and its writers.
type chaos struct {
	ledger       *state
	dir, address string
	server       *process
	slots        []*slot
	kills        [2]int // of writers, of the server
}

func newChaos(t *testing.T, s *state) *chaos {
	t.Helper()
	return &chaos{ledger: s, dir: t.TempDir(), address: freeAddress(t)}
}

// freeAddress gives an address of this machine that nobody listens on, nor will
// while a server that has it is down.
func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := pgtest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (c *chaos) add(dir string, python bool, names ...string) {
	for _, name := range names {
		c.slots = append(c.slots, &slot{name: name, python: python, spool: filepath.Join(c.dir, dir), url: c.url()})
	}
}

func (c *chaos) url() string { return "http://" + c.address }

func (c *chaos) serve(t *testing.T) {
	t.Helper()
	var err error
	if c.server, err = serveAt(t, c.ledger.path, c.address, c.ledger.env()...); err != nil {
		t.Fatalf("the server ended: %v", err)
	}
}

func (c *chaos) run(t *testing.T, long time.Duration) {
	c.serve(t)
	for _, s := range c.slots {
		s.start(t)
		defer s.kill(t)
	}
	begun := time.Now()
	for end := begun.Add(long); time.Now().Before(end) || !c.noted() && time.Since(begun) < testPatience; {
		time.Sleep(time.Duration(20+rand.IntN(300)) * time.Millisecond)
		if rand.IntN(4) == 0 {
			c.kills[1]++
			c.server.kill()
			time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
			c.serve(t)
			continue
		}
		c.kills[0]++
		s := c.slots[rand.IntN(len(c.slots))]
		s.kill(t)
		s.start(t)
	}
	for _, s := range c.slots {
		s.kill(t)
	}
	c.drain(t)
	if err := c.server.interrupt(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	c.check(t)
}

// noted says that some writer has come to note a call.
func (c *chaos) noted() bool {
	for _, s := range c.slots {
		for _, path := range s.notes {
			if info, err := os.Stat(path); err == nil && info.Size() > 0 {
				return true
			}
		}
	}
	return false
}

// drain delivers what the dead have left.
func (c *chaos) drain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for _, s := range c.slots {
		status, err := spool.Drain(ctx, s.spool, spool.Options{URL: s.url}, nil)
		if err != nil || status.Records != 0 || status.Rejects != 0 {
			rejects, _ := spool.Rejects(s.spool)
			t.Fatalf("what is left of %s: %+v, told %+v, %v; the rejects are %s", s.name, status, status.Sender, err, first(rejects))
		}
	}
}

func first(rejects []spool.Reject) string {
	if len(rejects) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, such as %s of %s", len(rejects), rejects[0].Problem, rejects[0].Record)
}

// check holds the ledger against the notes.
func (c *chaos) check(t *testing.T) {
	t.Helper()
	l, err := local.Open(t.Context(), c.ledger.path, c.ledger.options())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	store, public, anchor := c.ledger.read(t)
	defer store.Close()
	report, err := verify.Run(t.Context(), store, verify.Options{Public: public, Anchor: anchor})
	if err != nil || !report.Sound() || report.OK != report.Size {
		t.Fatalf("not sound: %+v, %v", report, err)
	}
	seqs := c.scan(t, store)
	calls := 0
	for _, s := range c.slots {
		calls += s.check(t, seqs)
	}
	if calls == 0 {
		t.Error("no writer has come to note a call")
	}
	t.Logf("%d calls noted, %d entries; writers were killed %d times, the server %d times", calls, report.Size, c.kills[0], c.kills[1])
}

// scan gives the seq of each log_id, and wants each thought once.
func (c *chaos) scan(t *testing.T, store daybook.Store) map[string]int64 {
	t.Helper()
	seqs, thoughts := map[string]int64{}, map[string]bool{}
	err := store.Scan(t.Context(), 0, func(r daybook.Row) error {
		if _, twice := seqs[r.Spine.LogID]; twice {
			return fmt.Errorf("log_id %s is there twice", r.Spine.LogID)
		}
		seqs[r.Spine.LogID] = r.Spine.Seq
		if thought := r.Entry.Text("thinking_content"); thought != "" {
			if thoughts[thought] {
				return fmt.Errorf("%q is there twice", thought)
			}
			thoughts[thought] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs
}

// check wants every call that was noted in the ledger, in its order. It gives
// how many there are.
func (s *slot) check(t *testing.T, seqs map[string]int64) (calls int) {
	t.Helper()
	last := int64(-1)
	for _, path := range s.notes {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue // killed before it began
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for _, id := range lines[:len(lines)-1] { // the last is empty, or a half one
			seq, ok := seqs[id]
			if !ok {
				t.Fatalf("%s: %s was accepted, and is not in the ledger", s.name, id)
			}
			if seq <= last {
				t.Fatalf("%s: %s has seq %d, behind %d", s.name, id, seq, last)
			}
			last = seq
			calls++
		}
	}
	return calls
}
