package postgres

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
)

// TestALedgerOfAnotherNameIsNamed: who forgets the prefix, or gives a wrong one,
// is told what there is, and not only to make another ledger.
func TestALedgerOfAnotherNameIsNamed(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	pgtest.Exec(t, address, "CREATE SCHEMA ledger; CREATE TABLE ledger.head (of int)") // somebody's own
	_ = migrated(t)(Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "daybook_"}))
	login := testLogin(t, address, "daybook_writer")
	for prefix, want := range map[string]struct {
		code daybook.Code
		hint string
	}{
		"other_": {daybook.CodeNotFound, "give --schema-prefix daybook_; or, for another ledger, run daybook migrate"},
		"":       {daybook.CodeForbidden, "under other names, give --schema-prefix daybook_"},
	} {
		s, err := Open(t.Context(), login, Options{SchemaPrefix: prefix})
		if err == nil {
			_ = s.Close()
		}
		var said *daybook.Error
		if !errors.As(err, &said) || said.Code != want.code || !strings.Contains(said.Hint, want.hint) {
			t.Errorf("with %q: %+v", prefix, said)
		}
	}
	has := func(m *Migration) bool {
		return slices.ContainsFunc(m.Notes, func(note string) bool { return strings.HasSuffix(note, "--schema-prefix daybook_") })
	}
	if m := migrated(t)(Plan(t.Context(), address, MigrateOptions{SchemaPrefix: "other_"})); !has(m) {
		t.Errorf("what would be done: %q", m.Notes)
	}
	if m := migrated(t)(Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "other_"})); !has(m) {
		t.Errorf("what was done: %q", m.Notes)
	}
	if m := migrated(t)(Plan(t.Context(), address, MigrateOptions{SchemaPrefix: "other_"})); len(m.Notes) > 0 {
		t.Errorf("once it is there: %q", m.Notes)
	}
}

func migrated(t *testing.T) func(m *Migration, err error) *Migration {
	t.Helper()
	return func(m *Migration, err error) *Migration {
		must(t, err)
		return m
	}
}
