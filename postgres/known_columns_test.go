package postgres

import (
	"slices"
	"testing"
)

func TestKnownColumns(t *testing.T) {
	t.Parallel()
	store := testStore(t)
	ctx := t.Context()
	keep := func(business string, columns map[string][]string) {
		t.Helper()
		must(t, store.KeepColumns(ctx, business, columns))
	}
	want := func(business, table string, columns ...string) {
		t.Helper()
		found, err := store.ColumnsOf(ctx, business, table)
		if err != nil || !slices.Equal(found, columns) {
			t.Errorf("%s of %s has columns %q, %v; want %q", table, business, found, err, columns)
		}
	}
	keep("default", nil)
	keep("default", map[string][]string{"gold.corn": {"year", `od"d`, "", "{,}"}, "silver.observation": {"value"}})
	keep("acme", map[string][]string{"gold.corn": {"a"}, "bad": {"a\x00"}, "\xff": {"b"}})
	want("default", "gold.corn", "year", `od"d`, "", "{,}")
	want("default", "GOLD.Corn", "year", `od"d`, "", "{,}")
	want("acme", "gold.corn", "a")
	want("acme", "silver.observation")
	want("acme", "bad")
	want("acme", "\xff")
	keep("default", map[string][]string{"Gold.Corn": {"year", "stocks"}, "silver.observation": {}})
	want("default", "gold.corn", "year", "stocks")
	want("default", "silver.observation")
}
