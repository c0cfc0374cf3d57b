package daybook

import (
	"context"
	"time"

	"github.com/daybook-audit/daybook/merkle"
)

// TransferState says where a ledger goes on that was carried from one store to
// another. Of all stores that hold entries of one ledger, one at most is
// [TransferHere] as long as nobody changes a store past Daybook.
type TransferState string

// The states of a store.
const (
	TransferHere     TransferState = ""         // the ledger goes on here
	TransferArriving TransferState = "arriving" // a copy that is not finished, which nobody opens
	TransferCopy     TransferState = "copy"     // a whole copy of a ledger that goes on elsewhere: it is read, and not written
	TransferMoved    TransferState = "moved"    // the ledger was moved away and goes on there: this is read, and not written
)

// Transfer is the mark that copying a ledger leaves in a store. It is state and
// no evidence. The zero Transfer is that of a store which was never copied to
// or moved from.
type Transfer struct {
	State TransferState
	ID    string    // of the copying, a UUID: both stores of a move have the same
	Peer  string    // the other store, as messages name it: no user, no password
	At    time.Time // when it was made, to the microsecond
}

// Same says that two marks are one.
func (t Transfer) Same(other Transfer) bool {
	return t.State == other.State && t.ID == other.ID && t.Peer == other.Peer && t.At.Equal(other.At)
}

// Chunk is what a copy adds to a store at once: rows that follow on the head
// without a gap, the tiles that they fill, and the head after them.
type Chunk struct {
	Rows  []Row // each has its place in the spine; its body may be gone
	Tiles []merkle.Tile
	Head  Head // Size, Root and LoggedAt after the chunk
}

// KnownTable is the columns of a table, as [KnownColumns] keeps them.
type KnownTable struct {
	Business, Table string
	Columns         []string
}

// StoreState is what a store keeps beside the ledger and is no evidence.
type StoreState struct {
	Tokens   []Token
	Tables   []KnownTable
	Patterns map[PatternKey]int64
	// Left names what else a store has and no other takes over, for people: a
	// database's mappings of its logins, and what was never in the ledger.
	Left []string
}

// Movable is a store whose ledger can be carried to another store and back:
// see the room transfer, which is the one caller.
type Movable interface {
	Store
	// Transfer gives the store's mark.
	Transfer(ctx context.Context) (Transfer, error)
	// Mark replaces the mark was by is, durably, and gives the head as it then
	// stands: where is says that the ledger does not go on here, nothing is
	// appended any more, by whoever has the store open. CodeConflict where the
	// mark is not was.
	Mark(ctx context.Context, was, is Transfer) (Head, error)
	// TakeOver makes an empty store, which never signed anything, one of that
	// ledger, and marks it, durably. CodeConflict where it is not empty.
	TakeOver(ctx context.Context, ledgerID string, is Transfer) error
	// Import appends a chunk in one durable transaction, to a store that is
	// marked as arriving.
	Import(ctx context.Context, c *Chunk) error
	// Complete ends an arrival in one durable transaction: the state takes the place
	// of what the store had, the checkpoint is the newest, nil for none, and the
	// mark is is.
	Complete(ctx context.Context, state *StoreState, checkpoint []byte, is Transfer) error
	// State gives what Complete takes.
	State(ctx context.Context) (*StoreState, error)
}
