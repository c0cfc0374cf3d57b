package intake_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// sampledOperation is an operation of about 700 bytes of JSON.
const sampledOperation = `{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"AGGREGATE",` +
	`"transformation_type":"SQL","transformation_logic":"CREATE OR REPLACE TABLE gold.corn_balance AS SELECT marketing_year, commodity, sum(production) AS production, ` +
	`sum(exports) AS exports, sum(ending_stocks) AS ending_stocks FROM silver.wasde_cell WHERE region = 'corn belt' GROUP BY marketing_year, commodity",` +
	`"parameters":{"group_by":["marketing_year","commodity"]},"input_row_count":50000,"output_row_count":150,"execution_time_ms":12,` +
	`"input_tables":["silver.wasde_cell"],"output_table":"gold.corn_balance","created_at":"2026-01-31T09:00:00.000000Z","warnings":["late"]}`

// marked gives the pattern of a record that passes an intake which derives and
// samples; nil for none.
func marked(t testing.TB, s intake.Sampling, input string) *daybook.Pattern {
	t.Helper()
	var behind sink
	in := intake.New(&behind, intake.Limits{Now: clock}).Deriving(intake.NewDeriver(patient(intake.Derivation{}))).Sampling(intake.NewSampler(s))
	if _, err := in.Record(context.Background(), daybook.Local, []daybook.Record{decode(t, input)}); err != nil {
		t.Fatal(err)
	}
	return behind.records[0].Pattern
}

// What was done makes the pattern, not when, by which session, and how it went.
func TestPatternsSayWhatWasDone(t *testing.T) {
	t.Parallel()
	first := marked(t, intake.Sampling{}, sampledOperation)
	for change, same := range map[string]bool{
		`"input_row_count":50000|"input_row_count":7`:                       true,
		`"output_row_count":150,|`:                                          true,
		`"execution_time_ms":12|"execution_time_ms":13,"operation_order":4`: true,
		`"warnings":["late"]|"warnings":["early"]`:                          true,
		`2026-01-31T09|2026-02-01T09`:                                       true,
		`3a5d2f6e9b01|3a5d2f6e9b02`:                                         true,
		`{"kind"|{"log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b09","kind"`:   true,
		`AGGREGATE|JOIN`: false,
		`"transformation_type":"SQL"|"transformation_type":"PYTHON"`:             false,
		`'corn belt'|'corn  belt'`:                                               false,
		`["marketing_year","commodity"]|["marketing_year"]`:                      false,
		`"silver.wasde_cell"]|"silver.wasde_cell", "silver.other"]`:              false,
		`"output_table":"gold.corn_balance"|"output_table":"gold.corn_balance2"`: false,
		`"input_tables"|"output_columns":["a"],"input_tables"`:                   false,
		`"input_tables"|"input_columns":["a"],"input_tables"`:                    false,
		`"input_tables"|"lifecycle_state_change":"ALTER","input_tables"`:         false,
		`"input_tables"|"business_id":"acme","input_tables"`:                     false,
	} {
		from, to, _ := strings.Cut(change, "|")
		got := marked(t, intake.Sampling{}, strings.Replace(sampledOperation, from, to, 1))
		if got == nil || (got.Says == first.Says) != same {
			t.Errorf("%s to %s is the same: %v; want %v", from, to, !same, same)
		}
	}
}

func TestWhatIsSampled(t *testing.T) {
	t.Parallel()
	short := `{"kind":"transformation_operation","session_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","operation_type":"FILTER","transformation_logic":"drop rows"}`
	for _, c := range []struct {
		name  string
		s     intake.Sampling
		input string
		is    bool
	}{
		{"all", intake.Sampling{}, sampledOperation, true},
		{"of its type", intake.Sampling{Operations: []string{"JOIN", "aggregate"}}, sampledOperation, true},
		{"of another type", intake.Sampling{Operations: []string{"JOIN"}}, sampledOperation, false},
		{"nothing to leave out", intake.Sampling{}, short, false},
		{"edges to leave out", intake.Sampling{}, strings.Replace(short, "drop rows", "INSERT INTO a SELECT * FROM b", 1), true},
		{"no operation", intake.Sampling{}, conversation + "}", false},
	} {
		if p := marked(t, c.s, c.input); (p != nil) != c.is {
			t.Errorf("%s: marked %v", c.name, p != nil)
		}
	}
	if p := marked(t, intake.Sampling{Sessions: []string{"BRONZE_TO_SILVER"}}, sampledOperation); p == nil || p.Sessions[0] != "BRONZE_TO_SILVER" {
		t.Errorf("the types of sessions are lost: %+v", p)
	}
}

// Who writes a record does not say what is a repeat.
func TestPatternsAreNotTheWritersToSay(t *testing.T) {
	t.Parallel()
	r := decode(t, sampledOperation)
	r.Pattern = &daybook.Pattern{}
	got, err := put(daybook.Local, r)
	if err != nil || got[0].Pattern != nil {
		t.Errorf("the writer's pattern passed: %v, %v", got[0].Pattern, err)
	}
	_, err = put(daybook.Local, decode(t, strings.Replace(sampledOperation, "{", `{"pattern_id":7,`, 1)))
	want(t, err, daybook.CodeInvalid, "/0/pattern_id", "is given by the ledger", "leave pattern_id out")
}

// Around is the stage alone, before any Recorder.
func TestSamplerAround(t *testing.T) {
	t.Parallel()
	var behind sink
	records := []daybook.Record{decode(t, sampledOperation), decode(t, conversation+"}")}
	if _, err := intake.NewSampler(intake.Sampling{}).Around(&behind).Record(t.Context(), daybook.Local, records); err != nil {
		t.Fatal(err)
	}
	if behind.records[0].Pattern == nil || behind.records[1].Pattern != nil {
		t.Errorf("marked %v and %v", behind.records[0].Pattern, behind.records[1].Pattern)
	}
}

// BenchmarkSample is the stage alone, on an operation of 700 bytes with the edges
// that follow from it, and without.
func BenchmarkSample(b *testing.B) {
	for _, edges := range []bool{false, true} {
		b.Run(fmt.Sprintf("edges=%v", edges), func(b *testing.B) {
			r := decode(b, sampledOperation)
			if edges {
				intake.NewDeriver(intake.Derivation{}).Derive(b.Context(), &r)
			}
			s := intake.NewSampler(intake.Sampling{})
			b.ReportAllocs()
			for b.Loop() {
				s.Sample(&r)
			}
		})
	}
}
