package intake

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook/sqllineage"
)

// skipped is the status of SQL that was not read at all.
const skipped sqllineage.Status = "skipped"

// metrics count what was derived. What the SQL says stands in the ledger, not
// here.
type metrics struct {
	texts *prometheus.CounterVec
	edges prometheus.Counter
	took  prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		texts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_intake_sql_total", Help: "Operations with SQL, by how much of it was understood (parsed, partial, unparsed, limited, skipped).",
		}, []string{"status"}),
		edges: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybook_intake_derived_edges_total", Help: "Edges that were derived from SQL, before those that their session has already are left out.",
		}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "daybook_intake_sql_duration_seconds", Help: "Time to read the SQL of one operation.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .01, .05, .25, 1},
		}),
	}
	for _, status := range []sqllineage.Status{sqllineage.Parsed, sqllineage.Partial, sqllineage.Unparsed, sqllineage.Limited, skipped} {
		m.texts.WithLabelValues(string(status))
	}
	return m
}

// Register shows the deriver's metrics in a registry.
func (d *Deriver) Register(registry prometheus.Registerer) error {
	m := d.metrics
	if err := errors.Join(registry.Register(m.texts), registry.Register(m.edges), registry.Register(m.took)); err != nil {
		return fmt.Errorf("intake: metrics: %w", err)
	}
	return nil
}

// read counts a text that was read.
func (m *metrics) read(status sqllineage.Status, took time.Duration) {
	m.texts.WithLabelValues(string(status)).Inc()
	m.took.Observe(took.Seconds())
}

// skip counts a text that was not.
func (m *metrics) skip() { m.texts.WithLabelValues(string(skipped)).Inc() }
