-- +goose Up

SET LOCAL ROLE daybook_owner;

CREATE VIEW {{audit}}.spending AS
SELECT c.seq AS seq, c.kind AS kind, c.business_id AS business_id, c.agent_position AS agent, c.started_at AS at,
  c.conversation_id AS conversation_id, NULL::text AS session_id, c.cost_usd AS cost_usd, c.price_source AS price_source
FROM {{audit}}.conversations AS c
WHERE c.cost_usd IS NOT NULL
UNION ALL
SELECT m.seq, m.kind, m.business_id, m.agent_position, m.called_at, m.conversation_id, m.session_id, m.cost_usd, m.price_source
FROM {{audit}}.mcp_usage_logs AS m
WHERE m.cost_usd IS NOT NULL
UNION ALL
SELECT a.seq, a.kind, a.business_id, a.agent_position, a.started_at, a.conversation_id, a.session_id, a.cost_usd, a.price_source
FROM {{audit}}.action_logs AS a
WHERE a.cost_usd IS NOT NULL AND (a.action_type IS DISTINCT FROM 'mcp_call'
  OR NOT EXISTS (SELECT FROM {{ledger}}.mcp_usage_logs AS m WHERE m.conversation_id = a.conversation_id AND m.business_id = a.business_id AND m.cost_usd > 0)
  AND NOT EXISTS (SELECT FROM {{ledger}}.mcp_usage_logs AS m WHERE m.session_id = a.session_id AND m.business_id = a.business_id AND m.cost_usd > 0));

GRANT SELECT ON {{audit}}.spending TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}.spending IS 'What each call cost, as it stands now, each call once.';

CREATE VIEW {{audit}}.transformation_activity AS
SELECT
  (t.started_at AT TIME ZONE 'UTC')::date AS day,
  t.id AS session_id,
  t.business_id AS business_id,
  t.agent_id AS agent_id,
  t.agent_type AS agent_type,
  t.session_type AS session_type,
  t.source_layer AS source_layer,
  t.status AS status,
  t.purpose AS purpose,
  t.source_tables AS source_tables,
  t.started_at AS started_at,
  t.completed_at AS completed_at,
  round(extract(epoch FROM t.completed_at - t.started_at), 3)::double precision AS duration_seconds,
  o.operations AS operations,
  (SELECT count(*) FROM {{audit}}.output_artifact AS a WHERE a.session_id = t.id) AS outputs,
  o.rows_in AS rows_in,
  o.rows_out AS rows_out,
  o.execution_time_ms AS execution_time_ms,
  t.error_message AS error_message,
  t.conversation_id AS conversation_id,
  (SELECT sum(s.cost_usd::numeric) FROM {{audit}}.spending AS s WHERE s.session_id = t.id::text AND s.business_id = t.business_id) AS calls_cost_usd,
  CASE WHEN t.conversation_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM {{audit}}.transformation_session AS e
    WHERE e.conversation_id = t.conversation_id AND e.business_id = t.business_id AND (e.started_at, e.id) < (t.started_at, t.id)
  ) THEN (
    SELECT sum(s.cost_usd::numeric) FROM {{audit}}.spending AS s
    WHERE s.conversation_id = t.conversation_id AND s.session_id IS NULL AND s.business_id = t.business_id
  ) END AS conversation_cost_usd
FROM {{audit}}.transformation_session AS t
LEFT JOIN LATERAL (
  SELECT count(*) AS operations,
    sum(o.input_row_count) AS rows_in,
    sum(o.output_row_count) AS rows_out,
    sum(o.execution_time_ms) AS execution_time_ms
  FROM {{audit}}.transformation_operation AS o
  WHERE o.session_id = t.id
) AS o ON true;

GRANT SELECT ON {{audit}}.transformation_activity TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}.transformation_activity IS 'One row a session with what came of it, as it was logged, whatever the session itself said at checkin.';

CREATE VIEW {{audit}}.logging_volume AS
SELECT 'conversations'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_position"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."command_executed"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."ip_address"), 0)
    + coalesce(pg_column_size(r."model_name"), 0)
    + coalesce(pg_column_size(r."model_provider"), 0)
    + coalesce(pg_column_size(r."model_version"), 0)
    + coalesce(pg_column_size(r."price_source"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."response_preview"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."user_agent"), 0)
    + coalesce(pg_column_size(r."user_prompt_preview"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."cache_read_tokens", r."cache_write_tokens", r."cost_usd", r."duration_seconds", r."ended_at", r."input_tokens", r."output_tokens", r."reasoning_tokens", r."revision", r."started_at", r."total_tokens")) AS bytes
