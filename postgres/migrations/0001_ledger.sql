-- +goose Up

CREATE SCHEMA IF NOT EXISTS {{ledger}};

CREATE TABLE {{ledger}}.spine (
  seq bigint PRIMARY KEY, -- the entry's place in the ledger, from 0 without gaps
  log_id uuid NOT NULL UNIQUE,
  kind smallint NOT NULL, -- the number that the catalog gives the kind
  logged_at timestamptz NOT NULL,
  retain_until timestamptz NOT NULL,
  log_hash bytea NOT NULL -- SHA-256 of the entry's canonical form
);

CREATE TABLE {{ledger}}.tile (
  level smallint NOT NULL,
  tile_index bigint NOT NULL,
  hashes bytea NOT NULL, -- 256 hashes of 32 bytes
  PRIMARY KEY (level, tile_index)
);

CREATE TABLE {{ledger}}.head (
  id smallint PRIMARY KEY CHECK (id = 1), -- one row
  ledger_id uuid NOT NULL,
  size bigint NOT NULL, -- entries in the ledger
  root bytea NOT NULL, -- of the Merkle tree over them
  logged_at timestamptz -- of the newest
);

INSERT INTO {{ledger}}.head (id, ledger_id, size, root) VALUES (1, gen_random_uuid(), 0, '\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');

CREATE TABLE {{ledger}}.checkpoint (
  id smallint PRIMARY KEY CHECK (id = 1), -- one row
  size bigint NOT NULL, -- of the ledger that was signed
  signed bytea NOT NULL -- a C2SP signed note
);

CREATE TABLE {{ledger}}.token (
  id text COLLATE "C" PRIMARY KEY, -- the public part of the token's text
  name text NOT NULL, -- the principal's
  role text NOT NULL,
  business text NOT NULL, -- '' for all
  agent text NOT NULL, -- '' for any
  hash bytea NOT NULL, -- SHA-256 of the secret
  created_at timestamptz NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  mac bytea NOT NULL, -- HMAC-SHA256 over all of the above
  last_used_at timestamptz
);
CREATE UNIQUE INDEX token_name ON {{ledger}}.token (lower(name COLLATE "C"));

CREATE TABLE {{ledger}}.known_columns (
  business text COLLATE "C" NOT NULL,
  table_name text COLLATE "C" NOT NULL, -- in lower case
  columns text[] NOT NULL, -- their names in order
  PRIMARY KEY (business, table_name)
);

CREATE TABLE {{ledger}}.known_pattern (
  first bigint PRIMARY KEY, -- the seq of the entry that others repeat
  pattern bytea NOT NULL UNIQUE -- 16 bytes that stand for what was done, by whom
);

CREATE TABLE {{ledger}}."conversations" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_position" text COLLATE "C",
  "business_id" text COLLATE "C",
  "cache_read_tokens" bigint,
  "cache_write_tokens" bigint,
  "command_executed" text COLLATE "C",
  "conversation_id" text COLLATE "C",
  "cost_usd" double precision,
  "duration_seconds" bigint,
  "ended_at" timestamptz,
  "error_message" text COLLATE "C",
  "input_tokens" bigint,
  "ip_address" text COLLATE "C",
  "model_name" text COLLATE "C",
  "model_provider" text COLLATE "C",
  "model_version" text COLLATE "C",
  "output_tokens" bigint,
  "price_source" text COLLATE "C",
  "principal" text COLLATE "C",
  "reasoning_tokens" bigint,
  "response_preview" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "started_at" timestamptz,
  "status" text COLLATE "C",
  "total_tokens" bigint,
  "user_agent" text COLLATE "C",
  "user_prompt_preview" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "conversations_subject" ON {{ledger}}."conversations" ("conversation_id", revision);

CREATE INDEX "conversations_agent" ON {{ledger}}."conversations" ("agent_position", "started_at");

CREATE INDEX "conversations_times" ON {{ledger}}."conversations" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."thinking_logs" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_position" text COLLATE "C",
  "business_id" text COLLATE "C",
  "confidence_level" double precision,
  "context_summary" text COLLATE "C",
  "conversation_id" text COLLATE "C",
  "decision_made" text COLLATE "C",
  "model_used" text COLLATE "C",
  "options_considered" text[] COLLATE "C",
  "principal" text COLLATE "C",
  "rationale" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "step_number" bigint,
  "thinking_content" text COLLATE "C",
  "thinking_id" text COLLATE "C",
  "thinking_type" text COLLATE "C",
  "timestamp" timestamptz,
  "token_count" bigint,
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq, logged_at)
) PARTITION BY RANGE (logged_at);

