package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

var _ daybook.KnownColumns = (*Store)(nil)

const (
	selectKnown = "SELECT columns FROM {{ledger}}.known_columns WHERE business = $1 AND table_name = $2"
	insertKnown = "INSERT INTO {{ledger}}.known_columns (business, table_name, columns) VALUES ($1, $2, $3) " +
		"ON CONFLICT (business, table_name) DO UPDATE SET columns = excluded.columns"
	deleteKnown = "DELETE FROM {{ledger}}.known_columns WHERE business = $1 AND table_name = $2"
)

// ColumnsOf implements [daybook.KnownColumns].
func (s *Store) ColumnsOf(ctx context.Context, business, table string) (columns []string, err error) {
	if !storable(business) || !storable(table) {
		return nil, nil
	}
	err = s.read(ctx, "read the columns of a table", func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, s.sql(selectKnown), business, strings.ToLower(table))
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[[]string])
		if len(found) > 0 {
			columns = found[0]
		}
		return err
	})
	return columns, err
}

// KeepColumns implements [daybook.KnownColumns].
func (s *Store) KeepColumns(ctx context.Context, business string, columns map[string][]string) error {
	var batch pgx.Batch
	for _, table := range slices.Sorted(maps.Keys(columns)) { // in one order, so that two servers do not wait for each other
		s.queueColumns(&batch, business, table, columns[table])
	}
	if batch.Len() == 0 {
		return nil
	}
	return s.state(ctx, "keep the columns of tables", func(ctx context.Context, tx pgx.Tx) error {
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// queueColumns adds to a batch what keeps the columns of a table.
func (s *Store) queueColumns(batch *pgx.Batch, business, table string, names []string) {
	switch key := strings.ToLower(table); {
	case !storable(business), !storable(table), !storable(strings.Join(names, "")): // nothing of PostgreSQL's is called so
	case len(names) == 0:
		batch.Queue(s.sql(deleteKnown), business, key)
	default:
		batch.Queue(s.sql(insertKnown), business, key, names)
	}
}
