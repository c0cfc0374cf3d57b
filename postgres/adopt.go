package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
)

// Adoption reads the rows of tables that are somebody else's as records of
// Daybook's kinds. It writes nothing, and what it reads it reads within a
// transaction that cannot.
type Adoption struct {
	Place  string          // host:port/database
	Zone   string          // the time zone that times without one are taken to be in: the database's own
	Tables []*AdoptedTable // may be none

	conn *pgx.Conn
}

// AdoptedTable is one of them, and how its columns are read.
type AdoptedTable struct {
	Name    string // schema.table
	Kind    *daybook.Kind
	Count   int64 // of its rows, about
	Columns []AdoptedColumn
	Key     []string // the columns by which a row is known again; none where there is no key

	sql string
}

// AdoptedColumn is a column of such a table.
type AdoptedColumn struct {
	Name  string
	Type  string
	Field string // of the kind; "" where there is none, and the value goes to the metadata
}

// AdoptedRow is a row, read as a record.
type AdoptedRow struct {
	Key    string // as JSON
	Record daybook.Record
	// Amendment says what of the row may have changed since it was adopted; nil
	// for kinds without amendments.
	Amendment *daybook.Record
	Fault     string // why it cannot be taken; "" where it can
}

// OpenAdoption looks for tables whose rows could be adopted: those of the names
// of kinds in the schema audit, and in the one with the prefix. The login must be
// able to read them. The caller closes it.
func OpenAdoption(ctx context.Context, url string, o MigrateOptions) (*Adoption, error) {
	t, err := newTarget(url, o.SchemaPrefix)
	if err != nil {
		return nil, err
	}
	config := t.config.Copy()
	delete(config.RuntimeParams, "TimeZone")
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	a := &Adoption{Place: t.place, conn: conn}
	if err := a.look(ctx, slices.Compact([]string{t.names.prefix + "audit", "audit"})); err != nil {
		return nil, errors.Join(t.failed("look at tables to adopt", err), a.Close(ctx))
	}
	return a, nil
}

// Close ends the reading.
func (a *Adoption) Close(ctx context.Context) error { return a.conn.Close(context.WithoutCancel(ctx)) }

const selectAdopted = `SELECT c.oid::bigint, quote_ident(n.nspname) || '.' || quote_ident(c.relname), n.nspname || '.' || c.relname, greatest(c.reltuples, 0)::bigint,
  coalesce((SELECT array_agg(a.attname::text ORDER BY k.place) FROM pg_index AS i
    CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place) JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum
    WHERE i.indrelid = c.oid AND i.indisprimary), '{}')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relname = $1 AND n.nspname = ANY ($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relowner IS DISTINCT FROM to_regrole('daybook_owner')
ORDER BY 3`

// look finds the tables. What is read later is what they hold now.
func (a *Adoption) look(ctx context.Context, schemas []string) error {
	// Who may not see some rows must not take the others for all.
	if _, err := a.conn.Exec(ctx, "SET row_security = off"); err != nil {
		return err
	}
	if err := a.conn.QueryRow(ctx, "SELECT current_setting('TimeZone')").Scan(&a.Zone); err != nil {
		return err
	}
	if _, err := a.conn.Exec(ctx, "SET TimeZone = 'UTC'"); err != nil {
		return err
	}
	if _, err := a.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	for _, kind := range adoptable {
		rows, err := a.conn.Query(ctx, selectAdopted, kind, schemas)
		if err != nil {
			return err
		}
		type found struct {
			OID         int64
			SQL, Shown  string
			Count       int64
			PrimaryKeys []string
		}
		tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[found])
		if err != nil {
			return err
		}
		for _, f := range tables {
			t := &AdoptedTable{Name: f.Shown, Kind: daybook.MustKind(kind), Count: f.Count, Key: f.PrimaryKeys}
			if err := a.plan(ctx, t, f.OID, f.SQL); err != nil {
				return err
			}
			a.Tables = append(a.Tables, t)
		}
	}
	return nil
}

