package spool_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// A server is a Daybook of a few lines: it takes each log_id once, and notes
// in which order. Trouble, where it is set, comes in place of an answer or
// spoils it.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	order   []string        // log_ids as they were taken
	taken   map[string]bool // of order
	twice   int             // sent again after it was taken
	calls   int
	batches []int // records of each call
	refuse  func(record map[string]any) int
	trouble func(w http.ResponseWriter, r *http.Request, call int) bool // true: it has answered
	after   func(call int) bool                                         // true: the answer is lost
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{taken: map[string]bool{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls++
	call, trouble := s.calls, s.trouble
	s.mu.Unlock()
	if trouble != nil && trouble(w, r, call) {
		return
	}
	records, ok := readRecords(w, r)
	if !ok {
		return
	}
	answer := s.take(records)
	s.mu.Lock()
	lost := s.after != nil && s.after(call)
	s.mu.Unlock()
	if lost {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	writeJSON(w, answer)
}

// readRecords reads NDJSON; a line that is no JSON makes the batch malformed.
func readRecords(w http.ResponseWriter, r *http.Request) ([]map[string]any, bool) {
	var in io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			sendProblem(w, 400, "malformed")
			return nil, false
		}
		in = z
	}
	text, err := io.ReadAll(in)
	if err != nil {
		sendProblem(w, 400, "malformed")
		return nil, false
	}
	var records []map[string]any
	for _, raw := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		var record map[string]any
		if json.Unmarshal(raw, &record) != nil {
			sendProblem(w, 400, "malformed")
			return nil, false
		}
		records = append(records, record)
	}
	return records, true
}

func sendProblem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "{\"status\": %d,\n \"code\": %q, \"detail\": \"as the test wants it\"}\n", status, code)
}

func (s *server) take(records []map[string]any) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, len(records))
	receipts, rejected := []any{}, []any{}
	away := false // from the first record on that cannot be taken just now, as Daybook does
	for i, record := range records {
		if s.refuse != nil {
			status := s.refuse(record)
			if away = away || status >= 500; away {
				status = http.StatusServiceUnavailable
			}
			if status != 0 {
				rejected = append(rejected, map[string]any{"index": i, "problem": map[string]any{"status": status, "code": "invalid", "detail": "no", "path": "/kind"}})
				continue
			}
		}
		id, _ := record["log_id"].(string)
		if s.taken[id] {
			s.twice++
		} else {
			s.taken[id] = true
			s.order = append(s.order, id)
		}
		receipts = append(receipts, map[string]any{"log_id": id, "seq": len(s.order)})
	}
	return map[string]any{"receipts": receipts, "rejected": rejected}
}

// log gives what was taken, in order.
func (s *server) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.order...)
}

// newID gives a UUID that no other call has given.
func newID() string {
	a, b := rand.Uint64(), rand.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&(1<<48-1))
}

// thought makes a record that says little.
func thought(text string) daybook.Record {
	kind, err := daybook.KindNamed("thinking_logs")
	if err != nil {
		panic(err)
	}
	r := daybook.NewRecord(kind)
	r.SetLogID(newID())
	r.Set("thinking_id", daybook.TextValue(newID()))
	r.Set("agent_position", daybook.TextValue("CFO"))
	r.Set("thinking_content", daybook.TextValue(text))
	r.Set("timestamp", daybook.TextValue("2026-01-31T09:00:00.000000Z"))
	return r
}

func open(t *testing.T, dir string, o spool.Options) *spool.Spool {
	t.Helper()
	s, err := spool.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// write writes so many records and gives their log_ids.
func write(t *testing.T, s *spool.Spool, n int) []string {
	t.Helper()
	var ids []string
	for i := range n {
		r := thought(fmt.Sprintf("step %d", i))
		receipts, err := s.Record(t.Context(), daybook.Principal{}, []daybook.Record{r})
		if err != nil {
			t.Fatal(err)
		}
		if receipts[0].LogID != r.LogID() || !receipts[0].Pending() || receipts[0].ID != r.SubjectID() {
			t.Fatalf("the receipt is %+v", receipts[0])
		}
		ids = append(ids, r.LogID())
	}
	return ids
}

func flush(t *testing.T, s *spool.Spool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) }
