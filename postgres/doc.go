// Package postgres keeps a ledger in a PostgreSQL database, of version 15 or
// newer. Several servers may share one: each append takes the ledger's lock in
// the database and reads the head under it.
//
// Each kind has a table ledger.<kind> with a row an entry; the kinds of most
// rows, which are never amended, are partitioned by month. The table
// ledger.spine has one row an entry for ever: log_id, kind, retain_until and
// log_hash stand there alone. People read the views of the schemas audit and
// gold. The tables are made from [daybook.Kinds], see [Schema], by numbered
// migrations that [Migrate] runs and [Open] asks for.
//
// Nothing that is read is trusted to be what was written: a value that is not
// in its canonical form is an error of CodeDamaged in Select and a fault in
// Scan.
package postgres
