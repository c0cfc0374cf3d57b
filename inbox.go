package daybook

import (
	"context"
	"time"
)

// Letter is a record that a job has left in a store by SQL, and that waits to
// be taken into the ledger.
type Letter struct {
	Place     int64  // in the inbox, which gives the order
	Kind      string // as the job says
	Record    []byte // JSON: an object of the kind's fields, and "amend"
	Writer    string // who had logged in to the database
	Business  string // the one that the writer is bound to; "" for any
	WrittenAt time.Time
}

// RefusedLetter is a letter that the ledger does not take, and why.
type RefusedLetter struct {
	Letter
	Why *Error
}

// Waiting says what is in an inbox.
type Waiting struct {
	Letters int64     // that are not in the ledger yet
	Since   time.Time // when the oldest of them was written; zero for none
	Refused int64     // letters that the ledger did not take, and nobody has settled
}

// Inbox is the part of a store in which jobs leave records by SQL, without a
// server. Nothing in it is evidence: a letter becomes that in the ledger.
type Inbox interface {
	// Letters gives the first of those that wait, at most so many, in the order
	// in which they are to be recorded: what had been committed before another was
	// written comes before it, and what one transaction wrote comes as it was
	// written.
	Letters(ctx context.Context, most int) ([]Letter, error)
	// Settle takes letters out, durably and all at once: those that the ledger
	// has, and those that it refused, which are kept aside with the reason.
	Settle(ctx context.Context, taken []Letter, refused []RefusedLetter) error
	// Await returns when letters wait, and at the latest after about a second.
	Await(ctx context.Context) error
	// Waiting counts what is there.
	Waiting(ctx context.Context) (Waiting, error)
}
