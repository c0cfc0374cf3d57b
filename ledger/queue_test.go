package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// gated is a store whose appends wait for the gate.
type gated struct {
	*storetest.Model
	gate func()
}

func (g *gated) Append(ctx context.Context, sequence func(daybook.View) (*daybook.Batch, error)) error {
	g.gate()
	return g.Model.Append(ctx, sequence)
}

// behind opens a ledger whose appends wait for the gate.
func behind(t *testing.T, gate func(), o ledger.Options) (*ledger.Ledger, *storetest.Model) {
	t.Helper()
	model := storetest.NewModel()
	l, err := ledger.Open(t.Context(), &gated{model, gate}, o)
	must(t, err)
	return l, model
}

func thoughts(name string, n int) []daybook.Record {
	records := make([]daybook.Record, n)
	for i := range records {
		r, err := daybook.RecordOf(daybook.ThinkingLog{
			ThinkingID: fmt.Sprint(name, "-", i), ConversationID: "c", AgentPosition: "CFO", ThinkingContent: "so it goes",
			BusinessID: "default", Timestamp: time.Unix(1_700_000_000, 0),
		})
		if err != nil {
			panic(err)
		}
		r.SetLogID(fmt.Sprintf("00000000-0000-7000-8000-%012x", hash(name, i)))
		records[i] = r
	}
	return records
}

func hash(name string, i int) uint64 {
	sum := uint64(14695981039346656037)
	for _, c := range []byte(fmt.Sprint(name, "/", i)) {
		sum = (sum ^ uint64(c)) * 1099511628211
	}
	return sum & (1<<48 - 1)
}

// TestOverload: more is written than the store takes. What was acknowledged is
// there, what was refused is not, and no more is held than was allowed.
func TestOverload(t *testing.T) {
	t.Parallel()
	const most, per, writers, each = 200, 10, 64, 12
	registry := prometheus.NewRegistry()
	full := make(chan struct{}) // nothing goes in before the queue was full, however fast or slow the machine
	l, model := behind(t, func() { <-full; time.Sleep(2 * time.Millisecond) },
		ledger.Options{QueueRecords: most, MaxCommit: 50, QueueWait: -1, Registry: registry})
	isFull := sync.OnceFunc(func() { close(full) })
	var taken, refused sync.Map
	var highest atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				name := fmt.Sprint(w, ".", i)
				receipts, err := l.Record(t.Context(), daybook.Local, thoughts(name, per))
				highest.Store(max(highest.Load(), int64(value(t, registry, "daybook_ledger_queue_records"))))
				switch {
				case err == nil && len(receipts) == per:
					taken.Store(name, true)
				case daybook.CodeOf(err) == daybook.CodeUnavailable && strings.Contains(err.Error(), "too many records wait"):
					refused.Store(name, true)
					isFull()
				default:
					t.Errorf("%d receipts, %v", len(receipts), err)
				}
			}
		})
	}
	all.Wait()
	must(t, l.Close(t.Context()))
	there := map[string]int{}
	must(t, model.Scan(t.Context(), 0, func(r daybook.Row) error {
		name, _, _ := strings.Cut(r.Entry.SubjectID(), "-")
		there[name]++
		return nil
	}))
	count := func(m *sync.Map, want int) (n int) {
		m.Range(func(name, _ any) bool {
			n++
			if there[name.(string)] != want {
				t.Errorf("%s: %d entries, want %d", name, there[name.(string)], want)
			}
			return true
		})
		return n
	}
	if n := count(&taken, per); n == 0 {
		t.Error("nothing was taken")
	}
	if n := count(&refused, 0); n == 0 || value(t, registry, "daybook_ledger_queue_refusals_total") != float64(n) {
		t.Errorf("%d were refused", n)
	}
	if highest.Load() > most {
		t.Errorf("%d records were held, %d were allowed", highest.Load(), most)
	}
	if left := value(t, registry, "daybook_ledger_queue_records") + value(t, registry, "daybook_ledger_queue_bytes"); left != 0 {
		t.Errorf("%g are left in the queue", left)
	}
}

