package daybook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
)

func TestErrorsHintAtWhatWasMeant(t *testing.T) {
	t.Parallel()
	_, verb := daybook.VerbNamed(daybook.MustKind("escalation_logs"), "aknowledge")
	_, none := daybook.VerbNamed(daybook.MustKind("thinking_logs"), "end")
	_, near := daybook.KindNamed("Conversation")
	_, far := daybook.KindNamed("telemetry")
	of := func(input string) error { _, err := decodeAll(input); return err }
	for hint, err := range map[string]error{
		"did you mean conversations?":                  near,
		"the kinds are conversations, thinking_logs, ": far,
		"escalation_logs has acknowledge, resolve":     verb,
		"thinking_logs has no verbs":                   none,
		"did you mean cost_usd?":                       of(`{"kind":"conversations","cost_us":1}`),
		"did you mean agent_position?":                 of(`{"kind":"conversations","Agent_Position":"CFO"}`),
		"conversations has agent_position, ":           of(`{"kind":"conversations","temperature":1}`),
		"leave seq out":                                of(`{"kind":"conversations","seq":1}`),
		"leave salt out":                               of(`{"kind":"conversations","salt":"00"}`),
		`say what the record is`:                       of(`{"agent_position":"CFO"}`),
		"write RFC 3339 with an offset":                of(`{"kind":"conversations","started_at":"2026-01-31 09:00"}`),
		"write year-month-day":                         of(`{"kind":"transformation_session","data_start_date":"31.1.2026"}`),
		"write 36 characters":                          of(`{"kind":"transformation_session","id":"1"}`),
		"an option has option, pros, cons and score":   of(`{"kind":"decision_logs","options_evaluated":[{"name":"a"}]}`),
		`write {"option": …`:                           of(`{"kind":"decision_logs","options_evaluated":["a"]}`),
		"send one array, one object, or one object a":  of(`[] 5`),
	} {
		var e *daybook.Error
		if !errors.As(err, &e) || !strings.HasPrefix(e.Hint, hint) {
			t.Errorf("%v: want a hint beginning %q", err, hint)
			if e != nil {
				t.Errorf("the hint is %q", e.Hint)
			}
		}
	}
}

func TestErrorTellsPathAndCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	err := daybook.Under("/3", &daybook.Error{Code: daybook.CodeUnavailable, Message: "cannot write", Path: "/id", Err: cause})
	if err.Error() != "/3/id: cannot write: disk full" || !errors.Is(err, cause) || daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("%v (%s)", err, daybook.CodeOf(err))
	}
	if same := daybook.Under("/3", cause); !errors.Is(same, cause) || same.Error() != "disk full" || daybook.CodeOf(cause) != daybook.CodeInternal || daybook.CodeOf(nil) != "" {
		t.Error("errors of others are not ours")
	}
	long := strings.Repeat("ü", 100)
	if got := daybook.Clip(long); got != strings.Repeat("ü", 40)+"…" {
		t.Errorf("clipped to %q", got)
	}
}

func TestErrorsAreAboutARecord(t *testing.T) {
	t.Parallel()
	at := func(path string) error {
		return fmt.Errorf("record: %w", &daybook.Error{Code: daybook.CodeInvalid, Message: "is missing", Path: path})
	}
	pathOf := func(err error) string {
		var e *daybook.Error
		if !errors.As(err, &e) {
			t.Errorf("%v is none of ours", err)
			return ""
		}
		return e.Path
	}
	for _, c := range []struct {
		path, inside string // without /1
		index        int    // of three records
		named        bool
	}{
		{"/1/agent_id", "/agent_id", 1, true},
		{"/1", "", 1, true},
		{"/2/1", "/2/1", 2, true},
		{"/10/agent_id", "/10/agent_id", 0, false},
		{"/3", "/3", 0, false},
		{"/-1", "/-1", 0, false},
		{"/agent_id", "/agent_id", 0, false},
		{"", "", 0, false},
	} {
		if got := pathOf(daybook.Inside("/1", at(c.path))); got != c.inside {
			t.Errorf("inside /1, %q is %q, want %q", c.path, got, c.inside)
		}
		if index, named := daybook.RefusedAt(at(c.path), 3); index != c.index || named != c.named {
			t.Errorf("%q is of record %d (%t), want %d (%t)", c.path, index, named, c.index, c.named)
		}
	}
	cause := errors.New("disk full")
	if same := daybook.Inside("/1", cause); !errors.Is(same, cause) || same.Error() != "disk full" {
		t.Error("errors of others are not ours")
	}
	if index, named := daybook.RefusedAt(cause, 3); index != 0 || named {
		t.Errorf("an error of others is of record %d", index)
	}
}

