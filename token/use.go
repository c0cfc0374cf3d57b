package token

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// use is when a token was last used, in microseconds since 1970.
type use struct{ last atomic.Int64 }

func (u *use) note(now time.Time) { u.last.Store(now.UnixMicro()) }

// uses are those that the store is still to be told of.
type uses struct {
	mu      sync.Mutex
	byToken map[string]*use
	told    map[string]int64 // what the store was told last
}

// of gives the use of a token, for whoever verifies it to note.
func (u *uses) of(id string) *use {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.byToken == nil {
		u.byToken, u.told = map[string]*use{}, map[string]int64{}
	}
	if u.byToken[id] == nil {
		u.byToken[id] = &use{}
	}
	return u.byToken[id]
}

// news gives the uses that the store has not been told of.
func (u *uses) news() map[string]int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	fresh := map[string]int64{}
	for id, use := range u.byToken {
		if last := use.last.Load(); last > u.told[id] {
			fresh[id] = last
		}
	}
	return fresh
}

func (u *uses) tell(fresh map[string]int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	maps.Copy(u.told, fresh)
}

// noteUses writes when tokens were last used: once a window, for all of them.
func (k *Keeper) noteUses(ctx context.Context) error {
	fresh := k.uses.news()
	if len(fresh) == 0 {
		return nil
	}
	last := map[string]time.Time{}
	for id, at := range fresh {
		last[id] = time.UnixMicro(at)
	}
	if err := k.store.UseTokens(ctx, last); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	k.uses.tell(fresh)
	return nil
}
