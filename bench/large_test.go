package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// logs stands in for a VictoriaLogs: it takes JSON lines, and remembers what
// it was asked.
type logs struct {
	mu      sync.Mutex
	entries int
	faults  []string
	queries map[string]bool
}

func (l *logs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.Path != "/insert/jsonline" {
		l.faults = append(l.faults, r.Method+" "+r.URL.Path)
	}
	l.queries[r.URL.RawQuery] = true
	for lines := bufio.NewScanner(r.Body); lines.Scan(); l.entries++ {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line["started_at"] == nil || line["response_preview"] == nil || line["agent_position"] == nil {
			l.faults = append(l.faults, lines.Text())
		}
	}
}

func TestVictoriaLogs(t *testing.T) {
	t.Parallel()
	peer := &logs{queries: map[string]bool{}}
	server := httptest.NewServer(peer)
	defer server.Close()
	var out strings.Builder
	b := newBench(t.Context(), &out, options{n: 3000, dir: t.TempDir(), victoriaLogs: server.URL + "/"})
	if err := b.conversations(); err != nil {
		t.Fatal(err)
	}
	if peer.entries != b.n || len(peer.faults) > 0 || len(peer.queries) != 1 {
		t.Errorf("it was sent %d entries; faults %q; queries %v", peer.entries, peer.faults, peer.queries)
	}
	for query := range peer.queries {
		if query != "_msg_field=response_preview&_stream_fields=agent_position&_time_field=started_at" {
			t.Errorf("it was asked %s", query)
		}
	}
	if !regexp.MustCompile(`Daybook over HTTP, for each entry of VictoriaLogs +\d+\.\d\d\n`).MatchString(out.String()) {
		t.Errorf("no ratio in\n%s", out.String())
	}
}

func TestVictoriaLogsThatRefuses(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for url, want := range map[string]string{server.URL: "404 Not Found", "nonsense": "is no URL"} {
		b := newBench(t.Context(), &strings.Builder{}, options{victoriaLogs: url, n: 10})
		if err := b.beside(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestMillion measures a server with few entries: that it is filled, restarted
// and measured, not what comes out.
func TestMillion(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program")
	}
	var out strings.Builder
	b := newBench(t.Context(), &out, options{dir: t.TempDir()})
	if err := b.million(3000); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`VmHWM; at most 250\) +\d+ MiB`, `VmRSS\) +\d+ MiB`, `after it was told to end +\d+.*, with \d+ MiB resident`, `after it was killed +\d+`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}

func TestSubjectIDs(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := newBench(t.Context(), &out, options{dir: t.TempDir()})
	if err := b.subjectIDs(4000, 1000); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"the last 1000 of 4000", "(UUID version 7)", "(UUID version 4)", " %"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}
