package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// A site is a proxy in front of a server that a test makes up.
type site struct {
	t    *testing.T
	book *testBook
	url  string
	log  *logBuffer
	p    *Proxy
	up   *httptest.Server
}

func startSite(t *testing.T, serve http.HandlerFunc, change func(*Options)) *site {
	t.Helper()
	s := &site{t: t, book: newBook(t), log: &logBuffer{}, up: httptest.NewServer(serve)}
	t.Cleanup(s.up.Close)
	o := Options{Name: "web", Recorder: s.book, Principal: daybook.Local, Logger: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.orphaned = 50 * time.Millisecond
	s.p = p
	h, err := p.Handler(s.up.URL+"/mcp", HTTPOptions{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h)
	t.Cleanup(func() { front.CloseClientConnections(); front.Close(); p.Close(context.Background()) })
	s.url = front.URL
	return s
}

// send makes a request; headers come as name and value.
func (s *site) send(method, path, body string, headers ...string) *http.Response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// post gives the whole answer to a message.
func (s *site) post(body string, headers ...string) (status int, answer string) {
	s.t.Helper()
	response := s.send(http.MethodPost, "/mcp", body, headers...)
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Logf("the answer ended with %v", err)
	}
	return response.StatusCode, string(text)
}

func toolCall(id any, name string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"method":"tools/call","params":{"name":%q,"arguments":{"a":1}}}`, id, name)
}

func answerTo(id any, text string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%v,"result":{"content":[{"type":"text","text":%q}]}}`, id, text)
}

func writeJSON(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, text)
}

func writeEvent(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, text)
	w.(http.Flusher).Flush()
}

func TestHTTPWithJSON(t *testing.T) {
	t.Parallel()
	var got *http.Request
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = io.Copy(io.Discard, r.Body)
		writeJSON(w, answerTo(1, "hi"))
	}, nil)
	status, answer := s.post(toolCall(1, "echo"), "Authorization", "Bearer xyz", "MCP-Protocol-Version", "2025-11-25", "Accept-Encoding", "br")
	if status != http.StatusOK || answer != answerTo(1, "hi") {
		t.Errorf("%d %s", status, answer)
	}
	if got.URL.Path != "/mcp" || got.Header.Get("Authorization") != "Bearer xyz" || got.Header.Get("MCP-Protocol-Version") != "2025-11-25" ||
		got.Header.Get("Accept-Encoding") != "" || got.Header.Get("X-Forwarded-For") != "" || got.Host != strings.TrimPrefix(s.up.URL, "http://") {
		t.Errorf("the server got %s %v for %s", got.URL, got.Header, got.Host)
	}
	if c := s.book.call("echo"); !*c.Success || c.ResultSummary != "1 text\nhi" || string(c.Parameters) != `{"a": 1}` {
		t.Errorf("%+v", c)
	}
	if strings.Contains(s.log.String(), "xyz") {
		t.Errorf("the log has the token: %s", s.log)
	}
}

func TestHTTPSessionsKnowTheirClient(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		if strings.Contains(string(text), "initialize") {
			w.Header().Set("Mcp-Session-Id", "abc")
		}
		writeEvent(w, "event: message\nid: 7\ndata: "+answerTo(0, "hi")+"\n\n")
	}, nil)
	s.post(hello)
	s.post(toolCall(0, "echo"), "Mcp-Session-Id", "abc")
	if c := s.book.call("echo"); !*c.Success || c.AgentPosition != "inspector" {
		t.Errorf("%+v", c)
	}
	s.post(toolCall(0, "other"), "Mcp-Session-Id", "of somebody else")
	if c := s.book.call("other"); c.AgentPosition != "mcp-client" {
		t.Errorf("%+v", c)
	}
}

