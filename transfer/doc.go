// Package transfer carries a ledger from one store to another, whole: the same
// ledger with the same entries at the same places, the same tree over them, and
// what the store keeps beside it. Every entry is hashed again on the way, and
// every tile held against the source's, so what arrives is what was there.
//
// A copy can be read and verified, and not written: the ledger goes on in its
// source. A move ends with the ledger going on in the target alone. Each store
// says which of the two it is, by a [daybook.Transfer].
//
// Every step is durable before the next begins, so a process that is killed at
// any point leaves stores that the next call goes on from: see [Copy].
package transfer
