package sqlite

import (
	"context"

	"github.com/daybook-audit/daybook"
)

// view is what sequencing sees of the store: within an append by the writer's
// own connection, in the transaction; outside by one that reads,
// and that those who read do not have.
type view struct {
	store *Store
	conn  *conn // nil outside of an append
}

// View implements [daybook.Viewer].
func (s *Store) View() daybook.View { return &view{store: s} }

// Head implements [daybook.View].
func (v *view) Head() daybook.Head {
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	return v.store.head
}

// Spines implements [daybook.View].
func (v *view) Spines(ctx context.Context, logIDs []string) (found []daybook.Spine, err error) {
	err = v.read(ctx, "look up log_ids", func(c *conn) error {
		found, err = c.spinesOf(logIDs)
		return err
	})
	return found, err
}

// Select implements [daybook.View].
func (v *view) Select(ctx context.Context, q daybook.Query) (found []*daybook.Entry, err error) {
	err = v.read(ctx, "select", func(c *conn) error {
		found, err = v.store.selectOn(c, q)
		return err
	})
	return found, err
}

// Tally implements [daybook.View].
func (v *view) Tally(ctx context.Context, kind *daybook.Kind, sessionID string) (count, greatest int64, err error) {
	i, ok := kind.Column("session_id")
	if !ok {
		return 0, 0, nil
	}
	column := &kind.Columns[i]
	order := "0"
	if _, ok := kind.Column("operation_order"); ok {
		order = "coalesce(max(operation_order), 0)"
	}
	err = v.read(ctx, "tally", func(c *conn) error {
		stmt, err := c.prepare("SELECT count(*), " + order + " FROM " + tableName(kind) + " WHERE session_id = ? AND revision = 1")
		if err != nil {
			return err
		}
		valueParam(column, daybook.TextValue(sessionID))(stmt, 1)
		if _, err := stmt.Step(); err != nil {
			return err
		}
		count, greatest = stmt.ColumnInt64(0), stmt.ColumnInt64(1)
		return stmt.Reset()
	})
	return count, greatest, err
}

func (v *view) read(ctx context.Context, doing string, fn func(*conn) error) error {
	if v.conn == nil {
		return v.store.readBy(ctx, v.store.viewers, doing, fn)
	}
	return failed(doing, v.conn.interruptible(ctx, func() error { return fn(v.conn) }))
}
