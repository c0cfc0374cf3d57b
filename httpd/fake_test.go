package httpd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/prometheus/client_golang/prometheus"
)

const instant = "2026-01-31T09:00:00.000000Z"

// recorder is a ledger of fixed times: it keeps what it was given, knows
// log_ids again, and fails when it is told to.
type recorder struct {
	mu       sync.Mutex
	entries  []*daybook.Entry
	byLogID  map[string]daybook.Receipt
	calls    int
	last     daybook.Principal
	fail     func(records []daybook.Record) error
	working  func(context.Context) error // or nil
	entering func()
}

func (f *recorder) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if f.entering != nil {
		f.entering()
	}
	if f.working != nil {
		if err := f.working(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	f.last = p
	if f.fail != nil {
		if err := f.fail(records); err != nil {
			return nil, err
		}
	}
	receipts := make([]daybook.Receipt, len(records))
	for i := range records {
		receipts[i] = f.one(p, &records[i])
	}
	return receipts, nil
}

func (f *recorder) one(p daybook.Principal, r *daybook.Record) daybook.Receipt {
	if first, ok := f.byLogID[r.LogID()]; ok && r.LogID() != "" {
		first.Duplicate = true
		return first
	}
	seq := int64(len(f.entries))
	if r.LogID() == "" {
		r.SetLogID(fmt.Sprintf("00000000-0000-7000-8000-%012d", seq))
	}
	if r.SubjectID() == "" {
		id, err := r.Kind.Subject().ParseText(map[bool]string{true: strconv.FormatInt(seq, 10), false: fmt.Sprintf("00000000-0000-4000-8000-%012d", seq)}[r.Kind.Subject().Serial])
		if err != nil {
			panic(err)
		}
		r.Set(r.Kind.Subject().Name, id)
	}
	e := &daybook.Entry{Kind: r.Kind, Seq: seq, LogHash: [32]byte{byte(seq)}, Values: r.Values}
	e.Seal(daybook.Envelope{
		LogID: r.LogID(), LoggedAt: instant, Principal: p.Name, RetainUntil: daybook.Forever,
		Salt: strings.Repeat("5a", 16), Revision: map[bool]int64{false: 1, true: 2}[r.Amend],
	})
	f.entries = append(f.entries, e)
	receipt := daybook.Receipt{
		Kind: r.Kind.Name, ID: e.SubjectID(), LogID: e.LogID(), Seq: seq,
		LogHash: fmt.Sprintf("%064x", seq), LoggedAt: instant, Revision: e.Revision(),
	}
	if f.byLogID == nil {
		f.byLogID = map[string]daybook.Receipt{}
	}
	f.byLogID[e.LogID()] = receipt
	return receipt
}

func (f *recorder) stored() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.entries)
}

// reader answers the same to everyone, and keeps what it was asked.
type reader struct {
	entries []*daybook.Entry
	asked   any
	err     error
	// failAt lets an export fail when so many entries are out; 0 for never.
	failAt int
}

func (f *reader) Get(_ context.Context, _ daybook.Principal, kind *daybook.Kind, id string) (*daybook.Entry, error) {
	f.asked = id
	for _, e := range f.entries {
		if e.Kind == kind && e.SubjectID() == id {
			return e, f.err
		}
	}
	return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "there is no " + kind.Name + " " + strconv.Quote(id), Hint: "list them"}
}

func (f *reader) List(_ context.Context, _ daybook.Principal, q daybook.Query) (*daybook.Page, error) {
	f.asked = q
	page := &daybook.Page{}
	for _, e := range f.entries {
		if e.Kind == q.Kind && (q.IDs == nil || q.IDs[0] == e.SubjectID()) {
			page.Entries = append(page.Entries, e)
		}
	}
	if q.Limit == 1 {
		page.Next = "bmV4dA"
	}
	return page, f.err
}

