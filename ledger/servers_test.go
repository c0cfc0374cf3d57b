package ledger_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/storetest"
)

// cluster is a store that several ledgers share.
type cluster struct {
	t      *testing.T
	store  *storetest.Shared
	signer *merkle.Signer
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, store: storetest.NewShared()}
	head, err := c.store.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	c.signer, err = merkle.NewSigner(private)
	must(t, err)
	return c
}

// server is one of the ledgers, with an anchor of its own.
type server struct {
	*ledger.Ledger
	store  *storetest.Server
	anchor string
}

func (c *cluster) serve(every time.Duration) *server {
	c.t.Helper()
	s, err := c.try(every, filepath.Join(c.t.TempDir(), "anchor"))
	must(c.t, err)
	return s
}

func (c *cluster) try(every time.Duration, anchor string) (*server, error) {
	s := &server{store: c.store.Open(), anchor: anchor}
	var err error
	s.Ledger, err = ledger.Open(c.t.Context(), s.store, ledger.Options{
		Signer: c.signer, Anchor: s.anchor, SignEvery: every, Logger: slog.New(slog.DiscardHandler),
	})
	if err == nil {
		c.t.Cleanup(func() { _ = s.Close(context.Background()) }) // some are dead by then
	}
	return s, err
}

// kill ends a server as kill -9 does: its store answers nothing any more.
func (s *server) kill(t *testing.T) {
	t.Helper()
	must(t, s.store.Close())
}

func (s *server) size(t *testing.T) int64 {
	t.Helper()
	note, err := s.Checkpoint(t.Context())
	must(t, err)
	c, err := merkle.UnverifiedCheckpoint(note)
	must(t, err)
	return c.Size
}

func (s *server) anchored(t *testing.T) int64 {
	t.Helper()
	note, err := merkle.ReadAnchor(s.anchor)
	must(t, err)
	c, err := merkle.UnverifiedCheckpoint(note)
	must(t, err)
	return c.Size
}

// prove gives a proof, and waits for whoever is just signing for as long as that
// takes on a slow machine: the server sends who asks away after some seconds.
func (s *server) prove(t *testing.T, logID string) (proof *daybook.InclusionProof) {
	t.Helper()
	var err error
	eventually(t, "it is proven", func() bool {
		proof, err = s.Inclusion(t.Context(), logID)
		return daybook.CodeOf(err) != daybook.CodeUnavailable
	})
	must(t, err)
	return proof
}

func (s *server) write(t *testing.T, records ...daybook.Record) []daybook.Receipt {
	t.Helper()
	receipts, err := intake.New(s, intake.Limits{}).Record(t.Context(), daybook.Local, records)
	must(t, err)
	return receipts
}

// sound wants the store to be whole, and to hold what receipts say.
func (c *cluster) sound(receipts []daybook.Receipt) {
	c.t.Helper()
	head, err := c.store.Head(c.t.Context())
	must(c.t, err)
	s, err := ledger.Stand(c.t.Context(), c.store, c.signer.Public(), nil)
	must(c.t, err)
	must(c.t, s.Err())
	tree, at := merkle.New(), ""
	places := map[string]int64{}
	must(c.t, c.store.Scan(c.t.Context(), 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Spine.Seq != tree.Size() || r.Spine.LoggedAt < at {
			return fmt.Errorf("at %d there is %+v", tree.Size(), r)
		}
		if leaf := daybook.SpineOf(r.Entry); leaf != *r.Spine {
			return fmt.Errorf("spine and body of %d differ", r.Spine.Seq)
		}
		places[r.Spine.LogID] = r.Spine.Seq
		at = r.Spine.LoggedAt
		tree.Append(merkle.LeafHash(r.Spine.AppendLeaf(nil)))
		return nil
	}))
	if tree.Size() != head.Size || tree.Root() != head.Root {
		c.t.Errorf("the head is of %d, the entries are %d", head.Size, tree.Size())
	}
	for _, r := range receipts {
		if seq, ok := places[r.LogID]; !ok || seq != r.Seq {
			c.t.Errorf("the receipt of %s says %d, it stands at %d, %v", r.LogID, r.Seq, seq, ok)
		}
	}
}

