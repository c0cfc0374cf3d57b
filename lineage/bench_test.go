package lineage

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
)

// An indexed is a store of current table edges with an index on their names,
// and nothing else. Table n comes from tables before it, so that there is
// always somewhere to go; edges are made when asked for, as stores do.
type indexed struct {
	daybook.Store
	byTarget [][]int32 // the sources of each table
	asked    int
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

func (s *indexed) Head(context.Context) (daybook.Head, error) { return daybook.Head{Size: 1}, nil }

func (s *indexed) Edges(_ context.Context, q daybook.EdgesQuery) ([]daybook.Flow, error) {
	s.asked++
	var found []daybook.Flow
	for _, table := range q.Tables {
		digits, ok := strings.CutPrefix(table, "silver.t")
		n, err := strconv.Atoi(digits)
		if !ok || err != nil || q.Side == daybook.SourceSide {
			continue
		}
		for i, source := range s.byTarget[n] {
			if q.Limit > 0 && len(found) == q.Limit {
				return found, nil
			}
			found = append(found, daybook.Flow{
				ID: int64(n*fanIn + i), Relationship: "DERIVES_FROM",
				Source: daybook.Place{Table: "silver.t" + strconv.Itoa(int(source))}, Target: daybook.Place{Table: table},
			})
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
			store.asked = 0
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
			b.ReportMetric(float64(store.asked)/float64(b.N), "asked/op")
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
