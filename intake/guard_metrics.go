package intake

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// guardMetrics count what was found. What it was stands nowhere.
type guardMetrics struct{ found *prometheus.CounterVec }

func newGuardMetrics() *guardMetrics {
	m := &guardMetrics{found: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_intake_guard_total", Help: "Data found where metadata belongs, by sort (rows, list, base64, hex, bronze) and by what became of it (warn, cut, refuse).",
	}, []string{"sort", "mode"})}
	for _, sort := range []string{"rows", "list", "base64", "hex", "bronze"} {
		m.found.WithLabelValues(sort, string(GuardWarn))
	}
	return m
}

// Register shows the guard's metrics in a registry.
func (g *Guard) Register(registry prometheus.Registerer) error {
	if err := registry.Register(g.metrics.found); err != nil {
		return fmt.Errorf("intake: metrics: %w", err)
	}
	return nil
}