CREATE TABLE {{ledger}}."thinking_logs_default" PARTITION OF {{ledger}}."thinking_logs" DEFAULT;

CREATE INDEX "thinking_logs_subject" ON {{ledger}}."thinking_logs" ("thinking_id", revision);

CREATE INDEX "thinking_logs_agent" ON {{ledger}}."thinking_logs" ("agent_position", "timestamp");

CREATE INDEX "thinking_logs_conversation_id" ON {{ledger}}."thinking_logs" ("conversation_id");

CREATE INDEX "thinking_logs_times" ON {{ledger}}."thinking_logs" USING brin (logged_at, "timestamp") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."decision_logs" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "affected_agents" text[] COLLATE "C",
  "affected_entities" text[] COLLATE "C",
  "agent_position" text COLLATE "C",
  "business_id" text COLLATE "C",
  "chosen_option" text COLLATE "C",
  "confidence" double precision,
  "context" text COLLATE "C",
  "conversation_id" text COLLATE "C",
  "decided_at" timestamptz,
  "decision_id" text COLLATE "C",
  "decision_summary" text COLLATE "C",
  "decision_type" text COLLATE "C",
  "human_override" text COLLATE "C",
  "human_review_at" timestamptz,
  "human_reviewed" boolean,
  "human_reviewer" text COLLATE "C",
  "options_evaluated" text COLLATE "C",
  "principal" text COLLATE "C",
  "rationale" text COLLATE "C",
  "requires_human_review" boolean,
  "revision" bigint,
  "salt" bytea,
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "decision_logs_subject" ON {{ledger}}."decision_logs" ("decision_id", revision);

CREATE INDEX "decision_logs_agent" ON {{ledger}}."decision_logs" ("agent_position", "decided_at");

