-- What is written stays as it was written: triggers that refuse everybody, the
-- owner and superusers too; functions that move the state of one row forward
-- and never back; partitions by month.

-- +goose Up

-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'restrict_violation',
    MESSAGE = format('%I.%I is append-only: no %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP),
    HINT = TG_ARGV[0];
END
$$;
-- +goose StatementEnd

-- unguarded gives the tables that lack the trigger, or have it in another form:
-- of the tables of entries (those with a salt), their partitions, the spine and the
-- tiles. Such triggers do not come to a partition from its parent, so each has its
-- own. One for statements refuses before a row is looked for, and one that is
-- always enabled fires in sessions that replicate.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.unguarded() RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT c.oid::regclass FROM pg_class AS c
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = '{{ledger}}'::regnamespace
    AND (c.relname IN ('spine', 'tile')
      OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'salt' AND NOT a.attisdropped))
    AND NOT EXISTS (
      SELECT FROM pg_trigger AS t
      WHERE t.tgrelid = c.oid AND t.tgname = 'append_only' AND t.tgenabled = 'A' AND t.tgqual IS NULL
        AND t.tgtype = 2 | 8 | 16 | 32 -- before UPDATE, DELETE and TRUNCATE, for each statement
        AND t.tgfoid = '{{ledger}}.refuse()'::regprocedure
    )
  ORDER BY c.relname
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.guard_table(guarded regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  instead text := 'entries stay as they were written: append an amendment instead, as daybook amend and POST /v1/{kind}/{id}/amend do';
BEGIN
  IF guarded IN ('{{ledger}}.spine'::regclass, '{{ledger}}.tile'::regclass) THEN
    instead := 'the spine and the tiles are what proves the ledger, and are kept for ever';
  END IF;
  EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
    'FOR EACH STATEMENT EXECUTE FUNCTION {{ledger}}.refuse(%L)', guarded, instead);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', guarded);
END
$$;
-- +goose StatementEnd

-- guard puts the trigger where it is missing, and says where that was.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.guard() RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lacking regclass;
BEGIN
  FOR lacking IN SELECT u FROM {{ledger}}.unguarded() AS u LOOP
    PERFORM {{ledger}}.guard_table(lacking);
    RETURN NEXT lacking::text;
  END LOOP;
END
$$;
-- +goose StatementEnd

SELECT {{ledger}}.guard();

