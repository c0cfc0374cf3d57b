package sqlite

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/storetest"
	"zombiezen.com/go/sqlite"
)

// mixedStore has some entries of every kind, and later revisions of a few.
func mixedStore(t *testing.T) *Store {
	t.Helper()
	s := openTest(t)
	w := storetest.NewWriter(s)
	random := rand.New(rand.NewPCG(1, 2))
	for _, k := range daybook.Kinds() {
		var records []daybook.Record
		for n := range 12 {
			r := daybook.NewRecord(k)
			for i := range k.Columns {
				c := &k.Columns[i]
				given := !c.Envelope && !c.Serial
				if given && (c.Subject || c.Required || random.IntN(4) > 0) {
					r.Values[i] = storetest.Values(c).Example(random.IntN(1000)*100 + n)
				}
			}
			records = append(records, r)
		}
		entries, err := w.Write(t.Context(), records...)
		if err != nil {
			t.Fatal(err)
		}
		if k.Amendable() {
			again := daybook.NewRecord(k)
			for i := range k.Columns {
				if !k.Columns[i].Envelope {
					again.Values[i] = entries[3].Values[i]
				}
			}
			if _, err := w.Write(t.Context(), again); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// tableLike makes a temporary table of what a view of the file shows, with the
// types that the virtual table declares.
func tableLike(t *testing.T, c *conn, v *virtualTable) string {
	t.Helper()
	name := "temp.like_" + v.name
	create := strings.Replace(v.declaration(), "CREATE TABLE v", "CREATE TEMP TABLE like_"+v.name, 1)
	for _, sql := range []string{create, "INSERT INTO " + name + " SELECT * FROM main." + v.name} {
		if err := c.exec(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return name
}

// literals are what a column is compared with: what stands in it somewhere,
// parts of that, and what never does.
func literals(t *testing.T, c *conn, table, column string) []string {
	t.Helper()
	list := []string{"NULL", "0", "5", "5.0", "'5'", "''", "x'00'", "'zzz'", "'2026'", "9e300", "-1"}
	err := c.each("SELECT quote(v), quote(substr(v, 1, 10)), quote(upper(v)), quote(v || ' '), quote(substr(v, 1, 19)), quote(substr(v, 1, 6)) FROM (SELECT DISTINCT "+
		quoted(column)+" AS v FROM "+table+" WHERE v IS NOT NULL LIMIT 4)", func(stmt *sqlite.Stmt) error {
		for i := range stmt.ColumnCount() {
			if text := stmt.ColumnText(i); !strings.Contains(text, "unistr") {
				list = append(list, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A virtual table answers as a table with the same rows would, whatever its
// columns are compared with.
func TestVirtualTables(t *testing.T) {
	t.Parallel()
	s := mixedStore(t)
	file, err := openConn(fileURI(s.path, ""), sqlite.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer file.close()
	random := rand.New(rand.NewPCG(3, 4))
	found := 0
	for _, v := range virtualTables(s.tables, file) {
		table := tableLike(t, file, v)
		for _, column := range v.columns {
			values := literals(t, file, table, column.name)
			any := func() string { return values[random.IntN(len(values))] }
			name := quoted(column.name)
			for range 12 {
				where := []string{
					name + " " + []string{"=", "<", "<=", ">", ">=", "IS", "<>"}[random.IntN(7)] + " " + any(),
					name + " IN (" + any() + ", " + any() + ", " + any() + ")",
					name + " BETWEEN " + any() + " AND " + any(),
					name + " = " + any() + " AND seq > " + fmt.Sprint(random.IntN(200)),
					name + " = " + any() + " OR " + name + " > " + any(),
					any() + " = " + name + " COLLATE NOCASE",
				}[random.IntN(6)]
				sql := "SELECT seq, " + name + " FROM {table} WHERE " + where + " ORDER BY seq" + []string{"", " DESC", " DESC LIMIT 3"}[random.IntN(3)]
				found += sameAnswer(t, s, file, sql, v.name, table)
			}
		}
		sameAnswer(t, s, file, "SELECT count(*), min(seq), max(log_hash) FROM {table}", v.name, table)
		sameAnswer(t, s, file, "SELECT * FROM {table} ORDER BY seq DESC", v.name, table)
		sameAnswer(t, s, file, "SELECT a.seq, b.seq FROM {table} a JOIN {table} b ON a.log_id = b.log_id AND a.logged_at <= b.logged_at ORDER BY 1", v.name, table)
	}
	if found < 1000 {
		t.Errorf("the questions found %d rows in all; they should find more", found)
	}
}

func sameAnswer(t *testing.T, s *Store, file *conn, sql, name, table string) int {
	t.Helper()
	asked := strings.ReplaceAll(sql, "{table}", "audit."+name)
	got, err := s.SQL(t.Context(), daybook.SQLQuery{Text: asked, MaxRows: 1000})
	if err != nil {
		t.Fatalf("%s: %v", asked, err)
	}
	var want [][]string
	err = file.each(rewrite(strings.ReplaceAll(sql, "{table}", table)), func(stmt *sqlite.Stmt) error {
		row := make([]string, stmt.ColumnCount())
		for i := range row {
			row[i] = stmt.ColumnText(i)
		}
		want = append(want, row)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(got.Rows) != len(want) {
		t.Errorf("%s\ngives %d rows, want %d", asked, len(got.Rows), len(want))
		return 0
	}
	for i, row := range got.Rows {
		if !reflect.DeepEqual(row[0], mustInt(want[i][0])) {
			t.Errorf("%s\nrow %d is %v, want %v", asked, i, row, want[i])
			break
		}
	}
	return len(want)
}

func mustInt(s string) any {
	var n int64
	_, _ = fmt.Sscan(s, &n)
	return n
}

// A serial subject is found beside other conditions, wherever it stands among
// them.
func TestVirtualSerial(t *testing.T) {
	t.Parallel()
	s := mixedStore(t)
	for _, k := range daybook.Kinds() {
		if !k.Subject().Serial {
			continue
		}
		id := k.Subject().Name
		all, err := s.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT seq, " + id + ", log_id FROM audit." + k.Name})
		if err != nil || len(all.Rows) == 0 {
			t.Fatalf("%s has %v, %v", k.Name, all, err)
		}
		for _, row := range all.Rows {
			is := fmt.Sprint(id, " = ", row[1])
			for _, where := range []string{
				is + " AND logged_at > '2000'", "logged_at > '2000' AND " + is, "log_id = '" + row[2].(string) + "' AND " + is,
				"seq >= 0 AND " + is + " AND seq < 100000 AND " + is,
			} {
				got, err := s.SQL(t.Context(), daybook.SQLQuery{Text: "SELECT seq FROM audit." + k.Name + " WHERE " + where})
				if err != nil || !reflect.DeepEqual(got.Rows, [][]any{{row[0]}}) {
					t.Errorf("%s where %s has %v, %v; want %v", k.Name, where, got, err, row[0])
				}
			}
		}
	}
}

// What finds rows is handed to the table underneath in a form for which that
// has an index.
func TestVirtualPlans(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	c, err := s.sql.open()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	tables := map[string]*virtualTable{}
	for _, v := range virtualTables(s.tables, c.under) {
		tables[v.name] = v
	}
	for _, w := range []struct{ table, column, op, arg, plan string }{
		{"conversations", "conversation_id", "=", "c1", "INDEX ledger_conversations_subject (conversation_id=?)"},
		{"conversations", "conversation_id", "=", session, "INDEX ledger_conversations_subject (conversation_id=?)"},
		{"conversations", "agent_position", "=", "CFO", "INDEX ledger_conversations_agent (agent_position=?)"},
		{"conversations", "log_id", "=", session, "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)"},
		{"transformation_operation", "session_id", "=", session, "INDEX ledger_transformation_operation_session_id (session_id=?)"},
		{"lineage_edge", "target_name", "=", "x", "INDEX ledger_lineage_edge_target_name (target_name=? AND is_current>?)"},
		{"entries", "log_id", "=", session, "INDEX sqlite_autoindex_spine_1 (log_id=?)"},
	} {
		v := tables[w.table]
		p := scanPlan{columns: 1}
		for i := range v.columns {
			if v.columns[i].name == w.column {
				p.conditions = []planned{{i, w.op}}
			}
		}
		sql, _, none := v.selection(p, []sqlite.Value{sqlite.TextValue(w.arg)})
		plan := s.plan(t, sql)
		if none || !strings.Contains(plan, w.plan) {
			t.Errorf("%s.%s %s %s has the plan\n%s", w.table, w.column, w.op, w.arg, plan)
		}
	}
	// A join looks the inner table up by what the outer has.
	var lines []string
	err = c.each("EXPLAIN QUERY PLAN SELECT ts.purpose, op.operation_type FROM audit.transformation_session ts JOIN audit.transformation_operation op ON ts.id = op.session_id WHERE ts.agent_id = 'a'",
		func(stmt *sqlite.Stmt) error {
			lines = append(lines, stmt.ColumnText(3))
			return nil
		})
	if err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "SCAN ts") || !strings.HasSuffix(lines[0], "=") || !strings.HasSuffix(lines[1], "=") {
		t.Errorf("the join has the plan %q, %v", lines, err)
	}
}

// Times are compared with texts as texts.
func TestTimeBound(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026": "2026-01-01T00:00:00.000000Z", "2026-02": "2026-02-01T00:00:00.000000Z", "2026-02-03": "2026-02-03T00:00:00.000000Z",
		"2026-02-03T04:05": "2026-02-03T04:05:00.000000Z", "2026-02-03T04:05:06.000007Z": "2026-02-03T04:05:06.000007Z",
		"2026-1": "", "2026-02-3": "", "2026-02-30": "", "2026-02-03 04:05": "", "": "", "x": "", "2026-02-03T04:05:06Z": "",
	} {
		n, ok := timeBound(text, ">")
		var c clock
		got := ""
		if ok {
			got, _ = c.text(n)
		}
		if got != want {
			t.Errorf("%q is bound to %q, want %q", text, got, want)
		}
	}
}
