package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What stands beside a ledger and is this database's own: its logins, and what
// was never in the ledger.
var leftBehind = []struct{ table, one, many string }{
	{"reader", "1 mapping of a login to the business that it may read (ledger.reader)", "%d mappings of logins to the businesses that they may read (ledger.reader)"},
	{"job", "1 mapping of a job to the business that it writes for (ledger.job)", "%d mappings of jobs to the businesses that they write for (ledger.job)"},
	{"inbox_reject", "1 record from a job that the ledger refused (audit.inbox_rejects)", "%d records from jobs that the ledger refused (audit.inbox_rejects)"},
	{"inbox", "1 record from a job that waits to be taken (ledger.inbox)", "%d records from jobs that wait to be taken (ledger.inbox)"},
}

// left says what a copy of the ledger leaves behind, as far as the login may see.
func (s *Store) left(ctx context.Context, c *pgx.Conn) (left []string, err error) {
	for _, l := range leftBehind {
		var may bool
		var n int
		if err := c.QueryRow(ctx, "SELECT has_table_privilege($1, 'SELECT')", s.sql("{{ledger}}."+l.table)).Scan(&may); err != nil {
			return nil, err
		}
		if !may {
			continue
		}
		if err := c.QueryRow(ctx, s.sql("SELECT count(*) FROM {{ledger}}."+l.table)).Scan(&n); err != nil {
			return nil, err
		}
		switch n {
		case 0:
		case 1:
			left = append(left, l.one)
		default:
			left = append(left, fmt.Sprintf(l.many, n))
		}
	}
	return left, nil
}
