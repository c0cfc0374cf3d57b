package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

// tamperedWith makes a ledger of some conversations, lets an intruder run SQL
// on the file, and inspects it.
func tamperedWith(t *testing.T, sql ...string) (faults, remarks []string, s *sqlite.Store) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	must(t, err)
	w := storetest.NewWriter(s)
	k := daybook.MustKind("conversations")
	for i := range 20 {
		_, err := w.Write(t.Context(), storetest.Records(k).Example(i))
		must(t, err)
	}
	must(t, s.Close())
	conn, err := driver.OpenConn(path, driver.OpenReadWrite)
	must(t, err)
	for _, one := range append([]string{"PRAGMA writable_schema = ON"}, sql...) {
		must(t, sqlitex.ExecuteTransient(conn, one, nil))
	}
	must(t, conn.Close())
	s, err = sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	faults, remarks, err = s.Inspect(t.Context())
	must(t, err)
	return faults, remarks, s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	const agent = "ledger_conversations_agent"
	for name, c := range map[string]struct {
		sql    []string
		fault  string
		remark string
	}{
		"nothing":         {nil, "", ""},
		"an index":        {[]string{"CREATE INDEX more ON ledger_conversations (status)"}, "a index more", ""},
		"a trigger":       {[]string{"CREATE TRIGGER more BEFORE INSERT ON spine BEGIN SELECT RAISE(IGNORE); END"}, "a trigger more", ""},
		"a table":         {[]string{"CREATE TABLE more (x)"}, "a table more", ""},
		"statistics":      {[]string{"ANALYZE"}, "sqlite_stat1", ""},
		"a view":          {[]string{"DROP VIEW conversations", "CREATE VIEW conversations AS SELECT 1 AS x"}, "", "the view conversations"},
		"a missing index": {[]string{"DROP INDEX " + agent}, "", "the index " + agent + " is not there"},
		"a missing guard": {[]string{"DROP TRIGGER spine_no_update"}, "", "the trigger spine_no_update is not there"},
		"a view of":       {[]string{"UPDATE sqlite_schema SET tbl_name = 'Conversations' WHERE type = 'view' AND name = 'conversations'"}, "the view conversations is of Conversations", ""},
		"an index of":     {[]string{"UPDATE sqlite_schema SET tbl_name = 'Spine' WHERE name = 'spine_no_update'"}, "the trigger spine_no_update is of Spine", ""},
		"no guards": {[]string{
			"DROP TRIGGER spine_no_update", "DROP TRIGGER spine_no_delete", "DROP TRIGGER tile_no_update", "DROP TRIGGER tile_no_delete",
		}, "", "4 objects of type trigger are not there, spine_no_update among them"},
		"no version":      {[]string{"PRAGMA user_version = 0"}, "version 0, which there never was", ""},
		"another head":    {[]string{"PRAGMA ignore_check_constraints = ON", "UPDATE head SET id = 2"}, "the head is not one row", ""},
		"another shape":   {[]string{"UPDATE sqlite_schema SET sql = replace(sql, '\"status\" TEXT', '\"status\" TEXT NOT NULL') WHERE name = 'ledger_conversations'"}, "ledger_conversations.status", ""},
		"a partial index": {[]string{"DROP INDEX " + agent, "CREATE INDEX " + agent + " ON ledger_conversations (agent_position, started_at) WHERE seq > 10"}, "", "the index " + agent},
		"a tile to come":  {[]string{"INSERT INTO tile VALUES (0, 6, zeroblob(8192))"}, "tiles beyond the end", ""},
		"a second head":   {[]string{"PRAGMA ignore_check_constraints = ON", "INSERT INTO head (id, ledger_id, size, root) VALUES (2, 'x', 0, x'00')"}, "the head is not one row", ""},
		"an index without a row": {[]string{
			"CREATE TABLE aside AS SELECT * FROM sqlite_schema WHERE name = '" + agent + "'",
			"DELETE FROM sqlite_schema WHERE name = '" + agent + "'",
			"PRAGMA schema_version = 7000",
			"INSERT INTO ledger_conversations (seq, revision, principal, salt, conversation_id, agent_position) VALUES (999, 1, 'x', zeroblob(16), 'x', 'x')",
			"INSERT INTO sqlite_schema SELECT type, name, tbl_name, rootpage, sql FROM aside",
			"DROP TABLE aside", "PRAGMA schema_version = 7001",
		}, "missing from index", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults, remarks, _ := tamperedWith(t, c.sql...)
			wantOne(t, "fault", faults, c.fault)
			wantOne(t, "remark", remarks, c.remark)
		})
	}
}

func wantOne(t *testing.T, what string, got []string, want string) {
	t.Helper()
	if said := strings.Join(got, "; "); (want == "") != (said == "") || !strings.Contains(said, want) {
		t.Errorf("%ss %q, want one of %q", what, got, want)
	}
}

// TestScanReadsTheTables holds that an index that covers a table does not
// stand in for it: an intruder could leave it as the table was.
func TestScanReadsTheTables(t *testing.T) {
	t.Parallel()
	var columns []string
	for i := range daybook.MustKind("conversations").Columns {
		switch name := daybook.MustKind("conversations").Columns[i].Name; name {
		case "kind", "log_id", "logged_at", "retain_until":
		default:
			columns = append(columns, `"`+name+`"`)
		}
	}
	faults, _, s := tamperedWith(t,
		"DROP TRIGGER ledger_conversations_no_delete",
		"CREATE INDEX aaa ON ledger_conversations (seq, "+strings.Join(columns, ", ")+")",
		"ANALYZE", "UPDATE sqlite_stat1 SET stat = '20 1 sz=1' WHERE idx = 'aaa'",
		"CREATE TABLE aside AS SELECT * FROM sqlite_schema WHERE name = 'aaa'",
		"DELETE FROM sqlite_schema WHERE name = 'aaa'",
		"PRAGMA schema_version = 7000",
		"DELETE FROM ledger_conversations WHERE seq = 7",
		"INSERT INTO sqlite_schema SELECT type, name, tbl_name, rootpage, sql FROM aside",
		"PRAGMA schema_version = 7001",
	)
	seen := false
	must(t, s.Scan(t.Context(), 0, func(r daybook.Row) error {
		seen = seen || r.Spine != nil && r.Spine.Seq == 7 && r.Entry == nil
		return nil
	}))
	if !seen || len(faults) == 0 {
		t.Errorf("the row deleted from the table was read from the index: faults %q", faults)
	}
}

func TestAHardLinkIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	must(t, err)
	must(t, s.Close())
	must(t, os.Link(path, path+".other"))
	if _, err := sqlite.Open(t.Context(), path+".other", sqlite.Options{}); daybook.CodeOf(err) != daybook.CodeConflict {
		t.Errorf("a second name of the file was opened: %v", err)
	}
	must(t, os.Remove(path+".other"))
	s, err = sqlite.Open(t.Context(), path, sqlite.Options{})
	must(t, err)
	must(t, s.Close())
}
