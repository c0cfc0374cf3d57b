package hooks

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/daybook-audit/daybook"
)

// as tells the door of one event of a session, as somebody.
func (h *house) as(who As, session, e string) error {
	return h.door.Take(h.t.Context(), who, []byte(`{"session_id": "`+session+`", "prompt_id": "p1", `+e+`}`))
}

// TestBoundToAnAgent has a token that writes as one agent tell of that agent and
// of its subagents.
func TestBoundToAnAgent(t *testing.T) {
	t.Parallel()
	h := open(t)
	bound := As{Principal: daybook.Principal{Name: "ci", Role: daybook.RoleWriter, Agent: "builder"}}
	const sub = `"agent_id": "a7", "agent_type": "Explore", `
	for _, e := range []string{
		prompt, `"hook_event_name": "PreToolUse", ` + sub + bash, `"hook_event_name": "PermissionRequest", ` + sub + bash,
		`"hook_event_name": "PostToolUse", ` + sub + bash + `, "tool_response": "ok"`, stop,
	} {
		must(t, h.as(bound, "s", e))
	}
	for _, kind := range []string{"conversations", "action_logs", "decision_logs"} {
		says(t, h.one(kind), "agent_position=builder")
	}
	if d := h.one("action_logs").Text("action_details"); !strings.Contains(d, `"subagent": "Explore", "subagent_id": "a7"`) {
		t.Errorf("details %s", d)
	}
	bound.Agent = "another"
	if err := h.as(bound, "s2", prompt); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Errorf("as another agent: %v", err)
	}
}

// TestUsesUnderOneID are uses of tools that two sessions give one id.
func TestUsesUnderOneID(t *testing.T) {
	t.Parallel()
	h := open(t)
	mine, others := As{Principal: h.who}, As{Principal: daybook.Principal{Name: "other", Role: daybook.RoleWriter}}
	other := strings.Replace(bash, "make corn", "make rye", 1)
	must(t, h.as(mine, "s1", `"hook_event_name": "PreToolUse", `+bash))
	must(t, h.as(others, "s2", `"hook_event_name": "PreToolUse", `+other))
	must(t, h.as(others, "s2", `"hook_event_name": "PostToolUseFailure", "error": "no rye", `+other))
	must(t, h.as(mine, "s1", `"hook_event_name": "PostToolUse", "tool_response": "corn", `+bash))
	found := h.current("action_logs")
	if len(found) != 2 {
		t.Fatalf("%d actions", len(found))
	}
	for _, a := range found {
		want := []string{"action_id=s1/toolu_1", "success=true", "result_summary=corn"}
		if a.Text("action_target") == "make rye" {
			want = []string{"action_id=s2/toolu_1", "success=false", "error_message=no rye"}
		}
		says(t, a, want...)
	}
}

// TestInAnyOrder tells of beginnings and ends of many uses at once, each twice:
// none is refused, and none is left without its end.
func TestInAnyOrder(t *testing.T) {
	t.Parallel()
	h := open(t)
	must(t, h.as(As{Principal: h.who}, "s", prompt))
	var told sync.WaitGroup
	for i := range 50 {
		use := fmt.Sprintf(`"tool_name": "Bash", "tool_use_id": "u%d", "tool_input": {"command": "make"}`, i)
		end, begin := `"hook_event_name": "PostToolUse", "tool_response": "ok", `+use, `"hook_event_name": "PreToolUse", `+use
		for _, e := range []string{end, begin, begin, end} {
			told.Go(func() {
				if err := h.as(As{Principal: h.who}, "s", e); err != nil {
					t.Errorf("%s: %v", e, err)
				}
			})
		}
	}
	told.Wait()
	found := h.current("action_logs")
	if len(found) != 50 {
		t.Errorf("%d actions", len(found))
	}
	for _, a := range found {
		says(t, a, "success=true", "action_target=make")
	}
}
