package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/daybook-audit/daybook"
)

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var book ledger
	good := closing(t, Around(shelf{rows: 3}, &book, Options{}))
	bad := closing(t, Around(shelf{err: errors.New("no such table")}, &book, Options{}))
	bad.metrics = good.metrics
	if err := good.Register(registry); err != nil {
		t.Fatal(err)
	}
	read := func(l *Log) {
		_ = history(l, "silver.observation")
		_, _ = l.SQL(t.Context(), auditor, daybook.SQLQuery{Text: "SELECT 1"})
		_ = l.Export(t.Context(), auditor, daybook.ExportQuery{}, func(*daybook.Entry) error { return nil })
	}
	read(good)
	read(good)
	read(bad)
	book.fail(always(errFull))
	_ = history(good, "gold.x")
	_ = good.Export(t.Context(), auditor, daybook.ExportQuery{}, func(*daybook.Entry) error { return nil })
	book.fail(nil)

	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	var got []string
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if m.GetCounter().GetValue() == 0 {
				continue
			}
			line := family.GetName()
			for _, l := range m.GetLabel() {
				line += " " + l.GetName() + "=" + l.GetValue()
			}
			got = append(got, fmt.Sprint(line, " ", m.GetCounter().GetValue()))
		}
	}
	want := []string{
		"daybook_access_reads_total action=export outcome=error 1",
		"daybook_access_reads_total action=export outcome=ok 2",
		"daybook_access_reads_total action=query outcome=error 1",
		"daybook_access_reads_total action=query outcome=ok 2",
		"daybook_access_reads_total action=read outcome=error 1",
		"daybook_access_reads_total action=read outcome=ok 2",
		"daybook_access_rows_total action=export 6",
		"daybook_access_rows_total action=query 6",
		"daybook_access_rows_total action=read 6",
		"daybook_access_unlogged_total 2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
