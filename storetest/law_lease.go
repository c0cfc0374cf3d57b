package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/daybook-audit/daybook"
)

// lawLease holds the leases of a store that several servers may have open at
// the same time, if it is one.
func lawLease(t *testing.T, at Opener) {
	first := open(t, at)
	if _, ok := first.(daybook.Leaser); !ok {
		t.Skip("the store belongs to one process")
	}
	second, err := at()
	must(t, err)
	a, b := first.(daybook.Leaser), second.(daybook.Leaser)

	held := mustLease(t, a, "sign")
	wantTaken(t, "held by another", b, "sign")
	wantTaken(t, "held by itself", a, "sign")
	other := mustLease(t, b, "inbox") // a name is a lease of its own
	wantTaken(t, "held by the other", a, "inbox")
	must(t, held.Held(t.Context()))
	must(t, other.Held(t.Context()))

	must(t, held.Release(t.Context()))
	must(t, held.Release(t.Context())) // which says the same
	if held.Held(t.Context()) == nil {
		t.Error("a lease is held after it was given back")
	}
	again := mustLease(t, b, "sign")
	if held.Held(t.Context()) == nil {
		t.Error("a lease is held that another has taken")
	}
	must(t, held.Release(t.Context())) // and does not take it from the other
	must(t, again.Held(t.Context()))

	// A lease goes with its holder.
	must(t, second.Close())
	must(t, mustLease(t, a, "sign").Release(t.Context()))
	must(t, mustLease(t, a, "inbox").Release(t.Context()))
	if again.Held(t.Context()) == nil {
		t.Error("a lease is held by a store that is closed")
	}
	must(t, again.Release(t.Context()))
}

// lawLeaseOnce has many ask at the same time: one gets it.
func lawLeaseOnce(t *testing.T, at Opener) {
	store := open(t, at)
	if _, ok := store.(daybook.Leaser); !ok {
		t.Skip("the store belongs to one process")
	}
	stores := []daybook.Store{store, open(t, at)}
	for range 10 {
		var got atomic.Int64
		var asking sync.WaitGroup
		leases := make([]daybook.Lease, 8)
		for i := range leases {
			asking.Go(func() {
				l, err := stores[i%2].(daybook.Leaser).Lease(t.Context(), "sign")
				if err != nil {
					t.Error(err)
				}
				if leases[i] = l; l != nil {
					got.Add(1)
				}
			})
		}
		asking.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d got the lease at the same time", got.Load())
		}
		for _, l := range leases {
			if l != nil {
				must(t, l.Release(t.Context()))
			}
		}
	}
}

func mustLease(t *testing.T, s daybook.Leaser, name string) daybook.Lease {
	t.Helper()
	l, err := s.Lease(context.Background(), name)
	must(t, err)
	if l == nil {
		t.Fatalf("the lease %s cannot be had", name)
	}
	return l
}

func wantTaken(t *testing.T, what string, s daybook.Leaser, name string) {
	t.Helper()
	l, err := s.Lease(context.Background(), name)
	must(t, err)
	if l != nil {
		t.Errorf("%s: the lease %s was given twice", what, name)
	}
}
