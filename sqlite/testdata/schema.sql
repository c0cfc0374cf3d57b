-- Daybook ledger in SQLite. Generated from the catalog of kinds; do not edit.
PRAGMA application_id = 1147238754;
PRAGMA user_version = 2;

CREATE TABLE spine (
  seq INTEGER PRIMARY KEY, -- the entry's place in the ledger, from 0 without gaps
  log_id BLOB NOT NULL UNIQUE, -- the 16 bytes of the UUID
  kind INTEGER NOT NULL, -- the number that the catalog gives the kind
  logged_at INTEGER NOT NULL, -- microseconds since 1970
  retain_until INTEGER NOT NULL, -- days from logged_at, or microseconds since 1970: see the view entries
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

CREATE TABLE known_columns (
  business TEXT NOT NULL,
  table_name TEXT NOT NULL COLLATE NOCASE,
  columns TEXT NOT NULL, -- their names as a JSON array, in order
  PRIMARY KEY (business, table_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE known_pattern (
  first INTEGER PRIMARY KEY, -- the seq of the entry that others repeat
  pattern BLOB NOT NULL UNIQUE -- 16 bytes that stand for what was done, by whom
) STRICT;

CREATE TABLE transfer (
  id INTEGER PRIMARY KEY CHECK (id = 1), -- one row, or none in a store that was never copied to or moved from
  state TEXT NOT NULL, -- '' where the ledger goes on here, else arriving, copy or moved
  transfer_id TEXT NOT NULL, -- of the copying; both stores of a move have the same
  peer TEXT NOT NULL, -- the other store
  marked_at INTEGER NOT NULL -- microseconds since 1970
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
  "business_id" ANY,
  "cache_read_tokens" INTEGER,
  "cache_write_tokens" INTEGER,
  "command_executed" TEXT,
  "conversation_id" ANY NOT NULL,
  "cost_usd" REAL,
  "duration_seconds" INTEGER,
  "ended_at" INTEGER,
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
  "started_at" INTEGER,
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
  "business_id" ANY,
  "confidence_level" REAL,
  "context_summary" TEXT,
  "conversation_id" ANY NOT NULL,
  "decision_made" TEXT,
  "model_used" TEXT,
  "options_considered" TEXT,
  "principal" TEXT NOT NULL,
  "rationale" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "step_number" INTEGER,
  "thinking_content" TEXT,
  "thinking_id" ANY NOT NULL,
  "thinking_type" TEXT,
  "timestamp" INTEGER,
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
  "business_id" ANY,
  "chosen_option" TEXT,
  "confidence" REAL,
  "context" TEXT,
  "conversation_id" ANY,
  "decided_at" INTEGER,
  "decision_id" ANY NOT NULL,
  "decision_summary" TEXT,
  "decision_type" TEXT,
  "human_override" TEXT,
  "human_review_at" INTEGER,
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

CREATE INDEX ledger_decision_logs_conversation_id ON ledger_decision_logs ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE TRIGGER ledger_decision_logs_no_update BEFORE UPDATE ON ledger_decision_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_decision_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_decision_logs_no_delete BEFORE DELETE ON ledger_decision_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_decision_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_action_logs (
  "seq" INTEGER PRIMARY KEY,
  "action_details" TEXT,
  "action_id" ANY NOT NULL,
  "action_target" TEXT,
  "action_type" TEXT,
  "agent_position" TEXT NOT NULL,
  "business_id" ANY,
  "completed_at" INTEGER,
  "conversation_id" ANY,
  "cost_usd" REAL,
  "duration_ms" INTEGER,
  "error_message" TEXT,
  "price_source" TEXT,
  "principal" TEXT NOT NULL,
  "result_summary" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" ANY,
  "started_at" INTEGER,
  "success" INTEGER,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_action_logs_subject ON ledger_action_logs ("action_id", "revision");

CREATE INDEX ledger_action_logs_agent ON ledger_action_logs ("agent_position", "started_at");

CREATE INDEX ledger_action_logs_conversation_id ON ledger_action_logs ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX ledger_action_logs_session_id ON ledger_action_logs ("session_id") WHERE "session_id" IS NOT NULL;

CREATE TRIGGER ledger_action_logs_no_update BEFORE UPDATE ON ledger_action_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_action_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_action_logs_no_delete BEFORE DELETE ON ledger_action_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_action_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_escalation_logs (
  "seq" INTEGER PRIMARY KEY,
  "acknowledged_at" INTEGER,
  "business_id" ANY,
  "description" TEXT,
  "escalated_at" INTEGER,
  "escalation_id" ANY NOT NULL,
  "escalation_type" TEXT,
  "principal" TEXT NOT NULL,
  "resolution" TEXT,
  "resolved_at" INTEGER,
  "resolved_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "sla_met" INTEGER,
  "sla_target" INTEGER,
  "source_agent" TEXT NOT NULL,
  "source_conversation_id" ANY,
  "subject" TEXT,
  "target" TEXT,
  "urgency" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_escalation_logs_subject ON ledger_escalation_logs ("escalation_id", "revision");

CREATE INDEX ledger_escalation_logs_agent ON ledger_escalation_logs ("source_agent", "escalated_at");

CREATE INDEX ledger_escalation_logs_source_conversation_id ON ledger_escalation_logs ("source_conversation_id") WHERE "source_conversation_id" IS NOT NULL;

CREATE TRIGGER ledger_escalation_logs_no_update BEFORE UPDATE ON ledger_escalation_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_escalation_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_escalation_logs_no_delete BEFORE DELETE ON ledger_escalation_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_escalation_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_mcp_usage_logs (
  "seq" INTEGER PRIMARY KEY,
  "agent_position" TEXT NOT NULL,
  "business_id" ANY,
  "called_at" INTEGER,
  "conversation_id" ANY,
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
  "session_id" ANY,
  "success" INTEGER,
  "tokens_used" INTEGER,
  "tool_name" TEXT NOT NULL,
  "usage_id" ANY NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_mcp_usage_logs_subject ON ledger_mcp_usage_logs ("usage_id", "revision");

CREATE INDEX ledger_mcp_usage_logs_agent ON ledger_mcp_usage_logs ("agent_position", "called_at");

CREATE INDEX ledger_mcp_usage_logs_conversation_id ON ledger_mcp_usage_logs ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX ledger_mcp_usage_logs_session_id ON ledger_mcp_usage_logs ("session_id") WHERE "session_id" IS NOT NULL;

CREATE TRIGGER ledger_mcp_usage_logs_no_update BEFORE UPDATE ON ledger_mcp_usage_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_mcp_usage_logs is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_mcp_usage_logs_no_delete BEFORE DELETE ON ledger_mcp_usage_logs BEGIN
  SELECT RAISE(ABORT, 'ledger_mcp_usage_logs is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_session (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" ANY NOT NULL,
  "agent_type" TEXT,
  "agent_version" TEXT,
  "business_id" ANY,
  "completed_at" INTEGER,
  "conversation_id" ANY,
  "data_end_date" TEXT,
  "data_start_date" TEXT,
  "error_message" TEXT,
  "facets" TEXT,
  "id" BLOB NOT NULL,
  "ingest_run_id" ANY,
  "operations_count" INTEGER,
  "outputs_count" INTEGER,
  "parent_session_id" BLOB,
  "principal" TEXT NOT NULL,
  "purpose" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_type" TEXT,
  "source_filters" TEXT,
  "source_layer" TEXT,
  "source_tables" TEXT,
  "started_at" INTEGER,
  "status" TEXT,
  "ticket_id" ANY,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_transformation_session_subject ON ledger_transformation_session ("id", "revision");

CREATE INDEX ledger_transformation_session_agent ON ledger_transformation_session ("agent_id", "started_at");

CREATE INDEX ledger_transformation_session_conversation_id ON ledger_transformation_session ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE TRIGGER ledger_transformation_session_no_update BEFORE UPDATE ON ledger_transformation_session BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_transformation_session_no_delete BEFORE DELETE ON ledger_transformation_session BEGIN
  SELECT RAISE(ABORT, 'ledger_transformation_session is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_transformation_operation (
  "seq" INTEGER PRIMARY KEY,
  "business_id" ANY,
  "created_at" INTEGER,
  "execution_time_ms" INTEGER,
  "id" INTEGER NOT NULL,
  "input_columns" TEXT,
  "input_row_count" INTEGER,
  "input_tables" TEXT,
  "lifecycle_state_change" TEXT,
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
  "session_id" BLOB NOT NULL,
  "transformation_logic" TEXT,
  "transformation_type" TEXT,
  "warnings" TEXT
) STRICT;

CREATE INDEX ledger_transformation_operation_output_table ON ledger_transformation_operation ("output_table") WHERE "output_table" IS NOT NULL;

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
  "business_id" ANY,
  "columns" TEXT,
  "created_at" INTEGER,
  "data_as_of" INTEGER,
  "data_end_date" TEXT,
  "data_start_date" TEXT,
  "description" TEXT,
  "expires_at" INTEGER,
  "facets" TEXT,
  "id" BLOB NOT NULL,
  "is_current" INTEGER,
  "metadata" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "row_count" INTEGER,
  "salt" BLOB NOT NULL,
  "session_id" BLOB NOT NULL,
  "source_tables" TEXT,
  "superseded_by_id" BLOB,
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
  "business_id" ANY,
  "created_at" INTEGER,
  "extractor_version" TEXT,
  "id" INTEGER NOT NULL,
  "invalidated_at" INTEGER,
  "is_current" INTEGER,
  "origin" TEXT,
  "principal" TEXT NOT NULL,
  "relationship_type" TEXT NOT NULL,
  "resolution" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" BLOB,
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

CREATE UNIQUE INDEX ledger_lineage_edge_subject ON ledger_lineage_edge ("id", "revision") WHERE revision > 1;

CREATE INDEX ledger_lineage_edge_source_piece ON ledger_lineage_edge (source_name, is_current, source_column) WHERE coalesce(source_schema, '') = '';

CREATE INDEX ledger_lineage_edge_source_all ON ledger_lineage_edge (source_name, is_current) WHERE coalesce(source_column, '') = '*';

CREATE INDEX ledger_lineage_edge_target_piece ON ledger_lineage_edge (target_name, is_current, target_column) WHERE coalesce(target_schema, '') = '';

CREATE INDEX ledger_lineage_edge_target_all ON ledger_lineage_edge (target_name, is_current) WHERE coalesce(target_column, '') = '*';

CREATE INDEX ledger_lineage_edge_session_id ON ledger_lineage_edge ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX ledger_lineage_edge_source_name ON ledger_lineage_edge ("source_name", "is_current", "source_column");

CREATE INDEX ledger_lineage_edge_target_name ON ledger_lineage_edge ("target_name", "is_current", "target_column");

CREATE TRIGGER ledger_lineage_edge_no_update BEFORE UPDATE ON ledger_lineage_edge BEGIN
  SELECT RAISE(ABORT, 'ledger_lineage_edge is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_lineage_edge_no_delete BEFORE DELETE ON ledger_lineage_edge BEGIN
  SELECT RAISE(ABORT, 'ledger_lineage_edge is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_ingest_run (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" ANY,
  "business_id" ANY,
  "completed_at" INTEGER,
  "error_message" TEXT,
  "id" BLOB NOT NULL,
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
  "started_at" INTEGER,
  "status" TEXT,
  "target_table" TEXT,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_ingest_run_subject ON ledger_ingest_run ("id", "revision");

CREATE INDEX ledger_ingest_run_agent ON ledger_ingest_run ("agent_id", "started_at");

CREATE INDEX ledger_ingest_run_target_table ON ledger_ingest_run ("target_table") WHERE "target_table" IS NOT NULL;

CREATE TRIGGER ledger_ingest_run_no_update BEFORE UPDATE ON ledger_ingest_run BEGIN
  SELECT RAISE(ABORT, 'ledger_ingest_run is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_ingest_run_no_delete BEFORE DELETE ON ledger_ingest_run BEGIN
  SELECT RAISE(ABORT, 'ledger_ingest_run is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_validation_status (
  "seq" INTEGER PRIMARY KEY,
  "agent_id" ANY,
  "business_id" ANY,
  "id" BLOB NOT NULL,
  "ingest_run_id" ANY,
  "issue_count" INTEGER,
  "issues" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_id" ANY,
  "status" TEXT NOT NULL,
  "table_name" TEXT,
  "validated_at" INTEGER,
  "validation_type" TEXT NOT NULL,
  "warnings" TEXT
) STRICT;

CREATE UNIQUE INDEX ledger_validation_status_subject ON ledger_validation_status ("id", "revision");

CREATE INDEX ledger_validation_status_agent ON ledger_validation_status ("agent_id", "validated_at");

CREATE INDEX ledger_validation_status_session_id ON ledger_validation_status ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX ledger_validation_status_table_name ON ledger_validation_status ("table_name") WHERE "table_name" IS NOT NULL;

CREATE TRIGGER ledger_validation_status_no_update BEFORE UPDATE ON ledger_validation_status BEGIN
  SELECT RAISE(ABORT, 'ledger_validation_status is append-only, no UPDATE: append an amendment instead');
END;

CREATE TRIGGER ledger_validation_status_no_delete BEFORE DELETE ON ledger_validation_status BEGIN
  SELECT RAISE(ABORT, 'ledger_validation_status is append-only, no DELETE: append an amendment instead');
END;

CREATE TABLE ledger_log_access_audit (
  "seq" INTEGER PRIMARY KEY,
  "access_id" ANY NOT NULL,
  "accessed_at" INTEGER,
  "action" TEXT NOT NULL,
  "business_id" ANY,
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
  "business_id" ANY,
  "details" TEXT,
  "event_type" TEXT NOT NULL,
  "id" BLOB NOT NULL,
  "ip_address" TEXT,
  "occurred_at" INTEGER,
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
  "business_id" ANY,
  "bytes_freed" INTEGER,
  "completed_at" INTEGER,
  "cutoff" INTEGER,
  "entries_expired" INTEGER,
  "error_message" TEXT,
  "id" BLOB NOT NULL,
  "policy" TEXT,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "started_at" INTEGER,
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
  "business_id" ANY,
  "id" BLOB NOT NULL,
  "placed_at" INTEGER,
  "placed_by" TEXT,
  "principal" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "released_at" INTEGER,
  "released_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "target_id" ANY,
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
  "business_id" ANY,
  "erased_at" INTEGER,
  "id" BLOB NOT NULL,
  "log_ids" TEXT,
  "principal" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "requested_by" TEXT,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "target_id" ANY NOT NULL,
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
  "agent_id" ANY NOT NULL,
  "agent_type" TEXT,
  "archived_at" INTEGER,
  "business_id" ANY,
  "completed_at" INTEGER,
  "id" BLOB NOT NULL,
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
  "started_at" INTEGER,
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
  "agent_id" ANY NOT NULL,
  "agent_type" TEXT,
  "business_id" ANY,
  "completed_count" INTEGER,
  "failed_count" INTEGER,
  "id" BLOB NOT NULL,
  "month" TEXT NOT NULL,
  "operations_count" INTEGER,
  "outputs_count" INTEGER,
  "principal" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "salt" BLOB NOT NULL,
  "session_type" TEXT,
  "sessions_count" INTEGER,
  "summarized_at" INTEGER,
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
  strftime('%Y-%m-%dT%H:%M:%S', (logged_at - (logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (logged_at % 1000000 + 1000000) % 1000000) AS "logged_at",
  strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN retain_until < 0 THEN retain_until WHEN retain_until < 4000000 THEN logged_at + retain_until * 86400000000 ELSE retain_until - 4000000 END) - ((CASE WHEN retain_until < 0 THEN retain_until WHEN retain_until < 4000000 THEN logged_at + retain_until * 86400000000 ELSE retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN retain_until < 0 THEN retain_until WHEN retain_until < 4000000 THEN logged_at + retain_until * 86400000000 ELSE retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) AS "retain_until",
  lower(hex(log_hash)) AS "log_hash"
FROM spine;

CREATE VIEW conversations AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."cache_read_tokens" AS "cache_read_tokens",
  r."cache_write_tokens" AS "cache_write_tokens",
  r."command_executed" AS "command_executed",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_seconds" AS "duration_seconds",
  CASE WHEN r."ended_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."ended_at" - (r."ended_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."ended_at" % 1000000 + 1000000) % 1000000) END AS "ended_at",
  r."error_message" AS "error_message",
  r."input_tokens" AS "input_tokens",
  r."ip_address" AS "ip_address",
  'conversations' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."model_name" AS "model_name",
  r."model_provider" AS "model_provider",
  r."model_version" AS "model_version",
  r."output_tokens" AS "output_tokens",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."reasoning_tokens" AS "reasoning_tokens",
  r."response_preview" AS "response_preview",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."status" AS "status",
  r."total_tokens" AS "total_tokens",
  r."user_agent" AS "user_agent",
  r."user_prompt_preview" AS "user_prompt_preview",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_conversations AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 1)
  AND NOT EXISTS (SELECT 1 FROM ledger_conversations AS n WHERE n."conversation_id" = r."conversation_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW thinking_logs AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."confidence_level" AS "confidence_level",
  r."context_summary" AS "context_summary",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  r."decision_made" AS "decision_made",
  'thinking_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."model_used" AS "model_used",
  r."options_considered" AS "options_considered",
  r."principal" AS "principal",
  r."rationale" AS "rationale",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."step_number" AS "step_number",
  r."thinking_content" AS "thinking_content",
  CASE typeof(r."thinking_id") WHEN 'blob' THEN lower(substr(hex(r."thinking_id"), 1, 8) || '-' || substr(hex(r."thinking_id"), 9, 4) || '-' || substr(hex(r."thinking_id"), 13, 4) || '-' || substr(hex(r."thinking_id"), 17, 4) || '-' || substr(hex(r."thinking_id"), 21, 12)) ELSE r."thinking_id" END AS "thinking_id",
  r."thinking_type" AS "thinking_type",
  CASE WHEN r."timestamp" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."timestamp" - (r."timestamp" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."timestamp" % 1000000 + 1000000) % 1000000) END AS "timestamp",
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
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."chosen_option" AS "chosen_option",
  r."confidence" AS "confidence",
  r."context" AS "context",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  CASE WHEN r."decided_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."decided_at" - (r."decided_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."decided_at" % 1000000 + 1000000) % 1000000) END AS "decided_at",
  CASE typeof(r."decision_id") WHEN 'blob' THEN lower(substr(hex(r."decision_id"), 1, 8) || '-' || substr(hex(r."decision_id"), 9, 4) || '-' || substr(hex(r."decision_id"), 13, 4) || '-' || substr(hex(r."decision_id"), 17, 4) || '-' || substr(hex(r."decision_id"), 21, 12)) ELSE r."decision_id" END AS "decision_id",
  r."decision_summary" AS "decision_summary",
  r."decision_type" AS "decision_type",
  r."human_override" AS "human_override",
  CASE WHEN r."human_review_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."human_review_at" - (r."human_review_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."human_review_at" % 1000000 + 1000000) % 1000000) END AS "human_review_at",
  r."human_reviewed" AS "human_reviewed",
  r."human_reviewer" AS "human_reviewer",
  'decision_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."options_evaluated" AS "options_evaluated",
  r."principal" AS "principal",
  r."rationale" AS "rationale",
  r."requires_human_review" AS "requires_human_review",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_decision_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 3)
  AND NOT EXISTS (SELECT 1 FROM ledger_decision_logs AS n WHERE n."decision_id" = r."decision_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW action_logs AS
SELECT
  r.seq AS "seq",
  r."action_details" AS "action_details",
  CASE typeof(r."action_id") WHEN 'blob' THEN lower(substr(hex(r."action_id"), 1, 8) || '-' || substr(hex(r."action_id"), 9, 4) || '-' || substr(hex(r."action_id"), 13, 4) || '-' || substr(hex(r."action_id"), 17, 4) || '-' || substr(hex(r."action_id"), 21, 12)) ELSE r."action_id" END AS "action_id",
  r."action_target" AS "action_target",
  r."action_type" AS "action_type",
  r."agent_position" AS "agent_position",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."completed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."completed_at" - (r."completed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."completed_at" % 1000000 + 1000000) % 1000000) END AS "completed_at",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_ms" AS "duration_ms",
  r."error_message" AS "error_message",
  'action_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."result_summary" AS "result_summary",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE typeof(r."session_id") WHEN 'blob' THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) ELSE r."session_id" END AS "session_id",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."success" AS "success",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_action_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 4)
  AND NOT EXISTS (SELECT 1 FROM ledger_action_logs AS n WHERE n."action_id" = r."action_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW escalation_logs AS
SELECT
  r.seq AS "seq",
  CASE WHEN r."acknowledged_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."acknowledged_at" - (r."acknowledged_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."acknowledged_at" % 1000000 + 1000000) % 1000000) END AS "acknowledged_at",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."description" AS "description",
  CASE WHEN r."escalated_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."escalated_at" - (r."escalated_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."escalated_at" % 1000000 + 1000000) % 1000000) END AS "escalated_at",
  CASE typeof(r."escalation_id") WHEN 'blob' THEN lower(substr(hex(r."escalation_id"), 1, 8) || '-' || substr(hex(r."escalation_id"), 9, 4) || '-' || substr(hex(r."escalation_id"), 13, 4) || '-' || substr(hex(r."escalation_id"), 17, 4) || '-' || substr(hex(r."escalation_id"), 21, 12)) ELSE r."escalation_id" END AS "escalation_id",
  r."escalation_type" AS "escalation_type",
  'escalation_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  r."resolution" AS "resolution",
  CASE WHEN r."resolved_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."resolved_at" - (r."resolved_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."resolved_at" % 1000000 + 1000000) % 1000000) END AS "resolved_at",
  r."resolved_by" AS "resolved_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."sla_met" AS "sla_met",
  CASE WHEN r."sla_target" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."sla_target" - (r."sla_target" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."sla_target" % 1000000 + 1000000) % 1000000) END AS "sla_target",
  r."source_agent" AS "source_agent",
  CASE typeof(r."source_conversation_id") WHEN 'blob' THEN lower(substr(hex(r."source_conversation_id"), 1, 8) || '-' || substr(hex(r."source_conversation_id"), 9, 4) || '-' || substr(hex(r."source_conversation_id"), 13, 4) || '-' || substr(hex(r."source_conversation_id"), 17, 4) || '-' || substr(hex(r."source_conversation_id"), 21, 12)) ELSE r."source_conversation_id" END AS "source_conversation_id",
  r."subject" AS "subject",
  r."target" AS "target",
  r."urgency" AS "urgency",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_escalation_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 5)
  AND NOT EXISTS (SELECT 1 FROM ledger_escalation_logs AS n WHERE n."escalation_id" = r."escalation_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW mcp_usage_logs AS
SELECT
  r.seq AS "seq",
  r."agent_position" AS "agent_position",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."called_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."called_at" - (r."called_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."called_at" % 1000000 + 1000000) % 1000000) END AS "called_at",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  r."cost_usd" AS "cost_usd",
  r."duration_ms" AS "duration_ms",
  r."error_message" AS "error_message",
  'mcp_usage_logs' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."parameters" AS "parameters",
  r."price_source" AS "price_source",
  r."principal" AS "principal",
  r."result_summary" AS "result_summary",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."server_name" AS "server_name",
  CASE typeof(r."session_id") WHEN 'blob' THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) ELSE r."session_id" END AS "session_id",
  r."success" AS "success",
  r."tokens_used" AS "tokens_used",
  r."tool_name" AS "tool_name",
  CASE typeof(r."usage_id") WHEN 'blob' THEN lower(substr(hex(r."usage_id"), 1, 8) || '-' || substr(hex(r."usage_id"), 9, 4) || '-' || substr(hex(r."usage_id"), 13, 4) || '-' || substr(hex(r."usage_id"), 17, 4) || '-' || substr(hex(r."usage_id"), 21, 12)) ELSE r."usage_id" END AS "usage_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_mcp_usage_logs AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 6)
  AND NOT EXISTS (SELECT 1 FROM ledger_mcp_usage_logs AS n WHERE n."usage_id" = r."usage_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW transformation_session AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."agent_id") WHEN 'blob' THEN lower(substr(hex(r."agent_id"), 1, 8) || '-' || substr(hex(r."agent_id"), 9, 4) || '-' || substr(hex(r."agent_id"), 13, 4) || '-' || substr(hex(r."agent_id"), 17, 4) || '-' || substr(hex(r."agent_id"), 21, 12)) ELSE r."agent_id" END AS "agent_id",
  r."agent_type" AS "agent_type",
  r."agent_version" AS "agent_version",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."completed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."completed_at" - (r."completed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."completed_at" % 1000000 + 1000000) % 1000000) END AS "completed_at",
  CASE typeof(r."conversation_id") WHEN 'blob' THEN lower(substr(hex(r."conversation_id"), 1, 8) || '-' || substr(hex(r."conversation_id"), 9, 4) || '-' || substr(hex(r."conversation_id"), 13, 4) || '-' || substr(hex(r."conversation_id"), 17, 4) || '-' || substr(hex(r."conversation_id"), 21, 12)) ELSE r."conversation_id" END AS "conversation_id",
  r."data_end_date" AS "data_end_date",
  r."data_start_date" AS "data_start_date",
  r."error_message" AS "error_message",
  r."facets" AS "facets",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  CASE typeof(r."ingest_run_id") WHEN 'blob' THEN lower(substr(hex(r."ingest_run_id"), 1, 8) || '-' || substr(hex(r."ingest_run_id"), 9, 4) || '-' || substr(hex(r."ingest_run_id"), 13, 4) || '-' || substr(hex(r."ingest_run_id"), 17, 4) || '-' || substr(hex(r."ingest_run_id"), 21, 12)) ELSE r."ingest_run_id" END AS "ingest_run_id",
  'transformation_session' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  CASE WHEN r."parent_session_id" IS NOT NULL THEN lower(substr(hex(r."parent_session_id"), 1, 8) || '-' || substr(hex(r."parent_session_id"), 9, 4) || '-' || substr(hex(r."parent_session_id"), 13, 4) || '-' || substr(hex(r."parent_session_id"), 17, 4) || '-' || substr(hex(r."parent_session_id"), 21, 12)) END AS "parent_session_id",
  r."principal" AS "principal",
  r."purpose" AS "purpose",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."source_filters" AS "source_filters",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."status" AS "status",
  CASE typeof(r."ticket_id") WHEN 'blob' THEN lower(substr(hex(r."ticket_id"), 1, 8) || '-' || substr(hex(r."ticket_id"), 9, 4) || '-' || substr(hex(r."ticket_id"), 13, 4) || '-' || substr(hex(r."ticket_id"), 17, 4) || '-' || substr(hex(r."ticket_id"), 21, 12)) ELSE r."ticket_id" END AS "ticket_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_session AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 7)
  AND NOT EXISTS (SELECT 1 FROM ledger_transformation_session AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW transformation_operation AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."created_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."created_at" - (r."created_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."created_at" % 1000000 + 1000000) % 1000000) END AS "created_at",
  r."execution_time_ms" AS "execution_time_ms",
  r."id" AS "id",
  r."input_columns" AS "input_columns",
  r."input_row_count" AS "input_row_count",
  r."input_tables" AS "input_tables",
  'transformation_operation' AS "kind",
  r."lifecycle_state_change" AS "lifecycle_state_change",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operation_order" AS "operation_order",
  r."operation_type" AS "operation_type",
  r."output_columns" AS "output_columns",
  r."output_row_count" AS "output_row_count",
  r."output_table" AS "output_table",
  r."parameters" AS "parameters",
  r."pattern_id" AS "pattern_id",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE WHEN r."session_id" IS NOT NULL THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) END AS "session_id",
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
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."columns" AS "columns",
  CASE WHEN r."created_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."created_at" - (r."created_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."created_at" % 1000000 + 1000000) % 1000000) END AS "created_at",
  CASE WHEN r."data_as_of" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."data_as_of" - (r."data_as_of" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."data_as_of" % 1000000 + 1000000) % 1000000) END AS "data_as_of",
  r."data_end_date" AS "data_end_date",
  r."data_start_date" AS "data_start_date",
  r."description" AS "description",
  CASE WHEN r."expires_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."expires_at" - (r."expires_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."expires_at" % 1000000 + 1000000) % 1000000) END AS "expires_at",
  r."facets" AS "facets",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  r."is_current" AS "is_current",
  'output_artifact' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."metadata" AS "metadata",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  r."row_count" AS "row_count",
  lower(hex(r."salt")) AS "salt",
  CASE WHEN r."session_id" IS NOT NULL THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) END AS "session_id",
  r."source_tables" AS "source_tables",
  CASE WHEN r."superseded_by_id" IS NOT NULL THEN lower(substr(hex(r."superseded_by_id"), 1, 8) || '-' || substr(hex(r."superseded_by_id"), 9, 4) || '-' || substr(hex(r."superseded_by_id"), 13, 4) || '-' || substr(hex(r."superseded_by_id"), 17, 4) || '-' || substr(hex(r."superseded_by_id"), 21, 12)) END AS "superseded_by_id",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_output_artifact AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 9)
  AND NOT EXISTS (SELECT 1 FROM ledger_output_artifact AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW lineage_edge AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."created_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."created_at" - (r."created_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."created_at" % 1000000 + 1000000) % 1000000) END AS "created_at",
  r."extractor_version" AS "extractor_version",
  r."id" AS "id",
  CASE WHEN r."invalidated_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."invalidated_at" - (r."invalidated_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."invalidated_at" % 1000000 + 1000000) % 1000000) END AS "invalidated_at",
  r."is_current" AS "is_current",
  'lineage_edge' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."origin" AS "origin",
  r."principal" AS "principal",
  r."relationship_type" AS "relationship_type",
  r."resolution" AS "resolution",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE WHEN r."session_id" IS NOT NULL THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) END AS "session_id",
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
  AND NOT EXISTS (SELECT 1 FROM ledger_lineage_edge AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1)
  AND r.is_current IS NOT NULL;

