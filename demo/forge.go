package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/daybook-audit/daybook/merkle"
	store "github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/verify"
)

// Verify checks the ledger at path, and then a copy of it in which somebody
// has changed one word of the decision.
func Verify(ctx context.Context, path string, cast *Cast, s *Story) error {
	s.heading("Has anybody edited that?")
	s.command("daybook verify --store " + path)
	report, err := check(ctx, path, path)
	if err != nil {
		return err
	}
	if !report.Sound() {
		return fmt.Errorf("demo: the ledger does not verify:\n%s", text(report))
	}
	s.block(text(report))
	return caught(ctx, path, cast, s)
}

func caught(ctx context.Context, path string, cast *Cast, s *Story) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), "forged-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	forged := filepath.Join(dir, "copy.db")
	if err := forge(path, forged, cast.Decision); err != nil {
		return err
	}
	s.heading("Someone edits a copy of the database, with triggers dropped")
	s.command("UPDATE ledger_decision_logs SET rationale = replace(rationale, 'should', 'need not') …")
	s.command("daybook verify --store copy.db")
	report, err := check(ctx, forged, path)
	if err != nil {
		return err
	}
	if report.Sound() {
		return fmt.Errorf("demo: the forgery was not seen")
	}
	s.caught(text(report))
	return nil
}

func text(report *verify.Report) string {
	var b strings.Builder
	_ = report.WriteText(&b) // a Builder takes everything
	return b.String()
}

// check verifies the store at path by the key and anchor beside original.
func check(ctx context.Context, path, original string) (*verify.Report, error) {
	public, err := merkle.ReadPublic(original + ".pub")
	if err != nil {
		return nil, err
	}
	anchor, err := merkle.ReadAnchor(original + ".anchor")
	if err != nil {
		return nil, err
	}
	ledger, err := store.Open(ctx, path, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer ledger.Close()
	return verify.Run(ctx, ledger, verify.Options{Public: public, Anchor: anchor})
}

// forge copies a ledger and changes one word of a decision in the copy, as
// somebody with the file and an SQLite tool would.
func forge(path, forged, decision string) error {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return err
	}
	err = sqlitex.ExecuteTransient(conn, "VACUUM INTO ?", &sqlitex.ExecOptions{Args: []any{forged}})
	if closeErr := conn.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("demo: copy the ledger: %w", err)
	}
	conn, err = sqlite.OpenConn(forged, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := dropTriggers(conn); err != nil {
		return err
	}
	return sqlitex.ExecuteTransient(conn,
		"UPDATE ledger_decision_logs SET rationale = replace(rationale, 'should', 'need not') WHERE seq = (SELECT seq FROM decision_logs WHERE decision_id = ?)",
		&sqlitex.ExecOptions{Args: []any{decision}})
}

func dropTriggers(conn *sqlite.Conn) error {
	var names []string
	err := sqlitex.ExecuteTransient(conn, "SELECT name FROM sqlite_schema WHERE type = 'trigger'", &sqlitex.ExecOptions{
		ResultFunc: func(stmt *sqlite.Stmt) error {
			names = append(names, stmt.ColumnText(0))
			return nil
		},
	})
	for _, name := range names {
		if err == nil {
			err = sqlitex.ExecuteTransient(conn, `DROP TRIGGER "`+name+`"`, nil)
		}
	}
	return err
}
