package httpd_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/httpd"
)

func principalOf(p daybook.Principal) func(*http.Request) (daybook.Principal, error) {
	return func(*http.Request) (daybook.Principal, error) { return p, nil }
}

func refusing(err error) func(*http.Request) (daybook.Principal, error) {
	return func(*http.Request) (daybook.Principal, error) { return daybook.Principal{}, err }
}

func TestGuardKeepsForeignPagesOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.Hosts = []string{"Daybook.internal", "proxy.example:8443"} })
	for _, c := range []struct {
		host, origin string
		ok           bool
	}{
		{"127.0.0.1:8080", "", true},
		{"localhost", "", true},
		{"LOCALHOST:8080", "", true},
		{"app.localhost:8080", "", true},
		{"[::1]:8080", "", true},
		{"[::1]", "", true},
		{"192.168.1.7:8080", "", true},
		{"", "", true},
		{"daybook.internal", "", true},
		{"daybook.internal.:80", "", true},
		{"proxy.example:8443", "", true},
		{"proxy.example:80", "", false},
		{"evil.example", "", false},
		{"localhost.evil.example", "", false},
		{"evillocalhost", "", false},
		{"127.0.0.1.evil.example", "", false},
		{"localhost:8080", "http://localhost:8080", true},
		{"localhost:8080", "https://daybook.internal", true},
		{"localhost:8080", "http://localhost:3000", false},
		{"localhost:8080", "https://evil.example", false},
		{"localhost:8080", "null", false},
		{"localhost:8080", "http://localhost:8080.evil.example", false},
		{"evil.example", "http://evil.example", false},
	} {
		headers := []string{}
		if c.origin != "" {
			headers = append(headers, "Origin: "+c.origin)
		}
		r := request("POST", "/v1/entries", `{"kind": "conversations"}`, headers...)
		r.Host = c.host
		before := d.recorder.stored()
		w := d.do(r)
		if c.ok && w.Code != 201 || !c.ok && (problemIn(t, w).Status != 403 || d.recorder.stored() != before) {
			t.Errorf("host %q, origin %q: %d", c.host, c.origin, w.Code)
		}
	}
}

