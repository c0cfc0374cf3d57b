package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook/ledger"
)

// operate does what a ledger needs that is open for long: its metrics are
// shown, and sessions that were left are ended.
func (l *Local) operate(path string, o *Options) error {
	if o.Registry != nil {
		err := errors.Join(l.Access.Register(o.Registry), registerStore(o.Registry, path))
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

// registerStore shows the sizes of the store's files in a registry.
func registerStore(registry prometheus.Registerer, path string) error {
	var failures []error
	for file, at := range map[string]string{"database": path, "wal": path + "-wal"} {
		failures = append(failures, registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "daybook_store_bytes", Help: "Bytes of the store's files: the database, and its write-ahead log.",
			ConstLabels: prometheus.Labels{"file": file},
		}, func() float64 {
			info, err := os.Stat(at)
			if err != nil {
				return 0
			}
			return float64(info.Size())
		})))
	}
	return errors.Join(failures...)
}

// QueueFull says for how long writers have found the ledger's queue full; 0
// where it is not. Nothing is wrong then, but there is more to do than is done.
func (l *Local) QueueFull() time.Duration { return l.ledger.QueueFullFor() }

// Size is the number of entries in the ledger.
func (l *Local) Size(ctx context.Context) (int64, error) {
	head, err := l.Store.Head(ctx)
	return head.Size, err
}
