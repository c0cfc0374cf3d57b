-- +goose Up

SET LOCAL ROLE daybook_owner;

CREATE TABLE {{ledger}}."shown_conversations" (LIKE {{ledger}}."conversations") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_conversations" ATTACH PARTITION {{ledger}}."conversations" DEFAULT;

ALTER TABLE {{ledger}}."shown_conversations" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_conversations" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_conversations" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."conversations_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_conversations";

COMMENT ON TABLE {{ledger}}."shown_conversations" IS 'What the view conversations reads: all of the table conversations that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_thinking_logs" (LIKE {{ledger}}."thinking_logs") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_thinking_logs" ATTACH PARTITION {{ledger}}."thinking_logs" DEFAULT;

ALTER TABLE {{ledger}}."shown_thinking_logs" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_thinking_logs" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_thinking_logs" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."thinking_logs_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_thinking_logs";

COMMENT ON TABLE {{ledger}}."shown_thinking_logs" IS 'What the view thinking_logs reads: all of the table thinking_logs that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_decision_logs" (LIKE {{ledger}}."decision_logs") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_decision_logs" ATTACH PARTITION {{ledger}}."decision_logs" DEFAULT;

ALTER TABLE {{ledger}}."shown_decision_logs" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_decision_logs" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_decision_logs" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."decision_logs_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_decision_logs";

COMMENT ON TABLE {{ledger}}."shown_decision_logs" IS 'What the view decision_logs reads: all of the table decision_logs that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_action_logs" (LIKE {{ledger}}."action_logs") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_action_logs" ATTACH PARTITION {{ledger}}."action_logs" DEFAULT;

ALTER TABLE {{ledger}}."shown_action_logs" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_action_logs" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_action_logs" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."action_logs_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_action_logs";

COMMENT ON TABLE {{ledger}}."shown_action_logs" IS 'What the view action_logs reads: all of the table action_logs that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_escalation_logs" (LIKE {{ledger}}."escalation_logs") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_escalation_logs" ATTACH PARTITION {{ledger}}."escalation_logs" DEFAULT;

ALTER TABLE {{ledger}}."shown_escalation_logs" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_escalation_logs" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_escalation_logs" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."escalation_logs_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_escalation_logs";

COMMENT ON TABLE {{ledger}}."shown_escalation_logs" IS 'What the view escalation_logs reads: all of the table escalation_logs that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_mcp_usage_logs" (LIKE {{ledger}}."mcp_usage_logs") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_mcp_usage_logs" ATTACH PARTITION {{ledger}}."mcp_usage_logs" DEFAULT;

ALTER TABLE {{ledger}}."shown_mcp_usage_logs" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_mcp_usage_logs" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_mcp_usage_logs" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."mcp_usage_logs_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_mcp_usage_logs";

COMMENT ON TABLE {{ledger}}."shown_mcp_usage_logs" IS 'What the view mcp_usage_logs reads: all of the table mcp_usage_logs that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_transformation_session" (LIKE {{ledger}}."transformation_session") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_transformation_session" ATTACH PARTITION {{ledger}}."transformation_session" DEFAULT;

ALTER TABLE {{ledger}}."shown_transformation_session" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_transformation_session" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_transformation_session" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."transformation_session_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_transformation_session";

COMMENT ON TABLE {{ledger}}."shown_transformation_session" IS 'What the view transformation_session reads: all of the table transformation_session that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_transformation_operation" (LIKE {{ledger}}."transformation_operation") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_transformation_operation" ATTACH PARTITION {{ledger}}."transformation_operation" DEFAULT;

ALTER TABLE {{ledger}}."shown_transformation_operation" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_transformation_operation" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_transformation_operation" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."transformation_operation_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_transformation_operation";

COMMENT ON TABLE {{ledger}}."shown_transformation_operation" IS 'What the view transformation_operation reads: all of the table transformation_operation that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_output_artifact" (LIKE {{ledger}}."output_artifact") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_output_artifact" ATTACH PARTITION {{ledger}}."output_artifact" DEFAULT;

ALTER TABLE {{ledger}}."shown_output_artifact" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_output_artifact" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_output_artifact" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."output_artifact_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_output_artifact";

COMMENT ON TABLE {{ledger}}."shown_output_artifact" IS 'What the view output_artifact reads: all of the table output_artifact that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_lineage_edge" (LIKE {{ledger}}."lineage_edge") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_lineage_edge" ATTACH PARTITION {{ledger}}."lineage_edge" DEFAULT;

ALTER TABLE {{ledger}}."shown_lineage_edge" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_lineage_edge" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_lineage_edge" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."lineage_edge_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_lineage_edge";

COMMENT ON TABLE {{ledger}}."shown_lineage_edge" IS 'What the view lineage_edge reads: all of the table lineage_edge that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_ingest_run" (LIKE {{ledger}}."ingest_run") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_ingest_run" ATTACH PARTITION {{ledger}}."ingest_run" DEFAULT;

ALTER TABLE {{ledger}}."shown_ingest_run" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_ingest_run" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_ingest_run" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."ingest_run_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_ingest_run";

COMMENT ON TABLE {{ledger}}."shown_ingest_run" IS 'What the view ingest_run reads: all of the table ingest_run that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_validation_status" (LIKE {{ledger}}."validation_status") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_validation_status" ATTACH PARTITION {{ledger}}."validation_status" DEFAULT;

ALTER TABLE {{ledger}}."shown_validation_status" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_validation_status" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_validation_status" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."validation_status_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_validation_status";

COMMENT ON TABLE {{ledger}}."shown_validation_status" IS 'What the view validation_status reads: all of the table validation_status that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_log_access_audit" (LIKE {{ledger}}."log_access_audit") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_log_access_audit" ATTACH PARTITION {{ledger}}."log_access_audit" DEFAULT;

ALTER TABLE {{ledger}}."shown_log_access_audit" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_log_access_audit" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_log_access_audit" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."log_access_audit_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_log_access_audit";

COMMENT ON TABLE {{ledger}}."shown_log_access_audit" IS 'What the view log_access_audit reads: all of the table log_access_audit that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_ledger_event" (LIKE {{ledger}}."ledger_event") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_ledger_event" ATTACH PARTITION {{ledger}}."ledger_event" DEFAULT;

ALTER TABLE {{ledger}}."shown_ledger_event" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_ledger_event" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_ledger_event" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."ledger_event_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_ledger_event";

COMMENT ON TABLE {{ledger}}."shown_ledger_event" IS 'What the view ledger_event reads: all of the table ledger_event that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_retention_run" (LIKE {{ledger}}."retention_run") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_retention_run" ATTACH PARTITION {{ledger}}."retention_run" DEFAULT;

ALTER TABLE {{ledger}}."shown_retention_run" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_retention_run" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_retention_run" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."retention_run_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_retention_run";

COMMENT ON TABLE {{ledger}}."shown_retention_run" IS 'What the view retention_run reads: all of the table retention_run that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_retention_hold" (LIKE {{ledger}}."retention_hold") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_retention_hold" ATTACH PARTITION {{ledger}}."retention_hold" DEFAULT;

