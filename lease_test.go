package daybook_test

import (
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

func TestTenureGoesToOneAtATime(t *testing.T) {
	t.Parallel()
	m := storetest.NewShared()
	first, second := m.Open(), m.Open()
	a, b := daybook.NewTenure(first, daybook.LeaseSign), daybook.NewTenure(second, daybook.LeaseSign)
	holds := func(what string, x *daybook.Tenure, want bool) {
		t.Helper()
		if got, err := x.Holds(t.Context()); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	holds("the first who asks", a, true)
	holds("the second", b, false)
	holds("the first again", a, true)
	m.Lose(daybook.LeaseSign)
	holds("the second, after the first has lost it", b, true)
	holds("the first, who has lost it", a, false)
	if err := b.End(t.Context()); err != nil {
		t.Error(err)
	}
	holds("the first, after the second has ended", a, true)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	holds("the second, after the first is gone", b, true)
	if holds, err := a.Holds(t.Context()); holds || err == nil {
		t.Errorf("whose store is closed: %v, %v", holds, err)
	}
}

func TestTenureOfAStoreThatIsNotShared(t *testing.T) {
	t.Parallel()
	tenure := daybook.NewTenure(storetest.NewModel(), daybook.LeaseSign)
	if holds, err := tenure.Holds(t.Context()); !holds || err != nil {
		t.Errorf("%v, %v; a store of one process is its own", holds, err)
	}
	if err := tenure.End(t.Context()); err != nil {
		t.Error(err)
	}
	var none daybook.Tenure
	if holds, err := none.Holds(t.Context()); holds || err != nil {
		t.Errorf("the zero value: %v, %v", holds, err)
	}
}
