package httpd_test

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/daybook-audit/daybook"
)

func TestTooManyRequestsAtATime(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	d := newDesk(t, func(d *desk) {
		d.config.MaxRequests = 1
		d.recorder.entering = func() { entered <- struct{}{}; <-release }
	})
	const body = `{"kind": "conversations", "agent_position": "CFO"}`
	var first sync.WaitGroup
	first.Go(func() {
		if w := d.post(body); w.Code != http.StatusCreated {
			t.Errorf("the first got %d %s", w.Code, w.Body)
		}
	})
	<-entered
	w := d.post(body)
	if p := problemIn(t, w); p.Status != 503 || p.Code != "unavailable" || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %+v %v", p, w.Header())
	}
	for _, watch := range []string{"/healthz", "/readyz", "/metrics"} {
		if w := d.do(request("GET", watch, "")); w.Code != http.StatusOK {
			t.Errorf("%s under load: %d", watch, w.Code)
		}
	}
	close(release)
	first.Wait()
	go func() { <-entered }()
	if w := d.post(body); w.Code != http.StatusCreated {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

// TestTooMuchAtATime: what is held of bodies is bounded, but one alone may be
// larger than that.
func TestTooMuchAtATime(t *testing.T) {
	t.Parallel()
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			t.Parallel()
			entered, release := make(chan struct{}, 9), make(chan struct{})
			d := newDesk(t, func(d *desk) {
				d.config.MaxBodies = 4000
				d.recorder.entering = func() { entered <- struct{}{}; <-release }
			})
			post := func(size int) *httptest.ResponseRecorder {
				body := `{"kind": "conversations", "agent_position": "CFO"}` + strings.Repeat(" ", size)
				if coding == "gzip" {
					body = gzipped(t, body)
				}
				return d.post(body, "Content-Encoding: "+coding)
			}
			var first sync.WaitGroup
			first.Go(func() {
				if w := post(6000); w.Code != http.StatusCreated {
					t.Errorf("a large one alone: %d %s", w.Code, w.Body)
				}
			})
			<-entered
			if w := post(3000); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
				t.Errorf("beside it: %d %s", w.Code, w.Body)
			}
			close(release)
			first.Wait()
			if w := post(3000); w.Code != http.StatusCreated {
				t.Errorf("behind it: %d %s", w.Code, w.Body)
			}
			if d.recorder.stored() != 2 {
				t.Errorf("%d records are stored", d.recorder.stored())
			}
		})
	}
}

func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.MaxConnections = 2 })
	url, stop := serve(t, d.server)
	address := strings.TrimPrefix(url, "http://")
	dial := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(c net.Conn) int {
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			return 0
		}
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Error(err)
		}
		if response.StatusCode == 503 && (response.Header.Get("Retry-After") == "" || !bytes.Contains(body, []byte(`"code":"unavailable"`))) {
			t.Errorf("sent away with %v %s", response.Header, body)
		}
		return response.StatusCode
	}
	a, b := dial(), dial()
	if one, two := ask(a), ask(b); one != 200 || two != 200 {
		t.Fatalf("got %d and %d", one, two)
	}
	c := dial()
	if got := ask(c); got != 503 {
		t.Errorf("a third connection got %d", got)
	}
	c.Close()
	a.Close()
	for range 1000 { // until the server has seen that
		c := dial()
		got := ask(c)
		c.Close()
		if got == 200 {
			b.Close()
			if err := stop(); err != nil {
				t.Error(err)
			}
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("no connection was taken after one was closed")
}

func TestHeaderIsBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.MaxHeader = 4096 })
	url, stop := serve(t, d.server)
	r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", strings.Repeat("x", 20_000))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %d", response.StatusCode)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestReadyUnderLoad(t *testing.T) {
	t.Parallel()
	var full time.Duration
	d := newDesk(t, func(d *desk) { d.config.QueueFull = func() time.Duration { return full } })
	for _, c := range []struct {
		full time.Duration
		want string
	}{
		{0, `{"status":"ready"}`},
		{2 * time.Second, `{"status":"ready"}`},
		{75 * time.Second, `{"queue_full_seconds":75,"status":"ready"}`},
	} {
		full = c.full
		if w := d.do(request("GET", "/readyz", "")); w.Code != 200 || strings.TrimSpace(w.Body.String()) != c.want {
			t.Errorf("full for %s: %d %s", c.full, w.Code, w.Body)
		}
	}
}

