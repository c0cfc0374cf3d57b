// Package daybook holds the words of Daybook, the book of original entry for
// AI agents: the kinds and their catalog, what a client says ([Record]), what
// the ledger wrote ([Entry]), what the writer gets back ([Receipt]), how one
// asks ([Query] and the other questions), and the contracts that join the
// rooms ([Recorder], [Reader], [Store]).
//
// It does nothing by itself: it opens no file and no socket. Every other
// package speaks in these words.
package daybook