-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.refuse_back() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    RAISE EXCEPTION USING
      ERRCODE = 'restrict_violation',
      MESSAGE = format('%I.%I says how far the ledger has come: no %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP),
      HINT = 'to take a ledger away, drop its schemas as the guide to PostgreSQL says';
  END IF;
  IF NEW.id <> OLD.id OR NEW.size < OLD.size OR NEW.logged_at < OLD.logged_at OR NEW.logged_at IS NULL AND OLD.logged_at IS NOT NULL
    OR NEW.size = OLD.size AND NEW.root <> OLD.root THEN
    RAISE EXCEPTION USING
      ERRCODE = 'restrict_violation',
      MESSAGE = format('the ledger has %s entries and does not go back to %s', OLD.size, NEW.size),
      HINT = 'to go on from an older state, restore a backup of the whole database';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER forward_only BEFORE UPDATE ON {{ledger}}.head FOR EACH ROW EXECUTE FUNCTION {{ledger}}.refuse_back();
CREATE TRIGGER not_gone BEFORE DELETE OR TRUNCATE ON {{ledger}}.head FOR EACH STATEMENT EXECUTE FUNCTION {{ledger}}.refuse_back();
ALTER TABLE {{ledger}}.head ENABLE ALWAYS TRIGGER forward_only;
ALTER TABLE {{ledger}}.head ENABLE ALWAYS TRIGGER not_gone;

-- advance moves the head on behind a batch whose spine stands. Who writes
-- through it can neither wind the ledger back nor claim what is not there.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.advance(new_size bigint, new_root bytea, new_logged_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF octet_length(new_root) IS DISTINCT FROM 32 THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the root of a ledger has 32 bytes';
  END IF;
  IF (SELECT (s.seq, s.logged_at) FROM {{ledger}}.spine AS s ORDER BY s.seq DESC LIMIT 1) IS DISTINCT FROM (new_size - 1, new_logged_at) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'restrict_violation',
      MESSAGE = format('the spine does not end with entry %s, logged at %s', new_size - 1, new_logged_at),
      HINT = 'write the spine of all entries first, in the same transaction';
  END IF;
  UPDATE {{ledger}}.head SET size = new_size, root = new_root, logged_at = new_logged_at WHERE id = 1;
END
$$;
-- +goose StatementEnd

-- keep_checkpoint keeps a signed checkpoint, and says whether it did: one of a
-- smaller ledger than the one that is kept is left.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.keep_checkpoint(new_size bigint, note bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  signed_by text;
  origin text;
BEGIN
  IF new_size IS NULL OR note IS NULL OR new_size > (SELECT h.size FROM {{ledger}}.head AS h) THEN
    RAISE EXCEPTION USING
      ERRCODE = 'restrict_violation',
      MESSAGE = format('a checkpoint of %s entries is none of this ledger', coalesce(new_size::text, 'no'));
  END IF;
  -- A server that was not told of a new origin goes on to sign under the old one.
  SELECT split_part(convert_from(note, 'UTF8'), chr(10), 1), 'daybook/' || h.ledger_id INTO signed_by, origin FROM {{ledger}}.head AS h;
  IF signed_by ~ '^daybook/[0-9a-f-]{36}$' AND signed_by <> origin THEN
    RAISE EXCEPTION USING
      ERRCODE = 'restrict_violation',
      MESSAGE = format('a checkpoint of %s is none of this ledger, which is %s', signed_by, origin),
      HINT = 'the ledger has a new origin: start the server again with its key';
  END IF;
  INSERT INTO {{ledger}}.checkpoint AS kept (id, size, signed) VALUES (1, new_size, note)
    ON CONFLICT (id) DO UPDATE SET size = excluded.size, signed = excluded.signed WHERE kept.size <= excluded.size;
  RETURN FOUND;
END
$$;
-- +goose StatementEnd

-- new_origin gives the ledger another id and forgets the checkpoint under the
-- old one. Whoever kept a checkpoint or the public key sees it by the name.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.new_origin(new_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE {{ledger}}.head SET ledger_id = new_id WHERE id = 1 AND ledger_id <> new_id;
  IF FOUND THEN
    DELETE FROM {{ledger}}.checkpoint;
  END IF;
END
$$;
-- +goose StatementEnd

-- months gives the partitions of a table, and from when up to when each takes
-- rows; the default partition takes the rest and has neither.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.months(kind text) RETURNS TABLE (partition text, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD' AS $$
  SELECT p.partition, CASE WHEN p.bound[1] <> 'MINVALUE' THEN btrim(p.bound[1], '''')::timestamptz WHEN p.bound IS NOT NULL THEN '-infinity' END,
    CASE WHEN p.bound[2] <> 'MAXVALUE' THEN btrim(p.bound[2], '''')::timestamptz WHEN p.bound IS NOT NULL THEN 'infinity' END
  FROM (
    SELECT c.relname::text AS partition, regexp_match(pg_get_expr(c.relpartbound, c.oid), '^FOR VALUES FROM \(([^)]+)\) TO \(([^)]+)\)$') AS bound
    FROM pg_class AS parent JOIN pg_inherits AS i ON i.inhparent = parent.oid JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE parent.relnamespace = '{{ledger}}'::regnamespace AND parent.relkind = 'p' AND parent.relname = kind
  ) AS p
  ORDER BY 2, 1
$$;
-- +goose StatementEnd

-- name_default makes a default partition that holds rows the partition of the
-- months that they are of, and a new, empty one the default. No row is moved. It gives
-- the new name; none where the default is empty, or holds rows of months on
-- either side of another partition's: those stay where they are.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.name_default(kind text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET default_tablespace = '' SET default_table_access_method = 'heap' AS $$
DECLARE
  fallback CONSTANT text := kind || '_default';
  held boolean;
  first timestamptz;
  last timestamptz;
  named text;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM {{ledger}}.%I)', fallback) INTO held;
  IF NOT held THEN
    RETURN NULL;
  END IF;
  EXECUTE format('LOCK TABLE {{ledger}}.%I IN ACCESS EXCLUSIVE MODE', kind); -- and, by that, all its partitions
  EXECUTE format('SELECT date_trunc(''month'', min(logged_at)), date_trunc(''month'', max(logged_at)) FROM {{ledger}}.%I', fallback) INTO first, last;
  IF EXISTS (SELECT FROM {{ledger}}.months(kind) AS m WHERE m.since < last + interval '1 month' AND m.until > first) THEN
    RETURN NULL;
  END IF;
  named := kind || to_char(first, '_YYYY_MM') || CASE WHEN last > first THEN to_char(last, '"_to_"YYYY_MM') ELSE '' END;
  EXECUTE format('ALTER TABLE {{ledger}}.%I DETACH PARTITION {{ledger}}.%I', kind, fallback);
  EXECUTE format('ALTER TABLE {{ledger}}.%I RENAME TO %I', fallback, named);
  EXECUTE format('ALTER TABLE {{ledger}}.%I ATTACH PARTITION {{ledger}}.%I FOR VALUES FROM (%L) TO (%L)', kind, named, first, last + interval '1 month');
  EXECUTE format('CREATE TABLE {{ledger}}.%I (LIKE {{ledger}}.%I INCLUDING ALL)', fallback, kind);
  PERFORM {{ledger}}.guard_table(format('{{ledger}}.%I', fallback)::regclass);
  EXECUTE format('ALTER TABLE {{ledger}}.%I ATTACH PARTITION {{ledger}}.%I DEFAULT', kind, fallback);
  RETURN named;
END
$$;
-- +goose StatementEnd

-- make_partition makes the partition for the month of a moment, unless there is
-- one. It gives the partition that takes rows of that moment, none while that is the
-- default, whether it was made now, and why it could not be. It does not wait for
-- those who read or write for longer than lock_timeout, and whatever is in the
-- way is no error: the default takes the rows as well.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.make_partition(kind text, moment timestamptz, OUT partition text, OUT made boolean, OUT reason text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms'
SET default_tablespace = '' SET default_table_access_method = 'heap' AS $$
DECLARE
  first CONSTANT timestamptz := date_trunc('month', moment);
  next CONSTANT timestamptz := first + interval '1 month';
BEGIN
  made := false;
  IF NOT EXISTS (SELECT FROM {{ledger}}.months(kind)) THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('the entries of %s do not stand in partitions', kind);
  END IF;
  SELECT m.partition INTO partition FROM {{ledger}}.months(kind) AS m WHERE m.since <= first AND m.until >= next;
  IF FOUND OR NOT isfinite(moment) OR extract(year FROM moment) NOT BETWEEN 1 AND 9999 THEN
    RETURN;
  END IF;
  BEGIN
    -- One at a time makes partitions; nobody who reads or writes waits for this lock.
    EXECUTE format('LOCK TABLE ONLY {{ledger}}.%I IN SHARE UPDATE EXCLUSIVE MODE', kind);
    PERFORM {{ledger}}.name_default(kind);
    SELECT m.partition INTO partition FROM {{ledger}}.months(kind) AS m WHERE m.since < next AND m.until > first;
    IF FOUND THEN
      RETURN;
    END IF;
    partition := kind || to_char(first, '_YYYY_MM');
    EXECUTE format('CREATE TABLE {{ledger}}.%I (LIKE {{ledger}}.%I INCLUDING ALL)', partition, kind);
    PERFORM {{ledger}}.guard_table(format('{{ledger}}.%I', partition)::regclass);
    EXECUTE format('ALTER TABLE {{ledger}}.%I ATTACH PARTITION {{ledger}}.%I FOR VALUES FROM (%L) TO (%L)', kind, partition, first, next);
    made := true;
  EXCEPTION
    -- Somebody reads what a new partition must be held against, or made it
    -- meanwhile, or the default holds rows of the month that it cannot part with;
    -- or an event trigger, a right that was taken away, or the disk is in the way.
    WHEN OTHERS THEN
      partition := NULL;
      made := false;
      reason := SQLERRM;
  END;
END
$$;
-- +goose StatementEnd
