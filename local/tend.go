package local

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
)

// A chore is what is to be done in a store again and again, by one of the
// servers that share it at a time. Nothing that is written waits for it.
type chore struct {
	lease string // who has it does it
	every time.Duration
	again time.Duration // how soon where it could not be done
	fails string        // what to tell the operator then
	do    func(context.Context) error
}

// tend does a chore for as long as a server runs. It gives what ends it.
func tend(store any, c chore, logger *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() {
		tenure := daybook.NewTenure(store, c.lease)
		defer func() {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = tenure.End(ending) // it ends with the connection otherwise
		}()
		for {
			next := c.every
			if err := c.once(ctx, tenure); err != nil && ctx.Err() == nil {
				logger.Warn(c.fails, "error", err, "again_in", c.again)
				next = c.again
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

// once does the chore where it is this process's.
func (c *chore) once(ctx context.Context, tenure *daybook.Tenure) error {
	if mine, err := tenure.Holds(ctx); err != nil || !mine {
		return err
	}
	return c.do(ctx)
}
