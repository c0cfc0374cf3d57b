package postgres

import (
	"context"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

var _ daybook.KnownPatterns = (*Store)(nil)

const (
	selectPatterns = "SELECT first, pattern FROM {{ledger}}.known_pattern"
	deletePatterns = "DELETE FROM {{ledger}}.known_pattern WHERE pattern = ANY ($1::bytea[]) OR first = ANY ($2::bigint[])"
	// Another server may have put one of them in the meantime: one stands, and either may.
	insertPatterns = "INSERT INTO {{ledger}}.known_pattern (pattern, first) SELECT * FROM unnest($1::bytea[], $2::bigint[]) ON CONFLICT DO NOTHING"
	oldestPatterns = "DELETE FROM {{ledger}}.known_pattern WHERE first IN (SELECT first FROM {{ledger}}.known_pattern ORDER BY first DESC OFFSET $1)"
)

// Patterns implements [daybook.KnownPatterns]. A row that cannot be read is one
// that is not known.
func (s *Store) Patterns(ctx context.Context) (map[daybook.PatternKey]int64, error) {
	known := map[daybook.PatternKey]int64{}
	err := s.read(ctx, "read the patterns of operations", func(ctx context.Context, c *pgx.Conn) error {
		rows, err := c.Query(ctx, s.sql(selectPatterns))
		if err != nil {
			return err
		}
		var first int64
		var pattern []byte
		_, err = pgx.ForEachRow(rows, []any{&first, &pattern}, func() error {
			if len(pattern) == len(daybook.PatternKey{}) {
				known[daybook.PatternKey(pattern)] = first
			}
			return nil
		})
		return err
	})
	return known, err
}

// KeepPatterns implements [daybook.KnownPatterns].
func (s *Store) KeepPatterns(ctx context.Context, first map[daybook.PatternKey]int64, most int) error {
	if len(first) == 0 {
		return nil
	}
	var keys [][]byte
	var seqs []int64
	for key, seq := range first {
		keys, seqs = append(keys, key[:]), append(seqs, seq)
	}
	return s.state(ctx, "keep the patterns of operations", func(ctx context.Context, tx pgx.Tx) error {
		// The seqs of what is there are looked at before they are written, so one at a time.
		if _, err := tx.Exec(ctx, s.sql("LOCK TABLE {{ledger}}.known_pattern IN SHARE ROW EXCLUSIVE MODE")); err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue(s.sql(deletePatterns), keys, seqs)
		batch.Queue(s.sql(insertPatterns), keys, seqs)
		batch.Queue(s.sql(oldestPatterns), most)
		return tx.SendBatch(ctx, &batch).Close()
	})
}

// ForgetPatterns implements [daybook.KnownPatterns].
func (s *Store) ForgetPatterns(ctx context.Context) error {
	return s.state(ctx, "forget the patterns of operations", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, s.sql("DELETE FROM {{ledger}}.known_pattern"))
		return err
	})
}
