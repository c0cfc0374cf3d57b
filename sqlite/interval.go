package sqlite

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook/canon"
)

// interval is a length of time as PostgreSQL has it: months and days vary in
// length, so they stay apart.
type interval struct {
	months, days int
	rest         time.Duration
}

// units are the names that an interval's units go by.
var units = map[string]interval{
	"microsecond": {rest: time.Microsecond}, "us": {rest: time.Microsecond},
	"millisecond": {rest: time.Millisecond}, "ms": {rest: time.Millisecond},
	"second": {rest: time.Second}, "sec": {rest: time.Second}, "s": {rest: time.Second},
	"minute": {rest: time.Minute}, "min": {rest: time.Minute}, "m": {rest: time.Minute},
	"hour": {rest: time.Hour}, "hr": {rest: time.Hour}, "h": {rest: time.Hour},
	"day": {days: 1}, "d": {days: 1}, "week": {days: 7}, "w": {days: 7},
	"month": {months: 1}, "mon": {months: 1}, "year": {months: 12}, "yr": {months: 12}, "y": {months: 12},
}

// unitNamed gives the unit of a name, in singular or plural.
func unitNamed(name string) (interval, bool) {
	name = strings.ToLower(name)
	u, ok := units[name]
	if !ok {
		u, ok = units[strings.TrimSuffix(name, "s")]
	}
	return u, ok
}

func isUnit(name string) bool {
	_, ok := unitNamed(name)
	return ok
}

// parseInterval reads "7 days", "1 day 2 hours", "1 year -3 months" or
// "2 days 04:05:06".
func parseInterval(text string) (interval, error) {
	var sum interval
	words := strings.Fields(text)
	if len(words) == 0 {
		return sum, fmt.Errorf("interval '%s' says nothing; write one such as '7 days'", text)
	}
	for len(words) > 0 {
		if strings.Contains(words[0], ":") {
			clock, err := parseClock(words[0])
			if err != nil {
				return sum, err
			}
			sum.rest += clock
			words = words[1:]
			continue
		}
		if len(words) < 2 {
			return sum, fmt.Errorf("interval '%s' has a number without a unit; write one such as '7 days'", text)
		}
		if err := sum.add(words[0], words[1]); err != nil {
			return sum, err
		}
		words = words[2:]
	}
	return sum, nil
}

// add adds a number of units. A part of a day is hours; months have no parts.
func (v *interval) add(number, name string) error {
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(n) || math.Abs(n) > 1e9 {
		return fmt.Errorf("interval: %q is no number of units", number)
	}
	unit, ok := unitNamed(name)
	if !ok {
		return fmt.Errorf("interval: there is no unit %q; there are microseconds to years", name)
	}
	whole := math.Trunc(n)
	if unit.months != 0 && whole != n {
		return fmt.Errorf("interval: %s %s is not whole", number, name)
	}
	v.months += int(whole) * unit.months
	v.days += int(whole) * unit.days
	rest := n*float64(unit.rest) + (n-whole)*float64(unit.days)*float64(24*time.Hour)
	if math.Abs(rest) >= math.MaxInt64/2 {
		return fmt.Errorf("interval: %s %s is too long", number, name)
	}
	v.rest += time.Duration(math.Round(rest))
	return nil
}

func parseClock(text string) (time.Duration, error) {
	sign := time.Duration(1)
	digits := strings.TrimLeft(text, "+-")
	if strings.HasPrefix(text, "-") {
		sign = -1
	}
	parts := strings.Split(digits, ":")
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	if len(parts) != 3 {
		return 0, fmt.Errorf("interval: %q is not hours:minutes:seconds", text)
	}
	d, err := time.ParseDuration(parts[0] + "h" + parts[1] + "m" + parts[2] + "s")
	if err != nil {
		return 0, fmt.Errorf("interval: %q is not hours:minutes:seconds", text)
	}
	return sign * d, nil
}

// after gives the time that is the interval after t, or before it for sign -1.
// A day that its month has not becomes the month's last, as in PostgreSQL.
func (v interval) after(t time.Time, sign int) time.Time {
	year, month, day := t.Date()
	first := time.Date(year, month+time.Month(sign*v.months), 1, 0, 0, 0, 0, time.UTC)
	day = min(day, first.AddDate(0, 1, -1).Day())
	moved := time.Date(first.Year(), first.Month(), day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	return moved.AddDate(0, 0, sign*v.days).Add(time.Duration(sign) * v.rest)
}

// parseMoment reads a time as queries write it: RFC 3339, or a date with or
// without a time of day, which is then UTC.
func parseMoment(text string) (time.Time, error) {
	if t, err := canon.NormalizeTime(text); err == nil {
		return canon.ParseTime(t)
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05Z07", "2006-01"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write one such as 2026-01-31T09:00:00Z", clip(text))
}

// formatMoment gives the canonical text, where the year has four digits.
func formatMoment(t time.Time) (string, error) {
	if year := t.Year(); year < 1 || year > 9999 {
		return "", fmt.Errorf("a time in the year %d is out of range", year)
	}
	return canon.FormatTime(t), nil
}

// truncate cuts a time off at a unit, as date_trunc does; weeks begin on Monday.
func truncate(t time.Time, unit string) (time.Time, error) {
	year, month, day := t.Date()
	switch unit {
	case "microsecond", "microseconds":
		return t.Truncate(time.Microsecond), nil
	case "millisecond", "milliseconds":
		return t.Truncate(time.Millisecond), nil
	case "second":
		return t.Truncate(time.Second), nil
	case "minute":
		return t.Truncate(time.Minute), nil
	case "hour":
		return t.Truncate(time.Hour), nil
	case "week":
		day -= (int(t.Weekday()) + 6) % 7
	case "month":
		day = 1
	case "quarter":
		month, day = (month-1)/3*3+1, 1
	case "year":
		month, day = 1, 1
	case "day":
	default:
		return t, fmt.Errorf("date_trunc: there is no unit %q; there are microsecond to year", unit)
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC), nil
}

// part gives a field of a time, as date_part does.
func part(t time.Time, field string) (any, error) {
	switch field {
	case "epoch":
		return float64(t.UnixMicro()) / 1e6, nil
	case "microseconds":
		return int64(t.Second())*1_000_000 + int64(t.Nanosecond()/1000), nil
	case "milliseconds":
		return float64(t.Second())*1000 + float64(t.Nanosecond()/1000)/1000, nil
	case "second":
		return float64(t.Second()) + float64(t.Nanosecond()/1000)/1e6, nil
	case "minute":
		return int64(t.Minute()), nil
	case "hour":
		return int64(t.Hour()), nil
	case "day":
		return int64(t.Day()), nil
	case "dow":
		return int64(t.Weekday()), nil
	case "isodow":
		return int64(t.Weekday()+6)%7 + 1, nil
	case "doy":
		return int64(t.YearDay()), nil
	case "week":
		_, week := t.ISOWeek()
		return int64(week), nil
	case "isoyear":
		year, _ := t.ISOWeek()
		return int64(year), nil
	case "month":
		return int64(t.Month()), nil
	case "quarter":
		return int64(t.Month()-1)/3 + 1, nil
	case "year":
		return int64(t.Year()), nil
	}
	return nil, fmt.Errorf("date_part: there is no field %q; there are epoch, second to year, dow and doy", field)
}
