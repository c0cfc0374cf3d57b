package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"sync"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// Sums implements [daybook.Summer]: it reads the columns that are asked for and
// no others, and groups them as they come. A long ledger is read in parts, each on a connection of its own: all of them
// see it as of the snapshot.
func (s *Store) Sums(ctx context.Context, q daybook.SumQuery) ([]daybook.Sum, error) {
	t := s.tables[q.Kind]
	if t.missing || q.Snapshot <= 0 {
		return nil, nil
	}
	return s.sumsIn(ctx, t, q, min(int64(runtime.GOMAXPROCS(0)), readers/2, max(1, q.Snapshot/fewEntries)))
}

// fewEntries are read sooner than another connection is at hand.
const fewEntries = 20_000

// sumsIn adds up in n parts.
func (s *Store) sumsIn(ctx context.Context, t *table, q daybook.SumQuery, n int64) ([]daybook.Sum, error) {
	parts, errs := make([]*daybook.Sums, n), make([]error, n)
	var others sync.WaitGroup
	for i := int64(1); i < n; i++ {
		others.Go(func() { parts[i], errs[i] = s.sumsOf(ctx, t, q, i*q.Snapshot/n, (i+1)*q.Snapshot/n) })
	}
	parts[0], errs[0] = s.sumsOf(ctx, t, q, 0, q.Snapshot/n)
	others.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, part := range parts[1:] {
		if err := parts[0].Join(part); err != nil {
			return nil, err
		}
	}
	return parts[0].All(), nil
}

// sumsOf adds up the entries from ≤ seq < to on one connection.
func (s *Store) sumsOf(ctx context.Context, t *table, q daybook.SumQuery, from, to int64) (sums *daybook.Sums, err error) {
	err = s.read(ctx, "add up", func(c *conn) error {
		r := &sumReader{table: t, q: q, sums: daybook.NewSums(q)}
		sums = r.sums
		sql, binds, err := r.plan(from, to)
		if err != nil || sql == "" {
			return err
		}
		stmt, err := c.prepare(sql)
		if err != nil {
			return err
		}
		defer stmt.Reset()
		bindAll(stmt, binds)
		for {
			more, err := stmt.Step()
			if err != nil || !more {
				return err
			}
			if err := r.row(stmt); err != nil {
				return err
			}
		}
	})
	return sums, err
}

// sumReader reads rows of a sum: what they are grouped by, what they have, and
// the numbers.
type sumReader struct {
	table *table
	q     daybook.SumQuery
	sums  *daybook.Sums
	by    []*daybook.Column
	key   []byte
	text  reader
	last  *daybook.SumGroup // of the row before, whose key often is the same
	at    []byte            // its key
}

// plan makes the statement; "" where nothing can match.
func (r *sumReader) plan(from, to int64) (sql string, binds []bind, err error) {
	b := &selection{table: r.table}
	list := "r.seq"
	for _, name := range r.q.By {
		i, err := r.place(name)
		if err != nil {
			return "", nil, err
		}
		r.by = append(r.by, &r.table.kind.Columns[i])
		list += ", " + b.operand(i)
	}
	for _, name := range r.q.Has {
		i, err := r.place(name)
		if err != nil {
			return "", nil, err
		}
		list += ", " + b.operand(i) + " IS NOT NULL"
	}
	for _, name := range r.q.Positive {
		i, err := r.place(name)
		if err != nil {
			return "", nil, err
		}
		list += ", coalesce(" + b.operand(i) + " > 0, 0)"
	}
	for _, name := range r.q.Sum {
		i, err := r.place(name)
		if err != nil {
			return "", nil, err
		}
		list += ", " + b.operand(i)
	}
	q := daybook.Query{Kind: r.q.Kind, Filters: r.q.Filters, Business: r.q.Business, Snapshot: to}
	if err := b.conditions(q); err != nil || b.none {
		return "", nil, err
	}
	b.where, b.binds = append(b.where, b.agent...), append(b.binds, b.agentBinds...)
	if from > 0 {
		b.condition("r.seq >= "+param, intParam(from))
	}
	if r.q.Kind.Amendable() {
		b.condition(noNext(r.q.Kind, " AND n.seq < "+param), intParam(r.q.Snapshot))
	}
	if r.q.Unless != nil {
		if err := b.unless(r.q.Unless, r.q.Snapshot); err != nil {
			return "", nil, err
		}
	}
	return "SELECT " + list + " FROM " + place(r.q.Kind) + whereAll(b.where), b.binds, nil
}

