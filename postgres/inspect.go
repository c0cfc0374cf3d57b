package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Inspect looks at what is in the schemas beside the entries: whether tables,
// triggers, functions, views and all the rest are those that the migrations make. A
// reader goes by these, so a view of another query, a policy that hides rows, or an
// index that is not kept makes answers lie while every entry is as it was; and
// what is written can be changed where a trigger is gone.
//
// Faults are what no migration leaves behind. Remarks are what an administrator
// may have done for good reasons, such as another index.
func (s *Store) Inspect(ctx context.Context) (faults, remarks []string, err error) {
	err = s.read(ctx, "inspect the schema", func(ctx context.Context, c *pgx.Conn) error {
		aside, err := s.target.setAside(ctx, c)
		if err != nil {
			return err
		}
		i := &inspection{store: s, conn: c, names: s.target.names.aside(aside), aside: aside}
		for _, look := range []func(context.Context) error{i.objects, i.functions, i.partitions, i.rows, i.views} {
			if err := look(ctx); err != nil {
				return err
			}
		}
		faults, remarks = i.faults, i.remarks
		return nil
	})
	return faults, remarks, err
}

type inspection struct {
	store           *Store
	conn            *pgx.Conn
	names           names
	aside           []string // kinds whose views have other names, because somebody's tables have theirs
	faults, remarks []string
}

func (i *inspection) fault(format string, args ...any) {
	i.faults = append(i.faults, fmt.Sprintf(format, args...))
}

func (i *inspection) remark(format string, args ...any) {
	i.remarks = append(i.remarks, fmt.Sprintf(format, args...))
}

// schemas are the parameters of what is asked of the catalogs.
func (i *inspection) schemas() []any {
	prefix := i.store.target.names.prefix
	return []any{prefix + "ledger", prefix + "audit", prefix + "gold"}
}

// objects holds all that is in the schemas against what the migrations make.
func (i *inspection) objects(ctx context.Context) error {
	found, err := shapeOf(ctx, i.conn, i.schemas())
	if err != nil {
		return err
	}
	want := madeObjects(i.names, i.aside)
	for _, o := range found {
		made, known := want[[2]string{o.sort, o.name}]
		delete(want, [2]string{o.sort, o.name})
		switch {
		case !known:
			i.unknown(o)
		case made.made != o.made:
			i.fault("the %s %s is not as Daybook makes it: it is %s, not %s", o.sort, o.name, daybook.Clip(o.made), daybook.Clip(made.made))
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(want), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
		if o := want[key]; o.sort == "index" && !strings.HasPrefix(o.made, "CREATE UNIQUE ") {
			i.remark("the index %s is missing: questions that need it are slow", o.name)
		} else {
			i.fault("the %s %s is not there", o.sort, o.name)
		}
	}
	return nil
}

// unknown tells of what the migrations do not make. Indexes and constraints make
// no answer another one.
func (i *inspection) unknown(o object) {
	if o.sort == "index" || o.sort == "constraint" {
		i.remark("somebody has made the %s %s", o.sort, o.name)
		return
	}
	i.fault("there is a %s %s, which Daybook does not make", o.sort, o.name)
}

func shapeOf(ctx context.Context, c querier, schemas []any) ([]object, error) {
	rows, err := c.Query(ctx, shapeSQL, schemas...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (o object, err error) {
		err = row.Scan(&o.sort, &o.name, &o.made)
		o.made = strings.Join(strings.Fields(o.made), " ")
		return o, err
	})
}

// pairs calls fn with the rows of two texts that a statement answers.
func (i *inspection) pairs(ctx context.Context, sql string, args []any, fn func(a, b string)) error {
	rows, err := i.conn.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var a, b string
	_, err = pgx.ForEachRow(rows, []any{&a, &b}, func() error { fn(a, b); return nil })
	return err
}

// functions holds what functions do against what they are written to do.
func (i *inspection) functions(ctx context.Context) error {
	want, _, err := madeTexts(i.names)
	if err != nil {
		return internalf("the migrations cannot be read: %v", err)
	}
	found := map[string][]string{}
	if err := i.pairs(ctx, bodiesSQL, i.schemas(), func(name, body string) { found[name] = append(found[name], body) }); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		slices.Sort(want[name])
		slices.Sort(found[name])
		if len(want[name]) > 0 && !slices.Equal(want[name], found[name]) {
			i.fault("the function %s does not do what Daybook's does", name)
		}
	}
	return nil
}

