// Package verify checks a ledger against its own hashes, its tree and what was
// signed. It trusts nothing of whoever wrote the ledger: not the store, not
// the head, not the stored tiles, and no code of the writing path but the
// canonical form and the tree, which have vectors and second implementations.
// It never writes.
//
// [Run] reads every row once, in order. It hashes each body anew, rebuilds the
// tree from the spine, holds the tree against the stored tiles, the head, the
// checkpoint and the anchor, and puts each entry in one [Class]. [NewExport]
// lets it read an export instead of a store. [Proof] checks the proof of a
// single entry, with no store at all.
//
// What each class means and what no check of this kind can see is in
// docs/guides/audit.md.
package verify
