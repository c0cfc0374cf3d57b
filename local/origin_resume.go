package local

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/ledger"
)

// refuseHalfMade refuses to open a ledger whose new origin is half made.
func refuseHalfMade(p Place, f Files) error {
	if !f.HalfMade() {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeConflict, Message: "local: " + p.String() + " is being given a new origin, and whoever began it was ended",
		Hint: "run `daybook ledger new-origin` again: it goes on where it was",
	}
}

// resume takes up a plan that was begun, if it is of this store.
func (p *OriginPlan) resume(ctx context.Context, f Files, text []byte) error {
	if err := json.Unmarshal(text, &p.plan); err != nil {
		return &daybook.Error{Code: daybook.CodeDamaged, Message: "local: " + f.plan + " cannot be read", Err: err, Hint: "move it away and run this again"}
	}
	p.Begun, p.Change, p.Moves, p.Elsewhere = true, p.plan.Change, p.plan.Moves, p.plan.Elsewhere
	p.o.Key, p.o.Public, p.o.Anchor = p.plan.Key, p.plan.Public, p.plan.Anchor
	for _, m := range p.Moves {
		// Else a new key would be made where nobody looks for it, beside an old
		// one that still stands in its place.
		if !exists(m.From) && !exists(m.To) {
			return &daybook.Error{
				Code: daybook.CodeConflict, Message: fmt.Sprintf("local: %s puts aside %s, which is neither there nor at %s", f.plan, m.From, m.To),
				Hint: "give the ledger's files the places again that they had when this was begun, and run it again",
			}
		}
	}
	head, err := p.store.Head(ctx)
	if err != nil {
		return err
	}
	s, err := ledger.Stand(ctx, p.store, "", nil)
	if err != nil {
		return err
	}
	root, err := s.RootAt(p.Change.Size)
	_, isShared := p.store.(daybook.Leaser) // others may have written meanwhile
	if err != nil || root.String() != p.Change.Root || head.Size-p.Change.Size > 1 && !isShared {
		return &daybook.Error{
			Code:    daybook.CodeConflict,
			Message: fmt.Sprintf("local: %s was begun for a store of %d entries, which this one is not", f.plan, p.Change.Size),
			Hint:    "put that store back and run this again; or give the files their names back that it lists under moves, and move it away",
		}
	}
	return nil
}
