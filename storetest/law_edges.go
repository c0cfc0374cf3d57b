package storetest

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// lawEdges asks for edges by their ends: what a store gives in its own way is
// what a look at all entries gives, and what Select gives.
func lawEdges(t *testing.T, at Opener) {
	s := open(t, at)
	w := NewWriter(s)
	kind := daybook.MustKind("lineage_edge")
	for i := range 12 {
		records := make([]daybook.Record, 15)
		for n := range records {
			records[n] = edges(kind).Example(100*i + n)
		}
		written := mustWrite(t, w, records...)
		mustWrite(t, w, standings(written, i)...)
	}
	mustWrite(t, w, example(daybook.MustKind("thinking_logs"), 1))
	all := mustSelect(t, s, daybook.Query{Kind: kind, Revisions: true, Oldest: true})
	check(t, func(t *rapid.T) {
		q := edgesQueries(all, mustHead(t, s).Size).Draw(t, "query")
		want := pickEdges(all, q)
		wantFlows(t, "the store's own way", daybook.EdgesOf(s), q, want)
		wantFlows(t, "by Select", daybook.SelectEdges(s), q, want)
	})
}

// Names of ends, so few that edges meet, and parted in every way.
var (
	edgeSchemas = []string{"", "s", "s.t", "Ä", `"`}
	edgeNames   = []string{"t", "t.u", "u", "s.t", "s.t.u", ".u", "x'y"}
	edgeColumn  = []string{"", "c", "*", "d.e"}
)

// edges makes edges between ends of few names, some of which hold empty texts.
func edges(k *daybook.Kind) *rapid.Generator[daybook.Record] {
	return rapid.Custom(func(t *rapid.T) daybook.Record {
		r := stored(k).Draw(t, "edge")
		for _, end := range []string{"source", "target"} {
			for column, among := range map[string][]string{"_schema": edgeSchemas, "_name": edgeNames, "_column": edgeColumn} {
				v := daybook.TextValue(rapid.SampledFrom(among).Draw(t, end+column))
				if v.Text() == "" && rapid.Bool().Draw(t, "absent") {
					v = daybook.Value{}
				}
				r.Set(end+column, v)
			}
		}
		r.Set("is_current", rapid.SampledFrom([]daybook.Value{{}, daybook.BoolValue(true), daybook.BoolValue(true), daybook.BoolValue(false)}).Draw(t, "current"))
		return r
	})
}

// standings gives amendments of some edges: they come into effect, stay in it, or end.
func standings(written []*daybook.Entry, seed int) []daybook.Record {
	var records []daybook.Record
	for i, e := range written {
		if (i+seed)%3 == 0 {
			continue
		}
		r := daybook.Record{Kind: e.Kind, Values: slices.Clone(e.Values)}
		r.SetLogID("")
		r.Set("is_current", daybook.BoolValue((i+seed)%4 != 0))
		records = append(records, r)
	}
	return records
}

func edgesQueries(all []*daybook.Entry, size int64) *rapid.Generator[daybook.EdgesQuery] {
	return rapid.Custom(func(t *rapid.T) daybook.EdgesQuery {
		q := daybook.EdgesQuery{
			Side: rapid.SampledFrom([]daybook.Side{daybook.SourceSide, daybook.TargetSide}).Draw(t, "side"), Snapshot: size,
			Limit: rapid.SampledFrom([]int{0, 0, 0, 1, 7}).Draw(t, "limit"),
		}
		if rapid.Bool().Draw(t, "of a snapshot") {
			q.Snapshot = rapid.Int64Range(0, size).Draw(t, "snapshot")
		}
		if rapid.Bool().Draw(t, "of a business") {
			q.Business = rapid.SampledFrom(all).Draw(t, "business").Business()
		}
		table := rapid.Custom(func(t *rapid.T) string {
			return daybook.JoinTable(rapid.SampledFrom(edgeSchemas).Draw(t, "schema"), rapid.SampledFrom(edgeNames).Draw(t, "name"))
		})
		q.Tables = rapid.SliceOfNDistinct(table, 0, 4, rapid.ID).Draw(t, "tables")
		for _, of := range rapid.SliceOfNDistinct(table, 0, 4, rapid.ID).Draw(t, "tables of places") {
			if slices.Contains(q.Tables, of) {
				continue
			}
			for _, column := range rapid.SliceOfNDistinct(rapid.SampledFrom(append(edgeColumn, "\xff")), 0, 3, rapid.ID).Draw(t, "columns") {
				q.Places = append(q.Places, daybook.Place{Table: of, Column: column})
			}
		}
		if rapid.Bool().Draw(t, "among many") {
			for i := range 500 {
				q.Places = append(q.Places, daybook.Place{Table: "s.nowhere", Column: strconv.Itoa(i)})
			}
		}
		return q
	})
}

// pickEdges looks at every entry, the oldest first.
func pickEdges(all []*daybook.Entry, q daybook.EdgesQuery) []daybook.Flow {
	newest := map[string]*daybook.Entry{}
	for _, e := range all {
		if e.Seq < q.Snapshot {
			newest[e.SubjectID()] = e
		}
	}
	var found []daybook.Flow
	for _, e := range newest {
		f := daybook.FlowOf(e)
		at := q.Side.Of(&f)
		isAt := slices.Contains(q.Places, at) || slices.Contains(q.Tables, at.Table)
		if isAt && e.Get("is_current").Bool() && (q.Business == "" || e.Business() == q.Business) {
			found = append(found, f)
		}
	}
	return found
}

func wantFlows(t asserter, what string, s daybook.EdgeReader, q daybook.EdgesQuery, want []daybook.Flow) {
	t.Helper()
	got, err := s.Edges(context.Background(), q)
	must(t, err)
	if q.Limit > 0 && q.Limit < len(want) {
		if len(got) != q.Limit {
			t.Fatalf("%s: %+v: got %d edges", what, q, len(got))
		}
		for _, f := range got {
			if !slices.Contains(want, f) {
				t.Fatalf("%s: %+v: got %+v, which is none of them", what, q, f)
			}
		}
		return
	}
	for _, list := range [][]daybook.Flow{got, want} {
		slices.SortFunc(list, func(a, b daybook.Flow) int { return cmp.Compare(a.ID, b.ID) })
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %+v\n got %+v\nwant %+v", what, q, got, want)
	}
}
