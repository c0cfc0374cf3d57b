package sqlite

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// plainTexts is a shortcut: what it lets through, the catalog would too.
func TestPlainTexts(t *testing.T) {
	t.Parallel()
	c := &daybook.Column{Name: "x", Type: daybook.TypeTexts}
	for text, want := range map[string]bool{
		`["a"]`: true, `[""]`: true, `["a", "b", ""]`: true, `["a, b"]`: true, `["]"]`: true,
		``: false, `[]`: false, `["a"`: false, `["a",  "b"]`: false, `["a","b"]`: false, `["a", 1]`: false, `["a", "b"`: false, `["a", "b]`: false,
		`["\n"]`: false, `["é"]`: false, "[\"\x7f\"]": false, "[\"\n\"]": false, `["a"] `: false, `["a"]]`: false, `["a", ]`: false, `["a"b"]`: false, `{"a"]`: false, `[`: false,
	} {
		if got := plainTexts(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := "[" + rapid.StringOf(rapid.RuneFrom([]rune("\"\", ]a[\\é\x7f\x01"))).Draw(t, "text") + "]"
		if plainTexts(text) && !isCanonical(c, text) {
			t.Fatalf("%q passes", text)
		}
	})
}
