package hooks

import (
	"encoding/json"
	"errors"

	"github.com/daybook-audit/daybook"
)

// permissionAsked records that the user is asked whether a tool may be used.
// That it may shows when the tool has been used; that it may not is told for
// itself, or not at all.
func (t *taking) permissionAsked() error {
	key := t.permissionKeys()[0]
	r := t.permission(key)
	r.Set("requires_human_review", daybook.BoolValue(true))
	if err := t.write(r); err != nil {
		return err
	}
	t.memory.asked(key, question{session: t.session, ofSubagent: t.e.AgentID != "", decision: key, e: &event{
		SessionID: t.e.SessionID, Name: t.e.Name, toolEvent: toolEvent{Tool: t.e.Tool, ToolUseID: t.useID()},
	}})
	return nil
}

// permissionKeys name a question, the surest name first. Its event need not have
// the id of the tool's use: that of the use which began last with the same input
// is it, and where none was told to begin, the tool and its input must do.
func (t *taking) permissionKeys() []string {
	byInput := t.logID("permission", t.conversation(), t.e.Tool, string(t.e.Input))
	if id := t.useID(); id != "" {
		return []string{t.logID("permission", id), byInput}
	}
	return []string{byInput}
}

func (t *taking) permission(id string) daybook.Record {
	r := t.record("decision_logs", id)
	set(&r, "decision_id", id)
	set(&r, "agent_position", t.agent())
	set(&r, "conversation_id", t.conversation())
	set(&r, "decision_type", "approval")
	_, target := t.e.action()
	set(&r, "decision_summary", redacted("May "+t.e.Tool+" be used: "+target, longestSummary))
	context := map[string]any{"tool": t.e.Tool, "input": t.e.input(), "permission_mode": t.e.Mode}
	t.nameSubagent(context)
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
	q, ok := t.memory.answered(t.permissionKeys(), true)
	if !ok {
		return nil
	}
	return t.review(q.decision, "given", "")
}

// review ends a question. What overrides the agent's wish is "" where it had it.
func (t *taking) review(decision, how, override string) error {
	r := t.record("decision_logs", decision, how)
	set(&r, "decision_id", decision)
	r.Amend = true
	r.Set("human_reviewed", daybook.BoolValue(true))
	set(&r, "human_reviewer", "user of "+t.as.Agent)
	set(&r, "human_override", redacted(override, longestError))
	t.fillTime(&r, "human_review_at")
	return unlessMissing(t.write(r))
}

// unlessMissing takes it for done to amend what is not there.
func unlessMissing(err error) error {
	if daybook.CodeOf(err) == daybook.CodeNotFound {
		return nil
	}
	return err
}

// permissionDenied records a tool that was not let be used.
func (t *taking) permissionDenied() error {
	var err error
	if q, ok := t.memory.answered(t.permissionKeys(), false); ok {
		err = t.review(q.decision, "denied", "denied: "+t.e.Reason)
	} else {
		r := t.permission(t.logID("denied", t.toolUse()))
		set(&r, "chosen_option", "deny")
		set(&r, "rationale", redacted(t.e.Reason, longestError))
		err = t.write(r)
	}
	if err != nil {
		return err
	}
	return t.toolDenied("permission denied: " + t.e.Reason)
}

// toolDenied ends the use of the tool, if its beginning was told.
func (t *taking) toolDenied(why string) error {
	r := t.toolSubject(t.toolKind())
	r.Amend = true
	r.Set("success", daybook.BoolValue(false))
	set(&r, "error_message", redacted(why, longestError))
	return unlessMissing(t.write(r))
}

// permissionsNotGiven ends the questions of a session that got no answer: Claude
// Code does not tell when its user says no, but an agent that is done waits for
// no answer. Subagents may go on, until the session ends.
func (t *taking) permissionsNotGiven() error {
	var failed error
	for _, q := range t.memory.unanswered(t.session, t.e.Name == "SessionEnd") {
		use := *t
		use.e = q.e
		err := use.review(q.decision, "not given", "not given: the agent came to its end, and did not use the tool")
		failed = errors.Join(failed, err, use.toolDenied("permission was asked for and not given"))
	}
	return failed
}
