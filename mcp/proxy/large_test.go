package proxy

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

func newProxy(t testing.TB, b *testBook, change func(*Options)) *Proxy {
	t.Helper()
	o := Options{Name: "files", Recorder: b, Principal: daybook.Local}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

// Bytes of any kind pass through a server that mirrors them.
func TestStdioChangesNothing(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("mirror"), nil)
	for _, line := range []string{
		toolCall(1, "a"), `[{"jsonrpc":"2.0","id":1.50,"method":"x","X":1e400},{"id":null}]`, ``, `  {"id" :1}  ` + "\r", "\x00\xff\xfe not JSON", `{"a":"\ud800"}`,
		`{"method":"notifications/progress","params":{"progressToken":12345678901234567890}}`, strings.Repeat("[", 100_000), `{"big":"` + strings.Repeat("x", 3<<20) + `"}`,
	} {
		go func() { _, _ = io.WriteString(s.to, line+"\n") }()
		if got := s.hear(); got != line {
			t.Fatalf("%.80q became %.80q", line, got)
		}
	}
	_, _ = s.to.Write([]byte("no end"))
	_ = s.to.Close()
	if rest, _ := io.ReadAll(s.from); string(rest) != "no end" {
		t.Errorf("of what has no end %q passed", rest)
	}
}

// slowly is a server of a line that comes in pieces; it notes the most memory in
// use between two of them.
type slowly struct {
	left int
	most uint64
}

func (s *slowly) Read(p []byte) (int, error) {
	const head, tail = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"big","arguments":{"text":"`, "\"}}}\n"
	if s.left == 0 {
		return 0, io.EOF
	}
	if s.left&(4<<20-1) == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		s.most = max(s.most, m.HeapAlloc)
	}
	text := bytes.Repeat([]byte("x"), 4096)
	if s.left == 64<<20 {
		copy(text, head)
	}
	if s.left == 4096 {
		copy(text[4096-len(tail):], tail)
	}
	n := copy(p[:4096], text)
	s.left -= n
	return n, nil
}

// A message of 64 MiB takes a few of memory, and is recorded as what it is.
func TestLargeMessagesAreNotHeld(t *testing.T) {
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	from, passed := &slowly{left: 64 << 20}, 0
	up := newPump(from, &lineWriter{w: writerFunc(func(p []byte) { passed += len(p) })})
	up.hold = heldOpen
	up.see = func(messages []*node, ok bool) error {
		if passed >= 64<<20 {
			t.Error("its end passed before it was seen")
		}
		_, _, err := p.admit(l, messages, ok)
		return err
	}
	if err := up.run(); err != nil || passed != 64<<20 {
		t.Fatalf("%d bytes passed: %v", passed, err)
	}
	if used := int64(from.most) - int64(before.HeapAlloc); used > 16<<20 {
		t.Errorf("it took %d MiB", used>>20)
	}
	l.close("over")
	contains(t, "what is recorded", string(b.call("big").Parameters), `xxx [cut: 671`)
}

type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) { f(p); return len(p), nil }

func TestLongLinesAreRefusedWhereClosed(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("mirror"), func(o *Options) { o.Closed = true })
	go func() {
		_, _ = s.to.Write([]byte(`{"a":"`))
		piece := bytes.Repeat([]byte("x"), 1<<20)
		for range heldClosed>>20 + 1 {
			_, _ = s.to.Write(piece)
		}
		_, _ = s.to.Write([]byte("\"}\n" + `{"next":1}` + "\n"))
	}()
	contains(t, "the refusal", s.hear(), `"id":null`, "longer than what can be held")
	if got := s.hear(); got != `{"next":1}` {
		t.Errorf("behind it comes %.80q", got)
	}
}

