package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/daybook-audit/daybook/local"
	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// databases are ledgers in a PostgreSQL of this run's own, which syncs.
type databases struct {
	server *pgtest.Server
	made   map[string]string
}

// startDatabases starts the server with its files in a folder.
func startDatabases(dir string) (*databases, error) {
	server, err := pgtest.Launch(dir, "shared_buffers=512MB", "max_wal_size=4GB")
	if err != nil {
		return nil, err
	}
	return &databases{server: server, made: map[string]string{}}, nil
}

func (d *databases) place(ctx context.Context, name string) (string, error) {
	if at, ok := d.made[name]; ok {
		return at, nil
	}
	at := d.server.New()
	_, err := postgres.Migrate(ctx, at, postgres.MigrateOptions{Logger: quiet})
	d.made[name] = at
	return at, err
}

func (d *databases) limit() string { return "raw COPY of the same rows, one connection" }

func (d *databases) raw(ctx context.Context, from, to string, n int) (time.Duration, error) {
	at, err := d.place(ctx, to)
	if err != nil {
		return 0, err
	}
	return rawCopy(ctx, d.made[from], at, n)
}

// sizes gives what tables and indexes take, those of partitions as of their
// table.
func (d *databases) sizes(ctx context.Context, _ *local.Local, name string) (list []part, err error) {
	conn, err := pgx.Connect(ctx, d.made[name])
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	rows, err := conn.Query(ctx, `
		SELECT coalesce(p.oid, c.oid)::regclass::text, sum(pg_table_size(c.oid))::bigint
		FROM pg_class AS c
		LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
		LEFT JOIN pg_class AS p ON p.oid = i.inhparent AND p.relname NOT LIKE 'shown%'
		WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'i') GROUP BY 1 ORDER BY 2 DESC`)
	if err != nil {
		return nil, fmt.Errorf("sizes: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p part, err error) { return p, row.Scan(&p.name, &p.bytes) })
}
