package local

import (
	"context"
	"os"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
)

// pageSize is what a SQLite file has at least once it has anything: one that is
// no larger may be empty, or have all that it holds in its write-ahead log.
const pageSize = 8 << 10

// refuseLost refuses to make a ledger where one was: whose public key or anchor
// is there, and whose store is gone or empty. It comes before the store is
// opened, which would make it, over what could still be found in the file.
func refuseLost(ctx context.Context, path string, o Options) error {
	trace := o.Anchor
	if !exists(trace) {
		trace = o.Public
	}
	if !exists(trace) || holdsLedger(ctx, path, o) {
		return nil
	}
	return &daybook.Error{
		Code: daybook.CodeNotFound, Message: "local: " + path + " holds no ledger, but it did: " + trace + " is still there",
		Hint: "put back a copy of the store, and its -wal file if the copy has one; to begin a new ledger, give it another path",
	}
}

// holdsLedger says that a store may hold a ledger: it is not gone, and not
// empty. What else may be wrong with it, opening it will tell.
func holdsLedger(ctx context.Context, path string, o Options) bool {
	info, err := os.Stat(path)
	if err != nil {
		return !os.IsNotExist(err)
	}
	if info.Size() > pageSize {
		return true
	}
	if info.Size() == 0 {
		return false
	}
	s, err := sqlite.Open(ctx, path, sqlite.Options{ReadOnly: true, Logger: o.Logger})
	if err != nil {
		return daybook.CodeOf(err) != daybook.CodeInvalid && daybook.CodeOf(err) != daybook.CodeDamaged
	}
	return s.Close() == nil
}
