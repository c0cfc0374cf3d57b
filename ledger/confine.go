package ledger

import (
	"context"
	"fmt"
	"strconv"

	"github.com/daybook-audit/daybook"
)

// MayProve says whether a principal may have an entry proven. To one that is
// bound to a business, an entry of another is one that does not exist, and so
// is one whose body is gone: nobody can tell any more whose it was.
func (l *Ledger) MayProve(ctx context.Context, p daybook.Principal, logID string) error {
	if p.Business == "" {
		return nil
	}
	spine, err := l.find(ctx, logID)
	if err != nil {
		return err
	}
	entries, err := l.store.Select(ctx, daybook.Query{
		Kind: spine.Kind, Seqs: []int64{spine.Seq}, Revisions: true, Business: p.Business,
	})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if len(entries) == 0 {
		return noEntry(logID)
	}
	return nil
}

// foreign says that an entry is none of a principal's business.
func foreign(p daybook.Principal, e *daybook.Entry) bool {
	return p.Business != "" && p.Business != e.Business()
}

// usedElsewhere is the answer to an id that a principal cannot have because
// another business has it. It does not say what that has made of it.
func usedElsewhere(path string) error {
	return &daybook.Error{
		Code: daybook.CodeConflict, Path: path, Message: "cannot be used",
		Hint: "leave it out, or choose another; random UUIDs do not collide",
	}
}

// mustBeOwn refuses a principal that is bound to an agent what is another's.
func mustBeOwn(p daybook.Principal, e *daybook.Entry, path string) error {
	if p.Agent == "" || e.Agent() == p.Agent {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeForbidden, Path: path, Message: "is another agent's, and the token writes as " + strconv.Quote(p.Agent) + " alone",
		Hint: "use the token of that agent, or one that is bound to none",
	}
}

// mayAmend refuses a principal that is bound to an agent what is not of that
// agent: what a kind says the agent is, and where it says none the agent of the
// session, or for what belongs to no session the one who wrote it. An escalation
// is also of the one it goes to, who acknowledges it.
func (s *sequencer) mayAmend(p daybook.Principal, before *daybook.Entry) error {
	if p.Agent == "" {
		return nil
	}
	path := "/" + before.Kind.Subject().Name
	if before.Kind.Agent() != nil {
		if before.Kind.Name == "escalation_logs" && before.Text("target") == p.Agent {
			return nil
		}
		return mustBeOwn(p, before, path)
	}
	session := before.Text("session_id")
	if session == "" && before.Principal() == p.Name {
		return nil
	}
	owner := before
	if session != "" {
		found, err := s.current(kindSession, session)
		if err != nil {
			return err
		}
		if found != nil {
			owner = found
		}
	}
	return mustBeOwn(p, owner, path)
}
