package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
)

var _ daybook.Tiler = (*Remote)(nil)

// Tile implements [daybook.Tiler].
func (r *Remote) Tile(ctx context.Context, level int, index int64, width int) ([]byte, error) {
	if !merkle.HasTile(merkle.MaxSize, level, index, width) {
		return nil, noTile()
	}
	hashes, err := r.call(ctx, request{method: http.MethodGet, path: "/" + merkle.TilePath(level, index, width)})
	if err != nil {
		return nil, err
	}
	if len(hashes) != width*len(merkle.Hash{}) {
		return nil, r.strange(fmt.Errorf("%d bytes for a tile of %d hashes", len(hashes), width))
	}
	return hashes, nil
}

// Entries implements [daybook.Tiler].
func (r *Remote) Entries(ctx context.Context, index int64, width int) ([]byte, error) {
	if !merkle.HasTile(merkle.MaxSize, 0, index, width) {
		return nil, noTile()
	}
	return r.call(ctx, request{method: http.MethodGet, path: "/" + merkle.EntriesPath(index, width)})
}

func noTile() error {
	return &daybook.Error{Code: daybook.CodeNotFound, Message: "client: no tree has such a tile", Hint: "a level is 0 to 63, a width 1 to 256"}
}
