package inbox

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
)

// metrics are what of an inbox is counted: by this process what it took, and
// of the inbox what is in it whenever somebody asks.
type metrics struct {
	box             daybook.Inbox
	taken, rejected prometheus.Counter
	waiting, oldest *prometheus.Desc
	unsettled       *prometheus.Desc
}

func newMetrics(box daybook.Inbox) *metrics {
	return &metrics{
		box: box,
		taken: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybook_inbox_taken_total", Help: "Records that jobs wrote by SQL and this server took into the ledger.",
		}),
		rejected: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybook_inbox_rejected_total", Help: "Records that jobs wrote by SQL and the ledger refused.",
		}),
		waiting:   prometheus.NewDesc("daybook_inbox_waiting", "Records that jobs wrote by SQL and that are not in the ledger yet.", nil, nil),
		oldest:    prometheus.NewDesc("daybook_inbox_oldest_seconds", "The age of the oldest record that waits in the inbox; 0 where none does.", nil, nil),
		unsettled: prometheus.NewDesc("daybook_inbox_unsettled", "Records in the inbox that the ledger refused, and that nobody has sent again or dropped.", nil, nil),
	}
}

// Describe implements [prometheus.Collector].
func (m *metrics) Describe(to chan<- *prometheus.Desc) {
	m.taken.Describe(to)
	m.rejected.Describe(to)
	to <- m.waiting
	to <- m.oldest
	to <- m.unsettled
}

// lookTime is how long the inbox may take to say what is in it.
const lookTime = 2 * time.Second

// Collect implements [prometheus.Collector]. An inbox that cannot be looked into
// shows nothing of what is in it.
func (m *metrics) Collect(to chan<- prometheus.Metric) {
	m.taken.Collect(to)
	m.rejected.Collect(to)
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	w, err := m.box.Waiting(ctx)
	if err != nil {
		return
	}
	age := 0.0
	if !w.Since.IsZero() {
		age = max(time.Since(w.Since).Seconds(), 0)
	}
	to <- prometheus.MustNewConstMetric(m.waiting, prometheus.GaugeValue, float64(w.Letters))
	to <- prometheus.MustNewConstMetric(m.oldest, prometheus.GaugeValue, age)
	to <- prometheus.MustNewConstMetric(m.unsettled, prometheus.GaugeValue, float64(w.Refused))
}
