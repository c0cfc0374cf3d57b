package access

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count reads. Who read what stands in the log itself, not here.
type metrics struct {
	reads    *prometheus.CounterVec
	rows     *prometheus.CounterVec
	unlogged prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_access_reads_total", Help: "Reads of the log, by action and outcome (ok, error, cancelled).",
		}, []string{"action", "outcome"}),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_access_rows_total", Help: "Rows that reads gave, by action.",
		}, []string{"action"}),
		unlogged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybook_access_unlogged_total", Help: "Reads that were refused because they could not be logged.",
		}),
	}
	for _, action := range []string{ActionRead, ActionQuery, ActionExport, ActionVerify, ActionSearch, ActionLogin} {
		for _, outcome := range []string{OutcomeOK, OutcomeError, OutcomeCancelled} {
			m.reads.WithLabelValues(action, outcome)
		}
		m.rows.WithLabelValues(action)
	}
	return m
}

// Register shows the log's metrics in a registry.
func (l *Log) Register(registry prometheus.Registerer) error {
	m := l.metrics
	if err := errors.Join(registry.Register(m.reads), registry.Register(m.rows), registry.Register(m.unlogged)); err != nil {
		return fmt.Errorf("access: metrics: %w", err)
	}
	return nil
}

// read counts a read that was logged, or could not be.
func (m *metrics) read(a *Access, unlogged error) {
	if unlogged != nil {
		m.unlogged.Inc()
		return
	}
	m.reads.WithLabelValues(a.Action, a.Outcome).Inc()
	m.rows.WithLabelValues(a.Action).Add(float64(a.Rows))
}
