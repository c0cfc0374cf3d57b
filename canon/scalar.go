package canon

import (
	"math"
	"strconv"
)

// AppendInt appends n in decimal.
func AppendInt(dst []byte, n int64) []byte {
	return strconv.AppendInt(dst, n, 10)
}

// AppendBool appends true or false.
func AppendBool(dst []byte, b bool) []byte {
	return strconv.AppendBool(dst, b)
}

// AppendFloat appends f as Python's repr(float) writes it: the shortest digits
// that read back as f, always a float literal ("0.0", "1.5", "1e+16",
// "1e-05"), with an exponent of at least two digits from 1e16 up and below
// 1e-4. Negative zero is written "0.0". f must be finite: neither JSON nor the
// canonical form has NaN or infinities.
func AppendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, "0.0"...)
	}
	if abs := math.Abs(f); abs >= 1e16 || abs < 1e-4 {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}
