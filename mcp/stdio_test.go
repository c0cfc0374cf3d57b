package mcp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/mcp"
)

const hello = `{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "told", "version": "1"}}}
{"jsonrpc": "2.0", "method": "notifications/initialized"}
`

// tell says everything at once, and gives the answers by their ids.
func (b *book) tell(t *testing.T, d mcp.Defaults, messages ...string) map[string]string {
	t.Helper()
	var in, out bytes.Buffer
	in.WriteString(hello)
	for i, m := range messages {
		in.WriteString(strings.Replace(m, `"id": 7`, fmt.Sprintf(`"id": "m%d"`, i), 1) + "\n")
	}
	if err := b.Run(t.Context(), &in, &out, daybook.Local, d); err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for line := range strings.Lines(out.String()) {
		var m struct{ ID any }
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("this line is no JSON: %s", line)
		}
		answers[fmt.Sprint(m.ID)] = line
	}
	if len(answers) != len(messages)+1 {
		t.Fatalf("%d answers to %d messages: %v", len(answers), len(messages)+1, answers)
	}
	return answers
}

// TestAllIsDoneInItsOrder: what is said at once is done one after the other, and
// answered although the input has ended.
func TestAllIsDoneInItsOrder(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	messages := []string{calling("checkout", `{}`)}
	for i := range 50 {
		messages = append(messages, calling("log_operation", fmt.Sprintf(`{"operation_type": "JOIN", "transformation_logic": "step %d", "transformation_type": "MANUAL"}`, i)))
	}
	messages = append(messages, calling("checkin", `{}`), calling("agent_activity", `{"agent": "told", "limit": 100}`), calling("log_operation", `{"operation_type": "JOIN"}`))
	answers := b.tell(t, mcp.Defaults{}, messages...)
	for i, e := range b.list(t, "transformation_operation") {
		if want := fmt.Sprintf("step %d", i); e.Text("transformation_logic") != want || e.Get("operation_order").Int() != int64(i+1) {
			t.Fatalf("operation %d is %s", i, e.AppendExport(nil))
		}
	}
	says(t, answers["m51"], "is checked in COMPLETED")
	says(t, answers["m52"], "51 events of told")
	says(t, answers["m53"], "/session_id: is missing", "call checkout first")
	if s := b.list(t, "transformation_session")[0]; s.Get("operations_count").Int() != 50 {
		t.Errorf("the session counts %s", s.AppendExport(nil))
	}
}

// TestConnectionRemembers which sessions are open, as long as it is one.
func TestConnectionRemembers(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	c := overStdio(t, b, "2025-11-25")
	first, _ := c.call("checkout", map[string]any{"purpose": "one"})
	second, _ := c.call("checkout", map[string]any{"purpose": "two"})
	one, two := first["session_id"].(string), second["session_id"].(string)
	_, text, refused := c.try("log_operation", map[string]any{"operation_type": "JOIN"})
	if !refused {
		t.Error("it took one of two sessions")
	}
	says(t, text, "2 sessions are checked out on this connection", one+", "+two)
	c.call("log_action", map[string]any{"action_type": "file_write"}) // of no session
	c.call("checkin", map[string]any{"session_id": one, "status": "FAILED", "error_message": "no rows"})
	c.call("log_operation", map[string]any{"operation_type": "JOIN"})
	_, text = c.call("checkin", map[string]any{"source_tables": []string{"a.b"}})
	says(t, text, "Session "+two+" is checked in COMPLETED")
	if a := b.list(t, "action_logs")[0]; a.Get("session_id").IsSet() {
		t.Errorf("the action is of a session: %s", a.AppendExport(nil))
	}
	for i, s := range b.list(t, "transformation_session") {
		if got := s.Text("status") + s.Text("error_message") + s.Text("source_tables"); got != []string{"FAILEDno rows", `COMPLETED["a.b"]`}[i] {
			t.Errorf("session %d: %s", i, got)
		}
	}
	talks := map[string]bool{}
	for _, kind := range []string{"transformation_session", "action_logs"} {
		for _, e := range b.list(t, kind) {
			talks[e.Text("conversation_id")] = true
		}
	}
	if len(talks) != 1 || talks[""] {
		t.Errorf("they are of the conversations %v", talks)
	}
}

