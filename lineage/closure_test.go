package lineage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"pgregory.net/rapid"
)

// naive finds least depths in the plainest way: it lets every edge lower the
// depth of what it leads to until nothing changes. It says anew, from all edges
// at once, which of them go on from where.
type naive struct {
	q     daybook.LineageQuery
	up    bool
	flows []daybook.Flow // those that are current and wanted
	depth map[naiveState]int
	nodes map[string]int
	edges map[string]naiveEdge
	taken map[string]bool
}

// A naiveState is what is walked: a table whole, a table as such, or a column.
type naiveState struct{ how, table, column string }

type naiveEdge struct {
	id    int64
	says  string
	count int
	seen  string // when it was first
}

type naiveStep struct {
	f         daybook.Flow
	near, far daybook.Place
}

func (n *naive) near(f daybook.Flow) daybook.Place {
	if n.up {
		return f.Target
	}
	return f.Source
}

func (n *naive) far(f daybook.Flow) daybook.Place {
	if n.up {
		return f.Source
	}
	return f.Target
}

func (n *naive) where(keep func(daybook.Flow) bool) (steps []naiveStep) {
	for _, f := range n.flows {
		if keep(f) {
			steps = append(steps, naiveStep{f, n.near(f), n.far(f)})
		}
	}
	return steps
}

func naiveIndirect(f daybook.Flow) bool {
	byWord := f.Subtype == "" && f.Relationship == "JOINS" && f.Target.Column == ""
	return f.Source.Column != "" && (byWord || f.Subtype == "JOIN" || f.Subtype == "FILTER" || f.Subtype == "CONDITIONAL" && f.Target.Column == "")
}

// spelledOut says that an edge of tables is told by edges of columns.
func (n *naive) spelledOut(f daybook.Flow) bool {
	return f.Source.Column+f.Target.Column == "" && slices.ContainsFunc(n.flows, func(g daybook.Flow) bool {
		return g.Source.Table == f.Source.Table && g.Target.Table == f.Target.Table &&
			g.Source.Column != "" && g.Target.Column != "" && !naiveIndirect(g)
	})
}

func (n *naive) leads(s naiveState) []naiveStep {
	at := func(column string, indirect bool) []naiveStep {
		return n.where(func(f daybook.Flow) bool {
			return n.near(f) == daybook.Place{Table: s.table, Column: column} && naiveIndirect(f) == indirect
		})
	}
	whole := n.where(func(f daybook.Flow) bool { return n.near(f).Table == s.table && !n.spelledOut(f) })
	switch {
	case !n.q.Columns:
		return n.where(func(f daybook.Flow) bool { return n.near(f).Table == s.table && n.far(f).Table != s.table })
	case s.how == "whole":
		return whole
	case s.how == "table" && len(at("", false)) == 0:
		return append(at("", true), whole...)
	case s.how == "table":
		return append(at("", true), at("", false)...)
	}
	return n.leadsOfColumn(s, at, whole)
}

func (n *naive) leadsOfColumn(s naiveState, at func(string, bool) []naiveStep, whole []naiveStep) []naiveStep {
	own := at(s.column, false)
	steps := slices.Concat(own, at(s.column, true), at("", true))
	var stars []naiveStep
	if s.column != "*" && (len(own) == 0 || !n.up) {
		for _, step := range at("*", false) {
			if step.far.Column == "*" {
				step.near, step.far.Column = daybook.Place{Table: s.table, Column: s.column}, s.column
				stars = append(stars, step)
			}
		}
	}
	for _, step := range stars {
		named := slices.ContainsFunc(n.flows, func(f daybook.Flow) bool { return f.Target == step.far && !naiveIndirect(f) })
		if n.up || !named {
			steps = append(steps, step)
		}
	}
	if len(own)+len(stars) > 0 {
		return steps
	}
	table := at("", false)
	if s.column == "*" && len(table) == 0 {
		return append(steps, whole...)
	}
	for _, step := range table {
		if s.column == "*" || step.f.Origin == "EXPLICIT" || !n.spelledOut(step.f) {
			steps = append(steps, step)
		}
	}
	return steps
}

func (n *naive) stateOf(p daybook.Place) naiveState {
	switch {
	case !n.q.Columns:
		return naiveState{"whole", p.Table, ""}
	case p.Column == "":
		return naiveState{"table", p.Table, ""}
	}
	return naiveState{"column", p.Table, p.Column}
}

