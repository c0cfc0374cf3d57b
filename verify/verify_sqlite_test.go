package verify_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// inFile is how many entries the file has: a full tile, and a few behind it.
const inFile = 270

// writeFew writes an entry of each kind with every column set, and others with
// little in them.
func (k *keeper) writeFew() {
	kinds := daybook.Kinds()
	var records []daybook.Record
	for i := range inFile {
		if kind := kinds[i%len(kinds)]; i < len(kinds) {
			records = append(records, fullRecord(kind, kind.Number))
		} else {
			records = append(records, cheap(kind))
		}
	}
	k.write(records...)
	k.sign()
}

// ledgerFile is a ledger as a SQLite file, laid open by a raw connection
// that heeds no trigger.
type ledgerFile struct {
	t      *testing.T
	path   string
	db     *raw.Conn
	public string
	anchor []byte

	changed map[string]bool // columns that a test has changed
}

func newLedgerFile(t *testing.T) *ledgerFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k := newKeeperOf(t, store)
	k.writeFew()
	b := k.book()
	k.must(store.Close())
	f := &ledgerFile{t: t, path: path, public: b.public, anchor: b.anchor, changed: map[string]bool{}}
	f.db, err = raw.OpenConn(path, raw.OpenReadWrite)
	k.must(err)
	t.Cleanup(func() { f.db.Close() })
	for _, sql := range append([]string{"PRAGMA journal_mode=DELETE", "PRAGMA synchronous=OFF", "PRAGMA ignore_check_constraints=ON"}, f.dropTriggers()...) {
		f.exec(sql)
	}
	return f
}

func (f *ledgerFile) dropTriggers() []string {
	return f.texts("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'")
}

func (f *ledgerFile) exec(sql string, args ...any) {
	f.t.Helper()
	if err := sqlitex.Execute(f.db, sql, &sqlitex.ExecOptions{Args: args}); err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
}

func (f *ledgerFile) texts(sql string, args ...any) (found []string) {
	f.t.Helper()
	err := sqlitex.Execute(f.db, sql, &sqlitex.ExecOptions{Args: args, ResultFunc: func(stmt *raw.Stmt) error {
		found = append(found, stmt.ColumnText(0))
		return nil
	}})
	if err != nil {
		f.t.Fatalf("%s: %v", sql, err)
	}
	return found
}

func (f *ledgerFile) verify() (*verify.Report, error) {
	store, err := sqlite.Open(context.Background(), f.path, sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	return verify.Run(context.Background(), store, verify.Options{Public: f.public, Anchor: f.anchor})
}

// cell is one value in the file.
type cell struct {
	table, column string
	where         string // names the row by its primary key
	value         any
}

// cells gives a value of each column of each table that there is.
func (f *ledgerFile) cells() (found []cell) {
	tables := f.texts("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name")
	for _, table := range tables {
		if besideEvidence[table] != "" {
			continue
		}
		columns := f.texts("SELECT name FROM pragma_table_info(?)", table)
		keys := f.texts("SELECT name FROM pragma_table_info(?) WHERE pk > 0", table)
		order := strings.Join(keys, ", ")
		list := `"` + strings.Join(columns, `", "`) + `"`
		err := sqlitex.Execute(f.db, fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT 1", list, table, order), &sqlitex.ExecOptions{ResultFunc: func(stmt *raw.Stmt) error {
			var where []string
			for _, key := range keys {
				where = append(where, fmt.Sprintf("%q = %d", key, stmt.GetInt64(key)))
			}
			for i, column := range columns {
				found = append(found, cell{table, column, strings.Join(where, " AND "), valueAt(stmt, i)})
			}
			return nil
		}})
		if err != nil {
			f.t.Fatal(err)
		}
	}
	return found
}

