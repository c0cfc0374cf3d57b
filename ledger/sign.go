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
func (s *signing) sign(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ledger.o.Signer == nil || s.size() <= s.signed && s.note != nil {
		return nil
	}
	return s.signHead(ctx)
}

// signHead signs the store's head. The order is what makes a crash harmless: a
// checkpoint is of entries that are durable, it is in the store before it is in
// the anchor, and in both before anybody gets it.
func (s *signing) signHead(ctx context.Context) (err error) {
	l := s.ledger
	defer func() { l.metrics.signing(err) }()
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
	if l.o.Anchor != "" {
		if err := merkle.WriteAnchor(l.o.Anchor, note); err != nil {
			return fmt.Errorf("ledger: keep the anchor: %w", err)
		}
		l.o.Step("anchor")
	}
	// Crash here: store and anchor have it, nobody was told of it. The next
	// opening gives it out.
	s.note, s.signed = note, head.Size
	l.metrics.signed(head.Size)
	l.o.Step("publish")
	// Crash here: somebody may hold the checkpoint already, and both the store
	// and the anchor bear it out.
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
// there is none yet. It asks the store rather than what [signing.grew] was
// told, which a writer who has a receipt can be ahead of.
func (s *signing) newest(ctx context.Context, seq int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.note != nil && seq < s.signed {
		return s.note, nil
	}
	if s.ledger.o.Signer == nil {
		return nil, &daybook.Error{Code: daybook.CodeNotFound, Message: "this ledger signs no checkpoints", Hint: "open it with a key"}
	}
	if err := s.signHead(ctx); err != nil {
		return nil, err
	}
	return s.note, nil
}
