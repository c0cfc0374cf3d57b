package intake_test

import (
	"slices"
	"testing"

	"github.com/daybook-audit/daybook/intake"
)

func TestMemoryForgetsWhatWasUsedLongestAgo(t *testing.T) {
	t.Parallel()
	m := intake.NewMemory(2)
	keep := func(business, table string, columns ...string) {
		if err := m.KeepColumns(t.Context(), business, map[string][]string{table: columns}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(business, table string, columns ...string) {
		t.Helper()
		if got, err := m.ColumnsOf(t.Context(), business, table); err != nil || !slices.Equal(got, columns) {
			t.Errorf("%s of %s has %q, %v; want %q", table, business, got, err, columns)
		}
	}
	keep("b", "s.one", "x", "y")
	keep("b", "s.two", "z")
	want("b", "S.One", "x", "y")
	want("c", "s.one")
	keep("b", "s.three", "w")
	want("b", "s.two")
	want("b", "s.one", "x", "y")
	keep("b", "S.ONE", "x")
	want("b", "s.one", "x")
	want("b", "s.three", "w")
	keep("b", "s.three")
	want("b", "s.three")
}
