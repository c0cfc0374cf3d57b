package sqlite

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

// FullTile implements [daybook.Store].
func (s *Store) FullTile(ctx context.Context, level int, index int64) (hashes []byte, err error) {
	err = s.read(ctx, "read a tile", func(c *conn) error {
		stmt, err := c.prepare("SELECT hashes FROM tile WHERE level = ? AND tile_index = ?")
		if err != nil {
			return err
		}
		defer stmt.Reset()
		stmt.BindInt64(1, int64(level))
		stmt.BindInt64(2, index)
		found, err := stmt.Step()
		if err != nil {
			return err
		}
		if !found {
			return &daybook.Error{
				Code: daybook.CodeNotFound, Message: "sqlite: there is no full tile " + merkle.TilePath(level, index, merkle.TileWidth),
				Hint: "the ledger may not have grown so far",
			}
		}
		hashes = make([]byte, stmt.ColumnLen(0))
		stmt.ColumnBytes(0, hashes)
		return nil
	})
	return hashes, err
}
