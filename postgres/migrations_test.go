package postgres

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the migrations that follow from the catalog, and golden files")

// madeMigrations are the migrations that follow from the catalog, each with
// what it is made by.
var madeMigrations = map[string]func() []string{
	"0001_ledger.sql": ledgerSchema,
	"0004_audit.sql":  auditSchema,
	"0005_gold.sql":   goldSchema,
}

// gooseFile gives statements in the form of a migration.
func gooseFile(statements []string) string {
	var b strings.Builder
	b.WriteString("-- +goose Up\n")
	for _, s := range statements {
		if strings.Contains(s, "$$") {
			s = "-- +goose StatementBegin\n" + s + ";\n-- +goose StatementEnd"
		} else {
			s += ";"
		}
		b.WriteString("\n" + s + "\n")
	}
	return b.String()
}

// TestMigrationsFollowFromTheCatalog holds that the files are what the catalog
// wants.
func TestMigrationsFollowFromTheCatalog(t *testing.T) {
	t.Parallel()
	for name, make := range madeMigrations {
		file := "migrations/" + name
		want := gooseFile(make())
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the catalog wants (%v); run go test ./postgres -run Migrations -update", file, err)
		}
	}
}
