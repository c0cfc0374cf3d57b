package sqlite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// mostFaults bounds what SQLite's own check of the file tells of.
const mostFaults = 20

// Inspect looks at what is in the file beside the entries: whether its pages
// and indexes agree with its tables, and whether its schema is the one that
// Daybook makes. A reader goes by these, so an index that leaves a row out, or
// a table of another shape, makes answers lie while every entry is as it was.
//
// Faults are what no Daybook leaves behind. Remarks are views, triggers and
// indexes that another version may have made; opening the store to write makes
// them anew.
func (s *Store) Inspect(ctx context.Context) (faults, remarks []string, err error) {
	err = s.read(ctx, "inspect the file", func(c *conn) error {
		i := inspection{conn: c}
		for _, look := range []func() error{i.schema, i.tables, i.rows, i.integrity} {
			if err := look(); err != nil {
				return err
			}
		}
		faults, remarks = i.faults, i.remarks
		return nil
	})
	return faults, remarks, err
}

type inspection struct {
	*conn
	faults, remarks []string
}

func (i *inspection) fault(format string, args ...any) {
	i.faults = append(i.faults, fmt.Sprintf(format, args...))
}

func (i *inspection) remark(format string, args ...any) {
	i.remarks = append(i.remarks, fmt.Sprintf(format, args...)+"; opening the store to write makes it anew")
}

// schema holds the names and the SQL of all objects against Daybook's own, and
// the version of them that the file claims to have.
func (i *inspection) schema() error {
	version, err := i.integer("PRAGMA user_version")
	if err == nil && version < 1 {
		i.fault("the file says that its schema is version %d, which there never was", version)
	}
	return errors.Join(err, i.objects())
}

func (i *inspection) objects() error {
	all := objects()
	ours, stands := map[string]string{}, map[string]bool{}
	for _, o := range all {
		ours[o.kind+" "+o.name] = o.sql
	}
	err := i.each("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY name", func(stmt *sqlite.Stmt) error {
		kind, name, table, sql := stmt.ColumnText(0), stmt.ColumnText(1), stmt.ColumnText(2), stmt.ColumnText(3)
		want, known := ours[kind+" "+name]
		stands[kind+" "+name] = true
		switch {
		case known && table != name && !strings.Contains(want, " ON "+table+" "):
			i.fault("the file says that the %s %s is of %s", kind, name, daybook.Clip(table))
		case known && kind != "table" && sql != want:
			i.remark("the %s %s is not the one that this Daybook makes", kind, name)
		case known:
		case kind == "index" && sql == "" && strings.HasPrefix(name, "sqlite_autoindex_"+table+"_") && ours["table "+table] != "":
		default:
			i.fault("the file has a %s %s, which Daybook does not make", kind, name)
		}
		return nil
	})
	missing := map[string][]string{}
	for _, o := range all {
		if !stands[o.kind+" "+o.name] {
			missing[o.kind] = append(missing[o.kind], o.name)
		}
	}
	if err == nil {
		i.missing(missing)
	}
	return err
}

// missing remarks on what of the schema is not there, by kind.
func (i *inspection) missing(names map[string][]string) {
	for _, kind := range slices.Sorted(maps.Keys(names)) {
		list := names[kind]
		if len(list) > 3 {
			i.remark("of Daybook's schema %d objects of type %s are not there, %s among them", len(list), kind, list[0])
			continue
		}
		for _, name := range list {
			i.remark("the %s %s is not there", kind, name)
		}
	}
}

// shapes asks for the columns of every table, and for its strictness.
const shapes = `SELECT l.name, c.name, l.strict || ' ' || l.wr || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk || ' ' || c.hidden
FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite_%'`

// tables holds the columns of all tables against those of an empty ledger.
func (i *inspection) tables() error {
	empty, err := openConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return err
	}
	defer empty.close()
	for _, o := range objects() {
		if o.kind == "table" {
			if err := empty.exec(o.sql); err != nil {
				return err
			}
		}
	}
	want := map[string]string{}
	err = empty.each(shapes, func(stmt *sqlite.Stmt) error {
		want[stmt.ColumnText(0)+"."+stmt.ColumnText(1)] = stmt.ColumnText(2)
		return nil
	})
	if err != nil {
		return err
	}
	return i.each(shapes, func(stmt *sqlite.Stmt) error {
		column := stmt.ColumnText(0) + "." + stmt.ColumnText(1)
		if stmt.ColumnText(2) != want[column] {
			i.fault("the column %s is not as Daybook declares it", column)
		}
		return nil
	})
}

// rows looks at the tables of which the check of the entries reads only what
// it needs: state of one row each, and tiles beyond the end.
func (i *inspection) rows() error {
	for _, c := range []struct{ sql, fault string }{
		{"SELECT count(*) != 1 OR min(id) != 1 OR min(typeof(size)) != 'integer' OR min(typeof(root)) != 'blob' FROM head", "the head is not one row of a size and a root"},
		{"SELECT count(*) > 1 OR min(id) != 1 FROM checkpoint", "the checkpoint is not one row"},
		{"SELECT count(*) > 0 FROM tile, head WHERE tile_index >= head.size >> (8 * (level + 1)) OR level < 0 OR tile_index < 0", "there are tiles beyond the end of the ledger"},
	} {
		wrong, err := i.integer(c.sql)
		if err != nil {
			return err
		}
		if wrong != 0 {
			i.fault("%s", c.fault)
		}
	}
	return nil
}

// integrity is SQLite's own check of pages and indexes.
func (i *inspection) integrity() error {
	err := i.each(fmt.Sprintf("PRAGMA integrity_check(%d)", mostFaults), func(stmt *sqlite.Stmt) error {
		if said := stmt.ColumnText(0); said != "ok" {
			i.fault("SQLite finds: %s", said)
		}
		return nil
	})
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultCorrupt || sqlite.ErrCode(err).ToPrimary() == sqlite.ResultNotADB {
		i.fault("SQLite cannot read all of the file: %s", err)
		return nil
	}
	return err
}
