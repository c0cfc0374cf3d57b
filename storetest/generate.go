package storetest

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// Records makes records of a kind as a client could send them after defaults
// are filled in: the subject, the required columns and the tenant are there,
// any other column may be. Values keep to the column's type, words and range,
// and to nothing between columns; a serial subject is left out.
func Records(k *daybook.Kind) *rapid.Generator[daybook.Record] {
	return rapid.Custom(func(t *rapid.T) daybook.Record {
		r := daybook.NewRecord(k)
		for i := range k.Columns {
			c := &k.Columns[i]
			if c.Envelope || c.Serial {
				continue
			}
			must := c.Required || c.Subject || c == k.Time() || c.Default != ""
			if must || rapid.Bool().Draw(t, "has "+c.Name) {
				r.Values[i] = Values(c).Draw(t, c.Name)
			}
		}
		return r
	})
}

// Values makes values of a column, never absent.
func Values(c *daybook.Column) *rapid.Generator[daybook.Value] {
	switch {
	case c.Closed != nil:
		return rapid.Map(rapid.SampledFrom(c.Closed), daybook.TextValue)
	case c.Name == "business_id":
		return rapid.Map(rapid.SampledFrom([]string{"default", "acme", "Ärger & Söhne"}), daybook.TextValue)
	case c.Subject && c.Type == daybook.TypeText:
		return rapid.Map(Texts(), func(s string) daybook.Value { return daybook.TextValue(uuid.NewString() + s) })
	}
	switch c.Type {
	case daybook.TypeInt:
		return rapid.Map(integers(c), daybook.IntValue)
	case daybook.TypeFloat:
		return rapid.Map(floats(c), daybook.FloatValue)
	case daybook.TypeBool:
		return rapid.Map(rapid.Bool(), daybook.BoolValue)
	case daybook.TypeUUID:
		return rapid.Map(uuids(), daybook.TextValue)
	case daybook.TypeHex:
		return rapid.Map(bytesOf(16), func(b []byte) daybook.Value { return daybook.TextValue(hex.EncodeToString(b)) })
	case daybook.TypeTime:
		return rapid.Map(Times(), daybook.TextValue)
	case daybook.TypeDate:
		return rapid.Map(Times(), func(s string) daybook.Value { return daybook.TextValue(s[:len("2006-01-02")]) })
	case daybook.TypeJSON:
		return rapid.Map(JSON(), daybook.TextValue)
	case daybook.TypeTexts:
		return rapid.Map(rapid.SliceOfN(Texts(), 1, 4), daybook.TextsValue)
	case daybook.TypeOptions:
		return options()
	default:
		return rapid.Map(Texts(), daybook.TextValue)
	}
}

