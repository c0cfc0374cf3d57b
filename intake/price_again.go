package intake

import (
	"context"
	"errors"

	"github.com/daybook-audit/daybook"
)

// priceTries is how often costs are computed anew because another server has
// amended a conversation meanwhile. The last stands whatever that did: of the
// next amendment the cost is computed from all tokens again.
const priceTries = 10

// rest has the first amendment of a conversation in a call rest on the revision
// that its cost is computed from. Amendments of this process wait for each other;
// those of other servers do not. What the call has behind it comes with it or not
// at all.
func (t *openTalk) rest(records []daybook.Record) {
	for _, i := range t.at {
		if r := &records[i]; r.Amend {
			r.Base = t.revision
			return
		}
	}
}

// again gives what writes records that have been priced, and prices them anew as
// long as a conversation has gone on since.
func (p *Pricer) again(ctx context.Context, records []daybook.Record) func(write func() ([]daybook.Receipt, error)) ([]daybook.Receipt, error) {
	if p == nil || !p.shared {
		return func(write func() ([]daybook.Receipt, error)) ([]daybook.Receipt, error) { return write() }
	}
	return func(write func() ([]daybook.Receipt, error)) ([]daybook.Receipt, error) {
		for try := 1; ; try++ {
			receipts, err := write()
			if !errors.Is(err, daybook.ErrStale) {
				return receipts, err
			}
			for i := range records {
				records[i].Base = 0
			}
			p.priceAll(ctx, records)
			if try == priceTries-1 {
				for i := range records {
					records[i].Base = 0
				}
			}
		}
	}
}
