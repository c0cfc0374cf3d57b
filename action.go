package daybook

import (
	"encoding/json"
	"time"
)

// ActionLog is one action taken by an agent.
type ActionLog struct {
	// ActionID names the action.
	ActionID string `daybook:"action_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentPosition is the role that acted.
	AgentPosition string `daybook:"agent_position;agent;required"`
	// ConversationID is the conversation it was taken in.
	ConversationID string `daybook:"conversation_id;index"`
	// SessionID is the transformation session it was taken in.
	SessionID string `daybook:"session_id;index"`
	// ActionType says what sort of action it is.
	ActionType string `daybook:"action_type;known=mcp_call|approval_request|escalation|file_write|file_read|command|web|subagent|tool_call|session_start|session_end"`
	// ActionTarget is what was acted upon.
	ActionTarget string `daybook:"action_target;long"`
	// ActionDetails are the particulars.
	ActionDetails json.RawMessage `daybook:"action_details"`
	// StartedAt is when it began.
	StartedAt time.Time `daybook:"started_at;time"`
	// CompletedAt is when it was done.
	CompletedAt time.Time `daybook:"completed_at;amend=once;after=started_at"`
	// DurationMS is the whole milliseconds it took.
	DurationMS *int64 `daybook:"duration_ms;min=0;amend=once;span=started_at,completed_at"`
	// Success says whether it worked.
	Success *bool `daybook:"success;amend=once"`
	// ResultSummary is what came of it.
	ResultSummary string `daybook:"result_summary;long;amend=once"`
	// ErrorMessage says what went wrong.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
	// CostUSD is the cost in United States dollars.
	CostUSD *float64 `daybook:"cost_usd;min=0;amend=once"`
	// PriceSource says where a computed cost's price comes from, with its date.
	PriceSource string `daybook:"price_source;amend=once"`
}

// MCPUsageLog is one call of a tool on an MCP server.
type MCPUsageLog struct {
	// UsageID names the call.
	UsageID string `daybook:"usage_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentPosition is the role that called.
	AgentPosition string `daybook:"agent_position;agent;required"`
	// ConversationID is the conversation it was made in.
	ConversationID string `daybook:"conversation_id;index"`
	// SessionID is the transformation session it was made in.
	SessionID string `daybook:"session_id;index"`
	// ServerName is the MCP server.
	ServerName string `daybook:"server_name;required"`
	// ToolName is the tool on it.
	ToolName string `daybook:"tool_name;required"`
	// CalledAt is when.
	CalledAt time.Time `daybook:"called_at;time"`
	// Parameters are the arguments of the call.
	Parameters json.RawMessage `daybook:"parameters"`
	// DurationMS is the whole milliseconds it took.
	DurationMS *int64 `daybook:"duration_ms;min=0;amend=once"`
	// Success says whether it worked.
	Success *bool `daybook:"success;amend=once"`
	// ErrorMessage says what went wrong.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
	// ResultSummary is what came of it.
	ResultSummary string `daybook:"result_summary;long;amend=once"`
	// TokensUsed counts the tokens of the call.
	TokensUsed *int64 `daybook:"tokens_used;min=0;amend=once"`
	// CostUSD is the cost in United States dollars.
	CostUSD *float64 `daybook:"cost_usd;min=0;amend=once"`
	// PriceSource says where a computed cost's price comes from, with its date.
	PriceSource string `daybook:"price_source;amend=once"`
}
