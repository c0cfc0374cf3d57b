package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// jobOf logs a new job in, and gives its name.
func jobOf(t testing.TB, address string) (string, *pgx.Conn) {
	t.Helper()
	name, url := newLogin(t, address, "IN ROLE daybook_job")
	return name, connectTo(t, url)
}

func connectTo(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// inSQL runs statements, which must succeed.
func inSQL(t testing.TB, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// scanOne gives the one value that a statement answers.
func scanOne[T any](t testing.TB, c *pgx.Conn, sql string, args ...any) (value T) {
	t.Helper()
	if err := c.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return value
}

func lettersOf(t testing.TB, s *Store) []daybook.Letter {
	t.Helper()
	letters, err := s.Letters(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// quickTries is how often something is tried that is quick, for it to be quick once on
// a machine that is busy.
const quickTries = 30

// hears says whether a wait ends with the commit of a letter, at least once in
// some times.
func hears(t *testing.T, s *Store, job *pgx.Conn) bool {
	t.Helper()
	for range quickTries {
		if err := s.Settle(t.Context(), lettersOf(t, s), nil); err != nil {
			t.Fatal(err)
		}
		heard := make(chan error, 1)
		go func() { heard <- s.Await(t.Context()) }()
		inSQL(t, job, `BEGIN; SELECT audit.log_entry('action_logs', '{"agent_position": "CFO"}'); COMMIT`)
		committed := time.Now()
		if err := <-heard; err != nil || len(lettersOf(t, s)) != 1 {
			t.Fatalf("it heard %v, and %d letters wait", err, len(lettersOf(t, s)))
		}
		if time.Since(committed) < awaitTime/4 {
			return true
		}
	}
	return false
}

// TestInboxKnowsTheCatalog holds the rows that log_entry checks by.
// jsonType is what a column's values are in JSON, as PostgreSQL calls it.
func jsonType(c *daybook.Column) string {
	switch c.Type {
	case daybook.TypeInt, daybook.TypeFloat:
		return "number"
	case daybook.TypeBool:
		return "boolean"
	case daybook.TypeTexts, daybook.TypeOptions:
		return "array"
	case daybook.TypeJSON:
		return "any"
	}
	return "string"
}

func TestInboxKnowsTheCatalog(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	var rows []string
	for _, k := range daybook.Kinds() {
		var fields, types, required []string
		for i := range k.Columns {
			if c := &k.Columns[i]; !c.Envelope {
				fields, types = append(fields, c.Name), append(types, jsonType(c))
				if c.Required {
					required = append(required, c.Name)
				}
			}
		}
		sort := "text"
		if c := k.Subject(); c.Serial {
			sort = "bigint"
		} else if c.Type == daybook.TypeUUID {
			sort = "uuid"
		}
		rows = append(rows, fmt.Sprintf("  ('%s', '%s', '%s', %v, %v,\n    '{%s}',\n    '{%s}',\n    '{%s}')", k.Name, k.Subject().Name, sort, k.Amendable(), k.Restricted,
			strings.Join(fields, ","), strings.Join(types, ","), strings.Join(required, ",")))
	}
	for _, row := range rows {
		if got := query[bool](t, s, "SELECT EXISTS (SELECT FROM {{ledger}}.inbox_kind k WHERE k = "+strings.TrimSpace(row)+"::{{ledger}}.inbox_kind)"); !got {
			t.Errorf("{{ledger}}.inbox_kind lacks what the catalog says; a migration must put\n%s", row)
		}
	}
	if got := query[int](t, s, "SELECT count(*) FROM {{ledger}}.inbox_kind"); got != len(rows) {
		t.Errorf("{{ledger}}.inbox_kind has %d rows, the catalog %d kinds", got, len(rows))
	}
}

func TestLogEntryChecksAtOnce(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	for name, c := range map[string]struct{ call, message, hint string }{
		"no kind":             {`audit.log_entry(NULL, '{}')`, "NULL is not a kind", "transformation_session"},
		"another kind":        {`audit.log_entry('sessions', '{}')`, "'sessions' is not a kind", "transformation_session"},
		"not a job's":         {`audit.log_entry('erasure', '{}')`, "written by Daybook itself", "one of the other kinds"},
		"no record":           {`audit.log_entry('action_logs', NULL)`, "is NULL", "jsonb_build_object('agent_position', …)"},
		"no object":           {`audit.log_entry('action_logs', '[]')`, "is a JSON array", "Give an object"},
		"too large":           {`audit.log_entry('action_logs', jsonb_build_object('agent_position', repeat('x', 9000000)))`, "8388608 are the most", "not the data itself"},
		"no field":            {`audit.log_entry('action_logs', '{"agent_position": "CFO", "by": 1}')`, `no field by `, "action_target"},
		"the ledger's own":    {`audit.log_entry('action_logs', '{"agent_position": "CFO", "principal": "me"}')`, `no field principal `, "action_target"},
		"required":            {`audit.log_entry('transformation_operation', '{"operation_type": null}')`, "needs operation_type, session_id", "missing"},
		"two kinds":           {`audit.log_entry('action_logs', '{"kind": "decision_logs", "agent_position": "CFO"}')`, "the call says action_logs", "Leave kind out"},
		"no log_id":           {`audit.log_entry('action_logs', '{"log_id": "7", "agent_position": "CFO"}')`, "log_id is not a UUID", "the same UUID"},
		"no id":               {`audit.log_entry('transformation_session', '{"id": 7, "agent_id": "x"}')`, "id of transformation_session is not a UUID", "makes one"},
		"an id of the ledger": {`audit.log_entry('lineage_edge', '{"id": 7}')`, "given by the ledger", "Leave it out"},
		"no amendments":       {`audit.log_amendment('transformation_operation', '7', '{}')`, "never amended", "another record"},
		"amends nothing":      {`audit.log_amendment('transformation_session', NULL, '{}')`, "needs its id", "what log_entry returned"},
		"a number for text":   {`audit.log_entry('action_logs', '{"agent_position": "CFO", "action_target": 7}')`, "action_target of action_logs is a JSON number, and takes a string", "value::text"},
		"text for a number":   {`audit.log_entry('action_logs', '{"agent_position": "CFO", "duration_ms": "7"}')`, "duration_ms of action_logs is a JSON string, and takes a number", "value::numeric"},
		"text for a truth":    {`audit.log_entry('action_logs', '{"agent_position": "CFO", "success": "true"}')`, "success of action_logs is a JSON string, and takes a boolean", "value::boolean"},
		"text for a list":     {`audit.log_amendment('transformation_session', gen_random_uuid(), '{"source_tables": "silver.corn"}')`, "source_tables of transformation_session is a JSON string, and takes an array", "ARRAY"},
		"amends half":         {`audit.log_entry('action_logs', '{"amend": "yes"}')`, "not true or false", `"amend": true`},
		"fields of none":      {`audit.log_amendment('transformation_session', gen_random_uuid(), '3')`, "is a JSON number", "Give an object"},
		"half a node":         {`audit.add_lineage(gen_random_uuid(), 'corn', 'gold.corn')`, "the source 'corn'", "log_entry"},
		"checkout of nobody":  {`audit.checkout(NULL, NULL)`, "needs agent_id", "missing"},
	} {
		_, err := job.Exec(t.Context(), "SELECT "+c.call)
		var said *pgconn.PgError
		if !errors.As(err, &said) || !strings.HasPrefix(said.Message, "daybook: ") || !strings.Contains(said.Message, c.message) || !strings.Contains(said.Hint, c.hint) {
			t.Errorf("%s: got %v, want %q and a hint of %q", name, err, c.message, c.hint)
		}
	}
	if letters := lettersOf(t, s); len(letters) != 0 {
		t.Errorf("%d letters wait, and all were refused", len(letters))
	}
}

func TestLogEntryLeavesALetter(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	name, job := jobOf(t, address)
	begun := time.Now()
	session := scanOne[string](t, job, `SELECT audit.checkout('loader', ARRAY['bronze.corn'], 'nightly', '{"ticket_id": "T-1"}')::text`)
	operation := scanOne[string](t, job, `SELECT audit.log_operation($1, 'CLEAN', 'SELECT 1', output_row_count => 7, began => clock_timestamp() - interval '2 s')::text`, session)
	action := scanOne[string](t, job, `SELECT audit.log_entry('action_logs', '{"action_id": "a-1", "agent_position": "CFO", "session_id": null}')`)
	inSQL(t, job, `SELECT audit.register_output($1, 'TABLE', 'silver.corn', 7), audit.add_lineage($1, 'bronze.corn', 'silver.corn.value'), audit.checkin($1)`, session)
	inSQL(t, job, `SELECT audit.log_amendment('lineage_edge', '5', '{"is_current": false}')`)

	letters := lettersOf(t, s)
	var got []string
	for i, l := range letters {
		if l.Writer != name || l.Business != "" || l.WrittenAt.Before(begun.Truncate(time.Microsecond)) || l.WrittenAt.After(time.Now()) || i > 0 && l.Place <= letters[i-1].Place {
			t.Errorf("letter %d is of %s, business %q, written at %v, place %d", i, l.Writer, l.Business, l.WrittenAt, l.Place)
		}
		r, err := daybook.NewDecoder(strings.NewReader(string(l.Record)), daybook.MustKind(l.Kind)).Next()
		if err != nil {
			t.Fatalf("%s: %v", l.Record, err)
		}
		if r.LogID() == "" {
			t.Errorf("%s has no log_id", l.Record)
		}
		if l.Kind == "transformation_operation" && r.LogID() != operation {
			t.Errorf("the operation's log_id is %s, and the call gave %s", r.LogID(), operation)
		}
		if took := r.Get("execution_time_ms").Int(); l.Kind == "transformation_operation" && (took < 2000 || took > 2000+time.Since(begun).Milliseconds()) {
			t.Errorf("the operation took %d ms, and began 2 s before", took)
		}
		got = append(got, fmt.Sprintf("%s %v %s", l.Kind, r.Amend, r.SubjectID()))
	}
	want := []string{"transformation_session false " + session, "transformation_operation false ", "action_logs false a-1", "", "lineage_edge false ", "transformation_session true " + session, "lineage_edge true 5"}
	if len(got) == len(want) {
		want[3] = got[3] // an id of its own
	}
	if !slices.Equal(got, want) || action != "a-1" {
		t.Errorf("the letters are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestOrderOfLetters holds what the order promises where transactions overlap:
// what was committed before another record was written comes before it.
func TestOrderOfLetters(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, early := jobOf(t, address)
	_, late := jobOf(t, address)
	_, undone := jobOf(t, address)
	say := func(c *pgx.Conn, what string) {
		t.Helper()
		inSQL(t, c, `SELECT audit.log_entry('action_logs', jsonb_build_object('agent_position', $1::text))`, what)
	}
	order := func() string {
		t.Helper()
		var all []string
		for _, l := range lettersOf(t, s) {
			r, err := daybook.NewDecoder(strings.NewReader(string(l.Record)), daybook.MustKind(l.Kind)).Next()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r.Get("agent_position").Text())
		}
		return strings.Join(all, " ")
	}
	inSQL(t, early, "BEGIN")
	say(early, "a1")
	inSQL(t, undone, "BEGIN")
	say(undone, "u1")
	inSQL(t, late, "BEGIN")
	say(late, "b1")
	say(late, "b2")
	inSQL(t, late, "COMMIT")
	// b is in sight before a, which cannot have followed from it yet; and what a
	// writes now may.
	if got := order(); got != "b1 b2" {
		t.Errorf("in sight are %q, want b's letters", got)
	}
	say(early, "a2")
	inSQL(t, undone, "ROLLBACK")
	inSQL(t, early, "SAVEPOINT x; SELECT audit.log_entry('action_logs', '{\"agent_position\": \"x\"}'); ROLLBACK TO x")
	inSQL(t, early, "COMMIT")
	say(late, "c")
	if got, want := order(), "a1 b1 b2 a2 c"; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
	// Some of them taken, the rest stands as it stood.
	some, err := s.Letters(t.Context(), 2)
	if err != nil || len(some) != 2 {
		t.Fatalf("%d letters, %v; want 2", len(some), err)
	}
	if err := s.Settle(t.Context(), some, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := order(), "b2 a2 c"; got != want {
		t.Errorf("the rest is %q, want %q", got, want)
	}
}

// Letters are read up to a bound of bytes, and one at the least.
func TestLettersAreBounded(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	for range 4 {
		inSQL(t, job, `SELECT audit.log_entry('action_logs', jsonb_build_object('agent_position', 'CFO', 'result_summary', repeat('x', 5000000)))`)
	}
	for left := 4; left > 0; {
		letters := lettersOf(t, s)
		if len(letters) == 0 || len(letters) > 2 {
			t.Fatalf("%d letters of 5 MB, want 1 or 2", len(letters))
		}
		if err := s.Settle(t.Context(), letters, nil); err != nil {
			t.Fatal(err)
		}
		left -= len(letters)
	}
}

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

func TestAwaitHearsOfLetters(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	s := openStore(t, address, Options{})
	_, job := jobOf(t, address)
	begun := time.Now()
	if err := s.Await(t.Context()); err != nil || time.Since(begun) < awaitTime/2 {
		t.Errorf("with nothing there it came back after %v: %v", time.Since(begun), err)
	}
	if !hears(t, s, job) {
		t.Error("all letters were found by looking, none by hearing of it")
	}
	isQuick := false
	for n := 0; n < quickTries && !isQuick; n++ {
		begun = time.Now()
		if err := s.Await(t.Context()); err != nil {
			t.Fatal(err)
		}
		isQuick = time.Since(begun) < awaitTime*3/4
	}
	if !isQuick {
		t.Error("with one there it takes as long as with none")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Await(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("when nobody waits any more: %v", err)
	}
	w, err := s.Waiting(t.Context())
	if err != nil || w.Letters != 1 || time.Since(w.Since) > time.Minute || w.Since.Location() != time.UTC {
		t.Errorf("waiting are %+v, %v", w, err)
	}
}

// TestInboxOfAPrefix: two ledgers in one database have an inbox each, and hear
// of their own.
func TestInboxOfAPrefix(t *testing.T) {
	t.Parallel()
	address := testURL(t)
	quiet := slog.New(slog.DiscardHandler)
	if _, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "team_", Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	s, other := openStore(t, address, Options{SchemaPrefix: "team_"}), openStore(t, address, Options{})
	_, job := jobOf(t, address)
	session := scanOne[string](t, job, "SELECT team_audit.checkout('loader', ARRAY['bronze.corn'])::text")
	inSQL(t, job, "SELECT team_audit.log_operation($1, 'CLEAN'), team_audit.checkin($1)", session)
	_, err := job.Exec(t.Context(), "BEGIN; CALL team_audit.logged_refresh('gold.nothing'); COMMIT")
	var said *pgconn.PgError
	if !errors.As(err, &said) || !strings.Contains(said.Hint, "CALL team_audit.logged_refresh outside") {
		t.Errorf("a refresh of nothing: %v", err)
	}
	inSQL(t, job, "ROLLBACK")
	if _, err := job.Exec(t.Context(), "CALL team_audit.logged_refresh('gold.nothing')"); err == nil {
		t.Error("nothing was refreshed")
	}
	if got, others := len(lettersOf(t, s)), len(lettersOf(t, other)); got != 6 || others != 0 {
		t.Errorf("%d letters wait, and %d of the other ledger; want 6 and 0", got, others)
	}
}