CREATE INDEX "decision_logs_conversation_id" ON {{ledger}}."decision_logs" ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX "decision_logs_times" ON {{ledger}}."decision_logs" USING brin (logged_at, "decided_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."action_logs" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "action_details" text COLLATE "C",
  "action_id" text COLLATE "C",
  "action_target" text COLLATE "C",
  "action_type" text COLLATE "C",
  "agent_position" text COLLATE "C",
  "business_id" text COLLATE "C",
  "completed_at" timestamptz,
  "conversation_id" text COLLATE "C",
  "cost_usd" double precision,
  "duration_ms" bigint,
  "error_message" text COLLATE "C",
  "price_source" text COLLATE "C",
  "principal" text COLLATE "C",
  "result_summary" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_id" text COLLATE "C",
  "started_at" timestamptz,
  "success" boolean,
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "action_logs_subject" ON {{ledger}}."action_logs" ("action_id", revision);

CREATE INDEX "action_logs_agent" ON {{ledger}}."action_logs" ("agent_position", "started_at");

CREATE INDEX "action_logs_conversation_id" ON {{ledger}}."action_logs" ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX "action_logs_session_id" ON {{ledger}}."action_logs" ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX "action_logs_times" ON {{ledger}}."action_logs" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."escalation_logs" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "acknowledged_at" timestamptz,
  "business_id" text COLLATE "C",
  "description" text COLLATE "C",
  "escalated_at" timestamptz,
  "escalation_id" text COLLATE "C",
  "escalation_type" text COLLATE "C",
  "principal" text COLLATE "C",
  "resolution" text COLLATE "C",
  "resolved_at" timestamptz,
  "resolved_by" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "sla_met" boolean,
  "sla_target" timestamptz,
  "source_agent" text COLLATE "C",
  "source_conversation_id" text COLLATE "C",
  "subject" text COLLATE "C",
  "target" text COLLATE "C",
  "urgency" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "escalation_logs_subject" ON {{ledger}}."escalation_logs" ("escalation_id", revision);

CREATE INDEX "escalation_logs_agent" ON {{ledger}}."escalation_logs" ("source_agent", "escalated_at");

CREATE INDEX "escalation_logs_source_conversation_id" ON {{ledger}}."escalation_logs" ("source_conversation_id") WHERE "source_conversation_id" IS NOT NULL;

CREATE INDEX "escalation_logs_times" ON {{ledger}}."escalation_logs" USING brin (logged_at, "escalated_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."mcp_usage_logs" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_position" text COLLATE "C",
  "business_id" text COLLATE "C",
  "called_at" timestamptz,
  "conversation_id" text COLLATE "C",
  "cost_usd" double precision,
  "duration_ms" bigint,
  "error_message" text COLLATE "C",
  "parameters" text COLLATE "C",
  "price_source" text COLLATE "C",
  "principal" text COLLATE "C",
  "result_summary" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "server_name" text COLLATE "C",
  "session_id" text COLLATE "C",
  "success" boolean,
  "tokens_used" bigint,
  "tool_name" text COLLATE "C",
  "usage_id" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "mcp_usage_logs_subject" ON {{ledger}}."mcp_usage_logs" ("usage_id", revision);

CREATE INDEX "mcp_usage_logs_agent" ON {{ledger}}."mcp_usage_logs" ("agent_position", "called_at");

CREATE INDEX "mcp_usage_logs_conversation_id" ON {{ledger}}."mcp_usage_logs" ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX "mcp_usage_logs_session_id" ON {{ledger}}."mcp_usage_logs" ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX "mcp_usage_logs_times" ON {{ledger}}."mcp_usage_logs" USING brin (logged_at, "called_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."transformation_session" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_id" text COLLATE "C",
  "agent_type" text COLLATE "C",
  "agent_version" text COLLATE "C",
  "business_id" text COLLATE "C",
  "completed_at" timestamptz,
  "conversation_id" text COLLATE "C",
  "data_end_date" date,
  "data_start_date" date,
  "error_message" text COLLATE "C",
  "facets" text COLLATE "C",
  "id" uuid,
  "ingest_run_id" text COLLATE "C",
  "operations_count" bigint,
  "outputs_count" bigint,
  "parent_session_id" uuid,
  "principal" text COLLATE "C",
  "purpose" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_type" text COLLATE "C",
  "source_filters" text COLLATE "C",
  "source_layer" text COLLATE "C",
  "source_tables" text[] COLLATE "C",
  "started_at" timestamptz,
  "status" text COLLATE "C",
  "ticket_id" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "transformation_session_subject" ON {{ledger}}."transformation_session" ("id", revision);

CREATE INDEX "transformation_session_agent" ON {{ledger}}."transformation_session" ("agent_id", "started_at");

CREATE INDEX "transformation_session_conversation_id" ON {{ledger}}."transformation_session" ("conversation_id") WHERE "conversation_id" IS NOT NULL;

CREATE INDEX "transformation_session_source_tables" ON {{ledger}}."transformation_session" USING gin ("source_tables") WITH (gin_pending_list_limit = 512);

CREATE INDEX "transformation_session_times" ON {{ledger}}."transformation_session" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."transformation_operation" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "business_id" text COLLATE "C",
  "created_at" timestamptz,
  "execution_time_ms" bigint,
  "id" bigint,
  "input_columns" text[] COLLATE "C",
  "input_row_count" bigint,
  "input_tables" text[] COLLATE "C",
  "lifecycle_state_change" text COLLATE "C",
  "operation_order" bigint,
  "operation_type" text COLLATE "C",
  "output_columns" text[] COLLATE "C",
  "output_row_count" bigint,
  "output_table" text COLLATE "C",
  "parameters" text COLLATE "C",
  "pattern_id" bigint,
  "principal" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_id" uuid,
  "transformation_logic" text COLLATE "C",
  "transformation_type" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq, logged_at)
) PARTITION BY RANGE (logged_at);

CREATE TABLE {{ledger}}."transformation_operation_default" PARTITION OF {{ledger}}."transformation_operation" DEFAULT;

CREATE INDEX "transformation_operation_output_table" ON {{ledger}}."transformation_operation" ("output_table") WHERE "output_table" IS NOT NULL;

CREATE INDEX "transformation_operation_session_id" ON {{ledger}}."transformation_operation" ("session_id");

CREATE INDEX "transformation_operation_input_tables" ON {{ledger}}."transformation_operation" USING gin ("input_tables") WITH (gin_pending_list_limit = 512);

CREATE INDEX "transformation_operation_times" ON {{ledger}}."transformation_operation" USING brin (logged_at, "created_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."output_artifact" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "artifact_location" text COLLATE "C",
  "artifact_name" text COLLATE "C",
  "artifact_type" text COLLATE "C",
  "business_id" text COLLATE "C",
  "columns" text[] COLLATE "C",
  "created_at" timestamptz,
  "data_as_of" timestamptz,
  "data_end_date" date,
  "data_start_date" date,
  "description" text COLLATE "C",
  "expires_at" timestamptz,
  "facets" text COLLATE "C",
  "id" uuid,
  "is_current" boolean,
  "metadata" text COLLATE "C",
  "principal" text COLLATE "C",
  "revision" bigint,
  "row_count" bigint,
  "salt" bytea,
  "session_id" uuid,
  "source_tables" text[] COLLATE "C",
  "superseded_by_id" uuid,
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "output_artifact_subject" ON {{ledger}}."output_artifact" ("id", revision);

CREATE INDEX "output_artifact_artifact_name" ON {{ledger}}."output_artifact" ("artifact_name");

CREATE INDEX "output_artifact_session_id" ON {{ledger}}."output_artifact" ("session_id");

CREATE INDEX "output_artifact_times" ON {{ledger}}."output_artifact" USING brin (logged_at, "created_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."lineage_edge" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "business_id" text COLLATE "C",
  "created_at" timestamptz,
  "extractor_version" text COLLATE "C",
  "id" bigint,
  "invalidated_at" timestamptz,
  "is_current" boolean,
  "origin" text COLLATE "C",
  "principal" text COLLATE "C",
  "relationship_type" text COLLATE "C",
  "resolution" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_id" uuid,
  "source_column" text COLLATE "C",
  "source_name" text COLLATE "C",
  "source_schema" text COLLATE "C",
  "source_type" text COLLATE "C",
  "subtype" text COLLATE "C",
  "target_column" text COLLATE "C",
  "target_name" text COLLATE "C",
  "target_schema" text COLLATE "C",
  "target_type" text COLLATE "C",
  "transformation_description" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "lineage_edge_subject" ON {{ledger}}."lineage_edge" ("id", revision) WHERE revision > 1;

CREATE INDEX "lineage_edge_session_id" ON {{ledger}}."lineage_edge" ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX "lineage_edge_source_name" ON {{ledger}}."lineage_edge" ("source_name", "is_current", "source_column");

CREATE INDEX "lineage_edge_target_name" ON {{ledger}}."lineage_edge" ("target_name", "is_current", "target_column");

CREATE INDEX "lineage_edge_times" ON {{ledger}}."lineage_edge" USING brin (logged_at, "created_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."ingest_run" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_id" text COLLATE "C",
  "business_id" text COLLATE "C",
  "completed_at" timestamptz,
  "error_message" text COLLATE "C",
  "id" uuid,
  "job_type" text COLLATE "C",
  "metadata" text COLLATE "C",
  "principal" text COLLATE "C",
  "records_failed" bigint,
  "records_fetched" bigint,
  "records_inserted" bigint,
  "records_updated" bigint,
  "revision" bigint,
  "salt" bytea,
  "source" text COLLATE "C",
  "started_at" timestamptz,
  "status" text COLLATE "C",
  "target_table" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "ingest_run_subject" ON {{ledger}}."ingest_run" ("id", revision);

CREATE INDEX "ingest_run_agent" ON {{ledger}}."ingest_run" ("agent_id", "started_at");

CREATE INDEX "ingest_run_target_table" ON {{ledger}}."ingest_run" ("target_table") WHERE "target_table" IS NOT NULL;

CREATE INDEX "ingest_run_times" ON {{ledger}}."ingest_run" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."validation_status" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_id" text COLLATE "C",
  "business_id" text COLLATE "C",
  "id" uuid,
  "ingest_run_id" text COLLATE "C",
  "issue_count" bigint,
  "issues" text COLLATE "C",
  "principal" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_id" text COLLATE "C",
  "status" text COLLATE "C",
  "table_name" text COLLATE "C",
  "validated_at" timestamptz,
  "validation_type" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "validation_status_subject" ON {{ledger}}."validation_status" ("id", revision);

CREATE INDEX "validation_status_agent" ON {{ledger}}."validation_status" ("agent_id", "validated_at");

CREATE INDEX "validation_status_session_id" ON {{ledger}}."validation_status" ("session_id") WHERE "session_id" IS NOT NULL;

CREATE INDEX "validation_status_table_name" ON {{ledger}}."validation_status" ("table_name") WHERE "table_name" IS NOT NULL;

CREATE INDEX "validation_status_times" ON {{ledger}}."validation_status" USING brin (logged_at, "validated_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."log_access_audit" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "access_id" text COLLATE "C",
  "accessed_at" timestamptz,
  "action" text COLLATE "C",
  "business_id" text COLLATE "C",
  "duration_ms" bigint,
  "ip_address" text COLLATE "C",
  "outcome" text COLLATE "C",
  "parameters" text COLLATE "C",
  "principal" text COLLATE "C",
  "query_text" text COLLATE "C",
  "read_count" bigint,
  "revision" bigint,
  "role" text COLLATE "C",
  "rows_returned" bigint,
  "salt" bytea,
  "target" text COLLATE "C",
  "user_agent" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "log_access_audit_subject" ON {{ledger}}."log_access_audit" ("access_id", revision);

CREATE INDEX "log_access_audit_times" ON {{ledger}}."log_access_audit" USING brin (logged_at, "accessed_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."ledger_event" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "actor" text COLLATE "C",
  "business_id" text COLLATE "C",
  "details" text COLLATE "C",
  "event_type" text COLLATE "C",
  "id" uuid,
  "ip_address" text COLLATE "C",
  "occurred_at" timestamptz,
  "principal" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "target" text COLLATE "C",
  "user_agent" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "ledger_event_subject" ON {{ledger}}."ledger_event" ("id", revision);

CREATE INDEX "ledger_event_times" ON {{ledger}}."ledger_event" USING brin (logged_at, "occurred_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."retention_run" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "business_id" text COLLATE "C",
  "bytes_freed" bigint,
  "completed_at" timestamptz,
  "cutoff" timestamptz,
  "entries_expired" bigint,
  "error_message" text COLLATE "C",
  "id" uuid,
  "policy" text COLLATE "C",
  "principal" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "started_at" timestamptz,
  "status" text COLLATE "C",
  "target_kinds" text[] COLLATE "C",
  "tier" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "retention_run_subject" ON {{ledger}}."retention_run" ("id", revision);

CREATE INDEX "retention_run_times" ON {{ledger}}."retention_run" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."retention_hold" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "business_id" text COLLATE "C",
  "id" uuid,
  "placed_at" timestamptz,
  "placed_by" text COLLATE "C",
  "principal" text COLLATE "C",
  "reason" text COLLATE "C",
  "released_at" timestamptz,
  "released_by" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "target_id" text COLLATE "C",
  "target_kind" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "retention_hold_subject" ON {{ledger}}."retention_hold" ("id", revision);

CREATE INDEX "retention_hold_times" ON {{ledger}}."retention_hold" USING brin (logged_at, "placed_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."erasure" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "approved_by" text COLLATE "C",
  "business_id" text COLLATE "C",
  "erased_at" timestamptz,
  "id" uuid,
  "log_ids" text[] COLLATE "C",
  "principal" text COLLATE "C",
  "reason" text COLLATE "C",
  "requested_by" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "target_id" text COLLATE "C",
  "target_kind" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "erasure_subject" ON {{ledger}}."erasure" ("id", revision);

CREATE INDEX "erasure_times" ON {{ledger}}."erasure" USING brin (logged_at, "erased_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."transformation_session_archive" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "agent_id" text COLLATE "C",
  "agent_type" text COLLATE "C",
  "archived_at" timestamptz,
  "business_id" text COLLATE "C",
  "completed_at" timestamptz,
  "id" uuid,
  "operations" text COLLATE "C",
  "operations_count" bigint,
  "outputs_count" bigint,
  "principal" text COLLATE "C",
  "purpose" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_type" text COLLATE "C",
  "source_layer" text COLLATE "C",
  "source_tables" text[] COLLATE "C",
  "started_at" timestamptz,
  "status" text COLLATE "C",
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "transformation_session_archive_subject" ON {{ledger}}."transformation_session_archive" ("id", revision);

CREATE INDEX "transformation_session_archive_agent" ON {{ledger}}."transformation_session_archive" ("agent_id", "started_at");

CREATE INDEX "transformation_session_archive_times" ON {{ledger}}."transformation_session_archive" USING brin (logged_at, "started_at") WITH (autosummarize = on);

CREATE TABLE {{ledger}}."transformation_session_summary" (
  seq bigint NOT NULL,
  logged_at timestamptz NOT NULL,
  "abandoned_count" bigint,
  "agent_id" text COLLATE "C",
  "agent_type" text COLLATE "C",
  "business_id" text COLLATE "C",
  "completed_count" bigint,
  "failed_count" bigint,
  "id" uuid,
  "month" date,
  "operations_count" bigint,
  "outputs_count" bigint,
  "principal" text COLLATE "C",
  "revision" bigint,
  "salt" bytea,
  "session_type" text COLLATE "C",
  "sessions_count" bigint,
  "summarized_at" timestamptz,
  "warnings" text[] COLLATE "C",
  PRIMARY KEY (seq)
);

CREATE UNIQUE INDEX "transformation_session_summary_subject" ON {{ledger}}."transformation_session_summary" ("id", revision);

CREATE INDEX "transformation_session_summary_agent" ON {{ledger}}."transformation_session_summary" ("agent_id", "summarized_at");

CREATE INDEX "transformation_session_summary_times" ON {{ledger}}."transformation_session_summary" USING brin (logged_at, "summarized_at") WITH (autosummarize = on);
