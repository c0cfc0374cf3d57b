package intake

import (
	"context"
	"log/slog"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/price"
)

// Pricing says how costs are computed.
type Pricing struct {
	// Table has the prices; nil for those that the program was built with.
	Table *price.Table
	// Entries is where conversations are looked up that an amendment adds tokens
	// to; nil for nowhere. Their costs are computed where the same call began
	// them.
	Entries Entries
	// Logger is told what went wrong on our side; nil for slog's default.
	Logger *slog.Logger
}

// Pricer computes what conversations cost, from their tokens and the prices
// that held when they began. It may be used by several goroutines.
type Pricer struct {
	o       Pricing
	metrics *priceMetrics
	turns   turns
	shared  bool // other servers amend conversations too
}

// NewPricer makes a pricer.
func NewPricer(o Pricing) *Pricer {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	_, shared := o.Entries.(daybook.Leaser)
	return &Pricer{o: o, metrics: newPriceMetrics(), shared: shared}
}

func (p *Pricer) table() *price.Table {
	if p.o.Table != nil {
		return p.o.Table
	}
	return price.Builtin()
}

// Pricing gives the intake a stage that computes costs where clients give none,
// when a record has passed the others. It refuses none.
func (in *Intake) Pricing(p *Pricer) *Intake {
	with := *in
	with.pricer = p
	return &with
}

// Price fills in what a conversation cost and where its price is from, unless
// the client says what it cost. Other records stay as they are: of the tokens
// of MCP calls and actions nobody knows the model. The record must have passed
// the other stages.
func (p *Pricer) Price(ctx context.Context, r *daybook.Record) {
	one := []daybook.Record{*r}
	p.priceAll(ctx, one)
	*r = one[0]
}

// priceAll looks at the records of a call.
func (p *Pricer) priceAll(ctx context.Context, records []daybook.Record) {
	if p == nil {
		return
	}
	var run *pricing
	for i := range records {
		r := &records[i]
		if r.Kind != talk.kind {
			continue
		}
		forget(r)
		switch {
		case r.Amend && addsTokens(r):
			if run == nil {
				run = &pricing{Pricer: p, ctx: ctx, records: records}
			}
			run.amendment(i)
		case !r.Amend:
			s := stateOf(r.Values)
			p.price(r, &s)
		}
	}
}

// forget takes back what was filled in when the record was here before: prices
// may have changed since.
func forget(r *daybook.Record) {
	for _, i := range []int{talk.cost, talk.source} {
		if r.Filled(i) {
			r.Values[i] = daybook.Value{}
			r.Given(i)
		}
	}
}

// price fills in the cost of a conversation that stands as s, the record
// counted in.
func (p *Pricer) price(r *daybook.Record, s *conversationState) {
	switch {
	case s.values[talk.cost].IsSet() || s.values[talk.source].IsSet():
		p.metrics.count(priceGiven)
		return
	case !s.hasTokens():
		return
	}
	name := s.name()
	if name == (price.Name{}) {
		p.metrics.count(priceNameless)
		return
	}
	found, ok := p.table().At(name, s.began())
	switch {
	case !ok:
		p.metrics.count(priceUnknown)
		warn(r, "price: there is no price for "+describe(name)+", so the cost is not known")
		return
	case !found.Sold():
		p.metrics.count(priceOtherwise)
		warn(r, "price: "+describe(name)+" is not sold by tokens, so the cost is not known")
		return
	}
	usage, trouble := s.usage(name)
	if trouble != "" {
		warn(r, "price: "+trouble)
	}
	if usage.IsZero() {
		p.metrics.count(priceUncounted)
		warn(r, "price: total_tokens alone has no price; input_tokens and output_tokens have")
		return
	}
	r.Fill(talk.cost, daybook.FloatValue(found.Cost(usage)))
	r.Fill(talk.source, daybook.TextValue(cut(found.Source, daybook.MaxName)))
	s.values[talk.cost], s.values[talk.source] = r.Values[talk.cost], r.Values[talk.source]
	p.metrics.count(priceComputed)
}

// describe names a model in a warning.
func describe(n price.Name) string {
	model := n.Model
	if model == "" {
		model = n.Version
	}
	if n.Provider == "" {
		return "the model " + quoted(clip(model))
	}
	if model == "" {
		return "an unnamed model of " + quoted(clip(n.Provider))
	}
	return "the model " + quoted(clip(model)) + " of " + quoted(clip(n.Provider))
}

// began is when a conversation began; a record that has passed the other stages
// says so.
func (s *conversationState) began() time.Time {
	t, err := canon.ParseTime(s.values[talk.started].Text())
	if err != nil {
		return time.Now()
	}
	return t
}
