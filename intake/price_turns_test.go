package intake

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnsOfOneConversationFollowEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all turns
		var wg sync.WaitGroup
		var order []int
		for i, ids := range [][]string{{"a", "b"}, {"b", "c", "b"}, {"c", "a"}} {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				give := all.take(t.Context(), ids, time.Minute)
				order = append(order, i) // the race detector sees two at once
				time.Sleep(time.Second)
				order = append(order, i)
				give()
			})
		}
		begin := time.Now()
		wg.Wait()
		if took := time.Since(begin); took < 3*time.Second || took > 3*time.Second+10*time.Millisecond {
			t.Errorf("three turns of a second took %v", took)
		}
		if order[0] != order[1] || order[2] != order[3] || !slices.Equal(order[:2], []int{0, 0}) {
			t.Errorf("the turns were taken as %v", order)
		}
		if len(all.held) > 0 {
			t.Errorf("%d conversations are held still", len(all.held))
		}
	})
}

func TestTurnsOfOthersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all turns
		defer all.take(t.Context(), []string{"a"}, time.Minute)()
		begin := time.Now()
		all.take(t.Context(), []string{"b"}, time.Minute)()
		if took := time.Since(begin); took > 0 {
			t.Errorf("another conversation was waited for, %v long", took)
		}
	})
}

func TestTurnsAreWaitedForSoLongAndNoLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all turns
		defer all.take(t.Context(), []string{"a"}, time.Minute)()
		begin := time.Now()
		all.take(t.Context(), []string{"a"}, time.Second)()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited %v, want a second", took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		all.take(ctx, []string{"a"}, time.Minute)()
		if took := time.Since(begin); took != time.Second {
			t.Errorf("waited %v after the caller was gone", took-time.Second)
		}
		if all.held["a"] == nil {
			t.Error("who did not get it gave it back")
		}
	})
}