FROM {{ledger}}."shown_conversations" AS r
GROUP BY 2
UNION ALL
SELECT 'thinking_logs'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_position"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."context_summary"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."decision_made"), 0)
    + coalesce(pg_column_size(r."model_used"), 0)
    + coalesce(pg_column_size(r."options_considered"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."rationale"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."thinking_content"), 0)
    + coalesce(pg_column_size(r."thinking_id"), 0)
    + coalesce(pg_column_size(r."thinking_type"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."confidence_level", r."revision", r."step_number", r."timestamp", r."token_count")) AS bytes
FROM {{ledger}}."shown_thinking_logs" AS r
GROUP BY 2
UNION ALL
SELECT 'decision_logs'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."affected_agents"), 0)
    + coalesce(pg_column_size(r."affected_entities"), 0)
    + coalesce(pg_column_size(r."agent_position"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."chosen_option"), 0)
    + coalesce(pg_column_size(r."context"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."decision_id"), 0)
    + coalesce(pg_column_size(r."decision_summary"), 0)
    + coalesce(pg_column_size(r."decision_type"), 0)
    + coalesce(pg_column_size(r."human_override"), 0)
    + coalesce(pg_column_size(r."human_reviewer"), 0)
    + coalesce(pg_column_size(r."options_evaluated"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."rationale"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."confidence", r."decided_at", r."human_review_at", r."revision")
    + 1 * num_nonnulls(r."human_reviewed", r."requires_human_review")) AS bytes
FROM {{ledger}}."shown_decision_logs" AS r
GROUP BY 2
UNION ALL
SELECT 'action_logs'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."action_details"), 0)
    + coalesce(pg_column_size(r."action_id"), 0)
    + coalesce(pg_column_size(r."action_target"), 0)
    + coalesce(pg_column_size(r."action_type"), 0)
    + coalesce(pg_column_size(r."agent_position"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."price_source"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."result_summary"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."session_id"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."completed_at", r."cost_usd", r."duration_ms", r."revision", r."started_at")
    + 1 * num_nonnulls(r."success")) AS bytes
FROM {{ledger}}."shown_action_logs" AS r
GROUP BY 2
UNION ALL
SELECT 'escalation_logs'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."description"), 0)
    + coalesce(pg_column_size(r."escalation_id"), 0)
    + coalesce(pg_column_size(r."escalation_type"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."resolution"), 0)
    + coalesce(pg_column_size(r."resolved_by"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."source_agent"), 0)
    + coalesce(pg_column_size(r."source_conversation_id"), 0)
    + coalesce(pg_column_size(r."subject"), 0)
    + coalesce(pg_column_size(r."target"), 0)
    + coalesce(pg_column_size(r."urgency"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."acknowledged_at", r."escalated_at", r."resolved_at", r."revision", r."sla_target")
    + 1 * num_nonnulls(r."sla_met")) AS bytes
FROM {{ledger}}."shown_escalation_logs" AS r
GROUP BY 2
UNION ALL
SELECT 'mcp_usage_logs'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_position"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."parameters"), 0)
    + coalesce(pg_column_size(r."price_source"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."result_summary"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."server_name"), 0)
    + coalesce(pg_column_size(r."session_id"), 0)
    + coalesce(pg_column_size(r."tool_name"), 0)
    + coalesce(pg_column_size(r."usage_id"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."called_at", r."cost_usd", r."duration_ms", r."revision", r."tokens_used")
    + 1 * num_nonnulls(r."success")) AS bytes
