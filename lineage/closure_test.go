package lineage

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// A drawn graph has few tables and columns, so that cycles, self-loops, equal
// edges and both ways to a node are common.
func drawEdges(t *rapid.T) []daybook.LineageEdge {
	end := rapid.Custom(func(t *rapid.T) place {
		return place{
			table:  rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"}).Draw(t, "table"),
			column: rapid.SampledFrom([]string{"", "", "x", "y", "z"}).Draw(t, "column"),
		}
	})
	edge := rapid.Custom(func(t *rapid.T) daybook.LineageEdge {
		from, to := end.Draw(t, "source"), end.Draw(t, "target")
		e := daybook.LineageEdge{
			SourceType: "TABLE", SourceSchema: "s", SourceName: from.table, SourceColumn: from.column,
			TargetType: "TABLE", TargetSchema: "s", TargetName: to.table, TargetColumn: to.column,
			RelationshipType: rapid.SampledFrom([]string{"JOINS", "COPIES"}).Draw(t, "relationship"),
		}
		if standing := rapid.SampledFrom([]string{"current", "current", "current", "pending", "ended"}).Draw(t, "standing"); standing != "pending" {
			e.IsCurrent = new(standing == "current")
		}
		return e
	})
	return rapid.SliceOfN(edge, 0, 25).Draw(t, "edges")
}

// naive finds the least depths in the plainest way: it lets every edge lower
// the depth of what it leads to until nothing changes.
type naive struct {
	flows []naiveFlow
	// depth of what is walked: a table whole ("w"), a column ("c"), or only
	// the edges of a table itself ("t")
	depth map[naiveState]int
}

type (
	naiveFlow  struct{ near, far place }
	naiveState struct {
		how string
		at  place
	}
)

func stateOf(p place) naiveState {
	if p.column == "" {
		return naiveState{"w", p}
	}
	return naiveState{"c", p}
}

// leads says which edges go on from a state.
func (n *naive) leads(s naiveState) []naiveFlow {
	var found []naiveFlow
	for _, f := range n.flows {
		same := f.near.table == s.at.table
		if s.how == "w" && same || s.how == "c" && f.near == s.at || s.how == "t" && same && f.near.column == "" {
			found = append(found, f)
		}
	}
	return found
}

func (n *naive) lower(s naiveState, depth int) bool {
	if old, ok := n.depth[s]; ok && old <= depth {
		return false
	}
	n.depth[s] = depth
	return true
}

func (n *naive) relax(limit int) bool {
	changed := false
	for s, depth := range maps.Clone(n.depth) {
		if depth >= limit {
			continue
		}
		onward := n.leads(s)
		if s.how == "c" && len(onward) == 0 {
			table := naiveState{"t", place{table: s.at.table}}
			if len(n.leads(table)) > 0 {
				changed = n.lower(table, depth) || changed
			}
		}
		for _, f := range onward {
			changed = n.lower(stateOf(f.far), depth+1) || changed
			if s.how == "w" { // the table's columns are as deep as it is
				changed = n.lower(stateOf(f.near), depth) || changed
			}
		}
	}
	return changed
}

// nodes gives the least depth of every node.
func (n *naive) nodes() map[string]int {
	found := map[string]int{}
	for s, depth := range n.depth {
		node := s.at.node()
		if old, ok := found[node]; !ok || depth < old {
			found[node] = depth
		}
	}
	return found
}

// edges gives the edges that go on from anything walked short of the limit.
func (n *naive) edges(limit int) map[string]bool {
	found := map[string]bool{}
	for s, depth := range n.depth {
		if depth < limit {
			for _, f := range n.leads(s) {
				found[f.far.node()+" > "+f.near.node()] = true
			}
		}
	}
	return found
}

func newNaive(edges []daybook.LineageEdge, q daybook.LineageQuery, root place) *naive {
	n := &naive{depth: map[naiveState]int{}}
	for _, e := range edges {
		if e.IsCurrent == nil || !*e.IsCurrent {
			continue
		}
		near := place{"s." + e.TargetName, e.TargetColumn}
		far := place{"s." + e.SourceName, e.SourceColumn}
		if q.Direction == daybook.Downstream {
			near, far = far, near
		}
		if !q.Columns {
			near.column, far.column = "", ""
			if near == far {
				continue
			}
		}
		n.flows = append(n.flows, naiveFlow{near, far})
	}
	n.depth[stateOf(root)] = 0
	for n.relax(q.Depth) {
	}
	return n
}

func TestWalkAgainstNaiveClosure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		edges := drawEdges(rt)
		b := newBook(t)
		for _, e := range edges {
			b.add(e)
		}
		root := place{table: "s." + rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "root")}
		q := daybook.LineageQuery{
			Direction: rapid.SampledFrom([]daybook.Direction{daybook.Upstream, daybook.Downstream}).Draw(rt, "direction"),
			Depth:     rapid.IntRange(1, 8).Draw(rt, "depth"),
			Columns:   rapid.Bool().Draw(rt, "columns"),
		}
		if q.Columns {
			root.column = rapid.SampledFrom([]string{"", "x", "y"}).Draw(rt, "root column")
		}
		if rapid.Bool().Draw(rt, "as of") {
			q.AsOf = b.now
		}
		q.Node = root.node()
		g, err := b.reader().Lineage(t.Context(), anyone, q)
		if err != nil {
			rt.Fatal(err)
		}
		compareWithNaive(rt, g, newNaive(edges, q, root), q)
	})
}

func compareWithNaive(t *rapid.T, g *daybook.Graph, n *naive, q daybook.LineageQuery) {
	depths := map[string]int{}
	for _, node := range g.Nodes {
		if _, twice := depths[node.Node]; twice {
			t.Fatalf("%s is there twice", node.Node)
		}
		depths[node.Node] = node.Depth
	}
	if want := n.nodes(); !maps.Equal(depths, want) {
		t.Fatalf("%+v: nodes\n got %v\nwant %v", q, depths, want)
	}
	ways := map[string]bool{}
	said := map[string]bool{}
	for _, e := range g.Edges {
		far, near := e.Source, e.Target
		if q.Direction == daybook.Downstream {
			far, near = near, far
		}
		ways[far+" > "+near] = true
		key := fmt.Sprint(e.Source, e.Target, e.RelationshipType)
		if said[key] {
			t.Fatalf("the edge %+v is there twice", e)
		}
		said[key] = true
	}
	if want := n.edges(q.Depth); !maps.Equal(ways, want) {
		t.Fatalf("%+v: edges\n got %v\nwant %v", q, slices.Sorted(maps.Keys(ways)), slices.Sorted(maps.Keys(want)))
	}
}