// What a server says is heard at once, and a stream that breaks is taken up
// again without anything being recorded twice.
func TestHTTPStreamsResume(t *testing.T) {
	t.Parallel()
	ask := `{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"Sure?","requestedSchema":{"properties":{"ok":{"type":"boolean"}}}}}`
	step := make(chan bool)
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Last-Event-ID") == "" && r.Method == http.MethodPost {
			writeEvent(w, "id: 1\ndata:\n\nid: 2\ndata: "+ask+"\n\n")
			<-step
			panic(http.ErrAbortHandler) // the connection breaks
		}
		writeEvent(w, "id: 2\ndata: "+ask+"\n\nid: 3\ndata: "+answerTo(4, "done")+"\n\n")
		writeEvent(w, "id: 3\ndata: "+answerTo(4, "done")+"\n\n")
	}, nil)
	s.p.orphaned = time.Hour
	response := s.send(http.MethodPost, "/mcp", toolCall(4, "long"), "Mcp-Session-Id", "abc")
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() && !strings.Contains(lines.Text(), "elicitation") {
		continue
	}
	step <- true
	_, _ = io.ReadAll(response.Body)
	again := s.send(http.MethodGet, "/mcp", "", "Mcp-Session-Id", "abc", "Last-Event-ID", "2")
	text, _ := io.ReadAll(again.Body)
	contains(t, "the rest of the stream", string(text), "done")
	if c := s.book.call("long"); !*c.Success {
		t.Errorf("%+v", c)
	}
	if list := s.book.escalations(); len(list) != 1 || list[0].EscalationType != "greenlight" {
		t.Errorf("%+v", list)
	}
}

func TestHTTPUpstreamDies(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]string{"at once": "data: {}\n\n", "after its time": "id: 1\ndata: {}\n\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSite(t, func(w http.ResponseWriter, _ *http.Request) {
				writeEvent(w, event)
				panic(http.ErrAbortHandler)
			}, nil)
			s.post(toolCall(1, "long"), "Mcp-Session-Id", "abc")
			if c := s.book.call("long"); *c.Success || c.ErrorMessage != "the server broke the connection before it was answered" {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestHTTPUpstreamIsNotThere(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, _ *http.Request) {
		writeEvent(w, "id: 1\ndata: {}\n\n")
		panic(http.ErrAbortHandler)
	}, nil)
	s.p.orphaned = time.Hour
	s.post(toolCall(1, "long"), "Mcp-Session-Id", "abc")
	s.up.Close()
	status, answer := s.post(toolCall(2, "next"), "Mcp-Session-Id", "abc")
	if status != http.StatusBadGateway {
		t.Errorf("status %d", status)
	}
	contains(t, "the answer", answer, `{"jsonrpc":"2.0","id":2,"error":{"code":-32051`, "cannot be reached")
	contains(t, "the outcome", s.book.call("next").ErrorMessage, "the server cannot be reached: ", "refused")
	contains(t, "the orphan's", s.book.call("long").ErrorMessage, "broke the connection", "cannot be reached any more")
}

