package verify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/canon"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/sqlite"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// operation is an edit of a store by SQL. The first statement that fails ends
// it.
type operation struct {
	*mutant
	conn *raw.Conn
	err  error
}

// operate edits a copy of the store whose guards are off, and puts them back
// as they were: triggers, STRICT, NOT NULL and CHECK.
func operate(edit func(*operation) string) func(*mutant) (string, error) {
	return func(m *mutant) (what string, err error) {
		f := m.now
		f.store = m.open
		if err := f.write(m.dir); err != nil {
			return "", err
		}
		conn, err := openRaw(m.path())
		if err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, conn.Close()) }()
		o := &operation{mutant: m, conn: conn}
		o.do("BEGIN")
		what = edit(o)
		o.do("COMMIT")
		if o.err != nil {
			return "", fmt.Errorf("%s: %w", what, o.err)
		}
		return what, m.close(conn)
	}
}

func openRaw(path string) (*raw.Conn, error) {
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	return conn, execAll(conn, "PRAGMA synchronous = OFF", "PRAGMA ignore_check_constraints = ON", "PRAGMA writable_schema = ON")
}

func execAll(conn *raw.Conn, statements ...string) error {
	for _, sql := range statements {
		if err := sqlitex.ExecuteTransient(conn, sql, nil); err != nil {
			return fmt.Errorf("SQL %q: %w", sql, err)
		}
	}
	return nil
}

