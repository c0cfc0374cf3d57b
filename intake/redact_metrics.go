package intake

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook/redact"
)

// redactMetrics count what was taken out. What it was stands nowhere.
type redactMetrics struct {
	found *prometheus.CounterVec
	took  prometheus.Histogram
}

func newRedactMetrics() *redactMetrics {
	return &redactMetrics{
		found: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_intake_redacted_total", Help: "Secrets that were taken out of records, or had been by the client, by rule.",
		}, []string{"rule"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "daybook_intake_redact_duration_seconds", Help: "Time to look for secrets in one record.",
			Buckets: []float64{.000001, .0000025, .000005, .00001, .000025, .00005, .0001, .001, .01, .1, 1},
		}),
	}
}

// known gives a rule's name for a label. A mark that a client made may name any
// rule, and labels must not grow by what clients send.
func (*redactMetrics) known(rule string, by *redact.Redactor) string {
	if by.Has(rule) {
		return rule
	}
	return "other"
}

// Register shows the metrics in a registry.
func (rd *Redact) Register(registry prometheus.Registerer) error {
	if err := errors.Join(registry.Register(rd.metrics.found), registry.Register(rd.metrics.took)); err != nil {
		return fmt.Errorf("intake: metrics: %w", err)
	}
	return nil
}
