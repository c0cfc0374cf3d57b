package intake_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
)

// failer is what testing.T and rapid.T have in common here.
type failer interface {
	Errorf(format string, args ...any)
}

// sound judges a record that the intake let through, by the catalog and in
// other words than the intake's.
func sound(t failer, r *daybook.Record) {
	e := daybook.Entry{Kind: r.Kind, Values: slices.Clone(r.Values)}
	e.Seal(daybook.Envelope{
		LogID: r.LogID(), LoggedAt: nowText, Principal: "p", RetainUntil: daybook.Forever,
		Salt: "000102030405060708090a0b0c0d0e0f", Revision: 1,
	})
	canonical := e.AppendCanonical(nil)
	var members map[string]any
	if err := json.Unmarshal(canonical, &members); err != nil {
		t.Errorf("%s: %v", canonical, err)
		return
	}
	export := e.AppendExport(nil)
	again, err := daybook.DecodeEntry(export)
	if err != nil || string(again.AppendExport(nil)) != string(export) {
		t.Errorf("%s does not read back: %v", export, err)
	}
	for i := range r.Kind.Columns {
		c := &r.Kind.Columns[i]
		value, given := members[c.Name]
		if !given && c.Required && !r.Amend {
			t.Errorf("%s: no %s", canonical, c.Name)
		}
		if given && !soundValue(c, value) {
			t.Errorf("%s.%s may not be %v", r.Kind.Name, c.Name, value)
		}
		if given && r.Amend && !c.Envelope && !c.Subject && c.Amend == daybook.RuleNone && c.Name != "business_id" {
			t.Errorf("%s.%s is amended", r.Kind.Name, c.Name)
		}
		late, hasEarly := value, false
		var early any
		if c.After != "" {
			early, hasEarly = members[c.After]
		}
		if given && hasEarly && late.(string) < early.(string) {
			t.Errorf("%s: %s before %s", canonical, c.Name, c.After)
		}
	}
}

func soundValue(c *daybook.Column, value any) bool {
	switch v := value.(type) {
	case string:
		most := daybook.MaxName
		if c.Long {
			most = daybook.MaxLong
		}
		if c.Preview {
			most = daybook.PreviewLength
		}
		if c.Type == daybook.TypeJSON {
			most = daybook.MaxLong
		}
		names := c.Required || c.Subject || c.Name == "business_id"
		return utf8.RuneCountInString(v) <= most && !strings.Contains(v, "\x00") && (v != "" || !names) &&
			(c.Closed == nil || slices.Contains(c.Closed, v))
	case float64:
		return (c.Min == nil || v >= *c.Min) && (c.Max == nil || v <= *c.Max)
	}
	return true
}

// Values that a member may have in JSON: good ones of every type, and bad.
var scraps = []string{
	`"word"`, `""`, `"a\u0000b"`, `"` + strings.Repeat(`\u7389`, 1025) + `"`, `"` + strings.Repeat("a", 1024) + `"`,
	`"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01"`, `"0190F3C2-7B1E-7A40-8C11-3A5D2F6E9B01"`, `"\ud83c\udf3d\u007f\n"`,
	`0`, `1`, `-1`, `0.5`, `1.0`, `-0.0`, `1e17`, `9223372036854775807`, `1e-400`, `1e300`,
	`true`, `false`, `null`,
	`"2026-01-30T09:00:00+02:00"`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59.9999999Z"`, `"2026-01-30"`, `"2025-12-31"`,
	`[]`, `["bronze.a", "gold.b"]`, `["a\u0000"]`, `[null]`, `{"b": [1.0, {"a": "ü"}], "a": -0.0}`, `{"a": "\u0000"}`,
	`[{"option": "a", "pros": ["p"], "cons": [], "score": 1e16}]`, `[{"option": "a", "pros": ["\u0000"]}]`,
	`"COMPLETED"`, `"completed"`, `"ACTIVE"`, `"error"`, `"high"`, `"PASSED"`, `"BRONZE"`, `"RUNNING"`,
}

