package hooks

import (
	"encoding/json"
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
			return nil, &daybook.Error{
				Code: daybook.CodeInvalid, Path: "/" + f.name, Message: "is missing",
				Hint: "every event of Claude Code's hooks has session_id and hook_event_name",
			}
		}
	}
	if takes[head.Name] == nil {
		return nil, nil
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, malformed(err)
	}
	return &e, nil
}

func malformed(err error) error {
	return &daybook.Error{
		Code: daybook.CodeMalformed, Message: "hooks: this is not what Claude Code sends to a hook",
		Hint: "the settings that daybook hooks claude-code prints send it", Err: err,
	}
}

// agent is who acts: the agent, or a subagent of it.
func (e *event) agent(name string) string {
	if e.AgentID != "" && e.AgentType != "" {
		return name + "/" + e.AgentType
	}
	return name
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
