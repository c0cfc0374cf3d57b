// Package merkle is Daybook's tamper evidence: an RFC 6962 Merkle tree over
// leaf hashes, kept in tiles, with inclusion and consistency proofs, signed
// checkpoints, the anchor file and proofs that verify offline.
//
// It knows no record. A leaf is any run of bytes; the ledger says which.
// The formats are public ones, so other people's tools can read and check them:
//
//   - hashing and proofs: RFC 6962, section 2.1
//   - tiles and their paths: https://c2sp.org/tlog-tiles
//   - checkpoints: https://c2sp.org/tlog-checkpoint, a https://c2sp.org/signed-note
//     with Ed25519 signatures
//   - offline proofs: https://c2sp.org/tlog-proof
//
// The writer holds a [Tree], which is the right edge alone: 64 KB at most,
// however long the ledger is. Full tiles leave it by [Tree.TakeFull] and are
// stored for ever. Everything else works from stored tiles through a
// [TileReader]: [Restore], [RootAt], [Inclusion] and [Consistency].
//
// docs/format.md has every byte; testdata/ has vectors for other languages.
package merkle
