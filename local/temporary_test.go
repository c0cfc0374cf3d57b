package local_test

import (
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/local"
)

// TestTemporaryTablesOverRestarts: what goes through a temporary table is one
// flow, be its operations logged in one run of the program or in several.
func TestTemporaryTablesOverRestarts(t *testing.T) {
	t.Parallel()
	steps := []string{
		"CREATE TEMP TABLE tmp AS SELECT x, sum(v) AS s FROM bronze.raw GROUP BY x",
		"SELECT count(*) FROM tmp",
		"CREATE TEMP TABLE tmp2 AS SELECT s FROM tmp WHERE x > 3",
		"DROP TABLE tmp",
		"INSERT INTO gold.t (q) SELECT s FROM tmp2",
	}
	const want = "raw>t raw.v>t.q raw.x>t"
	for _, c := range []struct {
		name     string
		restarts string // "r" where the program starts anew before a step
	}{{"in one run", "....."}, {"before the last", "....r"}, {"before each", "rrrrr"}, {"before one that makes another", "..r.."}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := temp(t)
			l := must[*local.Local](t)(local.Open(t.Context(), path, local.Options{}))
			checkout(t, l)
			for i, sql := range steps {
				if c.restarts[i] == 'r' {
					check(t, l.Close(t.Context()))
					l = must[*local.Local](t)(local.Open(t.Context(), path, local.Options{}))
				}
				tell(t, l, sqlOperation(i, sql))
			}
			seen := map[string]bool{}
			for _, flow := range strings.Fields(flows(t, l)) {
				seen[flow] = true
			}
			for _, flow := range strings.Fields(want) {
				if !seen[flow] {
					t.Errorf("there is no %s", flow)
				}
				delete(seen, flow)
			}
			if len(seen) > 0 {
				t.Errorf("there are %v too", seen)
			}
			check(t, l.Close(t.Context()))
		})
	}
}
