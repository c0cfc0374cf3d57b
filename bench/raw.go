package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook/local"
	store "github.com/daybook-audit/daybook/sqlite"
)

// files is a folder with ledgers in SQLite.
type files string

func (f files) path(name string) string { return filepath.Join(string(f), name+".db") }

func (f files) place(_ context.Context, name string) (string, error) { return f.path(name), nil }

func (f files) limit() string { return "raw inserts of the same rows, one writer" }

func (f files) sizes(ctx context.Context, l *local.Local, _ string) (list []part, err error) {
	parts, err := l.Store.(*store.Store).DBStat(ctx)
	for _, p := range parts {
		list = append(list, part{p.Name, p.Bytes})
	}
	return list, err
}

// rows are the rows of a table as the driver gives them.
type rows struct {
	insert string
	cells  [][]any
}

// raw inserts the rows of a finished ledger into an empty store's tables, by
// the same driver with the same settings, in transactions of the batch size:
// the limit of the store. Reading them beforehand is not timed.
func (f files) raw(ctx context.Context, from, to string, n int) (time.Duration, error) {
	tables := []string{"ledger_conversations", "spine", "tile"}
	all := make([]rows, len(tables))
	for i, table := range tables {
		var err error
		if all[i], err = read(f.path(from), table); err != nil {
			return 0, err
		}
	}
	if err := emptyStore(ctx, f.path(to)); err != nil {
		return 0, err
	}
	conn, err := sqlite.OpenConn(f.path(to), sqlite.OpenReadWrite|sqlite.OpenWAL)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	for _, setup := range store.WriterSetup() {
		if err := sqlitex.ExecuteTransient(conn, setup, nil); err != nil {
			return 0, err
		}
	}
	begun := time.Now()
	for start := 0; start < n; start += batchSize {
		if err := insertBatch(conn, all, start, min(start+batchSize, n)); err != nil {
			return 0, err
		}
	}
	return time.Since(begun), nil
}

// emptyStore makes a store with its schema and nothing in it.
func emptyStore(ctx context.Context, path string) error {
	s, err := store.Open(context.WithoutCancel(ctx), path, store.Options{})
	if err != nil {
		return err
	}
	return s.Close()
}

// insertBatch inserts the rows of some entries and the tiles that go with them.
func insertBatch(conn *sqlite.Conn, all []rows, from, to int) (err error) {
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		return err
	}
	defer end(&err)
	for i := range all {
		first, last := from, to
		if i == len(all)-1 { // a tile for every 256 entries and then some
			first, last = len(all[i].cells)*from/len(all[0].cells), len(all[i].cells)*to/len(all[0].cells)
		}
		stmt := conn.Prep(all[i].insert)
		for _, row := range all[i].cells[first:last] {
			if err := insert(stmt, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func insert(stmt *sqlite.Stmt, row []any) error {
	for j, cell := range row {
		switch v := cell.(type) {
		case nil:
			stmt.BindNull(j + 1)
		case int64:
			stmt.BindInt64(j+1, v)
		case float64:
			stmt.BindFloat(j+1, v)
		case string:
			stmt.BindText(j+1, v)
		case []byte:
			stmt.BindBytes(j+1, v)
		}
	}
	if _, err := stmt.Step(); err != nil {
		return err
	}
	return stmt.Reset()
}

func read(path, table string) (rows, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return rows{}, err
	}
	defer conn.Close()
	var r rows
	width := 0
	err = sqlitex.ExecuteTransient(conn, "SELECT * FROM "+table, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		width = stmt.ColumnCount()
		row := make([]any, width)
		for j := range row {
			row[j] = cell(stmt, j)
		}
		r.cells = append(r.cells, row)
		return nil
	}})
	r.insert = fmt.Sprintf("INSERT INTO %s VALUES (%s)", table, strings.TrimSuffix(strings.Repeat("?,", width), ","))
	return r, err
}

func cell(stmt *sqlite.Stmt, j int) any {
	switch stmt.ColumnType(j) {
	case sqlite.TypeInteger:
		return stmt.ColumnInt64(j)
	case sqlite.TypeFloat:
		return stmt.ColumnFloat(j)
	case sqlite.TypeText:
		return stmt.ColumnText(j)
	case sqlite.TypeBlob:
		buf := make([]byte, stmt.ColumnLen(j))
		stmt.ColumnBytes(j, buf)
		return buf
	}
	return nil
}
