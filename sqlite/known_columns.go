package sqlite

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/daybook-audit/daybook"
)

var _ daybook.KnownColumns = (*Store)(nil)

// knownTable keeps the columns of tables: state that may change, so no trigger
// guards it and verify does not look at it.
const knownTable = `CREATE TABLE known_columns (
  business TEXT NOT NULL,
  table_name TEXT NOT NULL COLLATE NOCASE,
  columns TEXT NOT NULL, -- their names as a JSON array, in order
  PRIMARY KEY (business, table_name)
) STRICT, WITHOUT ROWID`

const (
	selectKnown = "SELECT columns FROM known_columns WHERE business = ? AND table_name = ?"
	insertKnown = "INSERT INTO known_columns (business, table_name, columns) VALUES (?1, ?2, ?3) " +
		"ON CONFLICT (business, table_name) DO UPDATE SET columns = excluded.columns"
	deleteKnown = "DELETE FROM known_columns WHERE business = ? AND table_name = ?"
)

// ColumnsOf implements [daybook.KnownColumns]. A row that cannot be read is one
// that is not known.
func (s *Store) ColumnsOf(ctx context.Context, business, table string) (columns []string, err error) {
	err = s.read(ctx, "read the columns of a table", func(c *conn) error {
		stmt, err := c.prepare(selectKnown)
		if err != nil {
			return err
		}
		defer stmt.Reset()
		stmt.BindText(1, business)
		stmt.BindText(2, table)
		found, err := stmt.Step()
		if err != nil || !found {
			return err
		}
		if json.Unmarshal([]byte(stmt.ColumnText(0)), &columns) != nil {
			columns = nil
		}
		return nil
	})
	return columns, err
}

// KeepColumns implements [daybook.KnownColumns].
func (s *Store) KeepColumns(ctx context.Context, business string, columns map[string][]string) error {
	if len(columns) == 0 {
		return nil
	}
	return s.state(ctx, "keep the columns of tables", func(c *conn) error {
		for table, names := range columns {
			if err := c.keepColumns(business, table, names); err != nil {
				return fmt.Errorf("known columns: %w", err)
			}
		}
		return nil
	})
}

func (c *conn) keepColumns(business, table string, names []string) error {
	sql := insertKnown
	if len(names) == 0 {
		sql = deleteKnown
	}
	stmt, err := c.prepare(sql)
	if err != nil {
		return err
	}
	stmt.BindText(1, business)
	stmt.BindText(2, table)
	if len(names) > 0 {
		text, err := json.Marshal(names)
		if err != nil {
			return err
		}
		stmt.BindText(3, string(text))
	}
	return run(stmt)
}
