package intake_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// sink is the Recorder behind the intake: it keeps what it is given.
type sink struct {
	records []daybook.Record
	err     error
}

func (s *sink) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	s.records = append(s.records, records...)
	return make([]daybook.Receipt, len(records)), s.err
}

const nowText = "2026-01-31T09:00:00.123456Z"

func clock() time.Time { return time.Date(2026, 1, 31, 10, 0, 0, 123456789, time.FixedZone("", 3600)) }

// put passes records through an intake of default limits, and gives what came
// out behind it.
func put(p daybook.Principal, records ...daybook.Record) ([]daybook.Record, error) {
	var behind sink
	_, err := intake.New(&behind, intake.Limits{Now: clock}).Record(context.Background(), p, records)
	return behind.records, err
}

// decode reads one record of JSON, which must be well-formed.
func decode(t testing.TB, input string) daybook.Record {
	t.Helper()
	r, err := daybook.NewDecoder(strings.NewReader(input), nil).Next()
	if err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	return r
}

// want checks code and path of an error, and that its text or hint holds some words.
func want(t testing.TB, err error, code daybook.Code, path string, words ...string) {
	t.Helper()
	var e *daybook.Error
	if !errors.As(err, &e) || e.Code != code || e.Path != path {
		t.Errorf("got %v (%s), want %s at %s", err, daybook.CodeOf(err), code, path)
		return
	}
	for _, w := range words {
		if !strings.Contains(e.Message, w) && !strings.Contains(e.Hint, w) {
			t.Errorf("%q, hint %q: want %q", e.Message, e.Hint, w)
		}
	}
}

