package sqllineage

import (
	"slices"
	"testing"
)

// caseCatalog has a column whose name differs from another's in case alone.
type caseCatalog struct{}

func (caseCatalog) Columns(t Table) ([]string, bool) {
	columns, ok := map[string][]string{"t": {"a", "b"}, "u": {"A", "c"}}[t.Name]
	return columns, ok
}

// A column is the one in its case, where there is one.
func TestTheCaseOfColumns(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string][]string{
		`SELECT "A" FROM t JOIN u ON b = c`:                  {"t.b", "u.A", "u.c"},
		`SELECT a FROM u JOIN t ON b = c`:                    {"t.a", "t.b", "u.c"},
		`SELECT "A" FROM t JOIN t AS s USING (a), u`:         {"t.a", "u.A"},
		`SELECT b FROM u JOIN t ON b = c JOIN t s USING (a)`: {"t.a", "t.b", "u.c"},
		`SELECT "B" FROM t`:                                  {"t.b"},
	} {
		r := Parse(sql, Options{Dialect: PostgreSQL, Catalog: caseCatalog{}})
		var got []string
		for _, e := range r.Edges {
			got = append(got, e.Source.String())
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			t.Errorf("%s reads %q, want %q", sql, got, want)
		}
	}
}
