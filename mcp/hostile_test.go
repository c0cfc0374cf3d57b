package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp"
)

// TestHostileMessages: whatever is sent is answered, with a refusal, and what
// was sent does not come back at length.
func TestHostileMessages(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	for name, c := range map[string]struct {
		url, body string
		status    int
		says      string
	}{
		"nothing":               {"", "", 400, "no JSON"},
		"no JSON":               {"", "{", 400, "no JSON"},
		"a batch":               {"", "[" + message("ping", "{}") + "]", 400, "not one JSON-RPC message"},
		"two messages":          {"", message("ping", "{}") + message("ping", "{}"), 400, "not one JSON-RPC message"},
		"brackets without end":  {"", strings.Repeat("[", 2_000_000), 400, "no JSON"},
		"objects without end":   {"", strings.Repeat(`{"a":`, 400_000), 400, "no JSON"},
		"arguments that nest":   {"", calling("log_action", `{"action_type": "x", "agent_position": "x", "action_details": `+deep+`}`), 200, `"code":-32600`},
		"a name given twice":    {"", `{"jsonrpc": "2.0", "id": 1, "id": 2, "method": "ping"}`, 400, "duplicate"},
		"another protocol":      {"", `{"jsonrpc": "1.0", "id": 1, "method": "ping"}`, 200, `"code":-32600`},
		"no method":             {"", `{"jsonrpc": "2.0", "id": 1}`, 202, ""},
		"an id with a fraction": {"", `{"jsonrpc": "2.0", "id": 1.5, "method": "ping"}`, 400, "1.5 is no id"},
		"an id beyond all":      {"", `{"jsonrpc": "2.0", "id": 1000000000000000000000, "method": "ping"}`, 400, "is no id"},
		"a call of no tool":     {"", message("tools/call", `{}`), 200, "the tools are"},
		"an id that is a list":  {"", `{"jsonrpc": "2.0", "id": [1], "method": "ping"}`, 400, ""},
		"a method that is none": {"", message("tools/destroy", "{}"), 200, `"code":-32601`},
		"a long method":         {"", message(strings.Repeat("x", 100_000), "{}"), 200, `"code":-32601`},
		"parameters of no form": {"", message("tools/call", "[1, 2]"), 200, `"error"`},
		"no tool":               {"", message("tools/call", `{"name": 7}`), 200, `"error"`},
		"an unknown tool":       {"", calling(strings.Repeat("x", 100_000), `{}`), 200, "unknown tool"},
		"an unknown resource":   {"", message("resources/read", `{"uri": "file:///etc/passwd"}`), 200, `"error"`},
		"a kind that is none":   {"", message("resources/read", `{"uri": "daybook://kinds/../../etc"}`), 200, `"error"`},
		"an entry that is none": {"", message("resources/read", `{"uri": "daybook://entries/conversations/%zz"}`), 200, `"error"`},
		"a parameter":           {"?agnet=x", message("ping", "{}"), 422, "no parameter"},
		"a parameter twice":     {"?agent=x&agent=y", message("ping", "{}"), 422, "twice"},
		"a name of NUL":         {"?agent=%00", message("ping", "{}"), 422, "no name"},
		"no text at all":        {"", "\xff\xfe", 400, "no JSON"},
		"half a character":      {"", calling("history", "{\"table\": \"\xff\"}"), 400, "no JSON"},
		"NUL in a text":         {"", calling("log_action", `{"action_type": "x", "agent_position": "\u0000"}`), 200, "/agent_position: "},
		"NUL in a question":     {"", calling("history", `{"table": "\u0000"}`), 200, ""},
		"a listener":            {"", message("subscriptions/listen", `{"notifications": {}}`), 200, `"error"`},
		"a long text":           {"", calling("log_action", `{"action_type": "x", "agent_position": "`+strings.Repeat("x", 3000)+`"}`), 200, "/agent_position: "},
		"a record too large":    {"", calling("log_thinking", `{"agent_position": "x", "conversation_id": "c", "thinking_content": "`+strings.Repeat("x", 2_000_000)+`"}`), 200, "/thinking_content: "},
		"a message too large":   {"", message("ping", `{"x": "`+strings.Repeat("x", 17<<20)+`"}`), 413, "over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, answer := b.post(t, daybook.Local, "/mcp"+c.url, c.body)
			if status != c.status || !strings.Contains(answer, c.says) || len(answer) > 2000 && len(answer) > len(c.body)/2 {
				t.Errorf("%d (want %d), %d bytes: %.500s", status, c.status, len(answer), answer)
			}
		})
	}
}