FROM {{ledger}}."shown_mcp_usage_logs" AS r
GROUP BY 2
UNION ALL
SELECT 'transformation_session'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_id"), 0)
    + coalesce(pg_column_size(r."agent_type"), 0)
    + coalesce(pg_column_size(r."agent_version"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."conversation_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."facets"), 0)
    + coalesce(pg_column_size(r."ingest_run_id"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."purpose"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."session_type"), 0)
    + coalesce(pg_column_size(r."source_filters"), 0)
    + coalesce(pg_column_size(r."source_layer"), 0)
    + coalesce(pg_column_size(r."source_tables"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."ticket_id"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id", r."parent_session_id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."completed_at", r."operations_count", r."outputs_count", r."revision", r."started_at")
    + 4 * num_nonnulls(r."data_end_date", r."data_start_date")) AS bytes
FROM {{ledger}}."shown_transformation_session" AS r
GROUP BY 2
UNION ALL
SELECT 'transformation_operation'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."input_columns"), 0)
    + coalesce(pg_column_size(r."input_tables"), 0)
    + coalesce(pg_column_size(r."lifecycle_state_change"), 0)
    + coalesce(pg_column_size(r."operation_type"), 0)
    + coalesce(pg_column_size(r."output_columns"), 0)
    + coalesce(pg_column_size(r."output_table"), 0)
    + coalesce(pg_column_size(r."parameters"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."transformation_logic"), 0)
    + coalesce(pg_column_size(r."transformation_type"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."session_id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."created_at", r."execution_time_ms", r."id", r."input_row_count", r."operation_order", r."output_row_count", r."pattern_id", r."revision")) AS bytes
FROM {{ledger}}."shown_transformation_operation" AS r
GROUP BY 2
UNION ALL
SELECT 'output_artifact'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."artifact_location"), 0)
    + coalesce(pg_column_size(r."artifact_name"), 0)
    + coalesce(pg_column_size(r."artifact_type"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."columns"), 0)
    + coalesce(pg_column_size(r."description"), 0)
    + coalesce(pg_column_size(r."facets"), 0)
    + coalesce(pg_column_size(r."metadata"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."source_tables"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id", r."session_id", r."superseded_by_id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."created_at", r."data_as_of", r."expires_at", r."revision", r."row_count")
    + 4 * num_nonnulls(r."data_end_date", r."data_start_date")
    + 1 * num_nonnulls(r."is_current")) AS bytes
FROM {{ledger}}."shown_output_artifact" AS r
GROUP BY 2
UNION ALL
SELECT 'lineage_edge'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."extractor_version"), 0)
    + coalesce(pg_column_size(r."origin"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."relationship_type"), 0)
    + coalesce(pg_column_size(r."resolution"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."source_column"), 0)
    + coalesce(pg_column_size(r."source_name"), 0)
    + coalesce(pg_column_size(r."source_schema"), 0)
    + coalesce(pg_column_size(r."source_type"), 0)
    + coalesce(pg_column_size(r."subtype"), 0)
    + coalesce(pg_column_size(r."target_column"), 0)
    + coalesce(pg_column_size(r."target_name"), 0)
    + coalesce(pg_column_size(r."target_schema"), 0)
    + coalesce(pg_column_size(r."target_type"), 0)
    + coalesce(pg_column_size(r."transformation_description"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."session_id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."created_at", r."id", r."invalidated_at", r."revision")
    + 1 * num_nonnulls(r."is_current")) AS bytes
FROM {{ledger}}."shown_lineage_edge" AS r
GROUP BY 2
UNION ALL
SELECT 'ingest_run'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_id"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."job_type"), 0)
    + coalesce(pg_column_size(r."metadata"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."source"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."target_table"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."completed_at", r."records_failed", r."records_fetched", r."records_inserted", r."records_updated", r."revision", r."started_at")) AS bytes
FROM {{ledger}}."shown_ingest_run" AS r
GROUP BY 2
UNION ALL
SELECT 'validation_status'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_id"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."ingest_run_id"), 0)
    + coalesce(pg_column_size(r."issues"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."session_id"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."table_name"), 0)
    + coalesce(pg_column_size(r."validation_type"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."issue_count", r."revision", r."validated_at")) AS bytes
FROM {{ledger}}."shown_validation_status" AS r
GROUP BY 2
UNION ALL
SELECT 'log_access_audit'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."access_id"), 0)
    + coalesce(pg_column_size(r."action"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."ip_address"), 0)
    + coalesce(pg_column_size(r."outcome"), 0)
    + coalesce(pg_column_size(r."parameters"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."query_text"), 0)
    + coalesce(pg_column_size(r."role"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."target"), 0)
    + coalesce(pg_column_size(r."user_agent"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 8 * num_nonnulls(r.seq, r.logged_at, r."accessed_at", r."duration_ms", r."read_count", r."revision", r."rows_returned")) AS bytes
FROM {{ledger}}."shown_log_access_audit" AS r
GROUP BY 2
UNION ALL
SELECT 'ledger_event'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."actor"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."details"), 0)
    + coalesce(pg_column_size(r."event_type"), 0)
    + coalesce(pg_column_size(r."ip_address"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."target"), 0)
    + coalesce(pg_column_size(r."user_agent"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."occurred_at", r."revision")) AS bytes
