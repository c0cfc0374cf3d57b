// Package lineage answers questions from a store: one entry, lists, exports,
// what happened to a table, what an agent did, where data comes from and goes
// to and why, what changed between two sessions, and how to undo one. It only
// reads. It does not log that it was asked: package access stands around it
// for that.
//
// A principal that is bound to one business sees that business alone, in every
// answer.
package lineage
