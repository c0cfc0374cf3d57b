package token

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
)

// pass is a token that was verified.
type pass struct {
	principal daybook.Principal
	hash      [32]byte
	expires   time.Time // of the token; zero for never
	until     time.Time // when the store is asked again
	use       *use
}

// Authenticate says whose a token is, by its text and the address that it came
// from. Errors are CodeUnauthorized, or CodeTooMany for an address from which
// too many failed; who bears a token that was made here is never kept out by
// those.
func (k *Keeper) Authenticate(ctx context.Context, text, address string) (daybook.Principal, error) {
	now := k.o.Now()
	id, s, err := parse(text)
	if err != nil {
		return k.refuse(address, "", "malformed", now, err)
	}
	hash := s.hash()
	known, ok := k.verified.Get(id)
	if ok {
		if subtle.ConstantTimeCompare(hash[:], known.hash[:]) != 1 {
			return k.refuse(address, known.principal.Name, "wrong_secret", now, errUnknown)
		}
		if now.Before(known.until) && (known.expires.IsZero() || now.Before(known.expires)) {
			known.use.note(now)
			return known.principal, nil
		}
	} else if !k.isMade(id, hash) && !k.logins.allowed(address, now) {
		return daybook.Principal{}, k.tooMany(address, now)
	}
	return k.verify(ctx, id, hash, address, now)
}

// isMade says whether this is the secret of a token that was made. Whether it is
// still good the store knows.
func (k *Keeper) isMade(id string, hash [32]byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	made, ok := k.made[id]
	return ok && subtle.ConstantTimeCompare(hash[:], made[:]) == 1
}

// unmake forgets a token that is good for nothing any more: who bears it waits
// like everybody.
func (k *Keeper) unmake(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.made, id)
}

// verify asks the store for a token and remembers one that is good.
func (k *Keeper) verify(ctx context.Context, id string, hash [32]byte, address string, now time.Time) (daybook.Principal, error) {
	k.mu.Lock()
	generation := k.generation
	k.mu.Unlock()
	t, err := k.store.TokenByID(ctx, id)
	if daybook.CodeOf(err) == daybook.CodeNotFound {
		k.unmake(id)
		return k.refuse(address, "", "unknown", now, errUnknown)
	}
	if err != nil {
		return daybook.Principal{}, fmt.Errorf("token: %w", err)
	}
	reason, err := k.judge(ctx, t, hash, now)
	switch {
	case reason == "" && err != nil:
		return daybook.Principal{}, err
	case err != nil:
		k.unmake(id)
		return k.refuse(address, t.Name, reason, now, err)
	}
	p := &pass{
		principal: daybook.Principal{Name: t.Name, Role: t.Role, Business: t.Business, Agent: t.Agent},
		hash:      t.Hash, expires: t.ExpiresAt, until: now.Add(k.o.TTL), use: k.uses.of(id),
	}
	p.use.note(now)
	k.mu.Lock()
	defer k.mu.Unlock()
	if generation == k.generation {
		k.verified.Add(id, p)
	}
	return p.principal, nil
}

// judge says why a token that is there is refused, and the reason in a word; no
// word where that could not be found out.
func (k *Keeper) judge(ctx context.Context, t *daybook.Token, hash [32]byte, now time.Time) (string, error) {
	if !k.o.Key.holds(t) {
		k.o.Logger.Error("token: a row of the token table was not written with the ledger's key; it is refused", "token", t.ID)
		return "forged", errUnknown
	}
	if subtle.ConstantTimeCompare(hash[:], t.Hash[:]) != 1 {
		return "wrong_secret", errUnknown
	}
	revoked, err := k.revokedIn(ctx, []daybook.Token{*t})
	switch {
	case err != nil:
		return "", err
	case !t.RevokedAt.IsZero() || revoked[t.ID]:
		return "revoked", ended(t.Name + " was revoked")
	case expired(t, now):
		return "expired", ended(t.Name + " expired at " + text(t.ExpiresAt))
	}
	return "", nil
}

// errUnknown does not say which of the two it is.
var errUnknown = &daybook.Error{
	Code: daybook.CodeUnauthorized, Message: "the token is not known here",
	Hint: "have an admin make one: daybook token create NAME --role ROLE",
}

func ended(what string) error {
	return &daybook.Error{
		Code: daybook.CodeUnauthorized, Message: "the token " + what,
		Hint: "have an admin make another, under another name",
	}
}
