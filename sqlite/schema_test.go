package sqlite_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
	raw "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestSchema(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "schema.sql")
	got := sqlite.Schema()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the schema is not that of %s; if it should change, run go test ./sqlite -run TestSchema -update and look at the difference", golden)
	}
}

// The printed schema makes the tables that a store makes.
func TestSchemaIsWhatAStoreHas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	printed, err := raw.OpenConn(filepath.Join(dir, "printed.db"), raw.OpenReadWrite|raw.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer printed.Close()
	if err := sqlitex.ExecuteScript(printed, sqlite.Schema(), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "ledger.db")
	openClose(t, path)
	made, err := raw.OpenConn(path, raw.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if got, want := schemaOf(t, printed), schemaOf(t, made); got != want {
		t.Errorf("printed:\n%s\nmade:\n%s", got, want)
	}
}

func openClose(t *testing.T, path string) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// schemaOf gives all statements of a file's schema, and its marks.
func schemaOf(t *testing.T, conn *raw.Conn) string {
	t.Helper()
	var b strings.Builder
	for _, sql := range []string{
		"SELECT type || ' ' || name || ': ' || sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name",
		"SELECT application_id FROM pragma_application_id", "SELECT user_version FROM pragma_user_version",
	} {
		err := sqlitex.ExecuteTransient(conn, sql, &sqlitex.ExecOptions{ResultFunc: func(s *raw.Stmt) error {
			b.WriteString(s.ColumnText(0) + "\n")
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// damaged runs SQL on a closed store's file.
func damaged(t *testing.T, path, script string) {
	t.Helper()
	conn, err := raw.OpenConn(path, raw.OpenReadWrite)
	if err == nil {
		err = sqlitex.ExecuteScript(conn, script, nil)
	}
	if err == nil {
		err = conn.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A file of an older Daybook gets what it lacks, and keeps what it has.
func TestOlderFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := daybook.NewRecord(daybook.MustKind("conversations"))
	r.Set("conversation_id", daybook.TextValue("c1"))
	r.Set("agent_position", daybook.TextValue("CFO"))
	entries, err := storetest.NewWriter(s).Write(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	head, _ := s.Head(t.Context())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	conn, err := raw.OpenConn(path, raw.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	whole := schemaOf(t, conn)
	conn.Close()

	// As if facets, price_source, an index, the kind erasure and two views were not known yet.
	damaged(t, path, `
		DROP VIEW conversations; DROP VIEW transformation_activity; DROP VIEW erasure; DROP VIEW transformation_session;
		CREATE VIEW conversations AS SELECT seq, conversation_id FROM ledger_conversations;
		DROP TABLE ledger_erasure; DROP INDEX ledger_conversations_agent; DROP TRIGGER ledger_conversations_no_update;
		CREATE TRIGGER ledger_conversations_no_update BEFORE UPDATE ON ledger_conversations BEGIN SELECT 1; END;
		ALTER TABLE ledger_conversations DROP COLUMN price_source; ALTER TABLE ledger_transformation_session DROP COLUMN facets`)

	// Read-only, it is taken as it is.
	s, err = sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	wantSelect(t, s, daybook.Query{Kind: r.Kind}, entries)
	wantSelect(t, s, daybook.Query{Kind: r.Kind, Filters: []daybook.Filter{{Column: "price_source", Op: daybook.OpAbsent}}}, entries)
	wantSelect(t, s, daybook.Query{Kind: r.Kind, Filters: []daybook.Filter{daybook.Is("price_source", "x")}}, nil)
	wantSelect(t, s, daybook.Query{Kind: daybook.MustKind("erasure")}, nil)
	checkScan(t, s, entries, nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, err = sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantSelect(t, s, daybook.Query{Kind: r.Kind}, entries)
	if now, err := s.Head(t.Context()); err != nil || now.LedgerID != head.LedgerID || now.Root != head.Root {
		t.Errorf("the head was %+v, is %+v, %v", head, now, err)
	}
	wantRows(t, s, "SELECT price_source FROM audit.conversations", []any{nil})
	conn, err = raw.OpenConn(path, raw.OpenReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := schemaOf(t, conn); len(got) < len(whole)-500 || strings.Count(got, "\n") < strings.Count(whole, "\n")-10 {
		t.Errorf("the schema is now\n%s", got)
	}
}

func wantSelect(t *testing.T, s *sqlite.Store, q daybook.Query, want []*daybook.Entry) {
	t.Helper()
	got, err := s.Select(t.Context(), q)
	if err != nil || len(got) != len(want) {
		t.Fatalf("select gives %d entries, %v, want %d", len(got), err, len(want))
	}
	for i := range got {
		if string(got[i].AppendExport(nil)) != string(want[i].AppendExport(nil)) {
			t.Errorf("entry %d is %s", i, got[i].AppendExport(nil))
		}
	}
}

// Opening again changes nothing in a file that is up to date.
func TestOpeningAgainChangesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.db")
	openClose(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	openClose(t, path)
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("opening changed the file")
	}
}
