package postgres

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/inbox"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/ledger"
	"github.com/daybook-audit/daybook/merkle"
)

// BenchmarkInbox measures how fast a server takes what waits, by one job and by
// two that take turns, and how long one record takes from its commit to the
// ledger.
func BenchmarkInbox(b *testing.B) {
	address := testURL(b)
	s := openStore(b, address, Options{})
	head, err := s.Head(b.Context())
	must(b, err)
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	must(b, err)
	signer, err := merkle.NewSigner(private)
	must(b, err)
	quiet := slog.New(slog.DiscardHandler)
	l, err := ledger.Open(b.Context(), s, ledger.Options{Signer: signer, Anchor: filepath.Join(b.TempDir(), "anchor"), Logger: quiet})
	must(b, err)
	b.Cleanup(func() { _ = l.Close(context.Background()) })
	start := func() *inbox.Drain {
		d, err := inbox.Start(s, inbox.Options{Recorder: intake.New(l, intake.Limits{}), Logger: quiet})
		must(b, err)
		return d
	}
	_, one := jobOf(b, address)
	_, other := jobOf(b, address)
	const log = `SELECT count(audit.log_entry('action_logs', '{"agent_position": "CFO", "action_type": "command"}')) FROM generate_series(1, $1)`
	empty := func() {
		for w := (daybook.Waiting{Letters: 1}); w.Letters > 0; time.Sleep(time.Millisecond) {
			w, err = s.Waiting(b.Context())
			must(b, err)
		}
	}
	b.Run("one job", func(b *testing.B) {
		inSQL(b, one, log, b.N)
		b.ResetTimer()
		d := start()
		empty()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		d.Close()
	})
	b.Run("two in turn", func(b *testing.B) {
		for n := range b.N {
			if n%2 == 0 {
				inSQL(b, one, log, 1)
			} else {
				inSQL(b, other, log, 1)
			}
		}
		b.ResetTimer()
		d := start()
		empty()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		d.Close()
	})
	b.Run("until taken", func(b *testing.B) {
		d := start()
		defer d.Close()
		for range b.N {
			inSQL(b, one, log, 1)
			empty()
		}
	})
	b.Run("log_entry", func(b *testing.B) {
		for range b.N {
			inSQL(b, one, log, 1)
		}
	})
}
