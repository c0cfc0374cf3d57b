package hooks

import "testing"

const (
	begins = `"hook_event_name": "PreToolUse", ` + bash
	input  = `"tool_name": "Bash", "tool_input": {"command": "make corn", "description": "Make it"}` // without the id of the use
	asks   = `"hook_event_name": "PermissionRequest", ` + input
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	t.Run("given", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.tell(prompt, begins, asks)
		says(t, h.one("decision_logs"), "decision_type=approval", "requires_human_review=true", "human_reviewed=", "conversation_id=5a1e/p1", "decision_summary=May Bash be used: make corn")
		h.tell(`"hook_event_name": "PostToolUse", ` + bash + `, "tool_response": "ok"`)
		says(t, h.one("decision_logs"), "human_reviewed=true", "human_reviewer=user of claude-code", "human_override=")
	})
	t.Run("denied when asked", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.tell(prompt, asks, `"hook_event_name": "PermissionDenied", `+input+`, "reason": "not on Sundays"`)
		says(t, h.one("decision_logs"), "human_reviewed=true", "human_override=denied: not on Sundays")
	})
	t.Run("denied at once", func(t *testing.T) {
		t.Parallel()
		h := open(t)
		h.tell(prompt, begins, `"hook_event_name": "PermissionDenied", `+bash+`, "reason": "looks dangerous"`)
		says(t, h.one("decision_logs"), "chosen_option=deny", "rationale=looks dangerous", "requires_human_review=")
		says(t, h.one("action_logs"), "success=false", "error_message=permission denied: looks dangerous")
	})
}

// TestPermissionNotGiven is of a user who says no, of which no event tells.
func TestPermissionNotGiven(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tell(prompt, begins, asks, `"hook_event_name": "Stop", "last_assistant_message": "As you like."`)
	says(t, h.one("decision_logs"), "human_reviewed=true", "human_override=not given: the agent came to its end, and did not use the tool")
	says(t, h.one("action_logs"), "success=false", "error_message=permission was asked for and not given")
}

// TestSubagentsGoOn has an agent come to its end while a subagent waits.
func TestSubagentsGoOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	const sub = `"agent_id": "a7", "agent_type": "Explore", `
	h.tell(prompt, sub+begins, sub+asks, stop)
	says(t, h.one("decision_logs"), "human_reviewed=")
	h.tell(sub + `"hook_event_name": "PostToolUse", "tool_response": "ok", ` + bash)
	says(t, h.one("decision_logs"), "human_reviewed=true", "human_override=")
	says(t, h.one("action_logs"), "success=true")
}

func TestPermissionDeniedTwice(t *testing.T) {
	t.Parallel()
	h := open(t)
	const denied = `"hook_event_name": "PermissionDenied", "reason": "not on Sundays", ` + bash
	h.tell(prompt, begins, asks, denied, denied, stop)
	says(t, h.one("decision_logs"), "human_reviewed=true", "human_override=denied: not on Sundays")
	says(t, h.one("action_logs"), "success=false", "error_message=permission denied: not on Sundays")
}

// TestAskedAgain uses a tool twice in one turn, with the same input: that are
// two questions.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.tell(prompt, begins, asks, `"hook_event_name": "PostToolUse", "tool_response": "ok", `+bash)
	const again = `"tool_name": "Bash", "tool_use_id": "toolu_9", "tool_input": {"command": "make corn", "description": "Make it"}`
	h.tell(`"hook_event_name": "PreToolUse", `+again, asks)
	found := h.current("decision_logs")
	if len(found) != 2 {
		t.Fatalf("%d decisions", len(found))
	}
	reviewed := 0
	for _, d := range found {
		if d.Get("human_reviewed").Bool() {
			reviewed++
		}
	}
	if reviewed != 1 {
		t.Errorf("%d are reviewed", reviewed)
	}
}
