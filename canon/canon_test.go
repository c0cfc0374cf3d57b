package canon

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"
)

func TestAppendStrings(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]string{
		`[]`:                  nil,
		`[""]`:                {""},
		`["a", "b\n", "\"c"]`: {"a", "b\n", `"c`},
	} {
		if got := AppendStrings([]byte("x"), list); string(got) != "x"+want {
			t.Errorf("%q gave %s, want x%s", list, got, want)
		}
	}
}

func TestCheckString(t *testing.T) {
	t.Parallel()
	for s, offset := range map[string]int{
		"": -1, "plain": -1, "玉米 \U0001f33d \ufffd \uffff": -1,
		"\x00": 0, "ab\x00": 2, "é\x80": 2, "ab\xff\x00": 2, "\xed\xa0\x80": 0, "\xf4\x90\x80\x80": 0, "a\xc3": 1, "\ufffd\xc0\x80": 3,
	} {
		err := CheckString(s)
		var e *Error
		switch {
		case offset < 0:
			if err != nil {
				t.Errorf("%q: %v", s, err)
			}
		case !errors.As(err, &e) || e.Offset != offset:
			t.Errorf("%q: %v, want an error at byte %d", s, err, offset)
		}
	}
}

func TestErrorsLeaveTheBufferAlone(t *testing.T) {
	t.Parallel()
	dst := append(make([]byte, 0, 64), "kept"...)
	for _, raw := range []string{`{"a":1,`, `[1,2,1e999]`, `{"b":1,"a":2,"b":3}`} {
		got, err := AppendJSON(dst, []byte(raw))
		if err == nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	got, err := AppendJSON(dst, []byte(`{"b":1,"a":2}`))
	if err != nil || string(got) != `kept{"a": 2, "b": 1}` {
		t.Errorf("%q, %v", got, err)
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw    string
		path   string
		offset int
		reason string
	}{
		{`{"a": [1, {"b": 1e400}]}`, "/a/1/b", 16, "too large"},
		{`{"a": 1, "b": 2, "a": 3}`, "/a", 17, "stands twice"},
		{`{"b": 1, "a": 2, "b": 3}`, "/b", 17, "stands twice"},
		{`[9223372036854775808]`, "/0", 1, "64-bit range"},
		{`["\ud800"]`, "/0", 2, "lone surrogate"},
		{"[\"a\xff\"]", "/0", 3, "not valid UTF-8"},
		{`["\u0000"]`, "/0", 2, "NUL"},
		{`{"a": NaN}`, "/a", 6, "NaN"},
		{`{"a": -Infinity}`, "/a", 7, "infinities"},
		{strings.Repeat("[", 200), strings.Repeat("/0", 100), 100, "deeper than 100"},
		{"\ufeff1", "", 0, "byte order mark"},
		{`{"a": 1} x`, "", 9, "after the JSON value"},
		{`{"a": 1 `, "", 8, "ends too early"},
		{`{"a": '1'}`, "/a", 6, `unexpected '\''`},
		{"[1\xc2\xa0]", "", 2, "0xc2"},
		{``, "", 0, "no JSON value"},
	} {
		_, err := AppendJSON(nil, []byte(c.raw))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if e.Path != c.path || e.Offset != c.offset || !strings.Contains(e.Reason, c.reason) {
			t.Errorf("%s: %q at %d: %s", c.raw, e.Path, e.Offset, e.Reason)
		}
	}
}

// TestDuplicatesAreTheSecondOfTheTwo has objects in which sorting may swap
// equal keys.
func TestDuplicatesAreTheSecondOfTheTwo(t *testing.T) {
	t.Parallel()
	for members := 2; members < 200; members++ {
		for _, twice := range []int{0, members / 3, members - 1} {
			raw := []byte("{")
			offset := 0
			for i := range 2 * members {
				key := (i*7+3)%200 + 1000*(i/200) // in no order
				if i == twice || i == twice+members {
					key, offset = 999, len(raw)
				}
				raw = fmt.Appendf(raw, `"%d":0,`, key)
			}
			raw = append(raw, `"":0}`...)
			var e *Error
			if _, err := AppendJSON(nil, raw); !errors.As(err, &e) || e.Offset != offset {
				t.Fatalf("%s: %v, want byte %d", raw, err, offset)
			}
		}
	}
}

func TestTimeErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for s, reason := range map[string]string{
		"2016-12-31T23:59:60Z":            "leap seconds",
		"2016-12-31T23:59:61Z":            "no such second",
		"2016-12-31T23:60:00Z":            "no such minute",
		"2016-12-31T24:00:00Z":            "midnight",
		"2023-02-29T00:00:00Z":            "no such day",
		"2023-13-01T00:00:00Z":            "no such month",
		"2023-01-01T00:00:00":             "offset from UTC is missing",
		"2023-01-01T00:00:00+0100":        "of the form +02:00",
		"2023-01-01T00:00:00+24:00":       "no such offset",
		"2023-01-01T00:00:00.Z":           "1 to 9 digits",
		"2023-01-01T00:00:00.1234567890Z": "1 to 9 digits",
		"2023-01-01":                      "time of day is missing",
		"2023-01-01x00:00:00Z":            "expected T",
		"2023-01-01T0:00:00Zx":            "of the form 15:04:05",
		"01/02/2023 00:00:00Z":            "2006-01-02",
		"9999-12-31T23:59:59-00:01":       "outside 0001 to 9999",
	} {
		var e *Error
		if _, err := NormalizeTime(s); !errors.As(err, &e) || !strings.Contains(e.Reason, reason) {
			t.Errorf("%s: %v, want %q", s, err, reason)
		}
	}
}

