package daybook_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/daybook-audit/daybook"
)

func TestColumnsOfOneNameSurvive(t *testing.T) {
	t.Parallel()
	table := &daybook.Table{
		Columns: []string{"n", "m", "n", "n_2", "n"},
		Rows:    [][]any{{int64(1), "a", int64(3), nil, true}},
	}
	rows, err := table.MarshalRows()
	if want := `[{"n": 1, "m": "a", "n_3": 3, "n_2": null, "n_4": true}]`; err != nil || string(rows) != want {
		t.Errorf("got %s, %v; want %s", rows, err, want)
	}
	var csv bytes.Buffer
	if err := table.WriteCSV(&csv); err != nil || csv.String() != "n,m,n_3,n_2,n_4\n1,a,3,,true\n" {
		t.Errorf("got %s, %v", csv.String(), err)
	}
}

func TestNamesDifferAndStay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		table := &daybook.Table{Columns: rapid.SliceOf(rapid.SampledFrom([]string{"n", "n_2", "n_3", "n_2_2", "m", ""})).Draw(t, "columns")}
		names := table.Names()
		seen := map[string]bool{}
		for i, name := range names {
			if seen[name] {
				t.Fatalf("%q stands twice in %q", name, names)
			}
			seen[name] = true
			if name != table.Columns[i] && !slices.Contains(table.Columns[:i], table.Columns[i]) {
				t.Fatalf("the first %q became %q", table.Columns[i], name)
			}
		}
		if again := (&daybook.Table{Columns: names}).Names(); !slices.Equal(again, names) {
			t.Fatalf("%q became %q", names, again)
		}
	})
}
