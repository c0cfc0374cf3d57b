package postgres

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/merkle"
	"github.com/daybook-audit/daybook/pgtest"
)

func TestOpenWantsASchema(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	quiet := slog.New(slog.DiscardHandler)
	_, err := Open(t.Context(), address, Options{SchemaPrefix: "mine_"})
	wantHint(t, err, daybook.CodeNotFound, "daybook migrate --store 'postgres://daybook@127.0.0.1:", "--schema-prefix mine_")

	plan, err := Plan(t.Context(), address, MigrateOptions{SchemaPrefix: "mine_"})
	if err != nil || plan.From != 0 || plan.To != newest() || len(plan.Steps) != len(allMigrations()) {
		t.Errorf("the plan is %+v, %v", plan, err)
	}
	for range 2 { // the second has nothing to do
		if _, err := Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "mine_", Logger: quiet}); err != nil {
			t.Fatal(err)
		}
	}
	s := openStore(t, address, Options{SchemaPrefix: "mine_"})
	head, err := s.Head(t.Context())
	if err != nil || head.Size != 0 || head.Root != merkle.New().Root() || head.LoggedAt != "" || head.Checkpoint != nil {
		t.Errorf("the head is %+v, %v", head, err)
	}

	pgtest.Exec(t, address, "INSERT INTO mine_ledger.schema_version (version_id, is_applied) VALUES (9999, true)")
	_, err = Open(t.Context(), address, Options{SchemaPrefix: "mine_"})
	wantHint(t, err, daybook.CodeInvalid, "upgrade daybook")
	_, err = Migrate(t.Context(), address, MigrateOptions{SchemaPrefix: "mine_", Logger: quiet})
	wantHint(t, err, daybook.CodeInvalid, "upgrade daybook")
	pgtest.Exec(t, address, "DELETE FROM mine_ledger.schema_version WHERE version_id > 0; INSERT INTO mine_ledger.schema_version (version_id, is_applied) VALUES (0, true)")
	_, err = Open(t.Context(), address, Options{SchemaPrefix: "mine_"})
	wantHint(t, err, daybook.CodeDamaged, "mine_ledger.schema_version")
	for _, prefix := range []string{"", "theirs_"} {
		_, err = Open(t.Context(), address, Options{SchemaPrefix: prefix})
		wantHint(t, err, daybook.CodeNotFound, "daybook migrate")
	}
}

// A database that cannot hold every text holds no ledger.
func TestOpenWantsUTF8(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(pgtest.New(t))
	must(t, err)
	server, name := u.String(), "ascii_"+u.Path[1:]
	pgtest.Exec(t, server, "CREATE DATABASE "+name+" ENCODING 'SQL_ASCII' TEMPLATE template0")
	t.Cleanup(func() {
		_ = pgtest.Run(context.Background(), server, "DROP DATABASE "+name+" WITH (FORCE)") // it goes with the cluster otherwise
	})
	u.Path = "/" + name
	_, err = Open(t.Context(), u.String(), Options{})
	wantHint(t, err, daybook.CodeInvalid, "encoding UTF8")
	_, err = Migrate(t.Context(), u.String(), MigrateOptions{})
	wantHint(t, err, daybook.CodeInvalid, "encoding UTF8")
}

// wantHint wants an error of a code whose hint says so, and that shows no
// password.
func wantHint(t *testing.T, err error, code daybook.Code, says ...string) {
	t.Helper()
	if daybook.CodeOf(err) != code {
		t.Fatalf("got %v, want code %s", err, code)
	}
	e := err.(*daybook.Error) //nolint:errorlint // not wrapped
	for _, s := range says {
		if !strings.Contains(e.Hint, s) {
			t.Errorf("the hint of %q is %q, want %q in it", e.Message, e.Hint, s)
		}
	}
	if strings.Contains(e.Message+e.Hint, "password") {
		t.Errorf("%q, %q show a password", e.Message, e.Hint)
	}
}