CREATE VIEW ingest_run AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."agent_id") WHEN 'blob' THEN lower(substr(hex(r."agent_id"), 1, 8) || '-' || substr(hex(r."agent_id"), 9, 4) || '-' || substr(hex(r."agent_id"), 13, 4) || '-' || substr(hex(r."agent_id"), 17, 4) || '-' || substr(hex(r."agent_id"), 21, 12)) ELSE r."agent_id" END AS "agent_id",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."completed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."completed_at" - (r."completed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."completed_at" % 1000000 + 1000000) % 1000000) END AS "completed_at",
  r."error_message" AS "error_message",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  r."job_type" AS "job_type",
  'ingest_run' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."metadata" AS "metadata",
  r."principal" AS "principal",
  r."records_failed" AS "records_failed",
  r."records_fetched" AS "records_fetched",
  r."records_inserted" AS "records_inserted",
  r."records_updated" AS "records_updated",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."source" AS "source",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."status" AS "status",
  r."target_table" AS "target_table",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_ingest_run AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 11)
  AND NOT EXISTS (SELECT 1 FROM ledger_ingest_run AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW validation_status AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."agent_id") WHEN 'blob' THEN lower(substr(hex(r."agent_id"), 1, 8) || '-' || substr(hex(r."agent_id"), 9, 4) || '-' || substr(hex(r."agent_id"), 13, 4) || '-' || substr(hex(r."agent_id"), 17, 4) || '-' || substr(hex(r."agent_id"), 21, 12)) ELSE r."agent_id" END AS "agent_id",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  CASE typeof(r."ingest_run_id") WHEN 'blob' THEN lower(substr(hex(r."ingest_run_id"), 1, 8) || '-' || substr(hex(r."ingest_run_id"), 9, 4) || '-' || substr(hex(r."ingest_run_id"), 13, 4) || '-' || substr(hex(r."ingest_run_id"), 17, 4) || '-' || substr(hex(r."ingest_run_id"), 21, 12)) ELSE r."ingest_run_id" END AS "ingest_run_id",
  r."issue_count" AS "issue_count",
  r."issues" AS "issues",
  'validation_status' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE typeof(r."session_id") WHEN 'blob' THEN lower(substr(hex(r."session_id"), 1, 8) || '-' || substr(hex(r."session_id"), 9, 4) || '-' || substr(hex(r."session_id"), 13, 4) || '-' || substr(hex(r."session_id"), 17, 4) || '-' || substr(hex(r."session_id"), 21, 12)) ELSE r."session_id" END AS "session_id",
  r."status" AS "status",
  r."table_name" AS "table_name",
  CASE WHEN r."validated_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."validated_at" - (r."validated_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."validated_at" % 1000000 + 1000000) % 1000000) END AS "validated_at",
  r."validation_type" AS "validation_type",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_validation_status AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 12);