ALTER TABLE {{ledger}}."shown_retention_hold" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_retention_hold" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_retention_hold" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."retention_hold_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_retention_hold";

COMMENT ON TABLE {{ledger}}."shown_retention_hold" IS 'What the view retention_hold reads: all of the table retention_hold that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_erasure" (LIKE {{ledger}}."erasure") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_erasure" ATTACH PARTITION {{ledger}}."erasure" DEFAULT;

ALTER TABLE {{ledger}}."shown_erasure" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_erasure" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_erasure" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."erasure_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_erasure";

COMMENT ON TABLE {{ledger}}."shown_erasure" IS 'What the view erasure reads: all of the table erasure that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_transformation_session_archive" (LIKE {{ledger}}."transformation_session_archive") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_transformation_session_archive" ATTACH PARTITION {{ledger}}."transformation_session_archive" DEFAULT;

ALTER TABLE {{ledger}}."shown_transformation_session_archive" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_transformation_session_archive" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_transformation_session_archive" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."transformation_session_archive_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_transformation_session_archive";

COMMENT ON TABLE {{ledger}}."shown_transformation_session_archive" IS 'What the view transformation_session_archive reads: all of the table transformation_session_archive that the login may see. New columns are added here.';

CREATE TABLE {{ledger}}."shown_transformation_session_summary" (LIKE {{ledger}}."transformation_session_summary") PARTITION BY RANGE (logged_at);

ALTER TABLE {{ledger}}."shown_transformation_session_summary" ATTACH PARTITION {{ledger}}."transformation_session_summary" DEFAULT;

ALTER TABLE {{ledger}}."shown_transformation_session_summary" ENABLE ROW LEVEL SECURITY;

ALTER TABLE {{ledger}}."shown_transformation_session_summary" FORCE ROW LEVEL SECURITY;

CREATE POLICY business ON {{ledger}}."shown_transformation_session_summary" FOR SELECT USING ((SELECT {{ledger}}.sees_all()) OR business_id = ANY ((SELECT {{ledger}}.businesses())::text[]));

CREATE STATISTICS {{ledger}}."transformation_session_summary_day" ON ((logged_at AT TIME ZONE 'UTC')::date) FROM {{ledger}}."shown_transformation_session_summary";

COMMENT ON TABLE {{ledger}}."shown_transformation_session_summary" IS 'What the view transformation_session_summary reads: all of the table transformation_session_summary that the login may see. New columns are added here.';

SELECT {{ledger}}.guard();

CREATE VIEW {{audit}}."conversations" AS
SELECT
  r."conversation_id" AS "conversation_id",
  r."business_id" AS "business_id",
  r."agent_position" AS "agent_position",
  r."started_at" AS "started_at",
  r."ended_at" AS "ended_at",
  r."duration_seconds" AS "duration_seconds",
  r."model_provider" AS "model_provider",
  r."model_name" AS "model_name",
  r."model_version" AS "model_version",
  r."input_tokens" AS "input_tokens",
  r."output_tokens" AS "output_tokens",
  r."total_tokens" AS "total_tokens",
  r."cost_usd" AS "cost_usd",
  r."command_executed" AS "command_executed",
  r."user_prompt_preview" AS "user_prompt_preview",
  r."response_preview" AS "response_preview",
  r."status" AS "status",
  r."error_message" AS "error_message",
  r."ip_address" AS "ip_address",
  r."user_agent" AS "user_agent",
  r."cache_read_tokens" AS "cache_read_tokens",
  r."cache_write_tokens" AS "cache_write_tokens",
  r."reasoning_tokens" AS "reasoning_tokens",
  r."price_source" AS "price_source",
  'conversations'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_conversations" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."conversations" AS n WHERE n."conversation_id" = r."conversation_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."conversations" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."conversations" IS 'One exchange between an agent and its model: who, when, which model, how many tokens, at what cost, and how it ended.';

COMMENT ON COLUMN {{audit}}."conversations"."conversation_id" IS 'Names the conversation.';

COMMENT ON COLUMN {{audit}}."conversations"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."conversations"."agent_position" IS 'The role the agent acts in, such as CFO.';

COMMENT ON COLUMN {{audit}}."conversations"."started_at" IS 'When the conversation began.';

COMMENT ON COLUMN {{audit}}."conversations"."ended_at" IS 'When it ended.';

COMMENT ON COLUMN {{audit}}."conversations"."duration_seconds" IS 'The whole seconds from start to end.';

COMMENT ON COLUMN {{audit}}."conversations"."model_provider" IS 'Who served the model, such as openrouter.';

COMMENT ON COLUMN {{audit}}."conversations"."model_name" IS 'The model asked for, such as claude-3.5-sonnet.';

COMMENT ON COLUMN {{audit}}."conversations"."model_version" IS 'The exact version that answered.';

COMMENT ON COLUMN {{audit}}."conversations"."input_tokens" IS 'Counts the tokens sent, cached ones included.';

COMMENT ON COLUMN {{audit}}."conversations"."output_tokens" IS 'Counts the tokens received.';

COMMENT ON COLUMN {{audit}}."conversations"."total_tokens" IS 'Counts both ways.';

COMMENT ON COLUMN {{audit}}."conversations"."cost_usd" IS 'The cost in United States dollars: as the client says, else computed from the tokens.';

COMMENT ON COLUMN {{audit}}."conversations"."command_executed" IS 'The command that began the conversation.';

COMMENT ON COLUMN {{audit}}."conversations"."user_prompt_preview" IS 'The first 500 characters of the prompt.';

COMMENT ON COLUMN {{audit}}."conversations"."response_preview" IS 'The first 500 characters of the answer.';

COMMENT ON COLUMN {{audit}}."conversations"."status" IS 'Says how it ended; absent while it runs.';

COMMENT ON COLUMN {{audit}}."conversations"."error_message" IS 'Says what went wrong.';

COMMENT ON COLUMN {{audit}}."conversations"."ip_address" IS 'The address the agent called from.';

COMMENT ON COLUMN {{audit}}."conversations"."user_agent" IS 'The software the agent called with.';

COMMENT ON COLUMN {{audit}}."conversations"."cache_read_tokens" IS 'Counts the input tokens read from a prompt cache.';

COMMENT ON COLUMN {{audit}}."conversations"."cache_write_tokens" IS 'Counts the input tokens written to a prompt cache.';

COMMENT ON COLUMN {{audit}}."conversations"."reasoning_tokens" IS 'Counts the output tokens spent on reasoning.';

COMMENT ON COLUMN {{audit}}."conversations"."price_source" IS 'Says where a computed cost''s price comes from, with its date.';

COMMENT ON COLUMN {{audit}}."conversations"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."conversations"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."conversations"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."conversations"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."conversations"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."conversations"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."conversations"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."conversations"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."conversations".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."conversations".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."thinking_logs" AS
SELECT
  r."thinking_id" AS "thinking_id",
  r."conversation_id" AS "conversation_id",
  r."business_id" AS "business_id",
  r."agent_position" AS "agent_position",
  r."timestamp" AS "timestamp",
  r."step_number" AS "step_number",
  r."thinking_type" AS "thinking_type",
  r."thinking_content" AS "thinking_content",
  r."confidence_level" AS "confidence_level",
  r."context_summary" AS "context_summary",
  r."options_considered" AS "options_considered",
  r."decision_made" AS "decision_made",
  r."rationale" AS "rationale",
  r."token_count" AS "token_count",
  r."model_used" AS "model_used",
  'thinking_logs'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_thinking_logs" AS r;

