package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
)

// settle is a decision on the way, which a human has reviewed before the figures
// went on.
func (r *recording) settle(ctx context.Context) error {
	receipt, err := r.client.LogDecision(ctx, daybook.DecisionLog{
		AgentPosition: transformer, ConversationID: r.conversation, DecisionType: "action",
		DecisionSummary: "A figure that has no code stops the load; it is not left out",
		OptionsEvaluated: []daybook.Option{
			{Option: "stop the load", Pros: []string{"nothing vanishes"}, Cons: []string{"a new attribute of USDA's wants a human first"}, Score: new(0.9)},
			{Option: "leave it out", Pros: []string{"the load always ends"}, Cons: []string{"a balance that is wrong and looks right"}, Score: new(0.2)},
		},
		ChosenOption: "stop the load", Rationale: "A balance sheet that lacks a figure still adds up to something.",
		Confidence: new(0.9), AffectedEntities: []string{"silver.observation"}, RequiresHumanReview: new(true),
	})
	if err != nil {
		return err
	}
	_, err = r.client.ReviewDecision(ctx, receipt.ID, "data desk", "")
	r.story.did(transformer, "decision: a figure without a code stops the load — reviewed by the data desk")
	return err
}

// check asks whether the balance closes, and writes the verdict.
func (r *recording) check(ctx context.Context) error {
	checks, err := r.pipeline.Validate(ctx)
	if err != nil {
		return err
	}
	issues := []string{}
	for _, c := range checks {
		if !c.OK {
			issues = append(issues, fmt.Sprintf("%s of %s does not close", c.Name, c.MarketYear))
		}
	}
	status := "PASSED"
	if len(issues) > 0 {
		status = "FAILED"
	}
	described, err := json.Marshal(issues)
	if err != nil {
		return err
	}
	_, err = r.client.LogValidation(ctx, daybook.ValidationStatus{
		ValidationType: "balance_closes", AgentID: checker, TableName: goldTable, SessionID: r.balanced, IngestRunID: r.ingestRun,
		Status: status, IssueCount: new(int64(len(issues))), Issues: described,
	})
	r.story.did(checker, "validation %s: %d checks that supply − use = ending stocks", status, len(checks))
	return err
}

// decide is what comes of it: a decision that waits for a human, an escalation
// that asks for it, and the action that was taken meanwhile.
func (r *recording) decide(ctx context.Context) error {
	ratio, err := r.pipeline.Number(ctx, newest, "stocks_to_use")
	if err != nil {
		return err
	}
	receipt, err := r.client.LogDecision(ctx, daybook.DecisionLog{
		AgentPosition: analyst, ConversationID: r.conversation, DecisionType: "approval",
		DecisionSummary: fmt.Sprintf("Publish the %s balance sheet: ending stocks %.0f, stocks to use %.1f %%", newest, r.cast.Ending, 100*ratio),
		Context:         "The release of 12 January 2024 raised production; the balance closes in all three years.",
		OptionsEvaluated: []daybook.Option{
			{Option: "publish now", Pros: []string{"the balance closes", "the desk waits for it"}, Cons: []string{"the change from December is large"}, Score: new(0.74)},
			{Option: "hold for a second source", Pros: []string{"safer"}, Cons: []string{"a day late"}, Score: new(0.41)},
		},
		ChosenOption: "publish now", Rationale: "Every check passed and the figures are USDA's own; a human should still see a change this large.",
		Confidence: new(0.74), AffectedAgents: []string{"dashboard"}, AffectedEntities: []string{goldTable}, RequiresHumanReview: new(true),
	})
	if err != nil {
		return err
	}
	r.cast.Decision, r.cast.DecisionEntry = receipt.ID, receipt.LogID
	r.story.did(analyst, "decision: publish %s — awaiting human review", newest)
	return r.escalate(ctx)
}

func (r *recording) escalate(ctx context.Context) error {
	action, err := r.client.LogAction(ctx, daybook.ActionLog{
		AgentPosition: analyst, ConversationID: r.conversation, SessionID: r.balanced, ActionType: "approval_request", ActionTarget: "human:desk",
		ActionDetails: json.RawMessage(`{"table": "` + goldTable + `", "market_year": "` + newest + `"}`),
	})
	if err != nil {
		return err
	}
	_, err = r.client.LogEscalation(ctx, daybook.EscalationLog{
		SourceAgent: analyst, SourceConversationID: r.conversation, EscalationType: "greenlight", Urgency: "normal", Target: "HUMAN",
		Subject:     "Approve the corn balance sheet of " + newest,
		Description: "Decision " + r.cast.Decision + " waits for you before the dashboard changes.",
		SLATarget:   time.Now().Add(4 * time.Hour),
	})
	if err != nil {
		return err
	}
	_, err = r.client.CompleteAction(ctx, action.ID, daybook.ActionLog{ResultSummary: "asked the desk", CostUSD: new(0.0004)})
	r.story.did(analyst, "action approval_request ($0.0004), escalation to HUMAN, due in four hours")
	return err
}