func (f *reader) Export(_ context.Context, _ daybook.Principal, q daybook.ExportQuery, fn func(*daybook.Entry) error) error {
	f.asked = q
	for i, e := range f.entries {
		if f.failAt > 0 && i == f.failAt {
			return &daybook.Error{Code: daybook.CodeDamaged, Message: "a row is broken"}
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return f.err
}

func (f *reader) History(_ context.Context, _ daybook.Principal, q daybook.HistoryQuery) ([]daybook.Event, error) {
	f.asked = q
	return f.events(), f.err
}

func (f *reader) Activity(_ context.Context, _ daybook.Principal, q daybook.ActivityQuery) ([]daybook.Event, error) {
	f.asked = q
	return f.events(), f.err
}

func (f *reader) events() []daybook.Event {
	var out []daybook.Event
	for _, e := range f.entries {
		out = append(out, daybook.NewEvent(e, nil, "approval", "it was decided"))
	}
	return out
}

func (f *reader) Lineage(_ context.Context, _ daybook.Principal, q daybook.LineageQuery) (*daybook.Graph, error) {
	f.asked = q
	return &daybook.Graph{
		Root: q.Node, Direction: q.Direction, Depth: daybook.DefaultDepth, Columns: q.Columns,
		Nodes: []daybook.GraphNode{{Node: q.Node, Table: q.Node}, {Node: "silver.observation", Table: "silver.observation", Depth: 1}},
		Edges: []daybook.GraphEdge{{
			Source: "silver.observation", Target: q.Node, RelationshipType: "DERIVES_FROM", Origin: "EXPLICIT",
			ID: 7, LogID: "00000000-0000-7000-8000-000000000007", CreatedAt: instant, Count: 1,
		}},
	}, f.err
}

func (f *reader) Why(_ context.Context, _ daybook.Principal, q daybook.WhyQuery) (*daybook.Why, error) {
	f.asked = q
	return whyOf(q, f.entries), f.err
}

func (f *reader) Cost(_ context.Context, _ daybook.Principal, q daybook.CostQuery) (*daybook.Cost, error) {
	f.asked = q
	spent := daybook.Spent{Calls: 2, InputTokens: 1000, OutputTokens: 200, CostUSD: 0.75, ComputedUSD: 0.5, GivenUSD: 0.25, ComputedCalls: 1, GivenCalls: 1}
	return &daybook.Cost{By: append([]string{}, q.By...), Groups: []daybook.CostGroup{{Agent: "CFO", Spent: spent}}, Total: spent}, f.err
}

func (f *reader) SQL(_ context.Context, _ daybook.Principal, q daybook.SQLQuery) (*daybook.Table, error) {
	f.asked = q
	return &daybook.Table{
		Columns: []string{"agent", "cost", "n", "late", "tags", "nothing"},
		Rows: [][]any{
			{"CFO", 1.5, int64(3), true, json.RawMessage(`["a", "b"]`), nil},
			{`say "hi", <you>`, 0.25, int64(-1), false, json.RawMessage(`{"k": 1}`), nil},
		},
		Truncated: q.MaxRows == 2,
	}, f.err
}

type prover struct {
	none bool
	err  error
}

func (f prover) Checkpoint(context.Context) ([]byte, error) {
	if f.none {
		return nil, f.err
	}
	return []byte("daybook/test\n2\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— daybook/test c2lnbmF0dXJl\n"), f.err
}

func (f prover) Inclusion(_ context.Context, logID string) (*daybook.InclusionProof, error) {
	return &daybook.InclusionProof{
		LogID: logID, LeafIndex: 1, LeafHash: strings.Repeat("ab", 32), TreeSize: 2,
		RootHash: strings.Repeat("cd", 32), Hashes: []string{strings.Repeat("ef", 32)}, Checkpoint: "note", Proof: "c2sp.org/tlog-proof@v1\n",
	}, f.err
}

func (f prover) Consistency(_ context.Context, from, to int64) (*daybook.ConsistencyProof, error) {
	return &daybook.ConsistencyProof{From: from, To: to, FromRoot: strings.Repeat("ab", 32), ToRoot: strings.Repeat("cd", 32)}, f.err
}

// desk is a door before fakes.
type desk struct {
	t        testing.TB
	recorder *recorder
	reader   *reader
	config   httpd.Config
	server   *httpd.Server
}

func newDesk(t testing.TB, change func(*desk)) *desk {
	t.Helper()
	d := &desk{t: t, recorder: &recorder{}, reader: &reader{entries: entriesOf(t)}}
	d.config = httpd.Config{
		Recorder: d.recorder, Reader: d.reader, Prover: prover{}, Version: "test",
		Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(),
	}
	if change != nil {
		change(d)
	}
	d.server = httpd.New(d.config)
	return d
}

// entriesOf gives two entries to read.
func entriesOf(t testing.TB) []*daybook.Entry {
	t.Helper()
	var out []*daybook.Entry
	for i, text := range []string{
		`{"kind": "decision_logs", "decision_id": "dec_abc123", "business_id": "default", "agent_position": "CFO", "decision_summary": "CMO budget reallocation", "confidence": 0.8, "decided_at": "2026-01-31T08:00:00Z", "requires_human_review": true}`,
		`{"kind": "decision_logs", "decision_id": "dec/def 456?", "business_id": "default", "agent_position": "CMO", "decision_summary": "TikTok content approved 🎬", "affected_agents": ["CFO"], "decided_at": "2026-01-30T08:00:00Z"}`,
	} {
		record, err := daybook.NewDecoder(strings.NewReader(text), nil).Next()
		if err != nil {
			t.Fatal(err)
		}
		e := &daybook.Entry{Kind: record.Kind, Seq: int64(i), LogHash: [32]byte{byte(i + 1)}, Values: record.Values}
		e.Seal(daybook.Envelope{
			LogID: fmt.Sprintf("00000000-0000-7000-8000-%012d", i), LoggedAt: instant, Principal: "local",
			RetainUntil: "2033-01-31T09:00:00.000000Z", Salt: strings.Repeat("5a", 16), Revision: 1,
		})
		out = append(out, e)
	}
	return out
}

// request makes one to the door as a program on this machine does. Headers are
// "Name: value".
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	r.RemoteAddr = "127.0.0.1:50000"
	r.Header.Set("X-Request-Id", "test")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func (d *desk) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	held(d.t, d.server.Handler()).ServeHTTP(w, r)
	return w
}

func (d *desk) post(body string, headers ...string) *httptest.ResponseRecorder {
	return d.do(request("POST", "/v1/entries", body, headers...))
}

type problem struct {
	Type, Title, Detail, Instance, Code, Path, Hint string
	Status                                          int
}

// problemIn reads a problem and checks what all of them have.
func problemIn(t testing.TB, w *httptest.ResponseRecorder) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%d is not a problem: %v: %s", w.Code, err, w.Body)
	}
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q", got)
	}
	if p.Status != w.Code || p.Type == "" || p.Title == "" || p.Code == "" || p.Detail == "" {
		t.Errorf("status %d, problem lacks something: %s", w.Code, w.Body)
	}
	return p
}

func receiptsIn(t testing.TB, w *httptest.ResponseRecorder) []daybook.Receipt {
	t.Helper()
	var answer struct{ Receipts []daybook.Receipt }
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return answer.Receipts
}
