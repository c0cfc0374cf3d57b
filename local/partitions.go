package local

import (
	"context"
	"log/slog"
	"time"

	"github.com/daybook-audit/daybook"
)

// monthsAhead is how many months have partitions ahead, this one included.
const monthsAhead = 3

// partitioned is a store whose tables stand in partitions by month. One that is
// missing stops no write.
type partitioned interface {
	MakePartitions(ctx context.Context, from time.Time, months int) (made []string, err error)
}

// keepPartitions makes partitions ahead for as long as a server runs. It gives
// what ends it.
func keepPartitions(s partitioned, logger *slog.Logger) (stop func()) {
	return tend(s, chore{
		lease: daybook.LeasePartitions, every: 6 * time.Hour, again: 5 * time.Minute,
		fails: "partitions for the months to come could not be made; trying again",
		do: func(ctx context.Context) error {
			made, err := s.MakePartitions(ctx, time.Now(), monthsAhead)
			if len(made) > 0 {
				logger.Info("made partitions", "names", made)
			}
			return err
		},
	}, logger)
}
