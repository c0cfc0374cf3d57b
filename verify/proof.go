package verify

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// ProofReport is what a proof that holds shows.
type ProofReport struct {
	Origin      string          `json:"origin"` // of the ledger
	Size        int64           `json:"size"`   // of the ledger when the checkpoint was signed
	Root        string          `json:"root"`   // of the tree then, in hexadecimal digits
	Seq         int64           `json:"seq"`
	Kind        string          `json:"kind"`
	LogID       string          `json:"log_id"`
	LoggedAt    string          `json:"logged_at"`
	RetainUntil string          `json:"retain_until"`
	LogHash     string          `json:"log_hash"`        // SHA-256 of the entry's canonical form, in hexadecimal digits
	Entry       json.RawMessage `json:"entry,omitempty"` // in canonical form; absent where the proof holds digests alone
}

// Proof checks an offline proof (https://c2sp.org/tlog-proof) as the ledger
// gives it, with nothing but the ledger's public key: that the key signed the
// checkpoint, and that the entry in the proof is the one at its place in the
// tree. The error says which part failed; it wraps [merkle.ErrSignature] or
// [merkle.ErrProof] where these do not hold.
func Proof(text []byte, public string) (*ProofReport, error) {
	if public == "" {
		return nil, &daybook.Error{
			Code: daybook.CodeInvalid, Message: "verify: a proof shows nothing without the ledger's public key",
			Hint: "get it from somebody other than who gave you the proof",
		}
	}
	if err := checkPublic(public); err != nil {
		return nil, err
	}
	proof, err := merkle.ParseProof(text)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	spine, entry, err := daybook.ParseProven(proof.Extra)
	if err != nil {
		return nil, fmt.Errorf("verify: the proof's extra line: %w", err)
	}
	c, err := proof.Verify(merkle.LeafHash(spine.AppendLeaf(nil)), public)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	report := &ProofReport{
		Origin: c.Origin, Size: c.Size, Root: hex.EncodeToString(c.Root[:]), Seq: proof.Index,
		Kind: spine.Kind.Name, LogID: spine.LogID, LoggedAt: spine.LoggedAt, RetainUntil: spine.RetainUntil,
		LogHash: hex.EncodeToString(spine.LogHash[:]),
	}
	if entry != nil {
		report.Entry = proof.Extra
	}
	return report, nil
}