func TestAnswersAreCompressedWhereItPays(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"kind": "conversations"}`, 50)
	for _, c := range []struct {
		accept, body string
		compressed   bool
	}{
		{"gzip", many, true},
		{"br, gzip;q=0.5", many, true},
		{"*", many, true},
		{"gzip;q=0", many, false},
		{"gzip;q=0, *", many, false},
		{"br", many, false},
		{"", many, false},
		{"gzip", `{"kind": "conversations"}`, false},
	} {
		d := newDesk(t, nil)
		w := d.post(c.body, "Accept-Encoding: "+c.accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.compressed {
			t.Errorf("%q: compressed %v", c.accept, got)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", c.accept, w.Header().Get("Vary"))
		}
		if c.compressed {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			if err != nil {
				t.Fatal(err)
			}
			w.Body = bytes.NewBuffer(plain)
		}
		if n := len(receiptsIn(t, w)); n != strings.Count(c.body, "kind") {
			t.Errorf("%q: %d receipts", c.accept, n)
		}
	}
}

// serve runs a door on the loopback until the returned function is called,
// which gives the error of Serve.
func serve(t *testing.T, s *httpd.Server) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	return "http://" + listener.Addr().String(), func() error {
		cancel()
		return <-done
	}
}

// TestShutdownFinishesWhatIsInFlight: a write that was begun is answered, and
// what comes later is not accepted.
func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	d := newDesk(t, func(d *desk) {
		d.recorder.entering = func() { close(entered); <-release }
	})
	url, stop := serve(t, d.server)
	status := make(chan int, 1)
	go func() {
		response, err := http.Post(url+"/v1/entries", "application/json", strings.NewReader(`{"kind": "conversations"}`))
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for refused := false; !refused; { // until the listener is closed
		response, err := http.Get(url + "/healthz")
		if refused = err != nil; !refused {
			response.Body.Close()
			time.Sleep(time.Millisecond)
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("ended with a request in flight: %v", err)
	default:
	}
	close(release)
	if got := <-status; got != http.StatusCreated {
		t.Errorf("the request in flight got %d", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestServeTellsWhyItCannot(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := newDesk(t, nil).server.Serve(t.Context(), listener); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestBrokenExportIsCut: nobody takes a part of the ledger for the whole.
func TestBrokenExportIsCut(t *testing.T) {
	t.Parallel()
	for _, accept := range []string{"gzip", "identity"} {
		d := newDesk(t, func(d *desk) {
			one := d.reader.entries[0]
			for range 1000 {
				d.reader.entries = append(d.reader.entries, one)
			}
			d.reader.failAt = 900
		})
		url, stop := serve(t, d.server)
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/v1/entries", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", accept)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %d, %d bytes, %v", accept, response.StatusCode, len(got), err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestExportThatCannotBeginIsAProblem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.reader.failAt = 1 })
	if p := problemIn(t, d.do(request("GET", "/v1/entries", ""))); p.Code != "damaged" || p.Status != 500 {
		t.Errorf("got %+v", p)
	}
}

func TestExportEndsWhenAllIsSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) {
		one := d.reader.entries[0]
		for range 1000 {
			d.reader.entries = append(d.reader.entries, one)
		}
	})
	url, stop := serve(t, d.server)
	response, err := http.Get(url + "/v1/entries") // with gzip, as Go's client asks for
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	response.Body.Close()
	if lines := bytes.Count(got, []byte("\n")); err != nil || lines != 1002 || !response.Uncompressed {
		t.Errorf("%d lines, %v, compressed %v", lines, err, response.Uncompressed)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := newDesk(t, func(d *desk) {
		d.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		d.recorder.fail = func([]daybook.Record) error { panic("out of ink") }
	})
	w := d.post(`{"kind": "conversations", "agent_position": "confidential"}`)
	if p := problemIn(t, w); p.Status != 500 || p.Code != "internal" || p.Instance != "urn:request:test" {
		t.Errorf("%s", w.Body)
	}
	if s := log.String(); !strings.Contains(s, "out of ink") || !strings.Contains(s, "request_id=test") || !strings.Contains(s, "stack=") {
		t.Errorf("the log says %s", s)
	}
	d.recorder.fail = nil
	if w := d.post(`{"kind": "conversations"}`); w.Code != 201 {
		t.Errorf("afterwards: %d", w.Code)
	}
}

func TestLogsHoldNoContents(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := newDesk(t, func(d *desk) {
		d.config.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	d.post(`{"kind": "conversations", "agent_position": "confidential"}`)
	d.post(`{"kind": "confidential"}`)
	d.post(`confidential`)
	d.do(request("GET", "/v1/conversations/confidential", ""))
	d.do(request("GET", "/v1/history?table=confidential", ""))
	d.do(request("POST", "/v1/query", `{"sql": "SELECT 'confidential'"}`))
	d.reader.err = &daybook.Error{Code: daybook.CodeUnavailable, Message: "not now"}
	d.do(request("GET", "/v1/lineage?node=confidential", ""))
	if s := log.String(); strings.Contains(s, "confidential") || strings.Count(s, `"msg":"request"`) != 7 {
		t.Errorf("the log says %s", s)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for given, kept := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, "a\"b": false, strings.Repeat("a", 65): false} {
		r := request("GET", "/healthz", "")
		r.Header.Set("X-Request-Id", given)
		got := d.do(r).Header().Get("X-Request-Id")
		if kept && got != given || !kept && (got == given || len(got) != 36) {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.post(`{"kind": "conversations", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}`)
	d.post(`{"kind": "conversations", "log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"}`)
	d.recorder.fail = func([]daybook.Record) error { return daybook.Invalidf("/0", "no") }
	d.post(`{"kind": "conversations"}`)
	d.do(request("GET", "/nowhere", ""))
	got := d.do(request("GET", "/metrics", "")).Body.String()
	for _, line := range []string{
		`daybook_http_records_total{kind="conversations",outcome="stored"} 1`,
		`daybook_http_records_total{kind="conversations",outcome="duplicate"} 1`,
		`daybook_http_records_total{kind="conversations",outcome="refused"} 1`,
		`daybook_http_requests_total{route="POST /v1/entries",status="201"} 2`,
		`daybook_http_requests_total{route="POST /v1/entries",status="422"} 1`,
		`daybook_http_requests_total{route="none",status="404"} 1`,
		`daybook_http_request_duration_seconds_count{route="POST /v1/entries"} 3`,
		`daybook_http_body_bytes_total{direction="in"} 175`,
		`daybook_http_requests_in_flight 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}

