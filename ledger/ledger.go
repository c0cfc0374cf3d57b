// Package ledger is where records become entries: it batches what waits,
// gives each its place, merges amendments by the catalog's rules, hashes,
// grows the tree, appends to the store in one durable transaction, and hands
// out receipts. It signs a checkpoint every second in which the ledger grew.
//
// It is the one caller of Store.Append. A write goes through these steps, and
// a crash at any of them leaves a store that opens again as it was before or
// after the whole batch:
//
//  1. sequence: entries, tiles and head are made in memory, while the batch before
//     is appended. Crash: nothing happened.
//  2. append: one transaction. Crash: the store has all of it or none.
//  3. receipts go out. Crash before: the writer sends again, and log_id finds the entry.
//  4. sign: the checkpoint goes to the store, then to the anchor. Crash before
//     or between: opening finds an older checkpoint, which is still consistent,
//     and signs the newer head.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Options set a ledger up. The zero value works, but signs nothing.
type Options struct {
	Signer    *merkle.Signer   // signs checkpoints; nil signs none
	Anchor    string           // the file that keeps the last checkpoint; "" keeps none
	SignEvery time.Duration    // how often to sign while the ledger grows; 0 is a second
	MaxCommit int              // records in one commit; 0 is 10,000
	Ahead     int              // records worth sequencing while a commit is on its way; 0 is 200
	Now       func() time.Time // the clock; nil is time.Now
	Logger    *slog.Logger     // nil is slog.Default

	// What is handed in and not answered yet: at most so many records, and so
	// many bytes of memory. Whoever finds the queue full waits for QueueWait and
	// is refused with CodeUnavailable then. A request larger than the whole queue
	// is taken when nothing else is there.
	QueueRecords int           // 0 is DefaultQueueRecords
	QueueBytes   int64         // 0 is DefaultQueueBytes
	QueueWait    time.Duration // 0 is DefaultQueueWait; negative refuses at once

	SlowCommit time.Duration         // a commit that takes longer is logged; 0 is a second
	Registry   prometheus.Registerer // shows the ledger's metrics; nil for nobody

	// Step is called after each step that writes outside the store's own
	// transaction: "sign", "anchor" and "publish"; nil for nobody. It is where
	// tests end the process.
	Step func(step string)
}

