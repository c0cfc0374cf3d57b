package ledger

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Checkpoint implements daybook.Prover.
func (l *Ledger) Checkpoint(ctx context.Context) ([]byte, error) {
	return l.signing.newest(ctx, -1)
}

// Inclusion implements daybook.Prover. An entry that no checkpoint covers yet
// gets one first.
func (l *Ledger) Inclusion(ctx context.Context, logID string) (*daybook.InclusionProof, error) {
	spine, err := l.find(ctx, logID)
	if err != nil {
		return nil, err
	}
	note, err := l.signing.newest(ctx, spine.Seq)
	if err != nil {
		return nil, err
	}
	c, err := merkle.UnverifiedCheckpoint(note)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	hashes, err := merkle.Inclusion(c.Size, spine.Seq, tiles(l.store, c.Size))
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	// The leaf is all that a proof carries. An entry's body is read through a
	// Reader, which logs that, and not here.
	text := spine.AppendLeaf(nil)
	leaf := merkle.LeafHash(text)
	return &daybook.InclusionProof{
		LogID: spine.LogID, LeafIndex: spine.Seq, LeafHash: hex.EncodeToString(leaf[:]),
		TreeSize: c.Size, RootHash: hex.EncodeToString(c.Root[:]), Hashes: hexes(hashes), Checkpoint: string(note),
		Proof: string(merkle.Proof{Extra: text, Index: spine.Seq, Hashes: hashes, Checkpoint: note}.Marshal()),
	}, nil
}

// find looks a log_id up where sequencing does.
func (l *Ledger) find(ctx context.Context, logID string) (*daybook.Spine, error) {
	spines, err := l.spinesNamed(ctx, logID)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	if len(spines) == 0 {
		return nil, noEntry(logID)
	}
	if spines[0].Kind == nil {
		return nil, &daybook.Error{Code: daybook.CodeDamaged, Message: "the entry's place in the spine is damaged", Hint: hintDamaged}
	}
	return &spines[0], nil
}

// spinesNamed gives the spine row of a log_id by a view of the store. Where that
// shows itself in appends alone, it takes one that appends nothing: proofs are
// few.
func (l *Ledger) spinesNamed(ctx context.Context, logID string) (found []daybook.Spine, err error) {
	if l.viewer != nil {
		return l.viewer.View().Spines(ctx, []string{logID})
	}
	err = l.store.Append(ctx, func(view daybook.View) (*daybook.Batch, error) {
		found, err = view.Spines(ctx, []string{logID})
		return nil, err
	})
	return found, err
}

func noEntry(logID string) error {
	return &daybook.Error{Code: daybook.CodeNotFound, Message: "no entry has log_id " + daybook.Clip(logID), Hint: "the receipt of a write names its log_id"}
}

// Consistency implements daybook.Prover.
func (l *Ledger) Consistency(ctx context.Context, from, to int64) (*daybook.ConsistencyProof, error) {
	size := l.known.size()
	if to > size && l.leaser != nil { // others may have written them
		if _, err := l.watch(ctx); err != nil {
			return nil, err
		}
		size = l.known.size()
	}
	if from < 1 || to < from || to > size {
		return nil, daybook.Invalidf("/from", "want 1 ≤ from ≤ to ≤ %d, the size of the ledger; got %d and %d", size, from, to)
	}
	read := tiles(l.store, size)
	hashes, err := merkle.Consistency(from, to, read)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	fromRoot, err := merkle.RootAt(from, read)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	toRoot, err := merkle.RootAt(to, read)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return &daybook.ConsistencyProof{
		From: from, To: to, FromRoot: hex.EncodeToString(fromRoot[:]), ToRoot: hex.EncodeToString(toRoot[:]), Hashes: hexes(hashes),
	}, nil
}

func hexes(hashes []merkle.Hash) []string {
	out := make([]string, len(hashes))
	for i := range hashes {
		out[i] = hex.EncodeToString(hashes[i][:])
	}
	return out
}