// Texts makes texts that a store may stumble over: empty, quotes, controls,
// characters beyond the first plane, texts that look like numbers or SQL.
func Texts() *rapid.Generator[string] {
	hard := rapid.SampledFrom([]string{
		"", " ", "0", "1e5", "007", "true", "NULL", "null", "[]", "{}", "'", `"`, `\`, "--", "/*", "%_", "$1", "?", "\x7f",
		"\t\r\n\b\f", "\u2028\u2029", "\ufeff", "\ufffd", "\uffff", "é e\u0301", "ß ſ K", "日本語", "🙂👩‍👩‍👧", "\U0010ffff",
		"Robert'); DROP TABLE conversations;--", "silver.observation", strings.Repeat("x", 9000), strings.Repeat("🙂", 700),
	})
	return rapid.OneOf(rapid.Map(rapid.String(), storable), rapid.StringMatching(`[a-z_.]{1,20}`), hard)
}

// storable drops what no entry may hold.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// Times makes canonical times over all the years there are.
func Times() *rapid.Generator[string] {
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	last := time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC).UnixMicro()
	format := func(n int64) string { return canon.FormatTime(time.UnixMicro(n)) }
	return rapid.OneOf(
		rapid.Map(rapid.Int64Range(1_700_000_000_000_000, 1_900_000_000_000_000), format),
		rapid.Map(rapid.Int64Range(first, last), format),
		rapid.SampledFrom([]string{format(first), format(last), format(0), format(-1), "2000-02-29T23:59:59.000001Z"}),
	)
}

// JSON makes canonical JSON of any shape but null, which is absence.
func JSON() *rapid.Generator[string] {
	return rapid.Map(rapid.OneOf(jsonText(4), jsonHard()), func(raw string) string {
		text, err := canon.AppendJSON(nil, []byte(raw))
		if err != nil {
			panic("storetest: generated JSON that is none: " + err.Error())
		}
		if string(text) == "null" {
			return "{}"
		}
		return string(text)
	})
}

func jsonHard() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{
		"{}", "[]", `""`, "0", "false", `[null, null]`, `{"": {"": []}}`, "9223372036854775807", "-9223372036854775808",
		"1e19", "1e308", "5e-324", "0.1", "1.7976931348623157e308", `"\ud83d\ude42"`, `{"b": 1, "a": 2, "\u00e9": 3}`,
		strings.Repeat("[", 90) + strings.Repeat("]", 90), `{"a": "', b = '"}`, `[` + strings.Repeat("1, ", 4000) + `1]`,
	})
}

func jsonText(depth int) *rapid.Generator[string] {
	quote := func(s string) string { return string(canon.AppendString(nil, s)) }
	scalar := rapid.OneOf(
		rapid.Just("null"), rapid.Just("true"), rapid.Just("false"), rapid.Map(Texts(), quote),
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.Map(finite(-math.MaxFloat64), func(f float64) string { return string(canon.AppendFloat(nil, f)) }),
	)
	if depth == 0 {
		return scalar
	}
	inner := rapid.Deferred(func() *rapid.Generator[string] { return jsonText(depth - 1) })
	array := rapid.Map(rapid.SliceOfN(inner, 0, 3), func(list []string) string { return "[" + strings.Join(list, ", ") + "]" })
	object := rapid.Map(rapid.MapOfN(Texts(), inner, 0, 3), func(m map[string]string) string {
		var members []string
		for name, value := range m {
			members = append(members, quote(name)+": "+value)
		}
		return "{" + strings.Join(members, ", ") + "}"
	})
	return rapid.OneOf(scalar, array, object)
}

func options() *rapid.Generator[daybook.Value] {
	one := rapid.Custom(func(t *rapid.T) daybook.Option {
		o := daybook.Option{
			Option: Texts().Draw(t, "option"),
			Pros:   rapid.SliceOfN(Texts(), 0, 2).Draw(t, "pros"),
			Cons:   rapid.SliceOfN(Texts(), 0, 2).Draw(t, "cons"),
		}
		if rapid.Bool().Draw(t, "has score") {
			o.Score = new(finite(-math.MaxFloat64).Draw(t, "score"))
		}
		return o
	})
	return rapid.Map(rapid.SliceOfN(one, 1, 3), func(list []daybook.Option) daybook.Value {
		v, err := daybook.OptionsValue(list)
		if err != nil {
			panic("storetest: generated options that are none: " + err.Error())
		}
		return v
	})
}

func integers(c *daybook.Column) *rapid.Generator[int64] {
	least := int64(math.MinInt64)
	if c.Min != nil {
		least = int64(*c.Min)
	}
	return rapid.OneOf(rapid.Int64Range(least, math.MaxInt64), rapid.Int64Range(max(least, 0), 1000),
		rapid.SampledFrom([]int64{least, max(least, 1<<53+1), math.MaxInt64}))
}

func floats(c *daybook.Column) *rapid.Generator[float64] {
	least := -math.MaxFloat64
	if c.Min != nil {
		least = *c.Min
	}
	if c.Max != nil {
		return rapid.OneOf(rapid.Float64Range(least, *c.Max), rapid.SampledFrom([]float64{least, *c.Max, 0.1}))
	}
	return finite(least)
}

// finite makes floats from least on, among them those whose text is hard.
func finite(least float64) *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(least, math.MaxFloat64), rapid.Float64Range(0, 10),
		rapid.SampledFrom([]float64{
			0, 1, 0.1, 0.1 + 0.2, 1e15, 1e16, 123456789012345680, 1e17, 9007199254740993, 1e22, 1e23, 1e-4, 1e-5,
			math.SmallestNonzeroFloat64, 2.2250738585072014e-308, 2.225073858507201e-308, math.MaxFloat64, 1 << 63,
		}),
	)
}

func uuids() *rapid.Generator[string] {
	return rapid.Map(bytesOf(16), func(b []byte) string { return uuid.UUID(b).String() })
}

func bytesOf(n int) *rapid.Generator[[]byte] { return rapid.SliceOfN(rapid.Byte(), n, n) }
