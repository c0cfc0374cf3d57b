package canon

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"pgregory.net/rapid"
)

// character draws from every class that the canonical form treats differently,
// and from the ends of each.
func character() *rapid.Generator[rune] {
	return rapid.OneOf(
		rapid.RuneFrom([]rune(`abcXYZ019 _-.,:;'<>&{}[]`)),
		rapid.RuneFrom([]rune("\"\\/\n\r\t\b\f\v\x01\x1f\x7f\u0080\u009f\u00a0")),
		rapid.RuneFrom([]rune("éßüñ\u0301玉米\u2028\ufeff\ufffd\ufffe\uffff\ud7ff\ue000")),
		rapid.RuneFrom([]rune("\U00010000\U0001f33d\U0001f600\U000fffff\U0010ffff")),
	)
}

func text() *rapid.Generator[string] {
	return rapid.StringOfN(character(), 0, 24, -1)
}

// float draws any finite float64, often one that is hard to print.
func float() *rapid.Generator[float64] {
	finite := func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
	return rapid.OneOf(
		rapid.Map(rapid.Uint64(), math.Float64frombits),
		rapid.Map(rapid.Uint64Max(1<<53), math.Float64frombits), // subnormals and the least normals
		rapid.Float64(),
		rapid.Map(rapid.Int64(), func(n int64) float64 { return float64(n) }),
		rapid.Map(rapid.Int64Range(-1e7, 1e7), func(n int64) float64 { return float64(n) / 1e4 }),
		rapid.Custom(func(t *rapid.T) float64 { // beside powers of ten
			f, _ := strconv.ParseFloat(fmt.Sprintf("1e%d", rapid.IntRange(-308, 308).Draw(t, "power")), 64)
			return math.Float64frombits(math.Float64bits(f) + uint64(rapid.IntRange(-2, 2).Draw(t, "step")))
		}),
	).Filter(finite)
}

// rawNumber draws a JSON number in any spelling, a few beyond what is taken.
func rawNumber() *rapid.Generator[string] {
	digits := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), 1, 25, -1)
	return rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.Map(rapid.Int64Range(-20, 20), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.SampledFrom([]string{
			"-0", "0.0", "-0.0", "1.0", "1e17", "1e-400", "9223372036854775807", "-9223372036854775808",
			"9223372036854775808.0", "9223372036854774784e0", "-9223372036854775808.0", "1e15", "1e16", "1E+16", "0.0001", "0.00001",
		}),
		rapid.Custom(func(t *rapid.T) string {
			format := rapid.SampledFrom([]byte("efgEG")).Draw(t, "format")
			precision := rapid.IntRange(-1, 20).Draw(t, "precision")
			return strings.TrimSuffix(strconv.FormatFloat(float().Draw(t, "float"), format, precision, 64), ".")
		}),
		rapid.Custom(func(t *rapid.T) string {
			whole := strings.TrimLeft(digits.Draw(t, "whole"), "0")
			if whole == "" {
				whole = "0"
			}
			s := rapid.SampledFrom([]string{"", "-"}).Draw(t, "sign") + whole
			if rapid.Bool().Draw(t, "fraction") {
				s += "." + digits.Draw(t, "digits")
			}
			if rapid.Bool().Draw(t, "exponent") {
				s += fmt.Sprintf("e%d", rapid.IntRange(-330, 310).Draw(t, "exponent"))
			}
			return s
		}),
	)
}

// rawString draws a JSON string, each character written in one of the ways it
// may be.
func rawString() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		b.WriteByte('"')
		for _, r := range text().Draw(t, "text") {
			b.WriteString(spell(r, rapid.IntRange(0, 3).Draw(t, "spelling")))
		}
		b.WriteByte('"')
		return b.String()
	})
}

// spell writes one character of a JSON string as it is, if it may be (0 and
// 1), or as an escape with small or capital digits.
func spell(r rune, way int) string {
	format := `\u%04x`
	if way == 3 {
		format = `\u%04X`
	}
	switch {
	case way < 2 && r >= 0x20 && r != '"' && r != '\\':
		return string(r)
	case way < 2 && strings.ContainsRune("\"\\\n\r\t\b\f", r):
		quoted := strconv.Quote(string(r)) // Go's escapes of these are JSON's
		return quoted[1 : len(quoted)-1]
	case r >= 0x10000:
		return fmt.Sprintf(format+format, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
	}
	return fmt.Sprintf(format, r)
}

// space draws white space, mostly none.
func space() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", "", "", " ", "\n", "\t\r ", "  "})
}

// rawJSON draws the text of any JSON value, its keys in any order, with at most depth
// arrays and objects inside one another.
func rawJSON(depth int) *rapid.Generator[string] {
	scalars := []*rapid.Generator[string]{rapid.SampledFrom([]string{"null", "true", "false"}), rawString(), rawNumber()}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	inner := rawJSON(depth - 1)
	array := rapid.Map(rapid.SliceOfN(inner, 0, 5), func(list []string) string { return "[" + strings.Join(list, ",") + "]" })
	object := rapid.Custom(func(t *rapid.T) string {
		keys := rapid.OneOf(rawString(), rapid.SampledFrom([]string{`"a"`, `"b"`, `"ab"`, `"longer key 1"`, `"longer key 2"`, `"é"`}))
		var members []string
		for i := range rapid.IntRange(0, 24).Draw(t, "members") {
			key := keys.Draw(t, "key")
			if rapid.IntRange(0, 60).Draw(t, "duplicates") > 0 {
				key = fmt.Sprintf(`%s%d"`, key[:len(key)-1], i*7%25)
			}
			value := rapid.OneOf(scalars...)
			if i < 3 {
				value = inner
			}
			members = append(members, space().Draw(t, "space")+key+space().Draw(t, "space")+":"+value.Draw(t, "value"))
		}
		return "{" + strings.Join(members, ",") + space().Draw(t, "space") + "}"
	})
	return rapid.OneOf(append(scalars, array, object, object)...)
}

// damage changes one to three places of raw.
func damage(raw []byte, random *rand.Rand) []byte {
	pieces := []string{
		`"`, `\`, "{", "}", "[", "]", ",", ":", " ", "\n", "0", "1", "-", "+", ".", "e", "9", "\x00", "\x1f", "\x7f", "\x80", "\xc3", "é",
		`\u`, `\u0000`, `\ud83c`, `\udf3d`, `\u00e9`, "\xed\xa0\x80", "null", "NaN", "1e400", "99999999999999999999", `"a":1,`, "\ufeff", "\u00a0",
	}
	for range 1 + random.IntN(3) {
		at := random.IntN(len(raw) + 1)
		end := min(at+random.IntN(3), len(raw))
		raw = append(append(append([]byte{}, raw[:at]...), pieces[random.IntN(len(pieces))]...), raw[end:]...)
	}
	return raw
}
