package postgres

import (
	"errors"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
)

// A list of migrations that somebody has changed is not taken for a database
// that has none, or an older schema.
func TestListOfMigrationsIsChanged(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"emptied": "DELETE FROM ledger.schema_version",
		"cut":     "DELETE FROM ledger.schema_version WHERE version_id > 5",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := testURL(t)
			pgtest.Exec(t, address, sql)
			_, err := Migrate(t.Context(), address, MigrateOptions{})
			var said *daybook.Error
			if !errors.As(err, &said) || said.Code != daybook.CodeDamaged || !strings.Contains(said.Hint, "ledger.schema_version") {
				t.Errorf("%v", err)
			}
			if s, err := Open(t.Context(), address, Options{}); err == nil {
				t.Error("it was opened")
				_ = s.Close()
			}
		})
	}
}
