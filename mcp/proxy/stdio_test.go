package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

// A session is a client that speaks with a server through a proxy.
type session struct {
	t    *testing.T
	book *testBook
	to   io.WriteCloser
	from *bufio.Reader

	stopReading io.Closer
	signals     chan os.Signal
	log         *logBuffer
	done        chan struct{}
	code        int
}

func startSession(t *testing.T, command *exec.Cmd, change func(*Options)) *session {
	t.Helper()
	s := &session{t: t, book: newBook(t), signals: make(chan os.Signal, 1), log: &logBuffer{}, done: make(chan struct{})}
	o := Options{Name: "files", Recorder: s.book, Principal: daybook.Local, Grace: time.Minute, Logger: slog.New(slog.NewTextHandler(s.log, nil))}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	in, to := io.Pipe()
	from, out := io.Pipe()
	s.to, s.from, s.stopReading = to, bufio.NewReader(from), from
	go func() {
		defer close(s.done)
		s.code, err = p.Stdio(context.WithoutCancel(t.Context()), in, out, command, s.signals)
		if err != nil {
			t.Error(err)
		}
		p.Close(context.Background())
		_ = out.Close()
	}()
	t.Cleanup(func() { _ = to.Close(); _ = from.Close(); s.wait() })
	return s
}

func (s *session) say(format string, args ...any) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.to, format+"\n", args...); err != nil {
		s.t.Fatal(err)
	}
}

func (s *session) hear() string {
	s.t.Helper()
	line, err := s.from.ReadString('\n')
	if err != nil {
		s.t.Fatalf("%v after %q", err, line)
	}
	return strings.TrimSuffix(line, "\n")
}

// wait waits for the proxy to have ended, and gives its exit code.
func (s *session) wait() int {
	s.t.Helper()
	select {
	case <-s.done:
	case <-time.After(2 * time.Minute):
		s.t.Fatal("the proxy goes on")
	}
	return s.code
}

