// Package token keeps the tokens by which principals are known: it makes,
// lists and revokes them, and says whose a token is.
//
// A token is 256 random bits. The store has their SHA-256, whom they stand for
// and how far they reach, under an HMAC whose key follows from the ledger's
// private key ([KeyOf]). Whoever can write the database can so neither mint a
// token nor widen or revive one; docs/adr/0010 has the reasons. What is made
// and revoked, and who failed to log in, is entered into the ledger.
//
// A token that was just verified is good for [DefaultTTL] without asking the
// store. Revoking it through its own [Keeper] holds at once.
package token
