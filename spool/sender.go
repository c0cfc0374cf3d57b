package spool

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// How long the sender waits for what.
const (
	tryEvery     = time.Second            // for the lock, while another process has it
	lookAgain    = 100 * time.Millisecond // at the directory, while nothing is there
	gather       = 10 * time.Millisecond  // after a record, for more to go with it
	shortestWait = 50 * time.Millisecond
	longestWait  = 30 * time.Second
	keepLock     = time.Second // a longer pause is made without the lock
)

// A sender delivers what lies in a directory while it holds the lock.
type sender struct {
	dir  string
	o    *Options
	http *http.Client
	near bool // the server is on this machine: to compress costs more than to send

	news  chan struct{} // something was written here
	haste chan struct{} // somebody waits for it

	failures int // in a row
	most     int // records in a batch
	skips    int // segments that are left alone, as was told

	mu   sync.Mutex
	last string // the last failure, "" after a success
}

func newSender(dir string, o *Options) *sender {
	return &sender{dir: dir, o: o, http: plainHTTP(o.HTTPClient), near: isNear(o.URL), most: batchRecords, news: make(chan struct{}, 1), haste: make(chan struct{}, 1)}
}

// plainHTTP gives a client that follows no redirect: a redirected POST becomes
// a GET, and a redirected token goes elsewhere.
func plainHTTP(given *http.Client) *http.Client {
	if given == nil {
		given = http.DefaultClient
	}
	own := *given
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// isNear says whether a server's address is one of this machine's own.
func isNear(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// wake tells of something to deliver.
func (s *sender) wake() { poke(s.news) }

// hurry ends a pause, once.
func (s *sender) hurry() { poke(s.haste) }

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (s *sender) lastError() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

func (s *sender) setLast(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = text
}

// run is the sender whenever it can be, until ctx ends.
func (s *sender) run(ctx context.Context) {
	for ctx.Err() == nil {
		lock, err := s.take()
		if err != nil {
			s.o.Logger.Warn("spool: cannot try to be the sender", "dir", s.dir, "err", err)
		}
		pause := tryEvery/2 + rand.N(tryEvery/2)
		if lock != nil {
			pause = s.work(ctx)
			_ = lock.Close() // which lets it go
		}
		s.rest(ctx, pause, nil)
	}
}

// take tries for the lock; nil where another process has it.
func (s *sender) take() (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(s.dir, senderLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	free, err := tryLock(f)
	if err != nil || !free {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// work delivers until ctx ends, or until it must pause for longer than it may
// keep the lock.
func (s *sender) work(ctx context.Context) (pause time.Duration) {
	r := newReading(s.dir)
	defer func() { r.close() }()
	s.tell(r, "", 0)
	for ctx.Err() == nil {
		all, err := s.round(ctx, r)
		switch {
		case ctx.Err() != nil:
			return 0
		case err != nil:
			if pause := s.failed(r, err); pause > keepLock {
				return pause
			} else {
				s.rest(ctx, pause, nil)
			}
			r.close()
			r = newReading(s.dir) // what stands on the disk counts
		case !all:
			s.rest(ctx, lookAgain, s.news)
		}
	}
	return 0
}

// rest waits, until somebody is in haste at the latest; news, where given, end
// it as well, after a moment in which more may come.
func (s *sender) rest(ctx context.Context, pause time.Duration, news chan struct{}) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.haste:
	case <-news:
		timer.Reset(gather)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-s.haste:
		}
	}
}

// round delivers what may be delivered now. It says whether there was
// anything.
func (s *sender) round(ctx context.Context, r *reading) (some bool, err error) {
	lines, err := r.next()
	if err != nil {
		return false, err
	}
	if n := len(r.skipped()); n != s.skips {
		s.skips = n
		s.tell(r, s.lastError(), 0)
	}
	for len(lines) > 0 {
		n := cut(lines, s.most)
		if err := s.deliver(ctx, r, lines[:n]); err != nil {
			return true, err
		}
		some, lines = true, lines[n:]
	}
	return some, nil
}

// deliver sends one batch and notes what became of it.
func (s *sender) deliver(ctx context.Context, r *reading, batch []line) error {
	records := make([]line, 0, len(batch))
	for i := range batch {
		if batch[i].record != nil {
			records = append(records, batch[i])
		}
	}
	var verdicts []verdict
	var sent error
	if len(records) > 0 {
		verdicts, sent = s.post(ctx, records)
	}
	err := s.note(batch, verdicts)
	if len(verdicts) > 0 && err == nil {
		s.most = min(2*s.most, batchRecords)
		s.recovered(r)
	}
	return errors.Join(sent, err)
}

// note settles the lines of a batch as far as there are verdicts: the rejects
// first, then the positions.
func (s *sender) note(batch []line, verdicts []verdict) error {
	var rejections []rejection
	ends := map[*segment]int64{}
	for i := range batch {
		l := &batch[i]
		switch {
		case l.record == nil:
			rejections = append(rejections, rejection{l, damaged})
		case len(verdicts) == 0:
			return s.settle(rejections, ends)
		default:
			if verdicts[0].problem != nil {
				rejections = append(rejections, rejection{l, verdicts[0].problem})
			}
			verdicts = verdicts[1:]
		}
		ends[l.segment] = l.end
	}
	return s.settle(rejections, ends)
}

func (s *sender) settle(rejections []rejection, ends map[*segment]int64) error {
	if err := reject(s.dir, rejections, time.Now()); err != nil {
		return err
	}
	if len(rejections) > 0 {
		s.o.Logger.Warn("spool: records were rejected; see `daybook spool rejects`", "dir", s.dir, "count", len(rejections))
	}
	var first error
	for segment, end := range ends {
		if err := segment.settle(end); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// failed counts a failure, tells of it, and gives the pause that follows.
func (s *sender) failed(r *reading, err error) time.Duration {
	wait := min(longestWait, shortestWait<<min(s.failures, 20))
	pause := wait/2 + rand.N(wait/2)
	var f *failure
	if errors.As(err, &f) {
		pause = max(pause, f.after)
		if f.unanswered { // a server that is slow, or often killed, comes to the end of less
			s.most = max(s.most/4, leastRecords)
		}
	}
	if s.failures++; s.failures == 1 {
		s.o.Logger.Warn("spool: records wait on disk", "dir", s.dir, "err", err)
	}
	s.tell(r, err.Error(), pause)
	return pause
}

// recovered ends a row of failures, if there is one.
func (s *sender) recovered(r *reading) {
	if s.failures == 0 {
		return
	}
	s.o.Logger.Info("spool: records are delivered again", "dir", s.dir, "failures", s.failures)
	s.failures = 0
	s.tell(r, "", 0)
}
