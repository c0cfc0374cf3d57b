package postgres

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

var (
	_ daybook.Viewer      = (*Store)(nil)
	_ daybook.SpineReader = (*view)(nil)
)

// view is what sequencing sees of the store: within an append by the
// transaction that holds the lock; outside by a connection of those who write,
// which those who read do not have.
type view struct {
	store *Store
	tx    querier      // nil outside of an append
	head  daybook.Head // of the transaction
}

// View implements [daybook.Viewer].
func (s *Store) View() daybook.View { return &view{store: s} }

// Head implements [daybook.View]. Outside of an append it is the head as it was
// last seen.
func (v *view) Head() daybook.Head {
	if v.tx != nil {
		return v.head
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	return v.store.head
}

// Spines implements [daybook.View].
func (v *view) Spines(ctx context.Context, logIDs []string) (found []daybook.Spine, err error) {
	ids := make([]pgtype.UUID, 0, len(logIDs))
	for _, text := range logIDs {
		if id, ok := parseUUID(text); ok {
			ids = append(ids, pgtype.UUID{Bytes: id, Valid: true})
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	err = v.read(ctx, "look up log_ids", func(ctx context.Context, c querier) error {
		found, err = v.store.spines(ctx, c, "SELECT "+spineColumns+" FROM {{ledger}}.spine AS s WHERE s.log_id = ANY ($1::uuid[]) ORDER BY s.seq", ids)
		return err
	})
	return found, err
}

// Spine implements [daybook.SpineReader].
func (v *view) Spine(ctx context.Context, from, to int64) (found []daybook.Spine, err error) {
	err = v.read(ctx, "read the spine", func(ctx context.Context, c querier) error {
		found, err = v.store.spinesAt(ctx, c, from, to)
		return err
	})
	return found, err
}

// Select implements [daybook.View].
func (v *view) Select(ctx context.Context, q daybook.Query) (found []*daybook.Entry, err error) {
	err = v.read(ctx, "select", func(ctx context.Context, c querier) error {
		found, err = v.store.selectOn(ctx, c, q)
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
	id, ok := argument(&kind.Columns[i], daybook.TextValue(sessionID))
	if !ok {
		return 0, 0, nil
	}
	order := "0::bigint"
	if _, ok := kind.Column("operation_order"); ok {
		order = "coalesce(max(operation_order), 0)"
	}
	sql := "SELECT count(*), " + order + " FROM {{ledger}}." + tableName(kind) + " WHERE session_id = $1 AND revision = 1"
	err = v.read(ctx, "tally", func(ctx context.Context, c querier) error {
		return c.QueryRow(ctx, v.store.sql(sql), pgx.QueryExecModeCacheDescribe, id).Scan(&count, &greatest)
	})
	return count, greatest, err
}

func (v *view) read(ctx context.Context, doing string, fn func(context.Context, querier) error) error {
	if v.tx != nil {
		return failed(doing, fn(ctx, v.tx))
	}
	pool := v.store.writers
	if pool == nil { // a store that is only read
		pool = v.store.pool
	}
	return v.store.use(ctx, pool, doing, func(ctx context.Context, c *pgx.Conn) error { return fn(ctx, c) })
}
