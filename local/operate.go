package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook/ledger"
)

// operate does what a ledger needs that is open for long: its metrics are
// shown, and sessions that were left are ended.
func (l *Local) operate(p Place, o *Options) error {
	if o.Registry != nil {
		err := errors.Join(l.Access.Register(o.Registry), p.register(o.Registry, l.Store))
		for _, m := range l.road.metered {
			err = errors.Join(err, m.Register(o.Registry))
		}
		if err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	if o.AbandonAfter > 0 {
		l.unwatch = l.ledger.Abandon(ledger.Abandonment{After: o.AbandonAfter, Recorder: l.Recorder})
	}
	return nil
}

// options are what the ledger itself is opened with.
func (o *Options) ledger() ledger.Options {
	lo := ledger.Options{Anchor: o.Anchor, Logger: o.Logger, Registry: o.Registry, Step: o.Step}
	if o.Tune != nil {
		o.Tune(&lo)
	}
	return lo
}

// QueueFull says for how long writers have found the ledger's queue full; 0
// where it is not. Nothing is wrong then, but there is more to do than is done.
func (l *Local) QueueFull() time.Duration { return l.ledger.QueueFullFor() }

// Size is the number of entries in the ledger.
func (l *Local) Size(ctx context.Context) (int64, error) {
	head, err := l.Store.Head(ctx)
	return head.Size, err
}
