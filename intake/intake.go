package intake

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// Stage is one thing that a record passes: it may fill it, change it, put a
// warning on it, or refuse it with a *daybook.Error whose path begins below
// the record ("/agent_position"). It must give the same record again when it
// meets one that it has been over before.
type Stage func(*Call, *daybook.Record) error

// Call is what the stages know of the call that brought a record.
type Call struct {
	Principal daybook.Principal
	Now       string // the time of the call, canonical

	right     *right
	address   daybook.Value // the principal's, fit for a column
	userAgent daybook.Value
}

// Intake is a Recorder that lets only whole and sound records through to the
// next.
type Intake struct {
	next    daybook.Recorder
	limits  Limits
	stages  []Stage
	deriver *Deriver // nil derives nothing
	guard   *Guard   // nil watches nothing
	pricer  *Pricer  // nil computes no costs
	sampler *Sampler // nil samples nothing
}

// Stages are what may be put between the checks of a record and the cutting of
// its previews, in this order; nil for none.
type Stages struct {
	Redact Stage // takes out what should not be kept
	Guard  Stage // finds data where metadata belongs
}

var _ daybook.Recorder = (*Intake)(nil)

// New puts the standard stages in front of a Recorder, in their order: size
// and rights first, since they cost least; then what is missing is filled in,
// and the whole is checked. What rewrites text must stand between the checks
// and the previews, because a preview cut through the middle of a secret hides
// it from whoever looks for secrets.
func New(next daybook.Recorder, limits Limits) *Intake {
	return (&Intake{next: next, limits: limits.orDefault()}).With(Stages{})
}

// With gives an intake of the standard stages and these.
func (in *Intake) With(s Stages) *Intake {
	with := *in
	with.stages = nil
	for _, stage := range []Stage{
		in.limits.measure, authorize, refuseRepeat, complete, validate,
		s.Redact, s.Guard,
		cutPreviews,
	} {
		if stage != nil {
			with.stages = append(with.stages, stage)
		}
	}
	return &with
}

// Guarding has a guard watch what operations write, once that is known. The
// guard is a stage as well, see [Stages].
func (in *Intake) Guarding(g *Guard) *Intake {
	with := *in
	with.guard = g
	return &with
}

// Record passes the records on when all of them are sound. See the package's
// comment for what it does to them.
func (in *Intake) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	if len(records) == 0 {
		return nil, nil
	}
	if err := in.limits.count(len(records)); err != nil {
		return nil, err
	}
	call := in.begin(p)
	for i := range records {
		if err := in.pass(call, &records[i]); err != nil {
			return nil, daybook.Under("/"+strconv.Itoa(i), err)
		}
		records[i].Derived, records[i].Pattern, records[i].Base = nil, nil, 0 // what follows from a record is not its writer's to say
	}
	defer in.pricer.turn(ctx, records)()
	in.pricer.priceAll(ctx, records)
	again := in.pricer.again(ctx, records)
	var derived *derivation
	if in.deriver != nil {
		derived = in.deriver.deriveAll(ctx, records)
	}
	in.guard.watch(ctx, records)
	if in.sampler != nil {
		in.sampler.all(records)
	}
	// What was looked up for a caller who has gone was not: who sends the records
	// again would be told that they are there, without what follows from them.
	if err := ctx.Err(); err != nil {
		return nil, &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "intake: the caller did not wait", Err: err,
			Hint: "nothing was written; send the records again with the same log_id",
		}
	}
	receipts, err := again(func() ([]daybook.Receipt, error) { return in.next.Record(ctx, p, records) })
	if err == nil && derived != nil {
		derived.keep(context.WithoutCancel(ctx), receipts) // they are written, whoever still waits
	}
	return receipts, err
}

// Check says what Record would say of a record, and leaves it as it is: for
// callers that keep the sound records of a batch and hand the others back. The
// path of its error begins below the record.
func (in *Intake) Check(p daybook.Principal, r daybook.Record) error {
	r.Values = slices.Clone(r.Values)
	if err := in.pass(in.begin(p), &r); err != nil {
		return err
	}
	return r.Refused
}

func (in *Intake) begin(p daybook.Principal) *Call {
	return &Call{
		Principal: p, Now: canon.FormatTime(in.limits.Now()), right: rightOf(p.Role),
		address: fitting(p.Address), userAgent: fitting(p.UserAgent),
	}
}

func (in *Intake) pass(call *Call, r *daybook.Record) error {
	if planOf(r) == nil {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/kind", Message: "is missing, or not a kind of the catalog",
			Hint: "make records with daybook.NewRecord, RecordOf or a Decoder",
		}
	}
	r.Refused = nil
	for _, stage := range in.stages {
		if err := stage(call, r); err != nil {
			return err
		}
	}
	return nil
}

// fitting makes a value of what stood in a request: a header may hold bytes
// that no entry can, and be of any length. It must not cost the record.
func fitting(s string) daybook.Value {
	if s == "" {
		return daybook.Value{}
	}
	if canon.CheckString(s) != nil {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	}
	return daybook.TextValue(cut(s, daybook.MaxName))
}
