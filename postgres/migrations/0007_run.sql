-- +goose Up

SET LOCAL ROLE daybook_owner;

-- None of this is SECURITY DEFINER: what is run needs the caller's own right to
-- it. What executes it does not pin its search_path either, since
-- functions in a view's query may count on the caller's; what it calls itself
-- is qualified.

-- +goose StatementBegin
-- Finds a relation by its name as SQL has it; NULL for none, and for what is no
-- name.
CREATE FUNCTION {{audit}}.refresh_find(view text) RETURNS regclass
LANGUAGE plpgsql STABLE AS $body$
BEGIN
  RETURN pg_catalog.to_regclass(view);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Looks a materialized view up: its name, the tables and views that it reads,
-- its columns, and its definition with every name qualified.
CREATE FUNCTION {{audit}}.refresh_plan(view regclass, OUT name text, OUT schema text, OUT relkind text, OUT sources text[], OUT columns text[], OUT definition text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT format('%I.%I', n.nspname, c.relname), n.nspname::text, c.relkind::text,
    (SELECT array_agg(DISTINCT format('%I.%I', sn.nspname, s.relname))
       FROM pg_rewrite r
       JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
       JOIN pg_class s ON s.oid = d.refobjid AND s.oid <> c.oid AND s.relkind IN ('r', 'p', 'v', 'm', 'f')
       JOIN pg_namespace sn ON sn.oid = s.relnamespace
      WHERE r.ev_class = c.oid),
    a.names,
    CASE WHEN c.relkind = 'm' THEN format(E'CREATE MATERIALIZED VIEW %I.%I (%s) AS\n%s', n.nspname, c.relname, a.list, pg_get_viewdef(c.oid)) END
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  CROSS JOIN LATERAL (
    SELECT array_agg(attname::text ORDER BY attnum) AS names, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS list
      FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) a
  WHERE c.oid = view
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Refreshes, and tells what came of it instead of failing: state is '00000'
-- where it was done. What the refresh did is undone where it failed.
CREATE FUNCTION {{audit}}.refresh_attempt(view text, concurrently boolean, OUT state text, OUT message text, OUT detail text, OUT hint text,
  OUT began timestamptz, OUT took_ms bigint, OUT row_count bigint)
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
  found pg_catalog.regclass;
  plan pg_catalog.record;
BEGIN
  began := pg_catalog.clock_timestamp();
  state := '00000';
  BEGIN
    found := {{audit}}.refresh_find(view);
    SELECT p.* INTO plan FROM {{audit}}.refresh_plan(found) p;
    IF plan.name IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = 'undefined_table',
        MESSAGE = pg_catalog.format('materialized view %s does not exist', coalesce(pg_catalog.quote_literal(view), 'NULL')),
        HINT = 'Give its name with its schema, such as ''gold.corn'', quoted as in SQL where that needs it.';
    ELSIF plan.relkind <> 'm' THEN
      RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = pg_catalog.format('%s is not a materialized view', plan.name);
    END IF;
    EXECUTE 'REFRESH MATERIALIZED VIEW ' || CASE WHEN "concurrently" THEN 'CONCURRENTLY ' ELSE '' END || plan.name;
    took_ms := pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - began) * 1000);
    IF pg_catalog.has_table_privilege(found, 'SELECT') THEN
      EXECUTE 'SELECT pg_catalog.count(*) FROM ' || plan.name INTO row_count;
    END IF;
  EXCEPTION WHEN query_canceled OR OTHERS THEN -- a timeout cancels, too
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    took_ms := pg_catalog.floor(extract(epoch FROM pg_catalog.clock_timestamp() - began) * 1000);
    detail := coalesce(nullif(detail, ''), pg_catalog.format('The refresh of %s was undone.', coalesce(plan.name, view, 'NULL')));
  END;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Writes what came of a refresh, as a session of its own, and gives its id.
CREATE FUNCTION {{audit}}.refresh_record(view text, concurrently boolean, agent_id text, more jsonb, state text, message text,
  began timestamptz, took_ms bigint, row_count bigint) RETURNS uuid
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
  done CONSTANT boolean := state = '00000';
  plan pg_catalog.record;
  -- What belongs to a session is of its business.
  whose CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('business_id', more -> 'business_id'));
  named text;
  command text;
  session uuid;
