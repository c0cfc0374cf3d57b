package sqlite

import (
	"context"
	"errors"
	"math"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// Scan implements [daybook.Store]. A row that cannot be read has a fault, and
// what of it could be read. From 0 on even rows before it are given, which
// are nobody's.
//
// It walks the spine and all tables of kinds at once, each by its primary key,
// so that no row is looked up. Rows are read ahead while fn works.
func (s *Store) Scan(ctx context.Context, from int64, fn func(daybook.Row) error) error {
	if from <= 0 {
		from = math.MinInt64
	}
	var failure error // of fn, which passes unchanged
	err := s.read(ctx, "scan", func(c *conn) (err error) {
		if err := c.exec("BEGIN"); err != nil {
			return err
		}
		defer func() {
			c.SetInterrupt(nil) // an interrupted connection could not even roll back
			err = errors.Join(err, c.exec("ROLLBACK"))
		}()
		failure, err = s.scan(ctx, c, from, fn)
		return err
	})
	if failure != nil {
		return failure
	}
	return err
}

// ahead is how many rows are handed over at once, and in how many lots they
// are read ahead.
const (
	lot   = 128
	ahead = 4
)

// scan calls fn while another goroutine reads. It gives fn's error, or the
// reading's.
func (s *Store) scan(outer context.Context, c *conn, from int64, fn func(daybook.Row) error) (failure, err error) {
	ctx, cancel := context.WithCancel(outer)
	lots := make(chan []daybook.Row, ahead)
	done := make(chan error, 1)
	go func() {
		defer close(lots)
		done <- s.walk(ctx, c, from, lots)
	}()
	// However fn ends, the walk is over before the connection is given back.
	defer func() {
		cancel()
		for range lots {
		}
	}()
	for rows := range lots {
		for _, row := range rows {
			if failure = fn(row); failure != nil {
				return failure, nil
			}
		}
	}
	if err := <-done; err != nil {
		return nil, err
	}
	return nil, outer.Err() // everything may have been read ahead before the context ended
}

// walk sends all rows from seq from on.
func (s *Store) walk(ctx context.Context, c *conn, from int64, lots chan<- []daybook.Row) error {
	m, err := s.openMerge(c, from)
	defer m.close()
	if err != nil {
		return err
	}
	for more := true; more; {
		rows := make([]daybook.Row, 0, lot)
		for more && len(rows) < lot {
			if rows, more, err = m.take(rows); err != nil {
				return err
			}
		}
		select {
		case lots <- rows:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// cursor walks one table by seq.
type cursor struct {
	table *table // nil for the spine
	stmt  *sqlite.Stmt
	on    bool  // it stands on a row
	seq   int64 // of that row
}

func (c *cursor) step() (err error) {
	if c.on, err = c.stmt.Step(); c.on {
		c.seq = c.stmt.ColumnInt64(0)
	}
	return err
}

// at says that the cursor stands on the row of that seq.
func (c *cursor) at(seq int64) bool { return c != nil && c.on && c.seq == seq }

// merge walks the spine and the tables of all kinds side by side.
type merge struct {
	spine  cursor
	bodies []cursor
	kinds  map[*daybook.Kind]*cursor
	spines spineReader
	reader reader
}

// openMerge opens the cursors at seq from. They read the tables themselves,
// never an index that covers them: whoever adds or edits one could show verify
// what it wants to see. The connection keeps the statements: they are a score,
// and take longer to prepare than a small ledger to walk.
func (s *Store) openMerge(c *conn, from int64) (*merge, error) {
	m := &merge{spine: cursor{}, kinds: map[*daybook.Kind]*cursor{}}
	var err error
	if m.spine.stmt, err = c.Prepare("SELECT " + spineColumns + " FROM spine AS s NOT INDEXED WHERE s.seq >= ? ORDER BY s.seq"); err != nil {
		return m, err
	}
	m.spine.stmt.BindInt64(1, from)
	for _, k := range daybook.Kinds() {
		t := s.tables[k]
		if t.missing {
			continue
		}
		stmt, err := c.Prepare("SELECT " + t.list("r") + " FROM " + tableName(k) + " AS r NOT INDEXED WHERE r.seq >= ? ORDER BY r.seq")
		if err != nil {
			return m, err
		}
		stmt.BindInt64(1, from)
		m.bodies = append(m.bodies, cursor{table: t, stmt: stmt})
	}
	for i := range m.bodies {
		m.kinds[m.bodies[i].table.kind] = &m.bodies[i]
		if err := m.bodies[i].step(); err != nil {
			return m, err
		}
	}
	return m, m.spine.step()
}

// next is the least seq of any row that is not taken yet.
func (m *merge) next() (seq int64, more bool) {
	seq, more = m.spine.seq, m.spine.on
	for i := range m.bodies {
		if c := &m.bodies[i]; c.on && (!more || c.seq < seq) {
			seq, more = c.seq, true
		}
	}
	return seq, more
}

// take adds what stands at the next seq: the spine row with the body of its
// kind, then bodies of other kinds, which have no place.
func (m *merge) take(rows []daybook.Row) (_ []daybook.Row, more bool, err error) {
	seq, more := m.next()
	if !more {
		return rows, false, nil
	}
	if m.spine.at(seq) {
		place, fault := m.spines.read(m.spine.stmt, 0)
		row := daybook.Row{Spine: &place, Fault: fault}
		if body := m.kinds[place.Kind]; body.at(seq) {
			err = m.pair(&row, body)
		}
		rows = append(rows, row)
		err = errors.Join(err, m.spine.step())
	}
	for i := range m.bodies {
		if c := &m.bodies[i]; c.at(seq) && err == nil {
			row := daybook.Row{}
			err = m.alone(&row, c)
			rows = append(rows, row)
		}
	}
	return rows, true, err
}

// pair joins a body with its place.
func (m *merge) pair(row *daybook.Row, c *cursor) error {
	values, fault := m.reader.read(c.table, c.stmt, 1)
	row.Entry = c.table.entry(*row.Spine, values)
	if row.Fault == "" {
		row.Fault = fault
	}
	return c.step()
}

// alone is a body without a place: what the spine would say of it is absent.
func (m *merge) alone(row *daybook.Row, c *cursor) error {
	values, fault := m.reader.read(c.table, c.stmt, 1)
	row.Entry = &daybook.Entry{Kind: c.table.kind, Seq: c.seq, Values: values}
	row.Fault = fault
	return c.step()
}

func (m *merge) close() {
	reset(m.spine.stmt)
	for i := range m.bodies {
		reset(m.bodies[i].stmt)
	}
}

func reset(stmt *sqlite.Stmt) {
	if stmt != nil {
		_ = stmt.Reset() // tells again what its last step failed with
	}
}
