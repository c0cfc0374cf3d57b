package hooks

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/daybook-audit/daybook"
)

// An event is what Claude Code sends to a hook, as far as it is recorded. All
// events have session_id and hook_event_name; the rest depends on the event.
// The names are those of Claude Code's hooks reference.
type event struct {
	SessionID string `json:"session_id"`
	PromptID  string `json:"prompt_id"` // absent before the first prompt, and in older versions
	Name      string `json:"hook_event_name"`
	Cwd       string `json:"cwd"`
	Mode      string `json:"permission_mode"`
	AgentID   string `json:"agent_id"` // of a subagent
	AgentType string `json:"agent_type"`

	promptEvent
	toolEvent
}

// promptEvent is what events of a prompt and of a session have.
type promptEvent struct {
	Prompt  string `json:"prompt"`
	Model   string `json:"model"`
	Source  string `json:"source"`
	Reason  string `json:"reason"`
	Message string `json:"last_assistant_message"`
}

// toolEvent is what events of a tool have.
type toolEvent struct {
	Tool        string          `json:"tool_name"`
	ToolUseID   string          `json:"tool_use_id"`
	Input       json.RawMessage `json:"tool_input"`
	Response    json.RawMessage `json:"tool_response"`
	Suggestions json.RawMessage `json:"permission_suggestions"`
	Error       text            `json:"error"`
	IsInterrupt bool            `json:"is_interrupt"`
	DurationMS  *float64        `json:"duration_ms"`
}

// text is a string, or whatever else stands where one is expected, as JSON.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	*t = text(s)
	return nil
}

// parse reads an event; nil for one that is of no interest, whatever is in it.
func parse(body []byte) (*event, error) {
	var head struct {
		SessionID string `json:"session_id"`
		Name      string `json:"hook_event_name"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, malformed(err)
	}
	for _, f := range []struct{ name, value string }{{"session_id", head.SessionID}, {"hook_event_name", head.Name}} {
		if f.value == "" {
			return nil, missing(f.name, "every event of Claude Code's hooks has session_id and hook_event_name")
		}
	}
	if takes[head.Name] == nil {
		return nil, nil
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, malformed(err)
	}
	if ofTool[e.Name] && e.Tool == "" {
		return nil, missing("tool_name", "every event of a tool has tool_name")
	}
	return &e, nil
}

// ofTool are the events that say nothing without the name of a tool.
var ofTool = map[string]bool{
	"PreToolUse": true, "PostToolUse": true, "PostToolUseFailure": true, "PermissionRequest": true, "PermissionDenied": true,
}

func missing(field, hint string) error {
	return &daybook.Error{Code: daybook.CodeInvalid, Path: "/" + field, Message: "is missing", Hint: hint}
}

// malformed says what is wrong in the words of JSON, not of Go.
func malformed(err error) error {
	e := &daybook.Error{
		Code: daybook.CodeMalformed, Message: "hooks: this is not what Claude Code sends to a hook",
		Hint: "the settings that daybook hooks claude-code prints send it", Err: err,
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		e.Err = errors.New("it cannot be " + wrong.Value)
		if at := wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:]; at != "" {
			e.Path = "/" + at
		}
	}
	return e
}

// mcp splits the name of an MCP server's tool, mcp__server__tool.
func (e *event) mcp() (server, tool string, ok bool) {
	rest, ok := strings.CutPrefix(e.Tool, "mcp__")
	if !ok {
		return "", "", false
	}
	server, tool, ok = strings.Cut(rest, "__")
	return server, tool, ok && server != "" && tool != ""
}
