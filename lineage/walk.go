package lineage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/daybook-audit/daybook"
)

// MaxWalk bounds the edges that one walk reads.
const MaxWalk = 100_000

// Lineage walks the edges from a node, breadth first: each node once, at its
// least depth, with the edges that the walk went along. Nodes are ordered by
// depth and name, edges by source, target and id; edges that say the same
// appear once, the one with the lowest id. A node that no edge touches gives a
// graph of itself alone.
//
// A walk of tables lets column edges stand for their tables and leaves out
// what stays within one table. In a walk of columns, a table stands for itself
// and all of its columns, and a column that no column edge reaches goes on
// with the edges of its table.
func (r *Reader) Lineage(ctx context.Context, p daybook.Principal, q daybook.LineageQuery) (*daybook.Graph, error) {
	if err := checkLineage(&q); err != nil {
		return nil, err
	}
	w := &walk{
		store: r.store, base: edgesAt(q.AsOf, p.Business), asOf: !q.AsOf.IsZero(), columns: q.Columns,
		near: targetSide, far: sourceSide,
		depth: map[string]int{}, walked: map[place]bool{}, edges: map[edgeKey]daybook.GraphEdge{},
	}
	if q.Direction == daybook.Downstream {
		w.near, w.far = sourceSide, targetSide
	}
	if err := w.run(ctx, q.Node, q.Depth); err != nil {
		return nil, err
	}
	return w.graph(), nil
}

func checkLineage(q *daybook.LineageQuery) error {
	if q.Node == "" {
		e := daybook.Invalidf("/node", "is missing")
		e.Hint = "name a table, such as gold.us_corn_balance_sheet, or a column of one"
		return e
	}
	if q.Direction != daybook.Upstream && q.Direction != daybook.Downstream {
		e := daybook.Invalidf("/direction", "%q is not a direction", daybook.Clip(string(q.Direction)))
		e.Hint = "upstream is to where the data comes from, downstream to where it goes"
		return e
	}
	if q.Depth == 0 {
		q.Depth = daybook.DefaultDepth
	}
	if q.Depth < 0 || q.Depth > daybook.MaxDepth {
		e := daybook.Invalidf("/depth", "a depth of %d is out of range", q.Depth)
		e.Hint = fmt.Sprintf("ask for 1 to %d; the default is %d", daybook.MaxDepth, daybook.DefaultDepth)
		return e
	}
	return nil
}

// edgesAt asks for the edges that are current, or for every revision of edges
// up to a time, of which [current] keeps those that were current then.
func edgesAt(asOf time.Time, business string) daybook.Query {
	q := daybook.Query{Kind: edgeKind, Business: business}
	if asOf.IsZero() {
		q.Filters = []daybook.Filter{{Column: "is_current", Op: daybook.OpIn, Values: []daybook.Value{daybook.BoolValue(true)}}}
		return q
	}
	q.Revisions = true
	next := asOf.Truncate(time.Microsecond).Add(time.Microsecond)
	q.Filters = []daybook.Filter{timeFilter("logged_at", daybook.OpBefore, next)}
	return q
}

// current keeps the newest revision of each edge where that is current.
// Entries come newest first.
func current(entries []*daybook.Entry) []*daybook.Entry {
	seen := map[int64]bool{}
	return slices.DeleteFunc(entries, func(e *daybook.Entry) bool {
		id := e.Get("id").Int()
		older := seen[id]
		seen[id] = true
		return older || !e.Get("is_current").Bool()
	})
}

// A walk is under way: near is the side of an edge that it stands on, far the
// side that it goes to.
type walk struct {
	store     daybook.Store
	base      daybook.Query
	asOf      bool
	columns   bool
	near, far side
	root      string
	depth     map[string]int // the nodes found
	walked    map[place]bool // the places whose edges were followed, or are about to be
	edges     map[edgeKey]daybook.GraphEdge
	read      int // edges read so far
}

type edgeKey struct{ source, target, relationship string }

// A flow is an edge as the walk sees it.
type flow struct {
	near, far place
	entry     *daybook.Entry
}

// flows are the edges around a level's nodes.
type flows struct {
	ofTable map[string][]flow // by the near place's table
	ofNode  map[place][]flow  // by the near place, those with a column only
}

func (w *walk) run(ctx context.Context, root string, depth int) error {
	found, err := w.around(ctx, prefixes(root))
	if err != nil {
		return err
	}
	level := []place{w.resolve(root, found)}
	w.root = level[0].node()
	w.depth[w.root], w.walked[level[0]] = 0, true
	for d := 0; ; d++ {
		level = w.step(d, level, found)
		if len(level) == 0 || d+1 == depth {
			return nil
		}
		if found, err = w.around(ctx, tablesOf(level)); err != nil {
			return err
		}
	}
}

// resolve finds out what the node asked for is. A table of that name goes
// before a column of that name. A walk of tables goes from a column's table.
func (w *walk) resolve(root string, found flows) place {
	tables := prefixes(root)
	for _, table := range tables[1:] {
		if len(found.ofTable[root]) > 0 {
			break
		}
		column := place{table, root[len(table)+1:]}
		silent := w.columns && strings.Contains(table, ".") && hasTableEdges(found.ofTable[table])
		if silent || len(found.ofNode[column]) > 0 {
			return w.place(column)
		}
	}
	return place{table: root}
}

