package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/daybook-audit/daybook/pgtest"
	"github.com/daybook-audit/daybook/postgres"
)

// onEither are the stories that name no store and ask no SQL of one dialect.
var onEither = []string{
	"amend", "cost", "derive", "diff", "export", "guard", "history", "lineage", "mcp_serve", "redact", "rollback", "scan", "sql_lineage",
}

// TestScriptsOnPostgres tells stories again on a store in PostgreSQL: what a
// user types comes to the same.
func TestScriptsOnPostgres(t *testing.T) {
	t.Parallel()
	files := make([]string, len(onEither))
	for i, name := range onEither {
		files[i] = filepath.Join("testdata", "script", name+".txtar")
	}
	testscript.Run(t, testscript.Params{Files: files, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: scriptCommands(), Setup: onPostgres})
}

func onPostgres(env *testscript.Env) error {
	database, drop, err := pgtest.Create(context.Background())
	if err != nil {
		return err
	}
	env.Defer(drop)
	_, err = postgres.Migrate(context.Background(), database, postgres.MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
	env.Setenv("DAYBOOK_STORE", database)
	env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
	return err
}
