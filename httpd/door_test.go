package httpd_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
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
	const long, short = "/openapi.json", "/healthz"
	for _, c := range []struct {
		accept, path string
		compressed   bool
	}{
		{"gzip", long, true},
		{"br, gzip;q=0.5", long, true},
		{"*", long, true},
		{"gzip;q=0", long, false},
		{"gzip;q=0, *", long, false},
		{"br", long, false},
		{"", long, false},
		{"gzip", short, false},
	} {
		d := newDesk(t, nil)
		w := d.do(request("GET", c.path, "", "Accept-Encoding: "+c.accept))
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.compressed {
			t.Errorf("%q: compressed %v", c.accept, got)
		}
		if w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", c.accept, w.Header().Get("Vary"))
		}
		var answer io.Reader = w.Body
		if c.compressed {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			answer = z
		}
		plain, err := io.ReadAll(answer)
		if err != nil || !json.Valid(plain) {
			t.Errorf("%q: %d bytes, which are not the answer, %v", c.accept, len(plain), err)
		}
	}
	// Receipts are mostly hashes, in which gzip finds little.
	d := newDesk(t, nil)
	w := d.post(strings.Repeat(`{"kind": "conversations"}`, 50), "Accept-Encoding: gzip")
	if n := len(receiptsIn(t, w)); n != 50 || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d receipts, with the coding %q", n, w.Header().Get("Content-Encoding"))
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
	for given, kept := range map[string]bool{"ghp_" + "Xk29vQmZ71bLw4Rt8Yp3Ns6Hd0Jf5Gc2Aq9E": false, "abc-1.2_3": true, "": false, "a b": false, "a\"b": false, strings.Repeat("a", 65): false} {
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
