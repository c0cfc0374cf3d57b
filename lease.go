package daybook

import (
	"context"
	"sync"
)

// The tasks of which one server at a time is in charge, where several share a
// store.
const (
	LeaseSign       = "sign"       // to sign a checkpoint
	LeaseInbox      = "inbox"      // to take what waits in the inbox into the ledger
	LeaseAbandon    = "abandon"    // to end sessions without a sign of life
	LeasePartitions = "partitions" // to make partitions ahead
	LeaseStatistics = "statistics" // to gather statistics
)

// Leaser is a store that several processes may write at the same time. What only
// one of them should do, it does under a lease. A store that belongs to one
// process has none.
type Leaser interface {
	// Lease takes the lease of a name for this process, or gives nil where
	// somebody has it. It does not wait for whoever that is.
	Lease(ctx context.Context, name string) (Lease, error)
}

// Lease is the charge of one task. It ends when it is released, and with the
// process or the connection that took it, however that ends.
//
// It keeps work from being done twice; it is no proof that nobody else does it:
// between the moment in which a lease is lost and that in which its holder
// hears of it, another may have taken it. What is done under it must bear that.
type Lease interface {
	// Held asks the store whether the lease is still there, and says why not. One
	// that was lost does not come back.
	Held(ctx context.Context) error
	// Release gives the lease back. One that was lost is let go of without error.
	Release(ctx context.Context) error
}

// Tenure is a task that a process does for as long as it holds the lease, and
// that another takes over where it does not. The zero value holds no lease and
// never will; see [NewTenure].
type Tenure struct {
	leaser Leaser // nil where the store belongs to this process
	owned  bool
	name   string

	mu    sync.Mutex
	lease Lease
}

// NewTenure begins a tenure of a task on a store. Where that has no leases, it
// belongs to this process alone, and so does the task.
func NewTenure(store any, name string) *Tenure {
	leaser, isShared := store.(Leaser)
	return &Tenure{leaser: leaser, owned: !isShared, name: name}
}

// Holds says whether the task is this process's now: it asks whether the lease
// that it has is still there, and else whether it can be had. The task is
// nobody's, so far as is known, where it gives an error.
func (t *Tenure) Holds(ctx context.Context) (bool, error) {
	if t.leaser == nil {
		return t.owned, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lease != nil {
		if t.lease.Held(ctx) == nil {
			return true, nil
		}
		_ = t.lease.Release(context.WithoutCancel(ctx)) // it is lost already
		t.lease = nil
	}
	var err error
	t.lease, err = t.leaser.Lease(ctx, t.name)
	return t.lease != nil && err == nil, err
}

// End gives the lease back, for another to take at once.
func (t *Tenure) End(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lease == nil {
		return nil
	}
	lease := t.lease
	t.lease = nil
	return lease.Release(ctx)
}
