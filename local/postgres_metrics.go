package local

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook/postgres"
)

// The metrics of a ledger in a database.
var (
	bytesOfStore = prometheus.NewDesc("daybook_store_bytes",
		"Bytes that the ledger takes in the database: its tables, and their indexes. Measured once a minute at the most.", []string{"file"}, nil)
	connectionsOfStore = prometheus.NewDesc("daybook_store_connections",
		"Connections to the database: in use, idle, and how many there may be.", []string{"state"}, nil)
	waitsForStore = prometheus.NewDesc("daybook_store_connection_waits_total",
		"How often a connection was waited for because all were in use.", nil, nil)
	waitedForStore = prometheus.NewDesc("daybook_store_connection_wait_seconds_total",
		"How long connections were waited for.", nil, nil)
)

// The sizes of tables are asked for this often at the most, and for so long.
const (
	measureEvery = time.Minute
	measureTime  = 2 * time.Second
)

// databaseMetrics are the metrics of a store in a database.
type databaseMetrics struct {
	store *postgres.Store

	mu              sync.Mutex
	measured        time.Time
	tables, indexes int64
	known           bool
}

func newDatabaseMetrics(s *postgres.Store) *databaseMetrics { return &databaseMetrics{store: s} }

// Describe implements [prometheus.Collector].
func (m *databaseMetrics) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{bytesOfStore, connectionsOfStore, waitsForStore, waitedForStore} {
		all <- d
	}
}

// Collect implements [prometheus.Collector]. While the database is away it goes
// on to give the sizes that it had.
func (m *databaseMetrics) Collect(all chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, label string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, label)
	}
	c := m.store.Connections()
	gauge(connectionsOfStore, float64(c.InUse), "in_use")
	gauge(connectionsOfStore, float64(c.Idle), "idle")
	gauge(connectionsOfStore, float64(c.Most), "most")
	all <- prometheus.MustNewConstMetric(waitsForStore, prometheus.CounterValue, float64(c.Waits))
	all <- prometheus.MustNewConstMetric(waitedForStore, prometheus.CounterValue, c.Waited.Seconds())
	if tables, indexes, known := m.sizes(); known {
		gauge(bytesOfStore, float64(tables), "tables")
		gauge(bytesOfStore, float64(indexes), "indexes")
	}
}

// sizes gives what the tables take, and whether that is known.
func (m *databaseMetrics) sizes() (tables, indexes int64, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if time.Since(m.measured) < measureEvery {
		return m.tables, m.indexes, m.known
	}
	m.measured = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), measureTime)
	defer cancel()
	if tables, indexes, err := m.store.Size(ctx); err == nil {
		m.tables, m.indexes, m.known = tables, indexes, true
	}
	return m.tables, m.indexes, m.known
}