const selectColumns = `SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute AS a
WHERE a.attrelid = $1::bigint::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

// plan says how the columns of a table are read.
func (a *Adoption) plan(ctx context.Context, t *AdoptedTable, oid int64, name string) error {
	rows, err := a.conn.Query(ctx, selectColumns, oid)
	if err != nil {
		return err
	}
	var c AdoptedColumn
	if _, err := pgx.ForEachRow(rows, []any{&c.Name, &c.Type}, func() error {
		t.Columns = append(t.Columns, c)
		return nil
	}); err != nil {
		return err
	}
	assign(t.Kind.Name, t.Columns)
	if len(t.Key) == 0 {
		t.Key = ownID(t.Columns)
	}
	if len(t.Columns) == 0 {
		t.sql = "SELECT '[]'::text FROM " + name + " WHERE false"
		return nil
	}
	list := []string{keySQL(t)}
	for _, c := range t.Columns {
		list = append(list, valueSQL(t.Kind, c, a.Zone))
	}
	t.sql = "SELECT " + strings.Join(list, ", ") + " FROM " + name + " AS r"
	return nil
}

// ownID is the key of a table, or a view, that declares none.
func ownID(columns []AdoptedColumn) []string {
	for _, c := range columns {
		if c.Name == "id" {
			return []string{c.Name}
		}
	}
	return nil
}

// keySQL gives what a row is known again by: its key, or all of it.
func keySQL(t *AdoptedTable) string {
	if len(t.Key) == 0 {
		return "to_jsonb(r)::text"
	}
	list := make([]string, len(t.Key))
	for i, name := range t.Key {
		list[i] = "r." + identifier(name)
	}
	return "jsonb_build_array(" + strings.Join(list, ", ") + ")::text"
}

// valueSQL gives a column as JSON, but a time of a field that is a time in
// canonical form.
func valueSQL(k *daybook.Kind, c AdoptedColumn, zone string) string {
	column := "r." + identifier(c.Name)
	if i, ok := k.Column(c.Field); ok && k.Columns[i].Type == daybook.TypeTime {
		switch c.Type {
		case "timestamp with time zone":
			return canonicalSQL(column)
		case "timestamp without time zone":
			return canonicalSQL("(" + column + " AT TIME ZONE " + literal(zone) + ")")
		case "date":
			return canonicalSQL("(" + column + "::timestamp AT TIME ZONE " + literal(zone) + ")")
		}
	}
	return "to_jsonb(" + column + ")::text"
}

func canonicalSQL(moment string) string {
	return `to_jsonb(to_char(` + moment + ` AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text`
}

// identifier is a name that somebody else chose, as SQL has it.
func identifier(name string) string { return pgx.Identifier{name}.Sanitize() }

// Rows calls fn with every row of a table, as it stood when the tables were
// looked for.
func (a *Adoption) Rows(ctx context.Context, t *AdoptedTable, fn func(*AdoptedRow) error) error {
	rows, err := a.conn.Query(ctx, t.sql, pgx.QueryExecModeExec)
	if err != nil {
		return a.unreadable(t, err)
	}
	defer rows.Close()
	texts := make([]*string, 1+len(t.Columns))
	into := make([]any, len(texts))
	for i := range texts {
		into[i] = &texts[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return a.unreadable(t, err)
		}
		if err := fn(t.row(texts)); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return a.unreadable(t, err)
	}
	return nil
}

// unreadable is an error in reading a table, which says who lets it be read.
func (a *Adoption) unreadable(t *AdoptedTable, err error) error {
	err = failed(fmt.Sprintf("read %s of %s", t.Name, a.Place), err)
	var ours *daybook.Error
	if daybook.CodeOf(err) == daybook.CodeForbidden && errors.As(err, &ours) {
		schema, _, _ := strings.Cut(t.Name, ".")
		ours.Hint = fmt.Sprintf("let its owner run: GRANT USAGE ON SCHEMA %s TO %[2]s; GRANT SELECT ON %[3]s TO %[2]s; and where it has row level security, adopt as its owner, or as a role with BYPASSRLS, "+
			"so that no row is left out unseen", schema, identifier(a.conn.Config().User), t.Name)
	}
	return err
}
