package sqlite

import "strings"

// How long a body is kept is nearly always a number of whole days from when it
// was logged, so the spine has the days: two bytes instead of eight. What is no
// whole number of days stands there as microseconds since 1970, moved out of
// the way of the days where it is not negative.
const (
	mostDays     = 4_000_000 // more than there are in the years of canonical times
	microsOfADay = 86_400_000_000
)

// retainForm is how the spine keeps a retain_until; both are microseconds.
func retainForm(loggedAt, retainUntil int64) int64 {
	days := (retainUntil - loggedAt) / microsOfADay
	switch {
	case loggedAt+days*microsOfADay == retainUntil && days >= 0 && days < mostDays:
		return days
	case retainUntil >= 0:
		return retainUntil + mostDays
	default:
		return retainUntil
	}
}

// retainMicros reads what [retainForm] gave. A value that it never gives is no
// time at all: each has one form.
func retainMicros(loggedAt, held int64) (micro int64, ok bool) {
	micro = held
	switch {
	case held >= mostDays:
		micro -= mostDays
	case held >= 0:
		micro = loggedAt + held*microsOfADay
	}
	return micro, retainForm(loggedAt, micro) == held
}

// retainSQL is the SQL of retainMicros over a row of the spine.
func retainSQL(spine string) string {
	return strings.ReplaceAll("CASE WHEN $retain_until < 0 THEN $retain_until WHEN $retain_until < 4000000 "+
		"THEN $logged_at + $retain_until * 86400000000 ELSE $retain_until - 4000000 END", "$", spine)
}