// TestMetricNames holds the names against the list that dashboards and alerts
// are made from, and against Prometheus' conventions.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.post(`{"kind": "conversations", "agent_position": "CFO", "business_id": "acme"}`)
	d.post(`{"kind": "nothing"}`)
	families, err := d.config.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	var names strings.Builder
	for _, f := range families {
		names.WriteString(f.GetName() + "\n")
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if !slices.Contains([]string{"kind", "outcome", "route", "status", "code", "direction"}, l.GetName()) {
					t.Errorf("%s tells of a %s", f.GetName(), l.GetName())
				}
			}
		}
	}
	golden, err := os.ReadFile("testdata/metrics.txt")
	if err != nil || names.String() != string(golden) {
		t.Errorf("the metrics are\n%sand testdata/metrics.txt has\n%s%v", &names, golden, err)
	}
	if got := counted(t, d.config.Registry, "daybook_http_refusals_total", "POST /v1/entries", "invalid"); got != 1 {
		t.Errorf("%g refusals are counted", got)
	}
}

func counted(t *testing.T, registry *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var has []string
			for _, l := range m.GetLabel() {
				has = append(has, l.GetValue())
			}
			found := f.GetName() == name
			for _, l := range labels {
				found = found && strings.Contains("\x00"+strings.Join(has, "\x00")+"\x00", "\x00"+l+"\x00")
			}
			if found {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// TestLogsOfRefusalsHoldNoContents looks for what clients wrote in all that is logged.
func TestLogsOfRefusalsHoldNoContents(t *testing.T) {
	t.Parallel()
	const marker = "xyzzyMARKER"
	var said bytes.Buffer
	d := newDesk(t, func(d *desk) {
		d.config.Logger = slog.New(slog.NewJSONHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
		d.config.Principal = func(r *http.Request) (daybook.Principal, error) {
			if r.Header.Get("Authorization") != "" {
				return daybook.Principal{}, &daybook.Error{Code: daybook.CodeUnauthorized, Message: "no such token", Hint: "ask for one"}
			}
			return daybook.Local, nil
		}
	})
	for _, r := range []*http.Request{
		request("POST", "/v1/entries", `{"kind": "conversations", "agent_position": "`+marker+`", "response_preview": "`+marker+`"}`),
		request("POST", "/v1/entries", `{"kind": "`+marker+`"}`),
		request("POST", "/v1/entries", `{"kind": "conversations", "`+marker+`": 1, "input_tokens": "`+marker+`"}`),
		request("POST", "/v1/entries", `{"`+marker),
		request("POST", "/v1/entries?"+marker+"="+marker, `{"kind": "conversations"}`),
		request("GET", "/v1/decision_logs/"+marker+"?"+marker+"=1", ""),
		request("GET", "/"+marker, ""),
		request("GET", "/v1/history?table="+marker, "", "Authorization: Bearer "+marker, "User-Agent: "+marker, "Cookie: "+marker),
		request("POST", "/v1/query", `{"sql": "SELECT '`+marker+`'"}`, "Content-Type: application/json"),
		request("POST", "/v1/entries", `{}`, "Idempotency-Key: "+marker, "Origin: http://"+marker),
		request("DELETE", "/v1/entries", marker),
	} {
		d.do(r)
	}
	for _, want := range []string{`"request refused"`, `"status":401`, `"code":"invalid"`, `"request_id":"test"`, `"address":"127.0.0.1"`} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the log says nothing of %s", want)
		}
	}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, marker) {
			t.Errorf("the log holds what a client wrote: %s", line)
		}
	}
}

// TestOverloadIsLoggedOnceASecond: many failures alike do not fill the log.
func TestOverloadIsLoggedOnceASecond(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	d := newDesk(t, func(d *desk) {
		d.config.Logger = slog.New(slog.NewTextHandler(&said, nil))
		d.recorder.fail = func([]daybook.Record) error {
			return &daybook.Error{Code: daybook.CodeUnavailable, Message: "too many records wait", Hint: "later"}
		}
	})
	begun := time.Now()
	for range 50 {
		if w := d.post(`{"kind": "conversations", "agent_position": "CFO"}`); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
	if lines := strings.Count(said.String(), "\n"); lines < 1 || lines > 1+int(time.Since(begun)/time.Second) {
		t.Errorf("50 failures in %s are %d lines", time.Since(begun), lines)
	}
}