CREATE VIEW log_access_audit AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."access_id") WHEN 'blob' THEN lower(substr(hex(r."access_id"), 1, 8) || '-' || substr(hex(r."access_id"), 9, 4) || '-' || substr(hex(r."access_id"), 13, 4) || '-' || substr(hex(r."access_id"), 17, 4) || '-' || substr(hex(r."access_id"), 21, 12)) ELSE r."access_id" END AS "access_id",
  CASE WHEN r."accessed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."accessed_at" - (r."accessed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."accessed_at" % 1000000 + 1000000) % 1000000) END AS "accessed_at",
  r."action" AS "action",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."duration_ms" AS "duration_ms",
  r."ip_address" AS "ip_address",
  'log_access_audit' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."outcome" AS "outcome",
  r."parameters" AS "parameters",
  r."principal" AS "principal",
  r."query_text" AS "query_text",
  r."read_count" AS "read_count",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
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
  AND NOT EXISTS (SELECT 1 FROM ledger_log_access_audit AS n WHERE n."access_id" = r."access_id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW ledger_event AS
SELECT
  r.seq AS "seq",
  r."actor" AS "actor",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."details" AS "details",
  r."event_type" AS "event_type",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  r."ip_address" AS "ip_address",
  'ledger_event' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  CASE WHEN r."occurred_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."occurred_at" - (r."occurred_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."occurred_at" % 1000000 + 1000000) % 1000000) END AS "occurred_at",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
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
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."bytes_freed" AS "bytes_freed",
  CASE WHEN r."completed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."completed_at" - (r."completed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."completed_at" % 1000000 + 1000000) % 1000000) END AS "completed_at",
  CASE WHEN r."cutoff" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."cutoff" - (r."cutoff" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."cutoff" % 1000000 + 1000000) % 1000000) END AS "cutoff",
  r."entries_expired" AS "entries_expired",
  r."error_message" AS "error_message",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  'retention_run' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."policy" AS "policy",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."status" AS "status",
  r."target_kinds" AS "target_kinds",
  r."tier" AS "tier",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_retention_run AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 15)
  AND NOT EXISTS (SELECT 1 FROM ledger_retention_run AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW retention_hold AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  'retention_hold' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  CASE WHEN r."placed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."placed_at" - (r."placed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."placed_at" % 1000000 + 1000000) % 1000000) END AS "placed_at",
  r."placed_by" AS "placed_by",
  r."principal" AS "principal",
  r."reason" AS "reason",
  CASE WHEN r."released_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."released_at" - (r."released_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."released_at" % 1000000 + 1000000) % 1000000) END AS "released_at",
  r."released_by" AS "released_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE typeof(r."target_id") WHEN 'blob' THEN lower(substr(hex(r."target_id"), 1, 8) || '-' || substr(hex(r."target_id"), 9, 4) || '-' || substr(hex(r."target_id"), 13, 4) || '-' || substr(hex(r."target_id"), 17, 4) || '-' || substr(hex(r."target_id"), 21, 12)) ELSE r."target_id" END AS "target_id",
  r."target_kind" AS "target_kind",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_retention_hold AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 16)
  AND NOT EXISTS (SELECT 1 FROM ledger_retention_hold AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

CREATE VIEW erasure AS
SELECT
  r.seq AS "seq",
  r."approved_by" AS "approved_by",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."erased_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."erased_at" - (r."erased_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."erased_at" % 1000000 + 1000000) % 1000000) END AS "erased_at",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  'erasure' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."log_ids" AS "log_ids",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."principal" AS "principal",
  r."reason" AS "reason",
  r."requested_by" AS "requested_by",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  CASE typeof(r."target_id") WHEN 'blob' THEN lower(substr(hex(r."target_id"), 1, 8) || '-' || substr(hex(r."target_id"), 9, 4) || '-' || substr(hex(r."target_id"), 13, 4) || '-' || substr(hex(r."target_id"), 17, 4) || '-' || substr(hex(r."target_id"), 21, 12)) ELSE r."target_id" END AS "target_id",
  r."target_kind" AS "target_kind",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_erasure AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 17);

