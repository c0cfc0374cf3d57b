package mcp

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count calls of tools.
type metrics struct {
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(registry *prometheus.Registry) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_mcp_calls_total", Help: "Calls of MCP tools, by tool and outcome: ok, or the code of what went wrong.",
		}, []string{"tool", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daybook_mcp_call_duration_seconds", Help: "Time that calls of MCP tools took.",
			Buckets: []float64{.001, .005, .025, .1, .5, 1, 5, 30},
		}, []string{"tool"}),
	}
	if registry != nil {
		registry.MustRegister(m.calls, m.duration)
	}
	return m
}

func (m *metrics) observe(tool, outcome string, took time.Duration) {
	m.calls.WithLabelValues(tool, outcome).Inc()
	m.duration.WithLabelValues(tool).Observe(took.Seconds())
}
