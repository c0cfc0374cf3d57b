// Package inbox takes what jobs have left in a store by SQL into the ledger,
// in its order, through the same intake as everything else.
//
//	d, err := inbox.Start(store, inbox.Options{Recorder: recorder})
//	…
//	d.Close()
//
// A letter leaves the inbox when the ledger has it durably, or has refused it
// for good; then it is kept aside with the reason, and those behind it go on. A
// crash in between leaves it where it was: it is recorded once more under the same
// log_id, which the ledger takes for the repeat that it is. Where the ledger cannot
// be written now, the letters wait.
//
// Of the servers that share a store one at a time does this, under the lease
// [daybook.LeaseInbox]. Two that believe they have it do no harm but to the order
// of what they both take.
package inbox
