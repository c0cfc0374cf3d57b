package daybook_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

func decodeAll(input string) ([]daybook.Record, error) {
	d := daybook.NewDecoder(strings.NewReader(input), nil)
	var out []daybook.Record
	for {
		r, err := d.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
}

func TestDecoderTakesObjectArrayAndLines(t *testing.T) {
	t.Parallel()
	one := `{"kind":"conversations","agent_position":"CFO"}`
	late := `{"agent_position":"CFO","input_tokens":5,"kind":"conversations"}`
	for input, want := range map[string]int{
		one: 1, "[" + one + "," + late + "]": 2, one + "\n" + late + "\n": 2, "": 0, "[]": 0, " [ ] \n": 0,
	} {
		got, err := decodeAll(input)
		if err != nil || len(got) != want {
			t.Errorf("%s: %d records, %v; want %d", input, len(got), err, want)
		}
		for _, r := range got {
			if r.Get("agent_position").Text() != "CFO" {
				t.Errorf("%s: lost agent_position", input)
			}
		}
	}
}

func TestDecoderNamesThePathOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	for _, c := range []struct {
		input string
		code  daybook.Code
		path  string
	}{
		{`{"kind":"conversation"}`, daybook.CodeInvalid, "/kind"},
		{`{"agent_position":"x"}`, daybook.CodeInvalid, "/kind"},
		{`{"kind":5}`, daybook.CodeInvalid, "/kind"},
		{`{"kind":"conversations","kind":"conversations"}`, daybook.CodeInvalid, "/kind"},
		{`[{"kind":"conversations"},{"kind":"conversations","cost":1}]`, daybook.CodeInvalid, "/1/cost"},
		{`{"cost":1,"kind":"conversations"}`, daybook.CodeInvalid, "/cost"},
		{`{"kind":"conversations","input_tokens":"5"}`, daybook.CodeInvalid, "/input_tokens"},
		{`{"kind":"conversations","input_tokens":1.5}`, daybook.CodeInvalid, "/input_tokens"},
		{`{"kind":"conversations","input_tokens":99999999999999999999}`, daybook.CodeInvalid, "/input_tokens"},
		{`{"kind":"conversations","cost_usd":1e400}`, daybook.CodeInvalid, "/cost_usd"},
		{`{"kind":"conversations","started_at":"2026-02-30T00:00:00Z"}`, daybook.CodeInvalid, "/started_at"},
		{`{"kind":"conversations","started_at":"2026-02-03T00:00:00"}`, daybook.CodeInvalid, "/started_at"},
		{`{"kind":"conversations","seq":1}`, daybook.CodeInvalid, "/seq"},
		{`{"kind":"conversations","salt":"00"}`, daybook.CodeInvalid, "/salt"},
		{`{"kind":"conversations","log_id":"x"}`, daybook.CodeInvalid, "/log_id"},
		{`{"kind":"conversations","status":"error","status":"error"}`, daybook.CodeInvalid, "/status"},
		{`{"kind":"action_logs","action_details":{"a":{"b":1,"b":2}}}`, daybook.CodeInvalid, "/action_details/a/b"},
		{`{"kind":"action_logs","action_details":{"a":[1e400]}}`, daybook.CodeInvalid, "/action_details/a/0"},
		{`{"kind":"action_logs","action_details":"\u0000"}`, daybook.CodeInvalid, "/action_details"},
		{`{"kind":"action_logs","action_details":` + deep[9000:11000] + `}`, daybook.CodeInvalid, ""},
		{`{"kind":"action_logs","action_details":` + deep + `}`, daybook.CodeMalformed, ""},
		{`{"kind":"thinking_logs","options_considered":["a",null]}`, daybook.CodeInvalid, "/options_considered/1"},
		{`{"kind":"decision_logs","options_evaluated":[{"option":"a","score":"b"}]}`, daybook.CodeInvalid, "/options_evaluated/0/score"},
		{`{"kind":"decision_logs","options_evaluated":[{"option":null}]}`, daybook.CodeInvalid, "/options_evaluated/0/option"},
		{`{"kind":"decision_logs","options_evaluated":[{"option":"a","rank":1}]}`, daybook.CodeInvalid, "/options_evaluated/0/rank"},
		{`{"kind":"conversations","model_name":"\ud800"}`, daybook.CodeMalformed, "/model_name"},
		{"{\"kind\":\"conversations\",\"model_name\":\"\xff\"}", daybook.CodeMalformed, "/model_name"},
		{`{"kind":"conversations"`, daybook.CodeMalformed, ""},
		{`{"kind":"conversations"}}`, daybook.CodeMalformed, ""},
		{`[{"kind":"conversations"}`, daybook.CodeMalformed, ""},
		{`[{"kind":"conversations"}] 5`, daybook.CodeMalformed, ""},
		{`5`, daybook.CodeMalformed, "/0"},
		{`[5]`, daybook.CodeInvalid, "/0"},
		{`{"kind":"conversations"} null`, daybook.CodeInvalid, "/1"},
		{`[{"kind":"conversations"},[[5]`, daybook.CodeMalformed, ""},
	} {
		_, err := decodeAll(c.input)
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != c.code || c.path != "" && e.Path != c.path {
			t.Errorf("%.80s: got %v (code %s), want %s at %s", c.input, err, daybook.CodeOf(err), c.code, c.path)
		}
	}
}

