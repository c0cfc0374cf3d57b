-- Who may do what. The roles are the cluster's: another database of it may have
-- made them. People and servers log in by roles of their own, which are made
-- members of these.

-- +goose Up

-- +goose StatementBegin
DO $$
DECLARE
  wanted text;
  enough text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'USAGE, SET' ELSE 'USAGE' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['daybook_owner', 'daybook_writer', 'daybook_reader', 'daybook_job', 'daybook_retention', 'daybook_admin'] LOOP
    CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = wanted);
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database's migration was there first
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
          MESSAGE = format('%s may not make the role %s', current_user, wanted),
          HINT = format('let an administrator run: ALTER ROLE %I CREATEROLE; or, once in this cluster: CREATE ROLE daybook_owner; CREATE ROLE daybook_writer; '
            'CREATE ROLE daybook_reader; CREATE ROLE daybook_job; CREATE ROLE daybook_retention; CREATE ROLE daybook_admin; GRANT daybook_reader TO daybook_writer; GRANT daybook_owner TO %I', current_user, current_user);
    END;
  END LOOP;
  -- Questions in SQL that a server is asked run as daybook_reader, whatever else
  -- its login may do.
  IF NOT pg_has_role('daybook_writer', 'daybook_reader', 'MEMBER') THEN
    BEGIN
      GRANT daybook_reader TO daybook_writer;
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = format('%s may not make daybook_writer a member of daybook_reader', current_user),
        HINT = 'let an administrator run: GRANT daybook_reader TO daybook_writer';
    END;
  END IF;
  -- To give objects to daybook_owner one must be a member of it. A superuser is
  -- of all; who made the role, and was no superuser, becomes one here.
  IF NOT (SELECT bool_and(pg_has_role(current_user, 'daybook_owner', p)) FROM string_to_table(enough, ', ') AS p) THEN
    BEGIN
      EXECUTE format('GRANT daybook_owner TO %I', current_user)
        || CASE WHEN current_setting('server_version_num')::int >= 160000 THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END;
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- said below
    END;
  END IF;
  IF NOT (SELECT bool_and(pg_has_role(current_user, 'daybook_owner', p)) FROM string_to_table(enough, ', ') AS p) THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
      MESSAGE = format('%s does not act for daybook_owner, to which the ledger is to belong', current_user),
      HINT = format('let an administrator run: GRANT daybook_owner TO %I; and, on PostgreSQL 15: ALTER ROLE %I INHERIT', current_user, current_user);
  END IF;
END
$$;
-- +goose StatementEnd

-- reader says which business a login may read; see map_reader.
CREATE TABLE {{ledger}}.reader (
  role name NOT NULL, -- a login, or a role that logins are members of
  business text COLLATE "C" NOT NULL,
  mapped_by name NOT NULL,
  mapped_at timestamptz NOT NULL,
  PRIMARY KEY (role, business)
);

-- sees_all says whether who has logged in may read every business. What a
-- session sets or becomes afterwards does not change it.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.sees_all() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN -- in plpgsql, which keeps the plan: every question asks this once a table
  RETURN coalesce(pg_has_role(session_user, to_regrole('daybook_owner'), 'MEMBER'), false)
    OR coalesce(pg_has_role(session_user, to_regrole('daybook_writer'), 'MEMBER'), false)
    OR coalesce(pg_has_role(session_user, to_regrole('daybook_retention'), 'MEMBER'), false)
    OR coalesce(pg_has_role(session_user, to_regrole('daybook_admin'), 'MEMBER'), false);
END
$$;
-- +goose StatementEnd

-- businesses gives those that who has logged in is mapped to, by name or as a
-- member of a role that is.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.businesses() RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT coalesce(array_agg(DISTINCT m.business), '{}') FROM {{ledger}}.reader AS m
    WHERE pg_has_role(session_user, to_regrole(quote_ident(m.role)), 'MEMBER')
  );
END
$$;
-- +goose StatementEnd

-- map_reader lets a login, or the members of a role, read a business, and says
-- whether that is new.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.map_reader(reader name, business text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = reader) THEN
    RAISE EXCEPTION USING ERRCODE = 'undefined_object',
      MESSAGE = format('there is no role %s', coalesce(reader::text, 'of no name')),
      HINT = format('make it first: CREATE ROLE %I LOGIN IN ROLE daybook_reader', coalesce(reader, 'analyst'));
  END IF;
  IF business IS NULL OR business = '' THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = 'a reader is mapped to a business by its name',
      HINT = 'records that name no business are of the business default';
  END IF;
  INSERT INTO {{ledger}}.reader (role, business, mapped_by, mapped_at) VALUES (reader, business, session_user, now()) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END
$$;
-- +goose StatementEnd

