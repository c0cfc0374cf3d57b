package hooks

import (
	"fmt"
	"io"
	"net/http"

	"github.com/daybook-audit/daybook"
)

// Handle takes one event over HTTP. The answer is an empty object, which asks
// nothing of the agent.
func (c *ClaudeCode) Handle(w http.ResponseWriter, r *http.Request, p daybook.Principal) error {
	as := As{Principal: p}
	for name, values := range r.URL.Query() {
		switch name {
		case "agent":
			as.Agent = values[0]
		case "business":
			as.Business = values[0]
		default:
			return &daybook.Error{Code: daybook.CodeInvalid, Message: "there is no parameter " + daybook.Clip(name), Hint: "the parameters are agent and business"}
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("hooks: %w", err)
	}
	if err := c.Take(r.Context(), as, body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = io.WriteString(w, "{}\n")
	return err
}

// Operation describes the call in OpenAPI.
func Operation() map[string]any {
	type object = map[string]any
	text := func(description string) object { return object{"type": "string", "description": description} }
	name := func(name, description string) object {
		return object{"name": name, "in": "query", "description": description, "schema": object{"type": "string", "maxLength": daybook.MaxName}}
	}
	return object{
		"operationId": "takeClaudeCodeHook",
		"description": "What Claude Code sends to an HTTP hook: conversations, actions, calls of MCP servers and decisions are recorded of it. " +
			"An event told twice is recorded once; one that is of no interest is taken and forgotten.",
		"parameters": []any{
			name("agent", "The agent_position to record as; claude-code where it is left out."),
			name("business", "The business that records are of."),
			object{"$ref": "#/components/parameters/ContentEncoding"},
			object{"$ref": "#/components/parameters/RequestId"},
		},
		"requestBody": object{
			"required": true, "description": "One event.",
			"content": object{"application/json": object{
				"schema": object{
					"type": "object", "required": []string{"session_id", "hook_event_name"}, "additionalProperties": true,
					"properties": object{
						"session_id": text("The session of Claude Code."), "hook_event_name": text("What happened."),
						"prompt_id": text("The prompt in whose course it happened."), "tool_use_id": text("The use of a tool."), "tool_name": text("The tool."),
					},
				},
				"example": object{"session_id": "5a1e", "hook_event_name": "UserPromptSubmit", "prompt": "sum the corn up"},
			}},
		},
		"responses": object{
			"200": object{"description": "It is recorded.", "content": object{"application/json": object{"schema": object{"type": "object", "additionalProperties": false}}}},
			"400": nil, "408": nil, "409": nil, "413": nil, "415": nil, "422": nil,
		},
	}
}
