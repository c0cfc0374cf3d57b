package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/httpd"
)

// watched is a server whose words are kept.
type watched struct {
	*process
	mu    sync.Mutex
	lines []string
}

var tellsURL = regexp.MustCompile(`(?:"url":"| url=)(http://[^ "]+)`)

// watch starts daybook serve with flags in an environment, and waits until it
// serves.
func watch(t *testing.T, env []string, flags ...string) *watched {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(append(os.Environ(), asDaybook+"=1", "DAYBOOK_URL=", "DAYBOOK_STORE="), env...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := &watched{process: &process{cmd: cmd, done: make(chan error, 1)}}
	t.Cleanup(w.kill)
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			w.mu.Lock()
			w.lines = append(w.lines, lines.Text())
			w.mu.Unlock()
		}
		w.done <- cmd.Wait()
	}()
	eventually(t, "it serves", func() bool {
		m := tellsURL.FindStringSubmatch(strings.Join(w.said(), "\n"))
		if m != nil {
			w.url = m[1]
		}
		return m != nil
	})
	return w
}

func (w *watched) said() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

func (w *watched) says(part string) bool {
	return slices.ContainsFunc(w.said(), func(line string) bool { return strings.Contains(line, part) })
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(testPatience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to this: %s", what)
		}
	}
}

func fetch(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

// TestAbandonsWhileItServes: a session that goes silent is ended by a server
// that is there, and by one that is started later.
func TestAbandonsWhileItServes(t *testing.T) {
	t.Parallel()
	store := filepath.Join(t.TempDir(), "ledger.db")
	const first, second = "0190f3c2-7b1e-7a40-8c11-000000000001", "0190f3c2-7b1e-7a40-8c11-000000000002"
	session := func(p *watched, id string) string {
		_, answer := fetch(t, "GET", p.url+"/v1/transformation_session/"+id, "")
		return answer
	}
	p := watch(t, nil, "--store", store, "--abandon-after", "0s")
	fetch(t, "POST", p.url+"/v1/transformation_session", `{"id": "`+first+`", "agent_id": "wasde"}`)
	if err := p.interrupt(); err != nil {
		t.Fatal(err)
	}
	p = watch(t, nil, "--store", store, "--abandon-after", "250ms")
	fetch(t, "POST", p.url+"/v1/transformation_session", `{"id": "`+second+`", "agent_id": "wasde"}`)
	for _, id := range []string{first, second} {
		eventually(t, "the session is abandoned", func() bool { return strings.Contains(session(p, id), `"status": "ABANDONED"`) })
		if s := session(p, id); !strings.Contains(s, "no checkin and no entry for 250ms") || !strings.Contains(s, `"principal": "daybook"`) {
			t.Errorf("the session says %s", s)
		}
		code, answer := fetch(t, "POST", p.url+"/v1/transformation_session/"+id+"/checkin", "")
		if code != http.StatusConflict || !strings.Contains(answer, "ABANDONED") {
			t.Errorf("checkin afterwards: %d %s", code, answer)
		}
	}
	eventually(t, "the abandoned sessions are counted", func() bool { // which comes behind their entries
		_, metrics := fetch(t, "GET", p.url+"/metrics", "")
		return strings.Contains(metrics, "daybook_ledger_sessions_abandoned_total 2\n")
	})
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
}

// TestEveryMetricIsDocumented: the guide names what a server shows.
func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	everyMetricIsDocumented(t, startServer(t, filepath.Join(t.TempDir(), "ledger.db")), 30, `daybook_store_bytes{file="database"} `)
}

// TestEveryMetricOfADatabaseIsDocumented: on PostgreSQL there are more.
func TestEveryMetricOfADatabaseIsDocumented(t *testing.T) {
	t.Parallel()
	l := newDatabaseLedger(t)
	everyMetricIsDocumented(t, startServer(t, l.url, "XDG_STATE_HOME="+l.state), 35, `daybook_store_bytes{file="tables"} `, `daybook_store_connections{state="most"} `)
}

