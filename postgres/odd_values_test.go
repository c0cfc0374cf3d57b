package postgres

import (
	"fmt"
	"slices"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
)

// What no column can hold still has its place among what it holds: before it or
// behind it, by the bytes of its text, and equal to none of it.
func TestFiltersByWhatNoColumnHolds(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	k := daybook.MustKind("transformation_operation")
	all, err := storetest.NewWriter(s).Write(t.Context(), storetest.Records(k).Example(1), storetest.Records(k).Example(2), operation(t, 1), operation(t, 2), operation(t, 3))
	must(t, err)
	for _, column := range []string{"session_id", "log_id", "salt", "transformation_logic", "input_tables", "created_at"} {
		i, _ := k.Column(column)
		isTime := k.Columns[i].Type == daybook.TypeTime
		for _, text := range []string{"", "0", "7", "zzz", "0190F3C2-7B1E-7A40-8C11-000000000000", "0190f3c2", "a\x00b", "\xff", `["a\u0000b"]`} {
			v := daybook.TextValue(text)
			for op, keep := range map[daybook.Op]func(of string) bool{
				daybook.OpIn:     func(of string) bool { return of == text },
				daybook.OpFrom:   func(of string) bool { return of >= text && !isTime }, // no time is behind what is none
				daybook.OpBefore: func(of string) bool { return of < text && !isTime },
			} {
				want := []int64{}
				for _, e := range all {
					if e.Values[i].IsSet() && keep(e.Values[i].Text()) {
						want = append(want, e.Seq)
					}
				}
				got, err := s.Select(t.Context(), daybook.Query{Kind: k, Oldest: true, Filters: []daybook.Filter{{Column: column, Op: op, Values: []daybook.Value{v}}}})
				if err != nil || !slices.Equal(seqsOf(got), want) {
					t.Errorf("%s, %d, %q: got %v, %v, want %v", column, op, text, seqsOf(got), err, want)
				}
			}
		}
	}
	none, err := s.Select(t.Context(), daybook.Query{Kind: k, Filters: []daybook.Filter{{Column: "input_tables", Op: daybook.OpContains, Values: []daybook.Value{daybook.TextValue("a\x00b")}}}})
	if err != nil || len(none) > 0 {
		t.Errorf("got %v, %v, want nothing", seqsOf(none), err)
	}
}

// A condition that SQL cannot say is looked for over as many pages as it takes.
func TestSiftingOverPages(t *testing.T) {
	t.Parallel()
	s := testStore(t)
	const n = 2*siftAtOnce + 100
	records := make([]daybook.Record, n)
	for i := range records {
		records[i] = record(t, daybook.TransformationOperation{SessionID: theirID, OperationType: "SELECT", InputTables: []string{fmt.Sprintf("t%04d", i)}})
	}
	_, err := storetest.NewWriter(s).Write(t.Context(), records...)
	must(t, err)
	from := daybook.Filter{Column: "input_tables", Op: daybook.OpFrom, Values: []daybook.Value{daybook.TextValue(`["t0050"]`)}}
	for name, c := range map[string]struct {
		q           daybook.Query
		first, last int64
		count       int
	}{
		"all":                   {daybook.Query{}, n - 1, 50, n - 50},
		"the oldest":            {daybook.Query{Oldest: true}, 50, n - 1, n - 50},
		"many":                  {daybook.Query{Limit: siftAtOnce + 50, Oldest: true}, 50, siftAtOnce + 99, siftAtOnce + 50},
		"few of a page":         {daybook.Query{Limit: 3, After: new(int64(53))}, 52, 50, 3},
		"those of a snapshot":   {daybook.Query{Snapshot: siftAtOnce + 60}, siftAtOnce + 59, 50, siftAtOnce + 10},
		"behind one of a page":  {daybook.Query{After: new(int64(n - 3)), Oldest: true}, n - 2, n - 1, 2},
		"none before the first": {daybook.Query{After: new(int64(50))}, 0, 0, 0},
	} {
		q := c.q
		q.Kind, q.Filters = daybook.MustKind("transformation_operation"), []daybook.Filter{from}
		got, err := s.Select(t.Context(), q)
		must(t, err)
		seqs := seqsOf(got)
		if len(seqs) != c.count || len(seqs) > 0 && (seqs[0] != c.first || seqs[len(seqs)-1] != c.last) {
			t.Errorf("%s: got %d entries, %v; want %d, from %d to %d", name, len(seqs), seqs[:min(3, len(seqs))], c.count, c.first, c.last)
		}
		if sorted := slices.IsSorted(seqs); len(seqs) > 1 && sorted != c.q.Oldest {
			t.Errorf("%s: they are in the wrong order", name)
		}
	}
}
