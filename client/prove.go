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
	e, err := c.exported(ctx, leaf, seq)
	if daybook.CodeOf(err) == daybook.CodeForbidden {
		e, err = c.listed(ctx, leaf)
	}
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, &daybook.Error{
			Code: daybook.CodeNotFound, Message: fmt.Sprintf("client: the body of entry %d, %s, is not there for you to read", seq, leaf.LogID),
			Hint: "it has expired, was erased or belongs to another business, or it was amended since and you may not export; prove it without its entry",
		}
	}
	text := e.AppendCanonical(nil)
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

// exported finds an entry by its place; nil for none.
func (c *Client) exported(ctx context.Context, leaf daybook.Spine, seq int64) (*daybook.Entry, error) {
	var found *daybook.Entry
	err := c.Export(ctx, daybook.ExportQuery{Kind: leaf.Kind, From: seq, Limit: 1}, func(e *daybook.Entry) error {
		if e.Seq == seq {
			found = e
		}
		return nil
	})
	return found, err
}

// listed finds an entry that is its subject's current state, for who may list
// and not export; nil for none.
func (c *Client) listed(ctx context.Context, leaf daybook.Spine) (*daybook.Entry, error) {
	page, err := c.List(ctx, daybook.Query{Kind: leaf.Kind, Filters: []daybook.Filter{daybook.Is("log_id", leaf.LogID)}, Limit: 1})
	if err != nil || len(page.Entries) == 0 {
		return nil, err
	}
	return page.Entries[0], nil
}
