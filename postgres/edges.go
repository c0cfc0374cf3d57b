package postgres

import (
	"context"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

var _ daybook.EdgeReader = (*Store)(nil)

// Edges implements [daybook.EdgeReader]: by the indexes that have an edge's
// name, whether it is current, and its column, and without the rest of the row.
// A row that cannot be read is an error of CodeDamaged.
func (s *Store) Edges(ctx context.Context, q daybook.EdgesQuery) (found []daybook.Flow, err error) {
	b := &selection{table: s.tables[lineageEdge]}
	sql := b.edges(q)
	if sql == "" || q.Snapshot <= 0 {
		return nil, nil
	}
	err = s.read(ctx, "read edges", func(ctx context.Context, c *pgx.Conn) error {
		found = nil
		r := newFlowReader()
		return s.each(ctx, c, sql, b.args, func(raw [][]byte) error {
			f, fault := r.read(raw)
			if fault != "" {
				seq, _ := int64Of(raw[0])
				return damagedf("entry %d: %s", seq, fault)
			}
			found = append(found, f)
			return nil
		})
	})
	return found, err
}

// sidePrefix begins the names of the columns of a side.
var sidePrefix = [...]string{daybook.SourceSide: "source_", daybook.TargetSide: "target_"}

// edges gives the statement, "" where nothing can match. The places that are
// looked up in one way are one list. That an edge has a next revision is asked
// of each one by itself: PostgreSQL would else think that it is quicker to go
// through all edges there are.
func (b *selection) edges(q daybook.EdgesQuery) string {
	var found []string
	snapshot := b.arg(q.Snapshot) + "::bigint"
	where := "r.is_current AND r.seq < " + snapshot +
		" AND (SELECT n.seq FROM {{ledger}}.lineage_edge AS n WHERE n.id = r.id AND n.revision = r.revision + 1 AND n.revision > 1 AND n.seq < " + snapshot + ") IS NULL"
	if q.Business != "" {
		if !storable(q.Business) {
			return ""
		}
		where += " AND r.business_id = " + b.arg(q.Business) + "::text"
	}
	for _, list := range listsOf(q) {
		if len(list.names) > 0 {
			found = append(found, "SELECT r.seq, s.log_id"+flowList+" FROM "+list.from(b)+
				" JOIN {{ledger}}.lineage_edge AS r ON "+strings.ReplaceAll(list.where, "$", "r."+sidePrefix[q.Side])+
				" JOIN {{ledger}}.spine AS s ON s.seq = r.seq AND s.logged_at = r.logged_at AND s.kind = "+lineageEdgeNumber+" WHERE "+where)
		}
	}
	if len(found) == 0 {
		return ""
	}
	sql := strings.Join(found, "\nUNION ALL\n")
	if q.Limit > 0 {
		sql += " LIMIT " + b.arg(q.Limit)
	}
	return sql
}

// A placeList is places that are looked up in one way.
type placeList struct {
	where                   string // how; $ begins the names of the side's columns, p is the list
	schemas, names, columns []string
	seen                    map[[3]string]bool
}

// The ways. An edge may have the name of a table in one piece, or a column that
// is an empty text.
const (
	ofTable  = "$name = p.name AND coalesce($schema, '') = p.schema"
	ofColumn = ofTable + " AND $column = p.col"
	ofNone   = ofTable + " AND $column IS NULL"
)

// listsOf gives the lists that together have the places of a query.
func listsOf(q daybook.EdgesQuery) []*placeList {
	column, none, whole := newPlaceList(ofColumn), newPlaceList(ofNone), newPlaceList(ofTable)
	for _, p := range q.Places {
		column.add(p)
		if p.Column == "" {
			none.add(p)
		}
	}
	for _, table := range q.Tables {
		whole.add(daybook.Place{Table: table})
	}
	return []*placeList{column, none, whole}
}

func newPlaceList(where string) *placeList {
	return &placeList{where: where, seen: map[[3]string]bool{}}
}

// add adds a place in each of the ways to part the name of its table. What no
// text that is stored can equal is left out.
func (l *placeList) add(p daybook.Place) {
	if !storable(p.Table) || !storable(p.Column) {
		return
	}
	for _, way := range daybook.SplitTable(p.Table) {
		key := [3]string{way[0], way[1], p.Column}
		if l.seen[key] {
			continue
		}
		l.seen[key] = true
		l.schemas, l.names, l.columns = append(l.schemas, way[0]), append(l.names, way[1]), append(l.columns, p.Column)
	}
}

func (l *placeList) from(b *selection) string {
	return "unnest(" + b.arg(l.schemas) + "::text[], " + b.arg(l.names) + "::text[], " + b.arg(l.columns) + "::text[]) AS p (schema, name, col)"
}