FROM {{ledger}}."shown_ledger_event" AS r
GROUP BY 2
UNION ALL
SELECT 'retention_run'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."error_message"), 0)
    + coalesce(pg_column_size(r."policy"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."target_kinds"), 0)
    + coalesce(pg_column_size(r."tier"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."bytes_freed", r."completed_at", r."cutoff", r."entries_expired", r."revision", r."started_at")) AS bytes
FROM {{ledger}}."shown_retention_run" AS r
GROUP BY 2
UNION ALL
SELECT 'retention_hold'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."placed_by"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."reason"), 0)
    + coalesce(pg_column_size(r."released_by"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."target_id"), 0)
    + coalesce(pg_column_size(r."target_kind"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."placed_at", r."released_at", r."revision")) AS bytes
FROM {{ledger}}."shown_retention_hold" AS r
GROUP BY 2
UNION ALL
SELECT 'erasure'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."approved_by"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."log_ids"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."reason"), 0)
    + coalesce(pg_column_size(r."requested_by"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."target_id"), 0)
    + coalesce(pg_column_size(r."target_kind"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."erased_at", r."revision")) AS bytes
FROM {{ledger}}."shown_erasure" AS r
GROUP BY 2
UNION ALL
SELECT 'transformation_session_archive'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_id"), 0)
    + coalesce(pg_column_size(r."agent_type"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."operations"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."purpose"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."session_type"), 0)
    + coalesce(pg_column_size(r."source_layer"), 0)
    + coalesce(pg_column_size(r."source_tables"), 0)
    + coalesce(pg_column_size(r."status"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."archived_at", r."completed_at", r."operations_count", r."outputs_count", r."revision", r."started_at")) AS bytes
FROM {{ledger}}."shown_transformation_session_archive" AS r
GROUP BY 2
UNION ALL
SELECT 'transformation_session_summary'::text AS kind, (r.logged_at AT TIME ZONE 'UTC')::date AS day, count(*) AS entries,
  sum(coalesce(pg_column_size(r."agent_id"), 0)
    + coalesce(pg_column_size(r."agent_type"), 0)
    + coalesce(pg_column_size(r."business_id"), 0)
    + coalesce(pg_column_size(r."principal"), 0)
    + coalesce(pg_column_size(r."salt"), 0)
    + coalesce(pg_column_size(r."session_type"), 0)
    + coalesce(pg_column_size(r."warnings"), 0)
    + 16 * num_nonnulls(r."id")
    + 8 * num_nonnulls(r.seq, r.logged_at, r."abandoned_count", r."completed_count", r."failed_count", r."operations_count", r."outputs_count", r."revision", r."sessions_count", r."summarized_at")
    + 4 * num_nonnulls(r."month")) AS bytes
FROM {{ledger}}."shown_transformation_session_summary" AS r
GROUP BY 2;

GRANT SELECT ON {{audit}}.logging_volume TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{audit}}.logging_volume IS 'Entries and bytes by kind and day: of values as they are stored, without the spine and indexes.';

COMMENT ON COLUMN {{audit}}.spending."seq" IS 'The place in the ledger of the newest revision.';

COMMENT ON COLUMN {{audit}}.spending."kind" IS 'conversations, mcp_usage_logs or action_logs.';

COMMENT ON COLUMN {{audit}}.spending."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}.spending."agent" IS 'Who spent it.';

COMMENT ON COLUMN {{audit}}.spending."at" IS 'When the call began.';

COMMENT ON COLUMN {{audit}}.spending."conversation_id" IS 'The conversation it is, or was made in.';

COMMENT ON COLUMN {{audit}}.spending."session_id" IS 'The transformation session it was made in.';

COMMENT ON COLUMN {{audit}}.spending."cost_usd" IS 'The cost in United States dollars.';

COMMENT ON COLUMN {{audit}}.spending."price_source" IS 'Says where a computed cost''s price comes from, with its date.';

COMMENT ON COLUMN {{audit}}.transformation_activity."day" IS 'The day in UTC on which the session was checked out.';

COMMENT ON COLUMN {{audit}}.transformation_activity."session_id" IS 'Names the session.';

COMMENT ON COLUMN {{audit}}.transformation_activity."duration_seconds" IS 'From checkout to checkin.';

COMMENT ON COLUMN {{audit}}.transformation_activity."operations" IS 'Counts its operations.';

COMMENT ON COLUMN {{audit}}.transformation_activity."outputs" IS 'Counts its artifacts.';