-- unmap_reader takes a business from a login, all of them where none is named,
-- and says how many that were.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.unmap_reader(reader name, business text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  gone bigint;
BEGIN
  DELETE FROM {{ledger}}.reader AS m WHERE m.role = unmap_reader.reader AND m.business = coalesce(unmap_reader.business, m.business);
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END
$$;
-- +goose StatementEnd

-- Everything is daybook_owner's, so that no login owns what it may only append to.
-- +goose StatementBegin
DO $$
DECLARE
  found record;
BEGIN
  ALTER SCHEMA {{ledger}} OWNER TO daybook_owner;
  FOR found IN SELECT c.oid::regclass AS name FROM pg_catalog.pg_class AS c
    WHERE c.relnamespace = '{{ledger}}'::regnamespace AND c.relkind IN ('r', 'p') AND c.relowner <> 'daybook_owner'::regrole LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO daybook_owner', found.name);
  END LOOP;
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = '{{ledger}}'::regnamespace AND p.proowner <> 'daybook_owner'::regrole LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO daybook_owner', found.name);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- Whoever migrates may have default privileges, by which others have rights to
-- whatever he makes. To these they have none but what is granted below; what is
-- made from here on is made as daybook_owner.
-- +goose StatementBegin
DO $$
DECLARE
  other text;
BEGIN
  FOR other IN
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
    FROM (
      SELECT n.nspacl AS granted FROM pg_catalog.pg_namespace AS n WHERE n.oid = '{{ledger}}'::regnamespace
      UNION ALL SELECT c.relacl FROM pg_catalog.pg_class AS c WHERE c.relnamespace = '{{ledger}}'::regnamespace
      UNION ALL SELECT p.proacl FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = '{{ledger}}'::regnamespace
    ) AS o, aclexplode(o.granted) AS a
    WHERE a.grantee <> 'daybook_owner'::regrole LOOP
    EXECUTE format('REVOKE ALL ON SCHEMA {{ledger}} FROM %s', other);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA {{ledger}} FROM %s', other);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA {{ledger}} FROM %s', other);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{ledger}} FROM %s', other);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- The schemas for reading: a warehouse may have a gold of its own, and that
-- stays whose it is.
-- +goose StatementBegin
DO $$
DECLARE
  wanted regnamespace;
  named text;
BEGIN
  FOREACH named IN ARRAY ARRAY['{{audit}}', '{{gold}}'] LOOP
    wanted := to_regnamespace(named);
    IF wanted IS NULL THEN
      EXECUTE format('CREATE SCHEMA %s AUTHORIZATION daybook_owner', named);
      EXECUTE format('GRANT USAGE ON SCHEMA %s TO daybook_writer, daybook_reader, daybook_job, daybook_retention, daybook_admin', named);
      CONTINUE;
    END IF;
    BEGIN
      IF NOT has_schema_privilege('daybook_owner', wanted, 'USAGE') OR NOT has_schema_privilege('daybook_owner', wanted, 'CREATE') THEN
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %s TO daybook_owner', named);
      END IF;
      IF EXISTS (SELECT FROM unnest(ARRAY['daybook_writer', 'daybook_reader', 'daybook_job', 'daybook_retention', 'daybook_admin']) AS r
          WHERE NOT has_schema_privilege(r, wanted, 'USAGE')) THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO daybook_writer, daybook_reader, daybook_job, daybook_retention, daybook_admin', named);
      END IF;
    EXCEPTION WHEN insufficient_privilege THEN
      NULL; -- said below
    END;
    IF NOT has_schema_privilege('daybook_owner', wanted, 'CREATE') OR NOT has_schema_privilege('daybook_reader', wanted, 'USAGE') THEN
      RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
        MESSAGE = format('the schema %s is there already, and %s may not let Daybook make views in it', named, current_user),
        HINT = format('let its owner run: GRANT USAGE, CREATE ON SCHEMA %s TO daybook_owner; GRANT USAGE ON SCHEMA %s TO daybook_writer, '
          'daybook_reader, daybook_job, daybook_retention, daybook_admin; or take schemas of other names with --schema-prefix', named, named);
    END IF;
  END LOOP;
END
$$;
-- +goose StatementEnd

REVOKE ALL ON SCHEMA {{ledger}} FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA {{ledger}} FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {{ledger}} FROM PUBLIC;
GRANT USAGE ON SCHEMA {{ledger}} TO daybook_writer, daybook_retention, daybook_admin;

-- Entries, spine and tiles: a writer adds and reads, and may do nothing to a
-- partition by its own name.
-- +goose StatementBegin
DO $$
DECLARE
  entries regclass;
BEGIN
  FOR entries IN SELECT t.tgrelid FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
    WHERE t.tgfoid = '{{ledger}}.refuse()'::regprocedure AND NOT c.relispartition LOOP
    EXECUTE format('GRANT SELECT, INSERT ON %s TO daybook_writer', entries);
    EXECUTE format('GRANT SELECT ON %s TO daybook_retention', entries);
  END LOOP;
END
$$;
-- +goose StatementEnd
GRANT SELECT ON {{ledger}}.head, {{ledger}}.checkpoint, {{ledger}}.schema_version TO daybook_writer, daybook_retention;
GRANT SELECT, INSERT, UPDATE, DELETE ON {{ledger}}.token, {{ledger}}.known_columns, {{ledger}}.known_pattern TO daybook_writer;
GRANT SELECT ON {{ledger}}.reader, {{ledger}}.schema_version TO daybook_admin;

GRANT EXECUTE ON FUNCTION {{ledger}}.advance(bigint, bytea, timestamptz), {{ledger}}.keep_checkpoint(bigint, bytea),
  {{ledger}}.new_origin(uuid), {{ledger}}.make_partition(text, timestamptz) TO daybook_writer;
GRANT EXECUTE ON FUNCTION {{ledger}}.unguarded(), {{ledger}}.months(text) TO daybook_writer, daybook_retention;
GRANT EXECUTE ON FUNCTION {{ledger}}.sees_all(), {{ledger}}.businesses() TO daybook_writer, daybook_reader, daybook_retention, daybook_admin;
GRANT EXECUTE ON FUNCTION {{ledger}}.map_reader(name, text), {{ledger}}.unmap_reader(name, text) TO daybook_admin;
