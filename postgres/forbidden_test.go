package postgres

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Who tries. The owner is a login that is a member of daybook_owner, as who
// migrates is; none is a login with no role at all.
var everybody = []string{"writer", "reader", "job", "retention", "admin", "none", "owner", "superuser"}

// allowed is who may do something; everybody else must be refused.
type allowed []string

var (
	nobody     = allowed{}
	masters    = allowed{"owner", "superuser"} // who may do anything to tables, but not to their rows
	writing    = allowed{"writer", "owner", "superuser"}
	readingAll = allowed{"writer", "retention", "owner", "superuser"}
	viewing    = allowed{"writer", "reader", "retention", "admin", "owner", "superuser"}
	mapping    = allowed{"admin", "owner", "superuser"}
	telling    = allowed{"writer", "job", "admin", "owner", "superuser"} // by SQL
	root       = allowed{"superuser"}
)

const insertSession = "INSERT INTO ledger.transformation_session (seq, logged_at) VALUES (9, '2026-01-31')"

// tries are what somebody may try, and who may do it. Each is undone.
var tries = map[string]allowed{
	// Entries are added, and that is all.
	insertSession: writing,
	"INSERT INTO ledger.transformation_operation (seq, logged_at) VALUES (9, '2026-01-31')":                       writing,
	"INSERT INTO ledger.transformation_operation_default (seq, logged_at) VALUES (9, '2026-01-31')":               masters,
	"INSERT INTO ledger.shown_transformation_session (seq, logged_at) VALUES (9, '2026-01-31')":                   root,
	"INSERT INTO ledger.spine VALUES (9, gen_random_uuid(), 7, '2026-01-31', '2027-01-31', '\\x00')":              writing,
	"INSERT INTO ledger.tile VALUES (0, 7, '\\x00')":                                                              writing,
	insertSession + " ON CONFLICT (seq) DO UPDATE SET purpose = 'forged'":                                         nobody,
	"COPY ledger.transformation_session FROM '/dev/null'":                                                         root,
	"COPY ledger.transformation_session FROM PROGRAM 'true'":                                                      root,
	"COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'":                                                                 root,
	"MERGE INTO ledger.transformation_session AS s USING (VALUES (1)) AS v ON s.seq = 1 WHEN MATCHED THEN DELETE": nobody,
	"WITH gone AS (DELETE FROM ledger.transformation_session RETURNING seq) SELECT count(*) FROM gone":            nobody,
	"SELECT seq FROM ledger.transformation_session FOR UPDATE":                                                    masters,

	// Views show.
	"SELECT count(*) FROM audit.transformation_session":                                                  viewing,
	"SELECT count(*) FROM audit.entries":                                                                 viewing,
	"DELETE FROM audit.thinking_logs":                                                                    nobody,
	"UPDATE audit.transformation_session SET purpose = 'forged'":                                         nobody,
	"COPY (SELECT * FROM audit.transformation_session) TO STDOUT":                                        viewing,
	"SELECT count(*) FROM ledger.transformation_session":                                                 readingAll,
	"SELECT count(*) FROM ledger.shown_transformation_session":                                           masters,
	"SELECT count(*) FROM ledger.spine, ledger.tile, ledger.head":                                        readingAll,
	"SELECT count(*) FROM ledger.token":                                                                  writing,
	"CREATE VIEW pg_temp.mine AS SELECT * FROM ledger.transformation_session; SELECT count(*) FROM mine": readingAll,

	// The head goes forward, by the one function.
	"UPDATE ledger.head SET root = root":                                             masters,
	"UPDATE ledger.head SET size = size - 1":                                         nobody,
	"UPDATE ledger.head SET root = '\\x00'":                                          nobody,
	"UPDATE ledger.head SET logged_at = '2020-01-01'":                                nobody,
	"UPDATE ledger.head SET logged_at = NULL":                                        nobody,
	"DELETE FROM ledger.head":                                                        nobody,
	"TRUNCATE ledger.head":                                                           nobody,
	"INSERT INTO ledger.head SELECT 2, gen_random_uuid(), 0, '\\x00', NULL":          nobody,
	"UPDATE ledger.checkpoint SET size = 0":                                          masters,
	"INSERT INTO ledger.checkpoint VALUES (1, 0, '\\x00')":                           masters,
	"DELETE FROM ledger.checkpoint":                                                  masters,
	"SELECT ledger.advance(5, decode(repeat('00', 32), 'hex'), '2026-01-31 09:00Z')": writing,
	"SELECT ledger.advance(4, decode(repeat('00', 32), 'hex'), '2026-01-31 09:00Z')": nobody, // the spine has five
	"SELECT ledger.advance(6, decode(repeat('00', 32), 'hex'), '2026-01-31 09:00Z')": nobody,
	"SELECT ledger.advance(5, decode(repeat('00', 32), 'hex'), '2026-02-28 09:00Z')": nobody,
	"SELECT ledger.advance(5, '\\x00', '2026-01-31 09:00Z')":                         nobody,
	"SELECT ledger.advance(NULL, NULL, NULL)":                                        nobody,
	"SELECT ledger.take_turn()":                                                      writing,
	"SELECT ledger.keep_checkpoint(4, 'signed')":                                     writing,
	"SELECT ledger.keep_checkpoint(5, 'signed')":                                     nobody, // the head says four
	"SELECT ledger.keep_checkpoint(NULL, 'signed')":                                  nobody,
	"SELECT ledger.keep_checkpoint(5, NULL)":                                         nobody,
	"SELECT ledger.new_origin(gen_random_uuid())":                                    writing,

	// State that is no evidence.
	"UPDATE ledger.token SET last_used_at = now()": writing,
	"DELETE FROM ledger.known_columns":             writing,
	"DELETE FROM ledger.known_pattern":             writing,
	"DELETE FROM ledger.schema_version":            masters,
	"SELECT count(*) FROM ledger.schema_version":   {"writer", "retention", "admin", "owner", "superuser"},

	// Tables and triggers are the owner's.
	"DROP TABLE ledger.transformation_session CASCADE":                                                        masters,
	"DROP TABLE ledger.spine CASCADE":                                                                         masters,
	"DROP VIEW audit.transformation_session CASCADE":                                                          masters,
	"DROP SCHEMA ledger CASCADE":                                                                              masters,
	"ALTER TABLE ledger.shown_transformation_session ADD COLUMN forged text":                                  masters,
	"ALTER TABLE ledger.spine DROP COLUMN log_hash CASCADE":                                                   masters,
	"ALTER TABLE ledger.spine RENAME TO forged":                                                               masters,
	"ALTER TABLE ledger.spine DISABLE TRIGGER append_only":                                                    masters,
	"ALTER TABLE ledger.spine DISABLE TRIGGER ALL":                                                            masters,
	"ALTER TABLE ledger.spine ENABLE REPLICA TRIGGER append_only":                                             masters,
	"DROP TRIGGER append_only ON ledger.spine":                                                                masters,
	"DROP FUNCTION ledger.refuse() CASCADE":                                                                   masters,
	"CREATE OR REPLACE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'": masters,
	"ALTER FUNCTION ledger.sees_all() SET search_path = public":                                               masters,
	"CREATE RULE forged AS ON INSERT TO ledger.spine DO INSTEAD NOTHING":                                      masters,
	"CREATE TRIGGER forged BEFORE INSERT ON ledger.spine EXECUTE FUNCTION ledger.refuse()":                    masters,
	"CREATE INDEX forged ON ledger.spine (kind)":                                                              masters,
	"ALTER TABLE ledger.transformation_operation DETACH PARTITION ledger.transformation_operation_default":    masters,
	"ALTER TABLE ledger.shown_transformation_session DISABLE ROW LEVEL SECURITY":                              masters,
	"CREATE POLICY forged ON ledger.shown_transformation_session USING (true)":                                masters,
	"ALTER TABLE ledger.spine OWNER TO CURRENT_USER":                                                          masters,
	// Granting what one has but may not pass on is a warning.
	"GRANT UPDATE ON ledger.spine TO daybook_writer; DO $$ BEGIN IF NOT has_table_privilege('daybook_writer', 'ledger.spine', 'UPDATE') THEN RAISE insufficient_privilege; END IF; END $$": masters,
	"LOCK TABLE ledger.spine IN ACCESS EXCLUSIVE MODE":                      masters,
	"REINDEX TABLE ledger.spine":                                            masters,
	"CREATE TABLE ledger.forged (n int)":                                    masters,
	"CREATE TABLE audit.forged (n int)":                                     masters,
	"CREATE TABLE gold.forged (n int)":                                      masters,
	"CREATE FUNCTION audit.forged() RETURNS int LANGUAGE sql AS 'SELECT 1'": masters,
	"CREATE TEMPORARY TABLE part PARTITION OF ledger.transformation_operation FOR VALUES FROM ('2001-01-01') TO ('2001-02-01')": nobody,
	"CREATE TABLE ledger.child () INHERITS (ledger.spine)":                                                                      masters,

	// Functions are for those they are granted to.
	"SELECT ledger.make_partition('thinking_logs', '2044-03-15')":                writing,
	"SELECT ledger.name_default('thinking_logs')":                                masters,
	"SELECT ledger.guard_table('ledger.spine')":                                  masters,
	"SELECT ledger.guard()":                                                      masters,
	"SELECT ledger.unguarded()":                                                  readingAll,
	"SELECT ledger.months('thinking_logs')":                                      readingAll,
	"SELECT ledger.refuse()":                                                     nobody, // no function to call
	"SELECT ledger.map_reader('daybook_reader', 'acme')":                         mapping,
	"SELECT ledger.map_reader('no_such_login', 'acme')":                          nobody,
	"SELECT ledger.map_reader('daybook_reader', '')":                             nobody,
	"SELECT ledger.unmap_reader('daybook_reader')":                               mapping,
	"SELECT count(*) FROM ledger.reader":                                         mapping,
	"INSERT INTO ledger.reader SELECT session_user, 'acme', session_user, now()": masters,
	"UPDATE ledger.reader SET business = 'acme'":                                 masters,
	"DELETE FROM ledger.reader":                                                  masters,

	// Nobody becomes more than he is.
	"SET ROLE daybook_owner":                                                 masters,
	"SET ROLE daybook_writer":                                                {"writer", "superuser"},
	"SET ROLE daybook_reader":                                                {"reader", "writer", "superuser"},
	"SET ROLE daybook_retention":                                             {"retention", "superuser"},
	"SET ROLE daybook_admin":                                                 {"admin", "superuser"},
	"SELECT set_config('role', 'daybook_owner', true)":                       masters,
	"SET SESSION AUTHORIZATION daybook_owner":                                root,
	"SET LOCAL session_replication_role = replica":                           root,
	"SET LOCAL session_replication_role = replica; DELETE FROM ledger.spine": nobody,
	"GRANT daybook_owner TO CURRENT_USER":                                    root,
	"GRANT daybook_writer TO CURRENT_USER":                                   root,
	"CREATE ROLE forged":                                                     root,
	"ALTER ROLE daybook_reader SUPERUSER":                                    root,
}

