package sqlite_test

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// intruder is somebody who writes to a store's file past the store.
type intruder struct {
	t    *testing.T
	conn *raw.Conn
}

// intrude opens the file of a store as an intruder who is past the triggers.
func intrude(t *testing.T, path string) *intruder {
	t.Helper()
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	i := &intruder{t, conn}
	var drop []string
	i.each("SELECT name FROM sqlite_schema WHERE type = 'trigger'", func(s *raw.Stmt) { drop = append(drop, "DROP TRIGGER "+s.ColumnText(0)) })
	i.do("PRAGMA synchronous = OFF")
	for _, sql := range drop {
		i.do(sql)
	}
	return i
}

// lax makes the tables take values of any type, and none.
func (i *intruder) lax() {
	i.do("PRAGMA writable_schema = ON")
	i.do("UPDATE sqlite_schema SET sql = replace(replace(replace(replace(sql, ' STRICT', ''), ', WITHOUT', ' WITHOUT'), ' NOT NULL', ''), ' ANY', '') WHERE type = 'table'")
	i.do("PRAGMA writable_schema = RESET")
}

func (i *intruder) do(sql string, args ...any) {
	i.t.Helper()
	if err := sqlitex.ExecuteTransient(i.conn, sql, &sqlitex.ExecOptions{Args: args}); err != nil {
		i.t.Fatalf("%s: %v", sql, err)
	}
}

func (i *intruder) each(sql string, fn func(*raw.Stmt)) {
	i.t.Helper()
	err := sqlitex.ExecuteTransient(i.conn, sql, &sqlitex.ExecOptions{ResultFunc: func(s *raw.Stmt) error {
		fn(s)
		return nil
	}})
	if err != nil {
		i.t.Fatalf("%s: %v", sql, err)
	}
}

// fullStore is a store with an entry of every kind that has every column.
func fullStore(t *testing.T) (*sqlite.Store, string, []*daybook.Entry) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var records []daybook.Record
	for n, k := range daybook.Kinds() {
		r := daybook.NewRecord(k)
		for i := range k.Columns {
			if c := &k.Columns[i]; (!c.Envelope || c.Name == "warnings") && !c.Serial {
				r.Values[i] = storetest.Values(c).Example(n + i)
			}
		}
		records = append(records, r)
	}
	entries, err := storetest.NewWriter(s).Write(t.Context(), records...)
	if err != nil {
		t.Fatal(err)
	}
	return s, path, entries
}

// changes are the ways a value can be changed, as SQL over the column v.
var changes = map[string][]string{
	"TEXT": {
		"v || ' '", "' ' || v", "substr(v, 1, length(v) - 1) || char(unicode(substr(v, -1)) + 1)", "char(unicode(v) + 1) || substr(v, 2)", "upper(v) || 'x'",
		"''", "NULL", "CAST(v AS BLOB)", "v || char(0)", "CAST(x'ff' AS TEXT)", "5", "replace(v, '[', '[ ')", "'null'", "'[]'", "'{\"a\": 1, \"a\": 1}'", "'{\"b\":1}'",
	},
	"INTEGER": {"v + 1", "v - 1", "NULL", "CAST(v AS TEXT) || 'x'", "v + 0.5", "2", "-1", "x'01'"},
	"REAL":    {"v * 1.0000000000000002 + 5e-324", "v + 1.0", "NULL", "'x'", "9e999", "-9e999", "x'00'"},
	"": { // a name: text, bytes or a number
		"v || ' '", "upper(v) || 'x'", "''", "NULL", "CAST(v AS BLOB)", "CAST(v AS TEXT)", "v || char(0)", "CAST(x'ff' AS TEXT)", "5", "0", "0.0",
		"zeroblob(16)", "zeroblob(15)", "randomblob(16)", "'0190f3c2-7b1e-7a40-8c11-000000000001'", "'default'",
	},
	"BLOB": {"v || x'00'", "substr(v, 2)", "x''", "NULL", "CAST(v AS TEXT)", "zeroblob(length(v))", "zeroblob(length(v) - 1) || x'01'", "7"},
}

