package redact_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/daybook-audit/daybook/redact"
	"github.com/daybook-audit/daybook/worktime"
)

// everything is a redactor with all that can be turned on.
func everything(t testing.TB) *redact.Redactor {
	t.Helper()
	r, err := redact.New(redact.Options{PII: []string{"all"}, Rules: []redact.Rule{{ID: "staff", Regex: `EMP-\d+`}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// FuzzText: redacting twice is redacting once, and text stays text.
func FuzzText(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, r := range theRules(f) {
		f.Add(r.sample(f, random))
	}
	for _, s := range ordinary {
		f.Add(s)
	}
	all := everything(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range []*redact.Redactor{redact.Default(), all} {
			once, found := r.Text(s)
			twice, again := r.Text(once)
			if once != twice || !reflect.DeepEqual(found, again) {
				t.Errorf("%q became %q and then %q; found %v and then %v", s, once, twice, found, again)
			}
			if utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Errorf("%q became %q", s, once)
			}
			if !redact.Agree(s, once, false) && len(s) < 200 {
				t.Errorf("%q and %q do not agree", s, once)
			}
		}
	})
}

// FuzzJSON: JSON stays JSON without a name twice, and redacting twice is
// redacting once.
func FuzzJSON(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for _, r := range theRules(f) {
		s := r.sample(f, random)
		raw, err := json.Marshal(map[string]any{s: []string{s, `{"` + r.ID + `": 1}`}, r.ID: s})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(`{"password":12345,"a":{"token":"\u0070abcdef"},"b":"[{\"secret\":[\"x\"]}]"}`)
	all := everything(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range []*redact.Redactor{redact.Default(), all} {
			once, found := r.JSON([]byte(s))
			twice, again := r.JSON(once)
			if string(once) != string(twice) || len(found) != len(again) {
				t.Errorf("%s became %s and then %s; found %v and then %v", s, once, twice, found, again)
			}
			if json.Valid([]byte(s)) != json.Valid(once) {
				t.Errorf("%s became %s", s, once)
			}
		}
	})
}

// TestHostileTexts: no text takes longer than its length wants.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{
		"-----BEGIN PRIVATE" + " KEY-----", "eyeyeyeyeyeyeyeyeyeyey.", "password='", "authorization: bearer a", "cookie: a=bbbbbbbb;",
		"key=a1b2c3d4e5.", "data:\n a: bbbbbbbbbb kind: secret ", "sk-a1sk-a1sk-a1sk-", "://a:", "x-key:x-key:", "token token token",
		"a.a1=", "'\"'\"=", "[REDACTED:jwt]", "[REDACTED:", "\u212a\u0130", "Key=keY=", "key=key=", "1234567890.", "facebook 1234567890123456|",
		"a@a.", "4111-1111-1111-1112 ", "DE89 3704 0044 ", "+1 ", `{"a":`, `"\"{\\\"`,
	} {
		s := strings.Repeat(unit, 50_000/len(unit))
		quoted, err := json.Marshal([]string{s})
		if err != nil {
			t.Fatal(err)
		}
		if took := worktime.Of(func() {
			everything(t).Text(s)
			everything(t).JSON([]byte(s))
			everything(t).JSON(quoted)
		}); took > 20*time.Second {
			t.Errorf("%q takes %v", unit, took)
		}
	}
}
