package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Size gives the bytes that the ledger takes in the database: its tables with
// all their parts, and the indexes on them.
func (s *Store) Size(ctx context.Context) (tables, indexes int64, err error) {
	err = s.read(ctx, "measure the tables", func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, `SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint, coalesce(sum(pg_indexes_size(oid)), 0)::bigint
			FROM pg_class WHERE relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = $1) AND relkind = 'r'`, s.target.names.prefix+"ledger").Scan(&tables, &indexes)
	})
	return tables, indexes, err
}

// Connections says how a store uses its connections.
type Connections struct {
	InUse, Idle, Most int64
	Waits             int64         // how often one was waited for because all were in use
	Waited            time.Duration // in all
}

// Connections says how the store uses its connections.
func (s *Store) Connections() Connections {
	var c Connections
	for _, pool := range []*pgxpool.Pool{s.pool, s.writers} {
		if pool == nil {
			continue
		}
		stat := pool.Stat()
		c.InUse += int64(stat.AcquiredConns())
		c.Idle += int64(stat.IdleConns())
		c.Most += int64(stat.MaxConns())
		c.Waits += stat.EmptyAcquireCount()
		c.Waited += stat.EmptyAcquireWaitTime()
	}
	return c
}