BEGIN
  SELECT p.* INTO plan FROM {{audit}}.refresh_plan({{audit}}.refresh_find(view)) p;
  named := coalesce(plan.name, view);
  command := 'REFRESH MATERIALIZED VIEW ' || CASE WHEN "concurrently" THEN 'CONCURRENTLY ' ELSE '' END || named;
  session := {{audit}}.checkout(coalesce(nullif(agent_id, ''), session_user::text), plan.sources, 'refresh of ' || named,
    pg_catalog.jsonb_build_object('started_at', began)
    || CASE WHEN plan.schema ~ '^gold([_-]|$)' THEN '{"session_type": "GOLD_VISUALIZATION"}' ELSE '{}' END::pg_catalog.jsonb
    || coalesce(more, '{}'));
  PERFORM {{audit}}.log_operation(session, 'SELECT', CASE WHEN done THEN plan.definition ELSE command END, named, row_count, NULL,
    whose || pg_catalog.jsonb_build_object('transformation_type', CASE WHEN done THEN 'SQL' ELSE 'FAILED_SQL' END,
      'input_tables', plan.sources, 'output_columns', plan.columns, 'created_at', began, 'execution_time_ms', took_ms,
      'lifecycle_state_change', CASE WHEN done THEN 'OVERWRITE' END,
      'parameters', pg_catalog.jsonb_build_object('command', command, 'dialect', 'postgres')));
  IF NOT done THEN
    RETURN {{audit}}.checkin(session, 'FAILED', message || ' (SQLSTATE ' || state || ')');
  END IF;
  PERFORM {{audit}}.register_output(session, 'MATERIALIZED_VIEW', named, row_count,
    whose || pg_catalog.jsonb_build_object('artifact_location', named, 'source_tables', plan.sources, 'columns', plan.columns, 'data_as_of', began));
  RETURN {{audit}}.checkin(session);
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Refreshes a materialized view as a recorded session, within the caller's
-- transaction. A failure is recorded as well, and given back as a text instead of
-- raised, because an error would undo the record of it; NULL says that it was done.
CREATE FUNCTION {{audit}}.try_refresh(view text, concurrently boolean DEFAULT false, agent_id text DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS text
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
  tried pg_catalog.record;
  session uuid;
BEGIN
  SELECT a.* INTO tried FROM {{audit}}.refresh_attempt(view, "concurrently") a;
  session := {{audit}}.refresh_record(view, "concurrently", agent_id, more, tried.state, tried.message, tried.began, tried.took_ms, tried.row_count);
  IF tried.state <> '00000' THEN
    RAISE WARNING USING ERRCODE = tried.state, MESSAGE = tried.message, DETAIL = tried.detail,
      HINT = pg_catalog.concat_ws(' ', nullif(tried.hint, ''), 'This failure is recorded as session ' || session || ' when the transaction commits.');
  END IF;
  RETURN tried.message;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- What PostgreSQL says, in the server's language, to a COMMIT where there can be
-- none: within a function there never can.
CREATE FUNCTION {{audit}}.commit_refused() RETURNS text
LANGUAGE plpgsql VOLATILE AS $body$
BEGIN
  COMMIT;
EXCEPTION WHEN invalid_transaction_termination THEN
  RETURN SQLERRM;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Refreshes a materialized view as a recorded session. A failure is an error to
-- the caller, and is recorded before: what the caller did in this transaction
-- is undone, as any error would undo it, and the record committed in one of its
-- own. That takes a CALL outside of BEGIN and of functions. Within them the
-- error says that it could not be recorded; try_refresh is for there.
CREATE PROCEDURE {{audit}}.logged_refresh(view text, concurrently boolean DEFAULT false, agent_id text DEFAULT NULL, more jsonb DEFAULT '{}')
LANGUAGE plpgsql AS $body$
DECLARE
  tried pg_catalog.record;
  refusal text;
  session uuid;
BEGIN
  SELECT a.* INTO tried FROM {{audit}}.refresh_attempt(view, "concurrently") a;
  IF tried.state = '00000' THEN
    PERFORM {{audit}}.refresh_record(view, "concurrently", agent_id, more, tried.state, tried.message, tried.began, tried.took_ms, tried.row_count);
    RETURN;
  END IF;
  -- A COMMIT below an exception handler is always refused, but for another
  -- reason where one outside of it is not.
  BEGIN
    COMMIT;
  EXCEPTION WHEN invalid_transaction_termination THEN
    refusal := SQLERRM;
  END;
  IF refusal = {{audit}}.commit_refused() THEN
    RAISE EXCEPTION USING ERRCODE = tried.state, MESSAGE = tried.message, DETAIL = tried.detail,
      HINT = 'This failure is not recorded: the error undoes the transaction that it is within. CALL {{prefix}}audit.logged_refresh outside of BEGIN and of functions, or use {{prefix}}audit.try_refresh, which records a failure and returns it.';
  END IF;
  ROLLBACK;
  session := {{audit}}.refresh_record(view, "concurrently", agent_id, more, tried.state, tried.message, tried.began, tried.took_ms, tried.row_count);
  COMMIT;
  RAISE EXCEPTION USING ERRCODE = tried.state, MESSAGE = tried.message, DETAIL = tried.detail,
    HINT = pg_catalog.concat_ws(' ', nullif(tried.hint, ''), 'This failure is recorded as session ' || session || '.');
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Runs a statement and logs it as an operation of a session, with its rows and
-- its time. Returns how many rows it wrote.
CREATE FUNCTION {{audit}}.logged_execute(session_id uuid, operation_type text, statement text, more jsonb DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $body$
DECLARE
  began CONSTANT timestamptz := pg_catalog.clock_timestamp();
  done bigint;
BEGIN
  EXECUTE statement;
  GET DIAGNOSTICS done = ROW_COUNT;
  PERFORM {{audit}}.log_operation(session_id, operation_type, statement, NULL, done, began,
    '{"transformation_type": "SQL", "parameters": {"dialect": "postgres"}}'::pg_catalog.jsonb || coalesce(more, '{}'));
  RETURN done;
END
$body$;
-- +goose StatementEnd

-- +goose StatementBegin
DO $$
DECLARE
  wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY[
    '{{audit}}.refresh_find(text)', '{{audit}}.refresh_plan(regclass)', '{{audit}}.refresh_attempt(text,boolean)',
    '{{audit}}.refresh_record(text,boolean,text,jsonb,text,text,timestamptz,bigint,bigint)',
    '{{audit}}.logged_execute(uuid,text,text,jsonb)', '{{audit}}.try_refresh(text,boolean,text,jsonb)', '{{audit}}.commit_refused()', '{{audit}}.logged_refresh(text,boolean,text,jsonb)'] LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', wanted);
    EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO daybook_job, daybook_writer, daybook_admin', wanted);
  END LOOP;
END
$$;
-- +goose StatementEnd

COMMENT ON PROCEDURE {{audit}}.logged_refresh(text, boolean, text, jsonb) IS 'Refreshes a materialized view as a recorded session, with rows, time and lineage. A failure is recorded and raised: CALL it outside of BEGIN and of functions.';
COMMENT ON FUNCTION {{audit}}.try_refresh(text, boolean, text, jsonb) IS 'Refreshes a materialized view as a recorded session within the caller''s transaction, and returns the error instead of raising it; NULL where it was done.';
COMMENT ON FUNCTION {{audit}}.logged_execute(uuid, text, text, jsonb) IS 'Runs a statement and logs it as an operation of a session, with its rows and its time. Returns how many rows it wrote.';
COMMENT ON FUNCTION {{audit}}.refresh_find(text) IS 'A part of logged_refresh: finds a relation by its name as SQL has it.';
COMMENT ON FUNCTION {{audit}}.refresh_plan(regclass) IS 'A part of logged_refresh: what a materialized view reads and is.';
COMMENT ON FUNCTION {{audit}}.refresh_attempt(text, boolean) IS 'A part of logged_refresh: refreshes, and tells what came of it.';
COMMENT ON FUNCTION {{audit}}.refresh_record(text, boolean, text, jsonb, text, text, timestamptz, bigint, bigint) IS 'A part of logged_refresh: writes what came of a refresh.';
COMMENT ON FUNCTION {{audit}}.commit_refused() IS 'A part of logged_refresh: what PostgreSQL says to a COMMIT where there can be none.';
