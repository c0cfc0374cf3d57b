package lineage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
)

// MaxWalk bounds the edges that one walk reads.
const MaxWalk = 100_000

// Lineage walks the edges from a node, breadth first: each node once, at its
// least depth, with the edges that the walk went along. All of it shows the
// ledger at one moment. Nodes are ordered by depth and name, edges by source,
// target and id. A node that no edge touches gives a graph of itself alone. A
// walk both ways is one upstream and one downstream: what shares a
// source with the node, but neither leads to it nor comes from it, is not in it.
//
// A walk of tables lets column edges stand for their tables, leaves out what
// stays within one table, and gives one edge for all from one table to another.
//
// A walk of columns goes from column to column. One that begins at a table
// begins at all of its columns. Where less than columns is known, it does as follows.
//   - Edges from all columns to all columns (src.* to tgt.*) carry each column on
//     under its own name, unless that column of the target has edges of its own.
//   - Edges between tables are left out where edges between columns of the same
//     two are there. But a column without any edge goes on with those of its
//     table that were told, and not derived: who tells may not tell of every column.
//   - A table reached by an edge goes on with its own edges; where it has none, with
//     those of its columns.
//   - What a column only joins, filters, groups or sorts is left out unless asked for.
func (r *Reader) Lineage(ctx context.Context, p daybook.Principal, q daybook.LineageQuery) (*daybook.Graph, error) {
	if err := checkLineage(&q); err != nil {
		return nil, err
	}
	snapshot, err := r.snapshotAt(ctx, q.AsOf)
	if err != nil {
		return nil, wrap(err)
	}
	source := &source{edges: daybook.EdgesOf(r.store), snapshot: snapshot, business: p.Business, query: &q}
	root, err := source.resolve(ctx)
	if err != nil {
		return nil, err
	}
	found := newCollection(!q.Columns)
	for _, direction := range ways(q.Direction) {
		w := &walk{source: source, near: nearSide(direction), found: found}
		if err := w.run(ctx, root); err != nil {
			return nil, err
		}
	}
	return found.graph(root, &q), nil
}

// snapshotAt gives how many entries there were at a time, now for none.
func (r *Reader) snapshotAt(ctx context.Context, at time.Time) (int64, error) {
	if at.IsZero() || at.Year() > 9998 {
		head, err := r.store.Head(ctx)
		return head.Size, err
	}
	return r.firstSince(ctx, canon.FormatTime(at.Truncate(time.Microsecond).Add(time.Microsecond)))
}

func ways(d daybook.Direction) []daybook.Direction {
	if d == daybook.Both {
		return []daybook.Direction{daybook.Upstream, daybook.Downstream}
	}
	return []daybook.Direction{d}
}

// nearSide is the end of an edge that a walk stands on when it goes along it.
func nearSide(d daybook.Direction) daybook.Side {
	if d == daybook.Downstream {
		return daybook.SourceSide
	}
	return daybook.TargetSide
}

// A walk is under way in one direction.
type walk struct {
	*source
	near  daybook.Side
	found *collection
}

// A stand is where a walk is.
type stand struct {
	at    daybook.Place
	whole bool // at a table and all of its columns, else at just this place
}

// A passage goes along an edge. Its ends are the edge's, unless that is of all columns.
type passage struct {
	flow      *daybook.Flow
	near, far daybook.Place
}

func (w *walk) passageOf(f *daybook.Flow) passage {
	return passage{flow: f, near: w.near.Of(f), far: w.near.Other().Of(f)}
}

func (w *walk) run(ctx context.Context, root daybook.Place) error {
	follow := w.fromColumns
	if !w.query.Columns {
		follow = w.fromTables
	}
	level := []stand{{at: root, whole: root.Column == ""}}
	level[0].first(w.found.reach(root, w.near, 0), w.near)
	for depth := 0; len(level) > 0 && depth < w.query.Depth; depth++ {
		steps, err := follow(ctx, level)
		if err != nil {
			return err
		}
		level = w.take(depth, steps)
	}
	return nil
}

// take goes along edges from depth, and gives where that leads. Nodes that
// belong to the depth itself, such as a table's columns, get it before any
// that are further does.
func (w *walk) take(depth int, steps []passage) (next []stand) {
	for _, s := range steps {
		w.found.reach(s.near, w.near, depth)
	}
	next = make([]stand, 0, len(steps))
	for _, s := range steps {
		near, far := w.found.spot(s.near), w.found.reach(s.far, w.near, depth+1)
		if w.near == daybook.SourceSide {
			w.found.keep(s.flow, near, far)
		} else {
			w.found.keep(s.flow, far, near)
		}
		if at := (stand{at: s.far, whole: !w.query.Columns}); at.first(far, w.near) {
			next = append(next, at)
		}
	}
	return next
}

// first says that a walk gets to a stand for the first time, and notes that it has.
func (s stand) first(at *spot, near daybook.Side) bool {
	how := 0
	if s.whole {
		how = 1
	}
	before := at.walked[near][how]
	at.walked[near][how] = true
	return !before
}

// fromTables follows the edges of tables.
func (w *walk) fromTables(ctx context.Context, level []stand) ([]passage, error) {
	tables := make([]string, len(level))
	for i, s := range level {
		tables[i] = s.at.Table
	}
	flows, err := w.read(ctx, w.near, nil, tables)
	if err != nil {
		return nil, err
	}
	steps := make([]passage, 0, len(flows))
	for i := range flows {
		s := w.passageOf(&flows[i])
		if s.near.Table == s.far.Table {
			continue
		}
		s.near.Column, s.far.Column = "", ""
		steps = append(steps, s)
	}
	return steps, nil
}

func checkLineage(q *daybook.LineageQuery) error {
	if q.Node == "" {
		e := daybook.Invalidf("/node", "is missing")
		e.Hint = "name a table, such as gold.us_corn_balance_sheet, or a column of one"
		return e
	}
	if !slices.Contains([]daybook.Direction{daybook.Upstream, daybook.Downstream, daybook.Both}, q.Direction) {
		e := daybook.Invalidf("/direction", "%q is not a direction", daybook.Clip(string(q.Direction)))
		e.Hint = "upstream is to where the data comes from, downstream to where it goes, both is both"
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
	if q.Indirect && !q.Columns {
		e := daybook.Invalidf("/indirect", "is for walks of columns")
		e.Hint = "ask for columns too; a walk of tables has every edge in it"
		return e
	}
	return checkWords(q)
}