func TestVerbsFillWhatTheCallerDidNotSay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	const at = "2026-01-31T09:00:00.000000Z"
	for _, c := range []struct{ kind, verb, given, want string }{
		{"transformation_session", "checkin", `{}`, `{"status": "COMPLETED"}`},
		{"transformation_session", "checkin", `{"status":"FAILED","error_message":"x"}`, `{"error_message": "x", "status": "FAILED"}`},
		{"decision_logs", "review", `{}`, `{"human_review_at": "` + at + `", "human_reviewed": true, "human_reviewer": "ann"}`},
		{
			"decision_logs", "review", `{"human_reviewed":false,"human_reviewer":"bob","human_review_at":"2026-01-30T09:00:00Z"}`,
			`{"human_review_at": "2026-01-30T09:00:00.000000Z", "human_reviewed": false, "human_reviewer": "bob"}`,
		},
		{"escalation_logs", "acknowledge", `{}`, `{"acknowledged_at": "` + at + `"}`},
		{"escalation_logs", "resolve", `{"resolution":"paid"}`, `{"resolution": "paid", "resolved_at": "` + at + `", "resolved_by": "ann"}`},
		{"conversations", "end", `{}`, `{"ended_at": "` + at + `", "status": "completed"}`},
		{"conversations", "end", `{"error_message":"x"}`, `{"ended_at": "` + at + `", "error_message": "x", "status": "error"}`},
		{"conversations", "end", `{"error_message":"x","status":"timeout"}`, `{"ended_at": "` + at + `", "error_message": "x", "status": "timeout"}`},
	} {
		k := daybook.MustKind(c.kind)
		verb, err := daybook.VerbNamed(k, c.verb)
		if err != nil {
			t.Fatal(err)
		}
		r, err := daybook.NewDecoder(strings.NewReader(c.given), k).Next()
		if err != nil {
			t.Fatal(err)
		}
		verb.Apply(&r, "ann", now)
		e := daybook.Entry{Kind: k, Values: r.Values}
		if got := string(e.AppendCanonical(nil)); got != c.want || !r.Amend {
			t.Errorf("%s of %s: %s, want %s", c.verb, c.given, got, c.want)
		}
	}
}

// A verb fills only what an amendment may.
func TestVerbsFillOnlyWhatMayBeAmended(t *testing.T) {
	t.Parallel()
	for _, v := range daybook.Verbs() {
		r := daybook.NewRecord(daybook.MustKind(v.Kind))
		v.Apply(&r, "ann", time.Now())
		for i := range r.Values {
			if c := &r.Kind.Columns[i]; r.Values[i].IsSet() && c.Amend == daybook.RuleNone {
				t.Errorf("%s fills %s.%s, which cannot be amended", v.Name, v.Kind, c.Name)
			}
		}
	}
}

func TestRetentionUntil(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r        daybook.Retention
		at, want string
	}{
		{daybook.Retention{Years: 7}, "2026-01-31T09:00:00.123456Z", "2033-01-31T09:00:00.123456Z"},
		{daybook.Retention{Years: 1}, "2024-02-29T12:00:00Z", "2025-03-01T12:00:00.000000Z"},
		{daybook.Retention{Years: 4}, "2024-02-29T12:00:00Z", "2028-02-29T12:00:00.000000Z"},
		{daybook.Retention{Days: 30}, "2024-02-01T00:00:00Z", "2024-03-02T00:00:00.000000Z"},
		{daybook.Retention{Days: 30}, "2025-02-01T00:00:00Z", "2025-03-03T00:00:00.000000Z"},
		{daybook.Retention{Days: 30}, "2025-12-31T23:30:00-01:00", "2026-01-31T00:30:00.000000Z"},
		{daybook.Retention{Years: 1, WhileCurrent: true}, "2026-01-31T09:00:00Z", "2027-01-31T09:00:00.000000Z"},
		{daybook.Retention{Forever: true}, "2026-01-31T09:00:00Z", daybook.Forever},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.r.Until(at); got != c.want {
			t.Errorf("%s from %s: %s, want %s", c.r, c.at, got, c.want)
		}
	}
}

