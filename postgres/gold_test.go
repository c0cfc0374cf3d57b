package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/storetest"
)

// spendingStore is a store with two sessions of one conversation, a session of
// none, and what was spent; it gives where.
func spendingStore(t testing.TB) string {
	t.Helper()
	address := testURL(t)
	w := storetest.NewWriter(openStore(t, address, Options{}))
	session := func(n int, conversation string, begun time.Duration) daybook.TransformationSession {
		return daybook.TransformationSession{
			ID: sessionID(n), BusinessID: "default", AgentID: "etl", AgentType: "ANALYST", SessionType: "AD_HOC_ANALYSIS", Status: "ACTIVE",
			ConversationID: conversation, StartedAt: noon.Add(begun),
		}
	}
	first, second, third := session(1, "talk", 0), session(2, "talk", time.Hour), session(3, "", 24*time.Hour)
	ended := first
	ended.Status, ended.CompletedAt = "COMPLETED", noon.Add(1500*time.Millisecond)
	talk := daybook.Conversation{ConversationID: "talk", BusinessID: "default", AgentPosition: "CFO", StartedAt: noon, CostUSD: new(1.0)}
	grown := talk
	grown.CostUSD = new(2.5)
	huge := new(int64(1<<63 - 1))
	for _, v := range []any{
		first, second, third, talk, grown, ended,
		daybook.TransformationOperation{SessionID: first.ID, BusinessID: "default", OperationType: "CLEAN", CreatedAt: noon, InputRowCount: huge, OutputRowCount: new(int64(3)), ExecutionTimeMS: new(int64(7))},
		daybook.TransformationOperation{SessionID: first.ID, BusinessID: "default", OperationType: "CLEAN", CreatedAt: noon, InputRowCount: huge, OutputRowCount: new(int64(4)), ExecutionTimeMS: new(int64(8))},
		daybook.OutputArtifact{ID: sessionID(9), BusinessID: "default", SessionID: first.ID, ArtifactType: "TABLE", ArtifactName: "silver.x", CreatedAt: noon},
		// A call in a session, logged as an action too; one in the conversation; one of nobody's session.
		daybook.MCPUsageLog{UsageID: "a", BusinessID: "default", AgentPosition: "CFO", ServerName: "s", ToolName: "t", SessionID: second.ID, CalledAt: noon, CostUSD: new(0.25)},
		daybook.ActionLog{ActionID: "a", BusinessID: "default", AgentPosition: "CFO", ActionType: "mcp_call", SessionID: second.ID, StartedAt: noon, CostUSD: new(0.25)},
		daybook.ActionLog{ActionID: "b", BusinessID: "default", AgentPosition: "CFO", ActionType: "web", SessionID: second.ID, StartedAt: noon, CostUSD: new(0.125)},
		daybook.MCPUsageLog{UsageID: "c", BusinessID: "default", AgentPosition: "CFO", ServerName: "s", ToolName: "t", ConversationID: "talk", CalledAt: noon, CostUSD: new(0.5)},
		daybook.ActionLog{ActionID: "c", BusinessID: "acme", AgentPosition: "CFO", ActionType: "mcp_call", SessionID: second.ID, StartedAt: noon, CostUSD: new(9.0)},
	} {
		r, err := daybook.RecordOf(v)
		if err == nil {
			_, err = w.Write(t.Context(), r)
		}
		must(t, err)
	}
	return address
}

func TestActivity(t *testing.T) {
	t.Parallel()
	conn := connected(t, testLogin(t, spendingStore(t), "daybook_admin"))
	wantLines(t, "what was spent", answer(t, conn, "SELECT kind, session_id, conversation_id, cost_usd, business_id FROM audit.spending ORDER BY kind, cost_usd"),
		"action_logs|"+sessionID(2)+"||0.125|default", "action_logs|"+sessionID(2)+"||9|acme",
		"conversations||talk|2.5|default", "mcp_usage_logs|"+sessionID(2)+"||0.25|default", "mcp_usage_logs||talk|0.5|default")
	wantLines(t, "activity", answer(t, conn, `SELECT day, session_id, status, duration_seconds, operations, outputs, rows_in, rows_out, execution_time_ms, calls_cost_usd, conversation_cost_usd
		FROM audit.transformation_activity ORDER BY session_id`),
		"2026-01-31|"+sessionID(1)+"|COMPLETED|1.5|2|1|18446744073709551614|7|15||3.0",
		"2026-01-31|"+sessionID(2)+"|ACTIVE||0|0||||0.375|",
		"2026-02-01|"+sessionID(3)+"|ACTIVE||0|0|||||")
	wantLines(t, "activity by day", answer(t, conn, `SELECT day, agent_id, agent_type, session_type, sessions, active, completed, failed, abandoned, operations, outputs, rows_out, duration_seconds, cost_usd
		FROM gold.transformation_activity ORDER BY day`),
		"2026-01-31|etl|ANALYST|AD_HOC_ANALYSIS|2|1|1|0|0|2|1|7|1.5|3.375",
		"2026-02-01|etl|ANALYST|AD_HOC_ANALYSIS|1|1|0|0|0|0|0|||")
}

// TestActivityHasTheColumnsOfOtherStores lets a query that somebody keeps run
// on any store.
func TestActivityHasTheColumnsOfOtherStores(t *testing.T) {
	t.Parallel()
	conn := connected(t, testURL(t))
	names := answer(t, conn, "SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'audit.transformation_activity'::regclass AND attnum > 0")
	const want = "day session_id business_id agent_id agent_type session_type source_layer status purpose source_tables started_at completed_at " +
		"duration_seconds operations outputs rows_in rows_out execution_time_ms error_message conversation_id "
	if !strings.HasPrefix(names[0], want) {
		t.Errorf("the columns are %s, want those of SQLite first: %s", names[0], want)
	}
}

func TestLoggingVolume(t *testing.T) {
	t.Parallel()
	address := spendingStore(t)
	admin := connected(t, testLogin(t, address, "daybook_admin"))
	volume := answer(t, admin, "SELECT kind, sum(entries), sum(bytes) BETWEEN 60 * sum(entries) AND 400 * sum(entries) FROM audit.logging_volume GROUP BY kind ORDER BY kind")
	wantLines(t, "the volume", volume, "action_logs|3|t", "conversations|2|t", "mcp_usage_logs|2|t", "output_artifact|1|t", "transformation_operation|2|t", "transformation_session|4|t")
	// What is long stands apart and compressed, and counts as it stands there.
	before := answer(t, admin, "SELECT sum(bytes) FROM audit.logging_volume")
	pgtest.Exec(t, address, "INSERT INTO ledger.thinking_logs (seq, logged_at, thinking_content) VALUES (100, '2026-01-31 09:00:00Z', repeat('so ', 100000))")
	grown := answer(t, admin, "SELECT sum(bytes) - "+before[0]+" BETWEEN 1000 AND 20000 FROM audit.logging_volume")
	wantLines(t, "with a long text", grown, "t")
	acme := testLogin(t, address, "daybook_reader")
	pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(acme)+"', 'acme')")
	wantLines(t, "the volume of acme", answer(t, connected(t, acme), "SELECT kind, sum(entries) FROM audit.logging_volume GROUP BY kind"), "action_logs|1")
}
