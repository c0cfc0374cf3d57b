package intake_test

import (
	"context"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

type nowhere struct{}

func (nowhere) Record(context.Context, daybook.Principal, []daybook.Record) ([]daybook.Receipt, error) {
	return nil, nil
}

// conversation is what an agent sends of an exchange, about 600 bytes.
const conversation = `{"kind":"conversations","agent_position":"CFO","business_id":"acme","started_at":"2026-01-31T09:00:00.000000Z",` +
	`"ended_at":"2026-01-31T09:00:12.250000Z","model_provider":"openrouter","model_name":"claude-3.5-sonnet","model_version":"2024-10-22",` +
	`"input_tokens":1843,"output_tokens":212,"total_tokens":2055,"cost_usd":0.0087412,"status":"completed",` +
	`"command_executed":"daily-close --region corn-belt","user_prompt_preview":"Close the corn balance sheet for January and tell me what moved against last month, ` +
	`with the sources of every number.","response_preview":"Ending stocks fell by 2.1 percent, led by exports; see gold.us_corn_balance_sheet."`

const withIDs = `,"conversation_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02"`

// BenchmarkDerive is an operation with SQL, of a session without temporary
// tables, with some that it does not name, and with some that it reads.
func BenchmarkDerive(b *testing.B) {
	const made = "CREATE TEMP TABLE tmp AS SELECT x, sum(y) AS total FROM bronze.a WHERE k > 1 GROUP BY x"
	for _, c := range []struct{ name, before, from string }{{"none", "SELECT 1", "silver.s"}, {"others", made, "silver.s"}, {"reads", made, "tmp"}} {
		b.Run(c.name, func(b *testing.B) {
			in := intake.New(nowhere{}, intake.Limits{}).Deriving(intake.NewDeriver(intake.Derivation{}))
			records := operationsOf(b, []string{c.before, "INSERT INTO gold.g (p, q) SELECT x, total FROM " + c.from + " WHERE x > 3"}, nil)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := in.Record(b.Context(), daybook.Local, records); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStages is what redaction, guard, prices and sampling together cost a
// record of 700 bytes: "all" less "checks".
func BenchmarkStages(b *testing.B) {
	const filler = "one more thing that is said of it, in words that are nobody's secret; "
	for _, c := range []struct{ name, input string }{
		{"conversation", strings.Replace(conversation, `"cost_usd":0.0087412,`, "", 1) + withIDs + "}"},
		{"operation", operationWith(`"log_id": "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02", "input_tables": ["silver.observation", "silver.unit"], "output_table": "gold.balance", ` +
			`"input_row_count": 1200, "transformation_type": "FORMULA", "parameters": {"aggregation": "SUM", "group_by": ["commodity", "year"]}, "transformation_logic": "` + strings.Repeat(filler, 6) + `"`)},
		{"call", recordWith("parameters", `{"path": "/warehouse/silver/prices.sql", "edits": [{"old": "SELECT a", "new": "SELECT a, b"}], "note": "`+strings.Repeat(filler, 7)+`"}`)},
	} {
		for _, road := range []string{"checks", "all"} {
			b.Run(c.name+"/"+road, func(b *testing.B) {
				in := intake.New(nowhere{}, intake.Limits{})
				if road == "all" {
					redact, err := intake.NewRedact(intake.RedactOptions{})
					if err != nil {
						b.Fatal(err)
					}
					guard, err := intake.NewGuard(intake.GuardOptions{})
					if err != nil {
						b.Fatal(err)
					}
					in = in.With(intake.Stages{Redact: redact.Stage(), Guard: guard.Stage()}).Guarding(guard).
						Pricing(intake.NewPricer(intake.Pricing{})).Sampling(intake.NewSampler(intake.Sampling{}))
				}
				one := decode(b, c.input)
				record := daybook.NewRecord(one.Kind)
				b.ReportAllocs()
				for b.Loop() {
					copy(record.Values, one.Values)
					if _, err := in.Record(b.Context(), daybook.Local, []daybook.Record{record}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, c := range []struct{ name, input string }{
		{"conversation/ids", conversation + withIDs + "}"},
		{"conversation/no-ids", conversation + "}"},
		{"conversation/amend", `{"kind":"conversations","amend":true,"conversation_id":"c","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02",` +
			`"ended_at":"2026-01-31T09:00:12.250000Z","status":"completed","output_tokens":5}`},
		{"session", `{"kind":"transformation_session","agent_id":"wasde","source_tables":["bronze.wasde_cell","bronze.wasde_release"]` +
			`,"id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01","log_id":"0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b02"}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			const batch = 1000
			one := decode(b, c.input)
			records := make([]daybook.Record, batch)
			for i := range records {
				records[i] = daybook.NewRecord(one.Kind)
				records[i].Amend = one.Amend
			}
			in := intake.New(nowhere{}, intake.Limits{})
			b.ReportAllocs()
			for b.Loop() {
				for i := range records {
					copy(records[i].Values, one.Values)
				}
				if _, err := in.Record(b.Context(), daybook.Local, records); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/batch, "ns/record")
		})
	}
}
