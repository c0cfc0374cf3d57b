package worktime_test

import (
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

func TestWorkCountsAndWaitingDoesNot(t *testing.T) {
	t.Parallel()
	const long = 200 * time.Millisecond
	if took := worktime.Of(func() { time.Sleep(long) }); took > long/2 {
		t.Errorf("waiting for %v is work of %v", long, took)
	}
	var inside time.Duration
	took := worktime.Of(func() {
		for inside < long/10 { // a clock of its own, as the outer one is what is tested
			inside += worktime.Of(func() {
				for i := range 1_000_000 {
					_ = i
				}
			})
		}
	})
	if took < inside {
		t.Errorf("work of %v is work of %v", inside, took)
	}
}