// TestDecoderGoesOnBehindWhatIsNoObject: what stands between the records, and
// is JSON, is refused alone.
func TestDecoderGoesOnBehindWhatIsNoObject(t *testing.T) {
	t.Parallel()
	const one = `{"kind":"conversations","agent_position":"CFO"}`
	for _, no := range []string{`5`, `"x"`, `null`, `true`, `[]`, `[[{"kind":"conversations"}],2]`} {
		for _, input := range []string{"[ " + one + "," + no + "," + one + "," + no + "]", one + "\n" + no + "\n" + one + no, no + " " + one + no + one} {
			if strings.HasPrefix(input, "[]") || strings.HasPrefix(input, "[[{") && no[0] == '[' {
				continue // what begins so is the array of records itself
			}
			d := daybook.NewDecoder(strings.NewReader(input), nil)
			records, refused := 0, ""
			for {
				_, err := d.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				var e *daybook.Error
				switch {
				case err == nil:
					records++
				case errors.As(err, &e) && e.Code == daybook.CodeInvalid && strings.HasPrefix(e.Message, "want an object, got "):
					refused += e.Path
				default:
					t.Fatalf("%s: %v", input, err)
				}
			}
			want := "/1/3"
			if strings.HasPrefix(input, no+" ") {
				want = "/0/2"
			}
			if records != 2 || refused != want || d.Index() != 4 {
				t.Errorf("%s: %d records, refused %s, index %d", input, records, refused, d.Index())
			}
		}
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add(`{"kind":"conversations","agent_position":"CFO"}`)
	f.Add(`[{"kind":"decision_logs","options_evaluated":[{"option":"a","pros":["b"],"score":1}]}]`)
	f.Add(`{"started_at":"2026-01-01T00:00:00Z","kind":"transformation_session","source_tables":["a.b"]}`)
	f.Fuzz(func(t *testing.T, input string) {
		records, err := decodeAll(input)
		if err != nil && daybook.CodeOf(err) == daybook.CodeInternal {
			t.Errorf("an error that is not ours: %v", err)
		}
		for i := range records {
			e := daybook.Entry{Kind: records[i].Kind, Values: records[i].Values}
			line := e.AppendExport(nil)
			again, err := daybook.DecodeEntry(line)
			if err != nil {
				continue // texts with NUL are for the intake to refuse
			}
			if string(again.AppendExport(nil)) != string(line) {
				// Only the kind's own name is added by reading.
				if again.Kind != e.Kind {
					t.Errorf("%s reads back as %s", line, again.AppendExport(nil))
				}
			}
		}
	})
}

// Whoever reads an export may take the first or the last of two.
func TestDecodeEntryTakesNothingTwice(t *testing.T) {
	t.Parallel()
	for _, more := range []string{`"seq": 7`, `"seq": 8`, `"log_hash": "` + strings.Repeat("0", 64) + `"`, `"kind": "conversations"`, `"agent_position": "CFO"`} {
		line := `{` + more + `, "agent_position": "CFO", "kind": "conversations", "log_hash": "` + strings.Repeat("0", 64) + `", "seq": 7}`
		if _, err := daybook.DecodeEntry([]byte(line)); err == nil || !strings.Contains(err.Error(), "given twice") {
			t.Errorf("%s again: %v", more, err)
		}
	}
}
