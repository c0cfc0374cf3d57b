// Package intake is what a record passes before the ledger: a Recorder around
// a Recorder, one file a stage.
//
// A record that comes out at the other end is whole and sound: its writer may
// write it, it has its ids, tenant and time, every value keeps the rules of
// its column, and previews are no longer than they should be. The stages run
// over one record after the other, and nothing is passed on unless all records
// of the call got through. The error of a call is that of the first record
// refused, with a path that begins with the record's index.
//
// What follows from records that have passed all stages comes last, for a whole
// call at once: the costs of conversations, see [Intake.Pricing], and the
// lineage of SQL, see [Intake.Deriving].
//
// Stages fill and change the caller's own records. That is meant: a caller
// that was told to try again gives the same slice again, and so repeats the
// ids and times that were filled in at first. Every stage gives the same
// record again when it meets what it has made itself.
package intake