func (s *session) tool(id int, name, arguments string) {
	s.t.Helper()
	s.say(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, name, arguments)
}

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"inspector","version":"1.0"}}}`

func TestCallsAreRecorded(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), func(o *Options) { o.Conversation, o.Session = "c1", "s1" })
	s.say(hello)
	s.hear()
	s.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	s.tool(1, "echo", `{"text":"hi"}`)
	contains(t, "the answer", s.hear(), `"text":"hi"`)
	s.tool(2, "fail", `{"path":"/nowhere"}`)
	s.hear()
	s.tool(3, "refuse", `{}`)
	s.hear()

	echo, fail, refuse := s.book.call("echo"), s.book.call("fail"), s.book.call("refuse")
	if echo.AgentPosition != "inspector" || echo.ServerName != "files" || echo.ConversationID != "c1" || echo.SessionID != "s1" ||
		string(echo.Parameters) != `{"text": "hi"}` || !*echo.Success || echo.ResultSummary != "1 text\nhi" || echo.DurationMS == nil {
		t.Errorf("echo: %+v", echo)
	}
	if *fail.Success || fail.ErrorMessage != "no such file" || fail.ResultSummary != "1 text" {
		t.Errorf("fail: %+v", fail)
	}
	if *refuse.Success || refuse.ErrorMessage != "bad arguments (code -32602)" {
		t.Errorf("refuse: %+v", refuse)
	}
	connected := s.book.action("files initialize")
	if connected.ResultSummary != "fake 1.2, protocol 2025-11-25" {
		t.Errorf("the connection: %+v", connected)
	}
	contains(t, "its details", string(connected.ActionDetails), `"version": "1.0"`, `"transport": "stdio"`)
}

func TestTheIntentIsThereBeforeTheCall(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("mirror"), nil)
	s.tool(1, "echo", `{}`)
	s.hear() // the server has it
	calls := s.book.calls()
	if len(calls) != 1 || calls[0].Success != nil || calls[0].AgentPosition != "mcp-client" {
		t.Fatalf("%+v", calls)
	}
}

func TestOtherRequestsAreActions(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), func(o *Options) { o.Agent = "CFO" })
	for i, m := range []string{
		`"resources/read","params":{"uri":"file:///a"}`, `"prompts/get","params":{"name":"greet"}`, `"completion/complete","params":{"ref":{"type":"ref/prompt","name":"greet"}}`,
		`"shiny/new","params":{"x":1}`, `"tools/list"`, `"ping"`,
	} {
		s.say(`{"jsonrpc":"2.0","id":"%d","method":%s}`, i, m)
		s.hear()
	}
	for target, summary := range map[string]string{
		"files resources/read file:///a": "1 content, text/plain 11 bytes", "files prompts/get greet": "2 messages",
		"files completion/complete greet": "1 value", "files shiny/new": "a, z",
	} {
		if a := s.book.action(target); a.ResultSummary != summary || a.AgentPosition != "CFO" || !*a.Success {
			t.Errorf("%s: %+v", target, a)
		}
	}
	if n := len(s.book.actions()); n != 4 {
		t.Errorf("%d actions", n)
	}
}

func TestElicitationsEscalate(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.say(`{"jsonrpc":"2.0","id":"called","method":"tools/call","params":{"name":"ask","arguments":{"params":"{\"message\":\"Which one?\\nSay.\",\"requestedSchema\":{\"properties\":{\"name\":{\"type\":\"string\"}}}}"},"_meta":{"daybook/conversation_id":"c9","daybook/session_id":"s9"}}}`)
	contains(t, "the question", s.hear(), "elicitation/create")
	eventually(t, "the escalation", func() bool { return len(s.book.escalations()) == 1 })
	if e := s.book.escalations()[0]; !e.ResolvedAt.IsZero() {
		t.Errorf("it is settled before it is answered: %+v", e)
	}
	s.say(`{"jsonrpc":"2.0","id":"ask","result":{"action":"accept","content":{"name":"Ann"}}}`)
	s.hear()
	if c := s.book.call("ask"); c.ConversationID != "c9" || c.SessionID != "s9" {
		t.Errorf("%+v", c)
	}
	e := s.book.escalations()[0]
	if e.Subject != "files: Which one?" || e.Description != "Which one?\nSay.\nasks for: name" || e.EscalationType != "question" || e.Target != "HUMAN" ||
		e.Resolution != "accept (gave: name)" || e.ResolvedBy != "HUMAN" || e.ResolvedAt.IsZero() {
		t.Errorf("%+v", e)
	}
}

func TestSamplingIsAnAction(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.tool(1, "sample", `{}`) // its id is that of the server's request too
	s.hear()
	s.hear()
	s.say(`{"jsonrpc":"2.0","id":1,"result":{"role":"assistant","model":"claude","stopReason":"endTurn","content":{"type":"text","text":"hi"}}}`)
	a := s.book.action("files sampling/createMessage")
	contains(t, "the details", string(a.ActionDetails), `"maxTokens": 50`, `"prompt": "say hi"`, `"messages": 1`)
	if a.ResultSummary != "model claude, endTurn\nhi" || s.book.call("sample").ResultSummary != "1 text\nasked" {
		t.Errorf("%+v", a)
	}
}

func TestCancelledCalls(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.tool(5, "silent", `{}`)
	s.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"too slow"}}`)
	if c := s.book.call("silent"); *c.Success || c.ErrorMessage != "cancelled by the client: too slow" {
		t.Errorf("%+v", c)
	}
}

func TestTheServersDeathIsRecorded(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.tool(1, "silent", `{}`)
	s.tool(2, "die", `{}`)
	if code := s.wait(); code != 3 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"silent", "die"} {
		if c := s.book.call(name); *c.Success || c.ErrorMessage != "the server ended before it was answered (exit status 3)" {
			t.Errorf("%+v", c)
		}
	}
}

