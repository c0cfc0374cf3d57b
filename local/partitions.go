package local

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// How many months have partitions ahead, this one included, how often that is
// seen to, and how soon again where it could not be done.
const (
	monthsAhead     = 3
	partitionsEvery = 6 * time.Hour
	partitionsAgain = 5 * time.Minute
)

// partitioned is a store whose tables stand in partitions by month. One that is
// missing stops no write.
type partitioned interface {
	MakePartitions(ctx context.Context, from time.Time, months int) (made []string, err error)
}

// keepPartitions makes partitions ahead for as long as a server runs, one of the
// servers that share a store at a time. It gives what ends it.
func keepPartitions(s partitioned, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		tenure := daybook.NewTenure(s, daybook.LeasePartitions)
		defer func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = tenure.End(ending) // it ends with the connection otherwise
		}()
		for {
			next := partitionsEvery
			if err := makeAhead(ctx, s, tenure, logger); err != nil && ctx.Err() == nil {
				logger.Warn("partitions for the months to come could not be made; trying again", "error", err, "in", partitionsAgain)
				next = partitionsAgain
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(next):
			}
		}
	})
	return func() {
		cancel()
		ended.Wait()
	}
}

func makeAhead(ctx context.Context, s partitioned, tenure *daybook.Tenure, logger *slog.Logger) error {
	mine, err := tenure.Holds(ctx)
	if err != nil || !mine {
		return err
	}
	made, err := s.MakePartitions(ctx, time.Now(), monthsAhead)
	if len(made) > 0 {
		logger.Info("made partitions", "names", made)
	}
	return err
}
