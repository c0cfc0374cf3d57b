package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
)

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(time.Millisecond) { // machines may be slow
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

// What one server signs, the others take over, into their own anchors too; and
// when that one is gone, another signs.
func TestServersSignForEachOther(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a, b := c.serve(5*time.Millisecond), c.serve(5*time.Millisecond)
	a.write(t, thoughts("a", 3)...)
	eventually(t, "both give out what one has signed", func() bool { return a.size(t) == 3 && b.size(t) == 3 })
	if a.anchored(t) != 3 || b.anchored(t) != 3 {
		t.Errorf("anchors of %d and %d entries", a.anchored(t), b.anchored(t))
	}
	a.kill(t)
	b.write(t, thoughts("b", 2)...)
	eventually(t, "the one that is left signs", func() bool { return b.size(t) == 5 && b.anchored(t) == 5 })
	again, err := c.try(time.Hour, a.anchor) // with the anchor that it left
	must(t, err)
	if again.size(t) != 5 || again.anchored(t) != 5 {
		t.Errorf("opened again with a checkpoint of %d and an anchor of %d", again.size(t), again.anchored(t))
	}
}

// While another holds the lease to sign, who wants a proof waits for it, and is
// told to try again in the end.
func TestProofWhileAnotherSigns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, proofWhileAnotherSigns)
}

func proofWhileAnotherSigns(t *testing.T) {
	c := newCluster(t)
	a, b := c.serve(time.Hour), c.serve(time.Hour)
	receipts := a.write(t, thoughts("x", 2)...)
	held, err := a.store.Lease(t.Context(), daybook.LeaseSign)
	must(t, err)
	if _, err := b.Inclusion(t.Context(), receipts[1].LogID); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("while another signs and does not end: %v", err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = held.Release(context.Background()) })
	proof, err := b.Inclusion(t.Context(), receipts[1].LogID)
	must(t, err)
	if proof.LeafIndex != 1 || proof.TreeSize != 2 {
		t.Errorf("proven at %d of %d", proof.LeafIndex, proof.TreeSize)
	}
	if consistency, err := a.Consistency(t.Context(), 1, 2); err != nil || consistency.To != 2 {
		t.Errorf("at the other: %v", err)
	}
	if _, err := a.Tile(t.Context(), 0, 0, 2); err != nil { // which only the other has published
		t.Errorf("its tile at the other: %v", err)
	}
}

// Who opens the ledger and who closes it wait for another that takes its time
// to sign.
func TestOpeningAndClosingWaitForWhoSigns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		other := c.store.Open()
		signs := func() {
			held, err := other.Lease(t.Context(), daybook.LeaseSign)
			must(t, err)
			time.AfterFunc(20*time.Second, func() { _ = held.Release(context.Background()) })
		}
		signs()
		s := c.serve(time.Hour) // which has no checkpoint yet
		s.write(t, thoughts("x", 2)...)
		signs()
		must(t, s.Close(t.Context()))
		if s.anchored(t) != 2 {
			t.Errorf("closed with an anchor of %d entries", s.anchored(t))
		}
	})
}

// No server gives out a smaller checkpoint after a larger one, and none another
// of the same size than the others, whoever signs and dies meanwhile.
func TestCheckpointsNeverGoBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	var servers []*server
	sizes := map[int64]string{}
	last := map[*server]int64{}
	look := func(s *server) {
		note, err := s.Checkpoint(t.Context())
		must(t, err)
		p, err := merkle.OpenCheckpoint(note, c.signer.Public())
		must(t, err)
		if before := sizes[p.Size]; before != "" && before != string(note) {
			t.Errorf("two checkpoints of %d entries:\n%s\n%s", p.Size, before, note)
		}
		if p.Size < last[s] {
			t.Errorf("a checkpoint of %d entries after one of %d", p.Size, last[s])
		}
		sizes[p.Size], last[s] = string(note), p.Size
	}
	for round := range 40 {
		for len(servers) < 3 {
			servers = append(servers, c.serve(time.Millisecond))
		}
		s := servers[round%3]
		receipts := s.write(t, thoughts(fmt.Sprint("r", round), 1+round%7)...)
		other := servers[(round+1)%3]
		if round%4 == 0 {
			other.prove(t, receipts[0].LogID)
		}
		for _, s := range servers {
			look(s)
		}
		if round%5 == 4 {
			s.kill(t)
			servers = append(servers[:round%3:round%3], servers[round%3+1:]...)
		}
	}
	c.sound(nil)
	if len(sizes) < 10 {
		t.Errorf("only %d checkpoints were seen", len(sizes))
	}
}

