package lineage

import (
	"strconv"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// ParseSince reads a point in time as people write it: RFC 3339 with an
// offset, a date (its midnight in UTC), or how long ago: 30m, 12h, 7d, 2w. How
// long ago counts from the beginning of now's minute, so that a page that asks
// the same every few seconds asks for the same, and its reads share an entry
// in the log of reads. Errors are of CodeInvalid.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if t, ok := ago(s, now.UTC().Truncate(time.Minute)); ok {
		if t.Year() < 1 {
			return time.Time{}, timeError(s, "is before the year 1")
		}
		return t, nil
	}
	if date, err := canon.NormalizeDate(s); err == nil {
		s = date + "T00:00:00Z"
	}
	text, err := canon.NormalizeTime(s)
	if err != nil {
		return time.Time{}, timeError(s, "is not a time")
	}
	return canon.ParseTime(text)
}

// ago reads digits and a unit.
func ago(s string, now time.Time) (time.Time, bool) {
	const digits = 5 // so that no unit can overflow
	if len(s) < 2 || len(s) > digits+1 {
		return time.Time{}, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil {
		return time.Time{}, false
	}
	switch s[len(s)-1] {
	case 'm':
		return now.Add(-time.Duration(n) * time.Minute), true
	case 'h':
		return now.Add(-time.Duration(n) * time.Hour), true
	case 'd':
		return now.AddDate(0, 0, -int(n)), true
	case 'w':
		return now.AddDate(0, 0, -7*int(n)), true
	}
	return time.Time{}, false
}

func timeError(s, what string) error {
	e := daybook.Invalidf("", "%q %s", daybook.Clip(s), what)
	e.Hint = "write a time such as 2026-01-31T09:00:00Z, a date such as 2026-01-31, or how long ago: 30m, 12h, 7d, 2w"
	return e
}
