// Package sqlite keeps a ledger in one SQLite file. It is the default store.
//
// Each kind has a table ledger_<kind> with a row an entry, and a view of the
// kind's own name with the newest revision of each subject. The table spine
// has one row an entry for ever; log_id, logged_at, retain_until and log_hash
// stand there alone. The schema is generated from [daybook.Kinds], see
// [Schema]. Triggers refuse UPDATE and DELETE.
//
// A file is written by one process at a time, which holds FILE.lock; others
// may read it meanwhile ([Options].ReadOnly). Within the process one
// connection writes, in WAL mode with synchronous=FULL, so an append that has
// returned survives a power cut; readers have connections of their own and
// wait for nobody. A store that is closed is one file.
//
// Nothing that is read is trusted to be what was written: a value of another
// type, or not in its canonical form, is an error of CodeDamaged in Select and
// a fault in Scan.
package sqlite
