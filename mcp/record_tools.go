package mcp

import (
	"fmt"
	"slices"

	"github.com/daybook-audit/daybook"
)

// recordingTools are the tools that write, in the order of the work.
func recordingTools() []tool {
	return []tool{
		checkoutTool(), operationTool(), outputTool(), lineageTool(), checkinTool(),
		thinkingTool(), decisionTool(), actionTool(), escalationTool(),
	}
}

// tool makes the recording one.
func (t recording) tool(name, title, says string) tool {
	return tool{
		name: name, title: title, says: says, writes: true, parameters: t.parameters, answers: receiptSchema(t.id), do: t.write,
	}
}

func fields(columns ...string) []field {
	all := make([]field, len(columns))
	for i, column := range columns {
		all[i] = field{column: column}
	}
	return all
}

// with adds what a model should know of a column besides its meaning.
func with(fields []field, hints map[string]string) []field {
	for i := range fields {
		fields[i].hint = hints[fields[i].column]
	}
	return fields
}

// needing says without which columns the record would say nothing.
func needing(fields []field, columns ...string) []field {
	for i := range fields {
		fields[i].needed = slices.Contains(columns, fields[i].column)
	}
	return fields
}

const tableHint = "Each as schema.name."

func checkoutTool() tool {
	t := recording{
		kind: "transformation_session", id: sessionID,
		fields: with(fields("agent_id", "purpose", "source_tables", "session_type", "source_filters", "agent_type", "agent_version",
			"ticket_id", "parent_session_id", "conversation_id", "ingest_run_id", "data_start_date", "data_end_date"), map[string]string{
			"source_tables": tableHint, "parent_session_id": "Such as one that failed, when you try again.",
		}),
		done: func(c *call, r *daybook.Receipt) string {
			c.memory.opened(r.ID)
			return "Checked out: session_id " + r.ID + ". Log each operation in it, then check it in."
		},
	}
	return t.tool("checkout", "Start working with data",
		"Call this before you read or change tables, so that what you do to them is on record. It opens a session: log each operation in it with "+
			"log_operation, each result with register_output, and end it with checkin.")
}

func operationTool() tool {
	t := recording{
		kind: "transformation_operation", id: "operation_id",
		fields: with(fields("session_id", "operation_type", "transformation_logic", "transformation_type", "input_tables", "output_table",
			"input_columns", "output_columns", "input_row_count", "output_row_count", "execution_time_ms", "parameters", "warnings"), map[string]string{
			"transformation_logic": "Give SQL as it was run: tables, columns and lineage are read from it.",
			"input_tables":         tableHint,
			"output_table":         "As schema.name.",
		}),
		done: func(_ *call, r *daybook.Receipt) string { return fmt.Sprintf("Recorded operation %s.", r.ID) },
	}
	return t.tool("log_operation", "Record a step of work with data",
		"Call this after each step that read or changed tables: one SQL statement, script or formula. With the SQL in transformation_logic, "+
			"the lineage of its tables and columns is derived; never put rows of data in.")
}

func outputTool() tool {
	t := recording{
		kind: "output_artifact", id: "artifact_id",
		fields: with(fields("session_id", "artifact_type", "artifact_name", "artifact_location", "source_tables", "columns", "row_count",
			"data_as_of", "data_start_date", "data_end_date", "description", "metadata"), map[string]string{
			"artifact_name": "A table as schema.name.", "source_tables": tableHint,
		}),
		done: func(_ *call, r *daybook.Receipt) string {
			return fmt.Sprintf("Recorded artifact %s. It becomes current when the session is checked in COMPLETED.", r.ID)
		},
	}
	return t.tool("register_output", "Record what was made",
		"Call this for each table, view, chart, file or report that a session made. It becomes the current one of its name when the session is checked in COMPLETED.")
}

func thinkingTool() tool {
	t := recording{
		kind: "thinking_logs", id: "thinking_id",
		fields: needing(fields("agent_position", "conversation_id", "thinking_type", "thinking_content", "confidence_level", "context_summary",
			"options_considered", "decision_made", "rationale", "step_number", "model_used"), "thinking_content"),
		done: func(_ *call, r *daybook.Receipt) string { return fmt.Sprintf("Recorded thought %s.", r.ID) },
	}
	return t.tool("log_thinking", "Record a step of reasoning",
		"Call this to record reasoning that matters for what you do next: an analysis, a plan, a doubt. For a choice between options, call log_decision.")
}

func decisionTool() tool {
	t := recording{
		kind: "decision_logs", id: "decision_id",
		fields: with(needing(fields("agent_position", "decision_summary", "decision_type", "context", "options_evaluated", "chosen_option", "rationale",
			"confidence", "requires_human_review", "affected_agents", "affected_entities", "conversation_id"), "decision_summary"), map[string]string{
			"requires_human_review": "It then shows in pending_reviews until one has.",
			"affected_entities":     "Such as tables, as schema.name.",
		}),
		done: func(_ *call, r *daybook.Receipt) string { return fmt.Sprintf("Recorded decision %s.", r.ID) },
	}
	return t.tool("log_decision", "Record a decision",
		"Call this when you choose: what you weighed, what you chose, and why. Set requires_human_review where a human should look at it.")
}

func actionTool() tool {
	t := recording{
		kind: "action_logs", id: "action_id",
		fields: with(needing(fields("agent_position", "action_type", "action_target", "action_details", "success", "result_summary", "error_message",
			"duration_ms", "cost_usd", "session_id", "conversation_id"), "action_type"), map[string]string{
			"action_details": "Never secrets, never rows of data.",
		}),
		done: func(_ *call, r *daybook.Receipt) string { return fmt.Sprintf("Recorded action %s.", r.ID) },
	}
	return t.tool("log_action", "Record an action",
		"Call this after you did something with an effect outside this conversation: sent, wrote, deployed, asked for approval. Work with tables goes to log_operation.")
}

func escalationTool() tool {
	t := recording{
		kind: "escalation_logs", id: "escalation_id",
		fields: with(needing(fields("source_agent", "subject", "description", "urgency", "target", "escalation_type", "sla_target",
			"source_conversation_id"), "subject"), map[string]string{"urgency": "Use critical sparingly."}),
		done: func(_ *call, r *daybook.Receipt) string {
			return fmt.Sprintf("Recorded escalation %s. It stays open until somebody resolves it.", r.ID)
		},
	}
	return t.tool("escalate", "Call for a human",
		"Call this when you need a human, the CEO or another agent: a question you may not answer, an approval, an alarm. It is recorded and listed as open until it is resolved; nobody is notified by it.")
}
