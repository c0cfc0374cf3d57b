-- Daybook ledger in SQLite. Generated from the catalog of kinds; do not edit.
PRAGMA application_id = 1147238754;
PRAGMA user_version = 1;

CREATE TABLE spine (
  seq INTEGER PRIMARY KEY, -- the entry's place in the ledger, from 0 without gaps
  log_id BLOB NOT NULL UNIQUE, -- the 16 bytes of the UUID
  kind INTEGER NOT NULL, -- the number that the catalog gives the kind
  logged_at INTEGER NOT NULL, -- microseconds since 1970
  retain_until INTEGER NOT NULL, -- microseconds since 1970
  log_hash BLOB NOT NULL -- SHA-256 of the entry's canonical form
) STRICT;

CREATE TABLE tile (
  level INTEGER NOT NULL,
  tile_index INTEGER NOT NULL,
  hashes BLOB NOT NULL, -- 256 hashes of 32 bytes
  PRIMARY KEY (level, tile_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, replaced by each commit
  ledger_id TEXT NOT NULL,
  size INTEGER NOT NULL, -- entries in the ledger
  root BLOB NOT NULL, -- of the Merkle tree over them
  logged_at TEXT -- of the newest
) STRICT;

CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, replaced by each checkpoint
  signed BLOB NOT NULL -- a C2SP signed note
) STRICT;

CREATE TABLE token (
  id TEXT PRIMARY KEY, -- the public part of the token's text
  name TEXT NOT NULL UNIQUE COLLATE NOCASE, -- the principal's
  role TEXT NOT NULL,
  business TEXT NOT NULL, -- '' for all
  agent TEXT NOT NULL, -- '' for any
  hash BLOB NOT NULL, -- SHA-256 of the secret
  created_at INTEGER NOT NULL, -- microseconds since 1970
  expires_at INTEGER, -- microseconds since 1970
  revoked_at INTEGER, -- microseconds since 1970
  mac BLOB NOT NULL, -- HMAC-SHA256 over all of the above
  last_used_at INTEGER -- microseconds since 1970
) STRICT;

CREATE TRIGGER spine_no_update BEFORE UPDATE ON spine BEGIN
  SELECT RAISE(ABORT, 'spine is append-only, no UPDATE: the spine is kept for ever');
END;

CREATE TRIGGER spine_no_delete BEFORE DELETE ON spine BEGIN
  SELECT RAISE(ABORT, 'spine is append-only, no DELETE: the spine is kept for ever');
END;

CREATE TRIGGER tile_no_update BEFORE UPDATE ON tile BEGIN
  SELECT RAISE(ABORT, 'tile is append-only, no UPDATE: tiles are kept for ever');
END;

CREATE TRIGGER tile_no_delete BEFORE DELETE ON tile BEGIN
  SELECT RAISE(ABORT, 'tile is append-only, no DELETE: tiles are kept for ever');
END;

