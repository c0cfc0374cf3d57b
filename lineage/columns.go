package lineage

import (
	"context"
	"slices"

	"github.com/daybook-audit/daybook"
)

// fromColumns follows the edges of columns, and of tables that were reached.
func (w *walk) fromColumns(ctx context.Context, level []stand) ([]passage, error) {
	at, err := w.around(ctx, level)
	if err != nil {
		return nil, err
	}
	l := &leaving{walk: w, at: at, steps: make([]passage, 0, at.count)}
	for _, s := range level {
		switch {
		case s.whole:
			l.whole(at.table[s.at.Table])
		case s.at.Column == "":
			l.ofTable(s.at)
		default:
			l.ofColumn(s.at)
		}
	}
	if err := l.starred(ctx); err != nil {
		return nil, err
	}
	if err := l.silent(ctx); err != nil {
		return nil, err
	}
	return l.steps, nil
}

// around reads the edges at each stand of a level.
func (w *walk) around(ctx context.Context, level []stand) (*nearby, error) {
	var tables []string
	places := make([]daybook.Place, 0, 2*len(level))
	for _, s := range level {
		table := daybook.Place{Table: s.at.Table}
		switch {
		case s.whole:
			tables = append(tables, s.at.Table)
		case s.at.Column == "":
			places = append(places, table)
		default:
			places = append(places, s.at, daybook.Place{Table: s.at.Table, Column: daybook.AllColumns})
			if w.query.Indirect {
				places = append(places, table)
			}
		}
	}
	return w.nearby(ctx, places, tables)
}

// nearby are edges by their near ends.
type nearby struct {
	place map[daybook.Place][]*daybook.Flow
	table map[string][]*daybook.Flow
	count int
}

func (w *walk) nearby(ctx context.Context, places []daybook.Place, tables []string) (*nearby, error) {
	slices.Sort(tables)
	tables = slices.Compact(tables)
	asked := make(map[daybook.Place]bool, len(places))
	places = slices.DeleteFunc(places, func(p daybook.Place) bool {
		_, whole := slices.BinarySearch(tables, p.Table)
		again := asked[p]
		asked[p] = true
		return whole || again
	})
	flows, err := w.read(ctx, w.near, places, tables)
	at := &nearby{place: make(map[daybook.Place][]*daybook.Flow, min(len(flows), len(places))), table: map[string][]*daybook.Flow{}, count: len(flows)}
	for i := range flows {
		f := &flows[i]
		p := w.near.Of(f)
		at.place[p] = append(at.place[p], f)
		if _, whole := slices.BinarySearch(tables, p.Table); whole {
			at.table[p.Table] = append(at.table[p.Table], f)
		}
	}
	return at, err
}

// leaving collects the steps from a level of a walk of columns.
type leaving struct {
	*walk
	at    *nearby
	steps []passage
	stars []passage       // along edges of all columns, from and to one of these
	still []daybook.Place // columns that nothing was found for
	bare  []string        // tables without edges of their own
}

func (l *leaving) along(flows ...*daybook.Flow) {
	for _, f := range flows {
		l.steps = append(l.steps, l.passageOf(f))
	}
}

// whole leaves a table and all of its columns, not by edges of the table that
// column edges spell out.
func (l *leaving) whole(flows []*daybook.Flow) {
	spelled := l.spelled(flows)
	for _, f := range flows {
		if !betweenTables(f) || !spelled[l.near.Other().Of(f).Table] {
			l.along(f)
		}
	}
}

// spelled gives the tables at the far ends of edges between columns.
func (l *leaving) spelled(flows []*daybook.Flow) map[string]bool {
	far := map[string]bool{}
	for _, f := range flows {
		if betweenColumns(f) {
			far[l.near.Other().Of(f).Table] = true
		}
	}
	return far
}

// ofTable leaves a table that was reached as one.
func (l *leaving) ofTable(p daybook.Place) {
	flows := l.at.place[p]
	l.along(flows...)
	if !slices.ContainsFunc(flows, isDirect) {
		l.bare = append(l.bare, p.Table)
	}
}