GRANT SELECT ON {{audit}}."thinking_logs" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."thinking_logs" IS 'One step of an agent''s reasoning within a conversation.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."thinking_id" IS 'Names the step.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."conversation_id" IS 'The conversation it belongs to.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."agent_position" IS 'The role the agent acts in.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."timestamp" IS 'When the thought was had.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."step_number" IS 'Its place in the conversation''s reasoning.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."thinking_type" IS 'Says what sort of thought it is.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."thinking_content" IS 'The reasoning itself.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."confidence_level" IS 'How sure the agent is, 0 to 1.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."context_summary" IS 'What the agent knew at this point.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."options_considered" IS 'Lists the ways it saw.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."decision_made" IS 'The way it took.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."rationale" IS 'Says why.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."token_count" IS 'Counts the tokens of the thought.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."model_used" IS 'The model that thought it.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."thinking_logs"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."thinking_logs".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."thinking_logs".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."decision_logs" AS
SELECT
  r."decision_id" AS "decision_id",
  r."business_id" AS "business_id",
  r."agent_position" AS "agent_position",
  r."decision_type" AS "decision_type",
  r."decision_summary" AS "decision_summary",
  r."context" AS "context",
  r."options_evaluated"::jsonb AS "options_evaluated",
  r."chosen_option" AS "chosen_option",
  r."rationale" AS "rationale",
  r."confidence" AS "confidence",
  r."affected_agents" AS "affected_agents",
  r."affected_entities" AS "affected_entities",
  r."decided_at" AS "decided_at",
  r."requires_human_review" AS "requires_human_review",
  r."human_reviewed" AS "human_reviewed",
  r."human_reviewer" AS "human_reviewer",
  r."human_review_at" AS "human_review_at",
  r."human_override" AS "human_override",
  r."conversation_id" AS "conversation_id",
  'decision_logs'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_decision_logs" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."decision_logs" AS n WHERE n."decision_id" = r."decision_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."decision_logs" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."decision_logs" IS 'An explicit decision with its rationale, and the review of it by a human where one is required.';

COMMENT ON COLUMN {{audit}}."decision_logs"."decision_id" IS 'Names the decision.';

COMMENT ON COLUMN {{audit}}."decision_logs"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."decision_logs"."agent_position" IS 'The role that decided.';

COMMENT ON COLUMN {{audit}}."decision_logs"."decision_type" IS 'Says what sort of decision it is.';

COMMENT ON COLUMN {{audit}}."decision_logs"."decision_summary" IS 'The decision in a sentence.';

COMMENT ON COLUMN {{audit}}."decision_logs"."context" IS 'What was known.';

COMMENT ON COLUMN {{audit}}."decision_logs"."options_evaluated" IS 'The ways weighed: an array of {option, pros, cons, score}.';

COMMENT ON COLUMN {{audit}}."decision_logs"."chosen_option" IS 'The way taken.';

COMMENT ON COLUMN {{audit}}."decision_logs"."rationale" IS 'Says why.';

COMMENT ON COLUMN {{audit}}."decision_logs"."confidence" IS 'How sure the agent is, 0 to 1.';

COMMENT ON COLUMN {{audit}}."decision_logs"."affected_agents" IS 'The agents it touches.';

COMMENT ON COLUMN {{audit}}."decision_logs"."affected_entities" IS 'The things it touches.';

COMMENT ON COLUMN {{audit}}."decision_logs"."decided_at" IS 'When it was decided.';

COMMENT ON COLUMN {{audit}}."decision_logs"."requires_human_review" IS 'Says that a human must look at it.';

COMMENT ON COLUMN {{audit}}."decision_logs"."human_reviewed" IS 'Says that a human has.';

COMMENT ON COLUMN {{audit}}."decision_logs"."human_reviewer" IS 'Who.';

COMMENT ON COLUMN {{audit}}."decision_logs"."human_review_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."decision_logs"."human_override" IS 'What the human decided instead.';

COMMENT ON COLUMN {{audit}}."decision_logs"."conversation_id" IS 'The conversation in which it was decided.';

COMMENT ON COLUMN {{audit}}."decision_logs"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."decision_logs"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."decision_logs"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."decision_logs"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."decision_logs"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."decision_logs"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."decision_logs"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."decision_logs"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."decision_logs".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."decision_logs".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."action_logs" AS
SELECT
  r."action_id" AS "action_id",
  r."business_id" AS "business_id",
  r."agent_position" AS "agent_position",
  r."conversation_id" AS "conversation_id",
  r."action_type" AS "action_type",
  r."action_target" AS "action_target",
  r."action_details"::jsonb AS "action_details",
  r."started_at" AS "started_at",
  r."completed_at" AS "completed_at",
  r."duration_ms" AS "duration_ms",
  r."success" AS "success",
  r."result_summary" AS "result_summary",
  r."error_message" AS "error_message",
  r."cost_usd" AS "cost_usd",
  r."session_id" AS "session_id",
  r."price_source" AS "price_source",
  'action_logs'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_action_logs" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."action_logs" AS n WHERE n."action_id" = r."action_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."action_logs" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."action_logs" IS 'One action taken by an agent.';

COMMENT ON COLUMN {{audit}}."action_logs"."action_id" IS 'Names the action.';

COMMENT ON COLUMN {{audit}}."action_logs"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."action_logs"."agent_position" IS 'The role that acted.';

COMMENT ON COLUMN {{audit}}."action_logs"."conversation_id" IS 'The conversation it was taken in.';

COMMENT ON COLUMN {{audit}}."action_logs"."action_type" IS 'Says what sort of action it is.';

COMMENT ON COLUMN {{audit}}."action_logs"."action_target" IS 'What was acted upon.';

COMMENT ON COLUMN {{audit}}."action_logs"."action_details" IS 'The particulars.';

COMMENT ON COLUMN {{audit}}."action_logs"."started_at" IS 'When it began.';

COMMENT ON COLUMN {{audit}}."action_logs"."completed_at" IS 'When it was done.';

COMMENT ON COLUMN {{audit}}."action_logs"."duration_ms" IS 'The whole milliseconds it took.';

COMMENT ON COLUMN {{audit}}."action_logs"."success" IS 'Says whether it worked.';

COMMENT ON COLUMN {{audit}}."action_logs"."result_summary" IS 'What came of it.';

COMMENT ON COLUMN {{audit}}."action_logs"."error_message" IS 'Says what went wrong.';

COMMENT ON COLUMN {{audit}}."action_logs"."cost_usd" IS 'The cost in United States dollars.';

COMMENT ON COLUMN {{audit}}."action_logs"."session_id" IS 'The transformation session it was taken in.';

COMMENT ON COLUMN {{audit}}."action_logs"."price_source" IS 'Says where a computed cost''s price comes from, with its date.';

