package proxy

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daybook-audit/daybook"
)

const (
	maxQueue  = 1024 // outcomes that wait to be written; then the messages wait
	maxBatch  = 128
	warnEvery = 30 * time.Second
)

// A scribe writes what links see, in the order in which they saw it.
type scribe struct {
	recorder  daybook.Recorder
	principal daybook.Principal
	logger    *slog.Logger
	patience  time.Duration // of one write

	queue  chan job
	done   chan struct{}
	mu     sync.RWMutex // held for writing while the queue is closed
	closed bool

	lost    atomic.Int64 // records that could not be written
	written atomic.Int64

	// The scribe's own:
	lastWarn time.Time
	away     away
}

// A job is one record to write.
type job struct {
	call   *call
	record daybook.Record
	answer chan<- error // nil where nobody waits
}

func newScribe(o *Options) *scribe {
	s := &scribe{
		recorder: o.Recorder, principal: o.Principal, logger: o.Logger, patience: o.Patience,
		queue: make(chan job, maxQueue), done: make(chan struct{}),
	}
	s.away.most = maxRest
	if o.Closed {
		s.away.most = firstRest
	}
	go s.run()
	return s
}

// intents writes calls that are about to be made, and returns once they are
// written, or cannot be.
func (s *scribe) intents(intents []intent) error {
	answers := make(chan error, len(intents))
	for _, i := range intents {
		s.put(job{i.call, i.record, answers})
	}
	var first error
	for range intents {
		if err := <-answers; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// later writes a record without waiting for it.
func (s *scribe) later(c *call, r daybook.Record) { s.put(job{c, r, nil}) }

func (s *scribe) put(j job) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.closed {
		s.queue <- j
		return
	}
	s.lost.Add(1)
	if j.answer != nil {
		j.answer <- errStopped
	}
}

var errStopped = &daybook.Error{Code: daybook.CodeUnavailable, Message: "the proxy is being stopped"}

func (s *scribe) run() {
	defer close(s.done)
	for j := range s.queue {
		jobs := []job{j}
		for more := true; more && len(jobs) < maxBatch; {
			select {
			case next, ok := <-s.queue:
				if more = ok; ok {
					jobs = append(jobs, next)
				}
			default:
				more = false
			}
		}
		s.write(jobs)
	}
}

// write writes jobs together, or each alone where together they cannot be.
func (s *scribe) write(jobs []job) {
	records := make([]daybook.Record, 0, len(jobs))
	for _, j := range jobs {
		if j.record.Kind != nil && !j.call.missing {
			records = append(records, j.record)
		}
	}
	err := errPacked
	if len(records) == len(jobs) {
		err = s.record(records)
	}
	if err != nil && len(jobs) > 1 && ofOne(err) {
		for i := range jobs {
			s.write(jobs[i : i+1])
		}
		return
	}
	for _, j := range jobs {
		s.settle(j, err)
	}
}

var errPacked error = &daybook.Error{Code: daybook.CodeInternal, Message: "the record cannot be made"}

func (s *scribe) record(records []daybook.Record) error {
	if err := s.away.now(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	began := time.Now()
	_, err := s.recorder.Record(ctx, s.principal, records)
	s.away.note(err, time.Since(began))
	return err
}

// settle says how a job ended to whoever wants to know.
func (s *scribe) settle(j job, err error) {
	switch {
	case err == nil:
		s.written.Add(1)
	case j.call.missing: // what came of a call that is not there was lost with it
	default:
		s.lost.Add(1)
		j.call.missing = !j.record.Amend
		s.warn(err)
	}
	if j.answer != nil {
		j.answer <- err
	}
}

// warn says that something is not being recorded: once in a while, since calls
// may come by the thousand.
func (s *scribe) warn(err error) {
	if time.Since(s.lastWarn) < warnEvery {
		return
	}
	s.lastWarn = time.Now()
	s.logger.Warn("what passes is not being recorded", "error", err, "lost so far", s.lost.Load())
}

// close writes what is left, and says how many records were lost.
func (s *scribe) close(ctx context.Context) (lost int64) {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.queue)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	return s.lost.Load()
}
