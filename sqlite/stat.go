package sqlite

import (
	"context"

	"zombiezen.com/go/sqlite"
)

// Stat is what a table or index takes of the file.
type Stat struct {
	Name  string
	Bytes int64
}

// DBStat gives the bytes that each table and index takes, the largest first.
// It reads the whole file.
func (s *Store) DBStat(ctx context.Context) (stats []Stat, err error) {
	err = s.read(ctx, "measure", func(c *conn) error {
		return c.each("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE ORDER BY pgsize DESC, name", func(stmt *sqlite.Stmt) error {
			stats = append(stats, Stat{Name: stmt.ColumnText(0), Bytes: stmt.ColumnInt64(1)})
			return nil
		})
	})
	return stats, err
}
