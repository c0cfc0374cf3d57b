package spool_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/spool"
)

// BenchmarkRecord writes one record of about 700 bytes: redacted, encoded and
// on disk as far as write(2) goes.
func BenchmarkRecord(b *testing.B) {
	s, err := spool.Open(b.TempDir(), spool.Options{MaxBytes: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	text := strings.Repeat("The dividend is held back until the third quarter is audited. ", 7)
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		r := thought(fmt.Sprint(text, i))
		begun := time.Now()
		if _, err := s.Record(b.Context(), daybook.Principal{}, []daybook.Record{r}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns")
}