// partitions looks at the tables of months.
func (i *inspection) partitions(ctx context.Context) error {
	return i.pairs(ctx, monthsSQL, i.schemas()[:1], func(table, what string) { i.fault("the partition %s %s", table, what) })
}

// rows looks at the tables of which the check of the entries reads only what
// it needs: state of one row each, and tiles beyond the end.
func (i *inspection) rows(ctx context.Context) error {
	for _, c := range []struct{ sql, fault string }{
		{"SELECT count(*) <> 1 FROM {{ledger}}.head WHERE length(root) = 32 AND size >= 0", "the head is not one row of a size and a root"},
		{"SELECT count(*) > 1 FROM {{ledger}}.checkpoint", "the checkpoint is not one row"},
		// One that claims more entries than it has would keep newer ones from being kept.
		{
			`SELECT EXISTS (SELECT FROM {{ledger}}.checkpoint WHERE split_part(encode(signed, 'escape'), E'\n', 2) <> size::text)`,
			"the checkpoint is not of as many entries as stands beside it",
		},
		{
			"SELECT EXISTS (SELECT FROM {{ledger}}.tile AS t, {{ledger}}.head AS h WHERE t.level < 0 OR t.tile_index < 0 OR t.level > 6 OR t.tile_index >= h.size >> (8 * (t.level + 1)))",
			"there are tiles beyond the end of the ledger",
		},
	} {
		var wrong bool
		if err := i.conn.QueryRow(ctx, i.store.sql(c.sql)).Scan(&wrong); err != nil {
			return err
		}
		if wrong {
			i.fault("%s", c.fault)
		}
	}
	return nil
}

// views holds what views show against what they are written to show. PostgreSQL
// keeps no text of a view, so it is told to make each one once more, for this
// connection alone, in a transaction that is undone.
func (i *inspection) views(ctx context.Context) error {
	_, want, err := madeTexts(i.names)
	if err != nil {
		return internalf("the migrations cannot be read: %v", err)
	}
	tx, err := i.conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadWrite})
	if isStandby(err) {
		i.remark("the definitions of the views were not checked, because a standby makes no views, not even temporary ones: on the primary it can be")
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing is lost with it
	for _, name := range slices.Sorted(maps.Keys(want)) {
		same, err := i.sameView(ctx, tx, name, want[name])
		var said *pgconn.PgError
		switch {
		case errors.As(err, &said) && (said.Code == "42501" || said.Code == "25006" || said.Code == "0A000"):
			i.remark("the definitions of the views were not checked, because %s: a login that may make temporary views on the primary can check them", said.Message)
			return nil
		case errors.As(err, &said) && said.Code[:2] == "53": // even a temporary view needs some room
			i.remark("the definitions of the views were not checked, because %s", said.Message)
			return nil
		case errors.As(err, &said) && said.Code[:2] == "42": // what it reads is gone, which was said
			i.fault("the view %s cannot be as Daybook makes it: %s", name, said.Message)
			return nil
		case err != nil:
			return err
		case !same:
			i.fault("the view %s does not show what Daybook's does", name)
		}
	}
	return nil
}

func (i *inspection) sameView(ctx context.Context, tx pgx.Tx, name, query string) (same bool, err error) {
	if _, err := tx.Exec(ctx, "CREATE OR REPLACE TEMPORARY VIEW daybook_inspects AS "+query); err != nil {
		return false, err
	}
	schema, view, _ := strings.Cut(name, ".")
	err = tx.QueryRow(ctx, "SELECT coalesce(pg_get_viewdef(to_regclass($1)) = pg_get_viewdef('pg_temp.daybook_inspects'::regclass), true)", quoted(schema)+"."+quoted(view)).Scan(&same)
	if err == nil {
		_, err = tx.Exec(ctx, "DROP VIEW pg_temp.daybook_inspects")
	}
	return same, err
}
