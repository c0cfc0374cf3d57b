package daybook_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/daybook-audit/daybook"
)

func TestAdderEndsInNoDigitsOfItsOwn(t *testing.T) {
	t.Parallel()
	var a, b, both daybook.Adder
	for range 50_000 {
		a.Add(0.1)
		b.Add(0.023985)
	}
	both.Join(a)
	both.Join(b)
	for _, one := range []struct{ got, want float64 }{{a.Sum(), 5000}, {daybook.Dollars(b.Sum()), 1199.25}, {daybook.Dollars(both.Sum()), 6199.25}} {
		if one.got != one.want {
			t.Errorf("got %v, want %v", one.got, one.want)
		}
	}
}

func TestAdderKeepsSmallBesideGreat(t *testing.T) {
	t.Parallel()
	var a daybook.Adder
	for _, n := range []float64{1, 1e100, 1, -1e100} {
		a.Add(n)
	}
	if got := a.Sum(); got != 2 {
		t.Errorf("got %v, want 2", got)
	}
}

func TestSumsOfDollarsAreNeverInfinite(t *testing.T) {
	t.Parallel()
	var a daybook.Adder
	for range 3 {
		a.Add(math.MaxFloat64)
	}
	a.Add(1)
	s := daybook.Spent{CostUSD: a.Sum(), ComputedUSD: math.MaxFloat64, GivenUSD: 1e300}
	s.Add(&s)
	for _, got := range []float64{a.Sum(), daybook.Dollars(a.Sum()), daybook.Dollars(math.Inf(1)), s.CostUSD, s.ComputedUSD} {
		if got != math.MaxFloat64 {
			t.Errorf("got %v, want the greatest", got)
		}
	}
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
}