COMMENT ON COLUMN {{audit}}."action_logs"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."action_logs"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."action_logs"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."action_logs"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."action_logs"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."action_logs"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."action_logs"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."action_logs"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."action_logs".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."action_logs".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."escalation_logs" AS
SELECT
  r."escalation_id" AS "escalation_id",
  r."business_id" AS "business_id",
  r."source_agent" AS "source_agent",
  r."source_conversation_id" AS "source_conversation_id",
  r."escalation_type" AS "escalation_type",
  r."urgency" AS "urgency",
  r."subject" AS "subject",
  r."description" AS "description",
  r."target" AS "target",
  r."escalated_at" AS "escalated_at",
  r."acknowledged_at" AS "acknowledged_at",
  r."resolved_at" AS "resolved_at",
  r."resolution" AS "resolution",
  r."resolved_by" AS "resolved_by",
  r."sla_target" AS "sla_target",
  r."sla_met" AS "sla_met",
  'escalation_logs'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_escalation_logs" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."escalation_logs" AS n WHERE n."escalation_id" = r."escalation_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."escalation_logs" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."escalation_logs" IS 'One call for a human, the CEO or another agent.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."escalation_id" IS 'Names the escalation.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."source_agent" IS 'Who escalated.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."source_conversation_id" IS 'The conversation it came from.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."escalation_type" IS 'Says what sort of call it is.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."urgency" IS 'Says how soon.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."subject" IS 'The matter in a line.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."description" IS 'The matter in full.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."target" IS 'Who is called: HUMAN, CEO or an agent.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."escalated_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."acknowledged_at" IS 'When the target took it up.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."resolved_at" IS 'When it was settled.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."resolution" IS 'How.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."resolved_by" IS 'By whom.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."sla_target" IS 'When it should be settled at the latest.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."sla_met" IS 'Says whether it was; follows from the times where it is not given.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."escalation_logs"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."escalation_logs".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."escalation_logs".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."mcp_usage_logs" AS
SELECT
  r."usage_id" AS "usage_id",
  r."business_id" AS "business_id",
  r."agent_position" AS "agent_position",
  r."conversation_id" AS "conversation_id",
  r."server_name" AS "server_name",
  r."tool_name" AS "tool_name",
  r."called_at" AS "called_at",
  r."parameters"::jsonb AS "parameters",
  r."duration_ms" AS "duration_ms",
  r."success" AS "success",
  r."error_message" AS "error_message",
  r."result_summary" AS "result_summary",
  r."tokens_used" AS "tokens_used",
  r."cost_usd" AS "cost_usd",
  r."session_id" AS "session_id",
  r."price_source" AS "price_source",
  'mcp_usage_logs'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_mcp_usage_logs" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."mcp_usage_logs" AS n WHERE n."usage_id" = r."usage_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."mcp_usage_logs" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."mcp_usage_logs" IS 'One call of a tool on an MCP server.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."usage_id" IS 'Names the call.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."agent_position" IS 'The role that called.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."conversation_id" IS 'The conversation it was made in.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."server_name" IS 'The MCP server.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."tool_name" IS 'The tool on it.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."called_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."parameters" IS 'The arguments of the call.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."duration_ms" IS 'The whole milliseconds it took.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."success" IS 'Says whether it worked.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."error_message" IS 'Says what went wrong.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."result_summary" IS 'What came of it.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."tokens_used" IS 'Counts the tokens of the call.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."cost_usd" IS 'The cost in United States dollars.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."session_id" IS 'The transformation session it was made in.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."price_source" IS 'Says where a computed cost''s price comes from, with its date.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."mcp_usage_logs".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."transformation_session" AS
SELECT
  r."id" AS "id",
  r."session_type" AS "session_type",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."agent_version" AS "agent_version",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  r."source_filters"::jsonb AS "source_filters",
  r."data_start_date" AS "data_start_date",
  r."data_end_date" AS "data_end_date",
  r."status" AS "status",
  r."started_at" AS "started_at",
  r."completed_at" AS "completed_at",
  r."purpose" AS "purpose",
  r."ticket_id" AS "ticket_id",
  r."parent_session_id" AS "parent_session_id",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."business_id" AS "business_id",
  r."conversation_id" AS "conversation_id",
  r."ingest_run_id" AS "ingest_run_id",
  r."error_message" AS "error_message",
  r."facets"::jsonb AS "facets",
  'transformation_session'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_transformation_session" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."transformation_session" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."transformation_session" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."transformation_session" IS 'The checkout: an agent starts working with data, and later checks in COMPLETED or FAILED.';

COMMENT ON COLUMN {{audit}}."transformation_session"."id" IS 'Names the session.';

COMMENT ON COLUMN {{audit}}."transformation_session"."session_type" IS 'Says what sort of work it is; follows from the layers where it is not given.';

COMMENT ON COLUMN {{audit}}."transformation_session"."agent_id" IS 'Which agent.';

COMMENT ON COLUMN {{audit}}."transformation_session"."agent_type" IS 'Says what sort of agent it is.';

COMMENT ON COLUMN {{audit}}."transformation_session"."agent_version" IS 'The agent''s version.';

COMMENT ON COLUMN {{audit}}."transformation_session"."source_layer" IS 'Where the data comes from; follows from the source tables where it is not given.';

COMMENT ON COLUMN {{audit}}."transformation_session"."source_tables" IS 'The tables read.';

COMMENT ON COLUMN {{audit}}."transformation_session"."source_filters" IS 'The filters applied, as the agent states them.';

COMMENT ON COLUMN {{audit}}."transformation_session"."data_start_date" IS 'The first day the data covers.';

COMMENT ON COLUMN {{audit}}."transformation_session"."data_end_date" IS 'The last day the data covers.';

COMMENT ON COLUMN {{audit}}."transformation_session"."status" IS 'Where the session stands.';

COMMENT ON COLUMN {{audit}}."transformation_session"."started_at" IS 'When it was checked out.';

COMMENT ON COLUMN {{audit}}."transformation_session"."completed_at" IS 'When it was checked in.';

COMMENT ON COLUMN {{audit}}."transformation_session"."purpose" IS 'Says what for, to a human.';

COMMENT ON COLUMN {{audit}}."transformation_session"."ticket_id" IS 'Links to an issue.';

COMMENT ON COLUMN {{audit}}."transformation_session"."parent_session_id" IS 'The session this one goes on from.';

COMMENT ON COLUMN {{audit}}."transformation_session"."operations_count" IS 'Counts its operations; the ledger counts them at checkin.';

COMMENT ON COLUMN {{audit}}."transformation_session"."outputs_count" IS 'Counts its artifacts; the ledger counts them at checkin.';

COMMENT ON COLUMN {{audit}}."transformation_session"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."transformation_session"."conversation_id" IS 'The conversation that led to it.';

COMMENT ON COLUMN {{audit}}."transformation_session"."ingest_run_id" IS 'The data collection that fed it.';

COMMENT ON COLUMN {{audit}}."transformation_session"."error_message" IS 'Says why it failed.';