CREATE TABLE ledger_conversations (
  "seq" INTEGER PRIMARY KEY,
  "agent_position" TEXT NOT NULL,
  "business_id" TEXT,
  "cache_read_tokens" INTEGER,
  "cache_write_tokens" INTEGER,
  "command_executed" TEXT,
  "conversation_id" TEXT NOT NULL,
  "cost_usd" REAL,
  "duration_seconds" INTEGER,
  "ended_at" TEXT,
  "error_message" TEXT,
  "input_tokens" INTEGER,
  "ip_address" TEXT,
  "model_name" TEXT,
  "model_provider" TEXT,
  "model_version" TEXT,
  "output_tokens" INTEGER,
  "price_source" TEXT,
  "principal" TEXT NOT NULL,
  "reasoning_tokens" INTEGER,
  "response_preview" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "started_at" TEXT,
  "status" TEXT,
  "total_tokens" INTEGER,
  "user_agent" TEXT,
  "user_prompt_preview" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_conversations_subject ON ledger_conversations ("conversation_id", "revision");

CREATE INDEX ledger_conversations_agent ON ledger_conversations ("agent_position", "started_at");

CREATE TRIGGER ledger_conversations_no_update BEFORE UPDATE ON ledger_conversations BEGIN
  SELECT RAISE(ABORT, 'ledger_conversations is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_conversations_no_delete BEFORE DELETE ON ledger_conversations BEGIN
  SELECT RAISE(ABORT, 'ledger_conversations is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_thinking_logs (
  "seq" INTEGER PRIMARY KEY,
  "agent_position" TEXT NOT NULL,
  "business_id" TEXT,
  "confidence_level" REAL,
  "context_summary" TEXT,
  "conversation_id" TEXT NOT NULL,
  "decision_made" TEXT,
  "model_used" TEXT,
  "options_considered" TEXT,
  "principal" TEXT NOT NULL,
  "rationale" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "step_number" INTEGER,
  "thinking_content" TEXT,
  "thinking_id" TEXT NOT NULL,
  "thinking_type" TEXT,
  "timestamp" TEXT,
  "token_count" INTEGER,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_thinking_logs_subject ON ledger_thinking_logs ("thinking_id", "revision");

CREATE INDEX ledger_thinking_logs_agent ON ledger_thinking_logs ("agent_position", "timestamp");

CREATE INDEX ledger_thinking_logs_conversation_id ON ledger_thinking_logs ("conversation_id");

CREATE TRIGGER ledger_thinking_logs_no_update BEFORE UPDATE ON ledger_thinking_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_thinking_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_thinking_logs_no_delete BEFORE DELETE ON ledger_thinking_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_thinking_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_decision_logs (
  "seq" INTEGER PRIMARY KEY,
  "affected_agents" TEXT,
  "affected_entities" TEXT,
  "agent_position" TEXT NOT NULL,
  "business_id" TEXT,
  "chosen_option" TEXT,
  "confidence" REAL,
  "context" TEXT,
  "conversation_id" TEXT,
  "decided_at" TEXT,
  "decision_id" TEXT NOT NULL,
  "decision_summary" TEXT,
  "decision_type" TEXT,
  "human_override" TEXT,
  "human_review_at" TEXT,
  "human_reviewed" INTEGER,
  "human_reviewer" TEXT,
  "options_evaluated" TEXT,
  "principal" TEXT NOT NULL,
  "rationale" TEXT,
  "requires_human_review" INTEGER,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_decision_logs_subject ON ledger_decision_logs ("decision_id", "revision");

CREATE INDEX ledger_decision_logs_agent ON ledger_decision_logs ("agent_position", "decided_at");

CREATE INDEX ledger_decision_logs_conversation_id ON ledger_decision_logs ("conversation_id");

CREATE TRIGGER ledger_decision_logs_no_update BEFORE UPDATE ON ledger_decision_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_decision_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_decision_logs_no_delete BEFORE DELETE ON ledger_decision_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_decision_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_action_logs (
  "seq" INTEGER PRIMARY KEY,
  "action_details" TEXT,
  "action_id" TEXT NOT NULL,
  "action_target" TEXT,
  "action_type" TEXT,
  "agent_position" TEXT NOT NULL,
  "business_id" TEXT,
  "completed_at" TEXT,
  "conversation_id" TEXT,
  "cost_usd" REAL,
  "duration_ms" INTEGER,
  "error_message" TEXT,
  "price_source" TEXT,
  "principal" TEXT NOT NULL,
  "result_summary" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" TEXT,
  "started_at" TEXT,
  "success" INTEGER,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_action_logs_subject ON ledger_action_logs ("action_id", "revision");

CREATE INDEX ledger_action_logs_agent ON ledger_action_logs ("agent_position", "started_at");

CREATE INDEX ledger_action_logs_conversation_id ON ledger_action_logs ("conversation_id");

CREATE TRIGGER ledger_action_logs_no_update BEFORE UPDATE ON ledger_action_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_action_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_action_logs_no_delete BEFORE DELETE ON ledger_action_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_action_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_escalation_logs (
  "seq" INTEGER PRIMARY KEY,
  "acknowledged_at" TEXT,
  "business_id" TEXT,
  "description" TEXT,
  "escalated_at" TEXT,
  "escalation_id" TEXT NOT NULL,
  "escalation_type" TEXT,
  "principal" TEXT NOT NULL,
  "resolution" TEXT,
  "resolved_at" TEXT,
  "resolved_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "sla_met" INTEGER,
  "sla_target" TEXT,
  "source_agent" TEXT NOT NULL,
  "source_conversation_id" TEXT,
  "subject" TEXT,
  "target" TEXT,
  "urgency" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_escalation_logs_subject ON ledger_escalation_logs ("escalation_id", "revision");

CREATE INDEX ledger_escalation_logs_agent ON ledger_escalation_logs ("source_agent", "escalated_at");

CREATE INDEX ledger_escalation_logs_source_conversation_id ON ledger_escalation_logs ("source_conversation_id");

CREATE TRIGGER ledger_escalation_logs_no_update BEFORE UPDATE ON ledger_escalation_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_escalation_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_escalation_logs_no_delete BEFORE DELETE ON ledger_escalation_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_escalation_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_mcp_usage_logs (
  "seq" INTEGER PRIMARY KEY,
  "agent_position" TEXT NOT NULL,
  "business_id" TEXT,
  "called_at" TEXT,
  "conversation_id" TEXT,
  "cost_usd" REAL,
  "duration_ms" INTEGER,
  "error_message" TEXT,
  "parameters" TEXT,
  "price_source" TEXT,
  "principal" TEXT NOT NULL,
  "result_summary" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "server_name" TEXT NOT NULL,
  "session_id" TEXT,
  "success" INTEGER,
  "tokens_used" INTEGER,
  "tool_name" TEXT NOT NULL,
  "usage_id" TEXT NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_mcp_usage_logs_subject ON ledger_mcp_usage_logs ("usage_id", "revision");

CREATE INDEX ledger_mcp_usage_logs_agent ON ledger_mcp_usage_logs ("agent_position", "called_at");

CREATE INDEX ledger_mcp_usage_logs_conversation_id ON ledger_mcp_usage_logs ("conversation_id");

CREATE TRIGGER ledger_mcp_usage_logs_no_update BEFORE UPDATE ON ledger_mcp_usage_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_mcp_usage_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_mcp_usage_logs_no_delete BEFORE DELETE ON ledger_mcp_usage_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_mcp_usage_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_session (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" TEXT NOT NULL,
  "agent_type" TEXT,
  "agent_version" TEXT,
  "business_id" TEXT,
  "completed_at" TEXT,
  "conversation_id" TEXT,
  "data_end_date" TEXT,
  "data_start_date" TEXT,
  "error_message" TEXT,
  "facets" TEXT,
  "id" TEXT NOT NULL,
  "ingest_run_id" TEXT,
  "operations_count" INTEGER,
  "outputs_count" INTEGER,
  "parent_session_id" TEXT,
  "principal" TEXT NOT NULL,
  "purpose" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_type" TEXT,
  "source_filters" TEXT,
  "source_layer" TEXT,
  "source_tables" TEXT,
  "started_at" TEXT,
  "status" TEXT,
  "ticket_id" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_transformation_session_subject ON ledger_transformation_session ("id", "revision");

CREATE INDEX ledger_transformation_session_agent ON ledger_transformation_session ("agent_id", "started_at");

CREATE INDEX ledger_transformation_session_conversation_id ON ledger_transformation_session ("conversation_id");

CREATE TRIGGER ledger_transformation_session_no_update BEFORE UPDATE ON ledger_transformation_session BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_transformation_session_no_delete BEFORE DELETE ON ledger_transformation_session BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_operation (
  "seq" INTEGER PRIMARY KEY,
  "business_id" TEXT,
  "created_at" TEXT,
  "execution_time_ms" INTEGER,
  "id" INTEGER NOT NULL,
  "input_columns" TEXT,
  "input_row_count" INTEGER,
  "input_tables" TEXT,
  "operation_order" INTEGER,
  "operation_type" TEXT NOT NULL,
  "output_columns" TEXT,
  "output_row_count" INTEGER,
  "output_table" TEXT,
  "parameters" TEXT,
  "pattern_id" INTEGER,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" TEXT NOT NULL,
  "transformation_logic" TEXT,
  "transformation_type" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_transformation_operation_subject ON ledger_transformation_operation ("id", "revision");

CREATE INDEX ledger_transformation_operation_output_table ON ledger_transformation_operation ("output_table");

CREATE INDEX ledger_transformation_operation_session_id ON ledger_transformation_operation ("session_id");

CREATE TRIGGER ledger_transformation_operation_no_update BEFORE UPDATE ON ledger_transformation_operation BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_operation is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_transformation_operation_no_delete BEFORE DELETE ON ledger_transformation_operation BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_operation is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_output_artifact (
  "seq" INTEGER PRIMARY KEY,
  "artifact_location" TEXT,
  "artifact_name" TEXT NOT NULL,
  "artifact_type" TEXT NOT NULL,
  "business_id" TEXT,
  "columns" TEXT,
  "created_at" TEXT,
  "data_as_of" TEXT,
  "data_end_date" TEXT,
  "data_start_date" TEXT,
  "description" TEXT,
  "expires_at" TEXT,
  "facets" TEXT,
  "id" TEXT NOT NULL,
  "is_current" INTEGER,
  "metadata" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "row_count" INTEGER,
  "salt" BLOB NOT NULL,
  "session_id" TEXT NOT NULL,
  "source_tables" TEXT,
  "superseded_by_id" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_output_artifact_subject ON ledger_output_artifact ("id", "revision");

CREATE INDEX ledger_output_artifact_artifact_name ON ledger_output_artifact ("artifact_name");

CREATE INDEX ledger_output_artifact_session_id ON ledger_output_artifact ("session_id");

CREATE TRIGGER ledger_output_artifact_no_update BEFORE UPDATE ON ledger_output_artifact BEGIN
  SELECT RAISE(ABORT, 'ledger_output_artifact is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_output_artifact_no_delete BEFORE DELETE ON ledger_output_artifact BEGIN
  SELECT RAISE(ABORT, 'ledger_output_artifact is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_lineage_edge (
  "seq" INTEGER PRIMARY KEY,
  "business_id" TEXT,
  "created_at" TEXT,
  "extractor_version" TEXT,
  "id" INTEGER NOT NULL,
  "invalidated_at" TEXT,
  "is_current" INTEGER,
  "origin" TEXT,
  "principal" TEXT NOT NULL,
  "relationship_type" TEXT NOT NULL,
  "resolution" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" TEXT,
  "source_column" TEXT,
  "source_name" TEXT NOT NULL,
  "source_schema" TEXT,
  "source_type" TEXT NOT NULL,
  "subtype" TEXT,
  "target_column" TEXT,
  "target_name" TEXT NOT NULL,
  "target_schema" TEXT,
  "target_type" TEXT NOT NULL,
  "transformation_description" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_lineage_edge_subject ON ledger_lineage_edge ("id", "revision");

CREATE INDEX ledger_lineage_edge_session_id ON ledger_lineage_edge ("session_id");

CREATE INDEX ledger_lineage_edge_source_name ON ledger_lineage_edge ("source_name");

CREATE INDEX ledger_lineage_edge_target_name ON ledger_lineage_edge ("target_name");

CREATE TRIGGER ledger_lineage_edge_no_update BEFORE UPDATE ON ledger_lineage_edge BEGIN
  SELECT RAISE(ABORT, 'ledger_lineage_edge is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_lineage_edge_no_delete BEFORE DELETE ON ledger_lineage_edge BEGIN
  SELECT RAISE(ABORT, 'ledger_lineage_edge is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_ingest_run (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" TEXT,
  "business_id" TEXT,
  "completed_at" TEXT,
  "error_message" TEXT,
  "id" TEXT NOT NULL,
  "job_type" TEXT NOT NULL,
  "metadata" TEXT,
  "principal" TEXT NOT NULL,
  "records_failed" INTEGER,
  "records_fetched" INTEGER,
  "records_inserted" INTEGER,
  "records_updated" INTEGER,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "source" TEXT,
  "started_at" TEXT,
  "status" TEXT,
  "target_table" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_ingest_run_subject ON ledger_ingest_run ("id", "revision");

CREATE INDEX ledger_ingest_run_agent ON ledger_ingest_run ("agent_id", "started_at");

CREATE INDEX ledger_ingest_run_target_table ON ledger_ingest_run ("target_table");

CREATE TRIGGER ledger_ingest_run_no_update BEFORE UPDATE ON ledger_ingest_run BEGIN
  SELECT RAISE(ABORT, 'ledger_ingest_run is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_ingest_run_no_delete BEFORE DELETE ON ledger_ingest_run BEGIN
  SELECT RAISE(ABORT, 'ledger_ingest_run is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_validation_status (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" TEXT,
  "business_id" TEXT,
  "id" TEXT NOT NULL,
  "ingest_run_id" TEXT,
  "issue_count" INTEGER,
  "issues" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" TEXT,
  "status" TEXT NOT NULL,
  "table_name" TEXT,
  "validated_at" TEXT,
  "validation_type" TEXT NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_validation_status_subject ON ledger_validation_status ("id", "revision");

CREATE INDEX ledger_validation_status_agent ON ledger_validation_status ("agent_id", "validated_at");

CREATE INDEX ledger_validation_status_table_name ON ledger_validation_status ("table_name");

CREATE TRIGGER ledger_validation_status_no_update BEFORE UPDATE ON ledger_validation_status BEGIN
  SELECT RAISE(ABORT, 'ledger_validation_status is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_validation_status_no_delete BEFORE DELETE ON ledger_validation_status BEGIN
  SELECT RAISE(ABORT, 'ledger_validation_status is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_log_access_audit (
  "seq" INTEGER PRIMARY KEY,
  "access_id" TEXT NOT NULL,
  "accessed_at" TEXT,
  "action" TEXT NOT NULL,
  "business_id" TEXT,
  "duration_ms" INTEGER,
  "ip_address" TEXT,
  "outcome" TEXT,
  "parameters" TEXT,
  "principal" TEXT NOT NULL,
  "query_text" TEXT,
  "read_count" INTEGER,
  "revision" INTEGER NOT NULL,
  "role" TEXT,
  "rows_returned" INTEGER,
  "salt" BLOB NOT NULL,
  "target" TEXT,
  "user_agent" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_log_access_audit_subject ON ledger_log_access_audit ("access_id", "revision");

CREATE TRIGGER ledger_log_access_audit_no_update BEFORE UPDATE ON ledger_log_access_audit BEGIN
  SELECT RAISE(ABORT, 'ledger_log_access_audit is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_log_access_audit_no_delete BEFORE DELETE ON ledger_log_access_audit BEGIN
  SELECT RAISE(ABORT, 'ledger_log_access_audit is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_ledger_event (
  "seq" INTEGER PRIMARY KEY,
  "actor" TEXT,
  "business_id" TEXT,
  "details" TEXT,
  "event_type" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "ip_address" TEXT,
  "occurred_at" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "target" TEXT,
  "user_agent" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_ledger_event_subject ON ledger_ledger_event ("id", "revision");

CREATE TRIGGER ledger_ledger_event_no_update BEFORE UPDATE ON ledger_ledger_event BEGIN
  SELECT RAISE(ABORT, 'ledger_ledger_event is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_ledger_event_no_delete BEFORE DELETE ON ledger_ledger_event BEGIN
  SELECT RAISE(ABORT, 'ledger_ledger_event is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_retention_run (
  "seq" INTEGER PRIMARY KEY,
  "business_id" TEXT,
  "bytes_freed" INTEGER,
  "completed_at" TEXT,
  "cutoff" TEXT,
  "entries_expired" INTEGER,
  "error_message" TEXT,
  "id" TEXT NOT NULL,
  "policy" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "started_at" TEXT,
  "status" TEXT,
  "target_kinds" TEXT,
  "tier" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_retention_run_subject ON ledger_retention_run ("id", "revision");

CREATE TRIGGER ledger_retention_run_no_update BEFORE UPDATE ON ledger_retention_run BEGIN
  SELECT RAISE(ABORT, 'ledger_retention_run is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_retention_run_no_delete BEFORE DELETE ON ledger_retention_run BEGIN
  SELECT RAISE(ABORT, 'ledger_retention_run is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_retention_hold (
  "seq" INTEGER PRIMARY KEY,
  "business_id" TEXT,
  "id" TEXT NOT NULL,
  "placed_at" TEXT,
  "placed_by" TEXT,
  "principal" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "released_at" TEXT,
  "released_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "target_id" TEXT,
  "target_kind" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_retention_hold_subject ON ledger_retention_hold ("id", "revision");

CREATE TRIGGER ledger_retention_hold_no_update BEFORE UPDATE ON ledger_retention_hold BEGIN
  SELECT RAISE(ABORT, 'ledger_retention_hold is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_retention_hold_no_delete BEFORE DELETE ON ledger_retention_hold BEGIN
  SELECT RAISE(ABORT, 'ledger_retention_hold is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_erasure (
  "seq" INTEGER PRIMARY KEY,
  "approved_by" TEXT,
  "business_id" TEXT,
  "erased_at" TEXT,
  "id" TEXT NOT NULL,
  "log_ids" TEXT,
  "principal" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "requested_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "target_id" TEXT NOT NULL,
  "target_kind" TEXT NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_erasure_subject ON ledger_erasure ("id", "revision");

CREATE TRIGGER ledger_erasure_no_update BEFORE UPDATE ON ledger_erasure BEGIN
  SELECT RAISE(ABORT, 'ledger_erasure is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_erasure_no_delete BEFORE DELETE ON ledger_erasure BEGIN
  SELECT RAISE(ABORT, 'ledger_erasure is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_session_archive (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" TEXT NOT NULL,
  "agent_type" TEXT,
  "archived_at" TEXT,
  "business_id" TEXT,
  "completed_at" TEXT,
  "id" TEXT NOT NULL,
  "operations" TEXT,
  "operations_count" INTEGER,
  "outputs_count" INTEGER,
  "principal" TEXT NOT NULL,
  "purpose" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_type" TEXT,
  "source_layer" TEXT,
  "source_tables" TEXT,
  "started_at" TEXT,
  "status" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_transformation_session_archive_subject ON ledger_transformation_session_archive ("id", "revision");

CREATE INDEX ledger_transformation_session_archive_agent ON ledger_transformation_session_archive ("agent_id", "started_at");

CREATE TRIGGER ledger_transformation_session_archive_no_update BEFORE UPDATE ON ledger_transformation_session_archive BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session_archive is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_transformation_session_archive_no_delete BEFORE DELETE ON ledger_transformation_session_archive BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session_archive is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_session_summary (
  "seq" INTEGER PRIMARY KEY,
  "abandoned_count" INTEGER,
  "agent_id" TEXT NOT NULL,
  "agent_type" TEXT,
  "business_id" TEXT,
  "completed_count" INTEGER,
  "failed_count" INTEGER,
  "id" TEXT NOT NULL,
  "month" TEXT NOT NULL,
  "operations_count" INTEGER,
  "outputs_count" INTEGER,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_type" TEXT,
  "sessions_count" INTEGER,
  "summarized_at" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_transformation_session_summary_subject ON ledger_transformation_session_summary ("id", "revision");

CREATE INDEX ledger_transformation_session_summary_agent ON ledger_transformation_session_summary ("agent_id", "summarized_at");

CREATE TRIGGER ledger_transformation_session_summary_no_update BEFORE UPDATE ON ledger_transformation_session_summary BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session_summary is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_transformation_session_summary_no_delete BEFORE DELETE ON ledger_transformation_session_summary BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session_summary is append-only, no DELETE: append an amendment instead');
END;

CREATE VIEW entries AS
SELECT
  seq AS "seq",
  CASE kind WHEN 1 THEN 'conversations' WHEN 2 THEN 'thinking_logs' WHEN 3 THEN 'decision_logs' WHEN 4 THEN 'action_logs' WHEN 5 THEN 'escalation_logs' WHEN 6 THEN 'mcp_usage_logs' WHEN 7 THEN 'transformation_session' WHEN 8 THEN 'transformation_operation' WHEN 9 THEN 'output_artifact' WHEN 10 THEN 'lineage_edge' WHEN 11 THEN 'ingest_run' WHEN 12 THEN 'validation_status' WHEN 13 THEN 'log_access_audit' WHEN 14 THEN 'ledger_event' WHEN 15 THEN 'retention_run' WHEN 16 THEN 'retention_hold' WHEN 17 THEN 'erasure' WHEN 18 THEN 'transformation_session_archive' WHEN 19 THEN 'transformation_session_summary' END AS "kind",
  lower(substr(hex(log_id), 1, 8) || '-' || substr(hex(log_id), 9, 4) || '-' || substr(hex(log_id), 13, 4) || '-' || substr(hex(log_id), 17, 4) || '-' || substr(hex(log_id), 21, 12)) AS "log_id",
  strftime('%Y-%m-%dT%H:%M:%S', logged_at / 1000000, 'unixepoch') || printf('.%06dZ', logged_at % 1000000) AS "logged_at",
  strftime('%Y-%m-%dT%H:%M:%S', retain_until / 1000000, 'unixepoch') || printf('.%06dZ', retain_until % 1000000) AS "retain_until",
  lower(hex(log_hash)) AS "log_hash"
FROM spine;

CREATE VIEW conversations AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  r."business_id" AS "business_id",
  r."cache_read_tokens" AS "cache_read_tokens",
  r."cache_write_tokens" AS "cache_write_tokens",
  r."command_executed" AS "command_executed",
  r."conversation_id" AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_seconds" AS "duration_seconds",
  r."ended_at" AS "ended_at",
  r."error_message" AS "error_message",
  r."input_tokens" AS "input_tokens",
  r."ip_address" AS "ip_address",
  'conversations' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."model_name" AS "model_name",
  r."model_provider" AS "model_provider",
  r."model_version" AS "model_version",
  r."output_tokens" AS "output_tokens",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."reasoning_tokens" AS "reasoning_tokens",
  r."response_preview" AS "response_preview",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."started_at" AS "started_at",
  r."status" AS "status",
  r."total_tokens" AS "total_tokens",
  r."user_agent" AS "user_agent",
  r."user_prompt_preview" AS "user_prompt_preview",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_conversations AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 1)
  AND NOT EXISTS (SELECT 1 FROM ledger_conversations AS n WHERE n."conversation_id" = r."conversation_id" AND n.revision = r.revision + 1);

CREATE VIEW thinking_logs AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  r."business_id" AS "business_id",
  r."confidence_level" AS "confidence_level",
  r."context_summary" AS "context_summary",
  r."conversation_id" AS "conversation_id",
  r."decision_made" AS "decision_made",
  'thinking_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."model_used" AS "model_used",
  r."options_considered" AS "options_considered",
  r."principal" AS "principal",
  r."rationale" AS "rationale",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."step_number" AS "step_number",
  r."thinking_content" AS "thinking_content",
  r."thinking_id" AS "thinking_id",
  r."thinking_type" AS "thinking_type",
  r."timestamp" AS "timestamp",
  r."token_count" AS "token_count",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_thinking_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 2);

CREATE VIEW decision_logs AS
SELECT
  r.seq AS "seq",
  r."affected_agents" AS "affected_agents",
  r."affected_entities" AS "affected_entities",
  r."agent_position" AS "agent_position",
  r."business_id" AS "business_id",
  r."chosen_option" AS "chosen_option",
  r."confidence" AS "confidence",
  r."context" AS "context",
  r."conversation_id" AS "conversation_id",
  r."decided_at" AS "decided_at",
  r."decision_id" AS "decision_id",
  r."decision_summary" AS "decision_summary",
  r."decision_type" AS "decision_type",
  r."human_override" AS "human_override",
  r."human_review_at" AS "human_review_at",
  r."human_reviewed" AS "human_reviewed",
  r."human_reviewer" AS "human_reviewer",
  'decision_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."options_evaluated" AS "options_evaluated",
  r."principal" AS "principal",
  r."rationale" AS "rationale",
  r."requires_human_review" AS "requires_human_review",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_decision_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 3)
  AND NOT EXISTS (SELECT 1 FROM ledger_decision_logs AS n WHERE n."decision_id" = r."decision_id" AND n.revision = r.revision + 1);

CREATE VIEW action_logs AS
SELECT
  r.seq AS "seq",
  r."action_details" AS "action_details",
  r."action_id" AS "action_id",
  r."action_target" AS "action_target",
  r."action_type" AS "action_type",
  r."agent_position" AS "agent_position",
  r."business_id" AS "business_id",
  r."completed_at" AS "completed_at",
  r."conversation_id" AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_ms" AS "duration_ms",
  r."error_message" AS "error_message",
  'action_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."result_summary" AS "result_summary",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_id" AS "session_id",
  r."started_at" AS "started_at",
  r."success" AS "success",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_action_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 4)
  AND NOT EXISTS (SELECT 1 FROM ledger_action_logs AS n WHERE n."action_id" = r."action_id" AND n.revision = r.revision + 1);

CREATE VIEW escalation_logs AS
SELECT
  r.seq AS "seq",
  r."acknowledged_at" AS "acknowledged_at",
  r."business_id" AS "business_id",
  r."description" AS "description",
  r."escalated_at" AS "escalated_at",
  r."escalation_id" AS "escalation_id",
  r."escalation_type" AS "escalation_type",
  'escalation_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  r."resolution" AS "resolution",
  r."resolved_at" AS "resolved_at",
  r."resolved_by" AS "resolved_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."sla_met" AS "sla_met",
  r."sla_target" AS "sla_target",
  r."source_agent" AS "source_agent",
  r."source_conversation_id" AS "source_conversation_id",
  r."subject" AS "subject",
  r."target" AS "target",
  r."urgency" AS "urgency",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_escalation_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 5)
  AND NOT EXISTS (SELECT 1 FROM ledger_escalation_logs AS n WHERE n."escalation_id" = r."escalation_id" AND n.revision = r.revision + 1);

CREATE VIEW mcp_usage_logs AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  r."business_id" AS "business_id",
  r."called_at" AS "called_at",
  r."conversation_id" AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_ms" AS "duration_ms",
  r."error_message" AS "error_message",
  'mcp_usage_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."parameters" AS "parameters",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."result_summary" AS "result_summary",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."server_name" AS "server_name",
  r."session_id" AS "session_id",
  r."success" AS "success",
  r."tokens_used" AS "tokens_used",
  r."tool_name" AS "tool_name",
  r."usage_id" AS "usage_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_mcp_usage_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 6)
  AND NOT EXISTS (SELECT 1 FROM ledger_mcp_usage_logs AS n WHERE n."usage_id" = r."usage_id" AND n.revision = r.revision + 1);

CREATE VIEW transformation_session AS
SELECT
  r.seq AS "seq",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."agent_version" AS "agent_version",
  r."business_id" AS "business_id",
  r."completed_at" AS "completed_at",
  r."conversation_id" AS "conversation_id",
  r."data_end_date" AS "data_end_date",
  r."data_start_date" AS "data_start_date",
  r."error_message" AS "error_message",
  r."facets" AS "facets",
  r."id" AS "id",
  r."ingest_run_id" AS "ingest_run_id",
  'transformation_session' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."parent_session_id" AS "parent_session_id",
  r."principal" AS "principal",
  r."purpose" AS "purpose",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."source_filters" AS "source_filters",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  r."started_at" AS "started_at",
  r."status" AS "status",
  r."ticket_id" AS "ticket_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_session AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 7)
  AND NOT EXISTS (SELECT 1 FROM ledger_transformation_session AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

CREATE VIEW transformation_operation AS
SELECT
  r.seq AS "seq",
  r."business_id" AS "business_id",
  r."created_at" AS "created_at",
  r."execution_time_ms" AS "execution_time_ms",
  r."id" AS "id",
  r."input_columns" AS "input_columns",
  r."input_row_count" AS "input_row_count",
  r."input_tables" AS "input_tables",
  'transformation_operation' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operation_order" AS "operation_order",
  r."operation_type" AS "operation_type",
  r."output_columns" AS "output_columns",
  r."output_row_count" AS "output_row_count",
  r."output_table" AS "output_table",
  r."parameters" AS "parameters",
  r."pattern_id" AS "pattern_id",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_id" AS "session_id",
  r."transformation_logic" AS "transformation_logic",
  r."transformation_type" AS "transformation_type",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_operation AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 8);

CREATE VIEW output_artifact AS
SELECT
  r.seq AS "seq",
  r."artifact_location" AS "artifact_location",
  r."artifact_name" AS "artifact_name",
  r."artifact_type" AS "artifact_type",
  r."business_id" AS "business_id",
  r."columns" AS "columns",
  r."created_at" AS "created_at",
  r."data_as_of" AS "data_as_of",
  r."data_end_date" AS "data_end_date",
  r."data_start_date" AS "data_start_date",
  r."description" AS "description",
  r."expires_at" AS "expires_at",
  r."facets" AS "facets",
  r."id" AS "id",
  r."is_current" AS "is_current",
  'output_artifact' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."metadata" AS "metadata",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  r."row_count" AS "row_count",
  lower(hex(r."salt")) AS "salt",
  r."session_id" AS "session_id",
  r."source_tables" AS "source_tables",
  r."superseded_by_id" AS "superseded_by_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_output_artifact AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 9)
  AND NOT EXISTS (SELECT 1 FROM ledger_output_artifact AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

CREATE VIEW lineage_edge AS
SELECT
  r.seq AS "seq",
  r."business_id" AS "business_id",
  r."created_at" AS "created_at",
  r."extractor_version" AS "extractor_version",
  r."id" AS "id",
  r."invalidated_at" AS "invalidated_at",
  r."is_current" AS "is_current",
  'lineage_edge' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."origin" AS "origin",
  r."principal" AS "principal",
  r."relationship_type" AS "relationship_type",
  r."resolution" AS "resolution",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_id" AS "session_id",
  r."source_column" AS "source_column",
  r."source_name" AS "source_name",
  r."source_schema" AS "source_schema",
  r."source_type" AS "source_type",
  r."subtype" AS "subtype",
  r."target_column" AS "target_column",
  r."target_name" AS "target_name",
  r."target_schema" AS "target_schema",
  r."target_type" AS "target_type",
  r."transformation_description" AS "transformation_description",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_lineage_edge AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 10)
  AND NOT EXISTS (SELECT 1 FROM ledger_lineage_edge AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1)
  AND r.is_current IS NOT NULL;

CREATE VIEW ingest_run AS
SELECT
  r.seq AS "seq",
  r."agent_id" AS "agent_id",
  r."business_id" AS "business_id",
  r."completed_at" AS "completed_at",
  r."error_message" AS "error_message",
  r."id" AS "id",
  r."job_type" AS "job_type",
  'ingest_run' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."metadata" AS "metadata",
  r."principal" AS "principal",
  r."records_failed" AS "records_failed",
  r."records_fetched" AS "records_fetched",
  r."records_inserted" AS "records_inserted",
  r."records_updated" AS "records_updated",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."source" AS "source",
  r."started_at" AS "started_at",
  r."status" AS "status",
  r."target_table" AS "target_table",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_ingest_run AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 11)
  AND NOT EXISTS (SELECT 1 FROM ledger_ingest_run AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

CREATE VIEW validation_status AS
SELECT
  r.seq AS "seq",
  r."agent_id" AS "agent_id",
  r."business_id" AS "business_id",
  r."id" AS "id",
  r."ingest_run_id" AS "ingest_run_id",
  r."issue_count" AS "issue_count",
  r."issues" AS "issues",
  'validation_status' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_id" AS "session_id",
  r."status" AS "status",
  r."table_name" AS "table_name",
  r."validated_at" AS "validated_at",
  r."validation_type" AS "validation_type",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_validation_status AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 12);

CREATE VIEW log_access_audit AS
SELECT
  r.seq AS "seq",
  r."access_id" AS "access_id",
  r."accessed_at" AS "accessed_at",
  r."action" AS "action",
  r."business_id" AS "business_id",
  r."duration_ms" AS "duration_ms",
  r."ip_address" AS "ip_address",
  'log_access_audit' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."outcome" AS "outcome",
  r."parameters" AS "parameters",
  r."principal" AS "principal",
  r."query_text" AS "query_text",
  r."read_count" AS "read_count",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  r."role" AS "role",
  r."rows_returned" AS "rows_returned",
  lower(hex(r."salt")) AS "salt",
  r."target" AS "target",
  r."user_agent" AS "user_agent",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_log_access_audit AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 13)
  AND NOT EXISTS (SELECT 1 FROM ledger_log_access_audit AS n WHERE n."access_id" = r."access_id" AND n.revision = r.revision + 1);

CREATE VIEW ledger_event AS
SELECT
  r.seq AS "seq",
  r."actor" AS "actor",
  r."business_id" AS "business_id",
  r."details" AS "details",
  r."event_type" AS "event_type",
  r."id" AS "id",
  r."ip_address" AS "ip_address",
  'ledger_event' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."occurred_at" AS "occurred_at",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."target" AS "target",
  r."user_agent" AS "user_agent",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_ledger_event AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 14);

CREATE VIEW retention_run AS
SELECT
  r.seq AS "seq",
  r."business_id" AS "business_id",
  r."bytes_freed" AS "bytes_freed",
  r."completed_at" AS "completed_at",
  r."cutoff" AS "cutoff",
  r."entries_expired" AS "entries_expired",
  r."error_message" AS "error_message",
  r."id" AS "id",
  'retention_run' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."policy" AS "policy",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."started_at" AS "started_at",
  r."status" AS "status",
  r."target_kinds" AS "target_kinds",
  r."tier" AS "tier",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_retention_run AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 15)
  AND NOT EXISTS (SELECT 1 FROM ledger_retention_run AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

CREATE VIEW retention_hold AS
SELECT
  r.seq AS "seq",
  r."business_id" AS "business_id",
  r."id" AS "id",
  'retention_hold' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."placed_at" AS "placed_at",
  r."placed_by" AS "placed_by",
  r."principal" AS "principal",
  r."reason" AS "reason",
  r."released_at" AS "released_at",
  r."released_by" AS "released_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."target_id" AS "target_id",
  r."target_kind" AS "target_kind",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_retention_hold AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 16)
  AND NOT EXISTS (SELECT 1 FROM ledger_retention_hold AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

CREATE VIEW erasure AS
SELECT
  r.seq AS "seq",
  r."approved_by" AS "approved_by",
  r."business_id" AS "business_id",
  r."erased_at" AS "erased_at",
  r."id" AS "id",
  'erasure' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."log_ids" AS "log_ids",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  r."reason" AS "reason",
  r."requested_by" AS "requested_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."target_id" AS "target_id",
  r."target_kind" AS "target_kind",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_erasure AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 17);

CREATE VIEW transformation_session_archive AS
SELECT
  r.seq AS "seq",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."archived_at" AS "archived_at",
  r."business_id" AS "business_id",
  r."completed_at" AS "completed_at",
  r."id" AS "id",
  'transformation_session_archive' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operations" AS "operations",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."principal" AS "principal",
  r."purpose" AS "purpose",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  r."started_at" AS "started_at",
  r."status" AS "status",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_session_archive AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 18);

CREATE VIEW transformation_session_summary AS
SELECT
  r.seq AS "seq",
  r."abandoned_count" AS "abandoned_count",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."business_id" AS "business_id",
  r."completed_count" AS "completed_count",
  r."failed_count" AS "failed_count",
  r."id" AS "id",
  'transformation_session_summary' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.logged_at / 1000000, 'unixepoch') || printf('.%06dZ', s.logged_at % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."month" AS "month",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', s.retain_until / 1000000, 'unixepoch') || printf('.%06dZ', s.retain_until % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."sessions_count" AS "sessions_count",
  r."summarized_at" AS "summarized_at",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_session_summary AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 19);

CREATE VIEW transformation_activity AS
SELECT
  substr(t.started_at, 1, 10) AS "day",
  t.id AS "session_id",
  t.business_id AS "business_id",
  t.agent_id AS "agent_id",
  t.agent_type AS "agent_type",
  t.session_type AS "session_type",
  t.source_layer AS "source_layer",
  t.status AS "status",
  t.purpose AS "purpose",
  t.source_tables AS "source_tables",
  t.started_at AS "started_at",
  t.completed_at AS "completed_at",
  round((julianday(t.completed_at) - julianday(t.started_at)) * 86400, 3) AS "duration_seconds",
  (SELECT count(*) FROM ledger_transformation_operation AS o WHERE o.session_id = t.id AND o.revision = 1) AS "operations",
  (SELECT count(*) FROM ledger_output_artifact AS a WHERE a.session_id = t.id AND a.revision = 1) AS "outputs",
  (SELECT CAST(sum(CAST(o.input_row_count AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.id AND o.revision = 1) AS "rows_in",
  (SELECT CAST(sum(CAST(o.output_row_count AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.id AND o.revision = 1) AS "rows_out",
  (SELECT CAST(sum(CAST(o.execution_time_ms AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.id AND o.revision = 1) AS "execution_time_ms",
  t.error_message AS "error_message",
  t.conversation_id AS "conversation_id"
FROM transformation_session AS t;
