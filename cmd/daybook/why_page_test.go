package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"
	"pgregory.net/rapid"
)

func TestWrappedKeepsStylesToTheirLines(t *testing.T) {
	t.Parallel()
	p := page{colour: true}
	got := wrapped("one "+p.style(green, "two three four")+" five", 9)
	want := []string{"one \x1b[32mtwo\x1b[0m", "\x1b[32mthree\x1b[0m", "\x1b[32mfour\x1b[0m five"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&page{}).style(green, "plain"); got != "plain" {
		t.Errorf("without colour it is %q", got)
	}
}

// TestWrappedLosesNothing: lines are no wider than asked for, and hold all words
// in their order.
func TestWrappedLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.StringMatching(`[a-z]{1,14}`)).Draw(t, "words"), " ")
		width := rapid.IntRange(1, 20).Draw(t, "width")
		lines := wrapped(s, width)
		for _, l := range lines {
			if text.StringWidthWithoutEscSequences(l) > width {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("got %q of %q", lines, s)
		}
	})
}

func TestUndent(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT 1":                          "SELECT 1",
		"\n  SELECT\n    1\n  FROM t\n":     "SELECT\n  1\nFROM t",
		"SELECT\n\t\ta,\n\n\t\tb\n\tFROM t": "SELECT\n  a,\n\n  b\nFROM t",
		"":                                  "",
	} {
		if got := undent(sql); got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
	}
}
