package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// moody is a store that takes its time, before a batch is in and behind, and
// now and then does not take one, or does and does not say so.
type moody struct {
	*storetest.Model
	mu     sync.Mutex
	random *rand.Rand
	fails  bool
}

func (m *moody) draw(n int) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.random.IntN(n)
}

var errMoody = errors.New("in no mood")

func (m *moody) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	if mood := m.draw(100); m.fails && mood < 4 {
		m.FailNext(errMoody)
	} else if m.fails && mood < 8 {
		m.LoseAck(errMoody)
	}
	err := m.Model.Append(ctx, func(v daybook.View) (*daybook.Batch, error) {
		b, err := sequence(v)
		time.Sleep(time.Duration(m.draw(400)) * time.Microsecond)
		return b, err
	})
	time.Sleep(time.Duration(m.draw(400)) * time.Microsecond)
	return err
}

// worker writes what others write about too, and sends again whatever was not
// answered.
type worker struct {
	t      *testing.T
	in     daybook.Recorder
	random *rand.Rand
	sent   []string
	got    []daybook.Receipt
}

// send sends until there is an answer, and tells whether it was taken.
func (w *worker) send(input string) bool {
	for {
		receipts, err := w.in.Record(w.t.Context(), daybook.Local, decode(w.t, input))
		switch daybook.CodeOf(err) {
		case daybook.CodeUnavailable:
			continue
		case daybook.CodeConflict, daybook.CodeInvalid, daybook.CodeNotFound:
			return false
		}
		if err != nil {
			w.t.Errorf("%s: %v", input, err)
			return false
		}
		w.sent, w.got = append(w.sent, input), append(w.got, receipts...)
		return true
	}
}

// named puts a log_id of its own into each record.
func named(records ...string) string {
	for i, r := range records {
		records[i] = strings.Replace(r, "{", `{"log_id":"`+uuid.NewString()+`",`, 1)
	}
	return strings.Join(records, "\n")
}

func (w *worker) work(steps int) {
	shared := fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-00000000000%d", w.random.IntN(3))
	w.send(named(session(shared)))
	for i := range steps {
		id := uuid.NewString()
		table := fmt.Sprint("t", w.random.IntN(3))
		artifact := within("output_artifact", id, `"artifact_type":"TABLE","artifact_name":"`+table+`"`)
		edge := within("lineage_edge", id, `"source_type":"TABLE","source_name":"s","target_type":"TABLE","target_name":"`+table+`","relationship_type":"COPIES"`)
		operation := func(id string) string { return within("transformation_operation", id, `"operation_type":"SELECT"`) }
		switch w.random.IntN(6) {
		case 0:
			w.send(named(`{"kind":"conversations","conversation_id":"c` + fmt.Sprint(i%4) + `","agent_position":"a"}`))
			w.send(named(fmt.Sprintf(`{"kind":"conversations","amend":true,"conversation_id":"c%d","output_tokens":%d}`, i%4, i)))
		case 1:
			w.send(named(session(id), operation(id), artifact, edge, checkin(id, "COMPLETED")))
		case 2:
			w.send(named(session(id), artifact))
			w.send(named(operation(id), operation(id), edge))
			w.send(named(checkin(id, []string{"COMPLETED", "FAILED"}[w.random.IntN(2)])))
		case 3:
			w.send(named(operation(shared), operation(shared)))
		case 4:
			w.send(named(strings.Replace(edge, `"session_id":"`+id+`",`, "", 1)))
		default:
			if len(w.sent) > 0 {
				w.send(w.sent[w.random.IntN(len(w.sent))])
			}
		}
	}
}

// Batches that are sequenced while the one before them is on its way come to
// the same as if each had waited, also where that one fails.
func TestSequencesAhead(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			t.Parallel()
			b := &book{t: t}
			store := &moody{Model: storetest.NewModel(), random: rand.New(rand.NewPCG(1, 2)), fails: fails}
			l, err := ledger.Open(t.Context(), store, ledger.Options{Ahead: 1, Logger: slog.New(slog.DiscardHandler)})
			must(t, err)
			b.store, b.l, b.in = store.Model, l, intake.New(l, intake.Limits{})
			workers := make([]*worker, 8)
			var all sync.WaitGroup
			for i := range workers {
				workers[i] = &worker{t: t, in: b.in, random: rand.New(rand.NewPCG(3, uint64(i)))}
				all.Go(func() { workers[i].work(40) })
			}
			all.Wait()
			must(t, l.Close(context.Background()))
			var receipts []daybook.Receipt
			for _, w := range workers {
				receipts = append(receipts, w.got...)
			}
			if len(receipts) < 300 {
				t.Errorf("only %d receipts", len(receipts))
			}
			b.sound(receipts...)
			b.lawful()
		})
	}
}

