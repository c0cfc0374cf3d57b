package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/daybook-audit/daybook"
)

// CreateToken has the server make a token, which wants a token of role admin.
// It is tried once: an answer that is lost on its way has the text with it, and
// the token is to be revoked.
func (r *Remote) CreateToken(ctx context.Context, asked daybook.TokenRequest) (*daybook.NewToken, error) {
	body, err := json.Marshal(asked)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	answer, err := r.call(ctx, request{method: http.MethodPost, path: "/v1/tokens", body: body})
	if err != nil {
		return nil, err
	}
	var made daybook.NewToken
	return &made, r.decode(answer, &made)
}

// ListTokens gives the server's tokens, the first made first.
func (r *Remote) ListTokens(ctx context.Context) ([]daybook.TokenInfo, error) {
	var answer struct {
		Tokens []daybook.TokenInfo `json:"tokens"`
	}
	err := r.ask(ctx, "/v1/tokens", nil, &answer)
	return answer.Tokens, err
}

// RevokeToken ends a token by its name or id, for good.
func (r *Remote) RevokeToken(ctx context.Context, nameOrID string) (*daybook.TokenInfo, error) {
	answer, err := r.call(ctx, request{method: http.MethodPost, path: "/v1/tokens/" + url.PathEscape(nameOrID) + "/revoke"})
	if err != nil {
		return nil, err
	}
	var info daybook.TokenInfo
	return &info, r.decode(answer, &info)
}
