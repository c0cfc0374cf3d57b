package intake_test

import (
	"context"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// TestStagesStandAlone puts a guard and a pricer before a Recorder of no more.
func TestStagesStandAlone(t *testing.T) {
	t.Parallel()
	record := func(r daybook.Recorder, text string) error {
		_, err := r.Record(context.Background(), daybook.Local, []daybook.Record{decode(t, text)})
		return err
	}
	var behind sink
	rows := recordWith("parameters", `{"rows": [`+tuples+`]}`)
	for mode, kept := range map[intake.GuardMode]int{intake.GuardRefuse: 0, intake.GuardOff: 1} {
		behind.records = nil
		g, err := intake.NewGuard(intake.GuardOptions{Mode: mode})
		if err != nil {
			t.Fatal(err)
		}
		err = record(g.Around(&behind), rows)
		if len(behind.records) != kept {
			t.Errorf("%s: %d records, %v", mode, len(behind.records), err)
		}
		if kept == 0 {
			want(t, err, daybook.CodeInvalid, "/0/parameters/rows", "looks like data")
		}
	}
	behind.records = nil
	err := record(intake.NewPricer(intake.Pricing{}).Around(&behind), `{"kind": "conversations", "agent_position": "CFO", "started_at": "2026-01-31T09:00:00Z", `+
		`"model_provider": "anthropic", "model_name": "claude-sonnet-4-5", "input_tokens": 100000}`)
	if err != nil || behind.records[0].Get("cost_usd").Float() != 0.3 {
		t.Errorf("%v, %v", err, behind.records)
	}
}
