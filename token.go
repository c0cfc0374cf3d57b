package daybook

import (
	"context"
	"time"
)

// Itself is the principal of what Daybook writes on its own account, such as
// tokens made and failed logins. No token can have its name, nor [Local]'s.
var Itself = Principal{Name: "daybook", Role: RoleAdmin}

// AllBusinesses is the business of what belongs to no single one: what the
// server writes of itself, and reads by those who are bound to none. No token
// can be bound to it, so nobody who is bound to a business sees it.
const AllBusinesses = "*"

// Token is what a store keeps of a token: whom it stands for and how far it
// reaches, never the secret. A time that is zero has not come.
type Token struct {
	ID       string // the public part of the token's text
	Name     string // the principal's
	Role     Role
	Business string // the one it is bound to; "" for all
	Agent    string // the one agent it may write as; "" for any

	Hash      [32]byte  // SHA-256 of the secret
	CreatedAt time.Time // to the microsecond, as all of its times
	ExpiresAt time.Time // from then on it is refused; zero for never
	RevokedAt time.Time // zero for not revoked
	MAC       [32]byte  // over all of the above, under a key that the store does not have

	LastUsedAt time.Time // about; not under the MAC
}

// Tokens is the part of a store that keeps tokens. It is state and no
// evidence: it stands outside the tree and may be changed. What the store says
// of a token counts only as far as its MAC holds.
type Tokens interface {
	// AddToken keeps a new token, durably. CodeConflict where there is one of
	// its id, or of its name in any case of letters, revoked or not.
	AddToken(ctx context.Context, t Token) error
	// TokenByID gives a token, or CodeNotFound.
	TokenByID(ctx context.Context, id string) (*Token, error)
	// ListTokens gives all tokens, the first made first.
	ListTokens(ctx context.Context) ([]Token, error)
	// ChangeTokens calls change with all tokens and keeps what it gives of them
	// in the place of those with the same ids, in one durable transaction. It
	// adds none and deletes none. An error of change is passed on unchanged.
	ChangeTokens(ctx context.Context, change func([]Token) ([]Token, error)) error
	// UseTokens notes when tokens were last used, by their ids. Those that do
	// not exist are left out.
	UseTokens(ctx context.Context, last map[string]time.Time) error
}
