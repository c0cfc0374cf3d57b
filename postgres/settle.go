package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// makeGold makes the schema gold where it is missing. Where it is there it may be
// the warehouse's: it stays whose it is, and Daybook's roles may use it.
const makeGold = `DO $$
BEGIN
  IF to_regnamespace('{{gold}}') IS NULL THEN
    CREATE SCHEMA {{gold}} AUTHORIZATION daybook_owner;
  ELSIF NOT has_schema_privilege('daybook_owner', '{{gold}}'::regnamespace, 'CREATE') THEN
    GRANT USAGE, CREATE ON SCHEMA {{gold}} TO daybook_owner;
  END IF;
  IF NOT has_schema_privilege('daybook_reader', '{{gold}}'::regnamespace, 'USAGE') THEN
    GRANT USAGE ON SCHEMA {{gold}} TO daybook_writer, daybook_reader, daybook_job, daybook_retention, daybook_admin;
  END IF;
END
$$`

// settleGold puts the view in the schema gold back where there is none: a dump of
// the ledger's own schemas does not hold it, and it holds no evidence.
func (t *target) settleGold(ctx context.Context, conn *pgx.Conn, m *Migration) error {
	var there bool
	if err := conn.QueryRow(ctx, t.names.render("SELECT to_regclass('{{gold}}.transformation_activity') IS NOT NULL")).Scan(&there); err != nil || there {
		return t.failed("look at the views", err)
	}
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		statements := append([]string{makeGold, asOwner}, goldView()...)
		_, err := tx.Exec(ctx, t.names.render(strings.Join(statements, ";\n")), pgx.QueryExecModeSimpleProtocol)
		return err
	})
	if err != nil {
		return t.failed("put the view of gold back", err)
	}
	m.Notes = append(m.Notes, "the view "+t.names.prefix+"gold.transformation_activity was missing, and is back")
	return nil
}
