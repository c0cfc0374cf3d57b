package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// day opens a ledger in a bubble whose time goes by when nothing else happens,
// and watches its sessions.
func day(t *testing.T, store *storetest.Model, between func(next daybook.Recorder) daybook.Recorder) *book {
	t.Helper()
	b := &book{t: t, store: store, o: ledger.Options{SignEvery: time.Hour}}
	b.start()
	recorder := b.in
	if between != nil {
		recorder = between(recorder)
	}
	stop := b.l.Abandon(ledger.Abandonment{After: 24 * time.Hour, Every: 10 * time.Minute, Recorder: recorder})
	t.Cleanup(func() { stop(); _ = b.l.Close(context.Background()) })
	return b
}

// after lets time go by.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func sessionID(n int) string { return fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", n) }

func (b *book) checkout(n int) {
	b.t.Helper()
	b.write(`{"kind":"transformation_session","id":"` + sessionID(n) + `","agent_id":"wasde","source_tables":["bronze.x"]}`)
}

func (b *book) within(n int, kind, fields string) {
	b.t.Helper()
	b.write(`{"kind":"` + kind + `","session_id":"` + sessionID(n) + `",` + fields + `}`)
}

const (
	anOperation = `"operation_type":"SELECT"`
	anArtifact  = `"artifact_type":"TABLE","artifact_name":"silver.x"`
	anEdge      = `"source_type":"TABLE","source_schema":"bronze","source_name":"x","target_type":"TABLE","target_schema":"silver","target_name":"x","relationship_type":"DERIVES_FROM"`
)

func (b *book) status(n int, want string) *daybook.Entry {
	b.t.Helper()
	e := b.current("transformation_session", sessionID(n))
	if e.Text("status") != want {
		b.t.Errorf("after %s session %d is %s, want %s", time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), n, e.Text("status"), want)
	}
	return e
}

func TestSilentSessionIsAbandoned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := day(t, storetest.NewModel(), nil)
		b.checkout(1)
		b.within(1, "output_artifact", anArtifact)
		b.within(1, "lineage_edge", anEdge)
		b.checkout(2)
		b.write(`{"kind":"transformation_session","amend":true,"id":"` + sessionID(2) + `","error_message":"lost my way"}`)
		b.checkout(3)
		b.write(`{"kind":"transformation_session","amend":true,"id":"` + sessionID(3) + `","status":"COMPLETED"}`)
		after(24*time.Hour - time.Minute)
		b.status(1, "ACTIVE")
		after(15 * time.Minute)
		e := b.status(1, "ABANDONED")
		if want := "no checkin and no entry for 24h; the last was logged at 2000-01-01T00:00:00.000000Z"; e.Text("error_message") != want {
			t.Errorf("it says %q", e.Text("error_message"))
		}
		if e.Principal() != "daybook" || e.Revision() != 2 || e.Get("outputs_count").Int() != 1 || e.Text("completed_at") == "" {
			t.Errorf("the entry is %s", e.AppendExport(nil))
		}
		if e := b.status(2, "ABANDONED"); e.Text("error_message") != "lost my way" {
			t.Errorf("its own error became %q", e.Text("error_message"))
		}
		if e := b.status(3, "COMPLETED"); e.Principal() == "daybook" {
			t.Error("a session that was checked in was ended again")
		}
		for _, kind := range []string{"output_artifact", "lineage_edge"} {
			found, err := b.store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind(kind)})
			must(t, err)
			if len(found) != 1 || found[0].Get("is_current").IsSet() {
				t.Errorf("%s of an abandoned session: %s", kind, found[0].AppendExport(nil))
			}
		}
		b.sound()
	})
}

func TestAbandonedSessionTakesNothingMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := day(t, storetest.NewModel(), nil)
		b.checkout(1)
		after(25 * time.Hour)
		for _, input := range []string{
			`{"kind":"transformation_session","amend":true,"id":"` + sessionID(1) + `","status":"COMPLETED"}`,
			`{"kind":"transformation_operation","session_id":"` + sessionID(1) + `",` + anOperation + `}`,
		} {
			_, err := b.try(input)
			if daybook.CodeOf(err) != daybook.CodeConflict || !strings.Contains(err.Error(), "ABANDONED") {
				t.Errorf("%s: %v", input, err)
			}
		}
		b.write(`{"kind":"transformation_session","id":"` + sessionID(2) + `","agent_id":"wasde","parent_session_id":"` + sessionID(1) + `"}`)
	})
}

