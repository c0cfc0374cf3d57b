package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

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

// A store that is put back to an older state, while servers run and when they
// start: nothing is written or signed, and what to do is said, until it is put
// right.
func TestServersRefuseAnOlderStore(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a, b := c.serve(5*time.Millisecond), c.serve(5*time.Millisecond)
	a.write(t, thoughts("before", 4)...)
	eventually(t, "it is signed", func() bool { return a.size(t) == 4 && b.size(t) == 4 })
	older := c.store.Backup()
	a.write(t, thoughts("after", 3)...)
	eventually(t, "it is signed", func() bool { return a.size(t) == 7 && b.size(t) == 7 })
	newest := c.store.Backup()

	c.store.Restore(older)
	for name, s := range map[string]*server{"who wrote": a, "who did not": b} {
		eventually(t, name+" is not ready", func() bool { return s.Ready(t.Context()) != nil })
		refusesOlder(t, name+", ready", s.Ready(t.Context()))
		_, err := s.Record(t.Context(), daybook.Local, thoughts(name, 1))
		keepsWriters(t, name, err)
		if s.size(t) != 7 || s.anchored(t) != 7 {
			t.Errorf("%s gives out a checkpoint of %d, its anchor is of %d", name, s.size(t), s.anchored(t))
		}
	}
	if _, err := c.try(time.Hour, a.anchor); err == nil {
		t.Error("a server started on an older store")
	} else {
		refusesOlder(t, "starting", err)
	}
	head, err := c.store.Head(t.Context())
	must(t, err)
	if signed, err := merkle.UnverifiedCheckpoint(head.Checkpoint); err != nil || head.Size != 4 || signed.Size != 4 {
		t.Errorf("the older store was written to: %+v, %v", head, err)
	}

	c.store.Restore(newest)
	for _, s := range []*server{a, b} {
		eventually(t, "it is ready again", func() bool { return s.Ready(t.Context()) == nil })
	}
	b.write(t, thoughts("on", 2)...)
	c.sound(nil)
}

// A server that has written nothing itself since what is put back was saved, has
// seen more all the same.
func TestServersRefuseWhatTheySaw(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(time.Hour)
	a.write(t, thoughts("before", 4)...)
	b := c.serve(time.Hour)
	older := c.store.Backup()
	receipts := a.write(t, thoughts("after", 3)...)
	if _, err := b.Inclusion(t.Context(), receipts[0].LogID); err != nil {
		t.Fatal(err)
	}
	c.store.Restore(older)
	_, err := b.Record(t.Context(), daybook.Local, thoughts("b", 1))
	keepsWriters(t, "before it has looked", err)
	if head, err := c.store.Head(t.Context()); err != nil || head.Size != 4 {
		t.Errorf("it was written to: %+v, %v", head, err)
	}
}

// keepsWriters wants a write to be refused as something to be tried again: what
// is wrong is no fault of whoever writes, who would take another answer for one
// about the records.
func keepsWriters(t *testing.T, who string, err error) {
	t.Helper()
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "new-origin") {
		t.Errorf("%s, writing: %v, want it to be unavailable, and what to do", who, err)
	}
}

func refusesOlder(t *testing.T, what string, err error) {
	t.Helper()
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != daybook.CodeDamaged || !strings.Contains(e.Hint, "new-origin") {
		t.Errorf("%s: %v, want a refusal that says what to do", what, err)
	}
}

// A store that went another way after it was put back has more entries than the
// server knows, and not the same.
func TestServersRefuseAFork(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]int{"of the same size": 2, "longer": 5, "shorter": 1} {
		t.Run(name, func(t *testing.T) { // none of it is signed yet, and known all the same
			t.Parallel()
			c := newCluster(t)
			a := c.serve(time.Hour)
			a.write(t, thoughts("both", 4)...)
			older := c.store.Backup()
			a.write(t, thoughts("kept", 2)...)
			c.store.Restore(older)
			other, err := c.try(time.Hour, filepath.Join(t.TempDir(), "anchor")) // which knows nothing of it
			must(t, err)
			other.write(t, thoughts("other", more)...)
			_, err = a.Record(t.Context(), daybook.Local, thoughts("a", 1))
			keepsWriters(t, "a", err)
			refusesOlder(t, "ready", a.Ready(t.Context()))
			_, err = a.Inclusion(t.Context(), thoughts("other", 1)[0].LogID())
			refusesOlder(t, "proving", err)
		})
	}
}

// A ledger that was given a new name goes on under a new key, and a server that
// has the old one does not write under it.
func TestServersRefuseANewOrigin(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(5 * time.Millisecond)
	a.write(t, thoughts("x", 1)...)
	c.store.NewOrigin(uuid.NewString())
	_, err := a.Record(t.Context(), daybook.Local, thoughts("y", 1))
	if daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("writing: %v", err)
	}
	eventually(t, "it is not ready", func() bool { return daybook.CodeOf(a.Ready(t.Context())) == daybook.CodeConflict })
	if head, err := c.store.Head(t.Context()); err != nil || head.Size != 1 || head.Checkpoint != nil {
		t.Errorf("it was written to: %+v, %v", head, err)
	}
}

// A checkpoint that somebody else signed is not taken over.
func TestServersRefuseAForeignCheckpoint(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := c.serve(5 * time.Millisecond)
	a.write(t, thoughts("x", 2)...)
	private, _, err := merkle.GenerateKey(c.signer.Origin())
	must(t, err)
	foreign, err := merkle.NewSigner(private)
	must(t, err)
	head, err := c.store.Head(t.Context())
	must(t, err)
	note, err := foreign.Sign(merkle.Checkpoint{Origin: foreign.Origin(), Size: head.Size, Root: head.Root})
	must(t, err)
	must(t, a.store.SaveCheckpoint(t.Context(), note))
	eventually(t, "it is not ready", func() bool { return a.Ready(t.Context()) != nil })
	refusesOlder(t, "ready", a.Ready(t.Context()))
	if _, err := merkle.OpenCheckpoint(must2(a.Checkpoint(t.Context())), c.signer.Public()); err != nil {
		t.Errorf("it gives out what another signed: %v", err)
	}
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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
