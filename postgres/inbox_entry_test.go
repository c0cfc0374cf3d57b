package postgres

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgconn"
)

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
