// Package access logs who reads the log. [Around] puts a [Log] around a
// [daybook.Reader]: every answer has its log_access_audit entry in the ledger
// before it is handed out, and where the entry cannot be written there is no
// answer. Doors that read by other ways, such as verifying, say so with
// [Log.Note].
//
// Identical reads within a minute share one entry, which counts them
// (docs/adr/0006).
package access
