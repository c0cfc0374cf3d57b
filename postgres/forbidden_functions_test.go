package postgres

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
)

// decoys are objects of a caller's own that a function might take for those it
// means: tables, functions and operators, in the schema of temporary objects,
// which PostgreSQL searches first unless it is told otherwise, and first in the
// search path.
const decoys = `
	CREATE TEMPORARY TABLE head (id int, ledger_id uuid, size bigint, root bytea, logged_at timestamptz);
	CREATE TEMPORARY TABLE spine (seq bigint, logged_at timestamptz);
	CREATE TEMPORARY TABLE checkpoint (id int PRIMARY KEY, size bigint, signed bytea);
	CREATE TEMPORARY TABLE reader (role name, business text);
	CREATE TEMPORARY TABLE pg_roles (rolname name, oid oid);
	CREATE TEMPORARY TABLE pg_class (relname name, oid oid, relkind "char", relnamespace oid, relpartbound text);
	INSERT INTO pg_temp.head VALUES (1, NULL, 1000000, '\x00', '2000-01-01');
	INSERT INTO pg_temp.spine VALUES (999999, '2000-01-01');
	INSERT INTO pg_temp.reader VALUES ('daybook_reader', 'umbrella'), (session_user, 'umbrella');
	INSERT INTO pg_temp.pg_roles SELECT r.rolname, (SELECT o.oid FROM pg_catalog.pg_roles AS o WHERE o.rolname = session_user) FROM pg_catalog.pg_roles AS r;
	CREATE FUNCTION pg_temp.pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION pg_temp.octet_length(bytea) RETURNS int LANGUAGE sql AS 'SELECT 32';
	CREATE FUNCTION pg_temp.always(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR pg_temp.< (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_temp.always);
	CREATE OPERATOR pg_temp.<= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_temp.always);
	CREATE FUNCTION pg_temp.same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR pg_temp.= (LEFTARG = name, RIGHTARG = name, FUNCTION = pg_temp.same);
	SET search_path = pg_temp, pg_catalog, public;
	SET timezone = 'Pacific/Auckland'; SET datestyle = 'German';`

// TestDecoysDeceiveNobody calls each function that acts with the owner's rights
// among decoys.
func TestDecoysDeceiveNobody(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions+`UPDATE ledger.head SET size = 4, logged_at = '2026-01-31 09:00Z'`)

	server := connected(t, testLogin(t, address, "daybook_writer"))
	if _, err := server.Exec(t.Context(), decoys); err != nil {
		t.Fatal(err)
	}
	for sql, refused := range map[string]string{
		"SELECT ledger.advance(1000000, '\\x00', '2000-01-01')":                             "32 bytes",
		"SELECT ledger.advance(1000000, decode(repeat('00', 32), 'hex'), '2000-01-01')":     "does not end with entry 999999",
		"SELECT ledger.keep_checkpoint(1000000, '\\x00')":                                   "none of this ledger",
		"SELECT ledger.make_partition('head', now())":                                       "do not stand in partitions",
		"SELECT ledger.make_partition('thinking_logs; DROP TABLE ledger.spine; --', now())": "do not stand in partitions",
	} {
		if _, err := server.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), refused) {
			t.Errorf("%s: %v, want it refused as one that %s", sql, err, refused)
		}
	}
	if _, err := server.Exec(t.Context(), "SELECT ledger.advance(5, decode(repeat('00', 32), 'hex'), '2026-01-31 09:00Z'), ledger.keep_checkpoint(5, 'signed')"); err != nil {
		t.Error(err)
	}
	wantLines(t, "keeping an older checkpoint", answer(t, server, "SELECT ledger.keep_checkpoint(4, 'older')"), "f")
	wantLines(t, "a partition in the middle of everything", answer(t, server, "SELECT partition, made FROM ledger.make_partition('thinking_logs', '2044-02-29 23:59:59.999999Z')"), "thinking_logs_2044_02|t")
	wantLines(t, "its months", answer(t, server, "SELECT since = timestamptz '2044-02-01 00:00Z', until = timestamptz '2044-03-01 00:00Z' FROM ledger.months('thinking_logs') WHERE partition = 'thinking_logs_2044_02'"), "t|t")
	wantLines(t, "the decoys", answer(t, server, "SELECT (SELECT size FROM pg_temp.head), (SELECT count(*) FROM pg_temp.checkpoint)"), "1000000|0")
	wantLines(t, "the head", answer(t, server, "SELECT h.size, convert_from(c.signed, 'UTF8') FROM ledger.head AS h, ledger.checkpoint AS c"), "5|signed")
	wantLines(t, "where the partition is", answer(t, server, "SELECT relnamespace::regnamespace, reltablespace, relowner::regrole FROM pg_catalog.pg_class WHERE relname = 'thinking_logs_2044_02'"), "ledger|0|daybook_owner")

	acme := testLogin(t, address, "daybook_reader")
	pgtest.Exec(t, address, "SELECT ledger.map_reader('"+loginName(acme)+"', 'acme')")
	reader := connected(t, acme)
	if _, err := reader.Exec(t.Context(), decoys); err != nil {
		t.Fatal(err)
	}
	wantLines(t, "what the reader sees", answer(t, reader, "SELECT DISTINCT business_id FROM audit.transformation_session"), "acme")
}

