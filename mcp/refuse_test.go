package mcp_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// TestRefusalsSayWhatToDo: a model sees what was wrong, where, and what to do.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	for _, c := range []struct{ tool, arguments, says string }{
		{"checkout", `{"agent_id": "x", "purpos": "p"}`, "/purpos: unknown field of transformation_session\nWhat to do: did you mean purpose?"},
		{"checkout", `{}`, "/agent_id: is missing"},
		{"checkout", `{"agent_id": 7}`, "/agent_id: want text, got 7"},
		{"checkout", `{"agent_id": "x", "status": "DONE"}`, "/status: "},
		{"checkout", `{"agent_id": "x", "amend": true}`, "/amend: is not for this tool"},
		{"checkout", `{"agent_id": "x", "kind": "conversations"}`, "/kind: is not for this tool"},
		{"checkout", `{"agent_id": "x", "seq": 1}`, "/seq: is given by the ledger"},
		{"checkout", `[]`, "arguments must be an object\nWhat to do: call checkout with agent_id, purpose"},
		{"checkout", `"x"`, "arguments must be an object"},
		{"log_operation", `{"operation_type": "JOIN"}`, "/session_id: is missing\nWhat to do: call checkout first"},
		{"log_operation", `{"operation_type": "JOIN", "session_id": "s1"}`, "/session_id: "},
		{"log_operation", `{"operation_type": "JOIN", "session_id": "0190f3c2-7b1e-7a40-8c11-000000000001"}`, "/session_id: "},
		{"log_operation", `{"session_id": "0190f3c2-7b1e-7a40-8c11-000000000001"}`, "/operation_type: "},
		{"add_lineage", `{"source": "a.b", "target": "c.d", "session_id": "0190f3c2-7b1e-7a40-8c11-000000000001"}`, "/relationship_type: "},
		{"add_lineage", `{"source": "a..b", "target": "c.d", "relationship_type": "COPIES"}`, "/source: the node \"a..b\" has an empty part"},
		{"add_lineage", `{"source": "a.b", "relationship_type": "COPIES"}`, "/target: is missing"},
		{"add_lineage", `{"source": "a.b", "target": "c.d", "relationship_type": "COPIES"}`, "/session_id: is missing"},
		{"add_lineage", `{"sorce": "a.b"}`, "/sorce: is no parameter of this tool\nWhat to do: did you mean source?"},
		{"checkin", `{}`, "/session_id: is missing"},
		{"checkin", `{"session_id": "0190f3c2-7b1e-7a40-8c11-000000000001"}`, "/session_id: no transformation_session has id "},
		{"checkin", `{"session_id": "0190f3c2-7b1e-7a40-8c11-000000000001", "status": "ACTIVE"}`, "/status: \"ACTIVE\" is not known\nWhat to do: use COMPLETED, FAILED, ABANDONED"},
		{"escalate", `{"source_agent": "x", "subject": "s", "urgency": "soon"}`, "/urgency: "},
		{"log_decision", `{"agent_position": "x", "decision_summary": "d", "confidence": 7}`, "/confidence: "},
		{"log_decision", `{"agent_position": "x"}`, "/decision_summary: is missing\nWhat to do: give decision_summary: The decision in a sentence."},
		{"log_action", `{"agent_position": "x"}`, "/action_type: is missing"},
		{"history", `{}`, "/table: is missing\nWhat to do: such as \"silver.observation\""},
		{"history", `{"table": "a", "limit": 0}`, "/limit: 0 is not a whole number from 1 to 200"},
		{"history", `{"table": "a", "limit": 1e99}`, "/limit: "},
		{"history", `{"table": "a", "limit": "many"}`, "/limit: "},
		{"history", `{"table": "a", "since": "tomorrow"}`, "/since: "},
		{"history", `{"table": "a", "detail": "all"}`, "/detail: \"all\" is not known\nWhat to do: use brief, full"},
		{"history", `{"table": ["a"]}`, "/table: want text, got an array"},
		{"lineage", `{"node": "a.b", "direction": "up"}`, "/direction: "},
		{"lineage", `{"node": "a.b", "columns": "yes"}`, "/columns: \"yes\" is neither true nor false"},
		{"lineage", `{"node": ""}`, "/node: is missing"},
		{"why", `{"node": "nothing.here"}`, "nothing is known of nothing.here"},
		{"why", `{"node": "a.b", "depth": 101}`, "/depth: 101 is not a whole number from 1 to 100"},
		{"agent_activity", `{"agent": " "}`, "/agent: is missing"},
		{"cost", `{"by": ["agnt"]}`, "does not add up costs|/by: costs cannot be told apart by \"agnt\"\nWhat to do: did you mean agent?"},
	} {
		_, answer := b.post(t, daybook.Local, "/mcp", calling(c.tool, c.arguments))
		if !isAny(answer, c.says) || !strings.Contains(answer, `"isError":true`) {
			t.Errorf("%s %s\ngets  %s\nwants %s", c.tool, c.arguments, answer, c.says)
		}
	}
	if n := len(b.list(t, "transformation_session")) + len(b.list(t, "lineage_edge")); n > 0 {
		t.Errorf("%d entries were written", n)
	}
}

// isAny says that JSON text has one of the texts, which bars part.
func isAny(answer, texts string) bool {
	for text := range strings.SplitSeq(texts, "|") {
		escaped := strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(text)
		if strings.Contains(answer, escaped) {
			return true
		}
	}
	return false
}