COMMENT ON COLUMN {{audit}}."transformation_session"."facets" IS 'OpenLineage facets of the run and job.';

COMMENT ON COLUMN {{audit}}."transformation_session"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."transformation_session"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."transformation_session"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."transformation_session"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."transformation_session"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."transformation_session"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."transformation_session"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."transformation_session"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."transformation_session".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."transformation_session".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."transformation_operation" AS
SELECT
  r."id" AS "id",
  r."session_id" AS "session_id",
  r."operation_type" AS "operation_type",
  r."operation_order" AS "operation_order",
  r."input_tables" AS "input_tables",
  r."input_columns" AS "input_columns",
  r."input_row_count" AS "input_row_count",
  r."transformation_logic" AS "transformation_logic",
  r."transformation_type" AS "transformation_type",
  r."parameters"::jsonb AS "parameters",
  r."output_table" AS "output_table",
  r."output_columns" AS "output_columns",
  r."output_row_count" AS "output_row_count",
  r."warnings" AS "warnings",
  r."execution_time_ms" AS "execution_time_ms",
  r."created_at" AS "created_at",
  r."business_id" AS "business_id",
  r."lifecycle_state_change" AS "lifecycle_state_change",
  r."pattern_id" AS "pattern_id",
  'transformation_operation'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_transformation_operation" AS r;

GRANT SELECT ON {{audit}}."transformation_operation" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."transformation_operation" IS 'One thing done within a session.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."id" IS 'The seq of its entry; the ledger gives it.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."session_id" IS 'The session it was done in.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."operation_type" IS 'Says what was done.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."operation_order" IS 'Its place in the session, from 1; the ledger gives the next where it is absent.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."input_tables" IS 'The tables and views read; those that the SQL reads where none are given.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."input_columns" IS 'The columns read; those that the SQL reads where none are given.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."input_row_count" IS 'About how many rows went in.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."transformation_logic" IS 'The SQL, formula or description.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."transformation_type" IS 'Says which of them it is; SQL where none is given and it reads as SQL. VIEW_DEFINITION is SQL that defines a view, as a scan found it; FAILED_SQL is SQL that was tried, from which nothing follows.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."parameters" IS 'The parameters used, never the data.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."output_table" IS 'The table or view written; that which the SQL writes where none is given.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."output_columns" IS 'The columns written; those that the SQL writes where none are given.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."output_row_count" IS 'How many rows came out.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."warnings" IS 'Issues met; those of the intake are added to them.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."execution_time_ms" IS 'The whole milliseconds it took.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."created_at" IS 'When it was done.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."lifecycle_state_change" IS 'What became of the output table as a whole, in OpenLineage''s words; absent where rows were added or altered. What a CREATE or an OVERWRITE flows from takes the place of what was.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."pattern_id" IS 'The operation that this one repeats; the ledger gives it. What was done, by which text, parameters and columns, stands there.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."transformation_operation"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."transformation_operation".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."transformation_operation".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."output_artifact" AS
SELECT
  r."id" AS "id",
  r."session_id" AS "session_id",
  r."artifact_type" AS "artifact_type",
  r."artifact_name" AS "artifact_name",
  r."artifact_location" AS "artifact_location",
  r."source_tables" AS "source_tables",
  r."columns" AS "columns",
  r."row_count" AS "row_count",
  r."data_as_of" AS "data_as_of",
  r."data_start_date" AS "data_start_date",
  r."data_end_date" AS "data_end_date",
  r."is_current" AS "is_current",
  r."superseded_by_id" AS "superseded_by_id",
  r."created_at" AS "created_at",
  r."expires_at" AS "expires_at",
  r."description" AS "description",
  r."metadata"::jsonb AS "metadata",
  r."business_id" AS "business_id",
  r."facets"::jsonb AS "facets",
  'output_artifact'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_output_artifact" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."output_artifact" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."output_artifact" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."output_artifact" IS 'Something a session made: a table, a view, a chart, an export.';

COMMENT ON COLUMN {{audit}}."output_artifact"."id" IS 'Names the artifact.';

COMMENT ON COLUMN {{audit}}."output_artifact"."session_id" IS 'The session that made it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."artifact_type" IS 'Says what it is.';

COMMENT ON COLUMN {{audit}}."output_artifact"."artifact_name" IS 'What it is called; a later one of the same name supersedes it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."artifact_location" IS 'Where it is: schema.table, path or URL.';

COMMENT ON COLUMN {{audit}}."output_artifact"."source_tables" IS 'The tables that feed it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."columns" IS 'The columns in it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."row_count" IS 'How many rows it has.';

COMMENT ON COLUMN {{audit}}."output_artifact"."data_as_of" IS 'The point in time its data stands for.';

COMMENT ON COLUMN {{audit}}."output_artifact"."data_start_date" IS 'The first day its data covers.';

COMMENT ON COLUMN {{audit}}."output_artifact"."data_end_date" IS 'The last day its data covers.';

COMMENT ON COLUMN {{audit}}."output_artifact"."is_current" IS 'True from the session''s COMPLETED checkin until a later artifact of the same name takes its place; absent before.';

COMMENT ON COLUMN {{audit}}."output_artifact"."superseded_by_id" IS 'The artifact that took its place.';

COMMENT ON COLUMN {{audit}}."output_artifact"."created_at" IS 'When it was made.';

COMMENT ON COLUMN {{audit}}."output_artifact"."expires_at" IS 'When it is no longer good.';

COMMENT ON COLUMN {{audit}}."output_artifact"."description" IS 'Says what it is, to a human.';

COMMENT ON COLUMN {{audit}}."output_artifact"."metadata" IS 'Anything else about it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."output_artifact"."facets" IS 'OpenLineage facets of the dataset.';

COMMENT ON COLUMN {{audit}}."output_artifact"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."output_artifact"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."output_artifact"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."output_artifact"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."output_artifact"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."output_artifact"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."output_artifact"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."output_artifact"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."output_artifact".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."output_artifact".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."lineage_edge" AS
SELECT
  r."id" AS "id",
  r."source_type" AS "source_type",
  r."source_schema" AS "source_schema",
  r."source_name" AS "source_name",
  r."source_column" AS "source_column",
  r."target_type" AS "target_type",
  r."target_schema" AS "target_schema",
  r."target_name" AS "target_name",
  r."target_column" AS "target_column",
  r."relationship_type" AS "relationship_type",
  r."session_id" AS "session_id",
  r."transformation_description" AS "transformation_description",
  r."is_current" AS "is_current",
  r."created_at" AS "created_at",
  r."invalidated_at" AS "invalidated_at",
  r."business_id" AS "business_id",
  r."origin" AS "origin",
  r."subtype" AS "subtype",
  r."resolution" AS "resolution",
  r."extractor_version" AS "extractor_version",
  'lineage_edge'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_lineage_edge" AS r
WHERE r.is_current IS NOT NULL AND NOT EXISTS (SELECT FROM {{ledger}}."lineage_edge" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1 AND n.revision > 1);

