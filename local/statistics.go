package local

import (
	"context"
	"log/slog"
	"time"

	"github.com/daybook-audit/daybook"
)

// surveyed is a store that plans questions by statistics which it does not
// gather by itself. It knows itself how much must have changed for it to look
// again.
type surveyed interface {
	GatherStatistics(ctx context.Context) (kinds []string, err error)
}

// keepStatistics has statistics gathered for as long as a server runs. It gives
// what ends it.
func keepStatistics(s surveyed, logger *slog.Logger) (stop func()) {
	return tend(s, chore{
		lease: daybook.LeaseStatistics, every: 10 * time.Minute, again: 10 * time.Minute,
		fails: "statistics for the views could not be gathered; trying again",
		do: func(ctx context.Context) error {
			kinds, err := s.GatherStatistics(ctx)
			if len(kinds) > 0 {
				logger.Info("gathered statistics", "kinds", kinds)
			}
			return err
		},
	}, logger)
}
