package intake

import (
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// leastLeftOut is how many bytes a repeat must leave out to be worth a
// reference; one with edges leaves out these.
const leastLeftOut = 64

// Sampling says which operations may be stored as repeats of the first that did
// the same.
type Sampling struct {
	Operations []string // types of operations; none for all
	Sessions   []string // types of sessions; none for all
}

// Sampler marks the operations that may be stored as repeats. Whether one is a
// repeat only the ledger can say, which knows what stands before it. It may be
// used by several goroutines.
type Sampler struct{ o Sampling }

// NewSampler makes a sampler.
func NewSampler(o Sampling) *Sampler { return &Sampler{o} }

// Sampling gives the intake a stage behind all others, lineage among them: what
// makes two operations the same is what would have been stored of them.
func (in *Intake) Sampling(s *Sampler) *Intake {
	with := *in
	with.sampler = s
	return &with
}

// Sample marks a record if it is an operation that may be a repeat. It must
// have passed the other stages.
func (s *Sampler) Sample(r *daybook.Record) {
	r.Pattern = nil
	if r.Kind != operation.kind || r.Amend || !s.takes(r) {
		return
	}
	r.Pattern = &daybook.Pattern{Says: daybook.DigestPattern(r.Values, edgesOf(r)), Sessions: s.o.Sessions}
}

// takes says that an operation is of the types wanted, and large enough.
func (s *Sampler) takes(r *daybook.Record) bool {
	is := func(word string) bool { return strings.EqualFold(word, r.Values[operation.kindOf].Text()) }
	if len(s.o.Operations) > 0 && !slices.ContainsFunc(s.o.Operations, is) {
		return false
	}
	if len(r.Derived) > 0 {
		return true
	}
	bytes := 0
	for _, i := range daybook.PatternColumns() {
		bytes += len(r.Values[i].Text())
	}
	return bytes >= leastLeftOut
}

// edgesOf gives the values of the edges that follow from a record.
func edgesOf(r *daybook.Record) func(func([]daybook.Value) bool) {
	return func(yield func([]daybook.Value) bool) {
		for i := range r.Derived {
			if r.Derived[i].Kind == edge.kind && !yield(r.Derived[i].Values) {
				return
			}
		}
	}
}

// Around gives a Recorder that marks what may be repeats on its way to the next.
func (s *Sampler) Around(next daybook.Recorder) daybook.Recorder { return sampled{s, next} }

type sampled struct {
	sampler *Sampler
	next    daybook.Recorder
}

// Record implements [daybook.Recorder].
func (s sampled) Record(ctx context.Context, p daybook.Principal, records []daybook.Record) ([]daybook.Receipt, error) {
	s.sampler.all(records)
	return s.next.Record(ctx, p, records)
}

func (s *Sampler) all(records []daybook.Record) {
	for i := range records {
		s.Sample(&records[i])
	}
}

// refuseRepeat refuses what only the ledger can say.
func refuseRepeat(_ *Call, r *daybook.Record) error {
	if r.Kind != operation.kind || r.Amend || !r.Values[operation.pattern].IsSet() {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeInvalid, Path: "/pattern_id", Message: "is given by the ledger",
		Hint: "leave pattern_id out, and say what was done each time: with sampling on, repeats are stored as references",
	}
}
