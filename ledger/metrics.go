package ledger

import (
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
)

// metrics are what the ledger counts. Nothing is told of businesses, agents or
// contents: kinds and outcomes are all the labels there are.
type metrics struct {
	records    []outcomes           // by the kind's number
	amendments []prometheus.Counter // by the kind's number
	commits    commitMetrics

	queueRefusals prometheus.Counter
	signFailures  prometheus.Counter
	abandoned     prometheus.Counter
	sampled       sampledMetrics

	mu            sync.Mutex
	size, covered int64     // entries of the ledger, and of them under the newest checkpoint
	signedAt      time.Time // when that was signed; zero where this process has signed none
	openSince     time.Time // since when entries wait for a checkpoint; zero where none do
}

type commitMetrics struct {
	records, requests, took, queued prometheus.Histogram
	failures                        prometheus.Counter
}

// outcomes count the records of one kind by what became of them.
type outcomes struct{ stored, duplicate, refused, failed prometheus.Counter }

var secondBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

func newMetrics() (*metrics, *prometheus.CounterVec, *prometheus.CounterVec) {
	records := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_ledger_records_total",
		Help: "Records that reached the ledger, by kind and what became of them: stored, duplicate (it stood there already), refused (by what stands in the ledger), failed (the store did not take it).",
	}, []string{"kind", "outcome"})
	amendments := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "daybook_ledger_amendments_total",
		Help: "Entries that are a further revision of their subject, by kind: amendments, and what took effect or was superseded by them.",
	}, []string{"kind"})
	m := &metrics{
		commits:       newCommitMetrics(),
		queueRefusals: counter("daybook_ledger_queue_refusals_total", "Writes refused because the queue was full; nothing of them was recorded."),
		signFailures:  counter("daybook_ledger_sign_failures_total", "Checkpoints that could not be signed or kept."),
		sampled:       newSampledMetrics(),
		abandoned:     counter("daybook_ledger_sessions_abandoned_total", "Sessions that the ledger ended because they gave no sign of life."),
	}
	for _, k := range daybook.Kinds() {
		for len(m.records) <= k.Number {
			m.records, m.amendments = append(m.records, outcomes{}), append(m.amendments, nil)
		}
		m.records[k.Number] = outcomes{
			stored:    records.WithLabelValues(k.Name, "stored"),
			duplicate: records.WithLabelValues(k.Name, "duplicate"),
			refused:   records.WithLabelValues(k.Name, "refused"),
			failed:    records.WithLabelValues(k.Name, "failed"),
		}
		m.amendments[k.Number] = amendments.WithLabelValues(k.Name)
	}
	return m, records, amendments
}