// TestAnswersAreBounded however much there is to tell.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	long := strings.Repeat("é ", 10_000)
	messages := []string{calling("checkout", `{"purpose": "`+long+`"}`)}
	for i := range 40 {
		messages = append(messages,
			calling("log_operation", fmt.Sprintf(`{"operation_type": "JOIN", "transformation_logic": "%s", "output_table": "a.b", "parameters": {"x": "%s"}}`, long, long)),
			calling("log_decision", `{"decision_summary": "`+long+`", "rationale": "`+long+`", "requires_human_review": true}`),
			calling("escalate", `{"subject": "`+long+`", "description": "`+long+`"}`),
			calling("add_lineage", fmt.Sprintf(`{"source": "s.t%d", "target": "a.b", "relationship_type": "COPIES", "transformation_description": "%s"}`, i, long)))
	}
	b.tell(t, mcp.Defaults{}, append(messages, calling("checkin", "{}"))...)
	c := overHTTP(t, b, "2025-11-25")
	for _, detail := range []string{"brief", "full"} {
		for tool, limit := range map[string]int{"history": 200, "agent_activity": 200, "lineage": 500, "why": 100, "open_escalations": 200, "pending_reviews": 200} {
			arguments := map[string]any{"limit": limit, "detail": detail}
			switch tool {
			case "history":
				arguments["table"] = "a.b"
			case "agent_activity":
				arguments["agent"] = "told"
			case "lineage", "why":
				arguments["node"] = "a.b"
			}
			structured, text := c.call(tool, arguments)
			raw, err := json.Marshal(structured)
			if err != nil || len(raw) > 150_000 || len(text) > 150_000 || !utf8.ValidString(text) {
				t.Errorf("%s %s: %d bytes of structure, %d of text, %v", tool, detail, len(raw), len(text), err)
			}
		}
	}
}

// TestTextsAreHarmless: what agents wrote does nothing to a terminal.
func TestTextsAreHarmless(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	const evil = `a\u001b[31m\u0007b\u202ec\u2028d`
	b.tell(t, mcp.Defaults{}, calling("escalate", `{"source_agent": "`+evil+`", "subject": "`+evil+`"}`), calling("log_decision", `{"requires_human_review": true, "decision_summary": "`+evil+`"}`))
	for tool, arguments := range map[string]string{"open_escalations": `{}`, "pending_reviews": `{}`, "agent_activity": `{"agent": "` + evil + `"}`, "history": `{"table": "` + evil + `"}`, "why": `{"node": "` + evil + `"}`} {
		_, answer := b.post(t, daybook.Local, "/mcp", calling(tool, arguments))
		var m struct {
			Result struct{ Content []struct{ Text string } }
		}
		if err := json.Unmarshal([]byte(answer), &m); err != nil || len(m.Result.Content) != 1 {
			t.Fatalf("%s: %v %s", tool, err, answer)
		}
		text := m.Result.Content[0].Text
		if strings.ContainsAny(text, "\x1b\a\u202e\u2028") || !strings.Contains(text, "[31m") {
			t.Errorf("%s says %q", tool, text)
		}
	}
}

// A faulty reader panics, or fails with what is nobody's business.
type faulty struct{ daybook.Reader }

func (faulty) History(context.Context, daybook.Principal, daybook.HistoryQuery) ([]daybook.Event, error) {
	panic("secret of History")
}

func (faulty) Get(context.Context, daybook.Principal, *daybook.Kind, string) (*daybook.Entry, error) {
	panic("secret of Get")
}

func (faulty) Activity(context.Context, daybook.Principal, daybook.ActivityQuery) ([]daybook.Event, error) {
	return nil, fmt.Errorf("secret of Activity")
}

// TestFaultsOfOursStayInside: a panic ends neither the server nor the connection,
// and the log alone says what it was.
func TestFaultsOfOursStayInside(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var mu sync.Mutex
	b := &book{Server: mcp.New(mcp.Config{Reader: faulty{}, Logger: slog.New(slog.NewTextHandler(locked{&mu, &log}, nil))})}
	for _, m := range []string{
		calling("history", `{"table": "a"}`), calling("agent_activity", `{"agent": "a"}`), message("resources/read", `{"uri": "daybook://entries/conversations/x"}`),
	} {
		if status, answer := b.post(t, daybook.Local, "/mcp", m); status != http.StatusOK || strings.Contains(answer, "secret") || !strings.Contains(answer, "fault") {
			t.Errorf("%d %s", status, answer)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	says(t, log.String(), "secret of History", "secret of Get", "secret of Activity", "hostile_test.go")
}

type locked struct {
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (l locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// FuzzHandle sends bodies of any form.
func FuzzHandle(f *testing.F) {
	for _, seed := range []string{
		message("tools/list", "{}"), message("initialize", `{"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}`),
		calling("checkout", `{"agent_id": "x", "source_tables": ["a.b"]}`), calling("add_lineage", `{"source": "a.b", "target": "/x", "relationship_type": "COPIES", "session_id": "0190f3c2-7b1e-7a40-8c11-000000000001"}`),
		calling("log_decision", `{"agent_position": "x", "options_evaluated": [{"option": "a", "score": 1}]}`), calling("why", `{"node": "a.b", "depth": 3, "as_of": "7d"}`),
		calling("cost", `{"by": ["agent"]}`), calling("history", `{"table": "a", "limit": "20", "detail": "full"}`), message("resources/read", `{"uri": "daybook://kinds/erasure"}`),
		`{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}`, `{"jsonrpc": "2.0", "id": null, "result": {}}`,
	} {
		f.Add(seed, "2025-11-25")
		f.Add(seed, "2026-07-28")
	}
	b := newBook(f)
	f.Fuzz(func(t *testing.T, body, version string) {
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(body))
		r.Header.Set("Mcp-Protocol-Version", version)
		w := httptest.NewRecorder()
		err := b.Handle(w, r, daybook.Local)
		if err != nil && statusOf(err) >= 500 || w.Code >= 500 {
			t.Errorf("%d %v", w.Code, err)
		}
		if body := w.Body.Bytes(); err == nil && len(body) > 0 && !json.Valid(body) {
			t.Errorf("the answer is no JSON: %s", body)
		}
	})
}