// TestReferenceShowsEveryCall: docs/api.md has a heading for each route.
func TestReferenceShowsEveryCall(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Calls []struct{ Method, Path string }
	}
	if err := json.Unmarshal(newDesk(t, nil).do(request("GET", "/", "")).Body.Bytes(), &index); err != nil {
		t.Fatal(err)
	}
	for _, c := range index.Calls {
		if !strings.Contains(string(page), "\n### `"+c.Method+" "+c.Path+"`\n") {
			t.Errorf("docs/api.md has no heading `%s %s`", c.Method, c.Path)
		}
	}
}

func TestHeadHasNoBody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	url, stop := serve(t, d.server)
	response, err := http.Head(url + "/v1/decision_logs")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "application/json" || response.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestMaxBodyIsACleanRefusal(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.MaxBody = 1000 })
	for _, coding := range []string{"identity", "gzip"} {
		body := strings.Repeat(" ", 2000)
		if coding == "gzip" {
			body = gzipped(t, body)
		}
		if p := problemIn(t, d.post(body, "Content-Encoding: "+coding)); p.Status != 413 || !strings.Contains(p.Detail, "1000 bytes") {
			t.Errorf("%s: %+v", coding, p)
		}
	}
}

// TestQuestionsArriveAsAsked holds the queries that the Reader gets against
// the URLs.
func TestQuestionsArriveAsAsked(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for target, want := range map[string]any{
		"/v1/entries?kind=conversations&since=2026-01-31&from=5":                                        daybook.ExportQuery{Kind: daybook.MustKind("conversations"), Since: day, From: 5},
		"/v1/history?table=a.b&since=2026-01-31T00:00:00Z&limit=3":                                      daybook.HistoryQuery{Table: "a.b", Since: day, Limit: 3},
		"/v1/agents/a%2Fb/activity?since=2026-01-31":                                                    daybook.ActivityQuery{Agent: "a/b", Since: day},
		"/v1/lineage?node=a.b":                                                                          daybook.LineageQuery{Node: "a.b", Direction: daybook.Upstream},
		"/v1/lineage?node=a.b&direction=downstream&depth=100&columns=true&as_of=2026-01-31T02:00+02:00": nil,
		"/v1/lineage?node=a.b&direction=downstream&depth=100&columns=true&as_of=2026-01-31T00:00:00Z":   daybook.LineageQuery{Node: "a.b", Direction: daybook.Downstream, Depth: 100, Columns: true, AsOf: day},
		"/v1/lineage?node=a.b&depth=101":                                                                nil,
		"/v1/lineage?node=a.b&columns=yes":                                                              nil,
		"/v1/history?table=a.b&table=c.d":                                                               nil,
		"/v1/history?table=a.b&sinse=7d":                                                                nil,
		"/v1/history?table=%zz":                                                                         nil,
		"/v1/entries?from=-1":                                                                           nil,
	} {
		d := newDesk(t, nil)
		w := d.do(request("GET", target, ""))
		if d.reader.asked != want {
			t.Errorf("%s asked %+v, want %+v", target, d.reader.asked, want)
		}
		if want == nil {
			problemIn(t, w)
		}
	}
}

func TestQueriesArriveAsAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.do(request("POST", "/v1/query", `{"sql": "SELECT 1", "max_rows": 5, "timeout_ms": 1500}`))
	want := daybook.SQLQuery{Text: "SELECT 1", MaxRows: 5, Timeout: 1500 * time.Millisecond}
	if d.reader.asked != want {
		t.Errorf("asked %+v", d.reader.asked)
	}
	d.reader.asked = nil
	for _, body := range []string{``, `{}`, `{"sql": ""}`, `{"sql": "SELECT 1"} 2`, `[]`, `{"sql": "SELECT 1", "max_rows": -1}`, `{"sql": "SELECT 1", "timeout_ms": 1e9}`} {
		if p := problemIn(t, d.do(request("POST", "/v1/query", body))); p.Status >= 500 || d.reader.asked != nil {
			t.Errorf("%s: %+v, asked %v", body, p, d.reader.asked)
		}
	}
}

// TestRefusalReachesTheClient: a client that is still sending when it is
// refused gets to read why.
func TestRefusalReachesTheClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	url, stop := serve(t, d.server)
	text := `{"kind": "conversations", "agent_position": "` + strings.Repeat("x", 40<<20) + `"}`
	for media, want := range map[string]int{
		"application/json": http.StatusRequestEntityTooLarge,
		"image/png":        http.StatusUnsupportedMediaType,
	} {
		response, err := http.Post(url+"/v1/entries", media, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s: got %d", media, response.StatusCode)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (w discard) Header() http.Header         { return w.header }
func (w discard) Write(b []byte) (int, error) { return len(b), nil }
func (w discard) WriteHeader(int)             {}

// echo is a Recorder that costs nothing but its receipts.
type echo struct{}

func (echo) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	receipts := make([]daybook.Receipt, len(records))
	for i := range records {
		receipts[i] = daybook.Receipt{
			Kind: records[i].Kind.Name, ID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", LogID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
			Seq: int64(i), LogHash: strings.Repeat("ab", 32), LoggedAt: instant, Revision: 1,
		}
	}
	return receipts, nil
}

// BenchmarkEntries is the door's own cost for batches of 1,000 records of
// about 700 bytes; the Recorder does nothing.
func BenchmarkEntries(b *testing.B) {
	const n = 1000
	line := `{"kind": "conversations", "conversation_id": "conv_0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "agent_position": "CFO", ` +
		`"started_at": "2026-01-31T08:00:00Z", "ended_at": "2026-01-31T08:00:42Z", "model_provider": "openrouter", "model_name": "claude-3.5-sonnet", ` +
		`"input_tokens": 1200, "output_tokens": 350, "total_tokens": 1550, "cost_usd": 0.0123, "status": "completed", ` +
		`"user_prompt_preview": "` + strings.Repeat("Reallocate the budget. ", 6) + `", "response_preview": "` + strings.Repeat("It is done as asked. ", 6) + `"}` + "\n"
	body := strings.Repeat(line, n)
	for name, headers := range map[string][]string{"plain": nil, "gzip": {"Content-Encoding: gzip", "Accept-Encoding: gzip"}} {
		b.Run(name, func(b *testing.B) {
			d := newDesk(b, func(d *desk) { d.config.Recorder = echo{} })
			handler := d.server.Handler()
			sent := body
			if headers != nil {
				sent = gzipped(b, body)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r := request("POST", "/v1/entries", sent, headers...)
				handler.ServeHTTP(discard{http.Header{}}, r)
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkOne is the cost of a call with one record.
func BenchmarkOne(b *testing.B) {
	d := newDesk(b, func(d *desk) { d.config.Recorder = echo{} })
	handler := d.server.Handler()
	for b.Loop() {
		handler.ServeHTTP(discard{http.Header{}}, request("POST", "/v1/entries", `{"kind": "conversations", "agent_position": "CFO"}`))
	}
}
