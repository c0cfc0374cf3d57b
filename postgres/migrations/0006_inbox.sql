-- +goose Up

SET LOCAL ROLE daybook_owner;

-- What jobs write by SQL waits here until a server takes it into the ledger. It
-- is state and no evidence: what a job wrote is evidence once it has its place in
-- the spine, and nothing is promised before.
--
-- The place gives the order. A number is drawn when a job calls, and none is
-- drawn twice, so what was committed before another call began has the lower one;
-- it is not drawn in the order of commits, so a lower one may come into sight
-- after a higher. Whoever takes all that is in sight by place never takes what
-- follows from something before that: what a call could see was committed, and
-- so has a lower place and was in sight with it or before. Gaps are calls that were
-- rolled back.
CREATE TABLE {{ledger}}.inbox (
  place bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  log_id uuid NOT NULL,
  kind text NOT NULL,
  record text NOT NULL, -- a JSON object, with its log_id and its subject's id
  writer text NOT NULL, -- the login
  business text, -- the one that the login is bound to
  written_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What the ledger refused, with the reason, until its writer or an admin
-- settles it. Nothing is unique in it, so that nothing can keep a letter from
-- getting out of the way.
CREATE TABLE {{ledger}}.inbox_reject (
  place bigint NOT NULL,
  log_id uuid NOT NULL,
  kind text NOT NULL,
  record text NOT NULL, -- without the secrets that Daybook found in it
  writer text NOT NULL,
  business text,
  written_at timestamptz NOT NULL,
  refused_at timestamptz NOT NULL,
  code text NOT NULL,
  path text NOT NULL, -- to what is at fault in the record; '' for all of it
  message text NOT NULL,
  hint text NOT NULL
);

-- The business that a login writes for, and no other; see map_job. A login that
-- is not here writes for the one that its records name.
CREATE TABLE {{ledger}}.job (
  login name PRIMARY KEY,
  business text NOT NULL,
  mapped_by name NOT NULL,
  mapped_at timestamptz NOT NULL
);

-- What the catalog says of each kind, so that a job is told of a mistake when it
-- makes it. A test holds the rows against the catalog.
CREATE TABLE {{ledger}}.inbox_kind (
  kind text COLLATE "C" PRIMARY KEY,
  subject text NOT NULL, -- the field that names the subject
  subject_type text NOT NULL, -- uuid, text, or bigint where the ledger numbers them
  amendable boolean NOT NULL,
  restricted boolean NOT NULL, -- Daybook itself writes it, or an admin
  fields text[] NOT NULL,
  types text[] NOT NULL, -- of the fields, as jsonb_typeof says them, or any
  required text[] NOT NULL
);

INSERT INTO {{ledger}}.inbox_kind VALUES
  ('conversations', 'conversation_id', 'text', true, false,
    '{agent_position,business_id,cache_read_tokens,cache_write_tokens,command_executed,conversation_id,cost_usd,duration_seconds,ended_at,error_message,input_tokens,ip_address,model_name,model_provider,model_version,output_tokens,price_source,reasoning_tokens,response_preview,started_at,status,total_tokens,user_agent,user_prompt_preview}',
    '{string,string,number,number,string,string,number,number,string,string,number,string,string,string,string,number,string,number,string,string,string,number,string,string}',
    '{agent_position}'),
  ('thinking_logs', 'thinking_id', 'text', false, false,
    '{agent_position,business_id,confidence_level,context_summary,conversation_id,decision_made,model_used,options_considered,rationale,step_number,thinking_content,thinking_id,thinking_type,timestamp,token_count}',
    '{string,string,number,string,string,string,string,array,string,number,string,string,string,string,number}',
    '{agent_position,conversation_id}'),
  ('decision_logs', 'decision_id', 'text', true, false,
    '{affected_agents,affected_entities,agent_position,business_id,chosen_option,confidence,context,conversation_id,decided_at,decision_id,decision_summary,decision_type,human_override,human_review_at,human_reviewed,human_reviewer,options_evaluated,rationale,requires_human_review}',
    '{array,array,string,string,string,number,string,string,string,string,string,string,string,string,boolean,string,array,string,boolean}',
    '{agent_position}'),
  ('action_logs', 'action_id', 'text', true, false,
    '{action_details,action_id,action_target,action_type,agent_position,business_id,completed_at,conversation_id,cost_usd,duration_ms,error_message,price_source,result_summary,session_id,started_at,success}',
    '{any,string,string,string,string,string,string,string,number,number,string,string,string,string,string,boolean}',
    '{agent_position}'),
  ('escalation_logs', 'escalation_id', 'text', true, false,
    '{acknowledged_at,business_id,description,escalated_at,escalation_id,escalation_type,resolution,resolved_at,resolved_by,sla_met,sla_target,source_agent,source_conversation_id,subject,target,urgency}',
    '{string,string,string,string,string,string,string,string,string,boolean,string,string,string,string,string,string}',
    '{source_agent}'),
  ('mcp_usage_logs', 'usage_id', 'text', true, false,
    '{agent_position,business_id,called_at,conversation_id,cost_usd,duration_ms,error_message,parameters,price_source,result_summary,server_name,session_id,success,tokens_used,tool_name,usage_id}',
    '{string,string,string,string,number,number,string,any,string,string,string,string,boolean,number,string,string}',
    '{agent_position,server_name,tool_name}'),
  ('transformation_session', 'id', 'uuid', true, false,
    '{agent_id,agent_type,agent_version,business_id,completed_at,conversation_id,data_end_date,data_start_date,error_message,facets,id,ingest_run_id,operations_count,outputs_count,parent_session_id,purpose,session_type,source_filters,source_layer,source_tables,started_at,status,ticket_id}',
    '{string,string,string,string,string,string,string,string,string,any,string,string,number,number,string,string,string,any,string,array,string,string,string}',
    '{agent_id}'),
  ('transformation_operation', 'id', 'bigint', false, false,
    '{business_id,created_at,execution_time_ms,id,input_columns,input_row_count,input_tables,lifecycle_state_change,operation_order,operation_type,output_columns,output_row_count,output_table,parameters,pattern_id,session_id,transformation_logic,transformation_type,warnings}',
    '{string,string,number,number,array,number,array,string,number,string,array,number,string,any,number,string,string,string,array}',
    '{operation_type,session_id}'),
  ('output_artifact', 'id', 'uuid', true, false,
    '{artifact_location,artifact_name,artifact_type,business_id,columns,created_at,data_as_of,data_end_date,data_start_date,description,expires_at,facets,id,is_current,metadata,row_count,session_id,source_tables,superseded_by_id}',
    '{string,string,string,string,array,string,string,string,string,string,string,any,string,boolean,any,number,string,array,string}',
    '{artifact_name,artifact_type,session_id}'),
  ('lineage_edge', 'id', 'bigint', true, false,
    '{business_id,created_at,extractor_version,id,invalidated_at,is_current,origin,relationship_type,resolution,session_id,source_column,source_name,source_schema,source_type,subtype,target_column,target_name,target_schema,target_type,transformation_description}',
    '{string,string,string,number,string,boolean,string,string,string,string,string,string,string,string,string,string,string,string,string,string}',
    '{relationship_type,source_name,source_type,target_name,target_type}'),
  ('ingest_run', 'id', 'uuid', true, false,
    '{agent_id,business_id,completed_at,error_message,id,job_type,metadata,records_failed,records_fetched,records_inserted,records_updated,source,started_at,status,target_table}',
    '{string,string,string,string,string,string,any,number,number,number,number,string,string,string,string}',
    '{job_type}'),
  ('validation_status', 'id', 'uuid', false, false,
    '{agent_id,business_id,id,ingest_run_id,issue_count,issues,session_id,status,table_name,validated_at,validation_type}',
    '{string,string,string,string,number,any,string,string,string,string,string}',
    '{status,validation_type}'),
  ('log_access_audit', 'access_id', 'text', true, true,
    '{access_id,accessed_at,action,business_id,duration_ms,ip_address,outcome,parameters,query_text,read_count,role,rows_returned,target,user_agent}',
    '{string,string,string,string,number,string,string,any,string,number,string,number,string,string}',
    '{action}'),
  ('ledger_event', 'id', 'uuid', false, true,
    '{actor,business_id,details,event_type,id,ip_address,occurred_at,target,user_agent}',
    '{string,string,any,string,string,string,string,string,string}',
    '{event_type}'),
  ('retention_run', 'id', 'uuid', true, true,
    '{business_id,bytes_freed,completed_at,cutoff,entries_expired,error_message,id,policy,started_at,status,target_kinds,tier}',
    '{string,number,string,string,number,string,string,any,string,string,array,string}',
    '{}'),
  ('retention_hold', 'id', 'uuid', true, true,
    '{business_id,id,placed_at,placed_by,reason,released_at,released_by,target_id,target_kind}',
    '{string,string,string,string,string,string,string,string,string}',
    '{reason}'),
  ('erasure', 'id', 'uuid', false, true,
    '{approved_by,business_id,erased_at,id,log_ids,reason,requested_by,target_id,target_kind}',
    '{string,string,string,string,array,string,string,string,string}',
    '{reason,target_id,target_kind}'),
  ('transformation_session_archive', 'id', 'uuid', false, true,
    '{agent_id,agent_type,archived_at,business_id,completed_at,id,operations,operations_count,outputs_count,purpose,session_type,source_layer,source_tables,started_at,status}',
    '{string,string,string,string,string,string,any,number,number,string,string,string,array,string,string}',
    '{agent_id}'),
  ('transformation_session_summary', 'id', 'uuid', false, true,
    '{abandoned_count,agent_id,agent_type,business_id,completed_count,failed_count,id,month,operations_count,outputs_count,session_type,sessions_count,summarized_at}',
    '{number,string,string,string,number,number,string,string,number,number,string,number,string}',
    '{agent_id,month}');

-- +goose StatementBegin
-- A UUID of version 7: those made later are greater, to the millisecond.
CREATE FUNCTION {{ledger}}.new_id() RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Checks a record and gives it as it is to wait: with its log_id, its subject's
-- id, and without fields that are null.
CREATE FUNCTION {{ledger}}.inbox_record(kind text, record jsonb, business text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  uuid_form CONSTANT text := '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$';
  known {{ledger}}.inbox_kind;
  amends boolean;
  given jsonb;
  wrong text;
  instead text;
BEGIN
  SELECT k.* INTO known FROM {{ledger}}.inbox_kind k WHERE k.kind = inbox_record.kind;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: %s is not a kind', coalesce(quote_literal(left(inbox_record.kind, 80)), 'NULL')),
      HINT = 'The kinds are ' || (SELECT string_agg(k.kind, ', ' ORDER BY k.kind) FROM {{ledger}}.inbox_kind k WHERE NOT k.restricted) || '.';
  END IF;
  IF known.restricted THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('daybook: %s is written by Daybook itself', known.kind),
      HINT = 'Log what the job did as one of the other kinds.';
  END IF;
  IF record IS NULL OR jsonb_typeof(record) <> 'object' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: a record of %s is %s', known.kind, coalesce('a JSON ' || jsonb_typeof(record), 'NULL')),
      HINT = 'Give an object of its fields, such as jsonb_build_object(''' || known.required[1] || ''', …).';
  END IF;
  IF octet_length(record::text) > 8388608 THEN
    RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded',
      MESSAGE = format('daybook: the record has %s bytes, and 8388608 are the most', octet_length(record::text)),
      HINT = 'Log what was done and where the data is, not the data itself.';
  END IF;
  given := coalesce((SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(record) f WHERE f.value <> 'null'), '{}');
  amends := coalesce(given -> 'amend' = 'true', false);

  SELECT string_agg(quote_ident(f.key), ', ' ORDER BY f.key) INTO wrong FROM jsonb_object_keys(given) f(key)
    WHERE f.key NOT IN ('kind', 'amend', 'log_id') AND f.key <> ALL (known.fields);
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: %s has no field %s that a job may give', known.kind, left(wrong, 200)),
      HINT = known.kind || ' has ' || array_to_string(known.fields, ', ') || '.';
  END IF;
  IF given ? 'kind' AND given ->> 'kind' <> known.kind THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: the record says that its kind is %s, and the call says %s', left(given ->> 'kind', 80), known.kind),
      HINT = 'Leave kind out of the record.';
  END IF;
  IF given ? 'amend' AND jsonb_typeof(given -> 'amend') <> 'boolean' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'daybook: amend is not true or false', HINT = 'Say "amend": true for a record that fills fields of a subject that exists.';
  END IF;
  IF amends AND NOT known.amendable THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: %s is never amended', known.kind), HINT = 'Log another record.';
  END IF;
  IF amends AND NOT given ? known.subject THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: an amendment of %s needs its %s', known.kind, known.subject),
      HINT = 'Give what log_entry returned for the record that is to be amended.';
  END IF;
  IF given ? 'log_id' AND coalesce(given ->> 'log_id' !~ uuid_form, true) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'daybook: log_id is not a UUID', HINT = 'Leave log_id out, or give the same UUID each time the same record is written.';
  END IF;
  IF given ? known.subject AND known.subject_type = 'bigint' AND NOT amends THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: %s of %s is given by the ledger', known.subject, known.kind), HINT = 'Leave it out.';
  END IF;
  IF given ? known.subject AND known.subject_type = 'uuid' AND coalesce(given ->> known.subject !~ uuid_form, true) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('daybook: %s of %s is not a UUID', known.subject, known.kind),
      HINT = 'Leave it out: log_entry makes one, and returns it.';
  END IF;
  SELECT string_agg(f, ', ') INTO wrong FROM unnest(known.required) f WHERE NOT given ? f;
  IF wrong IS NOT NULL AND NOT amends THEN
    RAISE EXCEPTION USING ERRCODE = 'not_null_violation',
      MESSAGE = format('daybook: %s needs %s', known.kind, wrong),
      HINT = 'It is missing from the record, or null.';
  END IF;
  SELECT format('%s of %s is a JSON %s, and takes %s', f.field, known.kind, jsonb_typeof(given -> f.field), CASE f.type WHEN 'array' THEN 'an array' ELSE 'a ' || f.type END),
      CASE f.type WHEN 'array' THEN 'Give an array, such as ARRAY[…].' ELSE format('Cast what the record is built of: jsonb_build_object(%L, value::%s).', f.field, CASE f.type WHEN 'string' THEN 'text' WHEN 'number' THEN 'numeric' ELSE f.type END) END
    INTO wrong, instead
    FROM unnest(known.fields, known.types) AS f(field, type)
    WHERE given ? f.field AND f.type <> 'any' AND jsonb_typeof(given -> f.field) <> f.type ORDER BY f.field LIMIT 1;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch', MESSAGE = 'daybook: ' || wrong, HINT = instead;
  END IF;
  IF business IS NOT NULL AND given ? 'business_id' AND given ->> 'business_id' <> business THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('daybook: the login %s writes for business %s alone, and the record is of another', session_user, quote_literal(business)),
      HINT = 'Leave business_id out.';
  END IF;

  IF NOT given ? 'log_id' THEN
    given := given || jsonb_build_object('log_id', {{ledger}}.new_id());
  END IF;
  -- A record that is written again under its log_id is then about the same
  -- subject again, and no other record.
  IF NOT given ? known.subject AND known.subject_type <> 'bigint' THEN
    given := given || jsonb_build_object(known.subject, given -> 'log_id');
  END IF;
  RETURN given;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Writes a record of a kind: it is in the ledger a moment after the transaction
-- commits, and leaves nothing if that is rolled back. Returns the id of what it
-- is about, or, for kinds whose subjects the ledger numbers, its log_id.
CREATE FUNCTION {{audit}}.log_entry(kind text, record jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  bound text;
  waits jsonb;
BEGIN
  SELECT j.business INTO bound FROM {{ledger}}.job j WHERE j.login = session_user;
  waits := {{ledger}}.inbox_record(log_entry.kind, log_entry.record, bound);
  INSERT INTO {{ledger}}.inbox (log_id, kind, record, writer, business, written_at)
    VALUES ((waits ->> 'log_id')::uuid, log_entry.kind, waits::text, session_user, bound, clock_timestamp());
  PERFORM pg_notify('{{prefix}}daybook_inbox', '');
  RETURN coalesce((SELECT waits ->> k.subject FROM {{ledger}}.inbox_kind k WHERE k.kind = log_entry.kind), waits ->> 'log_id');
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Fills fields of what was logged before: an end, a result, a review.
CREATE FUNCTION {{audit}}.log_amendment(kind text, id text, fields jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  subject text := (SELECT k.subject FROM {{ledger}}.inbox_kind k WHERE k.kind = log_amendment.kind);
  given jsonb := coalesce(fields, '{}') || '{"amend": true}';
BEGIN
  IF jsonb_typeof(coalesce(fields, '{}')) <> 'object' THEN
    given := fields; -- log_entry says what is wrong with it
  ELSIF subject IS NOT NULL THEN
    given := given || jsonb_build_object(subject, CASE WHEN (SELECT k.subject_type = 'bigint' FROM {{ledger}}.inbox_kind k WHERE k.kind = log_amendment.kind)
      AND id ~ '^[0-9]{1,18}$' THEN to_jsonb(id::bigint) ELSE to_jsonb(id) END);
  END IF;
  RETURN {{audit}}.log_entry(log_amendment.kind, given);
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {{audit}}.log_amendment(kind text, id uuid, fields jsonb) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT {{audit}}.log_amendment(kind, id::text, fields)
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Begins a session of work with data. More fields of it stand in more.
CREATE FUNCTION {{audit}}.checkout(agent_id text, source_tables text[], purpose text DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT {{audit}}.log_entry('transformation_session', coalesce(more, '{}') || jsonb_strip_nulls(jsonb_build_object(
    'agent_id', agent_id, 'source_tables', source_tables, 'purpose', purpose)))::uuid
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Logs one thing that a session did. Where began says when it began, it ended
-- now. Returns the log_id.
CREATE FUNCTION {{audit}}.log_operation(session_id uuid, operation_type text, transformation_logic text DEFAULT NULL,
  output_table text DEFAULT NULL, output_row_count bigint DEFAULT NULL, began timestamptz DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT {{audit}}.log_entry('transformation_operation', coalesce(more, '{}') || jsonb_strip_nulls(jsonb_build_object(
    'session_id', session_id, 'operation_type', operation_type, 'transformation_logic', transformation_logic,
    'output_table', output_table, 'output_row_count', output_row_count,
    'execution_time_ms', floor(extract(epoch FROM clock_timestamp() - began) * 1000))))::uuid
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Logs something that a session made.
CREATE FUNCTION {{audit}}.register_output(session_id uuid, artifact_type text, artifact_name text, row_count bigint DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT {{audit}}.log_entry('output_artifact', coalesce(more, '{}') || jsonb_strip_nulls(jsonb_build_object(
    'session_id', session_id, 'artifact_type', artifact_type, 'artifact_name', artifact_name, 'row_count', row_count)))::uuid
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Says that data flows from a node to another: schema.name, or
-- schema.name.column. Only what no logged SQL says needs it. Returns the log_id.
CREATE FUNCTION {{audit}}.add_lineage(session_id uuid, source text, target text, relationship_type text DEFAULT 'DERIVES_FROM', more jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  ends text[] := ARRAY['source', source, 'target', target];
  edge jsonb := coalesce(more, '{}') || jsonb_build_object('session_id', session_id, 'relationship_type', relationship_type);
  parts text[];
BEGIN
  FOR i IN 1..3 BY 2 LOOP
    parts := parse_ident(ends[i + 1]);
    IF cardinality(parts) NOT IN (2, 3) THEN
      RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
        MESSAGE = format('daybook: the %s %s is not schema.name or schema.name.column', ends[i], quote_literal(ends[i + 1])),
        HINT = 'Log a lineage_edge with log_entry, where each part is a field of its own.';
    END IF;
    edge := edge || jsonb_strip_nulls(jsonb_build_object(
      ends[i] || '_type', CASE cardinality(parts) WHEN 3 THEN 'COLUMN' ELSE 'TABLE' END,
      ends[i] || '_schema', parts[1], ends[i] || '_name', parts[2], ends[i] || '_column', parts[3]));
  END LOOP;
  RETURN {{audit}}.log_entry('lineage_edge', edge)::uuid;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Ends a session. With COMPLETED, what it made takes effect.
CREATE FUNCTION {{audit}}.checkin(session_id uuid, status text DEFAULT 'COMPLETED', error_message text DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS uuid
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT {{audit}}.log_amendment('transformation_session', session_id, coalesce(more, '{}') || jsonb_strip_nulls(jsonb_build_object(
    'status', status, 'error_message', error_message)))::uuid
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Says how much waits, since when, and how much was refused and is not settled.
CREATE FUNCTION {{audit}}.inbox_waiting(OUT waiting bigint, OUT since timestamptz, OUT refused bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT count(*), min(i.written_at), (SELECT count(*) FROM {{ledger}}.inbox_reject) FROM {{ledger}}.inbox i
$body$;
-- +goose StatementEnd

-- What the ledger refused, with the reason. A login sees what it wrote itself,
-- an admin all.
CREATE VIEW {{audit}}.inbox_rejects WITH (security_barrier) AS
SELECT r.refused_at, r.kind, r.log_id, r.code, r.path, r.message, r.hint, r.record::jsonb AS record, r.writer, r.written_at
FROM {{ledger}}.inbox_reject r
WHERE r.writer = session_user OR (SELECT pg_has_role(session_user, 'daybook_admin', 'MEMBER'));

-- +goose StatementBegin
-- Puts what was refused back into the inbox, one's own or as an admin anybody's:
-- the record of a log_id, or all where none is named. Returns how many.
CREATE FUNCTION {{audit}}.inbox_retry(log_id uuid DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  retried bigint;
BEGIN
  WITH gone AS (
    DELETE FROM {{ledger}}.inbox_reject r
    WHERE (inbox_retry.log_id IS NULL OR r.log_id = inbox_retry.log_id) AND (r.writer = session_user OR pg_has_role(session_user, 'daybook_admin', 'MEMBER'))
    RETURNING r.*)
  INSERT INTO {{ledger}}.inbox (log_id, kind, record, writer, business, written_at)
    SELECT g.log_id, g.kind, g.record, g.writer, g.business, g.written_at FROM gone g ORDER BY g.place;
  GET DIAGNOSTICS retried = ROW_COUNT;
  PERFORM pg_notify('{{prefix}}daybook_inbox', '');
  RETURN retried;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Deletes what was refused for good, one's own or as an admin anybody's. Returns
-- how many.
CREATE FUNCTION {{audit}}.inbox_drop(log_id uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  dropped bigint;
BEGIN
  DELETE FROM {{ledger}}.inbox_reject r
    WHERE r.log_id = inbox_drop.log_id AND (r.writer = session_user OR pg_has_role(session_user, 'daybook_admin', 'MEMBER'));
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Lets a login write for one business and no other, from its next record on.
CREATE FUNCTION {{ledger}}.map_job(login name, business text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = map_job.login AND r.rolcanlogin) THEN
    RAISE EXCEPTION USING ERRCODE = 'undefined_object',
      MESSAGE = format('there is no login %s', coalesce(map_job.login::text, 'of no name')),
      HINT = format('make it first: CREATE ROLE %I LOGIN IN ROLE daybook_job', coalesce(map_job.login, 'nightly'));
  END IF;
  IF coalesce(map_job.business, '') IN ('', '*') THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a job is mapped to a business by its name',
      HINT = 'records that name no business are of the business default';
  END IF;
  INSERT INTO {{ledger}}.job AS j VALUES (map_job.login, map_job.business, session_user, now())
    ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE SET business = excluded.business, mapped_by = excluded.mapped_by, mapped_at = excluded.mapped_at;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Lets a login write for any business again, and says whether it was mapped.
CREATE FUNCTION {{ledger}}.unmap_job(login name) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  DELETE FROM {{ledger}}.job j WHERE j.login = unmap_job.login;
  RETURN FOUND;
END
$body$;
-- +goose StatementEnd

-- Jobs call the functions, and see nothing of what waits.
REVOKE ALL ON {{ledger}}.inbox, {{ledger}}.inbox_reject, {{ledger}}.inbox_kind, {{ledger}}.job, {{audit}}.inbox_rejects FROM PUBLIC;
GRANT SELECT, DELETE ON {{ledger}}.inbox TO daybook_writer;
GRANT SELECT, INSERT ON {{ledger}}.inbox_reject TO daybook_writer;
GRANT SELECT ON {{ledger}}.job TO daybook_admin;
GRANT SELECT ON {{audit}}.inbox_rejects TO daybook_job, daybook_writer, daybook_admin;

-- +goose StatementBegin
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY[
    '{{audit}}.log_entry(text,jsonb)', '{{audit}}.log_amendment(text,text,jsonb)', '{{audit}}.log_amendment(text,uuid,jsonb)',
    '{{audit}}.checkout(text,text[],text,jsonb)', '{{audit}}.log_operation(uuid,text,text,text,bigint,timestamptz,jsonb)',
    '{{audit}}.register_output(uuid,text,text,bigint,jsonb)', '{{audit}}.add_lineage(uuid,text,text,text,jsonb)', '{{audit}}.checkin(uuid,text,text,jsonb)',
    '{{audit}}.inbox_retry(uuid)', '{{audit}}.inbox_drop(uuid)', '{{audit}}.inbox_waiting()'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', wanted);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO daybook_job, daybook_writer, daybook_admin', wanted);
  END LOOP;
  FOREACH wanted IN ARRAY ARRAY[
    '{{ledger}}.new_id()', '{{ledger}}.inbox_record(text,jsonb,text)', '{{ledger}}.map_job(name,text)', '{{ledger}}.unmap_job(name)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', wanted);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT EXECUTE ON FUNCTION {{audit}}.inbox_waiting() TO daybook_retention;
GRANT EXECUTE ON FUNCTION {{ledger}}.map_job(name, text), {{ledger}}.unmap_job(name) TO daybook_admin;

-- What psql says of them with \df+.
COMMENT ON FUNCTION {{audit}}.log_entry(text, jsonb) IS 'Writes a record of a kind, with its fields: in the ledger a moment after the transaction commits. Returns the id of what it is about, or its log_id where the ledger numbers those.';
COMMENT ON FUNCTION {{audit}}.log_amendment(text, text, jsonb) IS 'Fills fields of what was logged before: an end, a result, a review.';
COMMENT ON FUNCTION {{audit}}.log_amendment(text, uuid, jsonb) IS 'Fills fields of what was logged before: an end, a result, a review.';
COMMENT ON FUNCTION {{audit}}.checkout(text, text[], text, jsonb) IS 'Begins a session of work with data, and returns its id. More fields of it stand in more.';
COMMENT ON FUNCTION {{audit}}.log_operation(uuid, text, text, text, bigint, timestamptz, jsonb) IS 'Logs one thing that a session did. Where began says when it began, it ended now. Returns the log_id.';
COMMENT ON FUNCTION {{audit}}.register_output(uuid, text, text, bigint, jsonb) IS 'Logs something that a session made, and returns its id.';
COMMENT ON FUNCTION {{audit}}.add_lineage(uuid, text, text, text, jsonb) IS 'Says that data flows from a node to another: schema.name, or schema.name.column. Only what no logged SQL says needs it. Returns the log_id.';
COMMENT ON FUNCTION {{audit}}.checkin(uuid, text, text, jsonb) IS 'Ends a session. With COMPLETED, what it made takes effect.';
COMMENT ON FUNCTION {{audit}}.inbox_waiting() IS 'Counts what waits for the ledger, since when, and what was refused and is not settled.';
COMMENT ON FUNCTION {{audit}}.inbox_retry(uuid) IS 'Puts what was refused back into the inbox, all where no log_id is named, and says how many: one''s own, or as an admin anybody''s.';
COMMENT ON FUNCTION {{audit}}.inbox_drop(uuid) IS 'Deletes what was refused for good, and says how many: one''s own, or as an admin anybody''s.';
COMMENT ON VIEW {{audit}}.inbox_rejects IS 'What jobs wrote and the ledger refused, with the reason: one''s own, or as an admin everybody''s.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.refused_at IS 'When the ledger refused it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.kind IS 'The kind of the record.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.log_id IS 'Names the record; inbox_retry and inbox_drop take it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.code IS 'The kind of fault.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.path IS 'Where in the record the fault is; empty for all of it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.message IS 'What is wrong.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.hint IS 'What to do about it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.record IS 'The record, without the secrets that were found in it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.writer IS 'The login that wrote it.';
COMMENT ON COLUMN {{audit}}.inbox_rejects.written_at IS 'When it wrote it.';