// TestAMappingIsTheLogins tries what a session can do to be taken for another.
func TestAMappingIsTheLogins(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	pgtest.Exec(t, address, fewSessions)
	acme, other, grouped := testLogin(t, address, "daybook_reader"), testLogin(t, address, "daybook_reader"), testLogin(t, address, "daybook_reader")
	group, _ := newLogin(t, address, "")
	pgtest.Exec(t, address, "GRANT "+group+" TO "+loginName(grouped)+"; GRANT "+loginName(other)+" TO "+loginName(acme)+" ")
	admin := connected(t, testLogin(t, address, "daybook_admin"))
	for _, m := range [][2]string{{loginName(acme), "acme"}, {group, "umbrella"}, {group, "default"}} {
		wantLines(t, "mapping", answer(t, admin, "SELECT ledger.map_reader($1, $2)", m[0], m[1]), "t")
		wantLines(t, "mapping again", answer(t, admin, "SELECT ledger.map_reader($1, $2)", m[0], m[1]), "f")
	}
	wantLines(t, "who mapped", answer(t, admin, "SELECT count(DISTINCT mapped_by) FROM ledger.reader WHERE mapped_by = session_user"), "1")

	const seen = "SELECT string_agg(DISTINCT business_id, ' ' ORDER BY business_id) FROM audit.transformation_session"
	conn := connected(t, acme)
	for _, become := range []string{
		"SELECT", "SET ROLE " + loginName(other), "SET ROLE daybook_reader", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
		"SET daybook.business = 'umbrella'", "SELECT set_config('session_authorization', session_user, false)", "SET application_name = 'daybook'",
	} {
		if _, err := conn.Exec(t.Context(), become); err != nil {
			t.Fatalf("%s: %v", become, err)
		}
		wantLines(t, "as "+become, answer(t, conn, seen), "acme")
	}
	for _, become := range []string{
		"SET SESSION AUTHORIZATION " + loginName(grouped), "SELECT set_config('session_authorization', 'daybook', false)", "SET ROLE " + group, "SET ROLE daybook_owner",
	} {
		if _, err := conn.Exec(t.Context(), become); err == nil || state(err) != "42501" {
			t.Errorf("%s: %v", become, err)
		}
	}
	wantLines(t, "a member of a role that is mapped", answer(t, connected(t, grouped), seen), "default umbrella")
	// A view of somebody's own reads with the rights of its owner, as the session of who logged in.
	pgtest.Exec(t, address, "CREATE SCHEMA shared; CREATE VIEW shared.sessions AS SELECT * FROM audit.transformation_session; GRANT USAGE ON SCHEMA shared TO daybook_reader; GRANT SELECT ON shared.sessions TO daybook_reader")
	wantLines(t, "through a superuser's view", answer(t, conn, strings.Replace(seen, "audit.transformation_session", "shared.sessions", 1)), "acme")

	wantLines(t, "unmapping", answer(t, admin, "SELECT ledger.unmap_reader($1, 'umbrella'), ledger.unmap_reader($2)", group, loginName(acme)), "1|1")
	wantLines(t, "what is left", answer(t, connected(t, grouped), seen), "default")
	wantLines(t, "who is mapped to nothing", answer(t, conn, seen), "")
}
