package sqllineage

import (
	"slices"
	"strings"
	"testing"
)

// schema is a catalog for tests: the columns of tables by their names.
type schema map[string]string

func (s schema) Columns(t Table) (columns []string, ok bool) {
	for name, list := range s {
		if strings.EqualFold(name, t.String()) || strings.EqualFold(name, t.Name) {
			return strings.Fields(list), true
		}
	}
	return nil, false
}

// A wanted is a text, and the edges that are to be found in it: a line each,
// such as "t.a > out.x" for an identity, "t.a > out.x AGGREGATION", and
// "t.a > out FILTER" for an edge to a table. A bare SELECT's columns have no
// table. A resolution that is not exact stands at the end.
type wanted struct {
	name    string
	dialect Dialect
	schema  schema
	sql     string
	edges   string
}

// lines gives edges as the lines of a wanted.
func lines(edges []Edge) []string {
	var list []string
	for _, e := range edges {
		line := e.Source.String() + " > " + strings.TrimPrefix(e.Target.String(), Output+".")
		line = strings.TrimSuffix(line, " "+Output)
		if e.Subtype != Identity {
			line += " " + string(e.Subtype)
		}
		if e.Resolution != Exact {
			line += " " + string(e.Resolution)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// check holds the edges of texts against what is wanted.
func check(t *testing.T, cases []wanted) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := Options{Dialect: c.dialect}
			if c.schema != nil {
				o.Catalog = c.schema
			}
			got := Parse(c.sql, o)
			var want []string
			for line := range strings.SplitSeq(c.edges, "\n") {
				if line = strings.TrimSpace(line); line != "" {
					want = append(want, line)
				}
			}
			slices.Sort(want)
			have := lines(got.Edges)
			if !slices.Equal(have, want) {
				t.Errorf("%s\n got:\n  %s\nwant:\n  %s", c.sql, strings.Join(have, "\n  "), strings.Join(want, "\n  "))
			}
			if got.Status != Parsed {
				t.Errorf("status %s: %v", got.Status, got.Warnings)
			}
		})
	}
}
