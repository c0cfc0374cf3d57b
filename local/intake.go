package local

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/postgres"
)

// Intake says what records pass on their way besides the checks. The zero value
// is what a server has that is told nothing.
type Intake struct {
	Redact intake.RedactOptions
	Guard  intake.GuardOptions // its dialect and entries are those of the ledger
	Prices string              // a file of own prices, which go before those that Daybook knows; NoPrices computes no costs

	Sampling *intake.Sampling // which operations are stored as references where they repeat others; nil for none
}

// A road is what records pass on their way to the ledger.
type road struct {
	recorder *intake.Intake
	deriver  *intake.Deriver // nil where none is wanted
	metered  []metered
}

// metered is a part of the road that has metrics.
type metered interface {
	Register(registry prometheus.Registerer) error
}

// roadTo makes the road to a ledger.
func roadTo(next daybook.Recorder, s Store, o Options) (*road, error) {
	guard, err := guardOf(s, o)
	if err != nil {
		return nil, err
	}
	redact, err := intake.NewRedact(o.Intake.Redact)
	if err != nil {
		return nil, err
	}
	r := &road{metered: []metered{redact, guard}}
	stages := intake.Stages{Redact: redact.Stage(), Guard: guard.Stage()}
	if _, ok := s.(*postgres.Store); ok {
		next = postgres.Fitting(next)
	}
	r.recorder = intake.New(next, o.Limits).With(stages).Guarding(guard)
	pricer, err := pricerOf(s, o)
	if err != nil {
		return nil, err
	}
	if pricer != nil {
		r.recorder = r.recorder.Pricing(pricer)
		r.metered = append(r.metered, pricer)
	}
	if r.deriver, err = deriverOf(s, o); err != nil {
		return nil, err
	}
	if r.deriver != nil {
		r.recorder = r.recorder.Deriving(r.deriver)
		r.metered = append(r.metered, r.deriver)
	}
	if o.Intake.Sampling != nil {
		r.recorder = r.recorder.Sampling(intake.NewSampler(*o.Intake.Sampling))
	}
	return r, nil
}

func guardOf(s Store, o Options) (*intake.Guard, error) {
	g := o.Intake.Guard
	g.Entries = s
	g.Dialect = dialectOf(o)
	return intake.NewGuard(g)
}
