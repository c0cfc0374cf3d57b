package merkle

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 digest: of a leaf, of a node, or of a whole tree.
// It prints as standard base64.
type Hash = tlog.Hash

// MaxSize is the largest tree, in leaves, that this package handles: 2⁶²−1.
// Sizes above it are refused everywhere, since tlog's arithmetic would not end.
const MaxSize = 1<<62 - 1

// LeafHash returns SHA-256(0x00 || leaf), the leaf hash of RFC 6962, section 2.1.
func LeafHash(leaf []byte) Hash {
	return tlog.RecordHash(leaf)
}

// emptyRoot is the root of the tree without leaves: SHA-256 of nothing.
func emptyRoot() Hash {
	h, _ := tlog.TreeHash(0, nil) // size 0 reads no hash and cannot fail
	return h
}

// subtree returns the root over hashes, whose count must be a power of two.
func subtree(hashes []byte) Hash {
	if len(hashes) == tlog.HashSize {
		return Hash(hashes)
	}
	half := len(hashes) / 2
	return tlog.NodeHash(subtree(hashes[:half]), subtree(hashes[half:]))
}

// decodeBase64 decodes standard base64 with padding and takes nothing but the
// one canonical spelling: Go's decoder alone would pass over carriage returns.
func decodeBase64(s string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(data) != s {
		return nil, fmt.Errorf("not canonical base64")
	}
	return data, nil
}

// parseHash decodes the canonical base64 of a hash.
func parseHash(s string) (Hash, error) {
	data, err := decodeBase64(s)
	if err != nil {
		return Hash{}, err
	}
	if len(data) != tlog.HashSize {
		return Hash{}, fmt.Errorf("a hash has %d bytes, not %d", tlog.HashSize, len(data))
	}
	return Hash(data), nil
}
