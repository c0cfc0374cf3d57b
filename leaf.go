package daybook

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook/canon"
)

// leafLines is how many lines a leaf has, each ended by a line feed.
const leafLines = 6

// ParseLeaf reads a leaf of the tree, as [Spine.AppendLeaf] writes it, and
// takes no other spelling. What it gives has no Seq: a leaf does not hold its
// place.
func ParseLeaf(leaf []byte) (Spine, error) {
	lines := strings.SplitN(string(leaf), "\n", leafLines+1)
	if len(lines) != leafLines+1 || lines[0] != LeafVersion {
		return Spine{}, &Error{Code: CodeInvalid, Message: "it is not a leaf of " + LeafVersion}
	}
	kind, err := KindNamed(lines[1])
	if err != nil {
		return Spine{}, err
	}
	s := Spine{Kind: kind, LogID: lines[2], LoggedAt: lines[3], RetainUntil: lines[4]}
	hash, err := hex.DecodeString(lines[5])
	if err != nil || copy(s.LogHash[:], hash) != len(hash) || !bytes.Equal(s.AppendLeaf(nil), leaf) {
		return Spine{}, &Error{Code: CodeInvalid, Message: "the leaf is not spelled as a leaf is"}
	}
	return s, nil
}

// ParseProven reads the extra data of an offline proof: a leaf, or an entry in
// canonical form and no other spelling of it, from which the leaf follows. The
// entry is nil where there is a leaf alone, and has no Seq.
func ParseProven(extra []byte) (Spine, *Entry, error) {
	switch {
	case bytes.HasPrefix(extra, []byte("{")):
		e, err := DecodeEntry(extra)
		if err != nil {
			return Spine{}, nil, err
		}
		if !bytes.Equal(e.AppendCanonical(nil), extra) {
			return Spine{}, nil, &Error{Code: CodeInvalid, Message: "the entry is not in canonical form"}
		}
		e.LogHash = canon.Hash(extra)
		return SpineOf(e), e, nil
	case bytes.HasPrefix(extra, []byte("daybook-entry/")):
		s, err := ParseLeaf(extra)
		return s, nil, err
	}
	return Spine{}, nil, &Error{Code: CodeInvalid, Message: fmt.Sprintf("%d bytes that are neither an entry nor a leaf, so there is nothing to check", len(extra))}
}