GRANT SELECT ON {{audit}}."lineage_edge" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."lineage_edge" IS 'One flow of data from a source node to a target node.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."id" IS 'The seq of its entry; the ledger gives it.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."source_type" IS 'Says what the source is.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."source_schema" IS 'The source''s schema.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."source_name" IS 'The source''s name.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."source_column" IS 'The source''s column, for column-level lineage.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."target_type" IS 'Says what the target is.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."target_schema" IS 'The target''s schema.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."target_name" IS 'The target''s name.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."target_column" IS 'The target''s column, for column-level lineage.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."relationship_type" IS 'Says how the target comes from the source.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."session_id" IS 'The session in which the flow was seen.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."transformation_description" IS 'Says what happens on the way.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."is_current" IS 'True from the session''s COMPLETED checkin until the edge is invalidated; absent before, and where an equal edge was already current.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."created_at" IS 'When the edge was seen.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."invalidated_at" IS 'When it ceased to hold.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."origin" IS 'Says how the edge is known.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."subtype" IS 'The exact OpenLineage transformation subtype.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."resolution" IS 'Says how surely the names were resolved.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."extractor_version" IS 'The version of what derived the edge.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."lineage_edge"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."lineage_edge".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."lineage_edge".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."ingest_run" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."job_type" AS "job_type",
  r."agent_id" AS "agent_id",
  r."source" AS "source",
  r."target_table" AS "target_table",
  r."started_at" AS "started_at",
  r."completed_at" AS "completed_at",
  r."status" AS "status",
  r."records_fetched" AS "records_fetched",
  r."records_inserted" AS "records_inserted",
  r."records_updated" AS "records_updated",
  r."records_failed" AS "records_failed",
  r."error_message" AS "error_message",
  r."metadata"::jsonb AS "metadata",
  'ingest_run'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_ingest_run" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."ingest_run" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."ingest_run" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."ingest_run" IS 'One collection of data entering the system from outside.';

COMMENT ON COLUMN {{audit}}."ingest_run"."id" IS 'Names the run.';

COMMENT ON COLUMN {{audit}}."ingest_run"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."ingest_run"."job_type" IS 'Says what sort of collection it is.';

COMMENT ON COLUMN {{audit}}."ingest_run"."agent_id" IS 'The agent that collects.';

COMMENT ON COLUMN {{audit}}."ingest_run"."source" IS 'Where the data comes from.';

COMMENT ON COLUMN {{audit}}."ingest_run"."target_table" IS 'The table it goes to.';

COMMENT ON COLUMN {{audit}}."ingest_run"."started_at" IS 'When it began.';

COMMENT ON COLUMN {{audit}}."ingest_run"."completed_at" IS 'When it ended.';

COMMENT ON COLUMN {{audit}}."ingest_run"."status" IS 'Where the run stands.';

COMMENT ON COLUMN {{audit}}."ingest_run"."records_fetched" IS 'Counts what the source gave.';

COMMENT ON COLUMN {{audit}}."ingest_run"."records_inserted" IS 'Counts what was new.';

COMMENT ON COLUMN {{audit}}."ingest_run"."records_updated" IS 'Counts what had changed.';

COMMENT ON COLUMN {{audit}}."ingest_run"."records_failed" IS 'Counts what could not be taken.';

COMMENT ON COLUMN {{audit}}."ingest_run"."error_message" IS 'Says what went wrong.';

COMMENT ON COLUMN {{audit}}."ingest_run"."metadata" IS 'Anything else about it.';

COMMENT ON COLUMN {{audit}}."ingest_run"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."ingest_run"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."ingest_run"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."ingest_run"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."ingest_run"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."ingest_run"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."ingest_run"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."ingest_run"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."ingest_run".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."ingest_run".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."validation_status" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."validation_type" AS "validation_type",
  r."agent_id" AS "agent_id",
  r."table_name" AS "table_name",
  r."session_id" AS "session_id",
  r."ingest_run_id" AS "ingest_run_id",
  r."status" AS "status",
  r."issue_count" AS "issue_count",
  r."issues"::jsonb AS "issues",
  r."validated_at" AS "validated_at",
  'validation_status'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_validation_status" AS r;

GRANT SELECT ON {{audit}}."validation_status" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."validation_status" IS 'A checker''s verdict on a table or a run.';

COMMENT ON COLUMN {{audit}}."validation_status"."id" IS 'Names the validation.';

COMMENT ON COLUMN {{audit}}."validation_status"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."validation_status"."validation_type" IS 'Says what was checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."agent_id" IS 'The agent that checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."table_name" IS 'The table checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."session_id" IS 'The session whose work was checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."ingest_run_id" IS 'The data collection that was checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."status" IS 'The verdict.';

COMMENT ON COLUMN {{audit}}."validation_status"."issue_count" IS 'Counts the issues found.';

COMMENT ON COLUMN {{audit}}."validation_status"."issues" IS 'Describes them, never holding rows of data.';

COMMENT ON COLUMN {{audit}}."validation_status"."validated_at" IS 'When it was checked.';

COMMENT ON COLUMN {{audit}}."validation_status"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."validation_status"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."validation_status"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."validation_status"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."validation_status"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."validation_status"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."validation_status"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."validation_status"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."validation_status".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."validation_status".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."log_access_audit" AS
SELECT
  r."access_id" AS "access_id",
  r."business_id" AS "business_id",
  r."accessed_at" AS "accessed_at",
  r."role" AS "role",
  r."action" AS "action",
  r."target" AS "target",
  r."query_text" AS "query_text",
  r."parameters"::jsonb AS "parameters",
  r."rows_returned" AS "rows_returned",
  r."duration_ms" AS "duration_ms",
  r."outcome" AS "outcome",
  r."read_count" AS "read_count",
  r."ip_address" AS "ip_address",
  r."user_agent" AS "user_agent",
  'log_access_audit'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_log_access_audit" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."log_access_audit" AS n WHERE n."access_id" = r."access_id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."log_access_audit" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."log_access_audit" IS 'One reading of the log: who asked what, when, and how much came out. Identical reads of one principal within a minute share an entry.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."access_id" IS 'Names the access.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."accessed_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."role" IS 'The reader''s role.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."action" IS 'Says what sort of reading it is.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."target" IS 'What was read.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."query_text" IS 'The SQL asked, if any.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."parameters" IS 'The parameters of the read.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."rows_returned" IS 'Counts what came out.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."duration_ms" IS 'The whole milliseconds it took.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."outcome" IS 'Says how it ended; absent while a stream runs.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."read_count" IS 'Counts the identical reads that share this entry.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."ip_address" IS 'Where the reader called from.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."user_agent" IS 'What the reader called with.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."log_access_audit"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."log_access_audit".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."log_access_audit".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."ledger_event" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."event_type" AS "event_type",
  r."occurred_at" AS "occurred_at",
  r."actor" AS "actor",
  r."target" AS "target",
  r."details"::jsonb AS "details",
  r."ip_address" AS "ip_address",
  r."user_agent" AS "user_agent",
  'ledger_event'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_ledger_event" AS r;

GRANT SELECT ON {{audit}}."ledger_event" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."ledger_event" IS 'Something that happened to the ledger itself: tokens made and revoked, failed logins, servers started, configuration, keys. What concerns no single business is of the business "*".';

