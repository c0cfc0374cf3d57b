package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/token"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, this once."`
	List   tokenListCmd   `cmd:"" help:"List the tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token, for good."`
}

type tokenCreateCmd struct {
	Name     string `arg:"" help:"The name of whoever bears it: it stands on all that they write, and is never used again."`
	Role     string `help:"What they may do: ${enum}." enum:"writer,reader,reviewer,auditor,admin" required:"" placeholder:"ROLE"`
	Business string `help:"The one business it is bound to, instead of all." placeholder:"B"`
	Agent    string `help:"The one agent that a writer writes as." placeholder:"A"`
	Expires  string `help:"When it ends: a time, a date, or in how long, such as 30d or 12h." placeholder:"T"`
}

func (tokenCreateCmd) Help() string {
	return `The token alone goes to standard output, so that it can be kept where only its
bearer reads it. It cannot be shown again.

From the first token on, every call of the server needs one, also on loopback.

Examples:
  daybook token create root --role admin > root.token
  daybook token create wasde-etl --role writer --agent wasde_transformer --expires 90d
  daybook token create acme-dashboard --role reader --business acme --server https://daybook.example`
}

func (c *tokenCreateCmd) Run(ctx context.Context, g *Globals) error {
	asked := daybook.TokenRequest{Name: c.Name, Role: daybook.Role(c.Role), Business: c.Business, Agent: c.Agent, Expires: c.Expires}
	return g.with(ctx, func(b *backend) error {
		made, err := b.tokens.CreateToken(ctx, asked)
		if err != nil {
			return err
		}
		fmt.Fprintf(g.err, "daybook: made the token %s, %s; it is shown only this once\n", made.Name, reach(made.TokenInfo))
		_, err = fmt.Fprintln(g.out, made.Text)
		return err
	})
}

// reach says how far a token reaches.
func reach(t daybook.TokenInfo) string {
	s := "role " + string(t.Role) + ", " + "business " + cmp.Or(t.Business, "any")
	if t.Agent != "" {
		s += ", agent " + t.Agent
	}
	if t.ExpiresAt != "" {
		s += ", until " + t.ExpiresAt
	}
	return s
}

type tokenListCmd struct{ Format }

func (tokenListCmd) Help() string {
	return `A token that is forged was changed in the database by somebody who has not the
ledger's key. It does not work; find out who.

Examples:
  daybook token list
  daybook token list --format json --server https://daybook.example`
}

func (c *tokenListCmd) Run(ctx context.Context, g *Globals) error {
	return g.asking(ctx, func(b *backend) error {
		infos, err := b.tokens.ListTokens(ctx)
		if err != nil {
			return err
		}
		t := &daybook.Table{Columns: []string{"name", "role", "business", "agent", "state", "created_at", "expires_at", "revoked_at", "last_used_at", "id"}}
		for _, i := range infos {
			t.Rows = append(t.Rows, []any{
				i.Name, string(i.Role), i.Business, i.Agent, string(i.State), i.CreatedAt, i.ExpiresAt, i.RevokedAt, i.LastUsedAt, i.ID,
			})
		}
		return c.rows(g.out, t, func() ([]byte, error) {
			if infos == nil {
				infos = []daybook.TokenInfo{}
			}
			return json.MarshalIndent(infos, "", "  ")
		})
	})
}

type tokenRevokeCmd struct {
	Token string `arg:"" name:"name-or-id" help:"The token's name, or its id."`
}

func (tokenRevokeCmd) Help() string {
	return `It is refused from then on, and its name stays its own. What it wrote stays.

Examples:
  daybook token revoke wasde-etl
  daybook token revoke wasde-etl --server https://daybook.example`
}

func (c *tokenRevokeCmd) Run(ctx context.Context, g *Globals) error {
	return g.asking(ctx, func(b *backend) error {
		info, err := b.tokens.RevokeToken(ctx, c.Token)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(g.out, "%s is revoked since %s\n", info.Name, info.RevokedAt)
		return err
	})
}

// tokens are kept over the wire or in process.
type tokens interface {
	CreateToken(ctx context.Context, asked daybook.TokenRequest) (*daybook.NewToken, error)
	ListTokens(ctx context.Context) ([]daybook.TokenInfo, error)
	RevokeToken(ctx context.Context, nameOrID string) (*daybook.TokenInfo, error)
}

// onStore keeps the tokens of a store in process, as who holds it.
type onStore struct{ *token.Keeper }

func (k onStore) CreateToken(ctx context.Context, asked daybook.TokenRequest) (*daybook.NewToken, error) {
	return k.Create(ctx, daybook.Local, asked)
}

func (k onStore) ListTokens(ctx context.Context) ([]daybook.TokenInfo, error) {
	return k.List(ctx, daybook.Local)
}

func (k onStore) RevokeToken(ctx context.Context, nameOrID string) (*daybook.TokenInfo, error) {
	return k.Revoke(ctx, daybook.Local, nameOrID)
}
