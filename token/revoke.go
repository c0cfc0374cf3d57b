package token

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
)

// Revoke ends a token by its name or id, for good. It is refused from then on,
// also where somebody puts the store back to before: the ledger has it too.
// Revoking again changes nothing, and enters what could not be entered before.
func (k *Keeper) Revoke(ctx context.Context, by daybook.Principal, nameOrID string) (*daybook.TokenInfo, error) {
	if err := mayKeep(by); err != nil {
		return nil, err
	}
	now := k.o.Now().UTC().Truncate(time.Microsecond)
	var t daybook.Token
	err := k.store.ChangeTokens(ctx, func(all []daybook.Token) ([]daybook.Token, error) {
		var err error
		if t, err = named(all, nameOrID); err != nil {
			return nil, err
		}
		if !k.o.Key.holds(&t) {
			return nil, &daybook.Error{
				Code: daybook.CodeDamaged, Message: "somebody without the ledger's key has changed the token " + t.Name,
				Hint: "it is refused as it is; find out who writes to the database",
			}
		}
		if !t.RevokedAt.IsZero() {
			return nil, nil
		}
		t.RevokedAt = now
		t = k.o.Key.seal(t)
		return []daybook.Token{t}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	k.forget(t.ID)
	err = k.enter(ctx, revokedEvent(by, &t, now))
	if err != nil && daybook.CodeOf(err) != daybook.CodeConflict { // a conflict: it is entered already
		return nil, fmt.Errorf("token: %s is revoked, but that could not be entered into the ledger; revoke it again: %w", t.Name, err)
	}
	info := k.info(&t, true)
	return &info, nil
}

// named finds a token by its name, else by its id.
func named(all []daybook.Token, nameOrID string) (daybook.Token, error) {
	for _, by := range []func(daybook.Token) bool{
		func(t daybook.Token) bool { return t.Name == nameOrID },
		func(t daybook.Token) bool { return t.ID == nameOrID },
	} {
		if i := slices.IndexFunc(all, by); i >= 0 {
			return all[i], nil
		}
	}
	return daybook.Token{}, &daybook.Error{
		Code: daybook.CodeNotFound, Message: "there is no token " + daybook.Clip(nameOrID), Hint: "daybook token list shows those that there are",
	}
}

// forget makes the next request with a token ask the store. What was read
// there before is not remembered any more.
func (k *Keeper) forget(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.generation++
	k.verified.Remove(id)
}
