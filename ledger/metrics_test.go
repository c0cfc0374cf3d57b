package ledger_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
)

// value sums the counters or gauges of a name whose labels hold these values.
func value(t *testing.T, registry *prometheus.Registry, name string, labels ...string) (sum float64) {
	t.Helper()
	families, err := registry.Gather()
	must(t, err)
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			has := func(want string) bool {
				for _, l := range m.GetLabel() {
					if l.GetValue() == want {
						return true
					}
				}
				return false
			}
			if !slices.ContainsFunc(labels, func(want string) bool { return !has(want) }) {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return sum
	}
	t.Fatalf("there is no metric %s", name)
	return 0
}

func metered(t *testing.T) (*book, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	b := open(t)
	must(t, b.l.Close(t.Context()))
	b.o.Registry = registry
	b.start()
	return b, registry
}

// TestMetricNames holds the names against the list that dashboards and alerts
// are made from, and against Prometheus' conventions.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	_, registry := metered(t)
	families, err := registry.Gather()
	must(t, err)
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	must(t, err)
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	var names []string
	for _, f := range families {
		labels := map[string]bool{}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		for label := range labels {
			if label != "kind" && label != "outcome" {
				t.Errorf("%s tells of a %s", f.GetName(), label)
			}
		}
		names = append(names, f.GetName())
	}
	golden, err := os.ReadFile("testdata/metrics.txt")
	must(t, err)
	if got := strings.Join(names, "\n") + "\n"; got != string(golden) {
		t.Errorf("the metrics are\n%sand testdata/metrics.txt has\n%s", got, golden)
	}
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	b, registry := metered(t)
	const record = `{"kind":"conversations","log_id":"` + logID + `","conversation_id":"c1","agent_position":"CFO"}`
	b.write(record)
	b.write(record)
	b.refuse(`{"kind":"conversations","conversation_id":"c1","agent_position":"CFO"}`, daybook.CodeConflict, "/0/conversation_id")
	b.write(`{"kind":"conversations","amend":true,"conversation_id":"c1","status":"completed"}`)
	b.store.FailNext(fmt.Errorf("the disk is full"))
	if _, err := b.try(strings.NewReplacer("9b01", "9b77", "c1", "c9").Replace(record)); err == nil {
		t.Fatal("the store failed, but the record was taken")
	}
	if _, err := b.l.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want   float64
		name   string
		labels []string
	}{
		{2, "daybook_ledger_records_total", []string{"conversations", "stored"}},
		{1, "daybook_ledger_records_total", []string{"conversations", "duplicate"}},
		{1, "daybook_ledger_records_total", []string{"conversations", "refused"}},
		{1, "daybook_ledger_records_total", []string{"conversations", "failed"}},
		{1, "daybook_ledger_commit_failures_total", nil},
		{0, "daybook_ledger_records_total", []string{"decision_logs"}},
		{1, "daybook_ledger_amendments_total", []string{"conversations"}},
		{2, "daybook_ledger_commit_duration_seconds", nil},
		{2, "daybook_ledger_commit_requests", nil},
		{4, "daybook_ledger_queue_duration_seconds", nil},
		{2, "daybook_ledger_entries", nil},
		{0, "daybook_ledger_queue_records", nil},
		{ledger.DefaultQueueRecords, "daybook_ledger_queue_limit_records", nil},
	} {
		if got := value(t, registry, c.name, c.labels...); got != c.want {
			t.Errorf("%s%v is %g, want %g", c.name, c.labels, got, c.want)
		}
	}
}

func TestMetricsOfSigning(t *testing.T) {
	t.Parallel()
	b, registry := metered(t)
	unsigned := func() float64 { return value(t, registry, "daybook_ledger_unsigned_seconds") }
	if unsigned() != 0 {
		t.Error("an empty ledger is signed when it is opened")
	}
	b.write(`{"kind":"conversations","conversation_id":"c1","agent_position":"CFO"}`)
	time.Sleep(time.Millisecond)
	if unsigned() == 0 {
		t.Error("an entry that nothing covers yet is not told of")
	}
	receipts := b.write(`{"kind":"conversations","conversation_id":"c2","agent_position":"CFO"}`)
	_, err := b.l.Inclusion(t.Context(), receipts[0].LogID)
	must(t, err)
	at := value(t, registry, "daybook_ledger_checkpoint_timestamp_seconds")
	if unsigned() != 0 || value(t, registry, "daybook_ledger_checkpoint_entries") != 2 || at < float64(time.Now().Unix()-60) {
		t.Errorf("%g seconds, signed at %g", unsigned(), at)
	}
	must(t, os.Remove(b.o.Anchor))
	must(t, os.Mkdir(b.o.Anchor, 0o700))
	b.write(`{"kind":"conversations","conversation_id":"c3","agent_position":"CFO"}`)
	if err := b.l.Close(t.Context()); err == nil || value(t, registry, "daybook_ledger_sign_failures_total") != 1 || unsigned() == 0 {
		t.Errorf("signing failed with %v", err)
	}
}
