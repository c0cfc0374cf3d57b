package transfer_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"github.com/daybook-audit/daybook/transfer"
)

// BenchmarkCopy is the rate at which a ledger of 100,000 entries is copied, of
// conversations and operations as they come.
func BenchmarkCopy(b *testing.B) {
	const size = 100_000
	for fromName, fromPlace := range sorts {
		for toName, toPlace := range sorts {
			b.Run(fromName+" to "+toName, func(b *testing.B) {
				from := open(b, fromPlace(b), how{})
				w := storetest.NewWriter(from)
				list := usual(1000)
				for range size / len(list) {
					if _, err := w.Write(b.Context(), list...); err != nil {
						b.Fatal(err)
					}
				}
				b.ResetTimer()
				begun := time.Now()
				for b.Loop() {
					b.StopTimer()
					to := open(b, toPlace(b), how{transfer: true})
					b.StartTimer()
					if _, err := transfer.Copy(b.Context(), from, to, transfer.Options{From: "A", To: "B"}); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(size*float64(b.N)/time.Since(begun).Seconds(), "entries/s")
			})
		}
	}
}

// usual are records as agents write them.
func usual(n int) []daybook.Record {
	kinds := []*daybook.Kind{daybook.MustKind("conversations"), daybook.MustKind("transformation_operation"), daybook.MustKind("mcp_usage_logs")}
	list := make([]daybook.Record, n)
	for i := range list {
		r := daybook.NewRecord(kinds[i%len(kinds)])
		for c := range r.Kind.Columns {
			column := &r.Kind.Columns[c]
			if column.Envelope || column.Serial {
				continue
			}
			if column.Subject {
				r.Values[c] = daybook.TextValue(uuid.Must(uuid.NewV7()).String())
				continue
			}
			switch column.Type {
			case daybook.TypeText:
				r.Values[c] = daybook.TextValue("silver.corn_balance_sheet")
			case daybook.TypeInt:
				r.Values[c] = daybook.IntValue(int64(i))
			case daybook.TypeUUID:
				r.Values[c] = daybook.TextValue("0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01")
			case daybook.TypeTime:
				r.Values[c] = daybook.TextValue("2026-01-31T09:00:00.000000Z")
			}
		}
		list[i] = r
	}
	return list
}
