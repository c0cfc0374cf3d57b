package postgres

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook/pgtest"
)

// TestScriptsDoWhatMigrateDoes has psql run what a dry run prints, at once and in
// two steps of an upgrade.
func TestScriptsDoWhatMigrateDoes(t *testing.T) {
	t.Parallel()
	o := MigrateOptions{SchemaPrefix: shapePrefix, Logger: slog.New(slog.DiscardHandler)}
	for name, versions := range map[string][]int{"at once": {int(newest())}, "an upgrade": {3, int(newest())}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pgtest.New(t)
			for _, upTo := range versions {
				m, err := Plan(t.Context(), address, o)
				must(t, err)
				m.Steps = m.Steps[:upTo-int(m.From)]
				script := m.Script()
				if said := psql(t, address, script); !strings.Contains(strings.Join(said, " "), "thinking_logs_2") {
					t.Errorf("psql says %q, and not which partitions it made", said)
				}
			}
			if got := shapeText(t, address); got != shapeFile {
				t.Error("psql made something else than Migrate makes")
			}
			m, err := Migrate(t.Context(), address, o)
			if err != nil || len(m.Steps) != 0 || m.From != newest() || m.Script() != "" {
				t.Errorf("there is something left to do: %+v, %v", m, err)
			}
			written(t, openStore(t, address, Options{SchemaPrefix: shapePrefix}), 2)
		})
	}
}
