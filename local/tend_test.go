package local

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A chore is done at once and then every so often, sooner again where it failed,
// and ends with the server.
func TestChoresAreDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		var did []time.Duration
		begun := time.Now()
		stop := tend(struct{}{}, chore{
			lease: "dishes", every: time.Hour, again: time.Minute, fails: "the dishes stand about",
			do: func(context.Context) error {
				did = append(did, time.Since(begun))
				if len(did) == 2 {
					return errors.New("no water")
				}
				return nil
			},
		}, slog.New(slog.NewTextHandler(&log, nil)))
		time.Sleep(150 * time.Minute)
		stop()
		time.Sleep(5 * time.Hour)
		if len(did) != 4 || did[0] != 0 || did[1] != time.Hour || did[2] != time.Hour+time.Minute || did[3] != 2*time.Hour+time.Minute {
			t.Errorf("it was done at %v", did)
		}
		if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "the dishes stand about") || !strings.Contains(got, "no water") {
			t.Errorf("the log says %s", got)
		}
	})
}
