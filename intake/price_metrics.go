package intake

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// What becomes of the cost of a conversation.
const (
	priceComputed  = "computed"
	priceGiven     = "given"     // by the client
	priceUnknown   = "unknown"   // the table does not have the model
	priceNameless  = "nameless"  // the conversation names no model
	priceOtherwise = "otherwise" // the model is not sold by tokens
	priceUncounted = "uncounted" // nothing says how many tokens were input and how many output
	priceNotFound  = "not_found" // the conversation that is amended
)

// priceMetrics count what was computed.
type priceMetrics struct{ costs *prometheus.CounterVec }

func newPriceMetrics() *priceMetrics {
	m := &priceMetrics{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_intake_costs_total", Help: "Conversations whose tokens or cost were told, by where the cost is from (computed, given), or why there is none (unknown, nameless, otherwise, uncounted, not_found).",
	}, []string{"outcome"})}
	for _, outcome := range []string{priceComputed, priceGiven, priceUnknown, priceNameless, priceOtherwise, priceUncounted, priceNotFound} {
		m.costs.WithLabelValues(outcome)
	}
	return m
}

func (m *priceMetrics) count(outcome string) { m.costs.WithLabelValues(outcome).Inc() }

// Register shows the pricer's metrics in a registry.
func (p *Pricer) Register(registry prometheus.Registerer) error {
	if err := registry.Register(p.metrics.costs); err != nil {
		return fmt.Errorf("intake: metrics: %w", err)
	}
	return nil
}
