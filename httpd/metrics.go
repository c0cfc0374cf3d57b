package httpd

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the door counts.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	bytesIn  prometheus.Counter
	bytesOut prometheus.Counter
	inFlight prometheus.Gauge
	refusals *prometheus.CounterVec

	held               atomic.Int64 // bytes of the bodies of requests that are worked on
	connections        atomic.Int64
	refusedConnections prometheus.Counter

	entries map[string]outcomes // by kind
}

// outcomes count the records of one kind by what became of them.
type outcomes struct{ stored, duplicate, refused prometheus.Counter }

func newMetrics(registry *prometheus.Registry) *metrics {
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_http_body_bytes_total", Help: "Bytes of bodies on the wire.",
	}, []string{"direction"})
	entries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_http_records_total", Help: "Records taken over HTTP, by kind and what became of them.",
	}, []string{"kind", "outcome"})
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_http_requests_total", Help: "Requests answered, by route and status; 499 was cut off.",
		}, []string{"route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "daybook_http_request_duration_seconds", Help: "Time from the request's header to the answer's end.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route"}),
		bytesIn: bytes.WithLabelValues("in"), bytesOut: bytes.WithLabelValues("out"),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "daybook_http_requests_in_flight", Help: "Requests being answered.",
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "daybook_http_refusals_total", Help: "Requests answered with a problem, by route and the problem's code.",
		}, []string{"route", "code"}),
		refusedConnections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "daybook_http_connections_refused_total", Help: "Connections closed at once because too many were open.",
		}),
		entries: map[string]outcomes{},
	}
	connections := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "daybook_http_connections", Help: "Connections that are open.",
	}, func() float64 { return float64(m.connections.Load()) })
	bodies := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "daybook_http_bodies_held_bytes", Help: "Bytes of the bodies of requests being answered, decompressed.",
	}, func() float64 { return float64(m.held.Load()) })
	registry.MustRegister(bodies, m.requests, m.duration, bytes, m.inFlight, m.refusals, connections, m.refusedConnections, entries)
	for _, k := range daybook.Kinds() {
		m.entries[k.Name] = outcomes{
			stored:    entries.WithLabelValues(k.Name, "stored"),
			duplicate: entries.WithLabelValues(k.Name, "duplicate"),
			refused:   entries.WithLabelValues(k.Name, "refused"),
		}
	}
	return m
}

func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}

// count counts what was taken by its receipts, and what was refused by its
// records.
func (m *metrics) count(receipts []daybook.Receipt, refused []daybook.Record) {
	for i := range receipts {
		of, ok := m.entries[receipts[i].Kind]
		switch {
		case !ok: // no kind of this catalog
		case receipts[i].Duplicate:
			of.duplicate.Inc()
		default:
			of.stored.Inc()
		}
	}
	for i := range refused {
		m.entries[refused[i].Kind.Name].refused.Inc()
	}
}

// showMetrics answers Prometheus.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request, _ daybook.Principal) error {
	promhttp.HandlerFor(s.Registry, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(w, r)
	return nil
}
