package verify

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
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
	Entry       json.RawMessage `json:"entry,omitempty"` // in canonical form; absent where the body was gone when the proof was made
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
	spine, entry, err := parseExtra(proof.Extra)
	if err != nil {
		return nil, fmt.Errorf("verify: the proof's extra line: %w", err)
	}
	c, err := proof.Verify(merkle.LeafHash(spine.AppendLeaf(nil)), public)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	return &ProofReport{
		Origin: c.Origin, Size: c.Size, Root: hex.EncodeToString(c.Root[:]), Seq: proof.Index,
		Kind: spine.Kind.Name, LogID: spine.LogID, LoggedAt: spine.LoggedAt, RetainUntil: spine.RetainUntil,
		LogHash: hex.EncodeToString(spine.LogHash[:]), Entry: entry,
	}, nil
}

// parseExtra reads what a proof is of: the canonical form of an entry, or the
// leaf of one whose body is gone.
func parseExtra(extra []byte) (daybook.Spine, json.RawMessage, error) {
	switch {
	case bytes.HasPrefix(extra, []byte("{")):
		s, err := parseCanonical(extra)
		return s, extra, err
	case bytes.HasPrefix(extra, []byte("daybook-entry/")):
		s, err := parseLeaf(extra)
		return s, nil, err
	}
	return daybook.Spine{}, nil, errors.New("it holds neither an entry nor a leaf, so there is nothing to check")
}

// parseCanonical takes the canonical form and no other spelling of it.
func parseCanonical(extra []byte) (daybook.Spine, error) {
	e, err := daybook.DecodeEntry(extra)
	if err != nil {
		return daybook.Spine{}, err
	}
	if !bytes.Equal(e.AppendCanonical(nil), extra) {
		return daybook.Spine{}, errors.New("the entry is not in canonical form")
	}
	e.LogHash = canon.Hash(extra)
	return daybook.SpineOf(e), nil
}

// parseLeaf takes the leaf text and no other spelling of it.
func parseLeaf(extra []byte) (daybook.Spine, error) {
	lines := strings.Split(string(extra), "\n")
	if len(lines) != 7 || lines[0] != daybook.LeafVersion {
		return daybook.Spine{}, fmt.Errorf("it is not a leaf of %s", daybook.LeafVersion)
	}
	kind, err := daybook.KindNamed(lines[1])
	if err != nil {
		return daybook.Spine{}, err
	}
	s := daybook.Spine{Kind: kind, LogID: lines[2], LoggedAt: lines[3], RetainUntil: lines[4]}
	hash, err := hex.DecodeString(lines[5])
	if err != nil || copy(s.LogHash[:], hash) != len(hash) || !bytes.Equal(s.AppendLeaf(nil), extra) {
		return daybook.Spine{}, errors.New("the leaf is not spelled as a leaf is")
	}
	return s, nil
}
