package local

import (
	"context"
	"errors"
	"os"

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

// goesOnHere says that writes cannot be taken where the ledger was moved while
// this process has it open, or nil.
func goesOnHere(ctx context.Context, s daybook.Movable) error {
	mark, err := s.Transfer(ctx)
	if err != nil || mark.State == daybook.TransferHere {
		return err
	}
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "local: the ledger does not go on here, but in " + mark.Peer,
		Hint: "stop this server, and point those that write to the other store",
	}
}

// SamePlace says that two places are one: a file by whatever path, or a database
// by one host, port and name. Where hosts have several names it is not seen.
func SamePlace(a, b Place) bool {
	if a.String() == b.String() {
		return true
	}
	one, errOne := os.Stat(a.String())
	other, errOther := os.Stat(b.String())
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

// FilesFor names the files of a ledger where it is to be kept at a place.
func FilesFor(p Place, ledgerID string, o Options) (Files, error) { return p.files(ledgerID, o) }
