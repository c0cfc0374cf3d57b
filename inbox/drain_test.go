package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/inbox"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/redact"
	"github.com/daybook-audit/daybook/storetest"
)

const session = "0190a000-0000-7000-8000-000000000001"

// logID makes the log_id of a number.
func logID(n int) string { return fmt.Sprintf("0190b000-0000-7000-8000-%012d", n) }

// book is a ledger in memory, with the intake before it.
type book struct {
	t     *testing.T
	store *storetest.Model
	in    daybook.Recorder
}

func newBook(t *testing.T) *book {
	t.Helper()
	store := storetest.NewModel()
	head, err := store.Head(t.Context())
	must(t, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(t, err)
	signer, err := merkle.NewSigner(private)
	must(t, err)
	l, err := ledger.Open(t.Context(), store, ledger.Options{Signer: signer, Anchor: filepath.Join(t.TempDir(), "anchor"), SignEvery: time.Hour})
	must(t, err)
	t.Cleanup(func() { _ = l.Close(context.Background()) })
	return &book{t, store, intake.New(l, intake.Limits{})}
}

// entries gives what the ledger holds of kinds, each as "log_id principal field…".
func (b *book) entries(fields ...string) []string {
	b.t.Helper()
	var all []string
	err := b.store.Scan(b.t.Context(), 0, func(r daybook.Row) error {
		said := []string{r.Entry.Principal()}
		for _, f := range fields {
			if v := r.Entry.Get(f); v.IsSet() {
				said = append(said, v.Text())
			}
		}
		all = append(all, strings.Join(said, " "))
		return nil
	})
	must(b.t, err)
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quiet are options that log nothing.
func quiet(recorder daybook.Recorder) inbox.Options {
	return inbox.Options{Recorder: recorder, Logger: slog.New(slog.DiscardHandler)}
}

// drained starts to take letters and waits until none wait.
func drained(t *testing.T, store any, b *box, o inbox.Options) *inbox.Drain {
	t.Helper()
	d, err := inbox.Start(store, o)
	must(t, err)
	t.Cleanup(d.Close)
	empty(t, b)
	return d
}

func empty(t *testing.T, b *box) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		w, _ := b.Waiting(t.Context())
		if w.Letters == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d letters still wait", w.Letters)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestLettersAreTakenInOrder(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	b.put("etl", "transformation_session", `{"log_id": %q, "id": %q, "agent_id": "loader"}`, logID(1), session)
	b.put("etl", "transformation_operation", `{"log_id": %q, "session_id": %q, "operation_type": "CLEAN"}`, logID(2), session)
	b.put("bi", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(3))
	b.put("etl", "transformation_session", `{"log_id": %q, "id": %q, "amend": true, "status": "COMPLETED"}`, logID(4), session)
	drained(t, b, b, quiet(k.in))
	want := []string{
		"postgres/etl " + logID(1) + " 2026-01-31T09:00:00.000000Z",
		"postgres/etl " + logID(2) + " 2026-01-31T09:00:00.000000Z",
		"postgres/bi " + logID(3) + " 2026-01-31T09:00:00.000000Z",
		"postgres/etl " + logID(4) + " 2026-01-31T09:00:00.000000Z 2026-01-31T09:00:00.000000Z",
	}
	if got := k.entries("log_id", "started_at", "created_at", "completed_at"); !slices.Equal(got, want) {
		t.Errorf("the ledger has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// What comes later is taken, too.
	b.put("bi", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(5))
	empty(t, b)
	if got := k.entries(); len(got) != 5 {
		t.Errorf("%d entries, want 5", len(got))
	}
}

func TestTimesThatFollowAreNotOvertaken(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO", "completed_at": "2026-01-31T08:00:00Z"}`, logID(1))
	drained(t, b, b, quiet(k.in))
	if got := k.entries("started_at"); len(got) != 1 || got[0] != "postgres/etl 2026-01-31T08:00:00.000000Z" {
		t.Errorf("the ledger has %q, and %v was refused", got, b.rejects())
	}
}

func TestRefusedLettersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	redactor, err := redact.New(redact.Options{})
	must(t, err)
	const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(1))
	b.put("etl", "nonsense", `{"log_id": %q}`, logID(2))
	b.put("etl", "action_logs", `{"log_id": %q, "thought": %q}`, logID(3), secret)
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO", "duration_ms": -7}`, logID(4))
	b.put("etl", "transformation_operation", `{"log_id": %q, "session_id": %q, "operation_type": "CLEAN"}`, logID(5), session)
	b.put("etl", "erasure", `{"log_id": %q}`, logID(6))
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(7))
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CTO"}`, logID(1))
	b.put("etl", "action_logs", `[`)
	o := quiet(k.in)
	o.Redactor = redactor
	drained(t, b, b, o)
	if got, want := k.entries("log_id"), []string{"postgres/etl " + logID(1), "postgres/etl " + logID(7)}; !slices.Equal(got, want) {
		t.Errorf("the ledger has %q, want %q", got, want)
	}
	var why []string
	for _, r := range b.rejects() {
		if strings.Contains(string(r.Record)+r.Why.Error(), secret) {
			t.Errorf("the reject %d holds the secret", r.Place)
		}
		why = append(why, fmt.Sprintf("%d %s %s", r.Place, r.Why.Code, r.Why.Path))
	}
	want := []string{
		"2 invalid /kind", "3 invalid /thought", "4 invalid /duration_ms", "5 invalid /session_id", "6 forbidden /kind", "8 conflict /log_id", "9 malformed ",
	}
	if !slices.Equal(why, want) {
		t.Errorf("refused are\n%s\nwant\n%s", strings.Join(why, "\n"), strings.Join(want, "\n"))
	}
}