// lawful checks what amendments and checkins promise, over all entries.
func (b *book) lawful() {
	b.t.Helper()
	newest, revisions := map[string]*daybook.Entry{}, map[string]int64{}
	orders := map[string][]int64{}
	logIDs := map[string]bool{}
	must(b.t, b.store.Scan(b.t.Context(), 0, func(r daybook.Row) error {
		e := r.Entry
		subject := e.Kind.Name + "/" + e.SubjectID()
		revisions[subject]++
		if e.Revision() != revisions[subject] || logIDs[e.LogID()] {
			return fmt.Errorf("entry %d is revision %d of %s, %s", e.Seq, e.Revision(), subject, e.LogID())
		}
		newest[subject], logIDs[e.LogID()] = e, true
		if e.Kind.Name == "transformation_operation" {
			orders[e.Text("session_id")] = append(orders[e.Text("session_id")], e.Get("operation_order").Int())
		}
		return nil
	}))
	for id, list := range orders {
		for i, order := range list {
			if order != int64(i+1) {
				b.t.Errorf("the operations of %s are in the order %v", id, list)
				break
			}
		}
	}
	current := map[string]int{}
	for subject, e := range newest {
		owner := newest["transformation_session/"+e.Text("session_id")]
		switch is := e.Get("is_current"); {
		case e.Kind.Name == "transformation_session" && e.Text("status") == "COMPLETED":
			if n := e.Get("operations_count").Int(); n != int64(len(orders[e.SubjectID()])) {
				b.t.Errorf("%s counts %d operations of %d", subject, n, len(orders[e.SubjectID()]))
			}
		case e.Kind.Name != "lineage_edge" && e.Kind.Name != "output_artifact":
		case owner != nil && owner.Text("status") != "COMPLETED" && is.IsSet():
			b.t.Errorf("%s is in effect, its session %s", subject, owner.Text("status"))
		case owner != nil && owner.Text("status") == "COMPLETED" && e.Kind.Name == "output_artifact" && !is.IsSet():
			b.t.Errorf("%s is not in effect, its session COMPLETED", subject)
		case is.IsSet() && is.Bool():
			current[e.Kind.Name+" "+e.Text("artifact_name")+e.Text("target_name")]++
		}
	}
	for what, n := range current {
		if n != 1 {
			b.t.Errorf("%s is current %d times", what, n)
		}
	}
	if len(current) != 6 {
		b.t.Errorf("current are %v", slices.Sorted(maps.Keys(current)))
	}
}

// watched is a store that remembers its last batch only as long as others do.
type watched struct {
	*storetest.Model
	last weak.Pointer[daybook.Batch]
}

func (w *watched) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	return w.Model.Append(ctx, func(v daybook.View) (*daybook.Batch, error) {
		b, err := sequence(v)
		w.last = weak.Make(b)
		return b, err
	})
}

// A ledger that waits does not hold what it wrote last, and goes on from there.
func TestLetsGoOfBatches(t *testing.T) {
	t.Parallel()
	store := &watched{Model: storetest.NewModel()}
	l, err := ledger.Open(t.Context(), store, ledger.Options{Ahead: 1, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	w := &worker{t: t, in: intake.New(l, intake.Limits{}), random: rand.New(rand.NewPCG(1, 2))}
	for i := range 3 {
		id := uuid.NewString()
		w.send(named(session(id), within("transformation_operation", id, `"operation_type":"SELECT"`)))
		eventually(t, fmt.Sprintf("batch %d is let go of", i), func() bool {
			runtime.GC()
			return store.last.Value() == nil
		})
	}
	must(t, l.Close(context.Background()))
	b := &book{t: t, store: store.Model}
	b.sound(w.got...)
}