func warnings(t testing.TB, r *daybook.Record) []string {
	t.Helper()
	list, err := daybook.Texts(r.Get("warnings"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRecordPassesAllOrNothing(t *testing.T) {
	t.Parallel()
	good := `{"kind":"conversations","agent_position":"CFO"}`
	bad := `{"kind":"conversations"}`
	out, err := put(daybook.Local, decode(t, good), decode(t, bad), decode(t, `{"kind":"thinking_logs"}`))
	want(t, err, daybook.CodeInvalid, "/1/agent_position", "missing", "The role the agent acts in")
	if len(out) != 0 {
		t.Errorf("%d records passed beside a bad one", len(out))
	}
	out, err = put(daybook.Local, decode(t, good), decode(t, good))
	if err != nil || len(out) != 2 {
		t.Errorf("%d records, %v; want 2", len(out), err)
	}
}

func TestRecordOfNothingAsksNobody(t *testing.T) {
	t.Parallel()
	in := intake.New(&sink{err: errors.New("asked")}, intake.Limits{})
	if receipts, err := in.Record(t.Context(), daybook.Local, nil); err != nil || receipts != nil {
		t.Errorf("%v, %v", receipts, err)
	}
}

func TestErrorsBehindTheIntakePassUnchanged(t *testing.T) {
	t.Parallel()
	full := &daybook.Error{Code: daybook.CodeUnavailable, Message: "the disk is full"}
	_, err := intake.New(&sink{err: full}, intake.Limits{}).Record(t.Context(), daybook.Local,
		[]daybook.Record{decode(t, `{"kind":"conversations","agent_position":"CFO"}`)})
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

// A caller told to try again gives the same records again: they must be the
// same records to the ledger too, though time has gone on.
func TestRetryRepeatsWhatWasFilledIn(t *testing.T) {
	t.Parallel()
	now := clock()
	behind := &sink{err: &daybook.Error{Code: daybook.CodeUnavailable}}
	in := intake.New(behind, intake.Limits{Now: func() time.Time { now = now.Add(time.Second); return now }})
	records := []daybook.Record{
		decode(t, `{"kind":"conversations","agent_position":"CFO","user_prompt_preview":"`+strings.Repeat("ü", 700)+`"}`),
		decode(t, `{"kind":"action_logs","agent_position":"CFO","action_type":"rm -rf"}`),
		decode(t, `{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"DROP","warnings":["own"]}`),
		decode(t, `{"kind":"transformation_session","agent_id":"a","source_tables":["gold.x"]}`),
		decode(t, `{"kind":"conversations","amend":true,"conversation_id":"c","ended_at":"2026-01-31T09:00:00Z"}`),
	}
	var lines [2][]string
	for round := range lines {
		if _, err := in.Record(t.Context(), daybook.Local, records); daybook.CodeOf(err) != daybook.CodeUnavailable {
			t.Fatal(err)
		}
		for i := range records {
			lines[round] = append(lines[round], line(&records[i]))
		}
	}
	if !slices.Equal(lines[0], lines[1]) {
		t.Errorf("first\n%s\nthen\n%s", strings.Join(lines[0], "\n"), strings.Join(lines[1], "\n"))
	}
	if got := warnings(t, &records[2]); !slices.Equal(got, []string{"own", `operation_type: unknown word "DROP"`}) {
		t.Errorf("warnings %q", got)
	}
}

// line is a record's canonical form.
func line(r *daybook.Record) string {
	e := daybook.Entry{Kind: r.Kind, Values: r.Values}
	return string(e.AppendCanonical(nil))
}

func TestRecordsNotOfTheCatalogAreRefused(t *testing.T) {
	t.Parallel()
	k := daybook.MustKind("conversations")
	for name, r := range map[string]daybook.Record{
		"no kind":         {},
		"too few values":  {Kind: k, Values: make([]daybook.Value, 3)},
		"no values":       {Kind: k},
		"a kind of their": {Kind: &daybook.Kind{Name: "mine", Number: 1}},
		"beyond numbers":  {Kind: &daybook.Kind{Name: "mine", Number: 99}},
		"below numbers":   {Kind: &daybook.Kind{Name: "mine", Number: -1}},
	} {
		_, err := put(daybook.Local, r)
		if daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckJudgesOneRecord(t *testing.T) {
	t.Parallel()
	in := intake.New(&sink{}, intake.Limits{})
	r := decode(t, `{"kind":"conversations","agent_position":"CFO","cost_usd":-1}`)
	want(t, in.Check(daybook.Local, r), daybook.CodeInvalid, "/cost_usd", "must not be negative")
	r = decode(t, `{"kind":"conversations","agent_position":"CFO"}`)
	if err := in.Check(daybook.Local, r); err != nil || r.LogID() != "" {
		t.Errorf("%v, log_id %q filled in", err, r.LogID())
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	batch := func(n, bytes int) error {
		records := make([]daybook.Record, n)
		for i := range records {
			records[i] = decode(t, `{"kind":"conversations","agent_position":"CFO"}`)
			records[i].Set("command_executed", daybook.TextValue(strings.Repeat("x", bytes)))
		}
		_, err := intake.New(&sink{}, intake.Limits{MaxBatch: 3, MaxRecordBytes: 1000}).Record(t.Context(), daybook.Local, records)
		return err
	}
	if err := batch(3, 10); err != nil {
		t.Error(err)
	}
	want(t, batch(4, 10), daybook.CodeTooLarge, "/3", "at most 3")
	want(t, batch(2, 1000), daybook.CodeTooLarge, "/0", "1000 bytes", "log what was done")
}

// The limit is of the canonical form, to the byte.
func TestMaxRecordBytesCountsTheCanonicalForm(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"plain", "\n\x01\"", "übrig", "玉米🌽"} {
		r := decode(t, `{"kind":"conversations","agent_position":"CFO","input_tokens":1234,"cost_usd":0.5}`)
		r.Set("command_executed", daybook.TextValue(strings.Repeat(text, 50)))
		size := 0
		for i := range r.Values {
			if r.Values[i].IsSet() {
				size += len(daybook.AppendValue(nil, r.Kind.Columns[i].Type, r.Values[i]))
			}
		}
		for limit, code := range map[int]daybook.Code{size: "", size - 1: daybook.CodeTooLarge} {
			err := intake.New(&sink{}, intake.Limits{MaxRecordBytes: limit}).Check(daybook.Local, r)
			if daybook.CodeOf(err) != code {
				t.Errorf("%q of %d bytes under %d: %v", text, size, limit, err)
			}
		}
	}
}

func TestDefaultLimitsTakeTenThousandRecords(t *testing.T) {
	t.Parallel()
	var input strings.Builder
	for range intake.DefaultMaxBatch + 1 {
		input.WriteString(`{"kind":"conversations","agent_position":"CFO"}` + "\n")
	}
	d := daybook.NewDecoder(strings.NewReader(input.String()), nil)
	var records []daybook.Record
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		records = append(records, r)
	}
	_, err := put(daybook.Local, records...)
	want(t, err, daybook.CodeTooLarge, "/"+strconv.Itoa(intake.DefaultMaxBatch))
	out, err := put(daybook.Local, records[1:]...)
	if err != nil || len(out) != intake.DefaultMaxBatch {
		t.Errorf("%d records, %v", len(out), err)
	}
	ids := map[string]bool{}
	for i := range out {
		ids[out[i].LogID()], ids[out[i].SubjectID()] = true, true
	}
	if len(ids) != 2*len(out) {
		t.Errorf("%d ids for %d records", len(ids), len(out))
	}
}
