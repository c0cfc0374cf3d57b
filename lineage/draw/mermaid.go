package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/daybook-audit/daybook"
)

// What Mermaid draws at the most, unless it is set up otherwise: maxEdges and
// maxTextSize of https://mermaid.js.org/config/schema-docs/config.html.
const (
	mermaidEdges = 500
	mermaidText  = 50_000
)

// Mermaid writes a graph as a Mermaid flowchart, from left to right, the root
// in bold. Columns stand within their tables. Of a graph that is larger than
// Mermaid draws, what is nearest to the root is written, and a comment says so.
func Mermaid(w io.Writer, g *daybook.Graph) error {
	d := newDrawing(g)
	most := mermaidEdges
	text := d.mermaid(most)
	for len(text) > mermaidText && most > 1 {
		most = min(most, len(g.Edges)) * mermaidText / len(text) * 9 / 10
		text = d.mermaid(most)
	}
	_, err := io.WriteString(w, text)
	return err
}

func (d *drawing) mermaid(most int) string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	edges, tables := d.nearest(most)
	if cut := len(d.Edges) - len(edges); cut > 0 {
		fmt.Fprintf(&b, "  %%%% %s of %s edges are drawn, those nearest to the root: ask for less depth to see all of it\n", group(len(edges)), group(len(d.Edges)))
	}
	id := ids(tables)
	for i, t := range tables {
		indent := "  "
		if d.Columns {
			fmt.Fprintf(&b, "  subgraph t%d[\"%s\"]\n", i, mermaidLabel(t.name))
			indent = "    "
		}
		for _, n := range t.nodes {
			fmt.Fprintf(&b, "%s%s[\"%s\"]\n", indent, id[n.Node], mermaidLabel(d.label(n)))
		}
		if d.Columns {
			b.WriteString("  end\n")
		}
	}
	for i := range edges {
		e := &edges[i]
		fmt.Fprintf(&b, "  %s -->|\"%s\"| %s\n", id[e.Source], mermaidLabel(says(e)), id[e.Target])
	}
	if root := id[d.Root]; root != "" {
		fmt.Fprintf(&b, "  style %s stroke-width:3px\n", root)
	}
	return b.String()
}

// label is what a node is called: within its table, a column by its own name.
func (d *drawing) label(n *daybook.GraphNode) string {
	switch {
	case !d.Columns:
		return n.Node
	case n.Column == "":
		return "(all of it)"
	}
	return n.Column
}

// mermaidLabel writes a text so that it may stand in quotes. Mermaid has no
// escapes but its own form of HTML's entities; it takes backticks for
// Markdown, and angle brackets for HTML.
func mermaidLabel(s string) string {
	return mermaidEscapes.Replace(line(s))
}

var mermaidEscapes = strings.NewReplacer(
	"#", "#35;", "&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\\", "#92;",
)