// guarded are the tables whose rows nobody changes, whoever it is.
var guarded = []string{
	"ledger.spine", "ledger.tile", "ledger.transformation_session", "ledger.transformation_operation", "ledger.transformation_operation_default",
	"ledger.thinking_logs_default", "ledger.shown_transformation_session", "ledger.shown_transformation_operation",
}

// refusals are what PostgreSQL and the triggers refuse with. Any other error
// would mean that a try was nonsense.
var refusals = []string{
	"42501",          // insufficient_privilege
	"23001",          // restrict_violation: the triggers and functions of the schema
	"0A000",          // feature_not_supported: a trigger's function that is called
	"55000",          // object_not_in_prerequisite_state: a view that is no table
	"22023",          // invalid_parameter_value: of the schema's functions
	"42704",          // undefined_object: map_reader
	"42809",          // wrong_object_type: a temporary partition
	"23505", "23514", // the head is one row
}

func TestForbiddenThings(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions+`UPDATE ledger.head SET size = 4, logged_at = '2026-01-31 09:00Z'`)
	all := maps.Clone(tries)
	maps.Copy(all, detours)
	for _, table := range guarded {
		column := "logged_at"
		if table == "ledger.tile" {
			column = "level"
		}
		update := fmt.Sprintf("UPDATE %s SET %s = %[2]s", table, column)
		for _, sql := range []string{update, update + " WHERE false", "DELETE FROM " + table, "DELETE FROM " + table + " WHERE false", "TRUNCATE " + table + " CASCADE"} {
			all[sql] = nobody
		}
	}
	for who, conn := range asEverybody(t, address) {
		for sql, may := range all {
			wanted := slices.Contains(may, who)
			switch err := undone(t, conn, sql); {
			case wanted && err != nil:
				t.Errorf("%s may not %s: %v", who, sql, err)
			case !wanted && err == nil:
				t.Errorf("%s may %s", who, sql)
			case !wanted && !slices.Contains(refusals, state(err)):
				t.Errorf("%s: %s fails by %v, which is no refusal", who, sql, err)
			}
		}
	}
}

