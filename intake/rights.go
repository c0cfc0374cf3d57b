package intake

import (
	"slices"

	"github.com/daybook-audit/daybook"
)

// right is what a role may write.
type right struct {
	role       daybook.Role
	restricted bool     // kinds that Daybook itself or an admin writes
	creates    bool     // new subjects
	amends     []string // the only kinds it may amend; nil for all that it may create
}

// rights is who may write what. A role that is not here writes nothing.
var rights = []right{
	{role: daybook.RoleAdmin, creates: true, restricted: true},
	{role: daybook.RoleWriter, creates: true},
	{role: daybook.RoleReviewer, amends: []string{"decision_logs", "escalation_logs"}},
}

// rightOf gives the right of a role, or nil for none.
func rightOf(role daybook.Role) *right {
	for i := range rights {
		if rights[i].role == role {
			return &rights[i]
		}
	}
	return nil
}

// ofAll are the kinds that speak of the whole ledger, whichever business an
// entry of them names: who is bound to one does not write them.
var ofAll = []string{"ledger_event", "retention_run", "retention_hold", "erasure"}

// authorize refuses what the principal's role may not write, and what belongs
// to another business or agent than those that the principal is bound to.
func authorize(call *Call, r *daybook.Record) error {
	switch {
	case call.right == nil:
		return forbidden("", "a token of role "+quoted(string(call.Principal.Role))+" may not write", "use a token of role writer")
	case r.Kind.Restricted && !call.right.restricted:
		return forbidden("/kind", r.Kind.Name+" is written by Daybook itself, or by an admin", "use a token of role admin")
	case !r.Amend && !call.right.creates:
		return forbidden("", "a token of role "+string(call.right.role)+" amends what is there, and writes nothing new", "use a token of role writer")
	case r.Amend && call.right.amends != nil && !slices.Contains(call.right.amends, r.Kind.Name):
		return forbidden("/kind", "a token of role "+string(call.right.role)+" may not amend "+r.Kind.Name, "use a token of role writer")
	}
	if err := confineBusiness(call.Principal, r); err != nil {
		return err
	}
	return confineAgent(call.Principal, r)
}

// confineBusiness keeps a record within the business that the principal is
// bound to, and what agents write out of the one that belongs to nobody.
func confineBusiness(p daybook.Principal, r *daybook.Record) error {
	given := r.Business()
	switch {
	case p.Business == "" && given == daybook.AllBusinesses && !r.Kind.Restricted:
		e := daybook.Invalidf("/business_id", "is for what Daybook writes of itself")
		e.Hint = "name a business, or leave business_id out"
		return e
	case p.Business == "":
		return nil
	case slices.Contains(ofAll, r.Kind.Name):
		return forbidden("/kind", r.Kind.Name+" speaks of every business, and the token is bound to one", "use a token of role admin that is bound to none")
	case given != "" && given != p.Business:
		return forbidden("/business_id", "the token is bound to business "+quoted(p.Business)+", not "+quoted(given), "leave business_id out")
	}
	return nil
}

// confineAgent makes a record that names no agent that of the principal's, and
// refuses one that names another. What an amendment is of, the ledger knows.
func confineAgent(p daybook.Principal, r *daybook.Record) error {
	column := r.Kind.Agent()
	if p.Agent == "" || column == nil || r.Amend {
		return nil
	}
	switch given := r.Get(column.Name); {
	case !given.IsSet():
		r.Set(column.Name, daybook.TextValue(p.Agent))
	case given.Text() != p.Agent:
		return forbidden("/"+column.Name, "the token writes as "+quoted(p.Agent)+", not "+quoted(given.Text()), "leave "+column.Name+" out")
	}
	return nil
}

func forbidden(path, message, hint string) error {
	return &daybook.Error{Code: daybook.CodeForbidden, Path: path, Message: message, Hint: hint}
}
