package intake

import (
	"time"

	"github.com/daybook-audit/daybook/sqllineage"
)

// Parsing has something else read SQL.
func (d Derivation) Parsing(parse func(string, sqllineage.Options) *sqllineage.Result) Derivation {
	d.parse = parse
	return d
}

// Waiting has an operation wait so long while other SQL, or the past of its
// session, is being read.
func (d Derivation) Waiting(most time.Duration) Derivation {
	d.gateTime, d.pastTime = most, most
	return d
}

// What one call may have derived.
const (
	CallEdges = callEdges
	CallTime  = callTime
)