// everyMetricIsDocumented wants so many metrics of ours at least, and these
// among them.
func everyMetricIsDocumented(t *testing.T, p *process, least int, more ...string) {
	t.Helper()
	fetch(t, "GET", p.url+"/v1/nothing", "")
	_, page := fetch(t, "GET", p.url+"/metrics", "")
	guide, err := os.ReadFile("../../docs/guides/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(page, -1)
	var ours int
	for _, m := range names {
		if strings.HasPrefix(m[1], "daybook_") {
			ours++
			if !strings.Contains(string(guide), "`"+m[1]+"`") {
				t.Errorf("docs/guides/operations.md says nothing of %s", m[1])
			}
		}
	}
	if ours < least {
		t.Errorf("only %d metrics of ours are shown", ours)
	}
	for _, want := range append(more, "go_goroutines ", "process_open_fds ", "daybook_build_info{") {
		if !strings.Contains(page, "\n"+want) {
			t.Errorf("no metric %s", want)
		}
	}
}

// TestServerLogsAreStructured: every line is JSON, tells of start, refusals
// and end, and holds nothing of what was written.
func TestServerLogsAreStructured(t *testing.T) {
	t.Parallel()
	const marker = "xyzzyMARKER"
	p := watch(t, nil, "--store", filepath.Join(t.TempDir(), "ledger.db"), "--log-format", "json", "--log-level", "debug", "--slow-commit", "1ns", "--token", marker)
	for _, body := range []string{
		`{"kind": "conversations", "conversation_id": "` + marker + `", "agent_position": "` + marker + `", "response_preview": "` + marker + `"}`,
		`{"kind": "conversations", "conversation_id": "` + marker + `", "agent_position": "another"}`,
		`{"kind": "conversations", "amend": true, "conversation_id": "` + marker + `", "agent_position": "` + marker + `2"}`,
		`{"kind": "` + marker + `"}`, `{"` + marker,
	} {
		fetch(t, "POST", p.url+"/v1/entries", body)
	}
	fetch(t, "GET", p.url+"/v1/conversations/"+marker, "")
	fetch(t, "POST", p.url+"/v1/query", `{"sql": "SELECT `+marker+`"}`)
	fetch(t, "GET", p.url+"/v1/history?table="+marker, "")
	if err := p.interrupt(); err != nil {
		t.Fatal(err)
	}
	messages := map[string]map[string]any{}
	for _, line := range p.said() {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Errorf("this line is no JSON: %s", line)
			continue
		}
		if text, ok := m["msg"].(string); ok {
			messages[text] = m
		}
		if strings.Contains(line, marker) {
			t.Errorf("the log holds what a client wrote: %s", line)
		}
	}
	for _, want := range []string{"serving", "request", "request refused", "slow commit", "ending", "draining", "closing the ledger", "closed"} {
		if messages[want] == nil {
			t.Errorf("no line says %q", want)
		}
	}
	if because := messages["ending"]["because"]; because != "interrupt signal received" {
		t.Errorf("it ended because of %v", because)
	}
	if messages["request"]["request_id"] == "" {
		t.Error("requests have no id")
	}
}

// TestHangupReadsTheLogLevel, and changes nothing else.
func TestHangupReadsTheLogLevel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "daybook.toml")
	write := func(text string) {
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := "store = '" + filepath.Join(dir, "ledger.db") + "'\n"
	write(store)
	p := watch(t, nil, "--config", config)
	hang := func(until string) {
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		eventually(t, until, func() bool { return p.says(until) })
	}
	fetch(t, "GET", p.url+"/healthz", "")
	if p.says("GET /healthz") {
		t.Error("a request was logged before")
	}
	write(store + "log-level = 'debug'\n")
	hang("the log level was read anew")
	fetch(t, "GET", p.url+"/healthz", "")
	eventually(t, "the request is logged", func() bool { return p.says("GET /healthz") })
	write(store + "log-level = 'loud'\n")
	hang("the configuration was not read anew")
	if code, _ := fetch(t, "GET", p.url+"/readyz", ""); code != 200 {
		t.Errorf("not ready after it: %d", code)
	}
	if err := p.interrupt(); err != nil {
		t.Error(err)
	}
}

