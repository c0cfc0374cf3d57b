package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// Options are how reads are logged. The zero value is good.
type Options struct {
	// Now tells the time; time.Now where nil.
	Now func() time.Time
	// Window is how long identical reads share an entry; a minute where zero.
	Window time.Duration
	// Logger hears of what could not be written yet; slog.Default() where nil.
	Logger *slog.Logger
}

// MaxWindows bounds the entries whose count or end is still to be written.
// With as many open, further reads get an entry each.
const MaxWindows = 10_000

// writeTime bounds the writing of an entry.
const writeTime = 30 * time.Second

// persist goes on with writing when the client has hung up: what was read was
// read.
func persist(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTime)
}

// Log is a [daybook.Reader] that logs every read. It is safe for concurrent
// use.
type Log struct {
	next     daybook.Reader
	recorder daybook.Recorder
	now      func() time.Time
	window   time.Duration
	logger   *slog.Logger
	metrics  *metrics

	flushing sync.Mutex // held while amendments are written; taken before mu

	mu      sync.Mutex // over all below
	shared  map[key]*window
	pending []*window // in the order in which they close
	held    int       // the windows that are opening or pending
	timer   *time.Timer
	closed  bool
}

var _ daybook.Reader = (*Log)(nil)

// Around logs through the recorder what is read from next. The log must be
// closed before the recorder is, so that the last counts are written.
func Around(next daybook.Reader, recorder daybook.Recorder, o Options) *Log {
	l := &Log{
		next: next, recorder: recorder, now: o.Now, window: o.Window, logger: o.Logger,
		metrics: newMetrics(), shared: map[key]*window{},
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.window == 0 {
		l.window = time.Minute
	}
	if l.logger == nil {
		l.logger = slog.Default()
	}
	return l
}

// Close writes the counts of all open windows and ends the sharing: later
// reads get an entry each. What could not be written is an error, and calling
// Close again tries again.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.mu.Unlock()
	return l.flush(ctx)
}

// writer is who the ledger has as the writer of a read's entry: the reader by
// name. Only Daybook itself may write the restricted kind, and this is Daybook
// writing on the reader's account, so the role is an admin's; the role the
// reader has stands on the entry.
func writer(p daybook.Principal) daybook.Principal {
	p.Role = daybook.RoleAdmin
	return p
}

// account is the writer of what is added later, from nowhere in particular.
func account(p daybook.Principal) daybook.Principal {
	return daybook.Principal{Name: p.Name, Role: daybook.RoleAdmin, Business: p.Business}
}

func unavailable(err error) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "the read could not be logged, and what is not logged is not answered",
		Hint: "try again later; the ledger takes no entries at the moment", Err: err,
	}
}