// entryOf makes an entry of a struct, as if the ledger had written it.
func entryOf(t *testing.T, v any) *daybook.Entry {
	t.Helper()
	r, err := daybook.RecordOf(v)
	if err != nil {
		t.Fatal(err)
	}
	e := &daybook.Entry{Kind: r.Kind, Seq: 7, Values: r.Values}
	e.Seal(daybook.Envelope{
		LogID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02", LoggedAt: "2026-01-31T09:00:01.000000Z", Principal: "p",
		RetainUntil: daybook.Forever, Salt: "00112233445566778899aabbccddeeff", Revision: 1,
	})
	return e
}

func TestEventIsTheEntryAndWhatItsSessionSays(t *testing.T) {
	t.Parallel()
	const id = "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"
	at := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	session := entryOf(t, daybook.TransformationSession{ID: id, AgentID: "wasde", Purpose: "Monthly \"ETL\"", StartedAt: at, Status: "ACTIVE"})
	operation := entryOf(t, daybook.TransformationOperation{ID: 7, SessionID: id, OperationType: "SELECT", CreatedAt: at.Add(time.Second)})
	conversation := entryOf(t, daybook.Conversation{ConversationID: "c", AgentPosition: "CFO", StartedAt: at, Status: "completed"})
	for _, c := range []struct {
		event  daybook.Event
		fields map[string]any
		agent  string
		id     string
	}{
		{daybook.NewEvent(operation, session, "SELECT", "read"), map[string]any{
			"at": "2026-01-31T09:00:01.000000Z", "agent": "wasde", "agent_id": "wasde", "purpose": `Monthly "ETL"`,
			"started_at": "2026-01-31T09:00:00.000000Z", "session_id": id, "type": "SELECT", "summary": "read", "seq": 7.0, "id": 7.0,
		}, "wasde", "7"},
		{daybook.NewEvent(session, nil, "AD_HOC_ANALYSIS", "began"), map[string]any{
			"agent": "wasde", "agent_id": "wasde", "session_id": id, "id": id, "status": "ACTIVE", "kind": "transformation_session",
		}, "wasde", id},
		{daybook.NewEvent(conversation, nil, "", "talked"), map[string]any{
			"agent": "CFO", "agent_position": "CFO", "id": "c", "conversation_id": "c", "type": "", "session_id": nil,
		}, "CFO", "c"},
	} {
		raw, err := json.Marshal(c.event)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(raw, &fields); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		for name, want := range c.fields {
			if !reflect.DeepEqual(fields[name], want) {
				t.Errorf("%s of %s is %v, want %v", name, c.event.Kind, fields[name], want)
			}
		}
		if twice := duplicates(t, raw); twice != nil {
			t.Errorf("%s has %v twice", raw, twice)
		}
		if c.event.Agent != c.agent || c.event.ID != c.id {
			t.Errorf("agent %q, id %q; want %q, %q", c.event.Agent, c.event.ID, c.agent, c.id)
		}
		var back daybook.Event
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		want := c.event
		want.Fields = raw // Marshal takes the spaces out
		if !reflect.DeepEqual(back, want) {
			t.Errorf("%+v\nreads back as\n%+v", want, back)
		}
	}
}

// duplicates lists the members that an object has more than once.
func duplicates(t *testing.T, raw []byte) []string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		times[fmt.Sprint(name)]++
		var skip json.RawMessage
		if err := d.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	maps.DeleteFunc(times, func(_ string, n int) bool { return n == 1 })
	return slices.Sorted(maps.Keys(times))
}
