// Package spool keeps records on disk until the server has them. A program
// writes a record with one write(2) and goes on; whichever process of those
// that share the directory is the sender delivers everybody's records in
// order, for as long as it takes. What was written outlives kill -9 of the
// program, and not a power cut.
//
// docs/spool.md is the format of the directory, byte by byte, and the rules
// that its processes keep; the Python client keeps them too.
package spool