func TestHTTPErrorsAndRefusals(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		switch {
		case strings.Contains(string(text), "teapot"):
			http.Error(w, "no", http.StatusTeapot)
		case strings.Contains(string(text), "told"):
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			writeJSON(w, `{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no such session"}}`)
		case strings.Contains(string(text), "zipped"):
			w.Header().Set("Content-Encoding", "br")
			writeJSON(w, "????")
		case strings.Contains(string(text), "prose"):
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, "it is done")
		case strings.Contains(string(text), "nothing"):
			writeJSON(w, "{}")
		}
	}, nil)
	for name, want := range map[string]string{
		"teapot": "the server answered with HTTP 418 I'm a teapot", "told": "no such session (code -1)",
		"zipped": "not known: the answer was compressed (br)", "prose": "not known: the answer was no JSON, but text/plain", "nothing": "the answer ended without one",
	} {
		s.post(toolCall(1, name))
		c := s.book.call(name)
		contains(t, name, c.ErrorMessage, want)
		if known := !strings.HasPrefix(want, "not known"); (c.Success != nil) != known || known && *c.Success {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestHTTPWithSSE(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{"relative": "/messages?session=1", "whole": "http://UP/messages?session=1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := make(chan string, 2)
			s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					text, _ := io.ReadAll(r.Body)
					w.WriteHeader(http.StatusAccepted)
					if strings.Contains(string(text), "echo") {
						answers <- answerTo(1, "hi")
					} else {
						answers <- ""
					}
					return
				}
				writeEvent(w, "event: endpoint\ndata: "+strings.ReplaceAll(address, "UP", r.Host)+"\n\n")
				for a := range answers {
					if a == "" {
						panic(http.ErrAbortHandler)
					}
					writeEvent(w, "event: message\r\ndata: "+a+"\r\n\r\n")
				}
			}, nil)
			stream := bufio.NewReader(s.send(http.MethodGet, "/sse", "").Body)
			head, _ := stream.ReadString('\n')
			data, _ := stream.ReadString('\n')
			if head+data != "event: endpoint\ndata: /messages?session=1\n" {
				t.Fatalf("%q", head+data)
			}
			_ = s.send(http.MethodPost, "/messages?session=1", toolCall(1, "echo"))
			if c := s.book.call("echo"); !*c.Success {
				t.Errorf("%+v", c)
			}
			_ = s.send(http.MethodPost, "/messages?session=1", toolCall(2, "dies"))
			if c := s.book.call("dies"); c.ErrorMessage != "the server broke the connection before it was answered" {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestHTTPClientGoes(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		writeEvent(w, ": hello\n\n")
		<-r.Context().Done()
	}, nil)
	for _, headers := range [][]string{nil, {"Mcp-Session-Id", "abc"}} {
		name := fmt.Sprint("left", len(headers))
		response := s.send(http.MethodPost, "/mcp", toolCall(1, name), headers...)
		_ = response.Body.Close()
		contains(t, name, s.book.call(name).ErrorMessage, "the client went away")
	}
}

func TestHTTPSessionEnds(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
		}
	}, nil)
	s.p.orphaned = time.Hour
	s.post(toolCall(1, "waits"), "Mcp-Session-Id", "abc")
	_ = s.send(http.MethodDelete, "/mcp", "", "Mcp-Session-Id", "abc")
	contains(t, "the outcome", s.book.call("waits").ErrorMessage, "the client ended the session")
}

func TestHTTPClosed(t *testing.T) {
	t.Parallel()
	var passed sync.Map
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		passed.Store(string(text), true)
		writeJSON(w, "{}")
	}, func(o *Options) { o.Closed = true })
	s.book.fail(errFull)
	status, answer := s.post(toolCall(`"x"`, "echo"))
	contains(t, "the answer", answer, `{"jsonrpc":"2.0","id":"x","error":{"code":-32050`, "the spool is full")
	if status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if _, answer = s.post("no JSON"); !strings.Contains(answer, "cannot be read") {
		t.Errorf("%s", answer)
	}
	if status, _ = s.post(strings.Repeat(" ", heldClosed+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", status)
	}
	s.post(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	n := 0
	passed.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d messages passed", n)
	}
}

func TestHTTPForeignPages(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, "{}") }, nil)
	for _, c := range []struct {
		header, value string
		status        int
	}{
		{"Host", "evil.example:7800", 403},
		{"Origin", "https://evil.example", 403},
		{"Origin", "null", 403},
		{"Origin", "http://127.0.0.1.evil.example", 403},
		{"Origin", "http://localhost:6274", 200},
		{"Host", "localhost:7800", 200},
		{"Host", "LocalHost:7800", 200},
		{"Host", "[::1]:7800", 200},
		{"Accept", "x", 200},
	} {
		if status, _ := s.post("{}", c.header, c.value); status != c.status {
			t.Errorf("%s: %s: status %d", c.header, c.value, status)
		}
	}
}

func TestHTTPRootIsTheServersPath(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) { writeJSON(w, `"`+r.URL.String()+`"`) }, nil)
	for path, want := range map[string]string{"/": `"/mcp"`, "": `"/mcp"`, "/?a=b": `"/mcp?a=b"`, "/.well-known/x%2Fy?q": `"/.well-known/x%2Fy?q"`} {
		response := s.send(http.MethodGet, path, "")
		if text, _ := io.ReadAll(response.Body); string(text) != want {
			t.Errorf("%s leads to %s", path, text)
		}
	}
}
