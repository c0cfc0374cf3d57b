package client

import (
	"bytes"
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// Checkpoint gives the newest signed checkpoint, a C2SP signed note.
func (c *Client) Checkpoint(ctx context.Context) (string, error) {
	signed, err := c.Prover.Checkpoint(ctx)
	return string(signed), err
}

// Prove gives the proof that the entry of a receipt is in the ledger, as C2SP
// tlog-proof text. Kept with the receipt, it needs no server any more:
// [CheckReceipt] checks it. It carries the entry's digests and no content.
func (c *Client) Prove(ctx context.Context, logID string) (string, error) {
	proof, err := c.Prover.Inclusion(ctx, logID)
	if err != nil {
		return "", err
	}
	return proof.Proof, nil
}

// ProveEntry gives the same proof with the entry's content in it, for somebody
// who is to see this entry and no other. It reads the entry, which the ledger
// logs as every read. CodeNotFound says that there is no such entry, that its
// body is gone, or that the caller may not read it.
func (c *Client) ProveEntry(ctx context.Context, logID string) (string, error) {
	text, err := c.Prove(ctx, logID)
	if err != nil {
		return "", err
	}
	proof, err := merkle.ParseProof([]byte(text))
	if err != nil {
		return "", fmt.Errorf("client: %w", err)
	}
	leaf, _, err := daybook.ParseProven(proof.Extra)
	if err != nil {
		return "", fmt.Errorf("client: the proof's extra line: %w", err)
	}
	if proof.Extra, err = c.canonical(ctx, leaf, proof.Index); err != nil {
		return "", err
	}
	return string(proof.Marshal()), nil
}

// canonical reads the entry that stands at seq, which must be that of the leaf.
func (c *Client) canonical(ctx context.Context, leaf daybook.Spine, seq int64) ([]byte, error) {
	var text []byte
	q := daybook.ExportQuery{Kind: leaf.Kind, From: seq, Limit: 1}
	err := c.Export(ctx, q, func(e *daybook.Entry) error {
		if e.Seq == seq {
			text = e.AppendCanonical(nil)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case text == nil:
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: fmt.Sprintf("client: the body of entry %d, %s, is not there for you to read", seq, leaf.LogID),
			Hint: "it has expired, was erased or belongs to another business; prove it without its entry",
		}
	}
	spine, _, err := daybook.ParseProven(text)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if !bytes.Equal(spine.AppendLeaf(nil), leaf.AppendLeaf(nil)) {
		return nil, &daybook.Error{
			Code: daybook.CodeDamaged, Message: fmt.Sprintf("client: entry %d as it reads is not the one that was proven", seq),
			Hint: "run `daybook verify` on the store",
		}
	}
	return text, nil
}
