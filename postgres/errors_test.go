package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]daybook.Code{
		"57P01": daybook.CodeUnavailable, "57P02": daybook.CodeUnavailable, "57P03": daybook.CodeUnavailable, "08006": daybook.CodeUnavailable,
		"53300": daybook.CodeUnavailable, "53100": daybook.CodeUnavailable, "53200": daybook.CodeUnavailable, "57014": daybook.CodeUnavailable,
		"55P03": daybook.CodeUnavailable, "40P01": daybook.CodeUnavailable, "40001": daybook.CodeUnavailable, "25006": daybook.CodeUnavailable,
		"25P03": daybook.CodeUnavailable, "28P01": daybook.CodeForbidden, "58030": daybook.CodeUnavailable, "3D000": daybook.CodeNotFound,
		"55000": daybook.CodeUnavailable, "42704": daybook.CodeInvalid, "54000": daybook.CodeTooLarge, "XX001": daybook.CodeDamaged, "23505": daybook.CodeInternal, "": daybook.CodeInternal,
	} {
		said := &pgconn.PgError{Code: state, Message: "no", Detail: "Key (name)=(secret) already exists."}
		err := failed("append", fmt.Errorf("wrapped: %w", said))
		var e *daybook.Error
		if !errors.As(err, &e) || e.Code != want || e.Hint == "" != (want == daybook.CodeInternal) {
			t.Errorf("%s is %v, want code %s", state, err, want)
		}
		if got := daybook.CodeOf(notTaken(said)); got != daybook.CodeUnavailable && got != daybook.CodeInternal && got != daybook.CodeDamaged {
			t.Errorf("a writer is told %s of %s", got, state)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%v shows what a record holds", err)
		}
		var found *pgconn.PgError
		if !errors.As(err, &found) || found.Code != state {
			t.Errorf("%v has lost the server's error", err)
		}
	}
	for _, err := range []error{io.EOF, io.ErrUnexpectedEOF, &net.OpError{Op: "read", Err: errors.New("reset")}, net.ErrClosed} {
		if got := failed("append", fmt.Errorf("wrapped: %w", err)); daybook.CodeOf(got) != daybook.CodeUnavailable {
			t.Errorf("%v is %v", err, got)
		}
	}
	for _, err := range []error{context.Canceled, context.DeadlineExceeded} {
		if got := failed("append", fmt.Errorf("wrapped: %w", err)); got != err { //nolint:errorlint // as it is
			t.Errorf("%v is %v", err, got)
		}
	}
	if err := failed("append", errClosed); err != errClosed { //nolint:errorlint // as it is
		t.Errorf("an error of ours is %v", err)
	}
}

// TestNobodyThere opens what cannot be reached.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]daybook.Code{
		"postgres://me:sesame@127.0.0.1:1/x":               daybook.CodeUnavailable,
		"postgres://me:sesame@[::1/x":                      daybook.CodeInvalid,
		"host=/nowhere password=sesame":                    daybook.CodeUnavailable,
		"postgres://me:sesame@127.0.0.1/x?sslmode=perhaps": daybook.CodeInvalid,
	} {
		_, opened := Open(t.Context(), address, Options{})
		_, planned := Plan(t.Context(), address, MigrateOptions{})
		_, migrated := Migrate(t.Context(), address, MigrateOptions{Logger: slog.New(slog.DiscardHandler)})
		for _, err := range []error{opened, planned, migrated} {
			var e *daybook.Error
			if !errors.As(err, &e) || e.Code != want || e.Hint == "" || strings.Contains(fmt.Sprint(err, e.Hint), "sesame") {
				t.Errorf("%s: %v, want code %s, and no password", address, err, want)
			}
		}
	}
}

func TestAddressesAreShownWithoutPasswords(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][2]string{
		"postgres://me:sesame@db.example:5433/books":                         {"postgres://me@db.example:5433/books", "db.example:5433/books"},
		"postgresql://me@db.example/books?password=sesame&sslmode=disable":   {"postgresql://me@db.example/books?sslmode=disable", "db.example:5432/books"},
		"postgres://db.example/books?user=me&sslpassword=sesame":             {"postgres://db.example/books?user=me", "db.example:5432/books"},
		"host=db.example user=me password=sesame dbname=books":               {"postgres://me@db.example:5432/books", "db.example:5432/books"},
		"host=/run/postgresql user=me password='se same sesame' dbname=book": {"postgres://me@%2Frun%2Fpostgresql:5432/book", "/run/postgresql:5432/book"},
	} {
		shown, err := Shown(address)
		place, err2 := PlaceOf(address)
		if err != nil || err2 != nil || shown != want[0] || place != want[1] {
			t.Errorf("%s is shown as %s at %s (%v, %v), want %v", address, shown, place, err, err2, want)
		}
	}
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	for prefix, good := range map[string]bool{
		"": true, "team_": true, "a1": true, "_x": true, "pg_": false, "Team_": false, "team-": false, "1a": false, `"`: false, "x; DROP": false,
		strings.Repeat("a", 31): false, "ä": false,
	} {
		n, err := newNames(prefix)
		if err == nil != good {
			t.Errorf("%q: %v", prefix, err)
		}
		if want := `"` + prefix + `ledger".spine "` + prefix + `audit" "` + prefix + `gold" ` + prefix; good && n.render("{{ledger}}.spine {{audit}} {{gold}} {{prefix}}") != want {
			t.Errorf("%q renders %s", prefix, n.render("{{ledger}}.spine {{audit}} {{gold}} {{prefix}}"))
		}
	}
}
