package local_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/hooks"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/mcp"
)

// doorsTo are the doors beside the API's own calls, as the program has them;
// before nil for who only describes them.
func doorsTo(l *local.Local) []httpd.Door {
	var (
		agents *mcp.Server
		claude *hooks.ClaudeCode
	)
	if l != nil {
		agents = mcp.New(mcp.Config{Recorder: l.Recorder, Reader: l.Reader, Version: "test", Logger: slog.New(slog.DiscardHandler)})
		claude = hooks.NewClaudeCode(l.Recorder)
	}
	return []httpd.Door{{
		Method: "POST", Pattern: "/mcp", Does: "speak the Model Context Protocol", Roles: daybook.Roles(),
		Types: []string{"application/json"}, Operation: mcp.Operation(), Answer: agents.Handle,
	}, {
		Method: "POST", Pattern: hooks.Path, Does: "take what Claude Code tells its hooks", Roles: []daybook.Role{daybook.RoleWriter, daybook.RoleAdmin},
		Types: []string{"application/json"}, Operation: hooks.Operation(), Answer: claude.Handle,
	}}
}

// doorCases are the routeCases of the doors.
var doorCases = map[string]routeCase{
	"POST /mcp": {"wrvam", probe{"POST", "/mcp", rpc("tools/list", "{}"), ""}, toolCalls, nil},
	"POST " + hooks.Path: {"wm", probe{"POST", hooks.Path, `{"session_id": "s", "hook_event_name": "UserPromptSubmit", "prompt": "x"}`, ""}, func(_, other *tenant) []probe {
		event := func(query, members string) probe {
			return probe{"POST", hooks.Path + query, `{"session_id": "s", "prompt_id": "p", ` + members + `}`, ""}
		}
		return []probe{
			event("", `"hook_event_name": "Stop", "last_assistant_message": "x"`), event("?business="+other.name, `"hook_event_name": "UserPromptSubmit", "prompt": "x"`),
			event("?agent="+sharedAgent, `"hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_use_id": "t", "tool_input": {}, "tool_response": {}`),
		}
	}, nil},
}

func rpc(method, params string) string {
	return fmt.Sprintf(`{"jsonrpc": "2.0", "id": 1, "method": %q, "params": %s}`, method, params)
}

func toolCall(query, tool, arguments string) probe {
	return probe{"POST", "/mcp" + query, rpc("tools/call", fmt.Sprintf(`{"name": %q, "arguments": %s}`, tool, arguments)), ""}
}

// toolCalls tries every tool and resource on the other business.
func toolCalls(own, other *tenant) []probe {
	var all []probe
	for _, node := range []string{sharedTable, sharedSource, sharedTable + ".value", other.name, "x." + other.name} {
		for _, more := range []string{"", `, "detail": "full", "limit": 100`, `, "as_of": "2099-01-01", "depth": 100`} {
			all = append(all, toolCall("", "why", `{"node": "`+node+`"`+more+`}`), toolCall("", "lineage", `{"node": "`+node+`", "columns": true, "direction": "both"`+more+`}`))
		}
		for _, more := range []string{"", `, "detail": "full", "limit": 200, "since": "2020-01-01"`} {
			all = append(all, toolCall("", "history", `{"table": "`+node+`"`+more+`}`))
		}
	}
	for _, agent := range []string{sharedAgent, other.name} {
		all = append(all, toolCall("", "agent_activity", `{"agent": "`+agent+`"}`), toolCall("", "agent_activity", `{"agent": "`+agent+`", "detail": "full", "limit": 200}`),
			toolCall("", "pending_reviews", `{"agent_position": "`+agent+`"}`), toolCall("", "open_escalations", `{"target": "`+agent+`", "detail": "full"}`))
	}
	all = append(all, toolCall("", "pending_reviews", `{"detail": "full"}`), toolCall("", "open_escalations", `{"detail": "full"}`),
		toolCall("?business="+other.name, "cost", `{"by": ["agent", "business", "model", "server", "day"]}`), toolCall("", "cost", `{"by": ["business"]}`))
	for _, k := range daybook.Kinds() {
		all = append(all, probe{"POST", "/mcp", rpc("resources/read", `{"uri": "daybook://entries/`+k.Name+`/`+other.receipts[k.Name].ID+`"}`), ""})
	}
	return append(all, toolWrites(own, other)...)
}

