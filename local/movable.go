package local

import (
	"context"
	"errors"

	"github.com/daybook-audit/daybook"
)

// OpenMovable opens the store at a place whatever its mark, for whoever copies
// ledgers: see [daybook.Transfer]. One that is only read may be in use. It asks
// for no key.
func OpenMovable(ctx context.Context, p Place, o Options, readOnly bool) (daybook.Movable, error) {
	o.fill()
	o.transfer = true
	s, err := p.open(ctx, o, readOnly)
	if err != nil {
		return nil, err
	}
	movable, ok := s.(daybook.Movable)
	if !ok {
		return nil, errors.Join(daybook.Invalidf("", "local: %s is of a sort that cannot be copied", p), s.Close())
	}
	return movable, nil
}

// FilesFor names the files of a ledger where it is to be kept at a place.
func FilesFor(p Place, ledgerID string, o Options) (Files, error) { return p.files(ledgerID, o) }
