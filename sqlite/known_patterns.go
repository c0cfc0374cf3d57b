package sqlite

import (
	"context"
	"fmt"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

var _ daybook.KnownPatterns = (*Store)(nil)

// patternTable keeps where patterns of operations begin: state that may be
// lost, so no trigger guards it and verify does not look at it. The ledger holds
// a row against its entry before it believes it.
const patternTable = `CREATE TABLE known_pattern (
  first INTEGER PRIMARY KEY, -- the seq of the entry that others repeat
  pattern BLOB NOT NULL UNIQUE -- 16 bytes that stand for what was done, by whom
) STRICT`

const (
	selectPatterns = "SELECT first, pattern FROM known_pattern"
	deletePattern  = "DELETE FROM known_pattern WHERE pattern = ?1 OR first = ?2"
	insertPattern  = "INSERT INTO known_pattern (pattern, first) VALUES (?1, ?2)"
	oldestPatterns = "DELETE FROM known_pattern WHERE first IN (SELECT first FROM known_pattern ORDER BY first LIMIT max(0, (SELECT count(*) FROM known_pattern) - ?))"
)

// Patterns implements [daybook.KnownPatterns]. A row that cannot be read is one
// that is not known.
func (s *Store) Patterns(ctx context.Context) (map[daybook.PatternKey]int64, error) {
	known := map[daybook.PatternKey]int64{}
	err := s.read(ctx, "read the patterns of operations", func(c *conn) error {
		return c.each(selectPatterns, func(stmt *sqlite.Stmt) error {
			var key daybook.PatternKey
			if stmt.ColumnLen(1) == len(key) {
				stmt.ColumnBytes(1, key[:])
				known[key] = stmt.ColumnInt64(0)
			}
			return nil
		})
	})
	return known, err
}

// KeepPatterns implements [daybook.KnownPatterns].
func (s *Store) KeepPatterns(ctx context.Context, first map[daybook.PatternKey]int64, most int) error {
	if len(first) == 0 {
		return nil
	}
	return s.state(ctx, "keep the patterns of operations", func(c *conn) error {
		for key, seq := range first {
			for _, sql := range []string{deletePattern, insertPattern} {
				if err := c.keepPattern(sql, key, seq); err != nil {
					return fmt.Errorf("known patterns: %w", err)
				}
			}
		}
		stmt, err := c.prepare(oldestPatterns)
		if err != nil {
			return err
		}
		stmt.BindInt64(1, int64(most))
		return run(stmt)
	})
}

func (c *conn) keepPattern(sql string, key daybook.PatternKey, seq int64) error {
	stmt, err := c.prepare(sql)
	if err != nil {
		return err
	}
	stmt.BindBytes(1, key[:])
	stmt.BindInt64(2, seq)
	return run(stmt)
}

// ForgetPatterns implements [daybook.KnownPatterns].
func (s *Store) ForgetPatterns(ctx context.Context) error {
	return s.state(ctx, "forget the patterns of operations", func(c *conn) error {
		return c.exec("DELETE FROM known_pattern")
	})
}
