package lineage

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/google/uuid"
)

// An indexed is a store of current table edges with an index on their names,
// and nothing else. Table n comes from tables before it, so that there is
// always somewhere to go; entries are made when asked for, as stores do.
type indexed struct {
	daybook.Store
	byTarget [][]int32 // the sources of each table
	selects  int
}

const fanIn = 4

func newIndexed(edges int) *indexed {
	s := &indexed{byTarget: make([][]int32, edges/fanIn)}
	for n := range s.byTarget {
		for i := range fanIn {
			s.byTarget[n] = append(s.byTarget[n], int32(n*(3+i)/(7+i)))
		}
	}
	return s
}

func (s *indexed) Select(_ context.Context, q daybook.Query) ([]*daybook.Entry, error) {
	s.selects++
	var names, schemas []daybook.Value
	for _, f := range q.Filters {
		switch f.Column {
		case "target_name":
			names = f.Values
		case "target_schema":
			schemas = f.Values
		}
	}
	var found []*daybook.Entry
	if schemas == nil {
		return found, nil // they all have one
	}
	for _, name := range names {
		digits, ok := strings.CutPrefix(name.Text(), "t")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil {
			continue
		}
		for i, source := range s.byTarget[n] {
			e := &daybook.Entry{Kind: edgeKind, Values: make([]daybook.Value, len(edgeKind.Columns))}
			set := func(column string, v daybook.Value) { at, _ := edgeKind.Column(column); e.Values[at] = v }
			set("id", daybook.IntValue(int64(n*fanIn+i)))
			set("source_schema", daybook.TextValue("silver"))
			set("source_name", daybook.TextValue("t"+strconv.Itoa(int(source))))
			set("target_schema", daybook.TextValue("silver"))
			set("target_name", name)
			set("relationship_type", daybook.TextValue("DERIVES_FROM"))
			set("is_current", daybook.BoolValue(true))
			set("log_id", daybook.TextValue(uuid.NewString()))
			found = append(found, e)
		}
	}
	return found, nil
}

func BenchmarkWalkAtAMillionEdges(b *testing.B) {
	store := newIndexed(1_000_000)
	for _, depth := range []int{1, 5, 10} {
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			b.ReportAllocs()
			var g *daybook.Graph
			store.selects = 0
			for b.Loop() {
				var err error
				g, err = NewReader(store, nil).Lineage(b.Context(), anyone, daybook.LineageQuery{
					Node: "silver.t249999", Direction: daybook.Upstream, Depth: depth,
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(g.Nodes)), "nodes")
			b.ReportMetric(float64(len(g.Edges)), "edges")
			b.ReportMetric(float64(store.selects)/float64(b.N), "selects/op")
		})
	}
}

// A walk over the whole of a large graph ends with an error that says what to
// do, and does not read on.
func TestWalkIsBounded(t *testing.T) {
	t.Parallel()
	wide := &indexed{byTarget: make([][]int32, 2)}
	wide.byTarget[1] = make([]int32, MaxWalk+1)
	_, err := NewReader(wide, nil).Lineage(t.Context(), anyone, up("silver.t1"))
	wantCode(t, err, daybook.CodeTooLarge)
}
