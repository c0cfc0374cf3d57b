package sqllineage

import (
	"strings"
	"testing"
	"time"
)

// What a text takes is counted, and a pause in which the machine was at something
// else is not, but for a part.
func TestTimeIsWhatReadingTakes(t *testing.T) {
	t.Parallel()
	const most = 250 * time.Millisecond
	start := time.Now()
	busy := newBudget(Limits{Time: most}, 0)
	busy.looked = start
	for at := time.Duration(0); at < most; at += most / 100 {
		if busy.look(start.Add(at)); busy.spent {
			t.Fatalf("the time is over after %v", at)
		}
	}
	busy.look(start.Add(most + most/100))
	if !busy.spent || !strings.Contains(busy.reason, "longer than 250ms") || busy.spend(1) {
		t.Errorf("after %v: spent %v, %q", busy.took, busy.spent, busy.reason)
	}

	paused := newBudget(Limits{Time: most}, 0)
	paused.looked = start
	for hour := range longestGap {
		if paused.look(start.Add(time.Duration(hour+1) * time.Hour)); paused.spent {
			t.Fatalf("pause %d ended it", hour+1)
		}
	}
	if paused.look(start.Add(24 * time.Hour)); !paused.spent {
		t.Error("pauses without end do not end it")
	}
}
