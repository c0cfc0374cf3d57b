package draw

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/daybook-audit/daybook"
)

// drawing is a graph with its nodes by name.
type drawing struct {
	*daybook.Graph
	node map[string]*daybook.GraphNode
}

// A table of a drawing, with those of its nodes that are drawn.
type table struct {
	name  string
	nodes []*daybook.GraphNode
}

func newDrawing(g *daybook.Graph) *drawing {
	d := &drawing{Graph: g, node: make(map[string]*daybook.GraphNode, len(g.Nodes))}
	for i := range g.Nodes {
		d.node[g.Nodes[i].Node] = &g.Nodes[i]
	}
	return d
}

// nearest gives so many edges, those with the nearest far ends first, and the
// nodes that they and the root need, by table.
func (d *drawing) nearest(most int) ([]daybook.GraphEdge, []table) {
	edges := slices.Clone(d.Edges)
	slices.SortStableFunc(edges, func(a, b daybook.GraphEdge) int { return cmp.Compare(d.reach(&a), d.reach(&b)) })
	edges = edges[:min(most, len(edges))]
	drawn := map[string]bool{d.Root: true}
	for i := range edges {
		drawn[edges[i].Source], drawn[edges[i].Target] = true, true
	}
	var tables []table
	at := map[string]int{}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if !drawn[n.Node] {
			continue
		}
		if _, ok := at[n.Table]; !ok {
			at[n.Table] = len(tables)
			tables = append(tables, table{name: n.Table})
		}
		t := &tables[at[n.Table]]
		t.nodes = append(t.nodes, n)
	}
	return edges, tables
}

// reach is how far the far end of an edge is from the root.
func (d *drawing) reach(e *daybook.GraphEdge) int {
	return max(d.depth(e.Source), d.depth(e.Target))
}

func (d *drawing) depth(node string) int {
	if n := d.node[node]; n != nil {
		return n.Depth
	}
	return 0
}

// ids gives each node of some tables a short name.
func ids(tables []table) map[string]string {
	of := map[string]string{}
	for _, t := range tables {
		for _, n := range t.nodes {
			of[n.Node] = "n" + strconv.Itoa(len(of))
		}
	}
	return of
}

// says tells what an edge is, in a word or two.
func says(e *daybook.GraphEdge) string {
	if e.Subtype != "" && isOther(e) {
		return e.RelationshipType + " (" + e.Subtype + ")"
	}
	return e.RelationshipType
}

// isOther says that the subtype is not what the relationship says already.
func isOther(e *daybook.GraphEdge) bool {
	return subtypes[e.RelationshipType] != e.Subtype
}

// line makes one line of a text that agents wrote, without anything that moves
// the cursor, changes colours, or shows it in another order.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

// group writes a number with its thousands apart.
func group(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}