func (n *naive) relax() bool {
	changed := false
	for s, depth := range maps.Clone(n.depth) {
		if depth >= n.q.Depth {
			continue
		}
		for _, step := range n.leads(s) {
			to := n.stateOf(step.far)
			if old, ok := n.depth[to]; !ok || old > depth+1 {
				n.depth[to] = depth + 1
				changed = true
			}
		}
	}
	return changed
}

// walk finds what a walk in one direction finds.
func (n *naive) walk(root daybook.Place) {
	n.depth = map[naiveState]int{n.stateOf(root): 0}
	if root.Column == "" {
		n.depth = map[naiveState]int{{"whole", root.Table, ""}: 0}
	}
	for n.relax() {
	}
	n.reach(root, 0)
	for s, depth := range n.depth {
		if depth >= n.q.Depth {
			continue
		}
		for _, step := range n.leads(s) {
			n.reach(step.near, depth)
			n.reach(step.far, depth+1)
			n.say(step)
		}
	}
}

func (n *naive) reach(p daybook.Place, depth int) {
	if !n.q.Columns {
		p.Column = ""
	}
	if old, ok := n.nodes[p.String()]; !ok || depth < old {
		n.nodes[p.String()] = depth
	}
}

// say adds an edge to those that say the same.
func (n *naive) say(step naiveStep) {
	source, target := step.far, step.near
	if !n.up {
		source, target = target, source
	}
	says := step.f.Relationship + " " + step.f.Subtype
	key := source.String() + " > " + target.String() + " " + says
	if !n.q.Columns {
		key = source.Table + " > " + target.Table
	}
	once := fmt.Sprint(step.f.ID, key)
	if n.taken[once] {
		return
	}
	n.taken[once] = true
	e, ok := n.edges[key]
	better := !ok || cmp.Or(strings.Compare(step.f.CreatedAt, e.seen), cmp.Compare(step.f.ID, e.id)) < 0
	if tells, told := naiveTells(says), naiveTells(e.says); !n.q.Columns && ok && tells != told {
		better = tells < told
	}
	if better {
		e.id, e.says, e.seen = step.f.ID, says, step.f.CreatedAt
	}
	e.count++
	n.edges[key] = e
}

// naiveTells is lower for what tells more.
func naiveTells(says string) int {
	switch says {
	case "COPIES ", "COPIES IDENTITY":
		return 1
	case "COPIES JOIN", "COPIES FILTER":
		return 3
	}
	if strings.HasPrefix(says, "JOINS") {
		return 2
	}
	return 4
}

// A drawn edge ends in few tables and columns, so that cycles, self-loops, equal
// edges and both ways to a node are common.
func drawnEdge() *rapid.Generator[daybook.LineageEdge] {
	tables := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	columns := rapid.SampledFrom([]string{"", "", "x", "y", "z", "*"})
	return rapid.Custom(func(t *rapid.T) daybook.LineageEdge {
		return daybook.LineageEdge{
			SourceType: "TABLE", SourceSchema: "s", SourceName: tables.Draw(t, "source"), SourceColumn: columns.Draw(t, "source column"),
			TargetType: "TABLE", TargetSchema: "s", TargetName: tables.Draw(t, "target"), TargetColumn: columns.Draw(t, "target column"),
			RelationshipType: rapid.SampledFrom([]string{"JOINS", "COPIES", "DERIVES_FROM"}).Draw(t, "relationship"),
			Origin:           rapid.SampledFrom([]string{"EXPLICIT", "PARSED", "PARSED"}).Draw(t, "origin"),
			Subtype:          rapid.SampledFrom([]string{"", "", "IDENTITY", "JOIN", "FILTER", "CONDITIONAL"}).Draw(t, "subtype"),
		}
	})
}

// A life is an edge through time: the entries that say whether it is current.
type life struct {
	entries []*daybook.Entry
}

// drawLives writes edges, of which some wait for their session for ever, some
// come into effect later, and some end; in any order.
func drawLives(t *rapid.T, b *book) []*life {
	var lives []*life
	for range rapid.IntRange(0, 30).Draw(t, "events") {
		standing := rapid.SampledFrom([]string{"current", "current", "pending", "amend", "amend"}).Draw(t, "event")
		if standing != "amend" {
			e := drawnEdge().Draw(t, "edge")
			if standing == "current" {
				e.IsCurrent = new(true)
			}
			lives = append(lives, &life{[]*daybook.Entry{b.add(e)}})
			continue
		}
		if len(lives) == 0 {
			continue
		}
		l := rapid.SampledFrom(lives).Draw(t, "of")
		last := l.entries[len(l.entries)-1]
		next := daybook.BoolValue(!last.Get("is_current").IsSet())
		l.entries = append(l.entries, b.amend(last, map[string]daybook.Value{"is_current": next}))
	}
	return lives
}

