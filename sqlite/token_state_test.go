package sqlite_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/sqlite"
)

func aToken(id, name string) daybook.Token {
	return daybook.Token{
		ID: id, Name: name, Role: daybook.RoleWriter, Business: "acme", Agent: "CFO",
		Hash: [32]byte{1, 2, 3}, MAC: [32]byte{4, 5, 6}, CreatedAt: noon, ExpiresAt: noon.AddDate(0, 0, 30),
	}
}

func tokenStore(t *testing.T) (*sqlite.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ledger.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s, path
}

func TestTokensComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	s, path := tokenStore(t)
	ctx := t.Context()
	first, second := aToken("aaaa", "ci"), aToken("bbbb", "nightly")
	second.Business, second.Agent, second.ExpiresAt = "", "", time.Time{}
	second.CreatedAt = noon.Add(time.Microsecond)
	must(t, s.AddToken(ctx, second))
	must(t, s.AddToken(ctx, first))
	for _, taken := range []daybook.Token{aToken("cccc", "CI"), aToken("aaaa", "other")} {
		if err := s.AddToken(ctx, taken); daybook.CodeOf(err) != daybook.CodeConflict {
			t.Errorf("%s %s was added beside ci: %v", taken.ID, taken.Name, err)
		}
	}
	must(t, s.UseTokens(ctx, map[string]time.Time{"aaaa": noon.Add(time.Hour), "none": noon}))
	must(t, s.UseTokens(ctx, map[string]time.Time{"aaaa": noon}))
	first.LastUsedAt = noon.Add(time.Hour)
	must(t, s.Close())

	s, err := sqlite.Open(ctx, path, sqlite.Options{})
	must(t, err)
	defer s.Close()
	all, err := s.ListTokens(ctx)
	must(t, err)
	if want := []daybook.Token{first, second}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
	one, err := s.TokenByID(ctx, "bbbb")
	must(t, err)
	if !reflect.DeepEqual(*one, second) {
		t.Errorf("got %+v, want %+v", *one, second)
	}
	if _, err := s.TokenByID(ctx, "cccc"); daybook.CodeOf(err) != daybook.CodeNotFound {
		t.Errorf("a token that is not there: %v", err)
	}
	faults, remarks, err := s.Inspect(ctx)
	must(t, err)
	if len(faults)+len(remarks) > 0 {
		t.Errorf("a store with tokens has faults %v, remarks %v", faults, remarks)
	}
}

func TestChangeTokens(t *testing.T) {
	t.Parallel()
	s, _ := tokenStore(t)
	ctx := t.Context()
	must(t, s.AddToken(ctx, aToken("aaaa", "ci")))
	must(t, s.AddToken(ctx, aToken("bbbb", "nightly")))
	stop := errors.New("stop")
	if err := s.ChangeTokens(ctx, func([]daybook.Token) ([]daybook.Token, error) { return nil, stop }); !errors.Is(err, stop) {
		t.Errorf("an error of change came back as %v", err)
	}
	revoked := aToken("bbbb", "nightly")
	revoked.RevokedAt, revoked.MAC = noon.Add(time.Hour), [32]byte{9}
	must(t, s.ChangeTokens(ctx, func(all []daybook.Token) ([]daybook.Token, error) {
		if len(all) != 2 {
			t.Errorf("change has %d tokens", len(all))
		}
		return []daybook.Token{revoked, aToken("none", "none")}, nil
	}))
	all, err := s.ListTokens(ctx)
	must(t, err)
	if want := []daybook.Token{aToken("aaaa", "ci"), revoked}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
}

// No query gets at the tokens, however it names them.
func TestSQLCannotReadTokens(t *testing.T) {
	t.Parallel()
	s, _ := tokenStore(t)
	must(t, s.AddToken(t.Context(), aToken("aaaa", "marker-of-a-token")))
	for _, query := range []string{
		"SELECT * FROM token", "SELECT * FROM audit.token", `SELECT name FROM "TOKEN"`, "SELECT count(*) FROM token", "SELECT 1 FROM token",
		"SELECT (SELECT name FROM audit.token)", "WITH t AS (SELECT * FROM token) SELECT * FROM t", "SELECT * FROM conversations UNION SELECT name FROM token",
		"SELECT * FROM conversations WHERE EXISTS (SELECT * FROM [token])", "SELECT rowid FROM token", "EXPLAIN SELECT * FROM token",
		"SELECT * FROM token INDEXED BY sqlite_autoindex_token_2 WHERE name = 'x'", "SELECT * FROM sqlite_autoindex_token_1",
		"SELECT data FROM sqlite_dbpage", "SELECT data FROM sqlite_dbpage('audit')", "SELECT * FROM audit.`token`",
	} {
		table, err := s.SQL(t.Context(), daybook.SQLQuery{Text: query})
		if err == nil {
			t.Errorf("%s gives %v", query, table.Rows)
		} else if strings.Contains(err.Error(), "marker") {
			t.Errorf("%s says %v", query, err)
		}
	}
}

func TestTokensOfAStoreThatIsNotWritten(t *testing.T) {
	t.Parallel()
	s, path := tokenStore(t)
	must(t, s.AddToken(t.Context(), aToken("aaaa", "ci")))
	must(t, s.Close())
	if err := s.AddToken(t.Context(), aToken("bbbb", "nightly")); daybook.CodeOf(err) != daybook.CodeUnavailable {
		t.Errorf("a closed store: %v", err)
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	must(t, err)
	defer s.Close()
	if all, err := s.ListTokens(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("read-only: %v, %v", all, err)
	}
	if err := s.UseTokens(t.Context(), map[string]time.Time{"aaaa": noon}); daybook.CodeOf(err) != daybook.CodeForbidden {
		t.Errorf("read-only: %v", err)
	}
}
