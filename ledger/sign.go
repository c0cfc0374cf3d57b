package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// signing keeps the newest checkpoint and signs the next one.
type signing struct {
	ledger *Ledger

	mu     sync.Mutex // held while a checkpoint is made and kept
	note   []byte     // the newest signed checkpoint
	signed int64      // how far both it and the anchor reach; -1 where there is no anchor yet

	state sync.Mutex
	head  int64 // the size of the ledger

	quit chan struct{}
	done chan struct{}
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
			if err := s.sign(context.Background()); err != nil {
				s.ledger.o.Logger.Error("no checkpoint could be signed; trying again", "error", err)
			}
		}
	}
}

// stop ends the ticking and signs what has grown since.
func (s *signing) stop(ctx context.Context) error {
	close(s.quit)
	<-s.done
	return s.sign(ctx)
}

func (s *signing) grew(size int64) {
	s.state.Lock()
	s.head = size
	s.state.Unlock()
}

func (s *signing) size() int64 {
	s.state.Lock()
	defer s.state.Unlock()
	return s.head
}

// sign signs the store's head if it has grown since the last checkpoint.
func (s *signing) sign(ctx context.Context) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.ledger
	defer func() { l.metrics.signing(err) }()
	if l.o.Signer == nil || s.size() <= s.signed && s.note != nil {
		return nil
	}
	head, err := l.store.Head(ctx)
	if err != nil {
		return fmt.Errorf("ledger: sign: %w", err)
	}
	if head.Size < s.signed {
		return nil
	}
	note, err := l.o.Signer.Sign(merkle.Checkpoint{Origin: l.o.Signer.Origin(), Size: head.Size, Root: head.Root})
	if err != nil {
		return fmt.Errorf("ledger: sign: %w", err)
	}
	// Crash here: the signature was given to nobody.
	if err := l.store.SaveCheckpoint(ctx, note); err != nil {
		return fmt.Errorf("ledger: keep the checkpoint: %w", err)
	}
	l.o.Step("sign")
	// Crash here: the anchor is older than the store's checkpoint. Both are
	// consistent with the store, and the next opening signs on.
	if l.o.Anchor != "" {
		if err := merkle.WriteAnchor(l.o.Anchor, note); err != nil {
			return fmt.Errorf("ledger: keep the anchor: %w", err)
		}
		l.o.Step("anchor")
	}
	s.note, s.signed = note, head.Size
	l.metrics.signed(head.Size)
	l.o.Step("publish")
	return nil
}

// keep writes the newest checkpoint to the store once more: whether the store
// takes writes again, and nothing else.
func (s *signing) keep(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.note == nil {
		return nil
	}
	return s.ledger.store.SaveCheckpoint(ctx, s.note)
}

// newest gives the newest checkpoint, signing one that covers seq first if
// there is none yet.
func (s *signing) newest(ctx context.Context, seq int64) ([]byte, error) {
	s.mu.Lock()
	note, signed := s.note, s.signed
	s.mu.Unlock()
	if note != nil && seq < signed {
		return note, nil
	}
	if err := s.sign(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.note == nil {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "this ledger signs no checkpoints", Hint: "open it with a key"}
	}
	return s.note, nil
}