// toolWrites tries to record into, onto and beside the other business.
func toolWrites(own, other *tenant) []probe {
	taken := other.receipts["conversations"].LogID
	var all []probe
	for _, query := range []string{"", "?agent=x&business=" + other.name} {
		for _, id := range []string{other.session, other.open, own.open} {
			session := `"session_id": ` + strconv.Quote(id)
			all = append(all,
				toolCall(query, "log_operation", `{"operation_type": "JOIN", `+session+`}`),
				toolCall(query, "register_output", `{"artifact_type": "TABLE", "artifact_name": "`+sharedTable+`", `+session+`}`),
				toolCall(query, "add_lineage", `{"source": "a.b", "target": "`+sharedTable+`", "relationship_type": "COPIES", `+session+`}`))
			if id != own.open {
				all = append(all, toolCall(query, "checkin", `{`+session+`}`), toolCall(query, "checkin", `{`+session+`, "status": "FAILED", "error_message": "x"}`))
			}
		}
		all = append(all,
			toolCall(query, "checkout", `{"agent_id": "x", "parent_session_id": "`+other.session+`"}`),
			toolCall(query, "checkout", `{"agent_id": "x", "id": "`+other.session+`"}`),
			toolCall(query, "checkout", `{"agent_id": "x", "business_id": "`+other.name+`"}`),
			toolCall(query, "log_decision", `{"agent_position": "x", "decision_summary": "x", "decision_id": "`+other.receipts["decision_logs"].ID+`"}`),
			toolCall(query, "log_thinking", `{"agent_position": "x", "conversation_id": "c", "thinking_content": "x", "log_id": "`+taken+`"}`),
			toolCall(query, "log_action", `{"agent_position": "x", "action_type": "x", "log_id": "`+taken+`"}`),
			toolCall(query, "escalate", `{"source_agent": "x", "subject": "x", "escalation_id": "`+other.receipts["escalation_logs"].ID+`"}`))
	}
	return all
}

// TestToolsByRoles tries every role on a tool that records and on one that asks.
func TestToolsByRoles(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	for _, role := range daybook.Roles() {
		g.make(t, daybook.TokenRequest{Name: "a-" + string(role), Role: role})
		records := g.send(t, g.tokens["a-"+string(role)], toolCall("", "log_action", `{"agent_position": "x", "action_type": "x"}`))
		asks := g.send(t, g.tokens["a-"+string(role)], toolCall("", "open_escalations", `{}`))
		for tool, c := range map[string]struct {
			a    answer
			want string
		}{"log_action": {records, "wm"}, "open_escalations": {asks, "rvam"}} {
			may := strings.Contains(c.want, roleLetters[role])
			if c.a.status != http.StatusOK || strings.Contains(c.a.text, `"structuredContent"`) != may || strings.Contains(c.a.text, "unknown tool") == may {
				t.Errorf("%s calls %s, and may: %v\n%s", role, tool, may, c.a.text)
			}
		}
	}
	g.make(t, daybook.TokenRequest{Name: "bound", Role: daybook.RoleWriter, Agent: "wasde", Business: "acme"})
	if a := g.send(t, g.tokens["bound"], toolCall("", "log_action", `{"agent_position": "CFO", "action_type": "x"}`)); !strings.Contains(a.text, `the token writes as \"wasde\"`) {
		t.Errorf("bound to an agent: %s", a.text)
	}
	if a := g.send(t, g.tokens["bound"], toolCall("?business=zeta", "log_action", `{"action_type": "x"}`)); !strings.Contains(a.text, `the token is bound to business \"acme\"`) {
		t.Errorf("bound to a business: %s", a.text)
	}
	g.send(t, g.tokens["bound"], toolCall("", "log_action", `{"action_type": "x"}`))
	page := must[*daybook.Page](t)(g.List(t.Context(), daybook.Query{Kind: daybook.MustKind("action_logs"), Limit: 1}))
	if e := page.Entries[0]; e.Agent() != "wasde" || e.Business() != "acme" || e.Principal() != "bound" {
		t.Errorf("it wrote %s", e.AppendExport(nil))
	}
}
