package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Where several servers share a store, each looks at it every second, holds it
// against what it knows of it itself, and takes over the newest checkpoint that
// the others have signed. Where entries are not covered yet, whoever gets the
// lease signs: no server is the one that signs, and none is waited for that is
// gone. That two would sign the same would do no harm, since the same key over
// the same head gives the same bytes; what they sign is held against all that
// either has seen, and the store keeps the greater.

// fault is why a store may not be written, or may not be for all that is known.
type fault struct {
	mu  sync.Mutex
	err error
}

func (f *fault) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fault) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// refuses gives the fault where it is one of what the store holds: that a store
// cannot be reached, a write finds out by itself.
func (f *fault) refuses() error {
	if err := f.get(); isUnsound(err) {
		return err
	}
	return nil
}

// isUnsound says that a store does not hold what it held.
func isUnsound(err error) bool {
	code := daybook.CodeOf(err)
	return code == daybook.CodeDamaged || code == daybook.CodeConflict
}

// notNow is what is wrong with a store as who writes hears of it: it is no fault
// of theirs, so they keep what they have and send it again once the store is put
// right.
func notNow(err error) error {
	var ours *daybook.Error
	if !isUnsound(err) || !errors.As(err, &ours) {
		return err
	}
	later := *ours
	later.Code = daybook.CodeUnavailable
	return &later
}

// watch finds where the store stands, and holds its head and its checkpoint
// against what this process knows of it. What is wrong keeps writes and
// signatures away until a later look finds that it is not any more.
func (l *Ledger) watch(ctx context.Context) (daybook.Head, error) {
	seen := l.known.at() // before the head: others go on writing
	head, err := l.look(ctx, seen)
	if !errors.Is(ctx.Err(), context.Canceled) {
		l.unsound.set(err)
	}
	return head, err
}

func (l *Ledger) look(ctx context.Context, seen *merkle.Tree) (daybook.Head, error) {
	head, err := l.store.Head(ctx)
	if err != nil {
		return head, fmt.Errorf("ledger: %w", err)
	}
	tree, _, err := l.extend(ctx, walk{tree: seen, seen: seen, head: head, read: l.store.Spine})
	if err != nil {
		return head, err
	}
	l.known.reached(tree)
	l.metrics.reached(head.Size)
	return head, l.signing.judge(head.Checkpoint)
}

// judge holds the store's checkpoint against what this process has seen.
func (s *signing) judge(note []byte) error {
	mine, _ := s.newestNote()
	if s.ledger.o.Signer == nil || note == nil || bytes.Equal(note, mine) {
		return nil
	}
	const what = "the checkpoint in the store"
	c, err := merkle.OpenCheckpoint(note, s.ledger.o.Signer.Public())
	if err != nil {
		return &daybook.Error{Code: daybook.CodeDamaged, Message: "ledger: " + what + " was not signed by this ledger's key", Err: err, Hint: hintForked}
	}
	return s.mustHold(c, what)
}

// share takes over what others have signed, and signs what nobody has, unless
// another is just at it.
func (s *signing) share(ctx context.Context) error {
	l := s.ledger
	head, err := l.watch(ctx)
	if err != nil || l.o.Signer == nil {
		return err
	}
	open, err := s.takeOver(ctx, head)
	if err != nil || !open {
		return err
	}
	lease, err := l.leaser.Lease(ctx, daybook.LeaseSign)
	if err != nil || lease == nil {
		return err
	}
	defer func() {
		if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
			l.o.Logger.Warn("the lease to sign could not be given back", "error", err)
		}
	}()
	// Whoever had it before may have signed meanwhile.
	if head, err = l.watch(ctx); err != nil {
		return err
	}
	if open, err = s.takeOver(ctx, head); err != nil || !open {
		return err
	}
	return s.signHead(ctx, head)
}

// How long who wants a proof waits for the one who signs, and how often it looks.
// Who opens or closes the ledger waits for as long as one checkpoint may take.
const (
	coverTime  = 10 * time.Second
	coverEvery = 10 * time.Millisecond
)

// cover sees to it that the newest checkpoint is of so many entries at the
// least, and waits for so long for another who is signing one.
func (s *signing) cover(ctx context.Context, size int64, wait time.Duration) error {
	done, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		if note, signed := s.newestNote(); note != nil && signed >= size {
			return nil
		}
		if err := s.share(ctx); err != nil {
			return err
		}
		if note, signed := s.newestNote(); note != nil && signed >= size {
			return nil
		}
		select {
		case <-time.After(coverEvery):
		case <-waiting.Done():
			return &daybook.Error{
				Code: daybook.CodeUnavailable, Message: "ledger: another server is signing a checkpoint and does not come to an end",
				Hint: "try again; if it goes on, see whether a server of this ledger hangs", Err: ctx.Err(),
			}
		}
	}
}

// takeOver takes the store's checkpoint over where it is newer than what this
// server has, and says whether there are entries that neither covers.
func (s *signing) takeOver(ctx context.Context, head daybook.Head) (open bool, err error) {
	note, signed := s.newestNote()
	if head.Checkpoint == nil {
		return true, nil
	}
	c, err := merkle.UnverifiedCheckpoint(head.Checkpoint) // which watch has verified
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	if c.Size > signed || note == nil {
		if err := s.keepAnchor(ctx, head.Checkpoint); err != nil {
			return false, err
		}
		s.publish(head.Checkpoint, c.Size)
	}
	return c.Size < head.Size, nil
}

// mustHold wants a checkpoint to be of entries that this process has seen.
func (s *signing) mustHold(c merkle.Checkpoint, what string) error {
	l := s.ledger
	seen := l.known.at()
	if c.Size > seen.Size() {
		return &daybook.Error{
			Code: daybook.CodeDamaged, Hint: hintLost,
			Message: fmt.Sprintf("ledger: %s is of %d entries, the store has %d: entries were lost or the store was rolled back", what, c.Size, seen.Size()),
		}
	}
	root, err := merkle.RootAt(c.Size, l.edge(seen))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if root != c.Root {
		return &daybook.Error{
			Code: daybook.CodeDamaged, Hint: hintForked,
			Message: fmt.Sprintf("ledger: the first %d entries are not those that %s was signed over", c.Size, what),
		}
	}
	return nil
}

// neighbours says that the anchor is further than a checkpoint of ours because
// another server on this machine keeps it as well, and that the store bears
// it out.
func (s *signing) neighbours(ctx context.Context) bool {
	l := s.ledger
	there, err := merkle.ReadAnchor(l.o.Anchor)
	if err != nil {
		return false
	}
	c, err := merkle.OpenCheckpoint(there, l.o.Signer.Public())
	if err != nil {
		return false
	}
	if c.Size > l.known.size() {
		if _, err := l.watch(ctx); err != nil {
			return false
		}
	}
	return s.mustHold(c, "the anchor") == nil
}
