package redact_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

func TestAgree(t *testing.T) {
	t.Parallel()
	const jwt, pw = "[REDACTED:jwt]", "[REDACTED:password]"
	for _, c := range []struct {
		a, b string
		cut  bool
		want bool
	}{
		{"a", "a", false, true},
		{"a", "b", false, false},
		{"a", "a b", true, false}, // without marks nothing is loose
		{"use " + jwt + " now", "use secret now", false, true},
		{"use " + jwt + " now", "use secret then", false, false},
		{"use " + jwt + " now", "use  now", false, false},
		{"use " + jwt + " now", "use two words now", false, false}, // no token has blanks
		{"use " + pw + " now", "use two words now", false, true},
		{"use " + jwt + " now", "use " + pw + " now", false, true},
		{"use " + jwt + ", b=x", "use secret, b=" + pw, false, true},
		{"use " + jwt + ", b=x", "use secret, c=" + pw, false, false},
		{jwt + jwt, "ab", false, true},
		{jwt + jwt, "a", false, false},
		{"x " + jwt + ". end", "x " + pw + " end", false, true},
		{"a " + jwt + " b c", "a secret b", true, true},
		{"a " + jwt + " b [REDACTED:aws", "a secret b akia and so on", true, true},
		{"a " + jwt + " b c", "a secret x", true, false},
		{"a " + jwt + " b c", "a secret b", false, false},
		{strings.Repeat(jwt+"a", 300), strings.Repeat("a", 5000) + "b", false, false},
	} {
		for _, swap := range []bool{false, true} {
			a, b := c.a, c.b
			if swap {
				a, b = b, a
			}
			if got := redact.Agree(a, b, c.cut); got != c.want {
				t.Errorf("%.60q and %.60q, cut %v: %v", a, b, c.cut, got)
			}
		}
	}
}

func TestAgreeJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a": 1}`, `{"a": 1}`, true},
		{`{"a": 1}`, `{"a":1}`, false}, // both are canonical
		{`{"a": "[REDACTED:jwt]", "b": 1}`, `{"a": "secret", "b": 1}`, true},
		{`{"a": "[REDACTED:jwt]", "b": 1}`, `{"a": "secret", "b": 2}`, false},
		{`{"a": "[REDACTED:jwt]", "b": 1}`, `{"a": 1234, "b": 1}`, true},
		{`{"a": "[REDACTED:jwt]", "b": 1}`, `{"a": ["x"], "b": 1}`, false},
		{`{"[REDACTED:jwt]": 1, "b": 1}`, `{"b": 1, "secret": 1}`, true},
		{`{"[REDACTED:jwt]": 1, "[REDACTED:jwt] 2": 2}`, `{"one": 1, "two": 2}`, true},
		{`{"[REDACTED:jwt]": 1, "b": 1}`, `{"b": 1, "secret": 2}`, false},
		{`{"[REDACTED:jwt]": 1}`, `{"b": 1, "secret": 1}`, false},
		{`["[REDACTED:jwt]", null, true]`, `["x", null, true]`, true},
		{`["[REDACTED:jwt]", null, true]`, `["x", null, false]`, false},
		{`{"a": "{\"n\": \"[REDACTED:jwt]\"}"}`, `{"a": "{\"n\": 1234}"}`, true},
		{`"[REDACTED:jwt]`, `"x"`, false},
	} {
		if got := redact.AgreeJSON([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
		if got := redact.AgreeJSON([]byte(c.b), []byte(c.a)); got != c.want {
			t.Errorf("%s and %s: %v", c.b, c.a, got)
		}
	}
}
