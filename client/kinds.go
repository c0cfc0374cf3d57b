package client

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// LogConversation writes a conversation: at its start, with [Client.EndConversation]
// to follow, or whole at its end.
func (c *Client) LogConversation(ctx context.Context, v daybook.Conversation) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogThinking writes a step of an agent's reasoning.
func (c *Client) LogThinking(ctx context.Context, v daybook.ThinkingLog) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogDecision writes a decision; [Client.ReviewDecision] follows where a human
// must look at it.
func (c *Client) LogDecision(ctx context.Context, v daybook.DecisionLog) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogAction writes an action: at its start, with [Client.CompleteAction] to
// follow, or whole at its end.
func (c *Client) LogAction(ctx context.Context, v daybook.ActionLog) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogEscalation writes an escalation; [Client.AcknowledgeEscalation] and
// [Client.ResolveEscalation] follow.
func (c *Client) LogEscalation(ctx context.Context, v daybook.EscalationLog) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogMCPUsage writes a call of a tool on an MCP server.
func (c *Client) LogMCPUsage(ctx context.Context, v daybook.MCPUsageLog) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogSession writes a session as it stands, such as one that is over already.
// To work within one, use [Client.Checkout].
func (c *Client) LogSession(ctx context.Context, v daybook.TransformationSession) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogOperation writes an operation of the session it names; see also
// [Session.LogOperation].
func (c *Client) LogOperation(ctx context.Context, v daybook.TransformationOperation) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogOutput writes an artifact of the session it names; see also
// [Session.RegisterOutput].
func (c *Client) LogOutput(ctx context.Context, v daybook.OutputArtifact) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogEdge writes a flow of data; see also [Session.AddLineage].
func (c *Client) LogEdge(ctx context.Context, v daybook.LineageEdge) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogIngestRun writes a collection of data; [Client.FinishIngest] follows. See
// also [Client.Ingest], which does both.
func (c *Client) LogIngestRun(ctx context.Context, v daybook.IngestRun) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogValidation writes a checker's verdict.
func (c *Client) LogValidation(ctx context.Context, v daybook.ValidationStatus) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogAccess writes a reading of the log. Daybook writes those of its own
// readers itself; this is for who reads a copy. It needs an admin.
func (c *Client) LogAccess(ctx context.Context, v daybook.LogAccessAudit) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogLedgerEvent writes what happened to the ledger itself. It needs an admin.
func (c *Client) LogLedgerEvent(ctx context.Context, v daybook.LedgerEvent) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogRetentionRun writes a run of the retention job. It needs an admin.
func (c *Client) LogRetentionRun(ctx context.Context, v daybook.RetentionRun) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogRetentionHold writes a hold on what would expire. It needs an admin.
func (c *Client) LogRetentionHold(ctx context.Context, v daybook.RetentionHold) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogErasure writes an erasure. It needs an admin.
func (c *Client) LogErasure(ctx context.Context, v daybook.Erasure) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogSessionArchive writes what stays of a session after its hot time. It
// needs an admin.
func (c *Client) LogSessionArchive(ctx context.Context, v daybook.TransformationSessionArchive) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}

// LogSessionSummary writes the counts of an agent, type and month. It needs an
// admin.
func (c *Client) LogSessionSummary(ctx context.Context, v daybook.TransformationSessionSummary) (daybook.Receipt, error) {
	return c.Log(ctx, v)
}