// Servers on one machine may keep one anchor.
func TestServersWithOneAnchor(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(time.Millisecond)
	b, err := c.try(time.Millisecond, a.anchor)
	must(t, err)
	for i := range 40 {
		s := []*server{a, b}[i%2]
		receipts := s.write(t, thoughts(fmt.Sprint(i), 1)...)
		[]*server{b, a}[i%2].prove(t, receipts[0].LogID)
	}
	must(t, a.Close(t.Context()))
	must(t, b.Close(t.Context()))
	if a.anchored(t) != 40 {
		t.Errorf("the anchor is of %d entries", a.anchored(t))
	}
	// One that says more than the store has is no neighbour's.
	forged, err := c.signer.Sign(merkle.Checkpoint{Origin: c.signer.Origin(), Size: 50})
	must(t, err)
	must(t, os.WriteFile(a.anchor, forged, 0o600))
	_, err = c.try(time.Hour, a.anchor)
	refusesOlder(t, "starting with an anchor of more", err)
}

// A session whose signs of life go to one server is not ended by another, and
// one without any is, though the server that ends it has not seen it begin.
func TestServersAbandonTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, abandonTogether)
}

func abandonTogether(t *testing.T) {
	c := newCluster(t)
	servers := []*server{c.serve(time.Hour), c.serve(time.Hour)}
	const alive, silent = "018f4e9a-0000-7000-8000-00000000000a", "018f4e9a-0000-7000-8000-00000000000b"
	for _, s := range servers {
		stop := s.Abandon(ledger.Abandonment{After: 300 * time.Millisecond, Every: 5 * time.Millisecond, Recorder: intake.New(s, intake.Limits{})})
		t.Cleanup(stop)
	}
	state := func(id string) *daybook.Entry {
		found, err := c.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_session"), IDs: []string{id}})
		must(t, err)
		return found[0]
	}
	eventually(t, "one of them has the lease", func() bool { return c.store.Holder(daybook.LeaseAbandon) != nil })
	other := servers[0]
	if c.store.Holder(daybook.LeaseAbandon) == other.store {
		other = servers[1]
	}
	other.write(t, decode(t, session(alive))...)
	other.write(t, decode(t, session(silent))...)
	begun := time.Now()
	eventually(t, "the silent one is ended", func() bool {
		other.write(t, decode(t, within("transformation_operation", alive, `"operation_type":"FILTER"`))...)
		return state(silent).Text("status") == "ABANDONED"
	})
	if since := time.Since(begun); since < 300*time.Millisecond {
		t.Errorf("it was ended after %v", since)
	}
	if got := state(alive).Text("status"); got != "ACTIVE" {
		t.Errorf("the other is %s", got)
	}
	if n := state(silent).Revision(); n != 2 {
		t.Errorf("it has %d revisions", n)
	}
	// The next takes over from one that is gone.
	for _, s := range servers {
		if s != other {
			s.kill(t)
		}
	}
	eventually(t, "the one that is left ends it", func() bool { return state(alive).Text("status") == "ABANDONED" })
}

// Servers that start at the same time on a new ledger make one of it.
func TestServersStartTogether(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	started := make(chan *server, 4)
	for range 4 {
		anchor := filepath.Join(t.TempDir(), "anchor")
		go func() {
			s, err := c.try(time.Millisecond, anchor)
			if err != nil {
				t.Error(err)
			}
			started <- s
		}()
	}
	var receipts []daybook.Receipt
	for i := range 4 {
		if s := <-started; s.Ledger != nil {
			receipts = append(receipts, s.write(t, thoughts(fmt.Sprint(i), 100)...)...)
		}
	}
	c.sound(receipts)
	// One that starts while others write looks at what is not signed yet.
	writing, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	s := c.serve(time.Hour)
	go func() {
		defer close(done)
		for i := 0; writing.Err() == nil; i++ {
			s.write(t, thoughts(fmt.Sprint("more", i), 20)...)
		}
	}()
	for range 20 {
		more, err := ledger.Open(t.Context(), c.store.Open(), ledger.Options{Signer: c.signer, Logger: slog.New(slog.DiscardHandler), SignEvery: time.Hour})
		if err != nil {
			t.Error(err)
			break
		}
		must(t, more.Close(t.Context()))
	}
	stop()
	<-done
}