COMMENT ON COLUMN {{audit}}."ledger_event"."id" IS 'Names the event.';

COMMENT ON COLUMN {{audit}}."ledger_event"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."ledger_event"."event_type" IS 'Says what happened.';

COMMENT ON COLUMN {{audit}}."ledger_event"."occurred_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."ledger_event"."actor" IS 'Who did it.';

COMMENT ON COLUMN {{audit}}."ledger_event"."target" IS 'What it was done to.';

COMMENT ON COLUMN {{audit}}."ledger_event"."details" IS 'The particulars, never a secret.';

COMMENT ON COLUMN {{audit}}."ledger_event"."ip_address" IS 'Where the actor called from.';

COMMENT ON COLUMN {{audit}}."ledger_event"."user_agent" IS 'What the actor called with.';

COMMENT ON COLUMN {{audit}}."ledger_event"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."ledger_event"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."ledger_event"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."ledger_event"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."ledger_event"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."ledger_event"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."ledger_event"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."ledger_event"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."ledger_event".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."ledger_event".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."retention_run" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."started_at" AS "started_at",
  r."completed_at" AS "completed_at",
  r."status" AS "status",
  r."tier" AS "tier",
  r."target_kinds" AS "target_kinds",
  r."cutoff" AS "cutoff",
  r."policy"::jsonb AS "policy",
  r."entries_expired" AS "entries_expired",
  r."bytes_freed" AS "bytes_freed",
  r."error_message" AS "error_message",
  'retention_run'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_retention_run" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."retention_run" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."retention_run" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."retention_run" IS 'One run of the operator''s retention job. It stands in the ledger before any body goes, and covers what it removed.';

COMMENT ON COLUMN {{audit}}."retention_run"."id" IS 'Names the run.';

COMMENT ON COLUMN {{audit}}."retention_run"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."retention_run"."started_at" IS 'When it began.';

COMMENT ON COLUMN {{audit}}."retention_run"."completed_at" IS 'When it ended.';

COMMENT ON COLUMN {{audit}}."retention_run"."status" IS 'Where the run stands.';

COMMENT ON COLUMN {{audit}}."retention_run"."tier" IS 'What the bodies leave for.';

COMMENT ON COLUMN {{audit}}."retention_run"."target_kinds" IS 'The kinds it covers.';

COMMENT ON COLUMN {{audit}}."retention_run"."cutoff" IS 'The retain_until up to which it covers them.';

COMMENT ON COLUMN {{audit}}."retention_run"."policy" IS 'The policy it applied.';

COMMENT ON COLUMN {{audit}}."retention_run"."entries_expired" IS 'Counts the bodies removed.';

COMMENT ON COLUMN {{audit}}."retention_run"."bytes_freed" IS 'Counts the bytes they took.';

COMMENT ON COLUMN {{audit}}."retention_run"."error_message" IS 'Says what went wrong.';

COMMENT ON COLUMN {{audit}}."retention_run"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."retention_run"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."retention_run"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."retention_run"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."retention_run"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."retention_run"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."retention_run"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."retention_run"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."retention_run".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."retention_run".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."retention_hold" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."placed_at" AS "placed_at",
  r."placed_by" AS "placed_by",
  r."reason" AS "reason",
  r."target_kind" AS "target_kind",
  r."target_id" AS "target_id",
  r."released_at" AS "released_at",
  r."released_by" AS "released_by",
  'retention_hold'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_retention_hold" AS r
WHERE NOT EXISTS (SELECT FROM {{ledger}}."retention_hold" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1);

GRANT SELECT ON {{audit}}."retention_hold" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."retention_hold" IS 'Keeps bodies from expiring, for as long as it stands.';

COMMENT ON COLUMN {{audit}}."retention_hold"."id" IS 'Names the hold.';

COMMENT ON COLUMN {{audit}}."retention_hold"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."retention_hold"."placed_at" IS 'When it was placed.';

COMMENT ON COLUMN {{audit}}."retention_hold"."placed_by" IS 'Who placed it.';

COMMENT ON COLUMN {{audit}}."retention_hold"."reason" IS 'Says why.';

COMMENT ON COLUMN {{audit}}."retention_hold"."target_kind" IS 'The kind it holds; absent means every kind.';

COMMENT ON COLUMN {{audit}}."retention_hold"."target_id" IS 'The subject it holds; absent means every one.';

COMMENT ON COLUMN {{audit}}."retention_hold"."released_at" IS 'When it was lifted.';

COMMENT ON COLUMN {{audit}}."retention_hold"."released_by" IS 'Who lifted it.';

COMMENT ON COLUMN {{audit}}."retention_hold"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."retention_hold"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."retention_hold"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."retention_hold"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."retention_hold"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."retention_hold"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."retention_hold"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."retention_hold"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."retention_hold".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."retention_hold".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."erasure" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."erased_at" AS "erased_at",
  r."target_kind" AS "target_kind",
  r."target_id" AS "target_id",
  r."log_ids" AS "log_ids",
  r."reason" AS "reason",
  r."requested_by" AS "requested_by",
  r."approved_by" AS "approved_by",
  'erasure'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_erasure" AS r;

GRANT SELECT ON {{audit}}."erasure" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."erasure" IS 'The removal of a whole subject''s bodies before their time, by order of someone entitled to it.';

COMMENT ON COLUMN {{audit}}."erasure"."id" IS 'Names the erasure.';

COMMENT ON COLUMN {{audit}}."erasure"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."erasure"."erased_at" IS 'When.';

COMMENT ON COLUMN {{audit}}."erasure"."target_kind" IS 'The kind of the subject.';

COMMENT ON COLUMN {{audit}}."erasure"."target_id" IS 'The subject.';

COMMENT ON COLUMN {{audit}}."erasure"."log_ids" IS 'The entries whose bodies went.';

COMMENT ON COLUMN {{audit}}."erasure"."reason" IS 'Says why.';

COMMENT ON COLUMN {{audit}}."erasure"."requested_by" IS 'Who asked.';

COMMENT ON COLUMN {{audit}}."erasure"."approved_by" IS 'Who allowed it.';

COMMENT ON COLUMN {{audit}}."erasure"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."erasure"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."erasure"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."erasure"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."erasure"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."erasure"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."erasure"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."erasure"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."erasure".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."erasure".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."transformation_session_archive" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."session_type" AS "session_type",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."source_layer" AS "source_layer",
  r."source_tables" AS "source_tables",
  r."started_at" AS "started_at",
  r."completed_at" AS "completed_at",
  r."status" AS "status",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."purpose" AS "purpose",
  r."operations"::jsonb AS "operations",
  r."archived_at" AS "archived_at",
  'transformation_session_archive'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_transformation_session_archive" AS r;

