package postgres

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// GatherStatistics lets PostgreSQL look anew at the tables that have grown by a
// fifth since it last did, and names their kinds. It does so by itself for
// tables, and never for those that have partitions, which people read through: without it
// joins of the views come to read far more than they need. It takes some
// seconds at millions of entries, in which others read and write.
func (s *Store) GatherStatistics(ctx context.Context) (kinds []string, err error) {
	err = s.read(ctx, "gather statistics", func(ctx context.Context, c *pgx.Conn) error {
		for _, k := range daybook.Kinds() {
			var did bool
			if err := c.QueryRow(ctx, s.sql("SELECT {{ledger}}.gather_statistics($1)"), k.Name).Scan(&did); err != nil {
				return err
			}
			if did {
				kinds = append(kinds, k.Name)
			}
		}
		return nil
	})
	return kinds, err
}
