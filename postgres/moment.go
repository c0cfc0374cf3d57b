package postgres

// Canonical times and dates as PostgreSQL keeps them: microseconds and days
// since 2000. Going through time.Time would take most of the time of encoding a
// row.

const (
	microsOfADay = 86_400_000_000
	epochDay     = 730119 // days from the year 1 to 2000
	lastDay      = 3652058
)

var daysBefore = [...]int{0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365}

// digits reads a number of digits alone; -1 where there is anything else.
func digits(text string) int {
	n := 0
	for i := range len(text) {
		d := text[i] - '0'
		if d > 9 {
			return -1
		}
		n = n*10 + int(d)
	}
	return n
}

func isLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// dayOf gives the days from 0001-01-01 to a date such as 2026-01-31.
func dayOf(text string) (day int, ok bool) {
	if len(text) != len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return 0, false
	}
	year, month, at := digits(text[:4]), digits(text[5:7]), digits(text[8:])
	if year < 1 || month < 1 || month > 12 || at < 1 {
		return 0, false
	}
	length := daysBefore[month] - daysBefore[month-1]
	if month == 2 && isLeap(year) {
		length++
	}
	if at > length {
		return 0, false
	}
	y := year - 1
	day = y*365 + y/4 - y/100 + y/400 + daysBefore[month-1] + at - 1
	if month > 2 && isLeap(year) {
		day++
	}
	return day, true
}

// microsOf gives the microseconds from 2000 to a canonical time such as
// 2026-01-31T09:00:00.000000Z.
func microsOf(text string) (int64, bool) {
	if len(text) != len("2006-01-02T15:04:05.000000Z") || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != '.' || text[26] != 'Z' {
		return 0, false
	}
	day, ok := dayOf(text[:10])
	hour, minute, second, micro := digits(text[11:13]), digits(text[14:16]), digits(text[17:19]), digits(text[20:26])
	if !ok || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || micro < 0 {
		return 0, false
	}
	return int64(day-epochDay)*microsOfADay + int64((hour*60+minute)*60+second)*1_000_000 + int64(micro), true
}

// appendDate appends the date of days from 0001-01-01 on; false where it is
// outside of the years that there are.
func appendDate(dst []byte, days int64) ([]byte, bool) {
	if days < 0 || days > lastDay {
		return dst, false
	}
	day := int(days)
	year := day/366 + 1 // too early by few
	for year < 9999 && startOf(year+1) <= day {
		year++
	}
	day -= startOf(year)
	month := 1
	for month < 12 && day >= before(year, month+1) {
		month++
	}
	at := day - before(year, month) + 1
	dst = appendDigits(dst, year, 4)
	dst = appendDigits(append(dst, '-'), month, 2)
	return appendDigits(append(dst, '-'), at, 2), true
}

// startOf gives the days from 0001-01-01 to the first of a year.
func startOf(year int) int {
	y := year - 1
	return y*365 + y/4 - y/100 + y/400
}

// before gives the days of a year before a month.
func before(year, month int) int {
	days := daysBefore[month-1]
	if month > 2 && isLeap(year) {
		days++
	}
	return days
}

func appendDigits(dst []byte, n, width int) []byte {
	for range width {
		dst = append(dst, 0)
	}
	for i := len(dst) - 1; i >= len(dst)-width; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// timeText gives the canonical form of microseconds since 2000; false where
// that is outside of the years that there are.
func timeText(micros int64) (text string, ok bool) {
	day, micro := micros/microsOfADay, micros%microsOfADay
	if micro < 0 {
		day, micro = day-1, micro+microsOfADay
	}
	dst, ok := appendDate(make([]byte, 0, len("2006-01-02T15:04:05.000000Z")), day+epochDay)
	if !ok {
		return "", false
	}
	second := int(micro / 1_000_000)
	dst = appendDigits(append(dst, 'T'), second/3600, 2)
	dst = appendDigits(append(dst, ':'), second/60%60, 2)
	dst = appendDigits(append(dst, ':'), second%60, 2)
	dst = appendDigits(append(dst, '.'), int(micro%1_000_000), 6)
	return string(append(dst, 'Z')), true
}
