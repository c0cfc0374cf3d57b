package lineage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A collection is the graph that the walks of one question find.
type collection struct {
	tables bool // one edge for all from one table to another
	spots  map[daybook.Place]*spot
	nodes  map[string]*node
	edges  map[edgeKey]*daybook.GraphEdge
	said   map[saying]bool
}

// A spot is a place that was met. Places of one name, however it is parted,
// are one node.
type spot struct {
	*node
	at     daybook.Place
	walked [2][2]bool // by side, at the place alone and whole: its edges were followed, or are about to be
}

// A node of the graph, with its least depth on the near side of each direction.
type node struct {
	place daybook.Place
	name  string
	depth [2]int // -1 where it was not reached
}

// An edgeKey is what edges of a graph are told apart by.
type edgeKey struct {
	source, target        *node
	relationship, subtype string
}

// A saying is an edge, or an edge of all columns as it stands for one of them.
type saying struct {
	id     int64
	column string
}

func newCollection(tables bool) *collection {
	return &collection{
		tables: tables, spots: map[daybook.Place]*spot{}, nodes: map[string]*node{},
		edges: map[edgeKey]*daybook.GraphEdge{}, said: map[saying]bool{},
	}
}

func (c *collection) spot(p daybook.Place) *spot {
	s := c.spots[p]
	if s == nil {
		s = &spot{node: c.node(p), at: p}
		c.spots[p] = s
	}
	return s
}

func (c *collection) node(p daybook.Place) *node {
	name := p.String()
	n := c.nodes[name]
	if n == nil {
		n = &node{place: p, name: name, depth: [2]int{-1, -1}}
		c.nodes[name] = n
	}
	if len(p.Table) > len(n.place.Table) {
		n.place = p
	}
	return n
}

// reach notes a place; walks reach the least depth first.
func (c *collection) reach(p daybook.Place, near daybook.Side, depth int) *spot {
	s := c.spot(p)
	if s.depth[near] < 0 {
		s.depth[near] = depth
	}
	return s
}

// keep puts an edge into the graph, once for all that say the same.
func (c *collection) keep(f *daybook.Flow, source, target *spot) {
	once := saying{id: f.ID}
	presumed := isStar(f) && source.at.Column != daybook.AllColumns && !c.tables
	if presumed {
		once.column = source.at.Column
	}
	if c.said[once] {
		return
	}
	c.said[once] = true
	key := edgeKey{source.node, target.node, f.Relationship, f.Subtype}
	if c.tables {
		key.relationship, key.subtype = "", ""
	}
	kept, ok := c.edges[key]
	if !ok {
		kept = &daybook.GraphEdge{Source: source.name, Target: target.name}
		c.edges[key] = kept
	}
	if kept.Count++; !ok || stronger(f, kept) {
		say(kept, f)
		if presumed {
			kept.Resolution = "star"
		}
	}
}

// stronger says that a flow tells more than an edge that is kept, or as much
// and was seen first: a session that repeats an operation (ADR 0025) records later
// what it saw then.
func stronger(f *daybook.Flow, kept *daybook.GraphEdge) bool {
	return cmp.Or(
		cmp.Compare(strength(f.Relationship, f.Subtype), strength(kept.RelationshipType, kept.Subtype)),
		strings.Compare(f.CreatedAt, kept.CreatedAt), cmp.Compare(f.ID, kept.ID)) < 0
}

// say lets an edge of the graph say what a flow says.
func say(e *daybook.GraphEdge, f *daybook.Flow) {
	e.RelationshipType, e.Subtype, e.Origin, e.Resolution = f.Relationship, f.Subtype, f.Origin, f.Resolution
	e.ExtractorVersion, e.SessionID, e.Description = f.ExtractorVersion, f.SessionID, f.Description
	e.ID, e.LogID, e.CreatedAt = f.ID, f.LogID, f.CreatedAt
}

// graph gives what was found in its order.
func (c *collection) graph(root daybook.Place, q *daybook.LineageQuery) *daybook.Graph {
	return &daybook.Graph{
		Root: root.String(), Direction: q.Direction, Depth: q.Depth, Columns: q.Columns,
		Nodes: c.sortedNodes(q.Direction == daybook.Both), Edges: c.sortedEdges(),
	}
}

func (c *collection) sortedNodes(both bool) []daybook.GraphNode {
	nodes := make([]daybook.GraphNode, 0, len(c.nodes))
	for _, n := range c.nodes {
		depth, side := n.least()
		g := daybook.GraphNode{Node: n.name, Table: n.place.Table, Column: n.place.Column, Depth: depth}
		if both && depth > 0 {
			g.Side = side
		}
		nodes = append(nodes, g)
	}
	slices.SortFunc(nodes, func(a, b daybook.GraphNode) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), strings.Compare(a.Node, b.Node))
	})
	return nodes
}

// least gives the least depth of a node, and on which side of the root it is.
func (n *node) least() (int, daybook.Direction) {
	up, down := n.depth[daybook.TargetSide], n.depth[daybook.SourceSide]
	switch {
	case down < 0:
		return up, daybook.Upstream
	case up < 0:
		return down, daybook.Downstream
	}
	return min(up, down), daybook.Both
}

func (c *collection) sortedEdges() []daybook.GraphEdge {
	order := make([]*daybook.GraphEdge, 0, len(c.edges))
	for _, e := range c.edges {
		order = append(order, e)
	}
	slices.SortFunc(order, func(a, b *daybook.GraphEdge) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Target, b.Target), cmp.Compare(a.ID, b.ID))
	})
	edges := make([]daybook.GraphEdge, len(order))
	for i, e := range order {
		edges[i] = *e
	}
	return edges
}
