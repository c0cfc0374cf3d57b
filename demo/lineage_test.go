package demo_test

import (
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/demo"
	"github.com/daybook-audit/daybook/local"
)

// TestLineageFollowsFromTheSQL holds the lineage of the demo, which logs SQL
// and declares no edge, against what was written down by hand, to the column.
func TestLineageFollowsFromTheSQL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := local.Open(t.Context(), filepath.Join(dir, "ledger.db"), local.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(t.Context())
	if _, err := demo.Record(t.Context(), l.Client, dir, demo.NewStory(io.Discard, false)); err != nil {
		t.Fatal(err)
	}
	var got []string
	for e, err := range l.All(t.Context(), daybook.Query{Kind: daybook.MustKind("lineage_edge")}) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Text("origin") != daybook.EdgeParsed || e.Text("resolution") != "exact" || !e.Get("is_current").Bool() || !strings.HasPrefix(e.Text("extractor_version"), "sqllineage/") {
			t.Errorf("entry %d: %s", e.Seq, e.AppendExport(nil))
		}
		node := func(end string) string {
			return daybook.Node{Schema: e.Text(end + "_schema"), Name: e.Text(end + "_name"), Column: e.Text(end + "_column")}.String()
		}
		got = append(got, strings.Join([]string{node("source"), node("target"), e.Text("relationship_type"), e.Text("subtype")}, ","))
	}
	slices.Sort(got)
	want := expected(t)
	for _, edge := range got {
		if !slices.Contains(want, edge) {
			t.Errorf("derived, and not expected: %s", edge)
		}
	}
	for _, edge := range want {
		if !slices.Contains(got, edge) {
			t.Errorf("expected, and not derived: %s", edge)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d edges, want %d", len(got), len(want))
	}
	wantOperations(t, l, want)
}

// expected are the lines of the lineage that was written down by hand.
func expected(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("pipeline/testdata/lineage.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range lines[1:] {
		list = append(list, strings.Join(line, ","))
	}
	slices.Sort(list)
	return list
}

// wantOperations wants each operation to say which columns it reads and writes,
// which the demo leaves out, and to have no warning.
func wantOperations(t *testing.T, l *local.Local, edges []string) {
	t.Helper()
	operations := 0
	for e, err := range l.All(t.Context(), daybook.Query{Kind: daybook.MustKind("transformation_operation")}) {
		if err != nil {
			t.Fatal(err)
		}
		operations++
		var want []string
		for _, edge := range edges {
			source, rest, _ := strings.Cut(edge, ",")
			target, _, _ := strings.Cut(rest, ",")
			if strings.Count(source, ".") == 2 && (target == e.Text("output_table") || strings.HasPrefix(target, e.Text("output_table")+".")) {
				want = append(want, source)
			}
		}
		slices.Sort(want)
		got, err := daybook.Texts(e.Get("input_columns"))
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("%s reads %v, want %v", e.Text("output_table"), got, slices.Compact(want))
		}
		if written, err := daybook.Texts(e.Get("output_columns")); err != nil || len(written) < 6 {
			t.Errorf("%s has the columns %v, %v", e.Text("output_table"), written, err)
		}
		if e.Get("warnings").IsSet() {
			t.Errorf("%s has the warnings %s", e.Text("output_table"), e.Text("warnings"))
		}
	}
	if operations != 5 {
		t.Errorf("%d operations", operations)
	}
}
