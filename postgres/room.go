package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// rowOfRoom is how many bytes one row of a table takes that fills a page.
const rowOfRoom = 8000

// Room implements [daybook.Roomy]: it has the server put so many bytes into a
// table of the session's own, and undo it. Where the role may make no such
// tables it cannot be told, and the answer is that there is room.
func (s *Store) Room(ctx context.Context, bytes int64) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	return s.use(ctx, s.writers, "try whether there is room", func(ctx context.Context, c *pgx.Conn) error {
		defer rollback(c.PgConn())
		_, err := c.Exec(ctx, fmt.Sprintf("BEGIN READ WRITE; CREATE TEMP TABLE room (filler bytea) ON COMMIT DROP; "+
			"ALTER TABLE pg_temp.room ALTER filler SET STORAGE PLAIN; "+
			"INSERT INTO pg_temp.room SELECT decode(repeat('00', %d), 'hex') FROM generate_series(1, %d); ROLLBACK", rowOfRoom, bytes/rowOfRoom+1))
		var said *pgconn.PgError
		if errors.As(err, &said) && said.Code == "42501" {
			return nil
		}
		return err
	})
}
