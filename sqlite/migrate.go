package sqlite

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

// checkFile makes sure that the file is a ledger that this Daybook can read.
func checkFile(path string, c *conn) error {
	app, err := c.integer("PRAGMA application_id")
	if err != nil {
		return err
	}
	if app != applicationID {
		return notOurs(path, "is the database of another program")
	}
	version, err := c.integer("PRAGMA user_version")
	switch {
	case err != nil:
	case version > 0 && version < schemaVersion: // 0 was taken out by somebody, which [Store.Inspect] tells
		err = &daybook.Error{
			Code: daybook.CodeInvalid, Message: fmt.Sprintf("sqlite: %s was written by an earlier Daybook: its schema is version %d, ours %d", path, version, schemaVersion),
			Hint: "export it with the Daybook that wrote it",
		}
	case version > schemaVersion:
		err = newer(path, fmt.Sprintf("its schema is version %d, ours %d", version, schemaVersion))
	}
	return err
}

func newer(path, why string) error {
	return &daybook.Error{
		Code: daybook.CodeInvalid, Message: fmt.Sprintf("sqlite: %s was written by a newer Daybook: %s", path, why),
		Hint: "upgrade daybook",
	}
}

// migrate makes the schema of an empty file, or gives an older one what it
// lacks: nothing is ever dropped but what holds no data.
func (c *conn) migrate(path string) (err error) {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil && !c.AutocommitEnabled() {
			err = errors.Join(err, c.exec("ROLLBACK"))
		}
	}()
	if err := c.begin(path); err != nil {
		return err
	}
	if err := c.complete(path); err != nil {
		return err
	}
	return c.exec("COMMIT")
}

// begin marks an empty file as ours, and checks any other.
func (c *conn) begin(path string) error {
	n, err := c.integer("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	if n > 0 {
		return checkFile(path, c)
	}
	if app, err := c.integer("PRAGMA application_id"); err != nil || app != 0 {
		return errors.Join(err, checkFile(path, c))
	}
	err = c.exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return errors.Join(err, c.exec(fmt.Sprintf("PRAGMA user_version = %d", schemaVersion)))
}

// complete makes what the file lacks of the schema.
func (c *conn) complete(path string) error {
	tables, err := c.tablesOf(path)
	if err != nil {
		return err
	}
	stands := map[string]string{}
	err = c.each("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL", func(stmt *sqlite.Stmt) error {
		stands[stmt.ColumnText(0)+" "+stmt.ColumnText(1)] = stmt.ColumnText(2)
		return nil
	})
	if err != nil {
		return err
	}
	// Views go first: SQLite looks into them whenever a table is altered.
	for _, o := range objects() {
		if sql, ok := stands[o.kind+" "+o.name]; ok && o.kind == "view" && sql != o.sql {
			if err := c.exec("DROP VIEW " + o.name); err != nil {
				return err
			}
		}
	}
	if err := c.dropForeignTriggers(stands); err != nil {
		return err
	}
	for _, k := range daybook.Kinds() {
		if t := tables[k]; !t.missing {
			if err := c.addColumns(t); err != nil {
				return err
			}
		}
	}
	return c.create(stands)
}

// dropForeignTriggers drops triggers that are not Daybook's. One could let a
// row be ignored that a receipt is given for.
func (c *conn) dropForeignTriggers(stands map[string]string) error {
	ours := map[string]bool{}
	for _, o := range objects() {
		ours[o.kind+" "+o.name] = true
	}
	for object := range stands {
		if name, ok := strings.CutPrefix(object, "trigger "); ok && !ours[object] {
			if err := c.exec("DROP TRIGGER " + quoted(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// create makes the objects that are not there as they should be.
func (c *conn) create(stands map[string]string) error {
	for _, o := range objects() {
		sql, ok := stands[o.kind+" "+o.name]
		if ok && (sql == o.sql || o.kind == "table") {
			continue
		}
		if ok && o.kind != "view" {
			if err := c.exec("DROP " + o.kind + " " + o.name); err != nil {
				return err
			}
		}
		if err := c.exec(o.sql); err != nil {
			return err
		}
	}
	n, err := c.integer("SELECT count(*) FROM head")
	if err != nil || n > 0 {
		return err
	}
	head := emptyHead()
	return c.exec(fmt.Sprintf("INSERT INTO head (id, ledger_id, size, root) VALUES (1, '%s', 0, x'%s')", head.LedgerID, hex.EncodeToString(head.Root[:])))
}

// addColumns gives a kind's table the columns that the catalog has gained.
func (c *conn) addColumns(t *table) error {
	for i := range t.kind.Columns {
		column := &t.kind.Columns[i]
		if inSpine(column) || t.has(i) {
			continue
		}
		def := quoted(column.Name) + " " + formOf(column).sqlType()
		if err := c.exec("ALTER TABLE " + tableName(t.kind) + " ADD COLUMN " + def); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf names the columns of a table; none where it does not exist.
func (c *conn) columnsOf(table string) (map[string]bool, error) {
	has := map[string]bool{}
	err := c.each("SELECT name FROM pragma_table_info('"+table+"')", func(stmt *sqlite.Stmt) error {
		has[stmt.ColumnText(0)] = true
		return nil
	})
	return has, err
}

// tablesOf plans the tables of a file as they are. One with a column that is
// not in the catalog is of a newer Daybook.
func (c *conn) tablesOf(path string) (map[*daybook.Kind]*table, error) {
	tables := map[*daybook.Kind]*table{}
	for _, k := range daybook.Kinds() {
		has, err := c.columnsOf(tableName(k))
		if err != nil {
			return nil, err
		}
		for name := range has {
			if _, ok := k.Column(name); !ok && name != "seq" {
				return nil, newer(path, fmt.Sprintf("%s has a column %s", k.Name, name))
			}
		}
		tables[k] = newTable(k, has)
	}
	return tables, nil
}