func tablesOf(level []place) []string {
	tables := make([]string, len(level))
	for i, p := range level {
		tables[i] = p.table
	}
	return distinct(tables)
}

func hasTableEdges(list []flow) bool {
	return slices.ContainsFunc(list, func(f flow) bool { return f.near.column == "" })
}

// step follows the edges of the places at depth d and gives the places one
// further. Nodes that belong to depth d itself, such as a table's columns, get
// their depth before any at d+1 does.
func (w *walk) step(d int, level []place, found flows) []place {
	var taken []flow
	for _, p := range level {
		for _, f := range found.from(p) {
			w.reach(f.near, d)
			taken = append(taken, f)
		}
	}
	var next []place
	for _, f := range taken {
		if !w.columns && f.near.table == f.far.table {
			continue
		}
		w.reach(f.far, d+1)
		w.keep(f)
		if p := w.place(f.far); !w.walked[p] {
			w.walked[p] = true
			next = append(next, p)
		}
	}
	return next
}

// from gives the edges that go on from a place.
func (found flows) from(p place) []flow {
	if p.column == "" {
		return found.ofTable[p.table]
	}
	if own := found.ofNode[p]; len(own) > 0 {
		return own
	}
	var ofTable []flow
	for _, f := range found.ofTable[p.table] {
		if f.near.column == "" {
			ofTable = append(ofTable, f)
		}
	}
	return ofTable
}

// place is p as this walk sees it: a walk of tables has no columns.
func (w *walk) place(p place) place {
	if !w.columns {
		p.column = ""
	}
	return p
}

func (w *walk) node(p place) string { return w.place(p).node() }

func (w *walk) reach(p place, depth int) {
	node := w.node(p)
	if _, ok := w.depth[node]; !ok {
		w.depth[node] = depth
	}
}

// keep puts an edge into the graph, once for all that say the same.
func (w *walk) keep(f flow) {
	source, target := w.node(f.far), w.node(f.near)
	if w.near == sourceSide {
		source, target = target, source
	}
	e := f.entry
	key := edgeKey{source, target, e.Text("relationship_type")}
	id := e.Get("id").Int()
	if kept, ok := w.edges[key]; ok && kept.ID <= id {
		return
	}
	w.edges[key] = daybook.GraphEdge{
		Source: source, Target: target, RelationshipType: key.relationship, Origin: e.Text("origin"),
		SessionID: e.Text("session_id"), Description: e.Text("transformation_description"),
		ID: id, LogID: e.LogID(), CreatedAt: e.Time(),
	}
}

// around reads the edges with one of the tables on the near side.
func (w *walk) around(ctx context.Context, tables []string) (flows, error) {
	found := flows{ofTable: map[string][]flow{}, ofNode: map[place][]flow{}}
	for _, filters := range w.near.filters(tables) {
		q := w.base
		q.Filters = slices.Concat(q.Filters, filters)
		q.Limit = MaxWalk - w.read + 1
		entries, err := w.store.Select(ctx, q)
		if err != nil {
			return found, wrap(err)
		}
		if w.read += len(entries); w.read > MaxWalk {
			return found, tooFar()
		}
		if w.asOf {
			entries = current(entries)
		}
		for _, e := range entries {
			found.add(flow{w.near.place(e), w.far.place(e), e})
		}
	}
	return found, nil
}

func (found flows) add(f flow) {
	found.ofTable[f.near.table] = append(found.ofTable[f.near.table], f)
	if f.near.column != "" {
		found.ofNode[f.near] = append(found.ofNode[f.near], f)
	}
}

func tooFar() error {
	return &daybook.Error{
		Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the walk met more than %d edges", MaxWalk),
		Hint: "ask for less depth, for tables instead of columns, or begin at a single column",
	}
}

// graph gives what was found in its order.
func (w *walk) graph() *daybook.Graph {
	return &daybook.Graph{Root: w.root, Nodes: w.nodes(), Edges: w.sortedEdges()}
}

func (w *walk) nodes() []daybook.GraphNode {
	nodes := make([]daybook.GraphNode, 0, len(w.depth))
	for node, depth := range w.depth {
		nodes = append(nodes, daybook.GraphNode{Node: node, Depth: depth})
	}
	slices.SortFunc(nodes, func(a, b daybook.GraphNode) int {
		return cmp.Or(cmp.Compare(a.Depth, b.Depth), strings.Compare(a.Node, b.Node))
	})
	return nodes
}

func (w *walk) sortedEdges() []daybook.GraphEdge {
	edges := make([]daybook.GraphEdge, 0, len(w.edges))
	for _, e := range w.edges {
		edges = append(edges, e)
	}
	slices.SortFunc(edges, func(a, b daybook.GraphEdge) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Target, b.Target), cmp.Compare(a.ID, b.ID))
	})
	return edges
}
