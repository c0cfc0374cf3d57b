package local

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/token"
)

// tokensOf keeps the tokens of a store, under the key that follows from the
// ledger's.
func tokensOf(ctx context.Context, s Store, signer *merkle.Signer, r daybook.Recorder, o Options) (*token.Keeper, error) {
	key, err := token.KeyOf(signer)
	if err != nil {
		return nil, err
	}
	return token.Open(ctx, s, token.Options{Key: key, Recorder: r, Logger: o.Logger})
}