// layOpen takes the guards off a store.
func (s *specimen) layOpen(path string) error {
	conn, err := openRaw(path)
	if err != nil {
		return err
	}
	defer conn.Close()
	if s.guards, err = textsOf(conn, "SELECT sql FROM sqlite_schema WHERE type = 'trigger'"); err != nil {
		return err
	}
	drops, err := textsOf(conn, "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'")
	if err != nil {
		return err
	}
	const bodies = "SELECT t.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name <> 'spine' AND c.name = 'seq' AND c.pk ORDER BY 1"
	if s.bodies, err = textsOf(conn, bodies); err != nil {
		return err
	}
	s.declared = map[string]string{}
	names, err := textsOf(conn, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
	if err != nil {
		return err
	}
	for _, name := range names {
		sql, err := textsOf(conn, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", name)
		if err != nil {
			return err
		}
		s.declared[name] = sql[0]
	}
	const lax = "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ' STRICT', ''), ', WITHOUT', ' WITHOUT'), ' NOT NULL', '') WHERE type = 'table'"
	return execAll(conn, append(drops, lax)...)
}

// close puts the guards back, but for those of tables that are gone.
func (s *specimen) close(conn *raw.Conn) error {
	for name, sql := range s.declared {
		if err := sqlitex.ExecuteTransient(conn, "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ? AND sql NOT LIKE '%added%'", &sqlitex.ExecOptions{Args: []any{sql, name}}); err != nil {
			return err
		}
	}
	guards := []string{"PRAGMA writable_schema = RESET"}
	for _, sql := range s.guards {
		words := strings.Fields(sql) // CREATE TRIGGER name BEFORE verb ON table
		put, err := textsOf(conn, "SELECT 1 FROM sqlite_schema WHERE name = ? AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ? OR name = 'no_' || ?)", words[6], words[2], words[2])
		if err != nil {
			return err
		}
		if len(put) > 0 {
			guards = append(guards, sql)
		}
	}
	return execAll(conn, guards...)
}

func (o *operation) do(sql string, args ...any) {
	if o.err == nil {
		o.err = sqlitex.ExecuteTransient(o.conn, sql, &sqlitex.ExecOptions{Args: args})
	}
	if o.err != nil && !strings.HasPrefix(o.err.Error(), "SQL") {
		o.err = fmt.Errorf("SQL %q: %w", sql, o.err)
	}
}

func (o *operation) texts(sql string, args ...any) []string {
	found, err := textsOf(o.conn, sql, args...)
	if err != nil {
		o.err = errors.Join(o.err, fmt.Errorf("SQL %q: %w", sql, err))
	}
	return found
}

// one is a text of those that a statement gives, chosen by chance.
func (o *operation) one(sql string, args ...any) string {
	found := o.texts(sql, args...)
	if len(found) == 0 {
		o.err = errors.Join(o.err, fmt.Errorf("SQL %q gives nothing", sql))
		return ""
	}
	return found[o.IntN(len(found))]
}

// value gives one value.
func (o *operation) value(sql string) (v any) {
	if o.err == nil {
		o.err = sqlitex.ExecuteTransient(o.conn, sql, &sqlitex.ExecOptions{ResultFunc: func(stmt *raw.Stmt) error {
			v = valueAt(stmt, 0)
			return nil
		}})
	}
	return v
}

// kindTable is a table that holds bodies.
func (o *operation) kindTable() string { return o.bodies[o.IntN(len(o.bodies))] }

// columns are the columns of a table that are not its key.
const columns = "SELECT name FROM pragma_table_info(?) WHERE pk = 0"

// cell changes one value of a table.
func (o *operation) cell(table string) string {
	column, key := o.one(columns, table), "rowid"
	if strings.Contains(o.declared[table], "WITHOUT ROWID") {
		key = "tile_index * 64 + level"
	}
	at := o.one(fmt.Sprintf("SELECT %s FROM %s", key, table))
	read := fmt.Sprintf("SELECT %q FROM %s WHERE %s = %s", column, table, key, at)
	was := o.value(read)
	values := append(others(was), conversions(was)...)
	value := values[o.IntN(len(values))]
	o.do(fmt.Sprintf("UPDATE OR IGNORE %s SET %q = ? WHERE %s = %s", table, column, key, at), value)
	if now := o.value(read); fmt.Sprintf("%T %v", now, now) == fmt.Sprintf("%T %v", was, was) {
		return ""
	}
	return fmt.Sprintf("%s.%s of %s: %.60q in place of %.60q", table, column, at, fmt.Sprint(value), fmt.Sprint(was))
}

// conversions give a value in other types, and other spellings of it.
func conversions(v any) []any {
	text := fmt.Sprint(v)
	switch v := v.(type) {
	case int64:
		return []any{text, text + "x", float64(v) + 0.5, []byte(text), int64(0), int64(2), int64(math.MinInt64)}
	case float64:
		return []any{text + "x", []byte(text), math.Inf(1), -v - 1, int64(v) + 1}
	case string:
		return []any{[]byte(v), v + " ", " " + v, v + "\x00", strings.ToUpper(v) + "x", "", "null", "[]", `{"a": 1, "a": 1}`, int64(5)}
	case []byte:
		return []any{string(v), append(slices.Clone(v), 0), []byte{}, make([]byte, len(v)), int64(7)}
	}
	return []any{"", 0.5, "2026-01-31T09:00:00.000000Z"}
}

// seq is the seq of a row of a table, or of the spine.
func (o *operation) seq(table string) int64 {
	n, err := strconv.ParseInt(o.one("SELECT seq FROM "+table), 10, 64)
	o.err = errors.Join(o.err, err)
	return n
}

// free is a seq at which no entry stands.
func (o *operation) free() int64 {
	return []int64{-1, inPast, inPast + 1, 1 << 40, math.MaxInt64, math.MinInt64}[o.IntN(6)]
}

// copied inserts a copy of a row at another seq; what must be unique is.
func (o *operation) copied(table string, from, to int64) {
	var into, values []string
	for _, name := range o.texts("SELECT name FROM pragma_table_info(?)", table) {
		into = append(into, fmt.Sprintf("%q", name))
		switch name {
		case "seq":
			values = append(values, strconv.FormatInt(to, 10))
		case "revision":
			values = append(values, "revision + 1000")
		case "log_id":
			values = append(values, "zeroblob(16)")
		default:
			values = append(values, fmt.Sprintf("%q", name))
		}
	}
	o.do(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE seq = %d", table, strings.Join(into, ", "), strings.Join(values, ", "), table, from))
}

// swapped gives two rows of a table one another's seq.
func (o *operation) swapped(table string) string {
	a, b := o.seq(table), o.seq(table)
	if a == b {
		return ""
	}
	move := fmt.Sprintf("UPDATE %s SET seq = ? WHERE seq = ?", table)
	const aside = int64(-1 << 50)
	o.do(move, aside, a)
	o.do(move, a, b)
	o.do(move, b, aside)
	return fmt.Sprintf("%s: rows %d and %d swapped", table, a, b)
}

func (o *operation) deleted(table string) string {
	seq := o.seq(table)
	o.do(fmt.Sprintf("DELETE FROM %s WHERE seq = ?", table), seq)
	return fmt.Sprintf("%s: row %d deleted", table, seq)
}

func (o *operation) moved(table string) string {
	from, to := o.seq(table), o.free()
	o.do(fmt.Sprintf("UPDATE %s SET seq = ? WHERE seq = ?", table), to, from)
	return fmt.Sprintf("%s: row %d moved to %d", table, from, to)
}

func (o *operation) added(table string) string {
	from, to := o.seq(table), o.free()
	o.copied(table, from, to)
	return fmt.Sprintf("%s: row %d copied to %d", table, from, to)
}

// rows deletes, adds, moves and swaps rows.
func (o *operation) rows(table string) string {
	return o.any(
		func() string { return o.deleted(table) },
		func() string { return o.added(table) },
		func() string { return o.moved(table) },
		func() string { return o.swapped(table) },
	)
}

func (o *operation) any(edits ...func() string) string { return edits[o.IntN(len(edits))]() }

// whole takes entries away altogether, or puts one in another's place.
func (o *operation) whole() string {
	from, to := o.seq("spine"), o.seq("spine")
	return o.any(func() string {
		o.each(func(table string) { o.do("DELETE FROM "+table+" WHERE seq = ?", from) })
		return fmt.Sprintf("entry %d deleted", from)
	}, func() string {
		o.each(func(table string) { o.do("DELETE FROM "+table+" WHERE seq >= ?", from) })
		return fmt.Sprintf("entries from %d on deleted", from)
	}, func() string {
		if from == to {
			return ""
		}
		o.each(func(table string) {
			move := "UPDATE " + table + " SET seq = ? WHERE seq = ?"
			o.do(move, -7, from)
			o.do(move, from, to)
			o.do(move, to, -7)
		})
		return fmt.Sprintf("entries %d and %d swapped", from, to)
	})
}

func (o *operation) each(fn func(table string)) {
	for _, table := range append(slices.Clone(o.bodies), "spine") {
		fn(table)
	}
}

func (o *operation) tiles() string {
	return o.any(func() string {
		return o.cell("tile")
	}, func() string {
		at := o.IntN(2)
		o.do("DELETE FROM tile WHERE tile_index = ?", at)
		return fmt.Sprintf("tile %d deleted", at)
	}, func() string {
		at := 2 + o.IntN(5)
		o.do("INSERT INTO tile SELECT level, ?, hashes FROM tile WHERE tile_index = 0", at)
		return fmt.Sprintf("tile %d added", at)
	}, func() string {
		at := o.IntN(5)
		o.do("INSERT INTO tile SELECT 1, ?, hashes FROM tile WHERE tile_index = 0", at)
		return fmt.Sprintf("tile %d of level 1 added", at)
	}, func() string {
		o.do("UPDATE tile SET tile_index = 1 - tile_index + 10")
		o.do("UPDATE tile SET tile_index = tile_index - 10")
		return "tiles swapped"
	})
}

// single changes a table that has one row.
func (o *operation) single(table string) string {
	return o.any(func() string {
		return o.cell(table)
	}, func() string {
		return o.cell(table)
	}, func() string {
		o.do("DELETE FROM " + table)
		return table + " emptied"
	}, func() string {
		o.do("UPDATE " + table + " SET id = 2")
		return table + ".id: 2"
	}, func() string {
		rest := strings.Join(o.texts(columns, table), ", ")
		o.do(fmt.Sprintf("INSERT INTO %s SELECT 2, %s FROM %s", table, rest, table))
		return table + " given a second row"
	})
}

// note changes the signed note in the checkpoint.
func (o *operation) note() string {
	changed, what := o.changedNote(o.now.anchor, o.before.anchor)
	o.do("UPDATE checkpoint SET signed = ?", changed)
	return "checkpoint: " + what
}

// changedNote makes another note of one.
func (m *mutant) changedNote(signed, older []byte) (changed []byte, what string) {
	c, _, _ := strings.Cut(string(signed), "\n\n")
	lines := strings.Split(c, "\n")
	switch m.IntN(6) {
	case 0:
		return older, "an older one put back"
	case 1:
		return []byte(strings.Replace(string(signed), "\n"+lines[1]+"\n", "\n"+strconv.Itoa(m.IntN(2*inPast))+"1\n", 1)), "another size"
	case 2:
		return []byte(strings.Replace(string(signed), lines[2], strings.Repeat("A", 43)+"=", 1)), "another root"
	case 3:
		return m.forgedNote(lines[0]), "signed by another key of the same name"
	case 4:
		return signed[:m.IntN(len(signed))], "cut short"
	}
	changed, what = m.flipped(signed)
	return changed, what
}

// forgedNote is what who lacks the key can sign.
func (m *mutant) forgedNote(origin string) []byte {
	private, _ := otherKey(origin)
	signer, err := merkle.NewSigner(private)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(merkle.Checkpoint{Origin: origin, Size: inPast, Root: merkle.Hash{1}})
	if err != nil {
		panic(err)
	}
	return signed
}

// otherKey makes a key of a name that has another.
func otherKey(origin string) (private, public string) {
	private, public, err := merkle.GenerateKey(origin)
	if err != nil {
		panic(err)
	}
	return private, public
}

// index makes an index that leaves rows out, under the name and the SQL of the
// true one.
func (o *operation) index() string {
	table := o.kindTable()
	name := o.one("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT LIKE '% WHERE %' AND tbl_name = ? ORDER BY name", table)
	sql := o.one("SELECT sql FROM sqlite_schema WHERE name = ?", name)
	seq := o.seq(table)
	o.do("DROP INDEX " + name)
	o.do(fmt.Sprintf("%s WHERE seq %s %d", sql, []string{"<>", ">", "<"}[o.IntN(3)], seq))
	o.do("UPDATE sqlite_schema SET sql = ? WHERE name = ?", sql, name)
	if left := o.texts("SELECT 1 FROM "+table+" WHERE seq <> ?", seq); len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("index %s leaves rows about entry %d out", name, seq)
}

// schema changes what is declared beside the evidence.
func (o *operation) schema() string {
	object := func(kind string) string {
		return o.one("SELECT name FROM sqlite_schema WHERE type = ? AND sql NOT NULL", kind)
	}
	table := o.kindTable()
	do := func(sql string) func() string {
		return func() string {
			o.do(sql)
			return sql
		}
	}
	guard := strings.Fields(o.guards[o.IntN(len(o.guards))])[2]
	return o.any(
		do("CREATE TABLE extra (x)"),
		do("CREATE VIEW extra AS SELECT 1"),
		do("CREATE INDEX extra ON spine (kind)"),
		do("CREATE TRIGGER extra BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(IGNORE); END"),
		do("ALTER TABLE "+table+" ADD COLUMN added TEXT"),
		do("DROP VIEW "+object("view")),
		do("DROP INDEX "+object("index")),
		do("CREATE VIEW no_"+guard+" AS SELECT 1"), // and so close leaves the trigger away
		do(fmt.Sprintf("CREATE TRIGGER %s AFTER DELETE ON %s BEGIN SELECT 1; END", guard, table)),
		func() string {
			view := object("view")
			o.do("UPDATE sqlite_schema SET sql = replace(sql, 'SELECT', 'SELECT DISTINCT') WHERE name = ?", view)
			return "view " + view + " changed"
		},
	)
}

// tableDropped drops a table that holds something.
func (o *operation) tableDropped() string {
	table := o.one("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
	if besideEvidence[table] != "" || len(o.texts("SELECT 1 FROM "+table)) == 0 {
		return ""
	}
	o.do("DROP TABLE " + table)
	return "table " + table + " dropped"
}

// pragmas changes what the file's header says that it is.
func (o *operation) pragmas() string {
	return o.any(func() string {
		o.do("PRAGMA application_id = 7")
		return "another application's file"
	}, func() string {
		n := []int{0, 99, -1, math.MaxInt32}[o.IntN(4)]
		o.do(fmt.Sprintf("PRAGMA user_version = %d", n))
		return fmt.Sprintf("user_version %d", n)
	})
}

// forged changes a body and makes over what follows from it, as somebody does
// who knows Daybook and lacks nothing but the key: the hash in the spine, or
// also tiles and head.
func forged(all bool) func(*mutant) (string, error) {
	return func(m *mutant) (string, error) {
		entry, err := m.anEntry()
		if err != nil {
			return "", err
		}
		return operate(func(o *operation) string { return o.forge(entry, all) })(m)
	}
}

// anEntry reads an entry of the specimen, by chance one of the newest.
func (m *mutant) anEntry() (found *daybook.Entry, err error) {
	want := m.Int64N(inPast)
	if m.IntN(2) == 0 {
		want = inPast - 1 - m.Int64N(inPast%merkle.TileWidth)
	}
	err = m.read(func(s *sqlite.Store) error {
		return s.Scan(context.Background(), want, func(r daybook.Row) error {
			if found == nil {
				found = r.Entry
			}
			return nil
		})
	})
	return found, err
}

// read opens the sound store.
func (s *specimen) read(fn func(*sqlite.Store) error) error {
	dir, err := os.MkdirTemp("", "daybook-mutant-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := s.now.write(dir); err != nil {
		return err
	}
	store, err := sqlite.Open(context.Background(), filepath.Join(dir, storeName), sqlite.Options{ReadOnly: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return errors.Join(fn(store), store.Close())
}

func (o *operation) forge(e *daybook.Entry, all bool) string {
	const column, name = "principal", "somebody else"
	i, _ := e.Kind.Column(column)
	stored := o.value(fmt.Sprintf("SELECT %s FROM ledger_%s WHERE seq = %d", column, e.Kind.Name, e.Seq))
	if stored != any(e.Values[i].Text()) {
		o.err = fmt.Errorf("%s is stored as %v: forge another column", column, stored)
	}
	e.Values[i] = daybook.TextValue(name)
	e.LogHash = canon.Hash(e.AppendCanonical(nil))
	o.do(fmt.Sprintf("UPDATE ledger_%s SET %s = ? WHERE seq = ?", e.Kind.Name, column), name, e.Seq)
	o.do("UPDATE spine SET log_hash = ? WHERE seq = ?", e.LogHash[:], e.Seq)
	what := fmt.Sprintf("entry %d forged with its hash", e.Seq)
	if all {
		o.replant(e)
		what += ", tiles and head"
	}
	return what
}

// replant makes tiles and head over, with an entry in place of its own.
func (o *operation) replant(e *daybook.Entry) {
	tree := merkle.New()
	err := o.read(func(s *sqlite.Store) error {
		places, err := s.Spine(context.Background(), 0, inPast)
		for i := range places {
			if places[i].Seq == e.Seq {
				places[i] = daybook.SpineOf(e)
			}
			tree.Append(merkle.LeafHash(places[i].AppendLeaf(nil)))
		}
		return err
	})
	o.err = errors.Join(o.err, err)
	root := tree.Root()
	for _, tile := range tree.TakeFull() {
		o.do("UPDATE tile SET hashes = ? WHERE level = ? AND tile_index = ?", tile.Hashes, tile.Level, tile.Index)
	}
	o.do("UPDATE head SET root = ?", root[:])
}