func TestHugeBatchFitsAnEmptyQueue(t *testing.T) {
	t.Parallel()
	l, model := behind(t, func() {}, ledger.Options{QueueRecords: 100, QueueBytes: 1000, QueueWait: -1})
	_, err := l.Record(t.Context(), daybook.Local, thoughts("a", 10_000))
	must(t, err)
	must(t, l.Close(t.Context()))
	if head, err := model.Head(t.Context()); err != nil || head.Size != 10_000 {
		t.Errorf("%d entries, %v", head.Size, err)
	}
}

// stuck fills a ledger's queue with one write of ten records, and gives what
// lets it go on.
func stuck(t *testing.T, o ledger.Options) (l *ledger.Ledger, free func()) {
	t.Helper()
	held := make(chan struct{})
	inside := make(chan struct{}, 100)
	l, _ = behind(t, func() { inside <- struct{}{}; <-held }, o)
	var all sync.WaitGroup
	all.Go(func() {
		_, err := l.Record(context.Background(), daybook.Local, thoughts("first", 10))
		if err != nil {
			t.Error(err)
		}
	})
	<-inside
	free = sync.OnceFunc(func() { close(held); all.Wait() })
	t.Cleanup(func() { free(); _ = l.Close(context.Background()) })
	return l, free
}

func TestWriterInLineGetsIn(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]ledger.Options{
		"records": {QueueRecords: 10, QueueWait: time.Hour},
		"bytes":   {QueueBytes: 4000, QueueWait: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, free := stuck(t, o)
			if l.QueueFullFor() != 0 {
				t.Error("nobody has found it full yet")
			}
			told := make(chan error)
			go func() {
				_, err := l.Record(context.Background(), daybook.Local, thoughts("second", 10))
				told <- err
			}()
			for l.QueueFullFor() == 0 {
				time.Sleep(time.Millisecond)
			}
			select {
			case err := <-told:
				t.Fatalf("did not wait: %v", err)
			default:
			}
			free()
			must(t, <-told)
			if l.QueueFullFor() != 0 {
				t.Error("full after all was written")
			}
		})
	}
}

func TestWriterInLineIsRefused(t *testing.T) {
	t.Parallel()
	l, _ := stuck(t, ledger.Options{QueueRecords: 10, QueueWait: time.Millisecond})
	_, err := l.Record(t.Context(), daybook.Local, thoughts("late", 1))
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != daybook.CodeUnavailable || !strings.Contains(e.Hint, "nothing of this was recorded") {
		t.Errorf("got %v", err)
	}
	must(t, l.Ready(t.Context())) // slow, but ready
}

func TestLineIsBounded(t *testing.T) {
	t.Parallel()
	l, _ := stuck(t, ledger.Options{QueueRecords: 10, QueueWait: time.Hour})
	gone, leave := context.WithCancel(t.Context())
	told := make(chan error, 2)
	for _, name := range []string{"one", "other"} { // of whom the line has room for one
		go func() {
			_, err := l.Record(gone, daybook.Local, thoughts(name, 10))
			told <- err
		}()
	}
	if err := <-told; daybook.CodeOf(err) != daybook.CodeUnavailable || errors.Is(err, context.Canceled) {
		t.Errorf("behind a full line: %v", err)
	}
	leave()
	if err := <-told; !errors.Is(err, context.Canceled) {
		t.Errorf("left the line: %v", err)
	}
}

// TestCloseWithAFullQueue: whoever stands in line is sent away, what is inside
// is written, and Close comes to an end.
func TestCloseWithAFullQueue(t *testing.T) {
	t.Parallel()
	l, free := stuck(t, ledger.Options{QueueRecords: 10, QueueWait: time.Hour})
	told := make(chan error, 3)
	for i := range 3 {
		go func() {
			_, err := l.Record(context.Background(), daybook.Local, thoughts(fmt.Sprint("w", i), 3))
			told <- err
		}()
	}
	for l.QueueFullFor() == 0 {
		time.Sleep(time.Millisecond)
	}
	closed := make(chan error)
	go func() { closed <- l.Close(context.Background()) }()
	for range 3 {
		if err := <-told; daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Errorf("in line while it closed: %v", err)
		}
	}
	free()
	must(t, <-closed)
}
