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

// TokenRequest asks for a token.
type TokenRequest struct {
	Name     string `json:"name"`               // the principal's: what stands on its entries
	Role     Role   `json:"role"`               // one of Roles
	Business string `json:"business,omitempty"` // the one it is bound to; "" for all
	Agent    string `json:"agent,omitempty"`    // of a writer: the one agent it writes as; "" for any
	Expires  string `json:"expires,omitempty"`  // a time, a date, or in how long, such as 30d; "" for never
}

// TokenState is what a token is good for now.
type TokenState string

// The states of a token.
const (
	TokenActive  TokenState = "active"
	TokenExpired TokenState = "expired"
	TokenRevoked TokenState = "revoked"
	TokenForged  TokenState = "forged" // its row was not written with the ledger's key
)

// TokenInfo is a token as it is shown: times are canonical, "" for none.
type TokenInfo struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Role       Role       `json:"role"`
	Business   string     `json:"business,omitempty"`
	Agent      string     `json:"agent,omitempty"`
	State      TokenState `json:"state"`
	CreatedAt  string     `json:"created_at"`
	ExpiresAt  string     `json:"expires_at,omitempty"`
	RevokedAt  string     `json:"revoked_at,omitempty"`
	LastUsedAt string     `json:"last_used_at,omitempty"`
}

// NewToken is a token that was just made, with its text: the only time that it
// is shown.
type NewToken struct {
	Text string `json:"token"`
	TokenInfo
}
