package daybook_test

import (
	"math"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestCheckCostBy(t *testing.T) {
	t.Parallel()
	if err := daybook.CheckCostBy(daybook.CostDimensions()); err != nil {
		t.Errorf("all dimensions: %v", err)
	}
	for _, c := range []struct{ by, want string }{
		{"modle", `"modle"`}, {"agent,agent", "twice"}, {"", `""`},
	} {
		err := daybook.CheckCostBy(strings.Split(c.by, ","))
		if daybook.CodeOf(err) != daybook.CodeInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want it to say %s", c.by, err, c.want)
		}
	}
}

// Every dimension has a place of its own in a group.
func TestCostGroupDimensions(t *testing.T) {
	t.Parallel()
	var g daybook.CostGroup
	for _, d := range daybook.CostDimensions() {
		g.Set(d, "of "+d)
	}
	for _, d := range daybook.CostDimensions() {
		if g.Of(d) != "of "+d {
			t.Errorf("%s is %q", d, g.Of(d))
		}
	}
	if g.Set("colour", "red"); g.Of("colour") != "" {
		t.Error("a group has a colour")
	}
}

func TestSpentAdd(t *testing.T) {
	t.Parallel()
	s := daybook.Spent{Calls: 1, InputTokens: math.MaxInt64 - 1, CostUSD: 0.5, GivenUSD: 0.5, GivenCalls: 1}
	s.Add(&daybook.Spent{Calls: 2, InputTokens: 5, OutputTokens: 7, CostUSD: 0.25, ComputedUSD: 0.25, ComputedCalls: 2})
	want := daybook.Spent{
		Calls: 3, InputTokens: math.MaxInt64, OutputTokens: 7,
		CostUSD: 0.75, GivenUSD: 0.5, ComputedUSD: 0.25, GivenCalls: 1, ComputedCalls: 2,
	}
	if s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
}
