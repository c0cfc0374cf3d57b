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

// authorize refuses what the principal's role may not write, and what belongs
// to another business than the one that the principal is bound to.
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
	if own, given := call.Principal.Business, r.Business(); own != "" && given != "" && given != own {
		return forbidden("/business_id", "the token is bound to business "+quoted(own)+", not "+quoted(given), "leave business_id out")
	}
	return nil
}

func forbidden(path, message, hint string) error {
	return &daybook.Error{Code: daybook.CodeForbidden, Path: path, Message: message, Hint: hint}
}
