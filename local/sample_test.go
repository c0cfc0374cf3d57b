package local_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/intake"
	"github.com/daybook-audit/daybook/local"
)

// TestSamplingWithinABatch: a loop that logs one operation a thousand times in a
// call, sends the call again, and goes on after the program began anew.
func TestSamplingWithinABatch(t *testing.T) {
	t.Parallel()
	path := temp(t)
	o := local.Options{Intake: local.Intake{Sampling: &intake.Sampling{}}}
	l := must[*local.Local](t)(local.Open(t.Context(), path, o))
	checkout(t, l)
	line := func(n int) string {
		return strings.Replace(sqlOperation(0, "INSERT INTO gold.corn SELECT year, sum(value) FROM silver.cell WHERE commodity = 'corn' GROUP BY year"),
			deriveLog+"00", fmt.Sprintf("0190f3c2-7b1e-7a40-8c11-%012d", n), 1)
	}
	var lines strings.Builder
	for n := range 1000 {
		lines.WriteString(line(n))
	}
	first := tell(t, l, lines.String())
	wantRepeats := func(want int64) {
		t.Helper()
		table := must[*daybook.Table](t)(l.Store.SQL(t.Context(), daybook.SQLQuery{
			Text: "SELECT count(pattern_id), count(*), count(transformation_logic), min(pattern_id), max(pattern_id) FROM audit.transformation_operation",
		}))
		if got := fmt.Sprint(table.Rows[0]); got != fmt.Sprint([]int64{want, want + 1, 1, first[0].Seq, first[0].Seq}) {
			t.Errorf("repeats, operations, texts, first and last that is repeated: %s, want %d repeats", got, want)
		}
	}
	wantRepeats(999)
	check(t, l.Close(t.Context()))

	l = must[*local.Local](t)(local.Open(t.Context(), path, o))
	again := tell(t, l, lines.String())
	for i := range again {
		if !again[i].Duplicate || again[i].Seq != first[i].Seq {
			t.Fatalf("record %d sent again: %+v, was %+v", i, again[i], first[i])
		}
	}
	wantRepeats(999)
	if tell(t, l, line(1000))[0].Duplicate {
		t.Error("another is taken for one that was written")
	}
	wantRepeats(1000)
	if n := strings.Count(flows(t, l), "cell"); n != 5 {
		t.Errorf("the session has %d edges, want those of one operation: %s", n, flows(t, l))
	}
	check(t, l.Close(t.Context()))
}
