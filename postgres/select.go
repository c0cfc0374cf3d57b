package postgres

import (
	"context"
	"slices"
	"strconv"

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

// entries runs a selection in the way that suits it.
func (s *Store) entries(ctx context.Context, c querier, b *selection, q daybook.Query) ([]*daybook.Entry, error) {
	how, err := s.choose(ctx, c, b, q)
	if err != nil {
		return nil, err
	}
	found, err := s.run(ctx, c, b, q, how)
	if how == wayNearby && len(found) < q.Limit {
		return s.run(ctx, c, b, q, wayFirst)
	}
	return found, err
}

func (s *Store) run(ctx context.Context, c querier, b *selection, q daybook.Query, how way) (found []*daybook.Entry, err error) {
	sql, args := b.sql(q, how)
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

// selection is a query as it becomes SQL. Where its conditions stand decides how
// PostgreSQL goes about it; see [selection.sql].
type selection struct {
	table *table
	none  bool // nothing can match
	args  []any
	keeps []func(*daybook.Entry) bool // conditions that SQL cannot say

	spans []string // bounds of seq and logged_at, which table and spine both have; r is either
	keys  []string // that the spine finds; s is it
	found []string // that an index of the table finds, in no order of seq
	where []string // all others
	few   bool     // those that are found cannot be many

	foundArgs []any // what found needs of args, which is where they begin
}

func (s *Store) selection(q daybook.Query) (*selection, error) {
	if q.Kind == nil {
		return nil, daybook.Invalidf("/kind", "a query wants a kind")
	}
	b := &selection{table: s.tables[q.Kind]}
	for _, of := range []bool{true, false} {
		for _, f := range q.Filters {
			into := b.place(q, f)
			if (into == &b.found) != of {
				continue
			}
			if err := b.filter(into, f); err != nil {
				return nil, err
			}
		}
		if of {
			b.foundArgs = b.args
		}
	}
	if q.Seqs != nil {
		put(&b.keys, "s.seq = ANY ("+b.arg(q.Seqs)+"::bigint[])")
	}
	if q.IDs != nil {
		b.ids(q.IDs)
	}
	if q.Business != "" {
		i, _ := q.Kind.Column("business_id")
		b.oneOf(&b.where, &q.Kind.Columns[i], []daybook.Value{daybook.TextValue(q.Business)})
	}
	if len(b.keeps) == 0 {
		b.span(q)
	}
	return b, nil
}

// place says where the condition of a filter goes.
func (b *selection) place(q daybook.Query, f daybook.Filter) *[]string {
	i, ok := q.Kind.Column(f.Column)
	if !ok {
		return &b.where
	}
	switch c := &q.Kind.Columns[i]; {
	case c.Envelope && c.Name == "log_id" && f.Op == daybook.OpIn:
		return &b.keys
	case c.Envelope && c.Name == "logged_at" && f.Op != daybook.OpAbsent:
		return &b.spans
	case finds(q.Kind, f), slices.ContainsFunc(q.Filters, func(o daybook.Filter) bool { return finds(q.Kind, o) && besides(q.Kind, o.Column, c) }):
		return &b.found
	}
	return &b.where
}

// finds says that an index finds what a filter keeps; see [kindIndexes].
func finds(k *daybook.Kind, f daybook.Filter) bool {
	i, ok := k.Column(f.Column)
	if !ok {
		return false
	}
	c := &k.Columns[i]
	return f.Op == daybook.OpIn && (c.Index || c.Subject || c == k.Agent()) || f.Op == daybook.OpContains && searched[k.Name] == c.Name
}

// besides says that the index of a column has another one too.
func besides(k *daybook.Kind, indexed string, c *daybook.Column) bool {
	if a := k.Agent(); a != nil && a.Name == indexed {
		return c == k.Time()
	}
	return k == lineageEdge && slices.Contains(walked[indexed], c.Name)
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

// put adds a condition. Copies of the list are left as they are.
func put(list *[]string, condition string) {
	*list = append((*list)[:len(*list):len(*list)], condition)
}

func (b *selection) ids(ids []string) {
	b.few = true
	subject := b.table.kind.Subject()
	if subject.Type == daybook.TypeInt {
		b.serials(&b.found, serialIDs(ids))
		return
	}
	values := make([]daybook.Value, len(ids))
	for i, id := range ids {
		values[i] = daybook.TextValue(id)
	}
	b.oneOf(&b.found, subject, values)
}

// span keeps the rows within the snapshot and behind the page before.
func (b *selection) span(q daybook.Query) {
	end, ends := q.Snapshot, q.Snapshot != 0
	switch {
	case q.After == nil:
	case q.Oldest:
		put(&b.spans, "r.seq > "+b.arg(*q.After)+"::bigint")
	case !ends || *q.After < end:
		end, ends = *q.After, true
	}
	if ends {
		put(&b.spans, "r.seq < "+b.arg(end)+"::bigint")
	}
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