// TestSignsOfLife: a session is alive as long as it, or what belongs to it,
// goes on being logged, also across a restart.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	signs := map[string]func(b *book){
		"operation": func(b *book) { b.within(1, "transformation_operation", anOperation) },
		"artifact":  func(b *book) { b.within(1, "output_artifact", anArtifact) },
		"edge":      func(b *book) { b.within(1, "lineage_edge", anEdge) },
		"amendment": func(b *book) {
			b.write(`{"kind":"transformation_session","amend":true,"id":"` + sessionID(1) + `","source_tables":["bronze.` + fmt.Sprint(time.Now().Unix()) + `"]}`)
		},
	}
	for name, sign := range signs {
		for _, restarts := range []bool{false, true} {
			t.Run(fmt.Sprint(name, restarts), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					store := storetest.NewModel()
					b := day(t, store, nil)
					b.checkout(1)
					for range 4 {
						after(20 * time.Hour)
						sign(b)
						if restarts {
							must(t, b.l.Close(t.Context()))
							b = day(t, store, nil)
						}
					}
					after(20 * time.Hour)
					b.status(1, "ACTIVE")
					after(5 * time.Hour)
					b.status(1, "ABANDONED")
				})
			})
		}
	}
}

// interloper checks one session in just before the others are abandoned.
type interloper struct {
	daybook.Recorder
	mu     sync.Mutex
	before func()
}

func (i *interloper) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	i.mu.Lock()
	if i.before != nil {
		i.before()
		i.before = nil
	}
	i.mu.Unlock()
	return i.Recorder.Record(ctx, p, records)
}

func TestCheckinMeanwhileWins(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var late interloper
		b := day(t, storetest.NewModel(), func(next daybook.Recorder) daybook.Recorder {
			late.Recorder = next
			return &late
		})
		const sessions = 250
		for n := range sessions {
			b.checkout(n)
		}
		late.mu.Lock()
		late.before = func() {
			b.write(`{"kind":"transformation_session","amend":true,"id":"` + sessionID(42) + `","status":"COMPLETED"}`)
		}
		late.mu.Unlock()
		after(24*time.Hour + 15*time.Minute)
		for n := range sessions {
			want := "ABANDONED"
			if n == 42 {
				want = "COMPLETED"
			}
			b.status(n, want)
		}
		b.sound()
	})
}

// TestAbandonsWhenTheStoreIsBack: a store that fails only makes it later, also
// where the answer was lost.
func TestAbandonsWhenTheStoreIsBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := day(t, storetest.NewModel(), nil)
		b.checkout(1)
		after(24*time.Hour - 30*time.Second)
		b.store.FailNext(fmt.Errorf("the disk is full"))
		after(25 * time.Minute)
		b.status(1, "ABANDONED")
		b.store.LoseAck(fmt.Errorf("the connection broke"))
		if _, err := b.try(`{"kind":"transformation_session","id":"` + sessionID(2) + `","agent_id":"wasde"}`); err == nil {
			t.Fatal("the answer was not lost")
		}
		after(25 * time.Hour)
		b.status(2, "ABANDONED")
	})
}

func TestAbandonsManySessionsOfBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := storetest.NewModel()
		b := &book{t: t, store: store, o: ledger.Options{SignEvery: time.Hour}}
		b.start()
		var input []string
		for n := range 1200 {
			input = append(input, `{"kind":"transformation_session","id":"`+sessionID(n)+`","agent_id":"wasde"}`)
		}
		b.write("[" + strings.Join(input, ",") + "]")
		must(t, b.l.Close(t.Context()))
		after(48 * time.Hour)
		day(t, store, nil)
		after(15 * time.Minute)
		found, err := store.Select(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_session"), Filters: []daybook.Filter{daybook.Is("status", "ABANDONED")}})
		must(t, err)
		if len(found) != 1200 {
			t.Errorf("%d of 1200 sessions are abandoned", len(found))
		}
	})
}
