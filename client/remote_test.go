package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
)

func TestNewRefusesAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost:7777", "ftp://host", "http://", "http://host/?a=b", "http://host/#a", "http://h\x00st", "http://ana:secret@host"} {
		_, err := client.New(address, client.Options{})
		wantCode(t, err, daybook.CodeInvalid)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestWriteOverTheWire(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	w, url := newWire(t, b)
	c := dial(t, url+"/", client.Options{Token: " dbk_secret\n", Agent: "CFO", UserAgent: "payroll/1.2"})
	receipt := must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{
		CostUSD: new(0.5), InputTokens: new(int64(1200)), UserPromptPreview: "«how much?»\n", StartedAt: noon,
	}))
	e := b.get(t, "conversations", receipt.ID)
	if e.Principal() != "etl" || e.Agent() != "CFO" || e.Get("cost_usd").Float() != 0.5 || e.Get("input_tokens").Int() != 1200 ||
		e.Text("user_prompt_preview") != "«how much?»\n" || e.Time() != "2026-01-31T12:00:00.000000Z" {
		t.Errorf("the entry is %s", e.AppendExport(nil))
	}
	call := w.seen()[0]
	if call.authorization != "Bearer dbk_secret" || call.userAgent != "payroll/1.2" || call.zipped || call.path != "/v1/entries" {
		t.Errorf("the call was %+v", call)
	}
}

func TestLargeBodiesAreZipped(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	w, url := newWire(t, b)
	many := make([]any, 500)
	for i := range many {
		many[i] = daybook.ActionLog{AgentPosition: "CFO", ActionDetails: json.RawMessage(`{"file": "a.csv"}`)}
	}
	receipts := must[[]daybook.Receipt](t)(dial(t, url, client.Options{}).LogAll(t.Context(), many...))
	if len(receipts) != 500 || receipts[499].Seq != 499 || !w.seen()[0].zipped {
		t.Errorf("%d receipts, zipped: %v", len(receipts), w.seen()[0].zipped)
	}
}

func TestServersRefusal(t *testing.T) {
	t.Parallel()
	_, url := newWire(t, newBook(t))
	_, err := dial(t, url, client.Options{}).LogEscalation(t.Context(), daybook.EscalationLog{SourceAgent: "CFO", Urgency: "urgent"})
	wantCode(t, err, daybook.CodeInvalid, "critical")
	if !strings.HasPrefix(err.Error(), "/urgency: ") {
		t.Errorf("the error is %q", err)
	}
}

func TestTextThatIsNone(t *testing.T) {
	t.Parallel()
	w, url := newWire(t, newBook(t))
	_, err := dial(t, url, client.Options{}).LogAll(t.Context(), daybook.Conversation{}, daybook.Conversation{AgentPosition: "CF\xff"})
	wantCode(t, err, daybook.CodeInvalid, "/1/agent_position", "UTF-8")
	if len(w.seen()) != 0 {
		t.Error("it was sent")
	}
}

