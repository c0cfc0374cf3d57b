package postgres

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestJobsSeeNothingOfTheInbox(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}')`)
	for _, sql := range []string{
		"SELECT * FROM ledger.inbox", "SELECT * FROM ledger.inbox_reject", "SELECT * FROM ledger.job", "SELECT * FROM ledger.inbox_kind",
		"DELETE FROM ledger.inbox", "UPDATE ledger.inbox SET writer = 'x'", "TRUNCATE ledger.inbox", "DELETE FROM audit.inbox_rejects",
		"INSERT INTO ledger.inbox (log_id, kind, record, writer, written_at) VALUES (gen_random_uuid(), 'action_logs', '{}', 'somebody', now())",
		"INSERT INTO ledger.job VALUES (session_user, 'acme', 'x', now())", "SELECT ledger.map_job(session_user, 'acme')",
		"SELECT ledger.inbox_record('action_logs', '{}', NULL)", "SELECT * FROM ledger.spine", "SELECT * FROM audit.action_logs", "SET ROLE daybook_writer",
		"ALTER FUNCTION audit.log_entry(text, jsonb) OWNER TO session_user", "SELECT setval('ledger.inbox_place_seq', 1)", "SELECT nextval('ledger.inbox_place_seq')",
	} {
		_, err := job.Exec(t.Context(), sql)
		var said *pgconn.PgError
		if !errors.As(err, &said) || said.Code != "42501" {
			t.Errorf("%s: got %v, want no permission", sql, err)
		}
	}
	reader, url := newLogin(t, address, "IN ROLE daybook_reader")
	if _, err := connectTo(t, url).Exec(t.Context(), `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}')`); err == nil {
		t.Errorf("%s is a reader, and may write", reader)
	}
	// Objects of its own deceive no function that acts with the owner's rights.
	inSQL(t, job, `CREATE TEMP TABLE inbox (x int);
		CREATE TEMP TABLE job AS SELECT session_user::name AS login, 'umbrella' AS business;
		CREATE TEMP TABLE inbox_kind AS SELECT 'action_logs' AS kind, 'action_id' AS subject, 'text' AS subject_type, false AS restricted, '{salt}'::text[] AS fields, '{any}'::text[] AS types, '{}'::text[] AS required;
		CREATE FUNCTION pg_temp.pg_has_role(name, text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE FUNCTION pg_temp.same(name, name) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE OPERATOR pg_temp.= (LEFTARG = name, RIGHTARG = name, FUNCTION = pg_temp.same);
		SET search_path = pg_temp, pg_catalog, public`)
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CTO"}'), audit.inbox_retry()`)
	if letters := lettersOf(t, s); len(letters) != 2 || letters[0].Writer != letters[1].Writer || letters[1].Business != "" {
		t.Errorf("the letters are %v", letters)
	}
	if _, err := job.Exec(t.Context(), `SELECT audit.log_entry('action_logs', '{"salt": "x"}')`); err == nil {
		t.Error("a table of the job's own says which fields there are")
	}
}

func TestJobsOfABusiness(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	name, job := jobOf(t, address)
	_, url := newLogin(t, address, "IN ROLE daybook_admin")
	admin := connectTo(t, url)
	inSQL(t, admin, "SELECT ledger.map_job($1, 'acme')", name)
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}')`)
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO", "business_id": "acme"}')`)
	if _, err := job.Exec(t.Context(), `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO", "business_id": "other"}')`); err == nil || !strings.Contains(err.Error(), "'acme' alone") {
		t.Errorf("a record of another business: %v", err)
	}
	inSQL(t, admin, "SELECT ledger.map_job($1, 'rival')", name)
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}')`)
	if !scanOne[bool](t, admin, "SELECT ledger.unmap_job($1)", name) || scanOne[bool](t, admin, "SELECT ledger.unmap_job($1)", name) {
		t.Error("a mapping goes once")
	}
	inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO", "business_id": "other"}')`)
	var got []string
	for _, l := range lettersOf(t, s) {
		got = append(got, l.Business)
	}
	if want := []string{"acme", "acme", "rival", ""}; !slices.Equal(got, want) {
		t.Errorf("the letters are bound to %q, want %q", got, want)
	}
	for _, sql := range []string{"SELECT ledger.map_job('nobody_of_this_name', 'acme')", "SELECT ledger.map_job(session_user, '*')", "SELECT ledger.map_job('daybook_job', 'acme')"} {
		if _, err := admin.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s is allowed", sql)
		}
	}
}

func TestRejects(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	name, job := jobOf(t, address)
	_, other := jobOf(t, address)
	_, url := newLogin(t, address, "IN ROLE daybook_admin")
	admin := connectTo(t, url)
	for range 3 {
		inSQL(t, job, `SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}')`)
	}
	letters := lettersOf(t, s)
	var refused []daybook.RefusedLetter
	for _, l := range letters {
		l.Record = []byte(strings.Replace(string(l.Record), "CFO", "[REDACTED]", 1))
		refused = append(refused, daybook.RefusedLetter{Letter: l, Why: &daybook.Error{Code: daybook.CodeInvalid, Path: "/x\x00", Message: "is \xff wrong", Hint: "mend it", Err: errors.New("so")}})
	}
	if err := s.Settle(t.Context(), nil, refused); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context(), nil, refused); err != nil { // another server had them, too
		t.Fatal(err)
	}
	if w, err := s.Waiting(t.Context()); err != nil || w != (daybook.Waiting{Refused: 3}) {
		t.Errorf("waiting are %+v, %v; want 3 refused", w, err)
	}
	const count = "SELECT count(*) FROM audit.inbox_rejects"
	if own, others, all := scanOne[int](t, job, count), scanOne[int](t, other, count), scanOne[int](t, admin, count); own != 3 || others != 0 || all != 3 {
		t.Errorf("the writer sees %d, another %d, an admin %d; want 3, 0, 3", own, others, all)
	}
	const row = "SELECT concat_ws('|', kind, code, path, message, hint, record ->> 'agent_position', writer, log_id = (record ->> 'log_id')::uuid) FROM audit.inbox_rejects LIMIT 1"
	if got, want := scanOne[string](t, job, row), "action_logs|invalid|/x|is \uFFFD wrong: so|mend it|[REDACTED]|"+name+"|t"; got != want {
		t.Errorf("the row is %q, want %q", got, want)
	}
	first := scanOne[string](t, job, "SELECT log_id::text FROM audit.inbox_rejects LIMIT 1")
	if n := scanOne[int](t, other, "SELECT audit.inbox_retry() + audit.inbox_drop($1)", first); n != 0 {
		t.Errorf("another login settles %d", n)
	}
	if n := scanOne[int](t, job, "SELECT audit.inbox_drop($1)", first); n != 1 {
		t.Errorf("the writer drops %d, want 1", n)
	}
	if n := scanOne[int](t, admin, "SELECT audit.inbox_retry()"); n != 2 {
		t.Errorf("an admin sends %d again, want 2", n)
	}
	again := lettersOf(t, s)
	if len(again) != 2 || again[0].Writer != name || !again[0].WrittenAt.Equal(letters[1].WrittenAt) || !strings.Contains(string(again[0].Record), "REDACTED") {
		t.Errorf("again wait %v", again)
	}
}
