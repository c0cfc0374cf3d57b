package intake

import (
	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
)

// complete fills in what a client may leave out: the log_id of every record,
// and the ids, tenant, time and defaults of one that begins a subject.
func complete(call *Call, r *daybook.Record) error {
	p := planOf(r)
	nameOnce(r, p.logID)
	if r.Amend {
		return nil
	}
	if err := completeSubject(p, r); err != nil {
		return err
	}
	completeBusiness(call, p, r)
	completeTime(call, p, r)
	for _, d := range p.defaults {
		fill(r, d.at, d.value)
	}
	fill(r, p.address, call.address)
	fill(r, p.userAgent, call.userAgent)
	if p.session != nil {
		return completeLayer(p.session, r)
	}
	return nil
}

// fill sets the value at a place where there is none. A place of -1 is a
// column that the kind does not have.
func fill(r *daybook.Record, at int, v daybook.Value) {
	if at >= 0 && !r.Values[at].IsSet() {
		r.Fill(at, v)
	}
}

func completeSubject(p *plan, r *daybook.Record) error {
	c := &r.Kind.Columns[p.subject]
	given := r.Values[p.subject].IsSet()
	switch {
	case c.Serial && given:
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/" + c.Name, Message: "is given by the ledger",
			Hint: "leave " + c.Name + " out; the receipt has it",
		}
	case !c.Serial:
		nameOnce(r, p.subject)
	}
	return nil
}

func completeBusiness(call *Call, p *plan, r *daybook.Record) {
	if r.Values[p.business].IsSet() {
		return
	}
	name := call.Principal.Business
	if name == "" {
		name = r.Kind.Columns[p.business].Default
	}
	r.Fill(p.business, daybook.TextValue(name))
}

// completeTime fills in the kind's time where it is absent: the time of the
// call, or the earliest of the times given that may not come before it. What
// is told only at its end began no later than it ended.
func completeTime(call *Call, p *plan, r *daybook.Record) {
	if r.Values[p.time].IsSet() {
		return
	}
	first := call.Now
	for _, i := range p.afterTime {
		if v := r.Values[i]; v.IsSet() && v.Text() < first {
			first = v.Text()
		}
	}
	r.Fill(p.time, daybook.TextValue(first))
}

// nameOnce gives an id at its place. One that is there, be it from an earlier
// call, counts as the caller's own: it may have been written before.
func nameOnce(r *daybook.Record, at int) {
	if r.Values[at].IsSet() {
		r.Given(at)
		return
	}
	r.Fill(at, newID())
}

// newID makes a UUIDv7. Those of one process grow, which keeps the stores'
// indexes narrow where they are written.
func newID() daybook.Value {
	return daybook.TextValue(uuid.Must(uuid.NewV7()).String())
}