// TestRetry tries a write on a server that is in trouble twice and then well.
func TestRetry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble func(out http.ResponseWriter, answer func(http.ResponseWriter))
		stored  bool // the trouble came after the write
	}{
		"busy": {func(out http.ResponseWriter, _ func(http.ResponseWriter)) {
			out.Header().Set("Retry-After", "0")
			refuse(out, http.StatusServiceUnavailable, &daybook.Error{Code: daybook.CodeUnavailable, Message: "disk full"})
		}, false},
		"a gateway": {func(out http.ResponseWriter, _ func(http.ResponseWriter)) {
			http.Error(out, "<html>bad gateway</html>", http.StatusBadGateway)
		}, false},
		"cut before": {func(http.ResponseWriter, func(http.ResponseWriter)) { panic(http.ErrAbortHandler) }, false},
		"reset":      {func(out http.ResponseWriter, _ func(http.ResponseWriter)) { reset(out) }, false},
		"cut after": {func(_ http.ResponseWriter, answer func(http.ResponseWriter)) {
			answer(httptest.NewRecorder())
			panic(http.ErrAbortHandler)
		}, true},
		"cut within the answer": {func(out http.ResponseWriter, answer func(http.ResponseWriter)) {
			kept := httptest.NewRecorder()
			answer(kept)
			out.Header().Set("Content-Length", "5000")
			out.WriteHeader(kept.Code)
			_, _ = out.Write(kept.Body.Bytes()[:20])
			_ = http.NewResponseController(out).Flush()
			panic(http.ErrAbortHandler)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			w, url := newWire(t, b)
			var failed atomic.Int32
			w.trouble = func(_ int, out http.ResponseWriter, answer func(http.ResponseWriter)) {
				if failed.Add(1) <= 2 {
					c.trouble(out, answer)
					return
				}
				answer(out)
			}
			receipts := must[[]daybook.Receipt](t)(dial(t, url, client.Options{}).LogAll(t.Context(),
				daybook.Conversation{AgentPosition: "CFO"}, daybook.ActionLog{AgentPosition: "CFO"}))
			if receipts[0].Duplicate != c.stored || receipts[1].Duplicate != c.stored {
				t.Errorf("duplicate is %v and %v, want %v", receipts[0].Duplicate, receipts[1].Duplicate, c.stored)
			}
			if n := len(b.entries(t, "conversations")) + len(b.entries(t, "action_logs")); n != 2 {
				t.Errorf("%d entries stand there, want each record once", n)
			}
		})
	}
}

// reset answers with a TCP reset.
func reset(out http.ResponseWriter) {
	connection, _, err := out.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
	panic(http.ErrAbortHandler)
}

// TestRetryUntilTheServerIsThere begins while nobody listens.
func TestRetryUntilTheServerIsThere(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	_, url := newWire(t, b)
	var dials atomic.Int32
	late := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) <= 2 {
			address = strings.TrimPrefix(nowhere, "http://")
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	t.Cleanup(late.CloseIdleConnections)
	c := dial(t, url, client.Options{HTTPClient: &http.Client{Transport: late}, MaxElapsed: time.Hour})
	if _, err := c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"}); err != nil {
		t.Fatal(err)
	}
	if n := len(b.entries(t, "conversations")); n != 1 || dials.Load() != 3 {
		t.Errorf("%d entries after %d dials", n, dials.Load())
	}
}

// inProcess answers calls without a network, and so without the clock of one.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	p.ServeHTTP(answer, r)
	return answer.Result(), r.Body.Close()
}

func TestRetryGivesUp(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]client.Options{
		"at once":            {MaxElapsed: -1},
		"after a while":      {MaxElapsed: 200 * time.Millisecond},
		"when asked to wait": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &wire{t: t, trouble: func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
					if name == "when asked to wait" {
						out.Header().Set("Retry-After", "3600")
					}
					refuse(out, http.StatusServiceUnavailable, &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full", Hint: "free some space"})
				}}
				o := o
				o.HTTPClient = &http.Client{Transport: inProcess{w}}
				start := time.Now()
				_, err := dial(t, "http://ledger:7777", o).LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
				wantCode(t, err, daybook.CodeUnavailable, "the disk is full", "free some space")
				if took := time.Since(start); took > max(0, o.MaxElapsed) {
					t.Errorf("it took %s", took)
				}
				if calls := len(w.seen()); (calls > 1) != (name == "after a while") {
					t.Errorf("it made %d attempts", calls)
				}
			})
		})
	}
}

func TestNothingIsRetriedInVain(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	w, url := newWire(t, newBook(t))
	w.trouble = func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		refuse(out, http.StatusInternalServerError, &daybook.Error{Code: daybook.CodeDamaged, Message: "entry 7 is damaged"})
	}
	unnamed := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if host, _, _ := net.SplitHostPort(address); strings.HasSuffix(host, ".invalid") {
			return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}}}
	t.Cleanup(unnamed.CloseIdleConnections)
	for address, code := range map[string]daybook.Code{
		secure.URL:                    daybook.CodeUnavailable, // whose certificate nobody knows
		"http://no.such.host.invalid": daybook.CodeUnavailable,
		url:                           daybook.CodeDamaged,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // which is how one that is tried again ends
		_, err := dial(t, address, client.Options{MaxElapsed: time.Hour, HTTPClient: unnamed}).LogConversation(ctx, daybook.Conversation{AgentPosition: "CFO"})
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s was tried again", address)
		}
		cancel()
		if daybook.CodeOf(err) != code {
			t.Errorf("%s: %v", address, err)
		}
	}
	if calls := len(w.seen()); calls != 1 {
		t.Errorf("a damaged server was tried %d times", calls)
	}
}

