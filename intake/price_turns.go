package intake

import (
	"context"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// turns has amendments of one conversation computed and written one after the
// other, so that each is computed from what stands when it is written. The zero
// value is ready.
type turns struct {
	mu   sync.Mutex
	held map[string]chan struct{} // by conversation; closed when it is given back
}

// take waits until nobody holds any of the conversations, and holds all of them
// until give is called. Since it holds none while it waits, nobody waits for
// ever; past the bound it goes on without.
func (t *turns) take(ctx context.Context, ids []string, bound time.Duration) (give func()) {
	ctx, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	for {
		mine, others := t.try(ids)
		if others == nil {
			return func() { t.give(ids, mine) }
		}
		select {
		case <-others:
		case <-ctx.Done():
			return func() {}
		}
	}
}

// try takes all of the conversations, or gives what is closed when one of them
// is given back.
func (t *turns) try(ids []string) (mine, others chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if held := t.held[id]; held != nil {
			return nil, held
		}
	}
	if t.held == nil {
		t.held = map[string]chan struct{}{}
	}
	mine = make(chan struct{})
	for _, id := range ids {
		t.held[id] = mine
	}
	return mine, nil
}

func (t *turns) give(ids []string, mine chan struct{}) {
	t.mu.Lock()
	for _, id := range ids {
		delete(t.held, id)
	}
	t.mu.Unlock()
	close(mine)
}

// turn waits for the turn of the conversations whose tokens or costs the records
// amend; give ends it.
func (p *Pricer) turn(ctx context.Context, records []daybook.Record) (give func()) {
	var ids []string
	if p != nil {
		for i := range records {
			if r := &records[i]; r.Kind == talk.kind && r.Amend && (addsTokens(r) || r.Values[talk.cost].IsSet()) {
				ids = append(ids, r.SubjectID())
			}
		}
	}
	if ids == nil {
		return func() {}
	}
	return p.turns.take(ctx, ids, priceLookUpTime)
}
