package intake

import (
	"cmp"
	"context"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// Around gives a Recorder that guards what the next has, for use without an
// intake. What it refuses it refuses at once, since not every Recorder can say
// whether it was written before.
func (g *Guard) Around(next daybook.Recorder) daybook.Recorder { return guarding{next, g} }

type guarding struct {
	next  daybook.Recorder
	guard *Guard
}

// Record implements [daybook.Recorder].
func (in guarding) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	stage := in.guard.Stage()
	for i := range records {
		r := &records[i]
		if stage == nil || planOf(r) == nil {
			continue
		}
		r.Refused = nil
		if err := stage(nil, r); err != nil || r.Refused != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), cmp.Or(err, r.Refused))
		}
	}
	in.guard.watch(ctx, records)
	return in.next.Record(ctx, p, records)
}

// Around gives a Recorder that computes costs before the next has them, for use
// without an intake.
func (p *Pricer) Around(next daybook.Recorder) daybook.Recorder { return priced{next, p} }

type priced struct {
	next   daybook.Recorder
	pricer *Pricer
}

// Record implements [daybook.Recorder].
func (in priced) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	defer in.pricer.turn(ctx, records)()
	in.pricer.priceAll(ctx, records)
	return in.pricer.again(ctx, records)(func() ([]daybook.Receipt, error) { return in.next.Record(ctx, p, records) })
}
