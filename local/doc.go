// Package local opens a ledger in process: the SDK of package client on a
// store in a file, with no server between. It wires the rooms together, the
// same way for the program as for an agent that embeds it:
//
//	writes: client → intake → ledger → store
//	reads:  client → access (which logs the read) → lineage → store
//
// A store has one process that writes it at a time; who finds it held is told
// where its holder can be reached.
package local
