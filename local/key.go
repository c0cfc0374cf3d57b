package local

import (
	"errors"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// signerOf reads the ledger's key, or makes it where there never was one. The
// store is ours alone meanwhile, so nobody else makes one too. A crash between
// the key and what follows leaves a key that is read the next time.
func signerOf(head daybook.Head, o Options) (*merkle.Signer, error) {
	private, err := merkle.ReadKey(o.Key)
	if errors.Is(err, os.ErrNotExist) {
		private, err = makeKey(head, o)
	}
	if err != nil {
		return nil, err
	}
	signer, err := merkle.NewSigner(private)
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	return signer, nil
}

// makeKey makes the key of a ledger that has none. What has been signed, or
// has a public key, had one: another would only hide that it was lost.
func makeKey(head daybook.Head, o Options) (string, error) {
	trace := ""
	switch {
	case head.Checkpoint != nil:
		trace = "the store holds a signed checkpoint"
	case exists(o.Anchor):
		trace = o.Anchor + " holds one"
	case exists(o.Public):
		trace = o.Public + " is its public half"
	}
	if trace != "" {
		return "", &daybook.Error{
			Code: daybook.CodeNotFound, Message: "local: the ledger's private key " + o.Key + " is not there, but it was: " + trace,
			Hint: "restore the key from its copy, or say with --key where it is; `daybook verify` needs the public key alone. " +
				"If it is lost for good, `daybook ledger new-origin` goes on under a new name and key",
		}
	}
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	if err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	if err := merkle.WriteKey(o.Key, private); err != nil {
		return "", fmt.Errorf("local: %w", err)
	}
	o.Logger.Info("made the ledger's key; keep a copy of it in another place", "key", o.Key, "public", o.Public)
	return private, nil
}
