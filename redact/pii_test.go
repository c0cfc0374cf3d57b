package redact_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

// TestPersonalData: what is of the form and has the right check digits goes,
// where it is asked for, and nothing else does.
func TestPersonalData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ word, rule, good, bad string }{
		{"email", "email", "jane.doe+x@mail.example.co.uk", "jane@host"},
		{"card", "card", "4111 1111 1111 1111", "4111 1111 1111 1112"},
		{"card", "card", "378282246310005", "378282246310006"},
		{"card", "card", "5555-5555-5555-4444", "4444-4444-4444-4443"},
		{"iban", "iban", "DE89 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"},
		{"iban", "iban", "GB82WEST12345698765432", "GB82WEST12345698765433"},
		{"phone", "phone", "+44 20 7946 0958", "+44 20"},
		{"phone", "phone", "(202) 555-0143", "(202) 555-014"},
		{"phone", "phone", "+12025550143", "12025550143"},
		{"national-id", "us-ssn", "078-05-1120", "078-00-1120"},
		{"national-id", "us-ssn", "123-45-6789", "666-45-6789"},
		{"national-id", "uk-nino", "AB 12 34 56 C", "GB 12 34 56 C"},
		{"national-id", "fr-nir", "2 69 05 49 588 157 80", "2 69 05 49 588 157 81"},
		{"national-id", "es-dni", "12345678Z", "12345678A"},
		{"national-id", "es-dni", "X1234567L", "X1234567A"},
		{"national-id", "it-cf", "RSSMRA85T10A562S", "RSSMRA85T10A562T"},
		{"national-id", "pl-pesel", "44051401359", "44051401358"},
		{"national-id", "br-cpf", "529.982.247-25", "529.982.247-24"},
		{"national-id", "br-cpf", "168.995.350-09", "111.111.111-11"},
		{"national-id", "ch-ahv", "756.9217.0769.85", "756.9217.0769.84"},
		{"national-id", "se-personnummer", "811218-9876", "811218-9875"},
	} {
		r, err := redact.New(redact.Options{PII: []string{c.word}})
		if err != nil {
			t.Fatal(err)
		}
		for _, around := range []string{"%", "is % and", "(%)", "'%', ''"} {
			good, bad := strings.ReplaceAll(around, "%", c.good), strings.ReplaceAll(around, "%", c.bad)
			want := strings.ReplaceAll(around, "%", redact.Mark(c.rule))
			if got, _ := r.Text(good); got != want {
				t.Errorf("%s: %q became %q, want %q", c.word, good, got, want)
			}
			if got, _ := r.Text(bad); got != bad {
				t.Errorf("%s: %q became %q", c.word, bad, got)
			}
			if got, _ := redact.Default().Text(good); got != good {
				t.Errorf("not asked for: %q became %q", good, got)
			}
		}
	}
}

// TestPersonalDataInOrdinaryText: SQL, times, ids and numbers hold none.
func TestPersonalDataInOrdinaryText(t *testing.T) {
	t.Parallel()
	r, err := redact.New(redact.Options{PII: []string{"all"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(ordinary, "2026-01-31 09:00:00.123456+00:00", "rows 1843 of 20551234567", "v1.2.3-20260131090000", "epoch 1769850000123", "10.0.12.34:5432", "$1,234,567.89 + 4.2") {
		if got, _ := r.Text(s); got != s {
			t.Errorf("%q became\n%q", s, got)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		o          redact.Options
		message    string
		hint       string
		given, got string
	}{
		{o: redact.Options{PII: []string{"shoes"}}, message: "is no sort of personal data", hint: "card, email"},
		{o: redact.Options{Off: []string{"git-hub-pat"}}, message: "no rule", hint: "github"},
		{o: redact.Options{Off: []string{"zzz"}}, message: "no rule", hint: "stands in the mark"},
		{o: redact.Options{Allow: []string{"("}}, message: "cannot be read", hint: "RE2"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "(x"}}}, message: "rule a", hint: "RE2"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x", Allow: []string{"("}}}}, message: "rule a: allow", hint: "RE2"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x"}, {ID: "a", Regex: "y"}}}, message: "already", hint: "another"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x(y)(z)", Group: 2, Keywords: []string{"XY"}}}}, given: "xyz xz", got: "xy[REDACTED:a] xz"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x+"}}, Off: []string{"a"}}, given: "xx", got: "xx"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: `\w+`, Entropy: 2.5}}}, given: "aabb abcdefgh", got: "aabb [REDACTED:a]"},
		{o: redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x+", Kinds: []string{"action_logs"}}}}, given: "xx", got: "xx"},
	} {
		r, err := redact.New(c.o)
		if c.message != "" {
			bad, ok := err.(*redact.OptionError) //nolint:errorlint // it is what New gives
			if !ok || !strings.Contains(bad.Message, c.message) || !strings.Contains(bad.Hint, c.hint) {
				t.Errorf("%+v: %v", c.o, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%+v: %v", c.o, err)
			continue
		}
		if got, _ := r.In("conversations", "command_executed").Text(c.given); got != c.got {
			t.Errorf("%+v: %q became %q, want %q", c.o, c.given, got, c.got)
		}
	}
	r, err := redact.New(redact.Options{Rules: []redact.Rule{{ID: "a", Regex: "x+", Kinds: []string{"action_logs"}, Fields: []string{"action_details"}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"action_details", "result_summary", "action_details"} {
		raw, found := r.In("action_logs", field).JSON([]byte(`{"k": "xx"}`))
		if want := field == "action_details"; (len(found) == 1) != want || strings.Contains(string(raw), "xx") == want {
			t.Errorf("in %s: %s %v", field, raw, found)
		}
	}
	var none *redact.Redactor
	if got, found := none.Text("password='x1'"); got != "password='x1'" || found != nil {
		t.Errorf("nobody found %v", found)
	}
	if raw, found := none.In("a", "b").JSON([]byte(`{"password": "x1"}`)); string(raw) != `{"password": "x1"}` || found != nil {
		t.Errorf("nobody found %v", found)
	}
}
