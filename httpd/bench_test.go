package httpd_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (w discard) Header() http.Header { return w.header }

func (w discard) Write(b []byte) (int, error) { return len(b), nil }

func (w discard) WriteHeader(int) {}

// echo is a Recorder that costs nothing but its receipts.
type echo struct{}

func (echo) Record(_ context.Context, _ daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	receipts := make([]daybook.Receipt, len(records))
	for i := range records {
		receipts[i] = daybook.Receipt{
			Kind: records[i].Kind.Name, ID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", LogID: "0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01",
			Seq: int64(i), LogHash: strings.Repeat("ab", 32), LoggedAt: instant, Revision: 1,
		}
	}
	return receipts, nil
}

// BenchmarkEntries is the door's own cost for batches of 1,000 records of
// about 700 bytes; the Recorder does nothing.
func BenchmarkEntries(b *testing.B) {
	const n = 1000
	line := `{"kind": "conversations", "conversation_id": "conv_0190f3c2-7b1e-7a40-8c11-3a5d2f6e9b01", "agent_position": "CFO", ` +
		`"started_at": "2026-01-31T08:00:00Z", "ended_at": "2026-01-31T08:00:42Z", "model_provider": "openrouter", "model_name": "claude-3.5-sonnet", ` +
		`"input_tokens": 1200, "output_tokens": 350, "total_tokens": 1550, "cost_usd": 0.0123, "status": "completed", ` +
		`"user_prompt_preview": "` + strings.Repeat("Reallocate the budget. ", 6) + `", "response_preview": "` + strings.Repeat("It is done as asked. ", 6) + `"}` + "\n"
	body := strings.Repeat(line, n)
	for name, headers := range map[string][]string{"plain": nil, "gzip": {"Content-Encoding: gzip", "Accept-Encoding: gzip"}} {
		b.Run(name, func(b *testing.B) {
			d := newDesk(b, func(d *desk) { d.config.Recorder = echo{} })
			handler := d.server.Handler()
			sent := body
			if headers != nil {
				sent = gzipped(b, body)
			}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				r := request("POST", "/v1/entries", sent, headers...)
				handler.ServeHTTP(discard{http.Header{}}, r)
			}
			b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkOne is the cost of a call with one record.
func BenchmarkOne(b *testing.B) {
	d := newDesk(b, func(d *desk) { d.config.Recorder = echo{} })
	handler := d.server.Handler()
	for b.Loop() {
		handler.ServeHTTP(discard{http.Header{}}, request("POST", "/v1/entries", `{"kind": "conversations", "agent_position": "CFO"}`))
	}
}