func TestContextEndsAWrite(t *testing.T) {
	t.Parallel()
	w, url := newWire(t, newBook(t))
	w.trouble = func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		http.Error(out, "", http.StatusServiceUnavailable)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	_, err := dial(t, url, client.Options{MaxElapsed: time.Hour}).LogConversation(ctx, daybook.Conversation{AgentPosition: "CFO"})
	wantCode(t, err, daybook.CodeUnavailable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it gave %v", err)
	}
}

// TestSilentServer never answers.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	w, url := newWire(t, newBook(t))
	over := make(chan struct{})
	w.trouble = func(call int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		if call == 2 { // an export that begins and falls silent
			out.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(out).Flush()
		}
		<-over
	}
	t.Cleanup(func() { close(over) })
	c := dial(t, url, client.Options{Timeout: 100 * time.Millisecond, MaxElapsed: -1})
	_, err := c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
	wantCode(t, err, daybook.CodeUnavailable, "no answer within 100ms")
	err = c.Export(t.Context(), daybook.ExportQuery{}, func(*daybook.Entry) error { return nil })
	wantCode(t, err, daybook.CodeUnavailable, "no answer within 100ms")
}

func TestWhatIsNoDaybook(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a page": "<html>welcome</html>", "no receipts": "{}", "too many": `{"receipts": [{}, {}]}`, "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c := canned(t, "text/html", body)
			_, err := c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
			wantCode(t, err, daybook.CodeInternal, "does not answer as Daybook does")
			if calls := len(w.seen()); calls != 1 {
				t.Errorf("it was tried %d times", calls)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	w, url := newWire(t, newBook(t))
	w.trouble = func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		out.Header().Set("Location", "https://elsewhere.example/v1/entries")
		out.WriteHeader(http.StatusMovedPermanently)
	}
	_, err := dial(t, url, client.Options{Token: "t"}).LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"})
	wantCode(t, err, daybook.CodeInternal, "301", "elsewhere.example")
	if len(w.seen()) != 1 {
		t.Error("it went on")
	}
}

// TestExportThatBreaksOff must not look like one that ended.
func TestExportThatBreaksOff(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := b.client()
	for range 3 {
		must[daybook.Receipt](t)(c.LogConversation(t.Context(), daybook.Conversation{AgentPosition: "CFO"}))
	}
	var export strings.Builder
	if err := c.Export(t.Context(), daybook.ExportQuery{}, func(e *daybook.Entry) error {
		export.Write(append(e.AppendExport(nil), '\n'))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w, url := newWire(t, b)
	var cut int
	w.trouble = func(_ int, out http.ResponseWriter, _ func(http.ResponseWriter)) {
		_, _ = io.WriteString(out, export.String()[:export.Len()-cut])
		if cut > 0 {
			_ = http.NewResponseController(out).Flush()
			panic(http.ErrAbortHandler)
		}
	}
	for cut = range []int{0, 1, 2} {
		n := 0
		err := dial(t, url, client.Options{}).Export(t.Context(), daybook.ExportQuery{}, func(*daybook.Entry) error { n++; return nil })
		if cut == 0 && (err != nil || n != 3) {
			t.Errorf("the whole export gave %d entries and %v", n, err)
		}
		if cut > 0 {
			wantCode(t, err, daybook.CodeUnavailable)
		}
	}
	err := dial(t, url, client.Options{}).Export(t.Context(), daybook.ExportQuery{}, func(*daybook.Entry) error { return io.EOF })
	if !errors.Is(err, io.EOF) {
		t.Errorf("the error of fn came back as %v", err)
	}
}