// TestDefaultsAreTaken where a call does not say, and only there.
func TestDefaultsAreTaken(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	d := mcp.Defaults{Agent: "wasde", Business: "acme", Conversation: "c-9"}
	b.tell(t, d, calling("log_decision", `{"decision_summary": "x"}`), calling("log_decision", `{"decision_summary": "y", "agent_position": "CFO", "business_id": "other", "conversation_id": "c-1"}`), calling("escalate", `{"subject": "x"}`))
	var got []string
	for _, kind := range []string{"decision_logs", "escalation_logs"} {
		for _, e := range b.list(t, kind) {
			got = append(got, strings.Join([]string{e.Agent(), e.Business(), e.Text("conversation_id") + e.Text("source_conversation_id")}, " "))
		}
	}
	if want := "wasde acme c-9; CFO other c-1; wasde acme c-9"; strings.Join(got, "; ") != want {
		t.Errorf("got %q", got)
	}
}

// TestClientsNameThemselves: over stdio at the beginning, over HTTP with each
// call in the newest version, and in older ones not at all.
func TestClientsNameThemselves(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	overStdio(t, b, "2025-06-18").call("checkout", nil)
	overURL(t, b, "2026-07-28", "/mcp").call("checkout", nil)
	overURL(t, b, "2025-11-25", "/mcp?agent=said").call("checkout", nil)
	if _, text, refused := overURL(t, b, "2025-11-25", "/mcp").try("checkout", nil); !refused || !strings.Contains(text, "/agent_id: is missing") {
		t.Errorf("nobody checks out: %s", text)
	}
	var got []string
	for _, e := range b.list(t, "transformation_session") {
		got = append(got, e.Agent())
	}
	if strings.Join(got, " ") != "tester tester said" {
		t.Errorf("the sessions are of %q", got)
	}
}

// TestEndsWhenItIsTold to, although its input goes on.
func TestEndsWhenItIsTold(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	in, client := io.Pipe()
	defer client.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx, in, io.Discard, daybook.Local, mcp.Defaults{}) }()
	if _, err := io.WriteString(client, hello); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it did not end")
	}
}

// TestRepeatsAddNothing: with a log_id a call made again is the same call, and a
// session is checked in once.
func TestRepeatsAddNothing(t *testing.T) {
	t.Parallel()
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			b := newBook(t)
			c := w.connect(t, b, w.version)
			const first, second, third = "0190f3c2-7b1e-7a40-8c11-000000000001", "0190f3c2-7b1e-7a40-8c11-000000000002", "0190f3c2-7b1e-7a40-8c11-000000000003"
			var sessions []any
			for again := range 2 {
				session, text := c.call("checkout", map[string]any{"log_id": first})
				sessions = append(sessions, session["session_id"])
				c.call("log_operation", map[string]any{"session_id": session["session_id"], "log_id": second, "operation_type": "JOIN"})
				if session["duplicate"] != (again > 0) || strings.Contains(text, "It was recorded before") != (again > 0) {
					t.Errorf("%v %s", session, text)
				}
			}
			if sessions[0] != sessions[1] {
				t.Errorf("two sessions: %v", sessions)
			}
			for range 2 {
				c.call("checkin", map[string]any{"session_id": sessions[0], "log_id": third})
			}
			_, text := c.call("checkin", map[string]any{"session_id": sessions[0]})
			says(t, text, "COMPLETED")
			_, text, refused := c.try("checkin", map[string]any{"session_id": sessions[0], "status": "FAILED"})
			if !refused {
				t.Errorf("a session that was checked in is checked in otherwise: %s", text)
			}
			if n := len(b.list(t, "transformation_operation")); n != 1 {
				t.Errorf("%d operations", n)
			}
		})
	}
}