COMMENT ON COLUMN {{audit}}.transformation_activity."rows_in" IS 'The rows that went into its operations.';

COMMENT ON COLUMN {{audit}}.transformation_activity."rows_out" IS 'The rows that came out of its operations.';

COMMENT ON COLUMN {{audit}}.transformation_activity."execution_time_ms" IS 'The milliseconds that its operations took.';

COMMENT ON COLUMN {{audit}}.transformation_activity."calls_cost_usd" IS 'What the MCP calls and actions made in it cost.';

COMMENT ON COLUMN {{audit}}.transformation_activity."conversation_cost_usd" IS 'What the conversation that led to it cost, and its calls outside of sessions; on the first session of the conversation alone, so that sums count it once.';

COMMENT ON COLUMN {{audit}}.transformation_activity."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{audit}}.transformation_activity."agent_id" IS 'Which agent.';

COMMENT ON COLUMN {{audit}}.transformation_activity."agent_type" IS 'Says what sort of agent it is.';

COMMENT ON COLUMN {{audit}}.transformation_activity."session_type" IS 'Says what sort of work it is; follows from the layers where it is not given.';

COMMENT ON COLUMN {{audit}}.transformation_activity."source_layer" IS 'Where the data comes from; follows from the source tables where it is not given.';

COMMENT ON COLUMN {{audit}}.transformation_activity."status" IS 'Where the session stands.';

COMMENT ON COLUMN {{audit}}.transformation_activity."purpose" IS 'Says what for, to a human.';

COMMENT ON COLUMN {{audit}}.transformation_activity."source_tables" IS 'The tables read.';

COMMENT ON COLUMN {{audit}}.transformation_activity."started_at" IS 'When it was checked out.';

COMMENT ON COLUMN {{audit}}.transformation_activity."completed_at" IS 'When it was checked in.';

COMMENT ON COLUMN {{audit}}.transformation_activity."error_message" IS 'Says why it failed.';

COMMENT ON COLUMN {{audit}}.transformation_activity."conversation_id" IS 'The conversation that led to it.';

CREATE VIEW {{gold}}.transformation_activity AS
SELECT
  day AS day,
  business_id AS business_id,
  agent_id AS agent_id,
  agent_type AS agent_type,
  session_type AS session_type,
  count(*) AS sessions,
  count(*) FILTER (WHERE status = 'ACTIVE') AS active,
  count(*) FILTER (WHERE status = 'COMPLETED') AS completed,
  count(*) FILTER (WHERE status = 'FAILED') AS failed,
  count(*) FILTER (WHERE status = 'ABANDONED') AS abandoned,
  sum(operations)::bigint AS operations,
  sum(outputs)::bigint AS outputs,
  sum(rows_in) AS rows_in,
  sum(rows_out) AS rows_out,
  sum(duration_seconds::numeric)::double precision AS duration_seconds,
  sum(execution_time_ms) AS execution_time_ms,
  sum(coalesce(calls_cost_usd, 0) + coalesce(conversation_cost_usd, 0)) FILTER (WHERE calls_cost_usd IS NOT NULL OR conversation_cost_usd IS NOT NULL) AS cost_usd
FROM {{audit}}.transformation_activity
GROUP BY day, business_id, agent_id, agent_type, session_type;

GRANT SELECT ON {{gold}}.transformation_activity TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON VIEW {{gold}}.transformation_activity IS 'Sessions with their operations, outputs, rows, duration and cost, by day, agent and type.';

COMMENT ON COLUMN {{gold}}.transformation_activity."day" IS 'The day in UTC on which the sessions were checked out.';

COMMENT ON COLUMN {{gold}}.transformation_activity."sessions" IS 'Counts them; active, completed, failed and abandoned are those that stand so now.';

COMMENT ON COLUMN {{gold}}.transformation_activity."active" IS 'Counts those that are not checked in.';

COMMENT ON COLUMN {{gold}}.transformation_activity."completed" IS 'Counts those that were checked in as done.';

COMMENT ON COLUMN {{gold}}.transformation_activity."failed" IS 'Counts those that were checked in as failed.';

COMMENT ON COLUMN {{gold}}.transformation_activity."abandoned" IS 'Counts those that nobody checked in.';

COMMENT ON COLUMN {{gold}}.transformation_activity."operations" IS 'Counts their operations.';

COMMENT ON COLUMN {{gold}}.transformation_activity."outputs" IS 'Counts their artifacts.';

