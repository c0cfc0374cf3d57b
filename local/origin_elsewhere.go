package local

import (
	"context"
	"errors"
	"fmt"

	"github.com/daybook-audit/daybook"
)

// openWhole opens a store to give its ledger a new origin: also one that the
// ledger has left, and that nobody writes any more, as the other may be lost. One
// that was never copied whole is none.
func openWhole(ctx context.Context, p Place, o Options) (Store, error) {
	o.transfer = true
	s, err := p.open(ctx, o, false)
	if err != nil {
		return nil, err
	}
	mark, err := markOf(ctx, s)
	if err == nil && mark.State == daybook.TransferArriving {
		err = &daybook.Error{
			Code: daybook.CodeConflict, Message: fmt.Sprintf("local: %s is an unfinished copy of %s", p, mark.Peer),
			Hint: "run `daybook copy` from there to here again: it goes on where it was",
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func markOf(ctx context.Context, s Store) (daybook.Transfer, error) {
	if movable, ok := s.(daybook.Movable); ok {
		return movable.Transfer(ctx)
	}
	return daybook.Transfer{}, nil
}

// goesOn finds out whether the ledger went on in another store.
func (p *OriginPlan) goesOn(ctx context.Context) error {
	mark, err := markOf(ctx, p.store)
	switch {
	case err != nil:
		return err
	case mark.State == daybook.TransferMoved:
		p.Change.Wrong = append(p.Change.Wrong, "the ledger was moved to "+mark.Peer+", and what was written since is there")
	case mark.State == daybook.TransferCopy:
		p.Change.Wrong = append(p.Change.Wrong, "this is a copy of a ledger that goes on in "+mark.Peer+", and what was written since is there")
	default:
		return nil
	}
	p.Elsewhere = mark.Peer
	return nil
}

// mayRevive finds out, before anything is done, whether the login may have a
// store take entries again that the ledger had left.
func (p *OriginPlan) mayRevive(ctx context.Context) error {
	if p.Elsewhere == "" {
		return nil
	}
	mark, err := markOf(ctx, p.store)
	if err == nil && mark.State != daybook.TransferHere {
		_, err = p.store.(daybook.Movable).Mark(ctx, mark, mark)
	}
	return err
}

// revive has such a store take entries, under the new id.
func (p *OriginPlan) revive(ctx context.Context) error {
	if p.Elsewhere == "" {
		return nil
	}
	if err := p.rename(ctx); err != nil {
		return err
	}
	p.o.Step("revived")
	return nil
}
