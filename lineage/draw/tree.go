package draw

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// Tree writes a graph as a tree for the terminal: the root, and indented below
// each node where its data comes from, or goes to. Each node has its branches
// once, where it is nearest to the root; elsewhere it ends in an ellipsis. A
// walk both ways gives two trees.
func Tree(w io.Writer, g *daybook.Graph) error {
	var b strings.Builder
	ways := []daybook.Direction{g.Direction}
	if g.Direction == daybook.Both {
		ways = []daybook.Direction{daybook.Upstream, daybook.Downstream}
	}
	d := newDrawing(g)
	again := false
	for i, way := range ways {
		if i > 0 {
			b.WriteByte('\n')
		}
		t := d.tree(way)
		fmt.Fprintf(&b, "%s, %s\n", line(g.Root), way)
		if len(t.below[g.Root]) == 0 {
			b.WriteString("└─ nothing\n")
		}
		t.branches(&b, g.Root, "")
		again = again || t.again
	}
	if again {
		b.WriteString("\n… is shown with what is below it elsewhere in the tree.\n")
	}
	if slices.ContainsFunc(g.Nodes, func(n daybook.GraphNode) bool { return n.Depth == g.Depth }) {
		fmt.Fprintf(&b, "\nThe walk ends after %d edges; there may be more beyond.\n", g.Depth)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A tree hangs the nodes of one direction below the root.
type tree struct {
	below map[string][]branch
	shown map[string]bool
	again bool // some node is met a second time
}

// A branch leads to a node.
type branch struct {
	node  string
	says  []string
	grows bool // here is where the node has its branches
}

func (d *drawing) tree(way daybook.Direction) *tree {
	t := &tree{below: map[string][]branch{}, shown: map[string]bool{d.Root: true}}
	depth := d.depthOf(way)
	grown := map[string]bool{d.Root: true}
	for i := range d.Edges {
		e := &d.Edges[i]
		near, far := e.Target, e.Source
		if way == daybook.Downstream {
			near, far = far, near
		}
		nearDepth, ok := depth[near]
		farDepth, met := depth[far]
		if !ok || !met || nearDepth == d.Depth {
			continue
		}
		list := t.below[near]
		at := slices.IndexFunc(list, func(b branch) bool { return b.node == far })
		if at < 0 {
			grows := farDepth == nearDepth+1 && !grown[far]
			grown[far] = grown[far] || grows
			list = append(list, branch{node: far, grows: grows})
			at = len(list) - 1
		}
		if said := told(e); !slices.Contains(list[at].says, said) {
			list[at].says = append(list[at].says, said)
		}
		t.below[near] = list
	}
	d.hang(t, depth, grown)
	return t
}

// told tells an edge on its line.
func told(e *daybook.GraphEdge) string {
	s := says(e)
	if e.Count > 1 {
		s += " by " + group(e.Count) + " edges"
	}
	if e.Resolution == "star" || e.Resolution == "guessed" {
		s += ", " + e.Resolution
	}
	return s
}

// depthOf gives the depths of the nodes in one direction, by going along its
// edges: a node on both sides of the root has the lesser in the graph.
func (d *drawing) depthOf(way daybook.Direction) map[string]int {
	depth := map[string]int{}
	if d.Direction != daybook.Both {
		for i := range d.Nodes {
			depth[d.Nodes[i].Node] = d.Nodes[i].Depth
		}
		return depth
	}
	next := map[string][]string{}
	for i := range d.Edges {
		near, far := d.Edges[i].Target, d.Edges[i].Source
		if way == daybook.Downstream {
			near, far = far, near
		}
		next[near] = append(next[near], far)
	}
	var level []string
	for i := range d.Nodes {
		if n := &d.Nodes[i]; n.Depth == 0 {
			depth[n.Node] = 0
			level = append(level, n.Node)
		}
	}
	for at := 1; len(level) > 0 && at <= d.Depth; at++ {
		var further []string
		for _, near := range level {
			for _, far := range next[near] {
				if _, ok := depth[far]; !ok {
					depth[far] = at
					further = append(further, far)
				}
			}
		}
		level = further
	}
	return depth
}

// hang hangs nodes that no edge leads to, such as the columns of the root,
// below what stands for them: another node of their table, at their depth.
func (d *drawing) hang(t *tree, depth map[string]int, grown map[string]bool) {
	stands := map[string]string{}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if grown[n.Node] {
			key := fmt.Sprint(depth[n.Node], " ", n.Table)
			if _, ok := stands[key]; !ok || n.Node == d.Root {
				stands[key] = n.Node
			}
		}
	}
	for i := range d.Nodes {
		n := &d.Nodes[i]
		at, met := depth[n.Node]
		if !met || grown[n.Node] || len(t.below[n.Node]) == 0 {
			continue
		}
		by, ok := stands[fmt.Sprint(at, " ", n.Table)]
		if !ok {
			by = d.Root
		}
		what := "a column of it"
		if n.Column == "" {
			what = "its table"
		}
		grown[n.Node] = true
		t.below[by] = append(t.below[by], branch{node: n.Node, says: []string{what}, grows: true})
	}
}

// branches writes what is below a node.
func (t *tree) branches(b *strings.Builder, node, indent string) {
	list := t.below[node]
	for i, branch := range list {
		bar, space := "├─ ", "│  "
		if i == len(list)-1 {
			bar, space = "└─ ", "   "
		}
		ends := ""
		if !branch.grows && len(t.below[branch.node]) > 0 {
			ends, t.again = " …", true
		}
		fmt.Fprintf(b, "%s%s%s  %s%s\n", indent, bar, line(branch.node), line(strings.Join(branch.says, "; ")), ends)
		if branch.grows && !t.shown[branch.node] {
			t.shown[branch.node] = true
			t.branches(b, branch.node, indent+space)
		}
	}
}
