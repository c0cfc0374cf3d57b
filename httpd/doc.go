// Package httpd is the HTTP door of Daybook: JSON in, receipts, entries and
// proofs out. It turns requests into records and questions, hands them to a
// [daybook.Recorder], a [daybook.Reader] and a [daybook.Prover], and turns
// their answers and errors into HTTP; it decides nothing about records itself.
//
// Every error is an RFC 9457 problem with the path of what is wrong and what to
// do next. The calls stand in one table, in routes.go; docs/api.md shows each
// by example.
package httpd
