package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// Select implements [daybook.Store]. A row that cannot be read as an entry is
// an error of CodeDamaged.
func (s *Store) Select(ctx context.Context, q daybook.Query) (found []*daybook.Entry, err error) {
	err = s.read(ctx, "select", func(ctx context.Context, c *pgx.Conn) error {
		found, err = s.selectOn(ctx, c, q)
		return err
	})
	return found, err
}

func (s *Store) selectOn(ctx context.Context, c querier, q daybook.Query) ([]*daybook.Entry, error) {
	b, err := s.selection(q)
	if err != nil || b.none {
		return nil, err
	}
	if err := s.since(ctx, c, b, q); err != nil {
		return nil, err
	}
	if len(b.keeps) > 0 {
		return s.sift(ctx, c, b, q)
	}
	return s.entries(ctx, c, b, q)
}

// entries runs a selection.
func (s *Store) entries(ctx context.Context, c querier, b *selection, q daybook.Query) (found []*daybook.Entry, err error) {
	sql, args := b.sql(q)
	var bodies reader
	err = s.each(ctx, c, sql, args, func(raw [][]byte) error {
		e, err := bodies.entry(b.table, raw)
		if err == nil {
			found = append(found, e)
		}
		return err
	})
	return found, err
}

// siftAtOnce is how many entries are read to look through at a time.
const siftAtOnce = 500

// sift runs a selection of which SQL cannot say every condition.
func (s *Store) sift(ctx context.Context, c querier, b *selection, q daybook.Query) (found []*daybook.Entry, err error) {
	page := q
	page.Limit = siftAtOnce
	for {
		part := *b
		part.span(page)
		entries, err := s.entries(ctx, c, &part, page)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if b.keepsIt(e) {
				found = append(found, e)
			}
			if q.Limit > 0 && len(found) == q.Limit {
				return found, nil
			}
		}
		if len(entries) < page.Limit {
			return found, nil
		}
		page.After = &entries[len(entries)-1].Seq
	}
}