// Whatever is changed in whatever column of a row of whatever kind, a scan
// gives other bytes for it, or a fault.
func TestTampering(t *testing.T) {
	t.Parallel()
	s, path, entries := fullStore(t)
	i := intrude(t, path)
	i.lax()
	columns := map[string][][2]string{} // names and types, of each table
	most := 0
	for _, table := range append(kindTables(), "spine") {
		i.each("SELECT name, type FROM pragma_table_info('"+table+"') WHERE name <> 'seq'", func(s *raw.Stmt) {
			columns[table] = append(columns[table], [2]string{s.ColumnText(0), s.ColumnText(1)})
		})
		most = max(most, len(columns[table]))
	}
	tried := 0
	for n := range most {
		for m := range len(changes["TEXT"]) {
			changed := map[string]string{} // tables, and what was done
			for table, list := range columns {
				if n < len(list) && m < len(changes[list[n][1]]) {
					if what := i.change(table, list[n][0], changes[list[n][1]][m]); what != "" {
						changed[table] = what
						tried++
					}
				}
			}
			checkScan(t, s, entries, changed)
			for table := range changed {
				i.restore(table)
			}
		}
	}
	checkScan(t, s, entries, nil)
	if tried < 3000 {
		t.Errorf("only %d changes were tried", tried)
	}
}

func kindTables() []string {
	var tables []string
	for _, k := range daybook.Kinds() {
		tables = append(tables, "ledger_"+k.Name)
	}
	return tables
}

// change changes one column and says what it did, or "" where the table would
// not have it or the value stayed the same.
func (i *intruder) change(table, column, change string) string {
	i.do("DROP TABLE IF EXISTS temp.kept_" + table)
	i.do("CREATE TEMP TABLE kept_" + table + " AS SELECT * FROM main." + table)
	value := strings.ReplaceAll(change, "v", `"`+column+`"`)
	sql := fmt.Sprintf(`UPDATE OR IGNORE main.%s SET "%s" = %s`, table, column, value)
	if err := sqlitex.ExecuteTransient(i.conn, sql, nil); err != nil {
		return "" // NOT NULL
	}
	differs := false
	where := fmt.Sprintf(`SELECT count(*) FROM main.%s AS a JOIN temp.kept_%s AS b ON a.seq = b.seq
		WHERE a."%s" IS NOT b."%s" OR typeof(a."%s") <> typeof(b."%s")`, table, table, column, column, column, column)
	i.each(where, func(s *raw.Stmt) { differs = s.ColumnInt64(0) > 0 })
	if !differs {
		return ""
	}
	return column + " = " + change
}

func (i *intruder) restore(table string) {
	i.do("DELETE FROM main." + table)
	i.do("INSERT INTO main." + table + " SELECT * FROM temp.kept_" + table)
}

// checkScan wants the rows of changed tables to show it, and all others to be
// sound.
func checkScan(t *testing.T, s *sqlite.Store, entries []*daybook.Entry, changed map[string]string) {
	t.Helper()
	sound := map[int64]bool{}
	err := s.Scan(t.Context(), 0, func(r daybook.Row) error {
		if r.Spine == nil || r.Entry == nil || r.Fault != "" || r.Spine.Seq != r.Entry.Seq {
			return nil
		}
		want := entries[r.Spine.Seq]
		place := daybook.SpineOf(want)
		sound[want.Seq] = string(r.Entry.AppendCanonical(nil)) == string(want.AppendCanonical(nil)) &&
			string(r.Spine.AppendLeaf(nil)) == string(place.AppendLeaf(nil)) && r.Entry.LogHash == r.Spine.LogHash
		return nil
	})
	if err != nil {
		t.Fatalf("%v: %v", changed, err)
	}
	for _, e := range entries {
		what := changed["ledger_"+e.Kind.Name]
		if spine := changed["spine"]; spine != "" {
			continue // of the spine, some rows may have what they were changed to
		}
		if sound[e.Seq] != (what == "") {
			t.Errorf("%s: %q, and the row is sound: %t", e.Kind.Name, what, sound[e.Seq])
		}
	}
	if what := changed["spine"]; what != "" && len(sound) > 0 {
		all := true
		for _, e := range entries {
			all = all && sound[e.Seq]
		}
		if all {
			t.Errorf("spine: %s, and all rows are sound", what)
		}
	}
}

// A value that is moved into the JSON of the column before it leaves the bytes
// of the row as they were, but not the columns that people query.
func TestValuesMovedBetweenColumns(t *testing.T) {
	t.Parallel()
	s, path, entries := fullStore(t)
	i := intrude(t, path)
	i.lax()
	moved := 0
	for _, e := range entries {
		table := "ledger_" + e.Kind.Name
		for n := range len(e.Kind.Columns) - 1 {
			c, next := &e.Kind.Columns[n], &e.Kind.Columns[n+1]
			if !c.Type.IsJSON() || inSpine(next.Name) {
				continue
			}
			moved++
			text := fmt.Sprintf("%s, %q: %s", e.Values[n].Text(), next.Name, daybook.AppendValue(nil, next.Type, e.Values[n+1]))
			set := fmt.Sprintf(`%q = ?, %q = NULL`, c.Name, next.Name)
			i.do("CREATE TEMP TABLE kept_" + table + " AS SELECT * FROM main." + table)
			i.do("UPDATE "+table+" SET "+set, text)
			checkScan(t, s, entries, map[string]string{table: set})
			if found, err := s.Select(t.Context(), daybook.Query{Kind: e.Kind}); daybook.CodeOf(err) != daybook.CodeDamaged {
				t.Errorf("%s: select gives %v, %v", set, found, err)
			}
			i.restore(table)
			i.do("DROP TABLE temp.kept_" + table)
		}
	}
	if moved < 10 {
		t.Errorf("only %d values were moved", moved)
	}
	checkScan(t, s, entries, nil)
}