COMMENT ON COLUMN {{gold}}.transformation_activity."rows_in" IS 'The rows that went into their operations.';

COMMENT ON COLUMN {{gold}}.transformation_activity."rows_out" IS 'The rows that came out of their operations.';

COMMENT ON COLUMN {{gold}}.transformation_activity."duration_seconds" IS 'From checkout to checkin, added up.';

COMMENT ON COLUMN {{gold}}.transformation_activity."execution_time_ms" IS 'The milliseconds that their operations took.';

COMMENT ON COLUMN {{gold}}.transformation_activity."cost_usd" IS 'What their MCP calls, actions and conversations cost; a conversation counts with its first session.';

COMMENT ON COLUMN {{gold}}.transformation_activity."business_id" IS 'The tenant.';

COMMENT ON COLUMN {{gold}}.transformation_activity."agent_id" IS 'Which agent.';

COMMENT ON COLUMN {{gold}}.transformation_activity."agent_type" IS 'Says what sort of agent it is.';

COMMENT ON COLUMN {{gold}}.transformation_activity."session_type" IS 'Says what sort of work it is; follows from the layers where it is not given.';

COMMENT ON COLUMN {{audit}}.logging_volume."kind" IS 'The kind of the entries.';

COMMENT ON COLUMN {{audit}}.logging_volume."day" IS 'The day in UTC on which the entries were logged.';

COMMENT ON COLUMN {{audit}}.logging_volume."entries" IS 'Counts the entries, all revisions, whose bodies are kept.';

COMMENT ON COLUMN {{audit}}.logging_volume."bytes" IS 'What their values take, compressed as they are stored.';

-- +goose StatementBegin
CREATE FUNCTION {{audit}}.table_history(name text) RETURNS TABLE (started_at timestamptz, agent_id text, purpose text, operation_type text,
  transformation_logic text, input_row_count bigint, output_row_count bigint, session_id uuid, operation_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE $sql$
WITH touching AS (
  SELECT o.seq, o.logged_at FROM {{ledger}}.transformation_operation AS o WHERE o.output_table = $1
  UNION
  SELECT o.seq, o.logged_at FROM {{ledger}}.transformation_session AS r JOIN {{ledger}}.transformation_operation AS o ON o.session_id = r.id
  WHERE r.source_tables @> ARRAY[$1] AND NOT EXISTS (SELECT FROM {{ledger}}."transformation_session" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1)
)
SELECT r.started_at, r.agent_id, r.purpose, o.operation_type, o.transformation_logic, o.input_row_count, o.output_row_count, o.session_id, o.id
FROM touching JOIN {{ledger}}.transformation_operation AS o ON o.seq = touching.seq AND o.logged_at = touching.logged_at
JOIN {{ledger}}.transformation_session AS r ON r.id = o.session_id
WHERE NOT EXISTS (SELECT FROM {{ledger}}."transformation_session" AS n WHERE n."id" = r."id" AND n.revision = r.revision + 1) AND ((SELECT {{ledger}}.sees_all()) OR o.business_id = ANY ((SELECT {{ledger}}.businesses())::text[])) AND ((SELECT {{ledger}}.sees_all()) OR r.business_id = ANY ((SELECT {{ledger}}.businesses())::text[]))
ORDER BY r.started_at DESC, o.seq DESC
$sql$ USING name;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.gather_statistics(kind text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shown CONSTANT regclass := format('{{ledger}}.%I', 'shown_' || kind)::regclass;
  gathered CONSTANT float8 := (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = shown);
  written CONSTANT float8 := (SELECT coalesce(sum(pg_stat_get_live_tuples(t.relid)), 0) FROM pg_partition_tree(shown) AS t WHERE t.isleaf);
BEGIN
  IF written < 1000 OR gathered >= 0 AND abs(written - gathered) <= gathered / 5 THEN
    RETURN false;
  END IF;
  EXECUTE format('ANALYZE %s', shown);
  RETURN true;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON FUNCTION {{audit}}.table_history(text) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION {{audit}}.table_history(text) TO daybook_reader, daybook_writer, daybook_retention, daybook_admin;

COMMENT ON FUNCTION {{audit}}.table_history(text) IS 'What happened to a table: the operations that wrote it, and those of sessions that name it in source_tables, newest session first.';

REVOKE ALL ON FUNCTION {{ledger}}.gather_statistics(text) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION {{ledger}}.gather_statistics(text) TO daybook_writer;
