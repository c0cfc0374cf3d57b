package ledger

import "github.com/prometheus/client_golang/prometheus"

// sampledMetrics count the operations that were stored as repeats.
type sampledMetrics struct {
	operations, leftOut prometheus.Counter
	patterns            prometheus.Gauge
}

func newSampledMetrics() sampledMetrics {
	return sampledMetrics{
		operations: counter("daybook_ledger_sampled_operations_total", "Operations stored as references to one that did the same before."),
		leftOut:    counter("daybook_ledger_sampled_bytes_total", "Bytes of text, parameters and columns that these operations left out."),
		patterns: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "daybook_ledger_patterns", Help: "Operations that are remembered, to store others as references to them; 0 until sampling has seen one.",
		}),
	}
}

// add counts those of a batch that is durable.
func (m *sampledMetrics) add(s *sequencer) {
	m.operations.Add(float64(s.sampled))
	m.leftOut.Add(float64(s.saved))
}
