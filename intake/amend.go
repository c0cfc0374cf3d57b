package intake

import (
	"github.com/daybook-audit/daybook"
)

// checkAmendment wants an amendment to name its subject and to fill at least
// one column, and none but those that the catalog lets an amendment fill. What
// each may be filled with depends on what stands in the ledger, and is the
// ledger's to judge.
func checkAmendment(_ *Call, r *daybook.Record) error {
	if !r.Amend {
		return nil
	}
	p := planOf(r)
	if len(p.amendable) == 0 {
		return &daybook.Error{
			Code: daybook.CodeConflict, Message: r.Kind.Name + " cannot be amended",
			Hint: "what was written stands; write a new record",
		}
	}
	if !r.Values[p.subject].IsSet() {
		subject := r.Kind.Subject().Name
		return &daybook.Error{
			Code: daybook.CodeInvalid, Path: "/" + subject, Message: "is missing",
			Hint: "say in " + subject + " which of " + r.Kind.Name + " to amend",
		}
	}
	if err := checkFilled(p, r); err != nil {
		return err
	}
	for _, i := range p.amendable {
		if r.Values[i].IsSet() {
			return nil
		}
	}
	return &daybook.Error{Code: daybook.CodeInvalid, Message: "the amendment fills nothing", Hint: p.amendHint()}
}

func checkFilled(p *plan, r *daybook.Record) error {
	for i := range r.Values {
		c := &r.Kind.Columns[i]
		if !r.Values[i].IsSet() || c.Amend != daybook.RuleNone || c.Envelope || i == p.subject || i == p.business {
			continue
		}
		return &daybook.Error{Code: daybook.CodeConflict, Path: "/" + c.Name, Message: "cannot be amended", Hint: p.amendHint()}
	}
	return nil
}

func (p *plan) amendHint() string {
	return "an amendment of " + p.kind.Name + " may fill " + p.amendableNames
}
