package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/inbox"
	"github.com/daybook-audit/daybook/ledger"
)

// Service is what a ledger does besides, that is open for as long as a server
// runs. The zero value does what every server must.
type Service struct {
	Registry     prometheus.Registerer // shows the metrics of ledger, reads and store; nil for nobody
	AbandonAfter time.Duration         // ends sessions that give no sign of life for so long; 0 for never
	Wait         time.Duration         // waits so long for a database that cannot be reached when it is opened
	Connections  int32                 // has so many connections to a database at the most; 0 for what is usual
}

// serve begins what a service does.
func (l *Local) serve(p Place, o *Options) error {
	if o.Service == nil {
		return nil
	}
	if registry := o.Service.Registry; registry != nil {
		err := errors.Join(l.Access.Register(registry), p.register(registry, l.Store))
		for _, m := range l.road.metered {
			err = errors.Join(err, m.Register(registry))
		}
		if err != nil {
			return fmt.Errorf("local: %w", err)
		}
	}
	if o.Service.AbandonAfter > 0 {
		l.stops = append(l.stops, l.ledger.Abandon(ledger.Abandonment{After: o.Service.AbandonAfter, Recorder: l.Recorder}))
	}
	if s, ok := l.Store.(partitioned); ok {
		l.stops = append(l.stops, keepPartitions(s, o.Logger))
	}
	if s, ok := l.Store.(surveyed); ok {
		l.stops = append(l.stops, keepStatistics(s, o.Logger))
	}
	return l.drain(o)
}

// drain begins to take in what jobs leave in the store by SQL, if it has an
// inbox.
func (l *Local) drain(o *Options) error {
	if _, ok := l.Store.(daybook.Inbox); !ok {
		return nil
	}
	redactor, err := o.Intake.Redact.Redactor()
	if err != nil {
		return err
	}
	d, err := inbox.Start(l.Store, inbox.Options{
		Recorder: l.road.recorder, Redactor: redactor, Logger: o.Logger, Registry: o.Service.Registry, Step: o.Step,
	})
	l.stops = append(l.stops, d.Close)
	return err
}

// options are what the ledger itself is opened with.
func (o *Options) ledger() ledger.Options {
	lo := ledger.Options{Anchor: o.Anchor, Logger: o.Logger, Step: o.Step}
	if o.Service != nil {
		lo.Registry = o.Service.Registry
	}
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
