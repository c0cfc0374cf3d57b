package canon

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// reasonNUL is one text for strings of every kind. PostgreSQL's text and jsonb
// cannot hold U+0000, so no entry may.
const (
	reasonNUL  = "a string holds the character NUL (U+0000), which cannot be stored; remove it"
	reasonUTF8 = "a string is not valid UTF-8; encode it as UTF-8, or binary data as base64"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as Python's json.dumps(s) writes it: in quotes, ASCII
// only. Everything outside U+0020 to U+007E, the quote and the backslash is
// escaped: \" \\ \n \r \t \b \f, else \uXXXX in lower-case hex, with surrogate
// pairs beyond U+FFFF. s must be valid UTF-8 ([CheckString]); a stray byte
// would be written as U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return append(dst, '"')
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		dst = appendEscape(dst, r)
		s = s[n+size:]
	}
}

// AppendKey appends the key of an object's member and its separator: `"key": `.
func AppendKey(dst []byte, key string) []byte {
	return append(AppendString(dst, key), ": "...)
}

// AppendStrings appends list as an array of strings, `["a", "b"]`. An empty
// list is `[]`; entries leave empty arrays out, which is the caller's decision.
func AppendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = AppendString(dst, s)
	}
	return append(dst, ']')
}

// CheckString says whether s can stand in an entry: valid UTF-8 (so no
// surrogates) without NUL. The error is an [*Error] with the offset of the
// first byte at fault.
func CheckString(s string) error {
	if !utf8.ValidString(s) {
		return &Error{Offset: firstInvalid(s), Reason: reasonUTF8}
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		return &Error{Offset: i, Reason: reasonNUL}
	}
	return nil
}

// firstInvalid is the offset of the first byte that is not UTF-8, len(s) if none.
func firstInvalid(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

// appendEscape appends the escape of r, which must need one.
func appendEscape(dst []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	}
	if r < 0x10000 {
		return appendUnit(dst, r)
	}
	// Not utf16.EncodeRune: it checks again what the decoder has ensured.
	r -= 0x10000
	return appendUnit(appendUnit(dst, 0xd800+r>>10), 0xdc00+r&0x3ff)
}

// appendUnit appends one UTF-16 code unit as \uXXXX.
func appendUnit(dst []byte, u rune) []byte {
	return append(dst, '\\', 'u',
		hexDigits[u>>12&0xf], hexDigits[u>>8&0xf], hexDigits[u>>4&0xf], hexDigits[u&0xf])
}

// isPlain says whether c stands for itself in a canonical string.
func isPlain(c byte) bool {
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'
}

// plainPrefix is the number of bytes at the start of s that stand for
// themselves, found eight at a time.
func plainPrefix[T string | []byte](s T) int {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// Each term has a byte's high bit set where the byte is, in turn: not
		// ASCII, DEL, a control, a quote, a backslash. Carries and borrows run
		// only upwards from a byte already marked, so the lowest mark is right.
		marks := (w | (w + ones) | (w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & high
		if marks != 0 {
			return i + bits.TrailingZeros64(marks)/8
		}
	}
	for i < len(s) && isPlain(s[i]) {
		i++
	}
	return i
}
