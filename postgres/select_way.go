package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// A way is how PostgreSQL is to go about a selection. Left to itself it goes by
// what it reckons, and reckons that the entries of an agent are strewn evenly
// among all: it would walk back through every entry there is for the newest of
// an agent that has not written for years, or of one that never did.
type way uint8

const (
	wayFree   way = iota // as PostgreSQL thinks best: all that match are wanted
	wayFirst             // find the seqs by an index, put them in order, then look up rows
	wayWalk              // walk the table in order until there are enough
	wayNearby            // walk it, but not far
)

// rare is how many entries are put in order rather than walked by.
const rare = 20_000

// nearby is how far the ledger is walked for the first of many entries.
const nearby = 200_000

// choose decides how to go about a selection.
func (s *Store) choose(ctx context.Context, c querier, b *selection, q daybook.Query) (way, error) {
	switch {
	case len(b.keys) > 0, b.few:
		return wayFirst, nil
	case q.Limit == 0:
		return wayFree, nil
	case len(b.found) == 0:
		return wayWalk, nil
	}
	var n int
	sql := fmt.Sprintf("SELECT count(*) FROM (SELECT FROM {{ledger}}.%s AS r%s LIMIT %d) AS c", tableName(q.Kind), whereAll(b.found), rare)
	err := c.QueryRow(ctx, s.sql(sql), append([]any{pgx.QueryExecModeCacheDescribe}, b.foundArgs...)...).Scan(&n)
	if n == rare {
		return wayNearby, err
	}
	return wayFirst, err
}

// sql gives the statement and its parameters. A row is an entry if its place in
// the spine says the same of when it was logged. OFFSET 0 keeps PostgreSQL from
// turning round what stands before it and behind it.
func (b selection) sql(q daybook.Query, how way) (sql string, args []any) {
	order := " ORDER BY r.seq DESC"
	if q.Oldest {
		order = " ORDER BY r.seq"
	}
	from, where := "", slices.Clone(b.where)
	each := " OFFSET 0"
	switch how {
	case wayFree:
		from, where, each = place(q.Kind), slices.Concat(b.spans, b.keys, b.found, where), ""
	case wayFirst:
		from = b.first(q, order)
		order = strings.Replace(order, "r.seq", "c.seq", 1)
		if len(b.keys) > 0 {
			where = append(where, b.found...)
		}
	default:
		from, where = "{{ledger}}."+tableName(q.Kind)+" AS r, "+spineOf(q.Kind), slices.Concat(b.spans, b.found, where)
		if how == wayNearby {
			where = append(where, b.near(q))
		}
	}
	if !q.Revisions && q.Kind.Amendable() {
		where = append(where, b.noNext(q.Snapshot, each))
	}
	sql = "SELECT " + spineColumns + ", " + b.table.list("r.") + " FROM " + from + whereAll(where) + order
	if q.Limit > 0 {
		sql += " LIMIT " + b.arg(q.Limit)
	}
	return sql, b.args
}

// place is the join of a kind's rows r with their place s in the spine. A row
// without one is no entry. PostgreSQL takes logged_at and kind for chances that
// multiply with that of seq, and would expect one row of a million: CASE keeps it
// from looking into them.
func place(k *daybook.Kind) string {
	return fmt.Sprintf("{{ledger}}.%s AS r JOIN {{ledger}}.spine AS s ON s.seq = r.seq AND CASE WHEN s.logged_at = r.logged_at THEN s.kind = %d END", tableName(k), k.Number)
}

// spineOf is the place s of each row r.
func spineOf(k *daybook.Kind) string {
	return fmt.Sprintf("LATERAL (SELECT * FROM {{ledger}}.spine AS s WHERE s.seq = r.seq AND s.logged_at = r.logged_at AND s.kind = %d OFFSET 0) AS s", k.Number)
}

// first finds seqs, in the spine or by an index of the table, puts them in
// order, and looks up their rows. The time is looked up too: by it PostgreSQL
// knows which partition to look into.
func (b *selection) first(q daybook.Query, order string) string {
	source := tableName(q.Kind) + " AS r" + whereAll(b.found, b.spans)
	if len(b.keys) > 0 {
		source = "spine AS r" + whereAll([]string{fmt.Sprintf("r.kind = %d", q.Kind.Number)}, asRows(b.keys), b.spans)
	}
	return fmt.Sprintf("(SELECT * FROM (SELECT r.seq, r.logged_at FROM {{ledger}}.%s OFFSET 0) AS r%s OFFSET 0) AS c, "+
		"LATERAL (SELECT * FROM {{ledger}}.%s AS r WHERE r.seq = c.seq AND r.logged_at = c.logged_at OFFSET 0) AS r, %s", source, order, tableName(q.Kind), spineOf(q.Kind))
}

// asRows has conditions on the spine as those on the rows that are looked for
// first.
func asRows(conditions []string) []string {
	list := make([]string, len(conditions))
	for i, c := range conditions {
		list[i] = "r." + strings.TrimPrefix(c, "s.")
	}
	return list
}

// near bounds a walk that begins at the page before, at the snapshot, or at the
// end of the table.
func (b *selection) near(q daybook.Query) string {
	end, side, beyond := "max", " > ", " - "
	if q.Oldest {
		end, side, beyond = "min", " < ", " + "
	}
	from := "(SELECT " + end + "(e.seq) FROM {{ledger}}." + tableName(q.Kind) + " AS e)"
	switch {
	case q.After != nil:
		from = b.arg(*q.After) + "::bigint"
	case q.Snapshot != 0 && !q.Oldest:
		from = "least(" + b.arg(q.Snapshot) + "::bigint, " + from + ")"
	}
	return "r.seq" + side + from + beyond + b.arg(nearby) + "::bigint"
}

// noNext is the condition that a row has no next revision, or had none in a
// snapshot. That the next is not the first is said for the index, which leaves
// first revisions out where the kind's subjects are serial. With OFFSET 0 as its
// end it is asked of each row by itself.
func (b *selection) noNext(snapshot int64, end string) string {
	k := b.table.kind
	if snapshot != 0 {
		end = " AND n.seq < " + b.arg(snapshot) + "::bigint" + end
	}
	subject := quoted(k.Subject().Name)
	return fmt.Sprintf("NOT EXISTS (SELECT 1 FROM {{ledger}}.%s AS n WHERE n.%s = r.%s AND n.revision = r.revision + 1 AND n.revision > 1%s)",
		tableName(k), subject, subject, end)
}

// whereAll wants all conditions of some lists.
func whereAll(lists ...[]string) string {
	all := slices.Concat(lists...)
	if len(all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(all, " AND ")
}
