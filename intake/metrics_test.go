package intake_test

import (
	"log/slog"
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/sqllineage"
)

func TestMetricsOfDerivation(t *testing.T) {
	t.Parallel()
	d := intake.NewDeriver(patient(intake.Derivation{Logger: slog.New(slog.DiscardHandler)}).Parsing(func(sql string, o sqllineage.Options) *sqllineage.Result {
		if sql == "a fault" {
			panic(sql)
		}
		return sqllineage.Parse(sql, o)
	}))
	registry := prometheus.NewRegistry()
	if err := d.Register(registry); err != nil {
		t.Fatal(err)
	}
	in := intake.New(&sink{}, intake.Limits{}).Deriving(d)
	for _, sql := range []string{"INSERT INTO b SELECT x FROM a", "INSERT INTO c SELECT x FROM a", "SELEC x FORM a", "a fault", ""} {
		if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{sqlOperation(t, sql, "")}); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			if len(m.GetLabel()) > 0 {
				name += " " + m.GetLabel()[0].GetValue()
			}
			got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	want := map[string]float64{
		"daybook_intake_derived_edges_total": 4, "daybook_intake_sql_duration_seconds": 4,
		"daybook_intake_sql_total parsed": 2, "daybook_intake_sql_total partial": 0, "daybook_intake_sql_total unparsed": 1,
		"daybook_intake_sql_total limited": 0, "daybook_intake_sql_total skipped": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if problems, err := promlint.NewWithMetricFamilies(families).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
