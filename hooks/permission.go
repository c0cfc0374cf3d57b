package hooks

import (
	"encoding/json"

	"github.com/daybook-audit/daybook"
)

// permissionAsked records that the user is asked whether a tool may be used.
// That it may shows when the tool has been used; that it may not is told for
// itself, or not at all.
func (t *taking) permissionAsked() error {
	r := t.permission(t.permissionKey())
	r.Set("requires_human_review", daybook.BoolValue(true))
	if err := t.write(r); err != nil {
		return err
	}
	t.memory.asked(t.permissionKey(), r.SubjectID())
	return nil
}

// permissionKey names a question: events of a permission need not have the id
// of the tool's use, so that the tool and its input must do.
func (t *taking) permissionKey() string {
	return t.logID("permission", t.conversation(), t.e.Tool, string(t.e.Input))
}

func (t *taking) permission(id string) daybook.Record {
	r := t.record("decision_logs", id)
	set(&r, "decision_id", id)
	set(&r, "agent_position", t.e.agent(t.as.Agent))
	set(&r, "conversation_id", t.conversation())
	set(&r, "decision_type", "approval")
	_, target := t.e.action()
	set(&r, "decision_summary", redacted("May "+t.e.Tool+" be used: "+target, longestSummary))
	context := map[string]any{"tool": t.e.Tool, "input": t.e.input(), "permission_mode": t.e.Mode}
	if len(t.e.Suggestions) > 0 {
		context["suggestions"] = json.RawMessage(t.e.Suggestions)
	}
	set(&r, "context", details(context).Text())
	r.Set("affected_entities", daybook.TextsValue([]string{clip(plain(target), daybook.MaxName)}))
	if target == "" {
		r.Set("affected_entities", daybook.Value{})
	}
	return r
}

// permissionGiven records that the user said yes: the tool that was asked for
// has been used.
func (t *taking) permissionGiven() error {
	id := t.memory.answered(t.permissionKey())
	if id == "" {
		return nil
	}
	r := t.record("decision_logs", id, "given")
	set(&r, "decision_id", id)
	r.Amend = true
	r.Set("human_reviewed", daybook.BoolValue(true))
	set(&r, "human_reviewer", "user of "+t.as.Agent)
	t.fillTime(&r, "human_review_at")
	if err := t.write(r); daybook.CodeOf(err) != daybook.CodeNotFound {
		return err
	}
	return nil
}

// permissionDenied records a tool that was not let be used.
func (t *taking) permissionDenied() error {
	id := t.memory.answered(t.permissionKey())
	if id != "" {
		r := t.record("decision_logs", id, "denied")
		set(&r, "decision_id", id)
		r.Amend = true
		r.Set("human_reviewed", daybook.BoolValue(true))
		set(&r, "human_override", "denied: "+t.e.Reason)
		t.fillTime(&r, "human_review_at")
		return t.write(r)
	}
	r := t.permission(t.logID("denied", t.toolUse()))
	set(&r, "chosen_option", "deny")
	set(&r, "rationale", redacted(t.e.Reason, longestError))
	if err := t.write(r); err != nil {
		return err
	}
	return t.toolDenied()
}

// toolDenied ends the use of the tool, if its beginning was told.
func (t *taking) toolDenied() error {
	kind, id := "action_logs", "action_id"
	if _, _, ok := t.e.mcp(); ok {
		kind, id = "mcp_usage_logs", "usage_id"
	}
	r := t.toolSubject(kind, id)
	r.Amend = true
	r.Set("success", daybook.BoolValue(false))
	set(&r, "error_message", redacted("permission denied: "+t.e.Reason, longestError))
	if err := t.write(r); daybook.CodeOf(err) != daybook.CodeNotFound {
		return err
	}
	return nil
}
