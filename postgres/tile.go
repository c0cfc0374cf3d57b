package postgres

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/jackc/pgx/v5"
)

// FullTile implements [daybook.Store].
func (s *Store) FullTile(ctx context.Context, level int, index int64) (hashes []byte, err error) {
	err = s.read(ctx, "read a tile", func(ctx context.Context, c *pgx.Conn) error {
		err := c.QueryRow(ctx, s.sql("SELECT hashes FROM {{ledger}}.tile WHERE level = $1 AND tile_index = $2"), level, index).Scan(&hashes)
		if errors.Is(err, pgx.ErrNoRows) {
			return &daybook.Error{
				Code: daybook.CodeNotFound, Message: "postgres: there is no full tile " + merkle.TilePath(level, index, merkle.TileWidth),
				Hint: "the ledger may not have grown so far",
			}
		}
		return err
	})
	return hashes, err
}

// tiles sends the tiles that a batch fills.
func (s *Store) tiles(w *wire, tiles []merkle.Tile) error {
	if len(tiles) == 0 {
		return nil
	}
	w.beginCopy(s.sql("COPY {{ledger}}.tile (level, tile_index, hashes) FROM STDIN (FORMAT binary)"))
	for _, t := range tiles {
		err := w.row(func(dst []byte) ([]byte, error) {
			dst = binary.BigEndian.AppendUint16(dst, 3)
			dst = putInt(putSmall(dst, int16(t.Level)), t.Index)
			return putBytes(dst, t.Hashes), nil
		})
		if err != nil {
			w.failCopy()
			return err
		}
	}
	return w.endCopy()
}
