package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/daybook-audit/daybook"
)

// Shared is a model that several servers have at the same time, as they have a
// database: each opens a [Server] of its own.
type Shared struct {
	*Model

	mu     sync.Mutex
	leases map[string]*modelLease // by name: those that are held
}

// NewShared gives an empty store that may be shared.
func NewShared() *Shared { return &Shared{Model: NewModel(), leases: map[string]*modelLease{}} }

// Lose takes a lease from whoever holds it, as a connection does that breaks.
func (s *Shared) Lose(name string) { s.release(name, nil) }

// Holder gives the server that holds a lease; nil for none.
func (s *Shared) Holder(name string) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.leases[name]; l != nil {
		return l.of
	}
	return nil
}

func (s *Shared) release(name string, only *modelLease) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if only == nil || s.leases[name] == only {
		delete(s.leases, name)
	}
}

// Open gives one server's way to the store.
func (s *Shared) Open() *Server { return &Server{Model: s.Model, shared: s} }

// Server is one server's way to a model that several share.
type Server struct {
	*Model
	shared *Shared
	gone   atomic.Bool
}

var _ daybook.Leaser = (*Server)(nil)

// Lease implements [daybook.Leaser].
func (s *Server) Lease(ctx context.Context, name string) (daybook.Lease, error) {
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	if s.shared.leases[name] != nil {
		return nil, nil
	}
	l := &modelLease{of: s, name: name}
	s.shared.leases[name] = l
	return l, nil
}

// Close ends the server's leases, as its end does however it comes. The others
// go on.
func (s *Server) Close() error {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.gone.Store(true)
	for name, l := range s.shared.leases {
		if l.of == s {
			delete(s.shared.leases, name)
		}
	}
	return nil
}

// modelLease is a lease of a model.
type modelLease struct {
	of   *Server
	name string
}

// Held implements [daybook.Lease].
func (l *modelLease) Held(ctx context.Context) error {
	if err := l.of.ready(ctx); err != nil {
		return err
	}
	l.of.shared.mu.Lock()
	defer l.of.shared.mu.Unlock()
	if l.of.shared.leases[l.name] != l {
		return errors.New("the lease is lost")
	}
	return nil
}

// Release implements [daybook.Lease].
func (l *modelLease) Release(context.Context) error {
	l.of.shared.release(l.name, l)
	return nil
}

// State is what a shared model held at some time, as a backup does.
type State struct {
	rows  []daybook.Row
	tiles map[place][]byte
	head  daybook.Head
}

// Backup gives what the model holds.
func (s *Shared) Backup() State {
	s.Model.mu.RLock()
	defer s.Model.mu.RUnlock()
	return State{rows: slices.Clone(s.rows), tiles: maps.Clone(s.tiles), head: s.head}
}

// Restore puts the model back to an earlier state, under the hands of the
// servers that have it open.
func (s *Shared) Restore(state State) {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.Model.mu.Lock()
	defer s.Model.mu.Unlock()
	s.rows, s.tiles, s.head = slices.Clone(state.rows), maps.Clone(state.tiles), state.head
	s.taken = map[any]bool{}
	for _, r := range s.rows {
		s.take(r)
	}
}

// NewOrigin gives the ledger another id and forgets its checkpoint, as an
// operator does whose key is lost.
func (s *Shared) NewOrigin(id string) {
	s.Model.mu.Lock()
	defer s.Model.mu.Unlock()
	s.head.LedgerID, s.head.Checkpoint = id, nil
}
