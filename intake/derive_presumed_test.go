package intake_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
)

// An operation that does not say what its logic is has its lineage derived where
// that reads as SQL. What somebody says in words stays that, without a warning.
func TestLogicThatNobodyNames(t *testing.T) {
	t.Parallel()
	for logic, want := range map[string]string{ // the type and how many edges; "" for nothing at all
		"SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity": "SQL",
		"with a as (select x from t) select x from a":                     "SQL",
		"INSERT INTO silver.summary SELECT x FROM bronze.t":               "SQL",
		"create or replace view silver.summary as select x from bronze.t": "SQL",
		"Select the newest row of each release, by hand":                  "",
		"select":                              "",
		"SELECT 1":                            "",
		"Create a summary of the prices":      "",
		"Insert into each cell what is known": "",
		"With care, and by hand":              "",
		"Update the figures from the desk":    "",
		"df.groupby('commodity').sum()":       "",
	} {
		in, behind := derivingInto(intake.Derivation{})
		r := sqlOperation(t, logic, `"output_table": "silver.summary"`)
		r.Set("transformation_type", daybook.Value{})
		for range 2 { // a caller that was told to try again gives the same record
			if _, err := in.Record(t.Context(), daybook.Local, []daybook.Record{r}); err != nil {
				t.Fatal(err)
			}
			r = behind.records[len(behind.records)-1]
			if got := r.Get("transformation_type").Text(); got != want || r.Get("warnings").IsSet() {
				t.Errorf("%q is taken for %q, warnings %s; want %q", logic, got, r.Get("warnings").Text(), want)
			}
			if derived := strings.Contains(said(r), "DERIVES_FROM"); derived != (want == "SQL") {
				t.Errorf("%q has\n%s", logic, said(r))
			}
		}
	}
}
