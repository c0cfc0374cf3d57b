package proxy

import (
	"errors"
	"time"

	"github.com/daybook-audit/daybook"
)

// A ledger that is away and takes its time to say so would have every call wait
// for nothing, the refused ones too. So it is asked once in a while.

const (
	slow      = 100 * time.Millisecond // a failure that took no longer holds nobody up
	firstRest = time.Second
	maxRest   = 10 * time.Second // where calls pass unrecorded; else they are to go on soon
)

// away says whether the ledger is being left alone, and why.
type away struct {
	most  time.Duration // how long it is left alone
	why   error
	until time.Time
	rest  time.Duration
}

// now gives the error of the last try, while no other one is to be made.
func (a *away) now() error {
	if a.why != nil && time.Now().Before(a.until) {
		return a.why
	}
	return nil
}

// note takes what came of a try, and how long that took.
func (a *away) note(err error, took time.Duration) {
	if err == nil || took < slow || ofOne(err) {
		a.why, a.rest = nil, 0
		return
	}
	a.rest = min(max(firstRest, 2*a.rest), a.most)
	a.why, a.until = err, time.Now().Add(a.rest)
}

// ofOne says that an error may be about one record of several, so that the
// others are to be tried alone.
func ofOne(err error) bool {
	if errors.Is(err, errPacked) {
		return true
	}
	switch daybook.CodeOf(err) {
	case daybook.CodeUnavailable, daybook.CodeTooMany, daybook.CodeUnauthorized:
		return false
	case daybook.CodeInternal:
		var ours *daybook.Error
		return errors.As(err, &ours) // else it is that of a time that is over, or of a disk
	}
	return true
}
