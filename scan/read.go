package scan

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// DefaultTimeout bounds a statement on the database that is scanned.
const DefaultTimeout = 5 * time.Minute

// Read takes a snapshot of the catalog of the database that a URL names, in
// one read-only transaction that reads no table of a user, and then the
// definitions of its views. The statements on
// it take at most timeout each; 0 for DefaultTimeout. progress may be nil.
func Read(ctx context.Context, url string, timeout time.Duration, progress func(what string)) (*Database, error) {
	t, err := parse(url)
	if err != nil {
		return nil, err
	}
	conn, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // everything is read by then
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	if progress == nil {
		progress = func(string) {}
	}
	r := &reader{t: t, conn: conn, progress: progress, db: &Database{Location: t.location, Name: t.config.Database, Taken: time.Now()}, byOID: map[uint32]*Relation{}, timeout: timeout}
	if err := r.read(ctx); err != nil {
		return nil, err
	}
	return r.db, nil
}

type reader struct {
	t        *target
	conn     *pgx.Conn
	tx       pgx.Tx
	progress func(string)
	db       *Database
	byOID    map[uint32]*Relation
	views    []uint32
	timeout  time.Duration
}

// lockTime is how long is waited for a table that somebody alters.
const lockTime = 30 * time.Second

// within calls fn in a transaction that writes nothing and whose statements are
// bounded in time. Without a search path every name that PostgreSQL writes has
// its schema.
func (r *reader) within(ctx context.Context, level pgx.TxIsoLevel, fn func(context.Context) error) (err error) {
	r.tx, err = r.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: level, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { _ = r.tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	_, err = r.tx.Exec(ctx, `SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), set_config('search_path', '', true)`,
		milliseconds(r.timeout), milliseconds(lockTime))
	if err != nil {
		return err
	}
	return fn(ctx)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// read reads the catalog, one statement a table of it: how many relations
// there are makes them longer and not more.
func (r *reader) read(ctx context.Context) error {
	what := "the catalog"
	err := r.within(ctx, pgx.RepeatableRead, func(ctx context.Context) error {
		for _, part := range []struct {
			what string
			read func(context.Context) error
		}{
			{"tables and views", r.relations},
			{"columns", r.columns},
			{"keys", r.constraints},
			{"partitions", r.parents},
			{"what views depend on", r.dependencies},
			{"generated columns", r.generated},
		} {
			what = part.what
			r.progress(what)
			if err := part.read(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r.t.explain("cannot read "+what, err)
	}
	r.progress("definitions of views")
	if err := r.definitions(ctx); err != nil {
		return r.t.explain("cannot read the definitions of views", err)
	}
	return nil
}

// ours is the condition on a relation c in a schema n that a user made:
// neither the system's nor an extension's, and there for longer than a session.
const ours = ` c.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.relpersistence <> 't'
	AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
	AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') `

const relationsSQL = `SELECT current_setting('server_version'), c.oid, n.nspname::text, c.relname::text, c.relkind::text, c.reltuples::float8,
	coalesce(d.description, ''),
	coalesce(CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, ''),
	coalesce(CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, ''),
	coalesce(s.srvname::text, ''), coalesce(w.fdwname::text, ''), f.ftoptions
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
LEFT JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE` + ours + `ORDER BY n.nspname, c.relname`

func (r *reader) relations(ctx context.Context) error {
	var oid uint32
	var v Relation
	var rows float64
	var options []string
	found, err := r.tx.Query(ctx, relationsSQL)
	return forEach(found, err, []any{
		&r.db.Version, &oid, &v.Schema, &v.Table, &v.Kind, &rows, &v.Comment,
		&v.Partition.Key, &v.Partition.Bound, &v.Foreign.Server, &v.Foreign.Wrapper, &options,
	}, func() {
		one := v
		if rows >= 0 && one.Kind != View && one.Kind != ForeignTable { // -1 where nobody has counted
			one.Rows = new(int64(rows))
		}
		one.Foreign.Options = harmless(options)
		r.byOID[oid] = &one
		if one.Kind.IsView() {
			r.views = append(r.views, oid)
		}
		r.db.Relations = append(r.db.Relations, &one)
	})
}

// definitionsSQL asks for the statements that would make some views anew.
const definitionsSQL = `SELECT c.oid, CASE c.relkind WHEN 'v' THEN 'CREATE VIEW ' ELSE 'CREATE MATERIALIZED VIEW ' END || format('%I.%I', n.nspname, c.relname) ||
	coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) || ')', '') ||
	coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '') || E' AS\n' || pg_get_viewdef(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::text::oid[])`

// mostViews is how many definitions one transaction asks for: to write one,
// PostgreSQL locks what it reads, as a SELECT does, until the transaction ends.
// A server has room for some thousands of locks.
const mostViews = 200

// definitions reads the definitions of the views. Those that are gone since
// the catalog was read are left out.
func (r *reader) definitions(ctx context.Context) error {
	for group := range slices.Chunk(r.views, mostViews) {
		err := r.within(ctx, pgx.ReadCommitted, func(ctx context.Context) error {
			var oid uint32
			var definition *string
			found, err := r.tx.Query(ctx, definitionsSQL, oidArray(group))
			return forEach(found, err, []any{&oid, &definition}, func() {
				if definition != nil {
					r.on(oid, func(v *Relation) { v.Definition = *definition })
				}
			})
		})
		if err != nil {
			return err
		}
	}
	r.db.Relations = slices.DeleteFunc(r.db.Relations, func(v *Relation) bool { return v.Kind.IsView() && v.Definition == "" })
	return nil
}

// oidArray writes oids as PostgreSQL reads an array of them.
func oidArray(oids []uint32) string {
	texts := make([]string, len(oids))
	for i, oid := range oids {
		texts[i] = strconv.FormatUint(uint64(oid), 10)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// harmless keeps the options of a foreign table that name a table or file.
func harmless(options []string) map[string]string {
	var kept map[string]string
	for _, o := range options {
		key, value, _ := strings.Cut(o, "=")
		if slices.Contains([]string{"schema_name", "table_name", "schema", "table", "filename"}, key) {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[key] = value
		}
	}
	return kept
}

const columnsSQL = `SELECT c.oid, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
	coalesce(CASE WHEN a.attgenerated <> '' THEN pg_get_expr(e.adbin, e.adrelid) END, ''), coalesce(d.description, '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND` + ours + `ORDER BY c.oid, a.attnum`

func (r *reader) columns(ctx context.Context) error {
	var oid uint32
	var c Column
	found, err := r.tx.Query(ctx, columnsSQL)
	return forEach(found, err, []any{&oid, &c.Name, &c.Type, &c.NotNull, &c.Generated, &c.Comment}, func() {
		r.on(oid, func(v *Relation) { v.Columns = append(v.Columns, c) })
	})
}

// constraintsSQL leaves out the keys of partitions that repeat their parent's.
const constraintsSQL = `SELECT k.conrelid, k.conname::text, k.contype::text,
	ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u (num, place)
		JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place),
	coalesce(fn.nspname || '.' || f.relname, ''),
	ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u (num, place)
		JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE (k.contype = 'p' OR k.contype = 'f' AND k.conparentid = 0) AND` + ours + `ORDER BY k.conrelid, k.conname`

func (r *reader) constraints(ctx context.Context) error {
	var oid uint32
	var kind string
	var k ForeignKey
	found, err := r.tx.Query(ctx, constraintsSQL)
	return forEach(found, err, []any{&oid, &k.Constraint, &kind, &k.Columns, &k.Table, &k.To}, func() {
		r.on(oid, func(v *Relation) {
			if kind == "p" {
				v.PrimaryKey = k.Columns
			} else {
				v.Keys = append(v.Keys, k)
			}
		})
		k.Columns, k.To = nil, nil // the next are others
	})
}

const parentsSQL = `SELECT i.inhrelid, pn.nspname::text, p.relname::text
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
WHERE` + ours + `ORDER BY i.inhrelid, i.inhseqno`

func (r *reader) parents(ctx context.Context) error {
	var oid uint32
	var parent Name
	found, err := r.tx.Query(ctx, parentsSQL)
	return forEach(found, err, []any{&oid, &parent.Schema, &parent.Table}, func() {
		r.on(oid, func(v *Relation) { v.Parents = append(v.Parents, parent) })
	})
}

// dependenciesSQL asks for what the rules that are the views' definitions
// depend on. A view's dependence on itself is none, and the columns that every
// table has, such as ctid, stand for the table.
const dependenciesSQL = `SELECT DISTINCT c.oid, sn.nspname::text, s.relname::text, s.relkind::text, coalesce(a.attname::text, '')
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class s ON s.oid = d.refobjid JOIN pg_namespace sn ON sn.oid = s.relnamespace
LEFT JOIN pg_attribute a ON d.refobjsubid > 0 AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE w.ev_type = '1' AND w.rulename = '_RETURN' AND d.refobjid <> w.ev_class AND s.relkind IN ('r', 'v', 'm', 'f', 'p')
	AND sn.nspname NOT LIKE 'pg\_%' AND sn.nspname <> 'information_schema' AND` + ours + `ORDER BY 1, 2, 3, 5`

func (r *reader) dependencies(ctx context.Context) error {
	var oid uint32
	var d Dependency
	found, err := r.tx.Query(ctx, dependenciesSQL)
	return forEach(found, err, []any{&oid, &d.Source.Schema, &d.Source.Table, &d.Kind, &d.Column}, func() {
		r.on(oid, func(v *Relation) { v.Reads = append(v.Reads, d) })
	})
}

// generatedSQL asks for the columns that generated ones come from: since
// version 15 the expression depends on them, before that the column itself.
const generatedSQL = `SELECT c.oid, g.attname::text, a.attname::text
FROM (SELECT e.adrelid, e.adnum, d.refobjsubid FROM pg_attrdef e
		JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = e.oid
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid = e.adrelid AND d.deptype = 'n'
	UNION SELECT e.adrelid, e.adnum, d.refobjsubid FROM pg_attrdef e
		JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = e.adrelid AND d.objsubid = e.adnum
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid = e.adrelid AND d.deptype = 'a') found
JOIN pg_class c ON c.oid = found.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute g ON g.attrelid = found.adrelid AND g.attnum = found.adnum AND g.attgenerated <> ''
JOIN pg_attribute a ON a.attrelid = found.adrelid AND a.attnum = found.refobjsubid AND a.attnum <> g.attnum
WHERE a.attnum > 0 AND` + ours + `ORDER BY 1, g.attnum, a.attnum`

func (r *reader) generated(ctx context.Context) error {
	var oid uint32
	var g Generated
	found, err := r.tx.Query(ctx, generatedSQL)
	return forEach(found, err, []any{&oid, &g.Column, &g.Source}, func() {
		r.on(oid, func(v *Relation) { v.Generated = append(v.Generated, g) })
	})
}

// on does something with the relation of an oid, where it was read: another
// statement may see one that was made meanwhile.
func (r *reader) on(oid uint32, do func(*Relation)) {
	if v := r.byOID[oid]; v != nil {
		do(v)
	}
}

// forEach reads rows into the places of scans and calls do behind each.
func forEach(rows pgx.Rows, err error, scans []any, do func()) error {
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, scans, func() error { do(); return nil })
	return err
}