func TestErrorMessage(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"canon: no (byte 3)":       {Offset: 3, Reason: "no"},
		"canon: /a/0: no (byte 3)": {Path: "/a/0", Offset: 3, Reason: "no"},
		// 200 bytes would cut an é in two.
		"canon: /" + strings.Repeat("é", 99) + "…: no (byte 0)": {Path: "/" + strings.Repeat("é", 500), Reason: "no"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestNormalizeTimeKeepsCanonicalText(t *testing.T) {
	t.Parallel()
	s := strings.Clone("2024-02-29T23:59:59.000001Z")
	got, err := NormalizeTime(s)
	if err != nil || unsafe.StringData(got) != unsafe.StringData(s) {
		t.Errorf("%q, %v: not the text itself", got, err)
	}
}

func TestFormatTime(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 2*3600)
	for want, at := range map[string]time.Time{
		"0001-01-01T00:00:00.000000Z": {},
		"2024-02-29T22:30:01.000002Z": time.Date(2024, 3, 1, 0, 30, 1, 2999, east),
		"1969-12-31T23:59:59.999999Z": time.Unix(0, -1),
		"9999-12-31T23:59:59.987654Z": time.Date(9999, 12, 31, 23, 59, 59, 987654321, time.UTC),
	} {
		got := FormatTime(at)
		if got != want {
			t.Errorf("%v gave %s, want %s", at, got, want)
		}
		back, err := ParseTime(got)
		if err != nil || !back.Equal(at.Truncate(time.Microsecond)) || back.Location() != time.UTC {
			t.Errorf("%s gave %v, %v", got, back, err)
		}
	}
}

func TestParseTimeWantsCanonicalText(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "2024-01-31T15:04:05Z", "2024-01-31T15:04:05.12345Z", "2024-01-31T15:04:05.1234567Z", "2024-01-31t15:04:05.123456Z",
		"2024-01-31T15:04:05.123456z", "2024-01-31T15:04:05.1+00:00", "2024-02-30T15:04:05.123456Z", "0000-01-31T15:04:05.123456Z",
		"2024-01-31T15:04:60.123456Z", "2024-01-31T15:04:05.12345aZ", "2024-01-31T15:04:05.1234567",
	} {
		var e *Error
		if at, err := ParseTime(s); !errors.As(err, &e) {
			t.Errorf("%q gave %v, %v", s, at, err)
		}
	}
}

func TestNormalizeDate(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2024-02-29", "0001-01-01", "9999-12-31"} {
		if got, err := NormalizeDate(s); err != nil || got != s {
			t.Errorf("%q gave %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "2023-02-29", "2024-02-30", "2024-00-01", "2024-13-01", "2024-01-00", "0000-01-01", "2024-1-1", "24-01-01",
		"2024-01-01 ", "2024-01-01T00:00:00Z", "2024/01/01", "20240101", "2024-01-0a", "٢٠٢٤-01-01", "-024-01-01",
	} {
		var e *Error
		if got, err := NormalizeDate(s); !errors.As(err, &e) || got != "" {
			t.Errorf("%q gave %q, %v", s, got, err)
		}
	}
}
