package daybook

import "time"

// Option is one way weighed in a decision.
type Option struct {
	// Option is what could be done.
	Option string `json:"option"`
	// Pros speak for it.
	Pros []string `json:"pros,omitempty"`
	// Cons speak against it.
	Cons []string `json:"cons,omitempty"`
	// Score is the agent's own measure of it.
	Score *float64 `json:"score,omitempty"`
}

// DecisionLog is an explicit decision with its rationale, and the review of it
// by a human where one is required.
type DecisionLog struct {
	// DecisionID names the decision.
	DecisionID string `daybook:"decision_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// AgentPosition is the role that decided.
	AgentPosition string `daybook:"agent_position;agent;required"`
	// ConversationID is the conversation in which it was decided.
	ConversationID string `daybook:"conversation_id;index"`
	// DecisionType says what sort of decision it is.
	DecisionType string `daybook:"decision_type;known=routing|approval|escalation|action"`
	// DecisionSummary is the decision in a sentence.
	DecisionSummary string `daybook:"decision_summary;long"`
	// Context is what was known.
	Context string `daybook:"context;long"`
	// OptionsEvaluated are the ways weighed: an array of {option, pros, cons, score}.
	OptionsEvaluated []Option `daybook:"options_evaluated;long"`
	// ChosenOption is the way taken.
	ChosenOption string `daybook:"chosen_option;long"`
	// Rationale says why.
	Rationale string `daybook:"rationale;long"`
	// Confidence is how sure the agent is, 0 to 1.
	Confidence *float64 `daybook:"confidence;min=0;max=1"`
	// AffectedAgents are the agents it touches.
	AffectedAgents []string `daybook:"affected_agents"`
	// AffectedEntities are the things it touches.
	AffectedEntities []string `daybook:"affected_entities"`
	// DecidedAt is when it was decided.
	DecidedAt time.Time `daybook:"decided_at;time"`
	// RequiresHumanReview says that a human must look at it.
	RequiresHumanReview *bool `daybook:"requires_human_review"`
	// HumanReviewed says that a human has.
	HumanReviewed *bool `daybook:"human_reviewed;amend=oneway"`
	// HumanReviewer is who.
	HumanReviewer string `daybook:"human_reviewer;amend=once"`
	// HumanReviewAt is when.
	HumanReviewAt time.Time `daybook:"human_review_at;amend=once;after=decided_at"`
	// HumanOverride is what the human decided instead.
	HumanOverride string `daybook:"human_override;long;amend=once"`
}

// EscalationLog is one call for a human, the CEO or another agent.
type EscalationLog struct {
	// EscalationID names the escalation.
	EscalationID string `daybook:"escalation_id;subject"`
	// BusinessID is the tenant.
	BusinessID string `daybook:"business_id;default=default"`
	// SourceAgent is who escalated.
	SourceAgent string `daybook:"source_agent;agent;required"`
	// SourceConversationID is the conversation it came from.
	SourceConversationID string `daybook:"source_conversation_id;index"`
	// EscalationType says what sort of call it is.
	EscalationType string `daybook:"escalation_type;known=red_phone|greenlight|question|alert"`
	// Urgency says how soon.
	Urgency string `daybook:"urgency;closed=critical|high|normal"`
	// Subject is the matter in a line.
	Subject string `daybook:"subject;long"`
	// Description is the matter in full.
	Description string `daybook:"description;long"`
	// Target is who is called: HUMAN, CEO or an agent.
	Target string `daybook:"target"`
	// EscalatedAt is when.
	EscalatedAt time.Time `daybook:"escalated_at;time"`
	// AcknowledgedAt is when the target took it up.
	AcknowledgedAt time.Time `daybook:"acknowledged_at;amend=once;after=escalated_at"`
	// ResolvedAt is when it was settled.
	ResolvedAt time.Time `daybook:"resolved_at;amend=once;after=escalated_at"`
	// Resolution is how.
	Resolution string `daybook:"resolution;long;amend=once"`
	// ResolvedBy is by whom.
	ResolvedBy string `daybook:"resolved_by;amend=once"`
	// SLATarget is when it should be settled at the latest.
	SLATarget time.Time `daybook:"sla_target"`
	// SLAMet says whether it was; follows from the times where it is not given.
	SLAMet *bool `daybook:"sla_met;amend=once;met=resolved_at,sla_target"`
}