// Two servers that write at the same time, each batch sent to both, make one
// ledger without gaps, in which nothing stands twice.
func TestServersWriteOneLedger(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	servers := []*server{c.serve(time.Millisecond), c.serve(time.Millisecond)}
	var mu sync.Mutex
	var receipts []daybook.Receipt
	var writing sync.WaitGroup
	for w := range 8 {
		writing.Go(func() {
			for round := range 12 {
				records := thoughts(fmt.Sprint(w, "-", round), 1+round*w/7)
				first := servers[w%2].write(t, records...)
				again := servers[(w+1)%2].write(t, records...)
				for i := range first {
					if first[i].Duplicate || !again[i].Duplicate || first[i].Seq != again[i].Seq || first[i].LogHash != again[i].LogHash {
						t.Errorf("sent to one: %+v, to the other: %+v", first[i], again[i])
					}
				}
				proof := servers[(w+round)%2].prove(t, first[0].LogID)
				if proof.LeafIndex != first[0].Seq {
					t.Errorf("proven at %d, written at %d", proof.LeafIndex, first[0].Seq)
				}
				mu.Lock()
				receipts = append(receipts, first...)
				mu.Unlock()
			}
		})
	}
	writing.Wait()
	for _, s := range servers {
		must(t, s.Close(t.Context()))
		if got := s.anchored(t); got != int64(len(receipts)) {
			t.Errorf("anchored %d of %d", got, len(receipts))
		}
	}
	c.sound(receipts)
	if head, _ := c.store.Head(t.Context()); head.Size != int64(len(receipts)) {
		t.Errorf("%d entries of %d", head.Size, len(receipts))
	}
}

// What one server knows of a session, another may have made wrong.
func TestServersShareSessions(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a, b := c.serve(time.Hour), c.serve(time.Hour)
	const id = "018f4e9a-0000-7000-8000-000000000001"
	a.write(t, decode(t, session(id))...)
	order := func(s *server, r []daybook.Receipt) int64 {
		found, err := s.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_operation"), IDs: []string{r[0].ID}})
		must(t, err)
		return found[0].Get("operation_order").Int()
	}
	var orders []int64
	for i := range 6 {
		s := []*server{a, b}[i%2]
		receipt := s.write(t, decode(t, within("transformation_operation", id, `"operation_type": "FILTER"`))...)
		orders = append(orders, order(s, receipt))
	}
	if !slices.Equal(orders, []int64{1, 2, 3, 4, 5, 6}) {
		t.Errorf("operations have the orders %v", orders)
	}
	b.write(t, decode(t, within("output_artifact", id, `"artifact_type": "FILE", "artifact_name": "x"`))...)
	a.write(t, decode(t, checkin(id, "COMPLETED"))...)
	found, err := a.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_session"), IDs: []string{id}})
	must(t, err)
	if operations, outputs := found[0].Get("operations_count").Int(), found[0].Get("outputs_count").Int(); operations != 6 || outputs != 1 {
		t.Errorf("%d operations and %d outputs were counted", operations, outputs)
	}
	_, err = intake.New(b, intake.Limits{}).Record(t.Context(), daybook.Local, decode(t, within("transformation_operation", id, `"operation_type": "FILTER"`)))
	if daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("an operation of a session that has ended: %v", err)
	}
	c.sound(nil)
}

// moodyServer is a server's way to a store that is moody.
type moodyServer struct {
	*storetest.Server
	moods *moody
}

func (m *moodyServer) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	return m.moods.Append(ctx, sequence)
}

// Servers that sequence ahead, while others write and commits fail, come to the
// same as if each batch had waited: what they remember of sessions that others
// write to stays right.
func TestServersSequenceAhead(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			t.Parallel()
			shared := storetest.NewShared()
			moods := &moody{Model: shared.Model, random: rand.New(rand.NewPCG(1, 2)), fails: fails}
			var doors []daybook.Recorder
			for range 2 {
				l, err := ledger.Open(t.Context(), &moodyServer{Server: shared.Open(), moods: moods}, ledger.Options{
					Ahead: 1, SignEvery: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
				})
				must(t, err)
				doors = append(doors, intake.New(l, intake.Limits{}))
				t.Cleanup(func() { _ = l.Close(context.Background()) })
			}
			workers := make([]*worker, 8)
			var all sync.WaitGroup
			for i := range workers {
				random := rand.New(rand.NewPCG(3, uint64(i)))
				workers[i] = &worker{t: t, in: &balanced{doors: doors, random: random}, random: random}
				all.Go(func() { workers[i].work(40) })
			}
			all.Wait()
			b := &book{t: t, store: shared.Model}
			for _, w := range workers {
				b.sound(w.got...)
			}
			b.lawful()
		})
	}
}

// balanced gives each request to one of several servers.
type balanced struct {
	doors  []daybook.Recorder
	random *rand.Rand
}

func (b *balanced) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	return b.doors[b.random.IntN(len(b.doors))].Record(ctx, p, records)
}
