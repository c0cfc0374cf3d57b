package postgres

import (
	"bytes"
	"context"

	"github.com/daybook-audit/daybook/merkle"
	"github.com/jackc/pgx/v5"
)

// SaveCheckpoint implements [daybook.Store]. One of fewer entries than the one
// that is kept is left out, without an error: another server has signed since,
// and its checkpoint is the newest. What is no checkpoint is taken as one of no
// entries.
func (s *Store) SaveCheckpoint(ctx context.Context, signed []byte) error {
	if s.options.ReadOnly {
		return s.readOnly()
	}
	size := int64(0)
	if c, err := merkle.UnverifiedCheckpoint(signed); err == nil {
		size = c.Size
	}
	signed = append([]byte{}, signed...)
	kept := false
	err := s.use(ctx, s.writers, "save the checkpoint", func(ctx context.Context, c *pgx.Conn) error {
		return c.QueryRow(ctx, s.sql("SELECT {{ledger}}.keep_checkpoint($1, $2)"), size, signed).Scan(&kept)
	})
	if err != nil || !kept {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !bytes.Equal(s.head.Checkpoint, signed) {
		s.head.Checkpoint = signed
	}
	return nil
}
