package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/daybook-audit/daybook"
)

// Room implements [daybook.Roomy]: it writes a file of so many bytes beside the
// store, where its log would grow, and removes it.
func (s *Store) Room(ctx context.Context, bytes int64) error {
	f, err := os.CreateTemp(filepath.Dir(s.path), filepath.Base(s.path)+".room-*")
	if err != nil {
		return noRoom(err)
	}
	unnamed := os.Remove(f.Name()) == nil // so that nothing is left where the process dies here
	for chunk := make([]byte, 64<<10); bytes > 0 && err == nil; bytes -= int64(len(chunk)) {
		if err = ctx.Err(); err == nil {
			_, err = f.Write(chunk[:min(bytes, int64(len(chunk)))])
		}
	}
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if !unnamed {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	if err != nil && ctx.Err() == nil {
		return noRoom(err)
	}
	return err
}

func noRoom(err error) error {
	return &daybook.Error{
		Code: daybook.CodeUnavailable, Message: "sqlite: there is no room for more", Err: err,
		Hint: "free some space, and see that the folder can be written",
	}
}