// at gives the edge where it is current at a time, now for none.
func (l *life) at(t *testing.T, at time.Time) (daybook.Flow, bool) {
	var last *daybook.Entry
	for _, e := range l.entries {
		if at.IsZero() || !loggedAt(t, e).After(at) {
			last = e
		}
	}
	if last == nil || !last.Get("is_current").IsSet() || !last.Get("is_current").Bool() {
		return daybook.Flow{}, false
	}
	return daybook.FlowOf(last), true
}

func drawQuery(t *rapid.T, b *book) (q daybook.LineageQuery, root daybook.Place) {
	q = daybook.LineageQuery{
		Direction: rapid.SampledFrom([]daybook.Direction{daybook.Upstream, daybook.Downstream, daybook.Both}).Draw(t, "direction"),
		Depth:     rapid.IntRange(1, 8).Draw(t, "depth"),
		Columns:   rapid.Bool().Draw(t, "columns"),
		Origins:   rapid.SampledFrom([][]string{nil, nil, {"PARSED"}, {"EXPLICIT", "PARSED"}}).Draw(t, "origins"),
		Relationships: rapid.SampledFrom([][]string{nil, nil, {"COPIES"}, {"JOINS", "DERIVES_FROM"}}).
			Draw(t, "relationships"),
	}
	q.Indirect = q.Columns && rapid.Bool().Draw(t, "indirect")
	root.Table = "s." + rapid.SampledFrom([]string{"a", "b"}).Draw(t, "root")
	if q.Columns {
		root.Column = rapid.SampledFrom([]string{"", "x", "y", "*"}).Draw(t, "root column")
	}
	if rapid.Bool().Draw(t, "as of") {
		q.AsOf = noon.Add(time.Duration(rapid.IntRange(-1, int(b.seq)+1).Draw(t, "minute")) * time.Minute)
	}
	q.Node = root.String()
	return q, root
}

func TestWalkAgainstNaiveClosure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBook(t)
		lives := drawLives(rt, b)
		q, root := drawQuery(rt, b)
		g, err := b.reader().Lineage(t.Context(), anyone, q)
		if err != nil {
			rt.Fatal(err)
		}
		n := &naive{q: q, nodes: map[string]int{}, edges: map[string]naiveEdge{}, taken: map[string]bool{}}
		for _, l := range lives {
			f, current := l.at(t, q.AsOf)
			wanted := (q.Origins == nil || slices.Contains(q.Origins, f.Origin)) &&
				(q.Relationships == nil || slices.Contains(q.Relationships, f.Relationship)) &&
				(!q.Columns || q.Indirect || !naiveIndirect(f))
			if current && wanted {
				n.flows = append(n.flows, f)
			}
		}
		for _, up := range map[daybook.Direction][]bool{daybook.Upstream: {true}, daybook.Downstream: {false}, daybook.Both: {true, false}}[q.Direction] {
			n.up = up
			n.walk(root)
		}
		compareWithNaive(rt, g, n)
	})
}

func compareWithNaive(t *rapid.T, g *daybook.Graph, n *naive) {
	depths := map[string]int{}
	for _, node := range g.Nodes {
		if _, twice := depths[node.Node]; twice {
			t.Fatalf("%s is there twice", node.Node)
		}
		depths[node.Node] = node.Depth
	}
	if !maps.Equal(depths, n.nodes) {
		t.Fatalf("%+v: nodes\n got %v\nwant %v", n.q, depths, n.nodes)
	}
	got := map[string]naiveEdge{}
	for _, e := range g.Edges {
		key, says := e.Source+" > "+e.Target, e.RelationshipType+" "+e.Subtype
		if n.q.Columns {
			key += " " + says
		}
		if _, twice := got[key]; twice {
			t.Fatalf("the edge %+v is there twice", e)
		}
		got[key] = naiveEdge{e.ID, says, e.Count, e.CreatedAt}
	}
	if !maps.Equal(got, n.edges) {
		t.Fatalf("%+v: edges\n got %v\nwant %v", n.q, got, n.edges)
	}
}