// asEverybody gives a connection of everybody.
func asEverybody(t *testing.T, address string) map[string]*pgx.Conn {
	t.Helper()
	conns := map[string]*pgx.Conn{}
	for _, who := range everybody {
		switch who {
		case "superuser":
			conns[who] = connected(t, address)
		case "none":
			_, url := newLogin(t, address, "")
			conns[who] = connected(t, url)
		default:
			conns[who] = connected(t, testLogin(t, address, "daybook_"+who))
		}
	}
	return conns
}

// undone tries statements and undoes what they did.
func undone(t *testing.T, conn *pgx.Conn, sql string) error {
	t.Helper()
	_, tried := conn.PgConn().Exec(t.Context(), "BEGIN; SET LOCAL lock_timeout = '10s'; "+sql).ReadAll()
	if _, err := conn.Exec(t.Context(), "ROLLBACK; RESET ROLE; RESET SESSION AUTHORIZATION"); err != nil {
		t.Fatalf("undoing %s: %v", sql, err)
	}
	return tried
}

func state(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code
	}
	return err.Error()
}

// TestCopyIntoTheLedger is COPY FROM what the client sends.
func TestCopyIntoTheLedger(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	for who, conn := range asEverybody(t, address) {
		for table, may := range map[string]allowed{"spine": writing, "transformation_session": writing, "transformation_operation": writing, "transformation_operation_default": masters, "head": masters, "reader": masters} {
			_, err := conn.PgConn().CopyFrom(t.Context(), strings.NewReader(""), "COPY ledger."+table+" FROM STDIN")
			if wanted := slices.Contains(may, who); wanted != (err == nil) || err != nil && state(err) != "42501" {
				t.Errorf("%s copies into %s: %v", who, table, err)
			}
		}
	}
}

// TestRefusalsSayWhatToDo reads what somebody reads who tries.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	conn := connected(t, testURL(t))
	for sql, want := range map[string][2]string{
		"UPDATE ledger.conversations SET status = 'FAILED'": {"ledger.conversations is append-only: no UPDATE", "daybook amend"},
		"TRUNCATE ledger.spine":                             {"ledger.spine is append-only: no TRUNCATE", "kept for ever"},
		"UPDATE ledger.head SET size = -1":                  {"does not go back to -1", "restore a backup"},
		"SELECT ledger.map_reader('nemo', 'acme')":          {"there is no role nemo", "CREATE ROLE nemo LOGIN IN ROLE daybook_reader"},
	} {
		var said *pgconn.PgError
		if _, err := conn.Exec(t.Context(), sql); !errors.As(err, &said) || !strings.Contains(said.Message, want[0]) || !strings.Contains(said.Hint, want[1]) {
			t.Errorf("%s: %+v", sql, said)
		}
	}
}
