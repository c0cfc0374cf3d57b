// Package pipeline is the data work of Daybook's demo: the corn balance sheet of a real USDA release,
// taken from a CSV file through bronze and silver tables to gold.us_corn_balance_sheet.
//
// It is plain SQL on SQLite and knows nothing of Daybook: whoever records it runs [Pipeline.Load] and the
// steps of [Stages] one by one and writes down what each [Step] says of itself and what its [Result] counted.
//
//	bronze.wasde_cell, bronze.wasde_release
//	  └ CLEAN      silver.wasde_figure
//	     └ NORMALIZE  silver.observation        (with silver.attribute_code)
//	        ├ AGGREGATE  silver.commodity_summary
//	        └ PIVOT      silver.us_corn_supply_use
//	           └ CALCULATE  gold.us_corn_balance_sheet
package pipeline

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// applicationID marks the databases of this pipeline ("CORN" in ASCII) in SQLite's file header, so that a run
// replaces an earlier run and nothing else.
const applicationID = 0x434F524E

// busyTimeout bounds the wait for a reader of the files who holds a lock.
const busyTimeout = 5 * time.Second

//go:embed sql/schema.sql
var schemaSQL string

// Layers are the three databases of a run, in the order data moves through them. Each is the file LAYER.db in
// the run's directory and the schema of that name in SQL.
var Layers = []string{"bronze", "silver", "gold"}

// Pipeline is one run over the three layers. It may be used by one goroutine at a time.
type Pipeline struct {
	// IngestRunID, when set before [Pipeline.Load], is kept with the release and carried to every
	// silver.observation, so that a figure names the ingest run that brought it.
	IngestRunID string

	conn *sqlite.Conn
}

// Open starts a fresh run in dir, which is made if it is missing. An earlier run's tables there are replaced
// by empty ones in one transaction; a file of the same name that another application made is refused untouched.
// The caller closes the pipeline.
func Open(dir string) (*Pipeline, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("pipeline: make the data directory: %w", err)
	}
	// An absolute path never looks like a "file:" URI to ATTACH.
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("pipeline: resolve the data directory: %w", err)
	}
	conn, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, fmt.Errorf("pipeline: open SQLite: %w", err)
	}
	conn.SetBusyTimeout(busyTimeout)
	p := &Pipeline{conn: conn}
	if err := p.prepare(dir); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return p, nil
}

// Close releases the three files; they stay where they are.
func (p *Pipeline) Close() error {
	if err := p.conn.Close(); err != nil {
		return fmt.Errorf("pipeline: close: %w", err)
	}
	return nil
}

// prepare attaches the layers and gives them empty tables.
func (p *Pipeline) prepare(dir string) error {
	for _, layer := range Layers {
		path := filepath.Join(dir, layer+".db")
		if err := p.attach(layer, path); err != nil {
			return fmt.Errorf("pipeline: attach %s: %w", path, err)
		}
	}
	return p.transact(context.Background(), func() error {
		for _, layer := range Layers {
			if err := p.clear(layer); err != nil {
				return fmt.Errorf("clear %s: %w", layer, err)
			}
		}
		return sqlitex.ExecuteScript(p.conn, schemaSQL, nil)
	})
}

// attach opens path as layer and checks that it is new or ours.
func (p *Pipeline) attach(layer, path string) error {
	err := sqlitex.ExecuteTransient(p.conn, "ATTACH DATABASE ? AS "+layer, &sqlitex.ExecOptions{Args: []any{path}})
	if err != nil {
		return err
	}
	id, err := p.count("PRAGMA " + layer + ".application_id")
	if err != nil || id == applicationID {
		return err
	}
	tables, err := p.count("SELECT COUNT(*) FROM " + layer + ".sqlite_schema")
	if err != nil {
		return err
	}
	if id != 0 || tables != 0 {
		return errors.New("this database was not made by the demo; choose another directory")
	}
	return nil
}

// clear drops every table of layer and marks the file as ours.
func (p *Pipeline) clear(layer string) error {
	var tables []string
	query := "SELECT name FROM " + layer + ".sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	err := p.each(query, func(stmt *sqlite.Stmt) error {
		tables = append(tables, stmt.ColumnText(0))
		return nil
	})
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := sqlitex.ExecuteTransient(p.conn, fmt.Sprintf("DROP TABLE %s.%q", layer, table), nil); err != nil {
			return err
		}
	}
	return sqlitex.ExecuteTransient(p.conn, fmt.Sprintf("PRAGMA %s.application_id = %d", layer, applicationID), nil)
}

// transact runs work in one write transaction, interrupted when ctx ends. Any error undoes all of it.
func (p *Pipeline) transact(ctx context.Context, work func() error) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	p.conn.SetInterrupt(ctx.Done())
	defer p.conn.SetInterrupt(nil)
	defer func() {
		switch {
		case err != nil && ctx.Err() != nil:
			err = fmt.Errorf("pipeline: %w: %w", ctx.Err(), err)
		case err != nil:
			err = fmt.Errorf("pipeline: %w", err)
		}
	}()
	end, err := sqlitex.ImmediateTransaction(p.conn)
	if err != nil {
		return err
	}
	defer end(&err)
	return work()
}

// each calls row for every row of query.
func (p *Pipeline) each(query string, row func(*sqlite.Stmt) error) error {
	return sqlitex.ExecuteTransient(p.conn, query, &sqlitex.ExecOptions{ResultFunc: row})
}

// count returns the single integer that query gives.
func (p *Pipeline) count(query string) (int64, error) {
	var n int64
	err := p.each(query, func(stmt *sqlite.Stmt) error {
		n = stmt.ColumnInt64(0)
		return nil
	})
	return n, err
}
