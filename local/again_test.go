package local_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

// What a job may run: tables that are made anew, or added to.
var jobs = []string{
	"CREATE TABLE silver.a AS SELECT x, y + 1 AS y FROM bronze.raw",
	"CREATE OR REPLACE TABLE silver.a AS SELECT x FROM bronze.other WHERE y > 3",
	"INSERT OVERWRITE TABLE silver.a SELECT x FROM bronze.third",
	"INSERT INTO silver.a (x) SELECT sum(v) FROM bronze.late GROUP BY k",
	"CREATE OR REPLACE VIEW gold.v AS SELECT a.x, b.z FROM silver.a AS a JOIN bronze.b AS b ON a.x = b.x",
	"TRUNCATE TABLE gold.t",
	"INSERT INTO gold.t (p, q) SELECT x, x * 2 FROM gold.v",
	"DROP TABLE silver.a",
	"CREATE TABLE IF NOT EXISTS gold.t (p int, q int); INSERT INTO gold.t (p) SELECT x FROM silver.a",
	"SELECT count(*) FROM gold.t",
	"this is no SQL",
}

// Steps of jobs whose temporary tables go from one operation to another.
var steps = [][]string{
	{"CREATE TEMP TABLE tmp AS SELECT x, sum(v) AS s FROM bronze.raw GROUP BY x", "INSERT INTO gold.t (p, q) SELECT x, s FROM tmp"},
	{"CREATE TEMP TABLE tmp (x int, s int)", "INSERT INTO tmp SELECT x, y FROM silver.a", "INSERT INTO tmp (x) SELECT k FROM bronze.b", "CREATE OR REPLACE TABLE gold.u AS SELECT * FROM tmp", "DROP TABLE tmp"},
	{"SELECT x INTO #tmp FROM bronze.late", "INSERT INTO gold.u (x) SELECT x FROM tmp", "INSERT INTO gold.u (x) SELECT x FROM #tmp"},
	{"CREATE TEMP VIEW tmp AS SELECT z FROM bronze.b", "CREATE OR REPLACE TEMP VIEW tmp AS SELECT k FROM tmp2", "CREATE OR REPLACE TABLE silver.a AS SELECT k AS x FROM tmp"},
}

// What was derived as it was logged is what is derived from the ledger: nothing
// is to be added and nothing ends. Of a ledger whose SQL nobody read, deriving
// makes one that holds the same edges.
func TestDerivingAnewComesToTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			read, unread := openDialect(t, "generic"), openDialect(t, local.NoLineage)
			for _, l := range []*local.Local{read, unread} {
				work(t, l, rand.New(rand.NewPCG(seed, 1)))
			}
			if plan := planned(t, read); len(plan.Changes) > 0 {
				t.Errorf("of a ledger that is derived as it should be: %+v", plan.Changes)
			}
			again := againOf(unread)
			plan, err := again.Plan(t.Context(), daybook.Local)
			check(t, err)
			check(t, again.Apply(t.Context(), daybook.Local, plan))
			if plan := planned(t, unread); len(plan.Changes) > 0 {
				t.Errorf("a second time: %+v", plan.Changes)
			}
			want, got := edgesIn(t, read), edgesIn(t, unread)
			if len(want) < 3 || len(want) != len(got) {
				t.Errorf("derived as it was logged %d edges are current, derived anew %d", len(want), len(got))
			}
			for edge := range want {
				if !got[edge] {
					t.Errorf("derived anew lacks %s", edge)
				}
			}
		})
	}
}

// A job that makes its table where there is none adds to what others put there.
func TestMakingWhatIsThereReplacesNothing(t *testing.T) {
	t.Parallel()
	l := openDialect(t, "generic")
	for _, sql := range []string{
		"CREATE TABLE gold.t AS SELECT p FROM silver.first",
		"CREATE TABLE IF NOT EXISTS gold.t (p int); INSERT INTO gold.t (p) SELECT p FROM silver.second",
		"CREATE TABLE IF NOT EXISTS gold.t AS SELECT p FROM silver.third",
	} {
		session, err := l.Checkout(t.Context(), "etl", "silver.first")
		check(t, err)
		_, err = session.LogOperation(t.Context(), daybook.TransformationOperation{OperationType: "JOIN", TransformationType: "SQL", TransformationLogic: sql})
		check(t, err)
		check(t, session.Checkin(t.Context(), "COMPLETED"))
	}
	got := slices.Sorted(maps.Keys(edgesIn(t, l)))
	want := []string{
		"first. -DERIVES_FROM-> t.", "first.p -COPIES-> t.p", "second. -DERIVES_FROM-> t.", "second.p -COPIES-> t.p",
		"third. -DERIVES_FROM-> t.", "third.p -COPIES-> t.p",
	}
	if !slices.Equal(got, want) {
		t.Errorf("current are %q, want %q", got, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openDialect(t *testing.T, dialect string) *local.Local {
	t.Helper()
	return open(t, temp(t), local.Options{Dialect: dialect})
}

// work has sessions run jobs, of which some fail.
func work(t *testing.T, l *local.Local, random *rand.Rand) {
	t.Helper()
	for range 12 {
		session, err := l.Checkout(t.Context(), "etl", "bronze.raw")
		check(t, err)
		var texts []string
		for range 1 + random.IntN(3) {
			texts = append(texts, jobs[random.IntN(len(jobs))])
		}
		if random.IntN(2) == 0 {
			texts = append(texts, steps[random.IntN(len(steps))]...)
		}
		for _, sql := range texts {
			output := ""
			if strings.Contains(sql, "TABLE silver.a") && random.IntN(2) == 0 {
				output = `"silver"."a"`
			}
			_, err := session.LogOperation(t.Context(), daybook.TransformationOperation{
				OperationType: "CALCULATE", TransformationType: "SQL", TransformationLogic: sql, OutputTable: output,
			})
			check(t, err)
		}
		status := "COMPLETED"
		if random.IntN(4) == 0 {
			status = "FAILED"
		}
		check(t, session.Checkin(t.Context(), status))
	}
}

func againOf(l *local.Local) intake.Again {
	return intake.Again{Exporter: l.Access, Recorder: l.Recorder, Deriver: intake.NewDeriver(intake.Derivation{})}
}

func planned(t *testing.T, l *local.Local) *intake.Rederived {
	t.Helper()
	plan, err := againOf(l).Plan(t.Context(), daybook.Local)
	check(t, err)
	return plan
}

// edgesIn gives the edges that are current, as text.
func edgesIn(t *testing.T, l *local.Local) map[string]bool {
	t.Helper()
	entries, err := l.Store.Select(t.Context(), daybook.Query{
		Kind: daybook.MustKind("lineage_edge"), Filters: []daybook.Filter{{Column: "is_current", Values: []daybook.Value{daybook.BoolValue(true)}}},
	})
	check(t, err)
	all := map[string]bool{}
	for _, e := range entries {
		all[fmt.Sprintf("%s.%s -%s-> %s.%s", e.Text("source_name"), e.Text("source_column"), e.Text("relationship_type"), e.Text("target_name"), e.Text("target_column"))] = true
	}
	return all
}
