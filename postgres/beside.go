package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// selectLedgers finds the schemas of a database that hold a ledger, by their names
// alone: who asks may not look into them.
const selectLedgers = `SELECT n.nspname::text FROM pg_namespace AS n
	WHERE right(n.nspname, 6) = 'ledger' AND n.nspname <> $1 AND 4 = (SELECT count(*) FROM pg_class AS c
		WHERE c.relnamespace = n.oid AND c.relkind = 'r' AND c.relname IN ('schema_version', 'head', 'spine', 'tile'))
	ORDER BY 1`

// beside names the ledgers that a database has in other schemas, each by the
// flag that finds it.
func (t *target) beside(ctx context.Context, q querier) (flags []string, err error) {
	rows, err := q.Query(ctx, selectLedgers, t.names.prefix+"ledger")
	if err != nil {
		return nil, err
	}
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, schema := range schemas {
		if prefix := strings.TrimSuffix(schema, "ledger"); prefix == "" {
			flags = append(flags, "no --schema-prefix")
		} else {
			flags = append(flags, "--schema-prefix "+prefix)
		}
	}
	return flags, err
}

// hintMissing says what to do where the ledger that was named is not.
func (t *target) hintMissing(ctx context.Context, q querier) string {
	flags, err := t.beside(ctx, q)
	if err != nil || len(flags) == 0 {
		return "run " + t.command()
	}
	return fmt.Sprintf("there is a ledger in this database under other names: give %s; or, for another ledger, run %s", strings.Join(flags, ", or "), t.command())
}

// orBeside names the other ledgers to who may not look into the schema, which
// may be somebody's own.
func (t *target) orBeside(ctx context.Context, q querier, denied error) error {
	var ours *daybook.Error
	if !errors.As(denied, &ours) || ours.Code != daybook.CodeForbidden {
		return denied
	}
	if flags, err := t.beside(ctx, q); err == nil && len(flags) > 0 {
		ours.Hint += "; for the ledger that this database has under other names, give " + strings.Join(flags, ", or ")
	}
	return denied
}

// besides notes that a ledger is made beside another.
func (t *target) besides(ctx context.Context, q querier, m *Migration) error {
	if m.From > 0 {
		return nil
	}
	flags, err := t.beside(ctx, q)
	if err != nil || len(flags) == 0 {
		return t.failed("look for other ledgers", err)
	}
	m.Notes = append(m.Notes, "the database has another ledger, which stays as it is and is found with "+strings.Join(flags, ", or "))
	return nil
}
