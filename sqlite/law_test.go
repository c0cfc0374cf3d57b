package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
	"github.com/daybook-audit/daybook/storetest"
)

var _ daybook.Store = (*sqlite.Store)(nil)

func TestLaw(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		path := filepath.Join(t.TempDir(), "ledger.db")
		return func() (daybook.Store, error) { return sqlite.Open(t.Context(), path, sqlite.Options{}) }
	})
}
