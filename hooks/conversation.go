package hooks

import (
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// sessionStart keeps the model, which no later event names, and records that a
// session began.
func (t *taking) sessionStart() error {
	t.memory.model(t.session, t.e.Model)
	return t.sessionAction("session_start", t.e.Source)
}

func (t *taking) sessionEnd() error {
	return errors.Join(t.sessionAction("session_end", t.e.Reason), t.permissionsNotGiven())
}

func (t *taking) sessionAction(sort, detail string) error {
	r := t.record("action_logs", sort, detail, uuid.NewString()) // a session may be resumed, and cleared, again and again
	set(&r, "action_id", r.LogID())
	set(&r, "agent_position", t.agent())
	set(&r, "conversation_id", t.conversation())
	set(&r, "action_type", sort)
	set(&r, "action_target", t.e.Cwd)
	r.Set("action_details", details(map[string]any{"session": t.e.SessionID, "cause": detail, "model": t.e.Model}))
	r.Set("success", daybook.BoolValue(true))
	return t.write(r)
}

// prompt begins a conversation: what the user says, and all that follows until
// the agent stops.
func (t *taking) prompt() error {
	r := t.conversationRecord(t.promptName())
	err := t.write(r)
	if daybook.CodeOf(err) == daybook.CodeConflict {
		// Another prompt under the same id: it is a conversation of its own.
		r = t.conversationRecord(t.e.SessionID + "/" + r.LogID())
		err = t.write(r)
	}
	if err == nil {
		t.memory.turn(t.session, r.SubjectID())
	}
	return err
}

func (t *taking) promptName() string {
	if t.e.PromptID == "" {
		return t.e.SessionID + "/" + uuid.Must(uuid.NewV7()).String()
	}
	return t.e.SessionID + "/" + t.e.PromptID
}

func (t *taking) conversationRecord(id string) daybook.Record {
	r := t.record("conversations", id, t.e.Prompt)
	set(&r, "conversation_id", id)
	set(&r, "agent_position", t.agent())
	set(&r, "user_prompt_preview", t.e.Prompt)
	set(&r, "model_provider", "anthropic")
	set(&r, "model_name", t.memory.modelOf(t.session))
	if command, _, _ := strings.Cut(t.e.Prompt, "\n"); strings.HasPrefix(command, "/") {
		set(&r, "command_executed", command)
	}
	return r
}

// conversation is the one that an event belongs to: that of the last prompt, or
// the session where no prompt was told.
func (t *taking) conversation() string {
	if id := t.memory.turnOf(t.session); id != "" {
		return id
	}
	if t.e.PromptID != "" {
		return t.e.SessionID + "/" + t.e.PromptID
	}
	return t.e.SessionID
}

// stop ends the conversation.
func (t *taking) stop() error {
	id := t.conversation()
	r := t.record("conversations", id)
	set(&r, "conversation_id", id)
	t.fillTime(&r, "ended_at")
	status := "completed"
	if t.e.Name == "StopFailure" {
		status = "error"
		set(&r, "error_message", string(t.e.Error))
	}
	set(&r, "status", status)
	set(&r, "response_preview", t.e.Message)
	err := t.amend(r, func() daybook.Record {
		begin := t.record("conversations", id)
		set(&begin, "agent_position", t.agent())
		return begin
	})
	return errors.Join(err, t.permissionsNotGiven())
}
