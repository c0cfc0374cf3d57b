// Package interop has strangers read and check a ledger: Tessera's fsck, over
// HTTP and over a directory of tiles. It is a module of its own, which imports
// nothing of Daybook's and runs the built program, as anybody else would.
package interop
