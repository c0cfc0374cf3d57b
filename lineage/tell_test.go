package lineage

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestTell(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	session := "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
	for _, c := range []struct {
		of      any
		kind    string
		summary string
	}{
		{
			daybook.Conversation{AgentPosition: "CFO", ModelName: "sonnet", Status: "completed", TotalTokens: new(int64(1234567)), CostUSD: new(0.5), CommandExecuted: "/close\n the  month"},
			"sonnet", "completed conversation with sonnet: 1,234,567 tokens, $0.5000 – /close the month",
		},
		{daybook.Conversation{AgentPosition: "CFO"}, "", "running conversation"},
		{daybook.ThinkingLog{AgentPosition: "CFO", ConversationID: "c", ThinkingType: "analysis", ThinkingContent: "costs rose"}, "analysis", "analysis: costs rose"},
		{daybook.DecisionLog{AgentPosition: "CFO", DecisionType: "approval", DecisionSummary: "pay", RequiresHumanReview: new(true)}, "approval", "decision: pay (awaiting human review)"},
		{daybook.DecisionLog{AgentPosition: "CFO", DecisionSummary: "pay", RequiresHumanReview: new(true), HumanReviewed: new(true), HumanReviewer: "ann"}, "", "decision: pay (reviewed by ann)"},
		{daybook.DecisionLog{AgentPosition: "CFO", DecisionSummary: "pay", HumanReviewed: new(true), HumanReviewer: "ann", HumanOverride: "do not"}, "", "decision: pay (overridden by ann: do not)"},
		{daybook.DecisionLog{AgentPosition: "CFO", ChosenOption: "B"}, "", "decision: B"},
		{daybook.ActionLog{AgentPosition: "CFO", ActionType: "file_write", ActionTarget: "a.csv", Success: new(false), ErrorMessage: "disk full"}, "file_write", "file_write: a.csv, failed – disk full"},
		{daybook.ActionLog{AgentPosition: "CFO", ActionType: "file_write"}, "file_write", "file_write, no outcome yet"},
		{
			daybook.MCPUsageLog{AgentPosition: "CFO", ServerName: "bank", ToolName: "pay", ErrorMessage: "not known: the answer was compressed"},
			"pay", "bank.pay, no outcome – not known: the answer was compressed",
		},
		{daybook.MCPUsageLog{AgentPosition: "CFO", ServerName: "bank", ToolName: "balance", Success: new(true), DurationMS: new(int64(1200))}, "balance", "bank.balance, succeeded in 1,200 ms"},
		{daybook.EscalationLog{SourceAgent: "CFO", EscalationType: "red_phone", Urgency: "high", Target: "HUMAN", Subject: "fraud"}, "red_phone", "high red_phone to HUMAN: fraud (open)"},
		{daybook.EscalationLog{SourceAgent: "CFO", Subject: "fraud", AcknowledgedAt: noon}, "", "escalation: fraud (acknowledged)"},
		{daybook.EscalationLog{SourceAgent: "CFO", AcknowledgedAt: noon, ResolvedAt: noon, ResolvedBy: "ann"}, "", "escalation (resolved by ann)"},
		{daybook.TransformationSession{AgentID: "etl", Status: "ACTIVE", SourceTables: []string{"a", "b", "c", "d", "e"}}, "", "ACTIVE session on a, b, c and 2 more"},
		{daybook.TransformationSession{AgentID: "etl", Status: "FAILED", OperationsCount: new(int64(0)), ErrorMessage: "boom", Purpose: "nightly"}, "", "FAILED session: 0 operations – boom"},
		{daybook.TransformationSession{AgentID: "etl", Status: "COMPLETED", OperationsCount: new(int64(3)), OutputsCount: new(int64(1))}, "", "COMPLETED session: 3 operations, 1 output"},
		{
			daybook.TransformationOperation{SessionID: session, OperationType: "AGGREGATE", InputTables: []string{"bronze.wasde_cell"}, OutputTable: "silver.commodity_summary", InputRowCount: new(int64(413)), OutputRowCount: new(int64(24))},
			"AGGREGATE", "AGGREGATE bronze.wasde_cell → silver.commodity_summary, 413 → 24 rows",
		},
		{daybook.TransformationOperation{SessionID: session, OperationType: "FILTER", InputTables: []string{"a"}, InputRowCount: new(int64(1)), PatternID: new(int64(7))}, "FILTER", "FILTER a, 1 row in (as in 7)"},
		{daybook.TransformationOperation{SessionID: session, OperationType: "PIVOT", OutputTable: "b", OutputRowCount: new(int64(5000))}, "PIVOT", "PIVOT → b, 5,000 rows out"},
		{daybook.OutputArtifact{SessionID: session, ArtifactType: "TABLE", ArtifactName: "silver.x", RowCount: new(int64(150)), IsCurrent: new(true)}, "TABLE", "TABLE silver.x, 150 rows (current)"},
		{daybook.OutputArtifact{SessionID: session, ArtifactType: "CHART", ArtifactName: "corn"}, "CHART", "CHART corn (not in effect)"},
		{daybook.LineageEdge{SourceType: "COLUMN", SourceSchema: "a", SourceName: "b", SourceColumn: "c", TargetType: "TABLE", TargetName: "d", RelationshipType: "COPIES", IsCurrent: new(false)}, "COPIES", "a.b.c → d COPIES (invalidated)"},
		{daybook.IngestRun{JobType: "fetch", Status: "PARTIAL", Source: "usda", TargetTable: "bronze.x", RecordsFetched: new(int64(100)), RecordsFailed: new(int64(5))}, "fetch", "PARTIAL ingest of usda into bronze.x: 100 fetched, 5 failed"},
		{daybook.ValidationStatus{ValidationType: "nulls", Status: "WARNING", TableName: "silver.x", IssueCount: new(int64(1))}, "nulls", "WARNING nulls of silver.x: 1 issue"},
		{daybook.TransformationSessionArchive{AgentID: "etl", Status: "COMPLETED", OperationsCount: new(int64(2))}, "", "COMPLETED session: 2 operations"},
		{daybook.TransformationSessionSummary{AgentID: "etl", Month: "2026-01-01", SessionsCount: new(int64(12)), FailedCount: new(int64(1))}, "", "month from 2026-01-01, 12 sessions: 1 failed"},
	} {
		kind, summary := tell(b.add(c.of))
		if kind != c.kind || summary != c.summary {
			t.Errorf("%T is told as %q, %q; want %q, %q", c.of, kind, summary, c.kind, c.summary)
		}
	}
}

// Whatever names an agent or a table can turn up in an answer.
func TestTellKnowsEveryKind(t *testing.T) {
	t.Parallel()
	for _, kind := range daybook.Kinds() {
		telling, ok := tellings[kind.Name]
		if kind.Agent() != nil && !ok {
			t.Errorf("nothing tells %s", kind.Name)
		}
		if _, has := kind.Column(telling.column); ok && !has {
			t.Errorf("%s has no %s", kind.Name, telling.column)
		}
	}
}

func TestLinesStayShort(t *testing.T) {
	t.Parallel()
	long := line(strings.Repeat("größer\n", 1000))
	if n := len([]rune(long)); n > 120 || strings.Contains(long, "\n") || !strings.HasSuffix(long, "…") {
		t.Errorf("%d runes: %q", n, long)
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1234567: "1,234,567"} {
		if got := group(n); got != want {
			t.Errorf("group(%d) = %q, want %q", n, got, want)
		}
	}
}