func TestTheClientsEndIsTheServers(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.tool(1, "silent", `{}`)
	_ = s.to.Close()
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "the outcome", s.book.call("silent").ErrorMessage, "the server ended before it was answered (exit status 0, after the client went away)")
}

func TestSignalsPassOn(t *testing.T) {
	t.Parallel()
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		s := startSession(t, fakeServer("signals"), nil)
		s.hear()
		s.signals <- sent
		if got := s.hear(); got != sent.String() {
			t.Errorf("it got %q", got)
		}
		if code := s.wait(); code != 9 {
			t.Errorf("exit code %d", code)
		}
	}
}

func TestAServerThatDoesNotEndIsEnded(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("deaf"), func(o *Options) { o.Grace = 100 * time.Millisecond })
	s.hear()
	_ = s.to.Close()
	if code := s.wait(); code != 128+9 {
		t.Errorf("exit code %d", code)
	}
}

func TestWhatTheServerStartedEndsToo(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("parent"), nil)
	var pid int
	for range 2 { // the one says who it started, and that one that it is there
		if line := s.hear(); line != "ready" {
			_, _ = fmt.Sscan(line, &pid)
		}
	}
	_ = s.to.Close()
	if code := s.wait(); code != 7 {
		t.Errorf("exit code %d", code)
	}
	eventually(t, "the end of the server's child", func() bool { return !alive(pid) })
}

func TestAClientThatReadsNoMoreIsGone(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.tool(1, "silent", `{}`)
	eventually(t, "the call", func() bool { return len(s.book.calls()) == 1 })
	_ = s.stopReading.Close()
	s.tool(2, "echo", `{}`)
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	contains(t, "the outcome", s.book.call("silent").ErrorMessage, "after the client went away")
}

// alive says whether a process runs; one that is dead and that nobody has
// waited for yet does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestNothingPassesUnrecordedWhereClosed(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("mirror"), func(o *Options) { o.Closed = true })
	s.book.fail(errFull)
	s.tool(7, "echo", `{}`)
	contains(t, "the refusal", s.hear(), `{"jsonrpc":"2.0","id":7,"error":{"code":-32050,"message":"`, "the spool is full", "daybook spool status")
	s.say(`[{"jsonrpc":"2.0","id":8,"method":"ping"},{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"a"}}]`)
	contains(t, "the refusal", s.hear(), `[{"jsonrpc":"2.0","id":8,"error"`, `{"jsonrpc":"2.0","id":"x","error"`)
	s.say(`this is no JSON`)
	contains(t, "the refusal", s.hear(), `"id":null`, "cannot be read")
	s.say(`{"jsonrpc":"2.0","id":9,"method":"ping"}`)
	contains(t, "what passed", s.hear(), `"id":9,"method":"ping"`)
	s.say(hello)
	contains(t, "what passed", s.hear(), `"method":"initialize"`)
	s.book.fail(nil)
	s.tool(10, "later", `{}`)
	contains(t, "what passed", s.hear(), `"id":10`)
	if calls := s.book.calls(); len(calls) != 1 || calls[0].ToolName != "later" {
		t.Errorf("%+v", calls)
	}
}

func TestCallsPassUnrecordedWhereOpen(t *testing.T) {
	t.Parallel()
	s := startSession(t, fakeServer("tools"), nil)
	s.book.fail(errFull)
	for i := range 10 {
		s.tool(i, "echo", `{"text":"hi"}`)
		contains(t, "the answer", s.hear(), `"hi"`)
	}
	s.say(`no JSON`)
	_ = s.to.Close()
	s.wait()
	log := s.log.String()
	contains(t, "the log", log, "not being recorded", "the spool is full", `"records lost"=10`, "is no JSON-RPC")
	if n := strings.Count(log, "not being recorded"); n != 1 {
		t.Errorf("warned %d times", n)
	}
}
