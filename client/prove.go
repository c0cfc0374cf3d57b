package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

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
// [VerifyProof] checks it.
func (c *Client) Prove(ctx context.Context, logID string) (string, error) {
	proof, err := c.Prover.Inclusion(ctx, logID)
	if err != nil {
		return "", err
	}
	return proof.Proof, nil
}

// VerifyProof checks, asking nobody, that the entry of a receipt stands where
// the receipt says in a ledger whose checkpoint the public key has signed, with
// the very content that the receipt's log_hash is of. CodeDamaged says that it
// does not.
func VerifyProof(proof string, receipt daybook.Receipt, public string) error {
	p, err := merkle.ParseProof([]byte(proof))
	if err != nil {
		return &daybook.Error{Code: daybook.CodeMalformed, Message: "client: this is not a proof", Err: err}
	}
	leaf, err := leafOf(p.Extra, receipt)
	if err != nil {
		return err
	}
	if p.Index != receipt.Seq {
		return disproved("the proof is of entry %d, the receipt of entry %d", p.Index, receipt.Seq)
	}
	if _, err := p.Verify(merkle.LeafHash(leaf), public); err != nil {
		return disproved("%w", err)
	}
	return nil
}

// leafOf gives the leaf of the tree from what a proof carries beside it: the
// canonical form of the entry, or the leaf itself where the body is gone. What
// it says must be what the receipt says.
func leafOf(extra []byte, receipt daybook.Receipt) ([]byte, error) {
	if bytes.HasPrefix(extra, []byte(daybook.LeafVersion+"\n")) {
		fields := strings.Split(string(extra), "\n")
		if len(fields) != 7 || fields[2] != receipt.LogID || fields[5] != receipt.LogHash {
			return nil, disproved("the proof is of another entry than the receipt")
		}
		return extra, nil
	}
	sum := sha256.Sum256(extra)
	if hex.EncodeToString(sum[:]) != receipt.LogHash {
		return nil, disproved("the entry's content is not what the receipt's log_hash is of")
	}
	e, err := daybook.DecodeEntry(extra)
	if err != nil {
		return nil, disproved("the proof carries no entry: %w", err)
	}
	e.LogHash = sum
	spine := daybook.SpineOf(e)
	return spine.AppendLeaf(nil), nil
}

func disproved(format string, args ...any) error {
	return &daybook.Error{
		Code: daybook.CodeDamaged, Message: "client: the proof does not hold", Err: fmt.Errorf(format, args...),
		Hint: "see that receipt, proof and public key are of the same ledger; if they are, keep them: they show that it was changed",
	}
}
