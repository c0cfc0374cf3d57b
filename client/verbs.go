package client

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// EndConversation ends a conversation now, completed, or error where with has
// an ErrorMessage; with holds whatever else is known of its end: tokens, cost,
// the response.
func (c *Client) EndConversation(ctx context.Context, id string, with daybook.Conversation) (daybook.Receipt, error) {
	with.ConversationID = id
	return c.apply(ctx, "end", with)
}

// ReviewDecision says that a human has looked at a decision, and what the
// human decided instead; override is "" where the decision stands.
func (c *Client) ReviewDecision(ctx context.Context, id, reviewer, override string) (daybook.Receipt, error) {
	return c.apply(ctx, "review", daybook.DecisionLog{DecisionID: id, HumanReviewer: reviewer, HumanOverride: override})
}

// AcknowledgeEscalation says that the target has taken an escalation up.
func (c *Client) AcknowledgeEscalation(ctx context.Context, id string) (daybook.Receipt, error) {
	return c.apply(ctx, "acknowledge", daybook.EscalationLog{EscalationID: id})
}

// ResolveEscalation says how an escalation was settled. It is resolved by the
// client's agent, or its principal.
func (c *Client) ResolveEscalation(ctx context.Context, id, resolution string) (daybook.Receipt, error) {
	return c.apply(ctx, "resolve", daybook.EscalationLog{EscalationID: id, Resolution: resolution})
}

// CompleteAction ends an action now, as a success unless with says otherwise
// or has an ErrorMessage; with holds whatever else is known of its end.
func (c *Client) CompleteAction(ctx context.Context, id string, with daybook.ActionLog) (daybook.Receipt, error) {
	with.ActionID = id
	if with.CompletedAt.IsZero() {
		with.CompletedAt = c.now()
	}
	if with.Success == nil {
		with.Success = new(with.ErrorMessage == "")
	}
	return c.Amend(ctx, with)
}

// FinishIngest ends a collection of data now: COMPLETED, or FAILED where with
// has an ErrorMessage, unless with has a Status; with holds the counts.
func (c *Client) FinishIngest(ctx context.Context, id string, with daybook.IngestRun) (daybook.Receipt, error) {
	with.ID = id
	if with.Status == "" {
		with.Status = statusCompleted
		if with.ErrorMessage != "" {
			with.Status = statusFailed
		}
	}
	if with.CompletedAt.IsZero() {
		with.CompletedAt = c.now()
	}
	return c.Amend(ctx, with)
}

// apply makes a verb's amendment of a kind's struct.
func (c *Client) apply(ctx context.Context, verb string, v any) (daybook.Receipt, error) {
	r, err := c.verb(verb, v)
	if err != nil {
		return daybook.Receipt{}, err
	}
	return c.one(ctx, r)
}

func (c *Client) verb(name string, v any) (daybook.Record, error) {
	r, err := daybook.RecordOf(v)
	if err != nil {
		return r, err
	}
	verb, err := daybook.VerbNamed(r.Kind, name)
	if err != nil {
		return r, err
	}
	verb.Apply(&r, c.speaker(), c.now())
	dropNobody(&r)
	return r, nil
}

// dropNobody takes away the empty name that a verb fills in for a speaker
// without one: the ledger knows the principal.
func dropNobody(r *daybook.Record) {
	for i := range r.Values {
		if c := &r.Kind.Columns[i]; c.Type == daybook.TypeText && r.Values[i].IsSet() && r.Values[i].Text() == "" {
			r.Values[i] = daybook.Value{}
		}
	}
}
