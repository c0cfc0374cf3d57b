package redact

import "strings"

// digitsOf gives the digits of a text, as numbers.
func digitsOf(s string) []int {
	var digits []int
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			digits = append(digits, int(c-'0'))
		}
	}
	return digits
}

// luhn says whether the last digit is the check of the others (ISO/IEC 7812).
func luhn(digits []int) bool {
	sum := 0
	for i := range digits {
		d := digits[len(digits)-1-i]
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func isCard(c *candidate) bool {
	digits := digitsOf(c.secret())
	return len(digits) >= 13 && len(digits) <= 19 && luhn(digits) && !sameDigits(digits)
}

func sameDigits(digits []int) bool {
	for _, d := range digits {
		if d != digits[0] {
			return false
		}
	}
	return true
}

// isIBAN checks an IBAN by ISO 13616: the first four characters go to the end,
// letters become numbers, and the remainder by 97 is one. A match may have
// taken in the word behind it, so shorter ones are tried.
func isIBAN(c *candidate) bool {
	for {
		if ibanRemainder(c.secret()) == 1 {
			return true
		}
		i := strings.LastIndexByte(c.secret(), ' ')
		if i < 0 {
			return false
		}
		c.end = c.start + i
	}
}

func ibanRemainder(s string) int {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 || len(s) > 34 {
		return 0
	}
	rest := 0
	for i := range len(s) {
		switch b := s[(i+4)%len(s)]; {
		case b <= '9':
			rest = (rest*10 + int(b-'0')) % 97
		default:
			rest = (rest*100 + int(b-'A') + 10) % 97
		}
	}
	return rest
}

// isPhone wants as many digits as a number of a country has.
func isPhone(c *candidate) bool {
	if c.start > 0 && (wordByte(c.s[c.start-1]) || c.s[c.start-1] == '.' || c.s[c.start-1] == '-') {
		return false
	}
	n := len(digitsOf(c.secret()))
	return n >= 9 && n <= 17
}

// isSSN leaves out what the Social Security Administration never gives.
func isSSN(c *candidate) bool {
	s := c.secret()
	return s[:3] != "000" && s[:3] != "666" && s[0] != '9' && s[4:6] != "00" && s[7:] != "0000" && apartFromDigits(c)
}

// apartFromDigits says that a number is not a part of a longer one that is
// joined by hyphens or dots.
func apartFromDigits(c *candidate) bool {
	joins := func(i int) bool {
		return i >= 0 && i < len(c.s) && (c.s[i] == '-' || c.s[i] == '.' && i+1 < len(c.s) && c.s[i+1] >= '0' && c.s[i+1] <= '9')
	}
	return !joins(c.start-1) && !joins(c.end)
}

// isNINO leaves out the prefixes of the United Kingdom that nobody has.
func isNINO(c *candidate) bool {
	switch c.secret()[:2] {
	case "BG", "GB", "NK", "KN", "TN", "NT", "ZZ":
		return false
	}
	return true
}

// isNIR checks a French number: the last two digits are 97 less the remainder
// of the rest. Corsica's letters count as numbers of their own.
func isNIR(c *candidate) bool {
	s := strings.ReplaceAll(c.secret(), " ", "")
	if len(s) != 15 {
		return false
	}
	less := 0
	body := []byte(s[:13])
	switch body[6] {
	case 'A':
		body[6], less = '0', 1000000
	case 'B':
		body[6], less = '0', 2000000
	}
	n := 0
	for _, b := range body {
		if b < '0' || b > '9' {
			return false
		}
		n = n*10 + int(b-'0')
	}
	key := int(s[13]-'0')*10 + int(s[14]-'0')
	return 97-(n-less)%97 == key
}

// isDNI checks the letter of a Spanish DNI or NIE.
func isDNI(c *candidate) bool {
	s := strings.ReplaceAll(c.secret(), "-", "")
	n := 0
	for i := range 8 {
		switch b := s[i]; {
		case b >= 'X' && b <= 'Z':
			n = int(b - 'X')
		default:
			n = n*10 + int(b-'0')
		}
	}
	return s[8] == "TRWAGMYFPDXBNJZSQVHLCKE"[n%23]
}

// isCF checks the last letter of an Italian codice fiscale.
func isCF(c *candidate) bool {
	s := c.secret()
	odd := [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i := range 15 {
		n := int(s[i] - '0')
		if s[i] >= 'A' {
			n = int(s[i] - 'A')
		}
		if i%2 == 0 {
			n = odd[n]
		}
		sum += n
	}
	return s[15] == byte('A'+sum%26)
}

// weighed says whether digits times weights make a multiple of ten.
func weighed(digits []int, weights ...int) bool {
	sum := 0
	for i, d := range digits {
		sum += d * weights[i%len(weights)]
	}
	return sum%10 == 0
}

// isPESEL checks a Polish number and the month in it.
func isPESEL(c *candidate) bool {
	d := digitsOf(c.secret())
	month, day := (d[2]*10+d[3])%20, d[4]*10+d[5]
	return month >= 1 && month <= 12 && day >= 1 && day <= 31 && weighed(d, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)
}

// isCPF checks both check digits of a Brazilian number.
func isCPF(c *candidate) bool {
	d := digitsOf(c.secret())
	for _, n := range []int{9, 10} {
		sum := 0
		for i := range n {
			sum += d[i] * (n + 1 - i)
		}
		if sum*10%11%10 != d[n] {
			return false
		}
	}
	return !sameDigits(d)
}

// isEAN checks a Swiss AHV number, which is an EAN-13.
func isEAN(c *candidate) bool { return weighed(digitsOf(c.secret()), 1, 3) }

// isPersonnummer checks a Swedish number and the month in it.
func isPersonnummer(c *candidate) bool {
	d := digitsOf(c.secret())
	d = d[len(d)-10:]
	month, day := d[2]*10+d[3], d[4]*10+d[5]
	return month >= 1 && month <= 12 && day >= 1 && day <= 91 && luhn(d)
}
