package daybook

import "time"

// Conversation is one exchange between an agent and its model: who, when,
// which model, how many tokens, at what cost, and how it ended.
type Conversation struct {
	// ConversationID names the conversation.
	ConversationID string `daybook:"conversation_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentPosition is the role the agent acts in, such as CFO.
	AgentPosition string `daybook:"agent_position;agent;required"`
	// StartedAt is when the conversation began.
	StartedAt time.Time `daybook:"started_at;time"`
	// EndedAt is when it ended.
	EndedAt time.Time `daybook:"ended_at;amend=once;after=started_at"`
	// DurationSeconds is the whole seconds from start to end.
	DurationSeconds *int64 `daybook:"duration_seconds;min=0;amend=once;span=started_at,ended_at"`
	// ModelProvider is who served the model, such as openrouter.
	ModelProvider string `daybook:"model_provider"`
	// ModelName is the model asked for, such as claude-3.5-sonnet.
	ModelName string `daybook:"model_name"`
	// ModelVersion is the exact version that answered.
	ModelVersion string `daybook:"model_version"`
	// InputTokens counts the tokens sent, cached ones included.
	InputTokens *int64 `daybook:"input_tokens;min=0;amend=grow"`
	// OutputTokens counts the tokens received.
	OutputTokens *int64 `daybook:"output_tokens;min=0;amend=grow"`
	// TotalTokens counts both ways.
	TotalTokens *int64 `daybook:"total_tokens;min=0;amend=grow"`
	// CacheReadTokens counts the input tokens read from a prompt cache.
	CacheReadTokens *int64 `daybook:"cache_read_tokens;min=0;amend=grow"`
	// CacheWriteTokens counts the input tokens written to a prompt cache.
	CacheWriteTokens *int64 `daybook:"cache_write_tokens;min=0;amend=grow"`
	// ReasoningTokens counts the output tokens spent on reasoning.
	ReasoningTokens *int64 `daybook:"reasoning_tokens;min=0;amend=grow"`
	// CostUSD is the cost in United States dollars: as the client says, else
	// computed from the tokens.
	CostUSD *float64 `daybook:"cost_usd;min=0;filled;amend=grow;computed=price_source"`
	// PriceSource says where a computed cost's price comes from, with its date.
	PriceSource string `daybook:"price_source;filled;amend=once"`
	// CommandExecuted is the command that began the conversation.
	CommandExecuted string `daybook:"command_executed;long"`
	// UserPromptPreview is the first 500 characters of the prompt.
	UserPromptPreview string `daybook:"user_prompt_preview;preview"`
	// ResponsePreview is the first 500 characters of the answer.
	ResponsePreview string `daybook:"response_preview;preview;amend=once"`
	// Status says how it ended; absent while it runs.
	Status string `daybook:"status;closed=completed|error|timeout;amend=once"`
	// ErrorMessage says what went wrong.
	ErrorMessage string `daybook:"error_message;long;amend=once"`
	// IPAddress is the address the agent called from.
	IPAddress string `daybook:"ip_address;filled"`
	// UserAgent is the software the agent called with.
	UserAgent string `daybook:"user_agent;filled"`
}

// ThinkingLog is one step of an agent's reasoning within a conversation.
type ThinkingLog struct {
	// ThinkingID names the step.
	ThinkingID string `daybook:"thinking_id;subject"`
	// ConversationID is the conversation it belongs to.
	ConversationID string `daybook:"conversation_id;required;index"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentPosition is the role the agent acts in.
	AgentPosition string `daybook:"agent_position;agent;required"`
	// Timestamp is when the thought was had.
	Timestamp time.Time `daybook:"timestamp;time"`
	// StepNumber is its place in the conversation's reasoning.
	StepNumber *int64 `daybook:"step_number;min=0"`
	// ThinkingType says what sort of thought it is.
	ThinkingType string `daybook:"thinking_type;known=analysis|decision|planning|uncertainty"`
	// ThinkingContent is the reasoning itself.
	ThinkingContent string `daybook:"thinking_content;long"`
	// ConfidenceLevel is how sure the agent is, 0 to 1.
	ConfidenceLevel *float64 `daybook:"confidence_level;min=0;max=1"`
	// ContextSummary is what the agent knew at this point.
	ContextSummary string `daybook:"context_summary;long"`
	// OptionsConsidered lists the ways it saw.
	OptionsConsidered []string `daybook:"options_considered;long"`
	// DecisionMade is the way it took.
	DecisionMade string `daybook:"decision_made;long"`
	// Rationale says why.
	Rationale string `daybook:"rationale;long"`
	// TokenCount counts the tokens of the thought.
	TokenCount *int64 `daybook:"token_count;min=0"`
	// ModelUsed is the model that thought it.
	ModelUsed string `daybook:"model_used"`
}