GRANT SELECT ON {{audit}}."transformation_session_archive" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."transformation_session_archive" IS 'What stays of a session after its hot time: its own columns, with its operations combined.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."id" IS 'The session''s id.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."session_type" IS 'Says what sort of work it was.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."agent_id" IS 'Which agent.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."agent_type" IS 'Says what sort of agent it was.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."source_layer" IS 'Where the data came from.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."source_tables" IS 'The tables read.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."started_at" IS 'When it was checked out.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."completed_at" IS 'When it was checked in.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."status" IS 'How it ended.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."operations_count" IS 'Counts its operations.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."outputs_count" IS 'Counts its artifacts.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."purpose" IS 'Says what for.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."operations" IS 'Its operations combined: counts, rows and time by type and output.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."archived_at" IS 'When the archive was made.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."transformation_session_archive".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}."transformation_session_summary" AS
SELECT
  r."id" AS "id",
  r."business_id" AS "business_id",
  r."agent_id" AS "agent_id",
  r."agent_type" AS "agent_type",
  r."session_type" AS "session_type",
  r."month" AS "month",
  r."sessions_count" AS "sessions_count",
  r."completed_count" AS "completed_count",
  r."failed_count" AS "failed_count",
  r."abandoned_count" AS "abandoned_count",
  r."operations_count" AS "operations_count",
  r."outputs_count" AS "outputs_count",
  r."summarized_at" AS "summarized_at",
  'transformation_session_summary'::text AS "kind",
  (SELECT s.log_id FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "log_id",
  r."logged_at" AS "logged_at",
  r."principal" AS "principal",
  (SELECT s.retain_until FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS "retain_until",
  r."revision" AS "revision",
  encode(r."salt", 'hex') AS "salt",
  r."warnings" AS "warnings",
  r.seq AS seq,
  (SELECT encode(s.log_hash, 'hex') FROM {{ledger}}.spine AS s WHERE s.seq = r.seq) AS log_hash
FROM {{ledger}}."shown_transformation_session_summary" AS r;

GRANT SELECT ON {{audit}}."transformation_session_summary" TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}."transformation_session_summary" IS 'What stays after a year: counts of one agent, type and month.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."id" IS 'Names the summary.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."agent_id" IS 'Which agent.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."agent_type" IS 'Says what sort of agent it was.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."session_type" IS 'Says what sort of work it was.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."month" IS 'The first day of the month.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."sessions_count" IS 'Counts the sessions.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."completed_count" IS 'Counts those that completed.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."failed_count" IS 'Counts those that failed.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."abandoned_count" IS 'Counts those nobody checked in.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."operations_count" IS 'Counts their operations.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."outputs_count" IS 'Counts their artifacts.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."summarized_at" IS 'When the summary was made.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."kind" IS 'The kind of the entry.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."log_id" IS 'Names the entry; given by the client or made by the ledger. Writing it twice writes once.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."logged_at" IS 'When the ledger wrote the entry; never before the entry that stands before it.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."principal" IS 'The authenticated writer.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."retain_until" IS 'The earliest time at which the body may go.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."revision" IS '1 for the first entry of a subject, one more for each amendment.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."salt" IS 'Sixteen random bytes, so that the hash of a body that is gone cannot be guessed.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary"."warnings" IS 'What the intake noticed and let pass.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary".seq IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}."transformation_session_summary".log_hash IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';

CREATE VIEW {{audit}}.entries WITH (security_barrier) AS
SELECT
  s.seq AS seq,
  CASE s.kind
    WHEN 1 THEN 'conversations'
    WHEN 2 THEN 'thinking_logs'
    WHEN 3 THEN 'decision_logs'
    WHEN 4 THEN 'action_logs'
    WHEN 5 THEN 'escalation_logs'
    WHEN 6 THEN 'mcp_usage_logs'
    WHEN 7 THEN 'transformation_session'
    WHEN 8 THEN 'transformation_operation'
    WHEN 9 THEN 'output_artifact'
    WHEN 10 THEN 'lineage_edge'
    WHEN 11 THEN 'ingest_run'
    WHEN 12 THEN 'validation_status'
    WHEN 13 THEN 'log_access_audit'
    WHEN 14 THEN 'ledger_event'
    WHEN 15 THEN 'retention_run'
    WHEN 16 THEN 'retention_hold'
    WHEN 17 THEN 'erasure'
    WHEN 18 THEN 'transformation_session_archive'
    WHEN 19 THEN 'transformation_session_summary'
  END AS kind,
  s.log_id AS log_id,
  s.logged_at AS logged_at,
  s.retain_until AS retain_until,
  encode(s.log_hash, 'hex') AS log_hash
FROM {{ledger}}.spine AS s
WHERE (SELECT {{ledger}}.sees_all()) OR CASE s.kind
  WHEN 1 THEN EXISTS (SELECT FROM {{ledger}}."conversations" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 2 THEN EXISTS (SELECT FROM {{ledger}}."thinking_logs" AS b WHERE b.seq = s.seq AND b.logged_at = s.logged_at AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 3 THEN EXISTS (SELECT FROM {{ledger}}."decision_logs" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 4 THEN EXISTS (SELECT FROM {{ledger}}."action_logs" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 5 THEN EXISTS (SELECT FROM {{ledger}}."escalation_logs" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 6 THEN EXISTS (SELECT FROM {{ledger}}."mcp_usage_logs" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 7 THEN EXISTS (SELECT FROM {{ledger}}."transformation_session" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 8 THEN EXISTS (SELECT FROM {{ledger}}."transformation_operation" AS b WHERE b.seq = s.seq AND b.logged_at = s.logged_at AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 9 THEN EXISTS (SELECT FROM {{ledger}}."output_artifact" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 10 THEN EXISTS (SELECT FROM {{ledger}}."lineage_edge" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 11 THEN EXISTS (SELECT FROM {{ledger}}."ingest_run" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 12 THEN EXISTS (SELECT FROM {{ledger}}."validation_status" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 13 THEN EXISTS (SELECT FROM {{ledger}}."log_access_audit" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 14 THEN EXISTS (SELECT FROM {{ledger}}."ledger_event" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 15 THEN EXISTS (SELECT FROM {{ledger}}."retention_run" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 16 THEN EXISTS (SELECT FROM {{ledger}}."retention_hold" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 17 THEN EXISTS (SELECT FROM {{ledger}}."erasure" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 18 THEN EXISTS (SELECT FROM {{ledger}}."transformation_session_archive" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
  WHEN 19 THEN EXISTS (SELECT FROM {{ledger}}."transformation_session_summary" AS b WHERE b.seq = s.seq AND b.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
END;

GRANT SELECT ON {{audit}}.entries TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}.entries IS 'Every entry''s place in the ledger, kept for ever.';

COMMENT ON COLUMN {{audit}}.entries."seq" IS 'The entry''s place in the ledger, from 0 without gaps.';

COMMENT ON COLUMN {{audit}}.entries."kind" IS 'Its kind, which is the name of the view that shows it.';

COMMENT ON COLUMN {{audit}}.entries."log_id" IS 'Names the entry.';

COMMENT ON COLUMN {{audit}}.entries."logged_at" IS 'When it was given its place; never before that of the entry before.';

COMMENT ON COLUMN {{audit}}.entries."retain_until" IS 'The earliest time at which its body may go.';

COMMENT ON COLUMN {{audit}}.entries."log_hash" IS 'SHA-256 of the entry''s canonical form, which daybook verify computes anew.';