func newCommitMetrics() commitMetrics {
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	return commitMetrics{
		records:  histogram("daybook_ledger_commit_records", "Records in a commit.", []float64{1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000}),
		requests: histogram("daybook_ledger_commit_requests", "Requests in a commit.", []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}),
		took:     histogram("daybook_ledger_commit_duration_seconds", "Time of a commit, until it is durable.", secondBuckets),
		queued:   histogram("daybook_ledger_queue_duration_seconds", "Time from handing a request in to the beginning of its commit.", secondBuckets),
		failures: counter("daybook_ledger_commit_failures_total", "Commits that the store did not take."),
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

// register shows the metrics of a ledger in a registry.
func (l *Ledger) register(registry prometheus.Registerer, vectors ...prometheus.Collector) error {
	m := l.metrics
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	all := append(vectors,
		m.commits.records, m.commits.requests, m.commits.took, m.commits.queued, m.commits.failures,
		m.queueRefusals, m.signFailures, m.abandoned, m.sampled.operations, m.sampled.leftOut, m.sampled.patterns,
		gauge("daybook_ledger_entries", "Entries in the ledger.", m.entries),
		gauge("daybook_ledger_checkpoint_entries", "Entries under the newest signed checkpoint.", m.checkpointEntries),
		gauge("daybook_ledger_checkpoint_timestamp_seconds", "When the newest checkpoint was signed, in Unix time; 0 until this process has signed one.", m.checkpointTime),
		gauge("daybook_ledger_unsigned_seconds", "For how long there have been entries that no signed checkpoint covers; 0 where all are covered.", m.unsignedSeconds),
		gauge("daybook_ledger_queue_records", "Records handed in and not answered yet.", func() float64 { return float64(l.queue.held.Load()) }),
		gauge("daybook_ledger_queue_limit_records", "Records that may be handed in and not answered yet.", func() float64 { return float64(l.queue.mostRecords) }),
		gauge("daybook_ledger_queue_bytes", "Memory of the records handed in and not answered yet, estimated.", func() float64 { return float64(l.queue.heldBytes.Load()) }),
		gauge("daybook_ledger_queue_limit_bytes", "Memory that records handed in and not answered yet may take.", func() float64 { return float64(l.queue.mostBytes) }),
		gauge("daybook_ledger_queue_full_seconds", "For how long writers have found the queue full; 0 where it is not.", func() float64 { return l.queue.fullFor().Seconds() }),
		gauge("daybook_ledger_sessions_active", "Sessions that are watched for signs of life; 0 where none are abandoned by themselves.", func() float64 { return float64(l.alive.count()) }),
	)
	var failures []error
	for _, c := range all {
		failures = append(failures, registry.Register(c))
	}
	return errors.Join(failures...)
}

// committed notes a commit that is durable, before it is answered: what became
// of its records, how long it took, and which sessions it shows to be alive.
func (l *Ledger) committed(begun time.Time, batch []*request, s *sequencer) {
	entries := s.entries
	took := time.Since(begun)
	l.alive.saw(entries)
	n := l.metrics.answered(begun, batch, s)
	l.metrics.sampled.add(s)
	if len(entries) > 0 {
		l.metrics.commits.observe(n, len(batch), took)
		l.metrics.appended(entries, s.tree.Size())
	}
	if took >= l.o.SlowCommit {
		l.o.Logger.Warn("slow commit", "took", took, "records", n, "requests", len(batch), "entries", len(entries))
	}
}

func (c *commitMetrics) observe(records, requests int, took time.Duration) {
	c.records.Observe(float64(records))
	c.requests.Observe(float64(requests))
	c.took.Observe(took.Seconds())
}

// answered counts what became of the records of a batch.
func (m *metrics) answered(begun time.Time, batch []*request, s *sequencer) (records int) {
	counts := make([]struct{ stored, duplicate, refused int }, len(m.records))
	for _, r := range batch {
		records += len(r.records)
		m.commits.queued.Observe(begun.Sub(r.handedIn).Seconds())
		for i := range r.records {
			n := &counts[r.records[i].Kind.Number]
			switch {
			case r.err != nil:
				n.refused++
			case r.receipts[i].Duplicate:
				n.duplicate++
			default:
				n.stored++
				counts[kindEdge.Number].stored += s.answers[r][i].derived
			}
		}
	}
	for number, n := range counts {
		if n.stored+n.duplicate+n.refused > 0 {
			m.records[number].stored.Add(float64(n.stored))
			m.records[number].duplicate.Add(float64(n.duplicate))
			m.records[number].refused.Add(float64(n.refused))
		}
	}
	return records
}

// opened notes where the ledger stood when it had been opened and signed.
func (m *metrics) opened(size, covered int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size, m.covered = size, max(m.covered, covered)
	if m.covered < m.size {
		m.openSince = time.Now()
	}
}

// appended counts further revisions, and notes how far the ledger reaches.
func (m *metrics) appended(entries []*daybook.Entry, size int64) {
	for _, e := range entries {
		if e.Revision() > 1 {
			m.amendments[e.Kind.Number].Inc()
		}
	}
	m.reached(size)
}

// reached notes how far the ledger reaches, whoever wrote it.
func (m *metrics) reached(size int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size = max(m.size, size)
	if m.covered < m.size && m.openSince.IsZero() {
		m.openSince = time.Now()
	}
}

// uncommitted notes a batch that the store did not take.
func (m *metrics) uncommitted(batch []*request) {
	m.commits.failures.Inc()
	for _, r := range batch {
		for i := range r.records {
			of := &m.records[r.records[i].Kind.Number]
			if r.err != nil {
				of.refused.Inc()
			} else {
				of.failed.Inc()
			}
		}
	}
}

// signing counts how signing ended.
func (m *metrics) signing(err error) {
	if err != nil {
		m.signFailures.Inc()
	}
}

// signed notes that a checkpoint of so many entries was signed and kept.
func (m *metrics) signed(covered int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.covered, m.signedAt, m.openSince = covered, time.Now(), time.Time{}
	if m.covered < m.size {
		m.openSince = m.signedAt
	}
}

func (m *metrics) entries() float64 { return m.read(func() float64 { return float64(m.size) }) }

func (m *metrics) checkpointEntries() float64 {
	return m.read(func() float64 { return float64(m.covered) })
}

func (m *metrics) checkpointTime() float64 {
	return m.read(func() float64 {
		if m.signedAt.IsZero() {
			return 0
		}
		return float64(m.signedAt.UnixMilli()) / 1000
	})
}

func (m *metrics) unsignedSeconds() float64 {
	return m.read(func() float64 {
		if m.openSince.IsZero() {
			return 0
		}
		return time.Since(m.openSince).Seconds()
	})
}

func (m *metrics) read(value func() float64) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return value()
}
