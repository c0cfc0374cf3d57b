package draw

import (
	"fmt"
	"io"
	"strings"

	"github.com/daybook-audit/daybook"
)

// DOT writes a graph in the language of Graphviz, from left to right, the root
// in bold. Columns stand within their tables.
func DOT(w io.Writer, g *daybook.Graph) error {
	d := newDrawing(g)
	edges, tables := d.nearest(len(g.Edges))
	id := ids(tables)
	var b strings.Builder
	b.WriteString("digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n")
	for i, t := range tables {
		indent := "  "
		if d.Columns {
			fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s;\n", i, dotQuoted(t.name))
			indent = "    "
		}
		for _, n := range t.nodes {
			bold := ""
			if n.Node == d.Root {
				bold = ", penwidth=3"
			}
			fmt.Fprintf(&b, "%s%s [label=%s%s];\n", indent, id[n.Node], dotQuoted(d.label(n)), bold)
		}
		if d.Columns {
			b.WriteString("  }\n")
		}
	}
	for i := range edges {
		e := &edges[i]
		fmt.Fprintf(&b, "  %s -> %s [label=%s];\n", id[e.Source], id[e.Target], dotQuoted(says(e)))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// dotQuoted writes a text as a quoted string, in which backslashes begin escapes.
func dotQuoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line(s)) + `"`
}
