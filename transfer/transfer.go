package transfer

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Options say how to copy. From and To name the stores for people: they stand
// in messages and in the marks, so they hold no password.
type Options struct {
	From, To string
	Move     bool // the ledger goes on in the target from then on
	// Progress is told how many entries the target has of how many; nil for nobody.
	Progress func(done, total int64)
	// Step is called after each durable step: begun, chunk, sealed, settled; nil for
	// nobody. It is where tests end the process.
	Step func(step string)
	// Rows bounds the entries of a chunk, 4,096 if 0.
	Rows int
}

// Report is what was copied.
type Report struct {
	LedgerID   string
	Size       int64 // entries that the target has now
	Copied     int64 // of them by this call
	Bodiless   int64 // of those copied, how many have a place and no body
	Root       [32]byte
	Checkpoint []byte   // the newest signed one that came along, nil for none
	Grown      int64    // entries that the source has got meanwhile; the next call takes them
	Left       []string // what the source has besides and was not carried, for people
	Already    bool     // the ledger was moved before, and goes on in the target
}

// run is one copying.
type run struct {
	Options
	from, to daybook.Movable
	origin   daybook.Transfer // of the source, as it was found
	mark     daybook.Transfer // of the target, while it arrives
	report   Report
}

// Copy carries the ledger in from to to, or what of it to does not have yet. A
// process that is ended leaves what the next call goes on from:
//
//	begun     the target is marked as arriving, and is of the source's ledger.
//	          Crash before: nothing was done. From here on nobody opens it.
//	chunk     some more entries are in the target, with their tiles and a root
//	          that is the source's at that size. Crash: the next call begins
//	          behind them.
//	sealed    a move: the source says that it moved, and takes no entry any more.
//	          What it got since the last chunk is copied. Crash: neither store is
//	          written until the next call, which finds the mark of the same move
//	          in both and goes on.
//	settled   the target has the state and the checkpoint, and its mark is what it
//	          shall be. Crash: all is done, and the next call finds it so.
func Copy(ctx context.Context, from, to daybook.Movable, o Options) (*Report, error) {
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	if o.Rows <= 0 {
		o.Rows = chunkRows
	}
	r := &run{Options: o, from: from, to: to}
	head, err := from.Head(ctx)
	if err != nil {
		return nil, err
	}
	if r.origin, err = r.source(ctx); err != nil {
		return nil, err
	}
	already, err := r.target(ctx, head)
	if err != nil {
		return nil, err
	}
	if already {
		return r.done(ctx)
	}
	r.Step("begun")
	if err := r.copyUpTo(ctx, head); err != nil {
		return nil, err
	}
	if o.Move {
		if head, err = r.seal(ctx); err != nil {
			return nil, err
		}
		r.Step("sealed")
		if err := r.copyUpTo(ctx, head); err != nil {
			return nil, err
		}
	}
	return r.settle(ctx, head)
}

// source looks at the mark of the source.
func (r *run) source(ctx context.Context) (daybook.Transfer, error) {
	t, err := r.from.Transfer(ctx)
	switch {
	case err != nil:
		return t, err
	case t.State == daybook.TransferArriving:
		return t, conflict("run daybook copy to it again first: it goes on where it was", "%s is itself an unfinished copy of %s", r.From, t.Peer)
	case r.Move && t.State == daybook.TransferCopy:
		return t, conflict("move it from there", "%s is a copy of a ledger that goes on in %s", r.From, t.Peer)
	}
	return t, nil
}

// target makes sure that the target is one which this ledger may arrive in, and
// marks it. It says whether the ledger goes on there already.
func (r *run) target(ctx context.Context, head daybook.Head) (already bool, err error) {
	there, err := r.to.Head(ctx)
	if err != nil {
		return false, err
	}
	mark, err := r.to.Transfer(ctx)
	if err != nil {
		return false, err
	}
	moved := r.Move && r.origin.State == daybook.TransferMoved
	same := there.LedgerID == head.LedgerID
	fresh := there.Size == 0 && there.Checkpoint == nil && mark.State == daybook.TransferHere
	switch {
	case moved && mark.ID != r.origin.ID:
		return false, conflict("have it go on from there", "the ledger in %s was moved to %s already", r.From, r.origin.Peer)
	case moved && same && mark.State == daybook.TransferHere:
		return true, nil
	case fresh && !moved:
		r.mark = r.newMark()
		return false, r.to.TakeOver(ctx, head.LedgerID, r.mark)
	case !same:
		return false, conflict("name a store that is not there yet, or is empty", "%s holds another ledger, %s%s", r.To, daybook.OriginPrefix, there.LedgerID)
	case mark.State == daybook.TransferHere:
		return false, conflict("if the two names mean one store, there is nothing to copy; else keep one of the two: `daybook ledger status` says where each stands", "%s holds this ledger too, and it goes on there by itself", r.To)
	}
	if err := r.begins(ctx, head, there); err != nil {
		return false, err
	}
	if r.mark = mark; mark.State == daybook.TransferArriving {
		return false, nil
	}
	r.mark = r.newMark()
	_, err = r.to.Mark(ctx, mark, r.mark)
	return false, err
}