func isDirect(f *daybook.Flow) bool { return !isIndirect(f) }

// ofColumn leaves a column by its own edges, and by those of all columns.
func (l *leaving) ofColumn(p daybook.Place) {
	own := l.at.place[p]
	l.along(own...)
	for _, f := range l.at.place[daybook.Place{Table: p.Table}] {
		if isIndirect(f) {
			l.along(f)
		}
	}
	named := slices.ContainsFunc(own, isDirect)
	stars := len(l.stars)
	if p.Column != daybook.AllColumns && (!named || l.near == daybook.SourceSide) {
		for _, f := range l.at.place[daybook.Place{Table: p.Table, Column: daybook.AllColumns}] {
			if isStar(f) {
				l.stars = append(l.stars, passage{flow: f, near: p, far: daybook.Place{Table: l.near.Other().Of(f).Table, Column: p.Column}})
			}
		}
	}
	if !named && len(l.stars) == stars {
		l.still = append(l.still, p)
	}
}

// starred leaves along edges of all columns. Downstream, a column of the
// target that has edges of its own is not what a column of that name becomes.
func (l *leaving) starred(ctx context.Context) error {
	if l.near == daybook.TargetSide || len(l.stars) == 0 {
		l.steps = append(l.steps, l.stars...)
		return nil
	}
	var targets []daybook.Place
	asked := map[daybook.Place]bool{}
	for _, s := range l.stars {
		if !asked[s.far] {
			asked[s.far] = true
			targets = append(targets, s.far)
		}
	}
	flows, err := l.read(ctx, daybook.TargetSide, targets, nil)
	if err != nil {
		return err
	}
	named := map[daybook.Place]bool{}
	for i := range flows {
		if isDirect(&flows[i]) {
			named[flows[i].Target] = true
		}
	}
	for _, s := range l.stars {
		if !named[s.far] {
			l.steps = append(l.steps, s)
		}
	}
	return nil
}

// silent leaves columns that no edge names by the edges of their tables, and
// tables that have none by those of their columns.
func (l *leaving) silent(ctx context.Context) error {
	var tables []daybook.Place
	for _, p := range l.still {
		tables = append(tables, daybook.Place{Table: p.Table})
	}
	at, err := l.nearby(ctx, tables, nil)
	if err != nil {
		return err
	}
	unclear := slices.Clone(l.bare)
	for _, p := range l.still {
		flows := at.place[daybook.Place{Table: p.Table}]
		switch {
		case p.Column == daybook.AllColumns && !slices.ContainsFunc(flows, isDirect):
			l.bare = append(l.bare, p.Table)
			unclear = append(unclear, p.Table)
		case p.Column != daybook.AllColumns && slices.ContainsFunc(flows, mayBeSpelled):
			unclear = append(unclear, p.Table)
		}
	}
	all, err := l.nearby(ctx, nil, unclear)
	if err != nil {
		return err
	}
	for _, p := range l.still {
		l.byTable(p, at, all)
	}
	for _, table := range l.bare {
		l.whole(all.table[table])
	}
	return nil
}

// byTable leaves a column by the edges of its table, at, but for those that
// column edges, among all of them, spell out.
func (l *leaving) byTable(p daybook.Place, at, all *nearby) {
	var spelled map[string]bool
	if p.Column != daybook.AllColumns {
		spelled = l.spelled(all.table[p.Table])
	}
	for _, f := range at.place[daybook.Place{Table: p.Table}] {
		if isDirect(f) && (!mayBeSpelled(f) || !spelled[l.near.Other().Of(f).Table]) {
			l.along(f)
		}
	}
}

// mayBeSpelled says that column edges between the same tables say more than
// this edge, and all of it.
func mayBeSpelled(f *daybook.Flow) bool { return betweenTables(f) && isDerived(f) }