func valueAt(stmt *raw.Stmt, i int) any {
	switch stmt.ColumnType(i) {
	case raw.TypeInteger:
		return stmt.ColumnInt64(i)
	case raw.TypeFloat:
		return stmt.ColumnFloat(i)
	case raw.TypeText:
		return stmt.ColumnText(i)
	case raw.TypeBlob:
		b := make([]byte, stmt.ColumnLen(i))
		stmt.ColumnBytes(i, b)
		return b
	}
	return nil
}

// others gives values to put in place of one: a character, a bit or a step
// away, and nothing at all. Where there is nothing, any value does.
func others(v any) []any {
	switch v := v.(type) {
	case int64:
		return []any{v + 1, -7 - v, nil}
	case float64:
		return []any{math.Nextafter(v, 0.5), nil}
	case string:
		if v == "" {
			return []any{"x", nil}
		}
		last := []rune(v)[len([]rune(v))-1]
		return []any{strings.TrimSuffix(v, string(last)) + string(last^1), nil}
	case []byte:
		flipped := append([]byte{}, v...)
		flipped[len(v)/2] ^= 1
		return []any{flipped, v[:len(v)-1], nil}
	}
	return []any{int64(1), "x", []byte{1}}
}

func (f *ledgerFile) put(c cell, value any) error {
	sql := fmt.Sprintf("UPDATE %s SET %q = ? WHERE %s", c.table, c.column, c.where)
	return sqlitex.Execute(f.db, sql, &sqlitex.ExecOptions{Args: []any{value}})
}

// edit is one value to be put in place of another.
type edit struct {
	cell
	value any
}

func (c edit) String() string {
	return fmt.Sprintf("%s.%s: %.60q in place of %.60q", c.table, c.column, c.value, c.cell.value)
}

// TestEveryColumnOfTheFile changes a value of every column of every table by
// SQL, and wants each change seen. It reads sqlite_schema, so a column that is
// added is in it. The tables of kinds are changed side by side, each in a row
// of its own that the report must name.
func TestEveryColumnOfTheFile(t *testing.T) {
	t.Parallel()
	f := newLedgerFile(t)
	f.wantSound()
	kinds := map[string][]edit{}
	columns := 0
	for _, c := range f.cells() {
		columns++
		for _, value := range others(c.value) {
			if strings.HasPrefix(c.table, "ledger_") {
				kinds[c.table] = append(kinds[c.table], edit{c, value})
			} else {
				f.try([]edit{{c, value}})
			}
		}
	}
	for round := 0; len(kinds) > 0; round++ {
		var changes []edit
		for table, all := range kinds {
			if round == len(all) {
				delete(kinds, table)
				continue
			}
			changes = append(changes, all[round])
		}
		f.try(changes)
	}
	if columns < 300 || len(f.changed) != columns {
		t.Errorf("%d of %d columns could be changed", len(f.changed), columns)
	}
	f.wantSound()
}

func (f *ledgerFile) wantSound() {
	f.t.Helper()
	if r, err := f.verify(); err != nil || !r.Sound() {
		f.t.Fatalf("not sound: %v\n%s", err, describe(r))
	}
}

// try makes changes, wants them seen, and takes them back.
func (f *ledgerFile) try(changes []edit) {
	f.t.Helper()
	var made []edit
	for _, c := range changes {
		if f.put(c.cell, c.value) != nil {
			continue // NOT NULL, UNIQUE or the type forbids it
		}
		made = append(made, c)
		f.changed[c.table+"."+c.column] = true
	}
	if len(made) == 0 {
		return
	}
	r, err := f.verify()
	for _, c := range made {
		f.wantSeen(c, r, err)
		f.restore(c.cell, c.value)
	}
}