// A moody Recorder answers some calls with an error, before or after it has
// recorded.
type moody struct {
	next   daybook.Recorder
	mu     sync.Mutex
	before []error
	after  []error
	calls  int
}

func (m *moody) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if len(m.before) > 0 {
		err := m.before[0]
		m.before = m.before[1:]
		return nil, err
	}
	receipts, err := m.next.Record(ctx, p, records)
	if err == nil && len(m.after) > 0 {
		receipts, err = nil, m.after[0]
		m.after = m.after[1:]
	}
	return receipts, err
}

func TestLettersWaitForTheLedger(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	away := &daybook.Error{Code: daybook.CodeUnavailable, Message: "the store is away"}
	m := &moody{next: k.in, before: []error{
		away, &daybook.Error{Code: daybook.CodeForbidden, Message: "the login may not write"}, errors.New("anything"),
	}, after: []error{away}}
	b.failing = away // and the removal fails once
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(1))
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(2))
	drained(t, b, b, quiet(m))
	if got, want := k.entries("log_id"), []string{"postgres/etl " + logID(1), "postgres/etl " + logID(2)}; !slices.Equal(got, want) {
		t.Errorf("the ledger has %q, want %q, each once", got, want)
	}
	if rejects := b.rejects(); len(rejects) != 0 || m.calls != 6 {
		t.Errorf("%d calls, want 6: four that fail, one whose letters are not removed, and one; refused are %v", m.calls, rejects)
	}
}

// A refusal that names no record is found by halving.
func TestUnnamedRefusals(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	m := recorderFunc(func(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
		for i := range records {
			if records[i].LogID() == logID(3) {
				return nil, &daybook.Error{Code: daybook.CodeTooLarge, Message: "too long for an index"}
			}
		}
		return k.in.Record(ctx, p, records)
	})
	for n := 1; n <= 5; n++ {
		b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(n))
	}
	drained(t, b, b, quiet(m))
	if rejects := b.rejects(); len(rejects) != 1 || rejects[0].Place != 3 || len(k.entries()) != 4 {
		t.Errorf("%d entries, want 4; refused are %v, want the third", len(k.entries()), rejects)
	}
}

type recorderFunc func(context.Context, daybook.Principal, []daybook.Record) ([]daybook.Receipt, error)

func (f recorderFunc) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	return f(ctx, p, records)
}

// TestWritersInTurn: where logins alternate, not all hangs on the last of them.
func TestWritersInTurn(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	var want []string
	for n := range 40 {
		writer := fmt.Sprint("job", n%2)
		b.put(writer, "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(n))
		want = append(want, "postgres/"+writer+" "+logID(n))
	}
	unsettled, most := 0, 0
	o := quiet(k.in)
	o.Step = func(step string) {
		if unsettled++; step == "settled" {
			unsettled = 0
		}
		most = max(most, unsettled)
	}
	drained(t, b, b, o).Close()
	if got := k.entries("log_id"); !slices.Equal(got, want) {
		t.Errorf("the ledger has %q, want %q", got, want)
	}
	if most == 0 || most > 16 {
		t.Errorf("%d turns were recorded before they were settled, want some, and at most 16", most)
	}
}

// sharedBox is one server's way to an inbox that several share.
type sharedBox struct {
	*box
	*storetest.Server
}

func TestOneServerTakesAtATime(t *testing.T) {
	t.Parallel()
	b, k, shared := newBox(), newBook(t), storetest.NewShared()
	var mu sync.Mutex
	by := map[string]int{}
	counting := func(name string) daybook.Recorder {
		return recorderFunc(func(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
			mu.Lock()
			by[name] += len(records)
			mu.Unlock()
			return k.in.Record(ctx, p, records)
		})
	}
	first := drained(t, sharedBox{b, shared.Open()}, b, quiet(counting("first")))
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(1))
	empty(t, b)
	drained(t, sharedBox{b, shared.Open()}, b, quiet(counting("second")))
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(2))
	empty(t, b)
	first.Close()
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(3))
	empty(t, b)
	mu.Lock()
	defer mu.Unlock()
	if by["first"] != 2 || by["second"] != 1 {
		t.Errorf("taken were %v, want two by the first and one by the second, after the first was closed", by)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	b, k := newBox(), newBook(t)
	registry := prometheus.NewPedanticRegistry()
	o := quiet(k.in)
	o.Registry = registry
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(1))
	b.put("etl", "nonsense", `{}`)
	drained(t, b, b, o).Close()
	b.put("etl", "action_logs", `{"log_id": %q, "agent_position": "CFO"}`, logID(2))
	found, err := registry.Gather()
	must(t, err)
	got := map[string]float64{}
	for _, f := range found {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
	}
	if age := got["daybook_inbox_oldest_seconds"]; age < 3600 {
		t.Errorf("the oldest is %v seconds old, and was written on %s", age, at)
	}
	delete(got, "daybook_inbox_oldest_seconds")
	want := map[string]float64{"daybook_inbox_taken_total": 1, "daybook_inbox_rejected_total": 1, "daybook_inbox_waiting": 1, "daybook_inbox_unsettled": 1}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestStoresWithoutAnInbox(t *testing.T) {
	t.Parallel()
	d, err := inbox.Start(storetest.NewModel(), inbox.Options{})
	if d != nil || err != nil {
		t.Errorf("got %v, %v; want nothing", d, err)
	}
	d.Close()
}
