package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Unguarded names the tables whose triggers no longer refuse to change what is
// written: only the owner or a superuser can have switched them off, and
// [Migrate] puts them back. What was changed meanwhile verify finds.
func (s *Store) Unguarded(ctx context.Context) (tables []string, err error) {
	err = s.read(ctx, "look at the triggers", func(ctx context.Context, c *pgx.Conn) error {
		tables, err = namesOf(ctx, c, s.sql("SELECT u::text FROM {{ledger}}.unguarded() AS u"))
		return err
	})
	return tables, err
}

// guard puts triggers back that are missing, and gives their tables.
func guard(ctx context.Context, q querier, n names) ([]string, error) {
	return namesOf(ctx, q, n.render("SELECT {{ledger}}.guard()"))
}

func namesOf(ctx context.Context, q querier, sql string) ([]string, error) {
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// checkGuard tells the operator of tables without their triggers. The store
// opens all the same: nothing that it writes or reads depends on them.
func (s *Store) checkGuard(ctx context.Context, q querier) error {
	tables, err := namesOf(ctx, q, s.sql("SELECT u::text FROM {{ledger}}.unguarded() AS u"))
	if err == nil && len(tables) > 0 {
		s.options.Logger.Warn("postgres: somebody has switched off what keeps entries from being changed; see what they did with daybook verify, then run "+s.target.command(),
			"tables", strings.Join(tables, ", "))
	}
	return err
}
