package inbox

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/redact"
)

// Options say how to take letters.
type Options struct {
	// Recorder takes the records: the ledger, with the intake around it.
	Recorder daybook.Recorder
	// Redactor takes secrets out of letters that are kept aside; nil for none.
	// What the Recorder takes it must see to itself.
	Redactor *redact.Redactor
	// Logger is told what the operator should know, never what letters hold; nil
	// for slog's default.
	Logger *slog.Logger
	// Registry shows what waits; nil for nobody.
	Registry prometheus.Registerer
	// Step is called after each step: recorded, settled. It is where tests end the
	// process; nil for nobody.
	Step func(step string)
}

// AtOnce is how many letters are taken at a time at the most.
const AtOnce = 1_000

// How long to wait after an error: at first, and at the most.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
)

// standby is how long who is not in charge waits before it asks again.
const standby = time.Second

// Drain takes letters until it is closed.
type Drain struct {
	box     daybook.Inbox
	o       Options
	tenure  *daybook.Tenure
	metrics *metrics
	cancel  context.CancelFunc
	done    chan struct{}
}

// Start begins to take the letters of a store; nil where it has no inbox.
func Start(store any, o Options) (*Drain, error) {
	box, ok := store.(daybook.Inbox)
	if !ok {
		return nil, nil
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	d := &Drain{box: box, o: o, tenure: daybook.NewTenure(store, daybook.LeaseInbox), metrics: newMetrics(box), done: make(chan struct{})}
	if o.Registry != nil {
		if err := o.Registry.Register(d.metrics); err != nil {
			return nil, err
		}
	}
	var ctx context.Context
	ctx, d.cancel = context.WithCancel(context.Background())
	go d.run(ctx)
	return d, nil
}

// Close stops taking letters, and gives the charge to another server. What
// was being recorded is recorded or waits, as it happens. A nil Drain is closed.
func (d *Drain) Close() {
	if d == nil {
		return
	}
	d.cancel()
	<-d.done
}

func (d *Drain) run(ctx context.Context) {
	defer close(d.done)
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), standby)
		defer cancel()
		_ = d.tenure.End(ending) // it ends with the connection otherwise
	}()
	pause := firstPause
	for ctx.Err() == nil {
		switch err := d.turn(ctx); {
		case ctx.Err() != nil:
		case err != nil:
			d.o.Logger.Warn("inbox: letters could not be taken; trying again", "error", err, "in", pause)
			sleep(ctx, pause)
			pause = min(2*pause, mostPause)
		default:
			pause = firstPause
		}
	}
}

// turn takes what waits, or waits for it, or for the charge.
func (d *Drain) turn(ctx context.Context) error {
	mine, err := d.tenure.Holds(ctx)
	if err != nil {
		return err
	}
	if !mine {
		sleep(ctx, standby)
		return nil
	}
	letters, err := d.box.Letters(ctx, AtOnce)
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return d.box.Await(ctx)
	}
	return d.take(ctx, letters)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
