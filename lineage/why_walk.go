package lineage

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// walk finds the tables of the story and the edges between them.
func (w *inquiry) walk(ctx context.Context) error {
	graph, err := w.graph(ctx)
	if err != nil {
		return err
	}
	if err := w.readEdges(ctx, graph); err != nil {
		return err
	}
	w.silent(graph)
	if len(graph.Edges) == 0 {
		if err := w.known(ctx); err != nil {
			return err
		}
	}
	w.why.Hops = w.tables(graph)
	if len(w.why.Hops) > MaxWhyHops {
		w.gap("%s more than %d tables are upstream, and are left out: ask for less depth", group(int64(len(w.why.Hops)-MaxWhyHops)), MaxWhyHops)
		w.why.Hops = w.why.Hops[:MaxWhyHops]
	}
	return nil
}

// graph walks over columns if the node is a column, and over tables if it is
// one. It asks for one edge more than the story is to be deep, to be able to
// say that there is more.
func (w *inquiry) graph(ctx context.Context) (*daybook.Graph, error) {
	q := daybook.LineageQuery{Node: w.q.Node, Direction: daybook.Upstream, Depth: 1, AsOf: w.q.AsOf}
	near, err := w.reader.Lineage(ctx, w.principal, q)
	if err != nil {
		return nil, err
	}
	w.table = near.Root
	q.Depth = min(w.q.Depth+1, daybook.MaxDepth)
	q.Columns = near.Root != w.q.Node || len(near.Edges) == 0
	graph, err := w.reader.Lineage(ctx, w.principal, q)
	if err != nil {
		return nil, err
	}
	w.why.Node = graph.Root
	w.cut(graph)
	return graph, nil
}

// cut takes what is deeper than was asked for out of a graph.
func (w *inquiry) cut(graph *daybook.Graph) {
	deep := map[string]bool{}
	for _, n := range graph.Nodes {
		deep[n.Node] = n.Depth > w.q.Depth
	}
	beyond := len(graph.Nodes)
	graph.Nodes = slices.DeleteFunc(graph.Nodes, func(n daybook.GraphNode) bool { return deep[n.Node] })
	graph.Edges = slices.DeleteFunc(graph.Edges, func(e daybook.GraphEdge) bool { return deep[e.Source] })
	if beyond -= len(graph.Nodes); beyond > 0 {
		w.gap("the walk ends %s away from %s: there is more upstream", plural(int64(w.q.Depth), "edge"), graph.Root)
	}
}

// silent settles what the table is of a column that no edge names, where the
// walk went on with the edges of its table.
func (w *inquiry) silent(graph *daybook.Graph) {
	for _, e := range graph.Edges {
		entry := w.edges[e.LogID]
		if entry == nil || w.table != graph.Root || e.Target == graph.Root {
			continue
		}
		column, ok := strings.CutPrefix(graph.Root, targetSide.place(entry).table+".")
		if ok {
			w.table = targetSide.place(entry).table
			w.gap("no edge names the column %s of %s: what is shown led to the whole table", column, w.table)
		}
	}
}

// readEdges reads the entries of a graph's edges.
func (w *inquiry) readEdges(ctx context.Context, graph *daybook.Graph) error {
	ids := make([]string, len(graph.Edges))
	for i := range graph.Edges {
		ids[i] = graph.Edges[i].LogID
	}
	w.edges = map[string]*daybook.Entry{}
	for part := range slices.Chunk(ids, chunk) {
		entries, err := w.find(ctx, daybook.Query{Kind: edgeKind, Filters: []daybook.Filter{daybook.Is("log_id", part...)}, Revisions: true})
		if err != nil {
			return err
		}
		for _, e := range entries {
			w.edges[e.LogID()] = e
		}
	}
	graph.Edges = slices.DeleteFunc(graph.Edges, func(e daybook.GraphEdge) bool { return w.edges[e.LogID] == nil })
	if gone := len(ids) - len(graph.Edges); gone > 0 {
		w.gap("%s went while this was asked, and must be asked for again", plural(int64(gone), "edge"))
	}
	return nil
}

// tables makes a hop of each table of a graph: the nearest first, then by name.
func (w *inquiry) tables(graph *daybook.Graph) []daybook.WhyHop {
	places := w.places(graph)
	hops := map[string]*daybook.WhyHop{}
	for _, n := range graph.Nodes {
		p := places[n.Node]
		h := hops[p.table]
		if h == nil {
			h = newHop(p.table, n.Depth)
			hops[p.table] = h
		}
		h.Depth = min(h.Depth, n.Depth)
		if p.column != "" {
			h.Columns = append(h.Columns, p.column)
		}
	}
	for _, e := range graph.Edges {
		h := hops[places[e.Target].table]
		h.Edges = append(h.Edges, daybook.WhyEdge{GraphEdge: e})
	}
	list := make([]daybook.WhyHop, 0, len(hops))
	for _, h := range hops {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b daybook.WhyHop) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), strings.Compare(a.Table, b.Table))
	})
	return list
}

func newHop(table string, depth int) *daybook.WhyHop {
	return &daybook.WhyHop{
		Table: table, Depth: depth, Columns: []string{}, Edges: []daybook.WhyEdge{}, Artifacts: []daybook.Evidence{},
		Operations: []daybook.Evidence{}, IngestRuns: []daybook.Evidence{}, Validations: []daybook.Evidence{},
	}
}

// places says of each node of a graph which table it is, or is a column of.
func (w *inquiry) places(graph *daybook.Graph) map[string]place {
	places := map[string]place{w.table: {table: w.table}}
	for _, n := range graph.Nodes {
		places[n.Node] = place{n.Table, n.Column}
	}
	if column, ok := strings.CutPrefix(graph.Root, w.table+"."); ok {
		places[graph.Root] = place{w.table, column}
	}
	return places
}
