package sqllineage

import "time"

// resolve says what the statements of a text do: one Statement for each, in
// the same order, and what they do together. Fingerprints, and the lines and
// columns of warnings, are left to the caller. tokens is how many the text
// had, which bounds the work.
func resolve(text string, statements []*statement, o Options, tokens int, deadline time.Time) *Result {
	r := &resolver{text: text, options: o, deadline: deadline}
	for _, s := range statements {
		r.result.Statements = append(r.result.Statements, Statement{Kind: s.kind, Span: s.span, Status: Parsed})
	}
	r.result.Status, r.result.Tokens = Parsed, tokens
	return &r.result
}

// A resolver gives the references of a text their columns.
type resolver struct {
	text     string
	options  Options
	deadline time.Time
	result   Result
}