CREATE VIEW transformation_session_archive AS
SELECT
  r.seq AS "seq",
  CASE typeof(r."agent_id") WHEN 'blob' THEN lower(substr(hex(r."agent_id"), 1, 8) || '-' || substr(hex(r."agent_id"), 9, 4) || '-' || substr(hex(r."agent_id"), 13, 4) || '-' || substr(hex(r."agent_id"), 17, 4) || '-' || substr(hex(r."agent_id"), 21, 12)) ELSE r."agent_id" END AS "agent_id",
  r."agent_type" AS "agent_type",
  CASE WHEN r."archived_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."archived_at" - (r."archived_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."archived_at" % 1000000 + 1000000) % 1000000) END AS "archived_at",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  CASE WHEN r."completed_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."completed_at" - (r."completed_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."completed_at" % 1000000 + 1000000) % 1000000) END AS "completed_at",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  'transformation_session_archive' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."operations" AS "operations",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."principal" AS "principal",
  r."purpose" AS "purpose",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  CASE WHEN r."started_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."started_at" - (r."started_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."started_at" % 1000000 + 1000000) % 1000000) END AS "started_at",
  r."status" AS "status",
  r."warnings" AS "warnings",
  (SELECT lower(hex(s.log_hash)) FROM spine AS s WHERE s.seq = r.seq) AS "log_hash"
