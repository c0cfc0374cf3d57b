// Package redact finds secrets in text and JSON, and puts a mark in the place
// of each: [REDACTED:rule]. It knows nothing of records, and imports nothing
// but the standard library, since the SDK does its work with it before
// anything is written to disk.
//
// The rules are those of gitleaks (see rules.json and NOTICE) and our own, and
// they are data that the Python client reads too: what the one redacts, the
// other redacts. A rule is tried only where one of its keywords stands, which
// one pass over the text tells, so that ordinary text costs next to nothing.
//
// Redacting twice is redacting once. A mark that is there already is left as it
// is and counts as a finding, so whoever meets redacted text knows that it is.
package redact

//go:generate go -C rules run .
