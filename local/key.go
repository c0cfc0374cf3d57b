package local

import (
	"errors"
	"fmt"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// signer reads the ledger's key, or makes it while nothing has been signed yet.
func signer(head daybook.Head, keyFile, publicFile string) (*merkle.Signer, error) {
	private, err := merkle.ReadKey(keyFile)
	if errors.Is(err, os.ErrNotExist) {
		private, err = newKey(head, keyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("local: %w", err)
	}
	s, err := merkle.NewSigner(private)
	if err != nil {
		return nil, fmt.Errorf("local: %s: %w", keyFile, err)
	}
	// The public key follows from the private one: after a crash between the
	// two it is written now.
	if err := merkle.WritePublic(publicFile, s.Public()); err != nil {
		if errors.Is(err, os.ErrExist) {
			return nil, &daybook.Error{
				Code: daybook.CodeConflict, Message: publicFile + " is the public key of another ledger",
				Hint: "name this ledger's public key with --public-key, or move that file away",
			}
		}
		return nil, fmt.Errorf("local: %w", err)
	}
	return s, nil
}

func newKey(head daybook.Head, keyFile string) (string, error) {
	if head.Checkpoint != nil {
		return "", &daybook.Error{
			Code: daybook.CodeUnavailable, Message: "the key " + keyFile + " is gone, and the ledger has been signed with it",
			Hint: "restore the key, or name it with --key; a new key could not prove what was signed before",
		}
	}
	private, _, err := merkle.GenerateKey(daybook.OriginPrefix + head.LedgerID)
	if err != nil {
		return "", err
	}
	return private, merkle.WriteKey(keyFile, private)
}