func (r *sumReader) place(name string) (int, error) {
	i, ok := r.table.kind.Column(name)
	if !ok {
		return 0, daybook.Invalidf("/"+name, "%s has no such column", r.table.kind.Name)
	}
	return i, nil
}

// unless leaves out what another kind tells of, by the indexes of what both
// share.
func (b *selection) unless(u *daybook.Unless, snapshot int64) error {
	i, ok := b.table.kind.Column(u.Column)
	if !ok {
		return daybook.Invalidf("/"+u.Column, "%s has no such column", b.table.kind.Name)
	}
	same := "("
	binds := []bind{textParam(u.Value)}
	for n, name := range u.Shares {
		if n > 0 {
			same += " OR "
		}
		same += "EXISTS (SELECT 1 FROM " + tableName(u.Kind) + " AS o WHERE o." + quoted(name) + " = r." + quoted(name) +
			" AND o.business_id = r.business_id AND o." + quoted(u.Number) + " > 0 AND o.seq < " + param + ")"
		binds = append(binds, intParam(snapshot))
	}
	b.condition("NOT ("+b.operand(i)+" IS "+param+" AND "+same+"))", binds...)
	return nil
}

// microsOfDay are the microseconds of a day, in which times are kept.
const microsOfDay = 24 * 60 * 60 * 1_000_000

// row adds a row to its group.
func (r *sumReader) row(stmt *sqlite.Stmt) error {
	r.key = r.key[:0]
	at := 1
	for _, c := range r.by {
		r.appendKey(stmt, c, at)
		at++
	}
	for range len(r.q.Has) + len(r.q.Positive) {
		r.key = append(r.key, byte(stmt.ColumnInt64(at)))
		at++
	}
	if r.last == nil || string(r.key) != string(r.at) {
		g, err := r.sums.Of(r.key, func() (daybook.Sum, error) { return r.group(stmt) })
		if err != nil {
			return err
		}
		r.last, r.at = g, append(r.at[:0], r.key...)
	}
	r.last.Count++
	for i := range r.q.Sum {
		if stmt.ColumnType(at+i) != sqlite.TypeNull {
			r.last.Adders[i].Add(stmt.ColumnFloat(at + i))
		}
	}
	return nil
}

// appendKey appends what stands for a value: its sort, its length and itself.
// Equal keys are equal values.
func (r *sumReader) appendKey(stmt *sqlite.Stmt, c *daybook.Column, at int) {
	held := stmt.ColumnType(at)
	r.key = append(r.key, byte(held))
	switch held {
	case sqlite.TypeNull:
	case sqlite.TypeInteger:
		n := stmt.ColumnInt64(at)
		if c.Type == daybook.TypeTime {
			n = floored(n, microsOfDay)
		}
		r.key = binary.LittleEndian.AppendUint64(r.key, uint64(n))
	default:
		n := stmt.ColumnLen(at)
		r.key = binary.LittleEndian.AppendUint32(r.key, uint32(n))
		from := len(r.key)
		r.key = grown(r.key, n)
		stmt.ColumnBytes(at, r.key[from:])
	}
}

func floored(n, by int64) int64 {
	if n < 0 {
		return (n+1)/by - 1
	}
	return n / by
}

// group gives what a new group is of.
func (r *sumReader) group(stmt *sqlite.Stmt) (g daybook.Sum, err error) {
	at := 1
	for _, c := range r.by {
		form := formOf(c)
		r.text.text = r.text.text[:0]
		if held := stmt.ColumnType(at); held != sqlite.TypeNull {
			if !form.holds(held) || r.text.appendForm(c, form, stmt, at) != "" {
				return g, damagedf("entry %d: %s.%s does not hold what it should", stmt.ColumnInt64(0), tableName(r.table.kind), c.Name)
			}
		}
		g.By = append(g.By, daybook.DayOf(r.table.kind, c.Name, string(r.text.text)))
		at++
	}
	for range r.q.Has {
		g.Has = append(g.Has, stmt.ColumnInt64(at) != 0)
		at++
	}
	for range r.q.Positive {
		g.Positive = append(g.Positive, stmt.ColumnInt64(at) != 0)
		at++
	}
	return g, nil
}