// TestBoundsTakeEffect wherever they were set.
func TestBoundsTakeEffect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "daybook.toml")
	if err := os.WriteFile(config, []byte("[serve]\nmax-records = 2\nmax-body = '4KiB'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := watch(t, []string{"DAYBOOK_MAX_RECORD_BYTES=1000B"}, "--store", filepath.Join(dir, "ledger.db"), "--config", config, "--max-header", "4KiB")
	const record = `{"kind": "conversations", "agent_position": "CFO"}`
	long := `{"kind": "conversations", "agent_position": "CFO", "response_preview": "` + strings.Repeat("x", 2000) + `"}`
	for name, c := range map[string]struct {
		body, says string
		want       int
	}{
		"two records":   {"[" + record + "," + record + "]", "", 201},
		"three records": {"[" + record + "," + record + "," + record + "]", "more than 2 records", 413},
		"a long record": {long, "more than 1000 bytes", 413},
		"a long body":   {record + strings.Repeat(" ", 5000), "over 4096 bytes", 413},
	} {
		if code, answer := fetch(t, "POST", p.url+"/v1/entries", c.body); code != c.want || !strings.Contains(answer, c.says) {
			t.Errorf("%s: %d %s", name, code, answer)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", p.url+"/healthz", nil)
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
		t.Errorf("a long header: %d", response.StatusCode)
	}
}

// TestSecondSignalEndsAtOnce: whoever will not wait for a request in flight
// need not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := watch(t, nil, "--store", filepath.Join(t.TempDir(), "ledger.db"))
	c, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is in flight", func() bool {
		_, page := fetch(t, "GET", p.url+"/metrics", "")
		return strings.Contains(page, "\ndaybook_http_requests_in_flight 2\n")
	})
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it drains", func() bool { return p.says("draining") })
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = <-p.done
	p.done <- nil
	if state, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !state.Signaled() || p.says("closed") {
		t.Errorf("it ended with %v and said %q", err, p.said())
	}
}

// TestTellsTheServiceManager speaks sd_notify's protocol with a server.
func TestTellsTheServiceManager(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/tmp", "notify") // short, as the name of a socket must be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	at := filepath.Join(dir, "s")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	hear := func(want string) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(testPatience)); err != nil {
			t.Fatal(err)
		}
		for b := make([]byte, 4096); ; {
			n, err := socket.Read(b)
			if err != nil {
				t.Fatalf("waiting for %s: %v", want, err)
			}
			if slices.Contains(strings.Split(string(b[:n]), "\n"), want) {
				return
			}
		}
	}
	p := watch(t, []string{"NOTIFY_SOCKET=" + at, "WATCHDOG_USEC=100000"}, "--store", filepath.Join(dir, "ledger.db"))
	hear("READY=1")
	hear("WATCHDOG=1")
	hear("WATCHDOG=1")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	hear("STOPPING=1")
	if err := <-p.done; err != nil {
		t.Errorf("it ended with %v", err)
	}
	p.done <- nil
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p := startServer(t, filepath.Join(t.TempDir(), "ledger.db"))
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"health", "--server", p.url}, nil, &out, &errs); code != exitDone || !strings.Contains(out.String(), "ready") {
		t.Errorf("exit %d: %s%s", code, &out, &errs)
	}
	full := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))
	defer full.Close()
	if code := run(t.Context(), []string{"health", "--server", full.URL}, nil, &out, &errs); code != exitBad || !strings.Contains(errs.String(), "not ready") {
		t.Errorf("of one that is not ready: exit %d: %s", code, &errs)
	}
}

// TestUnitIsValid has systemd read the unit where there is one, and wants the
// lines that it is for wherever it is read.
func TestUnitIsValid(t *testing.T) {
	t.Parallel()
	const unit = "../../deploy/daybook.service"
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Type=notify", "DynamicUser=yes", "StateDirectory=daybook", "ProtectSystem=strict", "NoNewPrivileges=yes",
		"Restart=on-failure", "LimitNOFILE=", "WatchdogSec=", "ExecReload=", "WantedBy=multi-user.target",
	} {
		if !strings.Contains(string(text), "\n"+want) {
			t.Errorf("the unit has no %s", want)
		}
	}
	m := regexp.MustCompile(`\nTimeoutStopSec=(\d+)\n`).FindStringSubmatch(string(text))
	if needed := httpd.DefaultDrainTimeout + closeTime; m == nil {
		t.Error("the unit has no TimeoutStopSec in seconds")
	} else if d, err := time.ParseDuration(m[1] + "s"); err != nil || d <= needed {
		t.Errorf("TimeoutStopSec is %s, but draining and closing may take %s", m[1], needed)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return
	}
	// It wants the program to be there, so it is shown this one in its place.
	here := strings.ReplaceAll(string(text), "/usr/local/bin/daybook", os.Args[0])
	at := filepath.Join(t.TempDir(), "daybook.service")
	if err := os.WriteFile(at, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", at).CombinedOutput()
	if err != nil || strings.Contains(string(said), "daybook.service:") {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
}