FROM ledger_transformation_session_archive AS r
WHERE EXISTS (SELECT 1 FROM spine AS s WHERE s.seq = r.seq AND s.kind = 18);

CREATE VIEW transformation_session_summary AS
SELECT
  r.seq AS "seq",
  r."abandoned_count" AS "abandoned_count",
  CASE typeof(r."agent_id") WHEN 'blob' THEN lower(substr(hex(r."agent_id"), 1, 8) || '-' || substr(hex(r."agent_id"), 9, 4) || '-' || substr(hex(r."agent_id"), 13, 4) || '-' || substr(hex(r."agent_id"), 17, 4) || '-' || substr(hex(r."agent_id"), 21, 12)) ELSE r."agent_id" END AS "agent_id",
  r."agent_type" AS "agent_type",
  CASE typeof(r."business_id") WHEN 'blob' THEN lower(substr(hex(r."business_id"), 1, 8) || '-' || substr(hex(r."business_id"), 9, 4) || '-' || substr(hex(r."business_id"), 13, 4) || '-' || substr(hex(r."business_id"), 17, 4) || '-' || substr(hex(r."business_id"), 21, 12)) WHEN 'integer' THEN 'default' ELSE r."business_id" END AS "business_id",
  r."completed_count" AS "completed_count",
  r."failed_count" AS "failed_count",
  CASE WHEN r."id" IS NOT NULL THEN lower(substr(hex(r."id"), 1, 8) || '-' || substr(hex(r."id"), 9, 4) || '-' || substr(hex(r."id"), 13, 4) || '-' || substr(hex(r."id"), 17, 4) || '-' || substr(hex(r."id"), 21, 12)) END AS "id",
  'transformation_session_summary' AS "kind",
  (SELECT lower(substr(hex(s.log_id), 1, 8) || '-' || substr(hex(s.log_id), 9, 4) || '-' || substr(hex(s.log_id), 13, 4) || '-' || substr(hex(s.log_id), 17, 4) || '-' || substr(hex(s.log_id), 21, 12)) FROM spine AS s WHERE s.seq = r.seq) AS "log_id",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', (s.logged_at - (s.logged_at % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (s.logged_at % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "logged_at",
  r."month" AS "month",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."principal" AS "principal",
  (SELECT strftime('%Y-%m-%dT%H:%M:%S', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) - ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', ((CASE WHEN s.retain_until < 0 THEN s.retain_until WHEN s.retain_until < 4000000 THEN s.logged_at + s.retain_until * 86400000000 ELSE s.retain_until - 4000000 END) % 1000000 + 1000000) % 1000000) FROM spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  lower(hex(r."salt")) AS "salt",
  r."session_type" AS "session_type",
  r."sessions_count" AS "sessions_count",
  CASE WHEN r."summarized_at" IS NOT NULL THEN strftime('%Y-%m-%dT%H:%M:%S', (r."summarized_at" - (r."summarized_at" % 1000000 + 1000000) % 1000000) / 1000000, 'unixepoch') || printf('.%06dZ', (r."summarized_at" % 1000000 + 1000000) % 1000000) END AS "summarized_at",
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
  (SELECT count(*) FROM ledger_transformation_operation AS o WHERE o.session_id = t.row_id AND o.revision = 1) AS "operations",
  (SELECT count(*) FROM ledger_output_artifact AS o WHERE o.session_id = t.row_id AND o.revision = 1) AS "outputs",
  (SELECT CAST(sum(CAST(o.input_row_count AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.row_id AND o.revision = 1) AS "rows_in",
  (SELECT CAST(sum(CAST(o.output_row_count AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.row_id AND o.revision = 1) AS "rows_out",
  (SELECT CAST(sum(CAST(o.execution_time_ms AS REAL)) AS INTEGER) FROM ledger_transformation_operation AS o WHERE o.session_id = t.row_id AND o.revision = 1) AS "execution_time_ms",
  t.error_message AS "error_message",
  t.conversation_id AS "conversation_id"
FROM (SELECT r.id AS row_id, v.* FROM transformation_session AS v CROSS JOIN ledger_transformation_session AS r ON r.seq = v.seq) AS t;