// drawRecord writes a random record of JSON: mostly what the columns take, and
// now and then a scrap.
func drawRecord(t *rapid.T, k *daybook.Kind) string {
	amend := rapid.Bool().Draw(t, "amend")
	var b strings.Builder
	b.WriteString(`{"kind":"` + k.Name + `"`)
	if amend {
		b.WriteString(`,"amend":true`)
	}
	likely := rapid.IntRange(0, 9).Draw(t, "likely")
	for i := range k.Columns {
		c := &k.Columns[i]
		fits := c.Required || c.Amend != daybook.RuleNone || c.Subject
		if c.Envelope && c.Name != "log_id" || !fits && rapid.IntRange(0, 9).Draw(t, "in") < likely {
			continue
		}
		if amend && c.Amend == daybook.RuleNone && !c.Subject || !amend && c.Serial {
			continue
		}
		value := string(daybook.AppendValue(nil, c.Type, sampleOf(c)))
		if rapid.IntRange(0, 30).Draw(t, "scrap") == 0 {
			value = rapid.SampledFrom(scraps).Draw(t, c.Name)
		}
		b.WriteString(`,"` + c.Name + `":` + value)
	}
	return b.String() + "}"
}

func sampleOf(c *daybook.Column) daybook.Value { return sample(nothing{}, c) }

// nothing is a testing.TB for samples, which do not fail.
type nothing struct{ testing.TB }

func (nothing) Helper() {}

func TestWhatPassesIsSound(t *testing.T) {
	t.Parallel()
	passed, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(daybook.Kinds()).Draw(t, "kind")
		input := drawRecord(t, k)
		r, err := daybook.NewDecoder(strings.NewReader(input), nil).Next()
		if err != nil {
			return
		}
		out, err := put(daybook.Local, r)
		if err != nil {
			refused++
			if daybook.CodeOf(err) == daybook.CodeInternal || len(out) != 0 {
				t.Errorf("%s: %v, %d records passed", input, err, len(out))
			}
			return
		}
		passed++
		sound(t, &out[0])
	})
	if passed == 0 || refused == 0 {
		t.Errorf("%d records passed and %d were refused: the test shows nothing", passed, refused)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(conversation+"}", false)
	f.Add(conversation+withIDs+"}", true)
	f.Add(`[{"kind":"decision_logs","agent_position":"CFO","options_evaluated":[{"option":"a","pros":["b\u0000"],"score":1}]}]`, false)
	f.Add(`{"kind":"transformation_session","agent_id":"a","source_tables":["bronze.a","\"gold\".b"],"status":"active"}`, false)
	f.Add(`{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"DROP","warnings":["w"]}`, true)
	f.Add(`{"kind":"lineage_edge","amend":true,"id":5,"is_current":false,"invalidated_at":"2026-01-01T00:00:00Z"}`, true)
	for _, s := range scraps {
		if len(s) > 100 {
			continue // long ones keep the fuzzer busy making them short
		}
		f.Add(`{"kind":"ingest_run","job_type":"nightly","metadata":`+s+`}`, false)
		f.Add(`{"kind":"conversations","agent_position":`+s+`}`, false)
	}
	f.Fuzz(func(t *testing.T, input string, bound bool) {
		p := daybook.Local
		if bound {
			p = daybook.Principal{Name: "p", Role: daybook.RoleWriter, Business: "acme", Address: input, UserAgent: input}
		}
		d := daybook.NewDecoder(strings.NewReader(input), nil)
		for {
			r, err := d.Next()
			if err != nil {
				return
			}
			out, err := put(p, r)
			if err == nil {
				sound(t, &out[0])
			} else if daybook.CodeOf(err) == daybook.CodeInternal {
				t.Errorf("%s: %v", input, err)
			}
		}
	})
}
