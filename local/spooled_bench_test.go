package local_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/client"
	"github.com/daybook-audit/daybook/httpd"
	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/spool"
)

// BenchmarkDelivery delivers 20,000 records of about 700 bytes from a spool
// through the HTTP door to a ledger on disk.
func BenchmarkDelivery(b *testing.B) {
	const records = 20_000
	for b.Loop() {
		b.StopTimer()
		l, err := local.Open(b.Context(), filepath.Join(b.TempDir(), "ledger.db"), local.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		door := httpd.New(httpd.Config{Recorder: l.Recorder, Reader: l.Reader, Prover: l.Prover, Ready: l.Ready, Logger: slog.New(slog.DiscardHandler)})
		server := httptest.NewServer(door.Handler())
		dir := b.TempDir()
		fillSpool(b, dir, records)
		b.StartTimer()
		begun := time.Now()
		status, err := spool.Drain(b.Context(), dir, spool.Options{URL: server.URL}, nil)
		if err != nil || status.Records != 0 || status.Rejects != 0 {
			b.Fatalf("%+v, %v", status, err)
		}
		b.ReportMetric(records/time.Since(begun).Seconds(), "records/s")
		b.StopTimer()
		server.Close()
		if err := l.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func fillSpool(b *testing.B, dir string, records int) {
	b.Helper()
	c, err := client.NewSpooled("http://127.0.0.1:1", client.Options{}, client.Spooling{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("The dividend is held back until the third quarter is audited. ", 7)
	for i := range records {
		if _, err := c.LogThinking(b.Context(), daybook.ThinkingLog{
			ConversationID: "c1", AgentPosition: "CFO", ThinkingType: "analysis", ThinkingContent: fmt.Sprint(text, i),
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		b.Fatal(err)
	}
}
