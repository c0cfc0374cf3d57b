package redact_test

import (
	"testing"

	"github.com/daybook-audit/daybook/redact"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{"Close the corn balance sheet.", "Close the corn balance sheet."},
		{"use gh" + "p_0aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY now", "use [REDACTED:github-pat] now"},
		{"postgres://etl:hun" + "ter2@db/x", "postgres://etl:[REDACTED:url-password]@db/x"},
		{"CREATE ROLE x PASSWORD 'hun" + "ter2'", "CREATE ROLE x PASSWORD '[REDACTED:password]'"},
		{"Authorization: Bearer abc" + "def123456789x", "Authorization: Bearer [REDACTED:bearer-token]"},
		{"SELECT o.id FROM o JOIN c ON o.custkey = c.custkey2 AND c.key = 'primary_2'", "SELECT o.id FROM o JOIN c ON o.custkey = c.custkey2 AND c.key = 'primary_2'"},
	} {
		got, _ := redact.Default().Text(c.given)
		if got != c.want {
			t.Errorf("%q became\n%q, want\n%q", c.given, got, c.want)
		}
		if again, _ := redact.Default().Text(got); again != got {
			t.Errorf("%q became %q", got, again)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{`{"max_tokens": 1000, "token_count": 12345}`, `{"max_tokens": 1000, "token_count": 12345}`},
		{`{"a": [{"password": "hunter2"}]}`, `{"a": [{"password": "[REDACTED:secret-field]"}]}`},
		{`{"Authorization": "Basic dXNlcjpwdw=="}`, `{"Authorization": "Basic [REDACTED:secret-field]"}`},
		{`{"body": "{\"api_key\": \"x1\"}"}`, `{"body": "{\"api_key\": \"[REDACTED:secret-field]\"}"}`},
	} {
		got, _ := redact.Default().JSON([]byte(c.given))
		if string(got) != c.want {
			t.Errorf("%s became\n%s, want\n%s", c.given, got, c.want)
		}
	}
}
