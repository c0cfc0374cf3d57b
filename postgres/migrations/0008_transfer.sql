-- The mark of a ledger that was copied here or moved from here: see
-- `daybook copy`.

-- +goose Up

SET LOCAL ROLE daybook_owner;

CREATE TABLE {{ledger}}.transfer (
  id smallint PRIMARY KEY CHECK (id = 1), -- one row, or none in a database that was never copied to or moved from
  state text NOT NULL, -- '' where the ledger goes on here, else arriving, copy or moved
  transfer_id text NOT NULL, -- of the copying; both stores of a move have the same
  peer text NOT NULL, -- the other store
  marked_at timestamptz NOT NULL
);
REVOKE ALL ON {{ledger}}.transfer FROM PUBLIC;
GRANT SELECT ON {{ledger}}.transfer TO daybook_writer, daybook_retention, daybook_admin;

-- take_turn has appends wait for each other, and for whoever says that the ledger
-- goes on elsewhere. PostgreSQL lets anybody who may log in take any advisory
-- lock; this one nobody can who may not write.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.take_turn() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOCK TABLE {{ledger}}.transfer IN EXCLUSIVE MODE;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION {{ledger}}.take_turn() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {{ledger}}.take_turn() TO daybook_writer;

-- What jobs write by SQL is not taken where nobody would ever read it.
-- +goose StatementBegin
CREATE FUNCTION {{ledger}}.refuse_elsewhere() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  elsewhere text;
BEGIN
  SELECT t.peer INTO elsewhere FROM {{ledger}}.transfer AS t WHERE t.state <> '';
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('the ledger does not go on in this database, but in %s', elsewhere),
      HINT = 'write there';
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION {{ledger}}.refuse_elsewhere() FROM PUBLIC;
CREATE TRIGGER goes_on_here BEFORE INSERT ON {{ledger}}.inbox FOR EACH STATEMENT EXECUTE FUNCTION {{ledger}}.refuse_elsewhere();
