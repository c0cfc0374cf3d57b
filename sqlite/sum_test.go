package sqlite

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// However many parts a ledger is added up in, and on whichever connections,
// the sums are the same.
func TestSumsInParts(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	w := storetest.NewWriter(s)
	kind := daybook.MustKind("conversations")
	for i := range 20 {
		r := storetest.Records(kind).Example(i)
		r.Set("agent_position", daybook.TextValue([]string{"CFO", "CEO", "COO"}[i%3]))
		r.Set("input_tokens", daybook.IntValue(int64(i)))
		if _, err := w.Write(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	q := daybook.SumQuery{Kind: kind, By: []string{"agent_position"}, Has: []string{"cost_usd"}, Sum: []string{"input_tokens"}, Snapshot: head.Size}
	in := func(parts int64) []daybook.Sum {
		sums, err := s.sumsIn(t.Context(), s.tables[kind], q, parts)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(sums, func(a, b daybook.Sum) int {
			return cmp.Or(cmp.Compare(a.By[0], b.By[0]), cmp.Compare(a.Count, b.Count), cmp.Compare(a.Sums[0], b.Sums[0]))
		})
		return sums
	}
	whole := in(1)
	if len(whole) < 3 {
		t.Fatalf("only %d groups", len(whole))
	}
	for parts := int64(2); parts <= 7; parts++ {
		if got := in(parts); !reflect.DeepEqual(got, whole) {
			t.Errorf("in %d parts: %+v, want %+v", parts, got, whole)
		}
	}
	q.Most = 2
	if _, err := s.sumsIn(t.Context(), s.tables[kind], q, 3); daybook.CodeOf(err) != daybook.CodeTooLarge {
		t.Errorf("more groups than are wanted, in parts: %v", err)
	}
	q.By = []string{"colour"}
	if _, err := s.Sums(t.Context(), q); daybook.CodeOf(err) != daybook.CodeInvalid {
		t.Errorf("by a column that is not there: %v", err)
	}
}