// A body that is longer than what is held passes as it comes, but for its end.
func TestLongBodies(t *testing.T) {
	t.Parallel()
	seen := make(chan bool, 1)
	var b *testBook
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		text := make([]byte, heldOpen)
		if _, err := io.ReadFull(r.Body, text); err != nil {
			t.Error(err)
		}
		seen <- len(b.calls()) == 0 // nothing is written yet, as the end has not come
		rest, err := io.ReadAll(r.Body)
		if err != nil || len(b.calls()) != 1 {
			t.Errorf("%d calls at the end, %v", len(b.calls()), err)
		}
		writeJSON(w, answerTo(1, string(rest[len(rest)-20:])))
	}, nil)
	b = s.book
	from, to := io.Pipe()
	go func() {
		long := strings.Replace(toolCall(1, "big"), `{"a":1}`, `{"a":"`+strings.Repeat("x", 3<<20)+`"}`, 1)
		_, _ = io.WriteString(to, long[:2<<20])
		if !<-seen {
			t.Error("the call was recorded before it was there")
		}
		_, _ = io.WriteString(to, long[2<<20:])
		_ = to.Close()
	}()
	response, err := http.Post(s.url+"/mcp", "application/json", from)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), `x\"}}}`) {
		t.Errorf("%s", text)
	}
	if c := b.call("big"); !*c.Success {
		t.Errorf("%+v", c)
	}
}

func TestTLSUpstream(t *testing.T) {
	t.Parallel()
	up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, answerTo(1, "hi")) }))
	defer up.Close()
	b := newBook(t)
	h, err := newProxy(t, b, nil).Handler(up.URL, HTTPOptions{Transport: up.Client().Transport.(*http.Transport)})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h)
	defer front.Close()
	response, err := http.Post(front.URL, "application/json", strings.NewReader(toolCall(1, "echo")))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if c := b.call("echo"); !*c.Success {
		t.Errorf("%+v", c)
	}
}

func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/mcp" {
			http.Redirect(w, r, "http://"+r.Host+"/mcp/?a=b", http.StatusTemporaryRedirect)
			return
		}
		writeJSON(w, answerTo(1, r.URL.String()))
	}, nil)
	if _, answer := s.post(toolCall(1, "echo")); !strings.Contains(answer, "/mcp/?a=b") {
		t.Errorf("%s", answer)
	}
}

func TestSecretsAreNotRecorded(t *testing.T) {
	t.Parallel()
	key := "ghp_" + strings.Repeat("aB3dE6gH9", 4)
	b := newBook(t)
	p := newProxy(t, b, nil)
	l := p.link("stdio")
	say := func(s string) string { return strings.ReplaceAll(s, "KEY", key) }
	show(t, p, l, say(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"token":"KEY","x":["see KEY"]}}}`), say(answerTo(1, "it is KEY")))
	show(t, p, l, say(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b"}}`), say(`{"jsonrpc":"2.0","id":2,"error":{"code":1,"message":"KEY is wrong"}}`))
	show(t, p, l, say(`{"jsonrpc":"2.0","id":3,"method":"resources/read","params":{"uri":"https://x.example/?key=KEY"}}`), say(`{"jsonrpc":"2.0","id":4,"method":"elicitation/create","params":{"message":"KEY?","url":"https://x.example/KEY"}}`))
	show(t, p, l, say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3,"reason":"KEY"}}`), say(`{"jsonrpc":"2.0","id":5,"method":"sampling/createMessage","params":{"messages":[{"content":{"text":"KEY"}}]}}`))
	l.close("over")
	p.Close(t.Context())
	for _, kind := range []string{"mcp_usage_logs", "action_logs", "escalation_logs"} {
		b.mu.Lock()
		page, err := b.reader.List(t.Context(), daybook.Local, daybook.Query{Kind: daybook.MustKind(kind), Limit: 100, Revisions: true})
		b.mu.Unlock()
		if err != nil || len(page.Entries) == 0 {
			t.Fatalf("%s: %v", kind, err)
		}
		for _, e := range page.Entries {
			for i, v := range e.Values {
				if strings.Contains(v.Text(), key[:10]) {
					t.Errorf("%s of %s holds the secret: %s", e.Kind.Columns[i].Name, kind, v.Text())
				}
			}
		}
	}
}

// A server that answers before it has the whole request leaves nothing open.
func TestServersThatDoNotListen(t *testing.T) {
	t.Parallel()
	s := startSite(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusRequestEntityTooLarge)
	}, nil)
	s.post(strings.Replace(toolCall(1, "big"), `{"a":1}`, `{"a":"`+strings.Repeat("x", 3<<20)+`"}`, 1))
	s.post(toolCall(1, "small"))
	s.book.call("small")
	eventually(t, "the outcome of each", func() bool { // the long one may have been cut off before it was read
		for _, c := range s.book.calls() {
			if c.Success == nil || *c.Success {
				return false
			}
		}
		return true
	})
}
