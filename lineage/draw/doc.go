// Package draw writes what a walk found for people and for other programs: as a
// tree for the terminal, as text that Mermaid and Graphviz make pictures of,
// and as OpenLineage events.
package draw