// wantSeen wants a report that names the row, if the change is of one.
func (f *ledgerFile) wantSeen(c edit, r *verify.Report, err error) {
	f.t.Helper()
	isRow := c.table == "spine" || strings.HasPrefix(c.table, "ledger_")
	switch {
	case err != nil && isRow:
		f.t.Errorf("%s: no report: %v", c, err)
	case err == nil && r.Sound():
		f.t.Errorf("%s was not seen", c)
	case isRow && !slices.ContainsFunc(r.Problems, func(p verify.Problem) bool {
		return p.Seq != nil && c.where == fmt.Sprintf("%q = %d", "seq", *p.Seq)
	}):
		f.t.Errorf("%s: seen, but its entry is not named:\n%s", c, describe(r))
	}
}

// restore puts the value back, also where it is part of the row's name.
func (f *ledgerFile) restore(c cell, value any) {
	f.t.Helper()
	was := fmt.Sprintf("%q = %v", c.column, c.value)
	if c.value != nil {
		c.where = strings.Replace(c.where, was, fmt.Sprintf("%q = %v", c.column, value), 1)
	}
	if err := f.put(c, c.value); err != nil {
		f.t.Fatal(err)
	}
}

// TestTamperedFile deletes and inserts rows by SQL.
func TestTamperedFile(t *testing.T) {
	t.Parallel()
	const columns = "seq, log_id, kind, logged_at, retain_until, log_hash"
	cases := map[string]struct {
		sql  []string
		want []problem
	}{
		"a body deleted":      {[]string{"DELETE FROM ledger_conversations WHERE seq = 19"}, []problem{{"conversations", missing, 19}}},
		"a spine row deleted": {[]string{"DELETE FROM spine WHERE seq = 19"}, []problem{{"conversations", unlogged, 19}}},
		"both deleted": {
			[]string{"DELETE FROM ledger_conversations WHERE seq = 19", "DELETE FROM spine WHERE seq = 19"},
			[]problem{{"", missing, 19}},
		},
		"a body inserted before all": {
			[]string{"UPDATE ledger_ledger_event SET seq = -1 WHERE seq = 32"},
			[]problem{{"ledger_event", unlogged, -1}, {"ledger_event", missing, 32}},
		},
		"a body in another's place": {
			[]string{"UPDATE ledger_ledger_event SET seq = 33 WHERE seq = 32"},
			[]problem{{"ledger_event", missing, 32}, {"ledger_event", unlogged, 33}},
		},
		"a spine row appended": {
			[]string{"INSERT INTO spine (" + columns + ") SELECT seq + 1, randomblob(16), kind, logged_at, retain_until, log_hash FROM spine ORDER BY seq DESC LIMIT 1"},
			[]problem{{"head", modified, -1}, {kindAt(inFile - 1), missing, inFile}},
		},
		"a table dropped": {
			[]string{"DROP TABLE ledger_ledger_event"},
			nil, // too many to list here
		},
		"a column dropped": {
			[]string{"DROP VIEW entries", "DROP VIEW conversations", "DROP VIEW transformation_activity", "ALTER TABLE ledger_conversations DROP COLUMN model_version"},
			nil,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newLedgerFile(t)
			for _, sql := range c.sql {
				f.exec(sql)
			}
			r, err := f.verify()
			if err != nil {
				t.Fatal(err)
			}
			if c.want != nil {
				wantProblems(t, name, r, c.want...)
			} else if r.Sound() {
				t.Errorf("unseen: %s", name)
			}
		})
	}
}

// BenchmarkSQLite verifies conversations out of a file.
func BenchmarkSQLite(b *testing.B) {
	store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "ledger.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	k := newKeeperOf(b, store)
	const n = 100_000
	for range n / 1000 {
		records := make([]daybook.Record, 1000)
		for i := range records {
			records[i] = conversation(daybook.MustKind("conversations"))
		}
		k.write(records...)
	}
	anchor := k.sign()
	for b.Loop() {
		r, err := verify.Run(context.Background(), store, verify.Options{Public: k.signer.Public(), Anchor: anchor, Now: time.Now})
		if err != nil || !r.Sound() {
			b.Fatal(err, describe(r))
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}