// each runs a statement and calls fn with its rows as they come over the wire,
// in binary form. A row is good until fn returns.
//
// PostgreSQL plans the statement for the values that it is given. A plan that
// is kept for any values would not know whether an agent has ten entries or
// most of them, nor whether a list has one member or a thousand; and one that
// was made while a table was small would still look at every row when it is
// large. To plan takes a fraction of a millisecond.
func (s *Store) each(ctx context.Context, c querier, sql string, args []any, fn func(raw [][]byte) error) error {
	options := append([]any{pgx.QueryExecModeCacheDescribe, pgx.QueryResultFormats{pgx.BinaryFormatCode}}, args...)
	rows, err := c.Query(ctx, s.sql(sql), options...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.RawValues()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// selection is a query as it becomes SQL.
type selection struct {
	table *table
	none  bool // nothing can match
	where []string
	args  []any
	keeps []func(*daybook.Entry) bool // conditions that SQL cannot say
}

func (s *Store) selection(q daybook.Query) (*selection, error) {
	if q.Kind == nil {
		return nil, daybook.Invalidf("/kind", "a query wants a kind")
	}
	b := &selection{table: s.tables[q.Kind]}
	if q.Seqs != nil {
		b.seqs(q.Seqs)
	}
	if q.IDs != nil {
		b.ids(q.IDs)
	}
	if q.Business != "" {
		i, _ := q.Kind.Column("business_id")
		b.oneOf(&q.Kind.Columns[i], []daybook.Value{daybook.TextValue(q.Business)})
	}
	for _, f := range q.Filters {
		if err := b.filter(f); err != nil {
			return nil, err
		}
	}
	if len(b.keeps) == 0 {
		b.span(q)
	}
	return b, nil
}

func (b *selection) keepsIt(e *daybook.Entry) bool {
	for _, keep := range b.keeps {
		if !keep(e) {
			return false
		}
	}
	return true
}

// arg takes a parameter, and gives its mark.
func (b *selection) arg(v any) string {
	b.args = append(b.args[:len(b.args):len(b.args)], v)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *selection) condition(sql string) {
	b.where = append(b.where[:len(b.where):len(b.where)], sql)
}

// seqs looks entries up by their seqs. In a table of partitions it is the spine
// that is looked up first: it says when the entry was logged, and so in which
// partition it is.
func (b *selection) seqs(seqs []int64) {
	of := "r"
	if isPartitioned(b.table.kind) {
		of = "s"
	}
	b.condition(of + ".seq = ANY (" + b.arg(seqs) + "::bigint[])")
}

func (b *selection) ids(ids []string) {
	subject := b.table.kind.Subject()
	if subject.Type == daybook.TypeInt {
		b.serials(serialIDs(ids))
		return
	}
	values := make([]daybook.Value, len(ids))
	for i, id := range ids {
		values[i] = daybook.TextValue(id)
	}
	b.oneOf(subject, values)
}

// span keeps the rows within the snapshot and behind the page before.
func (b *selection) span(q daybook.Query) {
	end, ends := q.Snapshot, q.Snapshot != 0
	switch {
	case q.After == nil:
	case q.Oldest:
		b.condition("r.seq > " + b.arg(*q.After) + "::bigint")
	case !ends || *q.After < end:
		end, ends = *q.After, true
	}
	if ends {
		b.condition("r.seq < " + b.arg(end) + "::bigint")
	}
}

// sql gives the statement and its parameters. A row is an entry if its place in
// the spine says the same of when it was logged; by that PostgreSQL knows which
// partition to look into.
func (b *selection) sql(q daybook.Query) (sql string, args []any) {
	if !q.Revisions && q.Kind.Amendable() {
		b.condition(b.noNext(q.Snapshot))
	}
	order := " DESC"
	if q.Oldest {
		order = ""
	}
	sql = "SELECT " + spineColumns + ", " + b.table.list("r.") + " FROM " + place(q.Kind) + whereAll(b.where) + " ORDER BY r.seq" + order
	if q.Limit > 0 {
		sql += " LIMIT " + b.arg(q.Limit)
	}
	return sql, b.args
}

// place is the join of a kind's rows r with their place s in the spine. A row
// without one is no entry.
func place(k *daybook.Kind) string {
	return fmt.Sprintf("{{ledger}}.%s AS r JOIN {{ledger}}.spine AS s ON s.seq = r.seq AND s.logged_at = r.logged_at AND s.kind = %d", tableName(k), k.Number)
}

// noNext is the condition that a row has no next revision, or had none in a
// snapshot. That the next is not the first is said for the index, which leaves
// first revisions out where the kind's subjects are serial.
func (b *selection) noNext(snapshot int64) string {
	k := b.table.kind
	within := ""
	if snapshot != 0 {
		within = " AND n.seq < " + b.arg(snapshot) + "::bigint"
	}
	subject := quoted(k.Subject().Name)
	return fmt.Sprintf("NOT EXISTS (SELECT 1 FROM {{ledger}}.%s AS n WHERE n.%s = r.%s AND n.revision = r.revision + 1 AND n.revision > 1%s)",
		tableName(k), subject, subject, within)
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// entry reads a row of [selection.sql].
func (r *reader) entry(t *table, raw [][]byte) (*daybook.Entry, error) {
	row, fault := r.spine(raw)
	values, bodyFault := r.body(t, raw[spineWidth:])
	if fault == "" {
		fault = bodyFault
	}
	if fault != "" {
		return nil, damagedf("entry %d: %s", row.Seq, fault)
	}
	return t.entry(row, values), nil
}

// entry joins a body with its place in the spine.
func (t *table) entry(row daybook.Spine, values []daybook.Value) *daybook.Entry {
	values[t.logID] = daybook.TextValue(row.LogID)
	values[t.loggedAt] = daybook.TextValue(row.LoggedAt)
	values[t.retainUntil] = daybook.TextValue(row.RetainUntil)
	return &daybook.Entry{Kind: t.kind, Seq: row.Seq, LogHash: row.LogHash, Values: values}
}
