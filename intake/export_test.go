package intake

import "github.com/daybook-audit/daybook/sqllineage"

// Parsing has something else read SQL.
func (d Derivation) Parsing(parse func(string, sqllineage.Options) *sqllineage.Result) Derivation {
	d.parse = parse
	return d
}

// What one call may have derived.
const (
	CallEdges = callEdges
	CallTime  = callTime
)
