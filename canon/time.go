package canon

import (
	"strings"
	"time"
)

// canonicalTime is the length of "2006-01-02T15:04:05.000000Z".
const canonicalTime = 27

// civil is a date and time as written, and its offset from UTC.
type civil struct {
	year, month, day     int
	hour, minute, second int
	micro                int
	offset               int // minutes east of UTC
}

// NormalizeTime gives the canonical text of an RFC 3339 time: in UTC, with six
// digits of fraction, "2006-01-02T15:04:05.000000Z". It takes any offset, up
// to nine digits of fraction (beyond microseconds they are cut off, never
// rounded), a T, t or space before the time and a Z or z behind it. Refused
// with an [*Error] are days that do not exist, leap seconds, times without an
// offset, and years outside 0001 to 9999 in UTC. A canonical s is checked and
// returned as it is.
func NormalizeTime(s string) (string, error) {
	c, err := parseCivil(s)
	if err != nil {
		return "", err
	}
	if isCanonicalTime(s) && c.year > 0 {
		return s, nil
	}
	t := c.time()
	if year := t.Year(); year < 1 || year > 9999 {
		return "", timeError(0, "the year is outside 0001 to 9999 in UTC")
	}
	return FormatTime(t), nil
}

// FormatTime gives the canonical text of t, whose year must be within 1 to
// 9999 in UTC. What is finer than a microsecond is cut off.
func FormatTime(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	micro := t.Nanosecond() / 1000
	text := [canonicalTime]byte{4: '-', 7: '-', 10: 'T', 13: ':', 16: ':', 19: '.', 26: 'Z'}
	putPair(text[0:], year/100)
	putPair(text[2:], year%100)
	putPair(text[5:], int(month))
	putPair(text[8:], day)
	putPair(text[11:], hour)
	putPair(text[14:], minute)
	putPair(text[17:], second)
	putPair(text[20:], micro/10000)
	putPair(text[22:], micro/100%100)
	putPair(text[24:], micro%100)
	return string(text[:])
}

// ParseTime reads a canonical text, and no other, as a time in UTC.
func ParseTime(canonical string) (time.Time, error) {
	if !isCanonicalTime(canonical) {
		return time.Time{}, timeError(0, "not a canonical time; it is written 2006-01-02T15:04:05.000000Z")
	}
	c, err := parseCivil(canonical)
	if err != nil {
		return time.Time{}, err
	}
	if c.year == 0 {
		return time.Time{}, timeError(0, "there is no year 0000")
	}
	return c.time(), nil
}

// NormalizeDate checks that s is a date of the calendar written "2006-01-02"
// and returns it. The error is an [*Error].
func NormalizeDate(s string) (string, error) {
	c, err := parseDate(s)
	switch {
	case err != nil:
		return "", err
	case len(s) > len("2006-01-02"):
		return "", timeError(len("2006-01-02"), "there is text after the date; a date is written 2006-01-02")
	case c.year == 0:
		return "", timeError(0, "there is no year 0000")
	}
	return s, nil
}

// isCanonicalTime says whether s, if it is a time at all, is written canonically.
func isCanonicalTime(s string) bool {
	return len(s) == canonicalTime && s[10] == 'T' && s[19] == '.' && s[26] == 'Z'
}

func (c civil) time() time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute-c.offset, c.second, c.micro*1000, time.UTC)
}

// parseCivil reads an RFC 3339 time without converting it.
func parseCivil(s string) (civil, error) {
	c, err := parseDate(s)
	if err != nil {
		return c, err
	}
	if len(s) < len("2006-01-02T15:04:05") {
		return c, timeError(len(s), "the time of day is missing or too short; it is written 15:04:05 behind the date and a T")
	}
	if !strings.ContainsRune("Tt ", rune(s[10])) {
		return c, timeError(10, "expected T between date and time")
	}
	if err := c.parseClock(s); err != nil {
		return c, err
	}
	rest, err := c.parseFraction(s)
	if err != nil {
		return c, err
	}
	return c, c.parseOffset(s, rest)
}

// parseDate reads the date at the start of s.
func parseDate(s string) (civil, error) {
	if len(s) < len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return civil{}, timeError(0, "not a date of the form 2006-01-02")
	}
	century, year, month, day := pair(s, 0), pair(s, 2), pair(s, 5), pair(s, 8)
	if century < 0 || year < 0 || month < 0 || day < 0 {
		return civil{}, timeError(0, "not a date of the form 2006-01-02")
	}
	c := civil{year: century*100 + year, month: month, day: day}
	if month < 1 || month > 12 {
		return civil{}, timeError(5, "there is no such month")
	}
	if day < 1 || day > daysIn(c.year, month) {
		return civil{}, timeError(8, "there is no such day in that month")
	}
	return c, nil
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// parseClock reads the hh:mm:ss behind the date.
func (c *civil) parseClock(s string) error {
	c.hour, c.minute, c.second = pair(s, 11), pair(s, 14), pair(s, 17)
	switch {
	case s[13] != ':' || s[16] != ':' || c.hour < 0 || c.minute < 0 || c.second < 0:
		return timeError(11, "the time of day is not of the form 15:04:05")
	case c.hour > 23:
		return timeError(11, "there is no such hour; midnight is 00:00:00 of the next day")
	case c.minute > 59:
		return timeError(14, "there is no such minute")
	case c.second == 60:
		return timeError(17, "leap seconds cannot be stored; send second 59")
	case c.second > 59:
		return timeError(17, "there is no such second")
	}
	return nil
}

// parseFraction reads the fraction of the second, if there is one, and returns
// where the offset starts.
func (c *civil) parseFraction(s string) (rest int, err error) {
	const point = len("2006-01-02T15:04:05")
	if len(s) == point || s[point] != '.' {
		return point, nil
	}
	rest = point + 1
	for scale := 100_000; rest < len(s) && s[rest]-'0' <= 9; rest++ {
		c.micro += int(s[rest]-'0') * scale
		scale /= 10
	}
	if digits := rest - point - 1; digits == 0 || digits > 9 {
		return rest, timeError(point, "the fraction of the second needs 1 to 9 digits")
	}
	return rest, nil
}

// parseOffset reads the offset, which must be the rest of s.
func (c *civil) parseOffset(s string, at int) error {
	rest := s[at:]
	if rest == "Z" || rest == "z" {
		return nil
	}
	if rest == "" {
		return timeError(at, "the offset from UTC is missing; add Z or one such as +02:00")
	}
	if len(rest) != len("+02:00") || rest[0] != '+' && rest[0] != '-' || rest[3] != ':' {
		return timeError(at, "the offset from UTC is not Z or of the form +02:00")
	}
	hours, minutes := pair(rest, 1), pair(rest, 4)
	if hours < 0 || hours > 23 || minutes < 0 || minutes > 59 {
		return timeError(at, "there is no such offset from UTC")
	}
	c.offset = hours*60 + minutes
	if rest[0] == '-' {
		c.offset = -c.offset
	}
	return nil
}

// pair is the value of the two digits at s[i:], -1 if they are none.
func pair(s string, i int) int {
	tens, ones := s[i]-'0', s[i+1]-'0'
	if tens > 9 || ones > 9 {
		return -1
	}
	return int(tens)*10 + int(ones)
}

// putPair writes n, 0 to 99, as two digits.
func putPair(text []byte, n int) {
	text[0], text[1] = '0'+byte(n/10), '0'+byte(n%10)
}

func timeError(offset int, reason string) error {
	return &Error{Offset: offset, Reason: reason}
}
