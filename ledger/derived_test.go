package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/storetest"
)

// deriving stands between intake and ledger, and has an edge follow from each
// operation for each word of its transformation_logic.
type deriving struct {
	next daybook.Recorder
	more string // further words
}

func (d deriving) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	for i := range records {
		r := &records[i]
		if r.Kind.Name != "transformation_operation" {
			continue
		}
		r.Derived = nil
		for _, target := range strings.Fields(r.Get("transformation_logic").Text() + d.more) {
			edge := daybook.NewRecord(daybook.MustKind("lineage_edge"))
			for column, text := range map[string]string{
				"business_id": r.Business(), "session_id": r.Get("session_id").Text(), "created_at": r.Get("created_at").Text(), "origin": daybook.EdgeParsed,
				"source_type": "TABLE", "source_name": "d", "target_type": "TABLE", "target_name": target, "relationship_type": "DERIVES_FROM",
			} {
				edge.Set(column, daybook.TextValue(text))
			}
			at, _ := edge.Kind.Column("log_id")
			edge.Fill(at, daybook.TextValue(uuid.NewString()))
			r.Derived = append(r.Derived, edge)
		}
	}
	return d.next.Record(ctx, p, records)
}

func openDeriving(t *testing.T) *book {
	t.Helper()
	b := open(t)
	b.derive()
	return b
}

func (b *book) derive(more ...string) {
	b.in = intake.New(deriving{b.l, strings.Join(more, "")}, intake.Limits{})
}

// edges gives the edges of a session as target, origin and whether they are current.
func (b *book) edges(session string) string {
	b.t.Helper()
	entries, err := b.store.Select(b.t.Context(), daybook.Query{
		Kind: daybook.MustKind("lineage_edge"), Filters: []daybook.Filter{daybook.Is("session_id", session)}, Oldest: true,
	})
	must(b.t, err)
	var list []string
	for _, e := range entries {
		said := e.Text("target_name")
		if e.Text("origin") != daybook.EdgeParsed {
			said += "!"
		}
		if e.Get("is_current").IsSet() {
			said += "+"
		}
		list = append(list, said)
	}
	return strings.Join(list, " ")
}

func sql(logID, session, logic string) string {
	return within("transformation_operation", session, `"log_id":"`+logID+`","operation_type":"SELECT","transformation_logic":"`+logic+`"`)
}

const (
	first  = "0190f3c2-7b1e-7a40-8c11-0000000000a1"
	second = "0190f3c2-7b1e-7a40-8c11-0000000000a2"
	third  = "0190f3c2-7b1e-7a40-8c11-0000000000a3"
)

func TestDerivedRecordsFollow(t *testing.T) {
	t.Parallel()
	b := openDeriving(t)
	b.write(session(sid))
	receipts := b.write(sql(first, sid, "a b a"))
	if len(receipts) != 1 || receipts[0].LogID != first || receipts[0].Duplicate {
		t.Errorf("receipts: %+v", receipts)
	}
	wants := func(edges string) {
		t.Helper()
		if got := b.edges(sid); got != edges {
			t.Errorf("the session has the edges %q, want %q", got, edges)
		}
	}
	wants("a b")
	if again := b.write(sql(first, sid, "a b a"))[0]; !again.Duplicate || again.Seq != receipts[0].Seq {
		t.Errorf("a repeat: %+v", again)
	}
	wants("a b")
	receipts = append(receipts, b.write(sql(second, sid, "b c")+sql(second, sid, "b c"))...)
	if !receipts[2].Duplicate {
		t.Error("a repeat within a batch is none")
	}
	wants("a b c")
	b.write(within("lineage_edge", sid, `"source_type":"TABLE","source_name":"d","target_type":"TABLE","target_name":"b","relationship_type":"DERIVES_FROM"`))
	wants("a b c b!")
	b.write(sql(third, sid, "d") + checkin(sid, "COMPLETED"))
	wants("b! a+ b+ c+ d+") // in the order of their newest revisions
	b.sound(receipts...)
}

// What is not written leaves no edge behind, and none that is taken to be
// there.
func TestDerivedRecordsOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	b := openDeriving(t)
	b.write(session(sid))
	b.refuse(sql(first, sid, "a")+within("transformation_operation", sid[:35]+"9", `"operation_type":"SELECT"`), daybook.CodeInvalid, "/1/session_id")
	b.store.FailNext(errors.New("disk full"))
	if _, err := b.try(sql(first, sid, "a")); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a failed append: %v", err)
	}
	b.write(sql(second, sid, "a b"))
	b.store.LoseAck(errors.New("connection lost"))
	if _, err := b.try(sql(third, sid, "b c")); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("an unanswered append: %v", err)
	}
	b.derive(" x") // more is known by now
	if r := b.write(sql(third, sid, "b c")); !r[0].Duplicate {
		t.Error("the repeat of an unanswered write wrote again")
	}
	must(t, b.l.Close(t.Context()))
	b.start()
	b.derive()
	b.write(sql(first, sid, "c d a"))
	if got := b.edges(sid); got != "a b c d" {
		t.Errorf("the session has the edges %q", got)
	}
	b.sound()
}

// However batches are sequenced, and fail, each session has each derived edge
// of its operations once.
func TestDerivedRecordsAhead(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			t.Parallel()
			b := &book{t: t}
			store := &moody{Model: storetest.NewModel(), random: rand.New(rand.NewPCG(5, 6)), fails: fails}
			l, err := ledger.Open(t.Context(), store, ledger.Options{Ahead: 1, Logger: slog.New(slog.DiscardHandler)})
			must(t, err)
			b.store, b.l = store.Model, l
			b.derive()
			setUp := &worker{t: t, in: b.in}
			const sessions = 3
			for i := range sessions {
				setUp.send(session(sessionID(i)))
			}
			var all sync.WaitGroup
			want := make([]map[string]bool, sessions)
			var mu sync.Mutex
			for n := range 6 {
				all.Go(func() {
					w := &worker{t: t, in: b.in, random: rand.New(rand.NewPCG(7, uint64(n)))}
					for range 40 {
						i, a, z := w.random.IntN(sessions), fmt.Sprint("t", w.random.IntN(40)), fmt.Sprint("t", w.random.IntN(40))
						batch := sql(uuid.NewString(), sessionID(i), a+" "+z)
						if w.random.IntN(4) == 0 { // refused as a whole
							batch += within("transformation_operation", sid[:35]+"9", `"operation_type":"SELECT"`)
						}
						if w.send(batch) {
							mu.Lock()
							if want[i] == nil {
								want[i] = map[string]bool{}
							}
							want[i][a], want[i][z] = true, true
							mu.Unlock()
						}
					}
				})
			}
			all.Wait()
			must(t, l.Close(context.Background()))
			b.sound()
			for i := range sessions {
				got := strings.Fields(b.edges(sessionID(i)))
				seen := map[string]bool{}
				for _, target := range got {
					if seen[target] || !want[i][target] {
						t.Errorf("session %d has an edge to %s twice, or from nowhere", i, target)
					}
					seen[target] = true
				}
				if len(seen) != len(want[i]) {
					t.Errorf("session %d has %d edges, want %d", i, len(seen), len(want[i]))
				}
			}
		})
	}
}
