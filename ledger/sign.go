package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// signing keeps the newest checkpoint and signs the next one. Where servers share
// the store, each does so: see share.go.
type signing struct {
	ledger *Ledger
	making chan struct{} // holds one token: who makes a checkpoint, or takes one over, has it

	mu     sync.Mutex
	note   []byte // the newest signed checkpoint
	signed int64  // how far both it and the anchor reach; -1 where there is no anchor yet

	quit chan struct{}
	done chan struct{}
	said string // what was wrong when it was last said
}

func (s *signing) of(l *Ledger) {
	s.ledger, s.making = l, make(chan struct{}, 1)
	s.making <- struct{}{}
}

func (s *signing) start() {
	s.quit, s.done = make(chan struct{}), make(chan struct{})
	go s.run()
}

func (s *signing) run() {
	defer close(s.done)
	ticker := time.NewTicker(s.ledger.o.SignEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.quit:
			return
		case <-ticker.C:
			s.tick()
		}
	}
}

// tick signs what has grown. What is wrong is said once, as long as it is the
// same.
func (s *signing) tick() {
	ctx, cancel := context.WithTimeout(context.Background(), signTime)
	defer cancel()
	logger := s.ledger.o.Logger
	err := s.sign(ctx)
	switch {
	case err != nil && err.Error() != s.said:
		s.said = err.Error()
		logger.Error("no checkpoint could be signed; trying again", "error", err, "hint", hintOf(err))
	case err == nil && s.said != "":
		s.said = ""
		logger.Info("checkpoints are signed again")
	}
}

func hintOf(err error) string {
	var ours *daybook.Error
	if errors.As(err, &ours) {
		return ours.Hint
	}
	return ""
}

// signTime is how long one checkpoint may take.
const signTime = 30 * time.Second

// stop ends the ticking and signs what has grown since.
func (s *signing) stop(ctx context.Context) error {
	close(s.quit)
	<-s.done
	if s.ledger.leaser != nil && s.ledger.o.Signer != nil {
		return s.cover(ctx, s.ledger.known.size(), signTime)
	}
	return s.sign(ctx)
}

// begin sees to it that there is a checkpoint when a ledger opens.
func (s *signing) begin(ctx context.Context) error {
	err := s.sign(ctx)
	if err == nil && s.ledger.leaser != nil && s.ledger.o.Signer != nil {
		err = s.cover(ctx, 0, signTime) // which another may be just about to sign for the first time
	}
	return err
}

// alone waits until nobody else of this process makes a checkpoint.
func (s *signing) alone(ctx context.Context) (done func(), err error) {
	select {
	case <-s.making:
		return func() { s.making <- struct{}{} }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newestNote gives the newest checkpoint, and how far it and the anchor reach.
func (s *signing) newestNote() ([]byte, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.note, s.signed
}

// publish gives a checkpoint out from now on.
func (s *signing) publish(note []byte, size int64) {
	s.mu.Lock()
	s.note, s.signed = note, size
	s.mu.Unlock()
	s.ledger.metrics.signed(size)
}

// sign signs the store's head if it has grown since the last checkpoint.
func (s *signing) sign(ctx context.Context) error {
	l := s.ledger
	done, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	if l.leaser != nil {
		return s.share(ctx)
	}
	if note, signed := s.newestNote(); l.o.Signer == nil || l.known.size() <= signed && note != nil {
		return nil
	}
	return s.signOwn(ctx)
}

// signOwn signs the head of a store that is this process's alone.
func (s *signing) signOwn(ctx context.Context) error {
	head, err := s.ledger.store.Head(ctx)
	if err != nil {
		err = fmt.Errorf("ledger: sign: %w", err)
		s.ledger.metrics.signing(err)
		return err
	}
	if _, signed := s.newestNote(); head.Size < signed {
		return nil
	}
	return s.signHead(ctx, head)
}

// signHead signs a head of the store. The order is what makes a crash harmless: a
// checkpoint is of entries that are durable, it is in the store before it is in
// the anchor, and in both before anybody gets it.
func (s *signing) signHead(ctx context.Context, head daybook.Head) (err error) {
	l := s.ledger
	defer func() { l.metrics.signing(err) }()
	note, err := l.o.Signer.Sign(merkle.Checkpoint{Origin: l.o.Signer.Origin(), Size: head.Size, Root: head.Root})
	if err != nil {
		return fmt.Errorf("ledger: sign: %w", err)
	}
	// Crash here: nobody has the signature. The next opening finds entries that
	// no checkpoint covers, looks at them, and signs them again; Ed25519 gives
	// the same bytes.
	if err := l.store.SaveCheckpoint(ctx, note); err != nil {
		return fmt.Errorf("ledger: keep the checkpoint: %w", err)
	}
	l.o.Step("sign")
	// Crash here: the store has the new checkpoint, the anchor is one behind.
	// Both are consistent with the store, and the next opening brings the
	// anchor up.
	if err := s.keepAnchor(ctx, note); err != nil {
		return err
	}
	// Crash here: store and anchor have it, nobody was told of it. The next
	// opening gives it out.
	s.publish(note, head.Size)
	l.o.Step("publish")
	// Crash here: somebody may hold the checkpoint already, and both the store
	// and the anchor bear it out.
	return nil
}

// keepAnchor brings the anchor up to a checkpoint.
func (s *signing) keepAnchor(ctx context.Context, note []byte) error {
	l := s.ledger
	if l.o.Anchor == "" {
		return nil
	}
	err := merkle.WriteAnchor(l.o.Anchor, note)
	if errors.Is(err, merkle.ErrAnchor) && l.leaser != nil && s.neighbours(ctx) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("ledger: keep the anchor: %w", err)
	}
	l.o.Step("anchor")
	return nil
}

// keep writes the newest checkpoint to the store once more: whether the store
// takes writes again, and nothing else.
func (s *signing) keep(ctx context.Context) error {
	done, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer done()
	note, _ := s.newestNote()
	if note == nil {
		return nil
	}
	if s.ledger.leaser != nil {
		if _, err := s.ledger.watch(ctx); err != nil {
			return err // it is not the store that the checkpoint is of
		}
	}
	return s.ledger.store.SaveCheckpoint(ctx, note)
}

// newest gives the newest checkpoint, signing one that covers seq first if
// there is none yet. It asks the store rather than what is known of it, which a
// writer who has a receipt can be ahead of.
func (s *signing) newest(ctx context.Context, seq int64) ([]byte, error) {
	l := s.ledger
	if note, signed := s.newestNote(); note != nil && seq < signed {
		return note, nil
	}
	if l.o.Signer == nil {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "this ledger signs no checkpoints", Hint: "open it with a key"}
	}
	if l.leaser != nil {
		err := s.cover(ctx, seq+1, coverTime)
		note, _ := s.newestNote()
		return note, err
	}
	done, err := s.alone(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	note, signed := s.newestNote()
	if note == nil || seq >= signed {
		err = s.signOwn(ctx)
		note, _ = s.newestNote()
	}
	return note, err
}
