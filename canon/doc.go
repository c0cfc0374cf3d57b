// Package canon makes the bytes of the canonical form: those that Python's
// json.dumps(entry, sort_keys=True) gives for an entry, and the SHA-256 over
// them, which is the entry's log_hash.
//
// Two entries are the same if and only if their canonical bytes are the same,
// whichever store they were read from. The typed columns of an entry are
// written with [AppendKey] and the Append function of their type; a column
// that holds arbitrary JSON is written with [AppendJSON], which normalises it
// so that no store's JSON type can change it afterwards. Keys of the entry
// itself are the caller's to sort.
//
// The rules are written out in docs/format.md, and testdata holds vectors
// for implementations in other languages.
//
// The package works on bytes and strings and knows nothing of records or
// kinds. Its functions append to the caller's buffer, use no reflection and,
// but for errors and objects of very many keys, allocate nothing of their own.
package canon

import "crypto/sha256"

// Hash is the log_hash of an entry: SHA-256 over its canonical bytes.
func Hash(canonical []byte) [sha256.Size]byte {
	return sha256.Sum256(canonical)
}
