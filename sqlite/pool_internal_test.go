package sqlite

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// counted is a connection that counts how often it was opened and closed.
type counted struct{ closed *int }

func (c *counted) close() error {
	*c.closed++
	return nil
}

// TestPoolOpensAsFewAsItNeeds uses a pool one after the other, which takes one
// connection, and then all at once.
func TestPoolOpensAsFewAsItNeeds(t *testing.T) {
	t.Parallel()
	opened, closed := 0, 0
	var failing error
	p := newPool(3, func() (*counted, error) {
		if failing != nil {
			return nil, failing
		}
		opened++
		return &counted{&closed}, nil
	})
	nothing := func(context.Context, *counted) error { return nil }
	failing = errors.New("no more files")
	for range 5 { // as many as there are, and then some: none is lost
		if err := p.use(t.Context(), nothing); !errors.Is(err, failing) {
			t.Fatal(err)
		}
	}
	failing = nil
	for range 5 {
		if err := p.use(t.Context(), nothing); err != nil {
			t.Fatal(err)
		}
	}
	if opened != 1 {
		t.Errorf("%d were opened for one user at a time", opened)
	}
	var all, held sync.WaitGroup
	held.Add(3)
	var mu sync.Mutex // over opened, by the race detector's leave
	open := p.open
	p.open = func() (*counted, error) {
		mu.Lock()
		defer mu.Unlock()
		return open()
	}
	for range 3 {
		all.Go(func() {
			if err := p.use(t.Context(), func(context.Context, *counted) error {
				held.Done()
				held.Wait()
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := p.close(); err != nil || opened != 3 || closed != 3 {
		t.Errorf("%d were opened, %d closed: %v", opened, closed, err)
	}
	if err := p.use(t.Context(), nothing); !errors.Is(err, errClosed) {
		t.Errorf("used once closed: %v", err)
	}
}