func inSpine(column string) bool {
	return column == "kind" || column == "log_id" || column == "logged_at" || column == "retain_until"
}

// A row that cannot be read says which column does not hold what it should.
func TestFaults(t *testing.T) {
	t.Parallel()
	s, path, _ := fullStore(t)
	i := intrude(t, path)
	i.lax()
	for _, c := range []struct{ table, set, fault string }{
		{"ledger_decision_logs", "human_reviewed = 2", "human_reviewed holds 2, not 0 or 1"},
		{"ledger_decision_logs", "human_reviewed = 'x'", "human_reviewed holds a value of type TEXT, not INTEGER"},
		{"ledger_decision_logs", "confidence = 9e999", "confidence holds +Inf"},
		{"ledger_decision_logs", "confidence = x'00'", "confidence holds a value of type BLOB, not REAL"},
		{"ledger_decision_logs", "options_evaluated = '[]'", "options_evaluated holds options that are not canonical"},
		{"ledger_decision_logs", `options_evaluated = '[{"score": 1.0, "option": "a"}]'`, "options_evaluated holds options that are not canonical"},
		{"ledger_decision_logs", `affected_agents = '["a","b"]'`, "affected_agents holds an array that is not canonical"},
		{"ledger_decision_logs", "decided_at = '2026-01-31 09:00:00'", "decided_at holds a value of type TEXT, not INTEGER"},
		{"ledger_decision_logs", "decided_at = 9223372036854775807", "decided_at does not hold a time"},
		{"ledger_decision_logs", "business_id = 1", "business_id holds a number that stands for nothing"},
		{"ledger_decision_logs", "business_id = 'default'", "business_id holds as text what is kept otherwise"},
		{"ledger_decision_logs", "decision_id = 0", "decision_id holds a number that stands for nothing"},
		{"ledger_decision_logs", "decision_id = x'00'", "decision_id does not hold 16 bytes"},
		{"ledger_decision_logs", "decision_id = '0190f3c2-7b1e-7a40-8c11-000000000001'", "decision_id holds as text what is kept otherwise"},
		{"ledger_decision_logs", "decision_id = 0.5", "decision_id holds a value of type REAL, not ANY"},
		{"ledger_decision_logs", "context = CAST(x'61ff' AS TEXT)", "context holds text that is not UTF-8"},
		{"ledger_decision_logs", "context = 'a' || char(0)", "context holds text that is not UTF-8, or has a NUL"},
		{"ledger_decision_logs", "context = CAST('x' AS BLOB)", "context holds a value of type BLOB, not TEXT"},
		{"ledger_decision_logs", "salt = x'00'", "salt does not hold 16 bytes"},
		{"ledger_output_artifact", `facets = '{"f":1}'`, "facets holds JSON that is not canonical"},
		{"ledger_output_artifact", "facets = 'null'", "facets holds JSON that is not canonical"},
		{"ledger_output_artifact", "facets = 'x'", "facets holds JSON that is not canonical"},
		{"ledger_output_artifact", "data_end_date = '2026-02-30'", "data_end_date holds a date that is not canonical"},
		{"ledger_output_artifact", "id = upper(id) || '!'", "id holds a value of type TEXT, not BLOB"},
		{"ledger_output_artifact", "id = zeroblob(17)", "id does not hold 16 bytes"},
		{"spine", "log_id = x'00'", "spine.log_id does not hold 16 bytes"},
		{"spine", "log_id = CAST('0123456789abcdef' AS TEXT)", "spine.log_id does not hold 16 bytes"},
		{"spine", "log_hash = zeroblob(33)", "spine.log_hash does not hold 32 bytes"},
		{"spine", "kind = 999", "spine.kind holds 999, which is no kind's number"},
		{"spine", "kind = kind || 'x'", "which is no kind's number"},
		{"spine", "kind = kind + 4294967296", "which is no kind's number"},
		{"spine", "logged_at = 1e300", "spine.logged_at does not hold a time"},
		{"spine", "logged_at = -9223372036854775807", "spine.logged_at does not hold a time"},
		{"spine", "retain_until = NULL", "spine.retain_until does not hold a time"},
	} {
		i.do("CREATE TEMP TABLE kept_" + c.table + " AS SELECT * FROM main." + c.table)
		where := ""
		if c.table == "spine" {
			where = " WHERE seq = 3"
		}
		i.do("UPDATE " + c.table + " SET " + c.set + where)
		var faults []string
		if err := s.Scan(t.Context(), 0, func(r daybook.Row) error {
			if r.Fault != "" {
				faults = append(faults, r.Fault)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(faults) != 1 || !strings.Contains(faults[0], c.fault) {
			t.Errorf("%s: faults %q, want %q", c.set, faults, c.fault)
		}
		if c.table == "spine" {
			if rows, err := s.Spine(t.Context(), 0, 10); daybook.CodeOf(err) != daybook.CodeDamaged {
				t.Errorf("%s: the spine gives %v, %v", c.set, rows, err)
			}
		}
		i.restore(c.table)
		i.do("DROP TABLE temp.kept_" + c.table)
	}
}

// Rows that are not where they should be are given as what they are.
func TestScanShowsStrayRows(t *testing.T) {
	t.Parallel()
	s, path, entries := fullStore(t)
	i := intrude(t, path)
	i.do("DELETE FROM ledger_conversations")                      // a body is missing
	i.do("DELETE FROM spine WHERE seq = 1")                       // a place is missing
	i.do("UPDATE ledger_action_logs SET seq = 100 WHERE seq = 3") // a body is elsewhere
	i.do("UPDATE spine SET kind = 5 WHERE seq = 5")               // a place is another kind's
	i.do("UPDATE spine SET kind = 999 WHERE seq = 6")             // a place is no kind's
	i.do("UPDATE ledger_output_artifact SET seq = ? WHERE seq = 8", math.MaxInt64)
	i.do("UPDATE ledger_lineage_edge SET seq = -5 WHERE seq = 9")
	for name, want := range map[string]int{"mcp_usage_logs": 0, "transformation_session": 0, "thinking_logs": 0, "decision_logs": 1} {
		found, err := s.Select(t.Context(), daybook.Query{Kind: daybook.MustKind(name)})
		if err != nil || len(found) != want {
			t.Errorf("select gives %d of %s, %v", len(found), name, err)
		}
		wantRows(t, s, "SELECT count(*) FROM "+name, []any{int64(want)})
	}
	type row struct {
		seq         int64
		place, body string
		hasFault    bool
	}
	var got []row
	err := s.Scan(t.Context(), 0, func(r daybook.Row) error {
		seen := row{hasFault: r.Fault != ""}
		if r.Spine != nil {
			seen.seq, seen.place = r.Spine.Seq, "?"
			if r.Spine.Kind != nil {
				seen.place = r.Spine.Kind.Name
			}
		}
		if r.Entry != nil {
			seen.seq, seen.body = r.Entry.Seq, r.Entry.Kind.Name
		}
		got = append(got, seen)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{-5, "", "lineage_edge", false},
		{0, "conversations", "", false},
		{1, "", "thinking_logs", false},
		{2, "decision_logs", "decision_logs", false},
		{3, "action_logs", "", false},
		{4, "escalation_logs", "escalation_logs", false},
		{5, "escalation_logs", "", false},
		{5, "", "mcp_usage_logs", false},
		{6, "?", "", true},
		{6, "", "transformation_session", false},
		{7, "transformation_operation", "transformation_operation", false},
		{8, "output_artifact", "", false},
		{9, "lineage_edge", "", false},
	}
	for _, e := range entries[10:] {
		want = append(want, row{e.Seq, e.Kind.Name, e.Kind.Name, false})
	}
	want = append(want, row{100, "", "action_logs", false}, row{math.MaxInt64, "", "output_artifact", false})
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

// The triggers refuse whoever writes past the store, as long as they stand.
func TestAppendOnly(t *testing.T) {
	t.Parallel()
	s, path, _ := fullStore(t)
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, table := range append(kindTables(), "spine", "tile") {
		if table == "tile" {
			if err := sqlitex.ExecuteTransient(conn, "INSERT INTO tile VALUES (0, 0, x'00')", nil); err != nil {
				t.Fatal(err)
			}
		}
		key := "seq"
		if table == "tile" {
			key = "level"
		}
		for _, sql := range []string{
			"UPDATE " + table + " SET " + key + " = " + key, "DELETE FROM " + table,
			"PRAGMA recursive_triggers = ON; REPLACE INTO " + table + " SELECT * FROM " + table,
		} {
			err := sqlitex.ExecuteScript(conn, sql, nil)
			if err == nil || !strings.Contains(err.Error(), table+" is append-only") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head.Size != int64(len(daybook.Kinds())) {
		t.Errorf("head %+v, %v", head, err)
	}
}