func (o *Options) fill() {
	if o.SignEvery == 0 {
		o.SignEvery = time.Second
	}
	if o.QueueRecords == 0 {
		o.QueueRecords = DefaultQueueRecords
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = DefaultQueueBytes
	}
	if o.QueueWait == 0 {
		o.QueueWait = DefaultQueueWait
	}
	if o.SlowCommit == 0 {
		o.SlowCommit = time.Second
	}
	if o.MaxCommit == 0 {
		o.MaxCommit = 10_000
	}
	if o.Ahead == 0 {
		o.Ahead = 200
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
}

// Ledger is a daybook.Recorder and a daybook.Prover over a store.
type Ledger struct {
	store daybook.Store
	o     Options

	queue    *queue
	requests chan *request
	closing  sync.RWMutex // held for reading while a request is handed in
	closed   bool
	shut     context.CancelFunc // ends whoever stands in line for the queue
	done     chan struct{}      // the commit loop has ended

	// The commit loop's own; nobody else touches them.
	viewer   daybook.Viewer // nil where the store shows itself in appends alone
	tree     *merkle.Tree
	sessions sessionCache
	crowded  int        // so many batches more are not worth sequencing ahead, since others write
	last     *sequencer // of the batch that commits, or was the last to; nil after a failure

	remembered *remembered // the patterns of operations; beside the loop, records only have them loaded

	signing signing
	failing atomic.Bool // the last commit was not taken by the store
	id      string      // of the ledger, as it was opened
	known   known
	leaser  daybook.Leaser // nil where the store is this process's alone
	unsound fault          // why nothing may be written or signed, or nobody knows
	metrics *metrics
	alive   alive
}

var (
	_ daybook.Recorder = (*Ledger)(nil)
	_ daybook.Prover   = (*Ledger)(nil)
)

// request is one call of Record on its way through the commit loop.
type request struct {
	principal daybook.Principal
	records   []daybook.Record
	receipts  []daybook.Receipt
	err       error
	done      chan struct{}

	weight, bytes int64     // its place in the queue
	handedIn      time.Time // when it took it
}

// count is how many records the request has, with those that follow from them.
func (r *request) count() int {
	n := len(r.records)
	for i := range r.records {
		n += len(r.records[i].Derived)
	}
	return n
}

// Open starts a ledger over a store. It rebuilds the tree's edge and checks
// that the store still holds what was last signed: if the store's head, its
// checkpoint or the anchor disagree with its entries, it refuses with
// CodeDamaged and says which. The store stays the caller's to close.
func Open(ctx context.Context, store daybook.Store, o Options) (*Ledger, error) {
	o.fill()
	l, err := prepare(store, o)
	if err != nil {
		return nil, err
	}
	if err := l.recover(ctx); err != nil {
		return nil, err
	}
	// The empty ledger is signed too, so that no entry is ever without a
	// checkpoint before it: one that is not there was taken away.
	l.signing.of(l)
	if err := l.signing.begin(ctx); err != nil {
		return nil, err
	}
	l.metrics.opened(l.tree.Size(), l.signing.signed)
	go l.run()
	l.signing.start()
	return l, nil
}

// prepare makes a ledger that takes nothing yet.
func prepare(store daybook.Store, o Options) (*Ledger, error) {
	closing, shut := context.WithCancel(context.Background())
	m, records, amendments := newMetrics()
	l := &Ledger{
		store: store, o: o, metrics: m, shut: shut, queue: newQueue(closing, &o, m.queueRefusals.Inc),
		requests: make(chan *request, o.QueueRecords), done: make(chan struct{}),
	}
	l.remembered = newRemembered(store, o.Logger)
	l.viewer, _ = store.(daybook.Viewer)
	l.leaser, _ = store.(daybook.Leaser)
	if o.Registry == nil {
		return l, nil
	}
	if err := l.register(o.Registry, records, amendments); err != nil {
		return nil, fmt.Errorf("ledger: metrics: %w", err)
	}
	return l, nil
}

// Record implements daybook.Recorder: it waits until the records are durable.
// When ctx ends first the records may still be written; sending them again
// under the same log_ids tells.
func (l *Ledger) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if len(records) == 0 {
		return nil, nil
	}
	if err := l.unsound.refuses(); err != nil {
		return nil, notNow(err)
	}
	if slices.ContainsFunc(records, func(r daybook.Record) bool { return r.Pattern != nil }) {
		l.remembered.keeps.load(ctx)
	}
	r := &request{principal: p, records: records, done: make(chan struct{})}
	if err := l.handIn(ctx, r); err != nil {
		return nil, err
	}
	select {
	case <-r.done:
		return r.receipts, r.err
	case <-ctx.Done():
		return nil, &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "ledger: gave up waiting for the commit", Err: ctx.Err(),
			Hint: "send the records again with the same log_id: what was written is not written twice",
		}
	}
}

// roomForWrites is what a store must have room for to be ready again, in bytes:
// a small batch, with its indexes, tiles and log.
const roomForWrites = 1 << 20

// Ready says why writes cannot be taken now, or nil. After a commit that the
// store did not take it tries whether there is room for one, and writes, before
// it says yes again.
func (l *Ledger) Ready(ctx context.Context) error {
	l.closing.RLock()
	closed := l.closed
	l.closing.RUnlock()
	if closed {
		return errClosed
	}
	if err := l.unsound.get(); err != nil {
		return err
	}
	if !l.failing.Load() {
		return nil
	}
	if roomy, ok := l.store.(daybook.Roomy); ok {
		if err := roomy.Room(ctx, roomForWrites); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	if err := l.signing.keep(ctx); err != nil {
		return err
	}
	l.failing.Store(false)
	return nil
}

// Close takes no more records, commits those that wait, signs the head and
// ends. The store is not closed.
func (l *Ledger) Close(ctx context.Context) error {
	l.closing.Lock()
	already := l.closed
	l.closed = true
	l.shut()
	if !already {
		close(l.requests)
	}
	l.closing.Unlock()
	if already {
		return nil
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		return errors.Join(errors.New("ledger: closing"), ctx.Err())
	}
	l.remembered.close()
	return l.signing.stop(ctx)
}
