package lineage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
)

// A source is where the walks of one question read edges: one ledger at one moment.
type source struct {
	edges    daybook.EdgeReader
	snapshot int64
	business string
	query    *daybook.LineageQuery
	count    int // edges read so far
}

// read gives the edges that have a place or table on a side and that the
// question wants walked along.
func (s *source) read(ctx context.Context, side daybook.Side, places []daybook.Place, tables []string) ([]daybook.Flow, error) {
	if len(places)+len(tables) == 0 {
		return nil, nil
	}
	flows, err := s.edges.Edges(ctx, daybook.EdgesQuery{
		Side: side, Places: places, Tables: tables, Snapshot: s.snapshot, Business: s.business, Limit: MaxWalk - s.count + 1,
	})
	if err != nil {
		return nil, wrap(err)
	}
	if s.count += len(flows); s.count > MaxWalk {
		return nil, tooFar()
	}
	return slices.DeleteFunc(flows, func(f daybook.Flow) bool { return !s.wants(&f) }), nil
}

func (s *source) wants(f *daybook.Flow) bool {
	q := s.query
	return (q.Origins == nil || slices.Contains(q.Origins, f.Origin)) &&
		(q.Relationships == nil || slices.Contains(q.Relationships, f.Relationship)) &&
		(!q.Columns || q.Indirect || !isIndirect(f))
}

func tooFar() error {
	return &daybook.Error{
		Code: daybook.CodeTooLarge, Message: fmt.Sprintf("the walk met more than %d edges", MaxWalk),
		Hint: "ask for less depth, one direction, tables instead of columns, or begin at a single column",
	}
}

// resolve finds out what the node asked for is. A table of that name goes
// before a column of that name. A walk of tables goes from a column's table.
func (s *source) resolve(ctx context.Context) (daybook.Place, error) {
	may := daybook.PlacesNamed(s.query.Node)
	table, columns := may[0], may[1:]
	is, err := s.any(ctx, nil, []string{table.Table})
	if is || err != nil {
		return table, err
	}
	for _, place := range columns {
		places, tables := []daybook.Place{place}, []string(nil)
		if s.query.Columns && strings.Contains(place.Table, ".") { // a column that no edge names
			places = append(places, daybook.Place{Table: place.Table}, daybook.Place{Table: place.Table, Column: daybook.AllColumns})
		}
		if place.Column == daybook.AllColumns {
			places, tables = nil, []string{place.Table}
		}
		is, err := s.any(ctx, places, tables)
		if err != nil {
			return table, err
		}
		if is && s.query.Columns {
			return place, nil
		}
		if is {
			return daybook.Place{Table: place.Table}, nil
		}
	}
	return table, nil
}

// any says whether any edge begins or ends at some places.
func (s *source) any(ctx context.Context, places []daybook.Place, tables []string) (bool, error) {
	for _, side := range []daybook.Side{daybook.TargetSide, daybook.SourceSide} {
		flows, err := s.edges.Edges(ctx, daybook.EdgesQuery{
			Side: side, Places: places, Tables: tables, Snapshot: s.snapshot, Business: s.business, Limit: 1,
		})
		if err != nil || len(flows) > 0 {
			return len(flows) > 0, wrap(err)
		}
	}
	return false, nil
}