// newMark is the mark of a target, which has the id of the move where that was
// begun.
func (r *run) newMark() daybook.Transfer {
	t := daybook.Transfer{State: daybook.TransferArriving, ID: uuid.Must(uuid.NewV7()).String(), Peer: r.From, At: now()}
	if r.Move && r.origin.State == daybook.TransferMoved {
		t.ID = r.origin.ID
	}
	return t
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// seal has the source take no more entries, and gives its last head.
func (r *run) seal(ctx context.Context) (daybook.Head, error) {
	if r.origin.State == daybook.TransferMoved {
		return r.from.Head(ctx)
	}
	return r.from.Mark(ctx, r.origin, daybook.Transfer{State: daybook.TransferMoved, ID: r.mark.ID, Peer: r.To, At: now()})
}

// settle ends the arrival.
func (r *run) settle(ctx context.Context, head daybook.Head) (*Report, error) {
	state, err := r.from.State(ctx)
	if err != nil {
		return nil, err
	}
	if r.Move {
		if head, err = r.signed(ctx, head); err != nil {
			return nil, err
		}
	}
	r.report.Left = state.Left
	is := r.mark
	is.State, is.Peer, is.At = daybook.TransferCopy, r.From, now()
	switch {
	case r.Move:
		is.State = daybook.TransferHere
	case r.origin.State != daybook.TransferHere:
		is.Peer = r.origin.Peer // where it goes on
	}
	if err := r.to.Complete(ctx, state, head.Checkpoint, is); err != nil {
		return nil, err
	}
	r.Step("settled")
	return r.done(ctx)
}

// How long a server of the source may take to sign what it wrote last, which it
// does each second, and how often that is looked at.
const (
	signTime  = 10 * time.Second
	signEvery = 50 * time.Millisecond
)

// signed waits until a server that has a source open has signed the end of it, so
// that the target has the newest checkpoint there is. One of the servers always
// has the charge of the inbox; where nobody has, nobody signs.
func (r *run) signed(ctx context.Context, head daybook.Head) (daybook.Head, error) {
	leaser, isShared := r.from.(daybook.Leaser)
	for until := time.Now().Add(signTime); isShared && !covers(head.Checkpoint, head.Size) && time.Now().Before(until); {
		lease, err := leaser.Lease(ctx, daybook.LeaseInbox)
		if err != nil || lease != nil {
			if lease != nil {
				err = lease.Release(ctx)
			}
			return head, err
		}
		select {
		case <-ctx.Done():
			return head, ctx.Err()
		case <-time.After(signEvery):
		}
		if head, err = r.from.Head(ctx); err != nil {
			return head, err
		}
	}
	return head, nil
}

// covers says that a checkpoint, nil for none, is of so many entries.
func covers(note []byte, size int64) bool {
	c, err := merkle.UnverifiedCheckpoint(note)
	return note != nil && err == nil && c.Size >= size
}

func (r *run) done(ctx context.Context) (*Report, error) {
	there, err := r.to.Head(ctx)
	if err != nil {
		return nil, err
	}
	here, err := r.from.Head(ctx)
	if err != nil {
		return nil, err
	}
	p := &r.report
	p.LedgerID, p.Size, p.Root, p.Checkpoint = there.LedgerID, there.Size, there.Root, there.Checkpoint
	p.Grown = max(here.Size-there.Size, 0)
	p.Already = p.Copied == 0 && r.mark == (daybook.Transfer{})
	return p, nil
}

// Cancel takes back a move that was not finished: the ledger goes on in from,
// and to is a copy. The target gives up first, so that a crash in between leaves
// two stores that nobody writes, and never two that somebody does.
func Cancel(ctx context.Context, from, to daybook.Movable, o Options) error {
	source, err := from.Transfer(ctx)
	if err != nil {
		return err
	}
	mark, err := to.Transfer(ctx)
	if err != nil {
		return err
	}
	switch {
	case source.State != daybook.TransferMoved:
		return conflict("there is nothing to take back", "the ledger in %s was not moved", o.From)
	case mark.ID != source.ID:
		return conflict("name that store with --to", "the ledger in %s is moving to %s, not to %s", o.From, source.Peer, o.To)
	case mark.State == daybook.TransferHere:
		return conflict("bring it back from there: daybook copy --move, with --from and --to the other way round", "the ledger has arrived in %s and goes on there", o.To)
	case mark.State == daybook.TransferMoved:
		return conflict("have it go on from there", "the ledger was moved on from %s to %s", o.To, mark.Peer)
	}
	if mark.State == daybook.TransferArriving {
		is := mark
		is.State, is.Peer, is.At = daybook.TransferCopy, o.From, now()
		if _, err := to.Mark(ctx, mark, is); err != nil {
			return err
		}
	}
	is := source
	is.State, is.At = daybook.TransferHere, now()
	_, err = from.Mark(ctx, source, is)
	return err
}

func conflict(hint, format string, args ...any) error {
	return &daybook.Error{Code: daybook.CodeConflict, Message: "transfer: " + fmt.Sprintf(format, args...), Hint: hint}
}
