package httpd_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// dial opens a connection and sends text on it.
func dial(t *testing.T, url, text string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
	return connection
}

// head is the header of a request with a body of so many bytes.
func head(call string, length int, headers ...string) string {
	return fmt.Sprintf("%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n", call, length, strings.Join(headers, ""))
}

// answerOn reads the answer on a connection, or gives nil where it was closed
// without one.
func answerOn(t *testing.T, connection net.Conn) *http.Response {
	t.Helper()
	if err := connection.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return nil
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

// until waits for what other goroutines do.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain until", what)
		}
	}
}

// inFlight reads the gauge of the desk's requests, without a request.
func (d *desk) inFlight(t *testing.T) float64 {
	t.Helper()
	families, err := d.config.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "daybook_http_requests_in_flight" {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatal("there is no such gauge")
	return 0
}

// TestShutdownCutsWhatIsNotHere: clients that have stalled, in whatever part
// of a request, do not hold the server up, and are no failure of it.
func TestShutdownCutsWhatIsNotHere(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	d := newDesk(t, func(d *desk) { d.config.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	d.server.SetStall(time.Hour)
	url, stop := serve(t, d.server)
	bodies := map[string]net.Conn{
		"plain":       dial(t, url, head("POST /v1/entries", 1000)+"{"),
		"nothing yet": dial(t, url, head("POST /v1/entries", 1000)),
		"gzip":        dial(t, url, head("POST /v1/entries", 1000, "Content-Encoding: gzip\r\n")+gzipped(t, "{")[:12]),
		"chunked":     dial(t, url, "POST /v1/entries HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
		"of a GET":    dial(t, url, head("GET /v1/entries", 1000)+"{"),
		"waits":       dial(t, url, head("POST /v1/entries", 1000, "Expect: 100-continue\r\n")),
	}
	refused := dial(t, url, head("POST /v1/entries", 1000, "Content-Type: image/png\r\n")+"{")
	dial(t, url, "")
	dial(t, url, "POST /v1/entries HT")
	idle := dial(t, url, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if response := answerOn(t, idle); response == nil || response.StatusCode != 200 {
		t.Fatal("no answer")
	}
	dribbling := dial(t, url, head("POST /v1/entries", 100_000)+"{")
	go func() { // makes progress, but comes to no end
		for {
			if _, err := dribbling.Write([]byte(" ")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	until(t, "all are begun", func() bool { return d.inFlight(t) == 8 })
	begun := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	for name, connection := range bodies {
		response := answerOn(t, connection)
		if name == "waits" && response != nil && response.StatusCode == http.StatusContinue {
			continue // the answer comes behind
		}
		if response == nil || response.StatusCode != http.StatusRequestTimeout || !response.Close {
			t.Errorf("%s: got %+v", name, response)
		}
	}
	if response := answerOn(t, refused); response == nil || response.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("refused: got %+v", response)
	}
	if d.recorder.stored() != 0 {
		t.Error("something was stored")
	}
	// net/http may yet be about to call the ninth idle.
	if text := log.String(); !strings.Contains(text, "level=INFO msg=draining in_flight=8\n") && !strings.Contains(text, "in_flight=9\n") {
		t.Errorf("the log says %s", log.String())
	}
}

// TestShutdownLetsWorkGoOnPastTheGrace: the deadline that cuts stalled bodies
// does not reach a request that is here whole, even if it came while draining.
func TestShutdownLetsWorkGoOnPastTheGrace(t *testing.T) {
	t.Parallel()
	onceOf(t, 5, workGoesOn)
}

func workGoesOn(t *testing.T) error {
	entered, release := make(chan struct{}, 2), make(chan struct{})
	var log lockedBuffer
	d := newDesk(t, func(d *desk) {
		d.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
		d.recorder.entering = func() { entered <- struct{}{}; <-release }
		d.recorder.working = func(ctx context.Context) error { return ctx.Err() }
	})
	url, stop := serve(t, d.server)
	const body = `{"kind": "conversations"}`
	early := dial(t, url, head("POST /v1/entries", len(body))+body)
	<-entered
	late := dial(t, url, head("POST /v1/entries", len(body))+body[:5])
	until(t, "both are begun", func() bool { return d.inFlight(t) == 2 })
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	until(t, "it drains", func() bool { return strings.Contains(log.String(), "draining") })
	_, _ = io.WriteString(late, body[5:])
	until(t, "the late one is worked on, or was cut", func() bool { return len(entered) > 0 || d.inFlight(t) == 1 })
	select {
	case err := <-stopped:
		t.Fatalf("ended with requests in flight: %v", err)
	case <-time.After(1500 * time.Millisecond): // past the grace
	}
	close(release)
	if err := wantStatus(answerOn(t, early), http.StatusCreated); err != nil {
		t.Errorf("early: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	return wantStatus(answerOn(t, late), http.StatusCreated)
}

// TestStalledBodyIsCut: a client has a while for every part of its body, not
// for none.
func TestStalledBodyIsCut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.server.SetStall(time.Second)
	url, stop := serve(t, d.server)
	response := answerOn(t, dial(t, url, head("POST /v1/entries", 1000)+"{"))
	if response == nil || response.StatusCode != http.StatusRequestTimeout || !response.Close {
		t.Fatalf("stalled: got %+v", response)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Contains(text, []byte(`"code":"request_timeout"`)) {
		t.Errorf("%s %v", text, err)
	}
	onceOf(t, 5, func(t *testing.T) error {
		const body = `{"kind": "conversations"}`
		slow := dial(t, url, head("POST /v1/entries", len(body)))
		for i := range body { // longer in all than a stall may be
			_, _ = io.WriteString(slow, body[i:i+1])
			time.Sleep(50 * time.Millisecond)
		}
		return wantStatus(answerOn(t, slow), http.StatusCreated)
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSlowBodiesOfReadsKeepNobodyOut: what has no meaning, the body of a GET, may
// arrive as slowly as it likes, and from whom it likes.
func TestSlowBodiesOfReadsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) { d.config.MaxRequests = 1 })
	url, _ := serve(t, d.server)
	for range 3 {
		dial(t, url, head("GET /v1/checkpoint", 100))
	}
	until(t, "the slow ones are here", func() bool { return d.inFlight(t) == 3 })
	if w := d.do(request("GET", "/v1/checkpoint", "")); w.Code == http.StatusServiceUnavailable {
		t.Errorf("kept out: %d %s", w.Code, w.Body)
	}
}

// TestWorkMayLastLongerThanAStall: the deadline of a body ends with the body,
// and the connection is good for another request.
func TestWorkMayLastLongerThanAStall(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(d *desk) {
		d.recorder.entering = func() { time.Sleep(300 * time.Millisecond) }
		d.recorder.working = func(ctx context.Context) error { return ctx.Err() }
	})
	d.server.SetStall(100 * time.Millisecond)
	url, stop := serve(t, d.server)
	const body = `{"kind": "conversations"}`
	onceOf(t, 10, func(t *testing.T) error {
		connection := dial(t, url, "")
		for range 2 {
			_, _ = io.WriteString(connection, head("POST /v1/entries", len(body))+body)
			if err := wantStatus(answerOn(t, connection), http.StatusCreated); err != nil {
				return err
			}
		}
		return nil
	})
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestUncleanPathsAreNoCalls: nobody is redirected to a call that they did not
// make.
func TestUncleanPathsAreNoCalls(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for _, target := range []string{"//v1/entries", "/v1//entries", "/v1/./entries", "/v1/x/../entries", "/v1/entries//", "/v1/entries/"} {
		for _, method := range []string{"POST", "GET"} {
			w := d.do(request(method, "http://localhost"+target, `{"kind": "conversations"}`))
			if p := problemIn(t, w); target != "/v1/entries/" && p.Status != 404 || w.Header().Get("Location") != "" {
				t.Errorf("%s %s: %d %v", method, target, w.Code, w.Header())
			}
		}
	}
	if d.recorder.stored() != 0 {
		t.Error("something was stored")
	}
}
