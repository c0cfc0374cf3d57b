package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// The lease under which a ledger that was never signed gets its key, and how
// often it is asked for.
const (
	leaseKey  = "key"
	askForKey = 50 * time.Millisecond
)

// beginning is the time in which a shared ledger gets its key and its first
// checkpoint, and in which no other process gives it one too.
type beginning struct{ lease daybook.Lease }

func (b *beginning) end(ctx context.Context) {
	if b.lease != nil {
		_ = b.lease.Release(context.WithoutCancel(ctx)) // it goes with the store at the latest
	}
}

// begin waits until this process is the one that may sign the first checkpoint
// of a shared ledger, or another has. It gives the head as it is then.
func begin(ctx context.Context, s Store, head daybook.Head) (daybook.Head, *beginning, error) {
	leaser, isShared := s.(daybook.Leaser)
	for isShared && head.Checkpoint == nil {
		lease, err := leaser.Lease(ctx, leaseKey)
		if err != nil {
			return head, nil, err
		}
		b := &beginning{lease}
		if head, err = s.Head(ctx); err != nil {
			b.end(ctx)
			return head, nil, err
		}
		if lease != nil {
			return head, b, nil
		}
		select {
		case <-ctx.Done():
			return head, nil, ctx.Err()
		case <-time.After(askForKey):
		}
	}
	return head, &beginning{}, nil
}

// signerOf reads the ledger's key, or makes it where there never was one.
// Nobody else makes one meanwhile. A crash between
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
			Hint: "restore the key from its copy, or from another server of this ledger, or say with --key where it is; `daybook verify` needs the public key alone. " +
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
