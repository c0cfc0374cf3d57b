package main

import (
	"bytes"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\nb": "a\nb", "a\tb\rc": "a b c", "\x1b[2J\u009b2J\x7f": " [2J 2J ", "a\u202eb\u2066c\u2028d": "a b c d", "größe 👩‍👩‍👧 日本": "größe 👩‍👩‍👧 日本",
	} {
		if got := plain(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// Errors and hints name tables and columns as agents wrote them.
func TestReportsMoveNoCursor(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	code := new(Globals).report(&b, &daybook.Error{Code: daybook.CodeNotFound, Message: "nothing is known of a\x1b[2J\u202e", Hint: "did you mean b\u009b2J?"})
	if want := "daybook: nothing is known of a [2J \n  did you mean b 2J?\n"; code != exitBad || b.String() != want {
		t.Errorf("got %d and %q, want %q", code, b.String(), want)
	}
}
