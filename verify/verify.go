package verify

import (
	"context"
	"fmt"
	"time"

	"github.com/daybook-audit/daybook"
	"golang.org/x/mod/sumdb/note"
)

// Source is what verify reads of a store. A [daybook.Store] is one, and so is
// an [Export].
//
// FullTile is called while Scan runs, from another goroutine. Each row of a
// scan must stay as it is after fn has returned.
type Source interface {
	// Head gives where the ledger says it stands.
	Head(ctx context.Context) (daybook.Head, error)
	// Scan calls fn with every row from seq from on, in ledger order.
	Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error
	// FullTile gives the hashes of a full tile, or CodeNotFound.
	FullTile(ctx context.Context, level int, index int64) ([]byte, error)
}

// Options say what to hold the ledger against. The zero Options check it
// against itself alone, and the report says so.
type Options struct {
	// Public is the ledger's public key, a note verifier key. Without it
	// signatures are not checked.
	Public string
	// Anchor is the last checkpoint that the ledger signed, kept outside the
	// store; or any checkpoint that somebody kept. It must have been read
	// before Run is called where the ledger is live. Nil for none.
	Anchor []byte
	// Now is the clock that tells whether a body's time is over; time.Now if nil.
	Now func() time.Time
	// Progress is told how many entries are done of how many; total is 0 where
	// that is not known. It may be nil. It is called from one other goroutine.
	Progress func(done, total int64)
	// EntriesOnly leaves out the inspection of the store's indexes and schema,
	// which takes longer than checking the entries.
	EntriesOnly bool
	// MaxProblems bounds the problems that the report lists, 1,000 if 0. All
	// are counted; those of the ledger as a whole are always listed.
	MaxProblems int
}

const defaultProblems = 1000

// Run checks a ledger. The error is for what kept it from checking, such as a
// store that cannot be read or a public key that is none; what it found stands
// in the report.
func Run(ctx context.Context, source Source, o Options) (*Report, error) {
	if o.MaxProblems <= 0 {
		o.MaxProblems = defaultProblems
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := checkPublic(o.Public); err != nil {
		return nil, err
	}
	p, err := newPass(ctx, source, o)
	if err != nil {
		return nil, err
	}
	inspected := p.inspect()
	if err := stream(ctx, source, p.take); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if err := p.finish(); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if err := p.inspection(<-inspected); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	if err := p.inbox(); err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return p.report, nil
}

func checkPublic(public string) error {
	if public == "" {
		return nil
	}
	if _, err := note.NewVerifier(public); err != nil {
		return &daybook.Error{
			Code: daybook.CodeInvalid, Message: "verify: the public key is not a note verifier key", Err: err,
			Hint: "give the one line of the ledger's .pub file, name+id+key",
		}
	}
	return nil
}
