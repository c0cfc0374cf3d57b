package postgres

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/daybook-audit/daybook"
	"github.com/daybook-audit/daybook/pgtest"
)

func TestLexer(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		`SELECT a."B""c", 'it''s' FROM t -- x` + "\n;": `select a . B"c , 'it''s' from t ;`,
		`E'\'', e'\\', E'a\\\'b', 'a\'`:                `E'\'' , e'\\' , E'a\\\'b' , 'a\'`,
		`$$a;b$$ $x$ $$ $y$ $x$ a$b$c`:                 `$$a;b$$ $x$ $$ $y$ $x$ a$b$c`,
		`/* a /* b */ c */ d/**/e`:                     `d e`,
		"a--b\rc--d":                                   `a c`,
		`1.5e10 .5 1. 1e+5 1 .. 2`:                     `1.5e10 .5 1. 1e+5 1 . . 2`,
		`x'ff' B'01' n'é' U&'\0061' u & 'b'`:           `x'ff' B'01' n'é' U&'\0061' u & 'b'`,
		`Über ÀB "Über" _x$1`:                          `Über Àb Über _x$1`,
		`a<--b`:                                        `a <`,
		`a*/*b*/c`:                                     `a * c`,
		"'a'\n'b' e'x' || 'y'":                         `'a' 'b' e'x' | | 'y'`,
	} {
		lexemes, err := lex(sql)
		must(t, err)
		var got []string
		for _, l := range lexemes {
			got = append(got, l.text)
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s\nis taken apart as %s\nwant             %s", sql, got, want)
		}
	}
	for _, sql := range []string{
		"'", `"`, "/*", "/* /* */", "$$", "$x$ $$", "E'\\'", "$1", "$", "$x", "1a", "1$$a$$", "1_000", "0x1F", "1ee", `U&"a"`, "e'a'\n'b'", "e'a' -- x\n  'b'", "e'a' 'b'",
		strings.Repeat("a", 64), `"` + strings.Repeat("é", 32) + `"`,
	} {
		if lexemes, err := lex(sql); daybook.CodeOf(err) != daybook.CodeInvalid {
			t.Errorf("%s is taken apart as %v, %v", sql, lexemes, err)
		}
	}
}

// pieces are what lexers stumble over, and a function that makes a noise.
var pieces = []string{
	"'", "''", `"`, `""`, "\\", "\\'", "E'", "e'", "U&'", "u&'", `U&"`, "N'", "B'", "x'", "$$", "$a$", "$a", "$", "$1", "--", "\n", "\r", "/*", "*/", "/", "*", "+", "-", " ", "\t", "\f", "\v", "\u00a0",
	"1", "1e", "1e1", ".", "..", "1.", "é", "_", "a", "E", "U&", "UESCAPE '!'", ";", ",", "(", ")", "[", "]", "::", ":", ":=", "SELECT ", "SELECT 1 ", " AS ", " FROM ", " UNION ", "VALUES (1)", "WITH a AS (", "TABLE ",
	"noise()", "noise ()", "noise/**/()", "audit.noise()", `"noise"()`, `audit."noise"()`, "public.noise()", `"public".noise()`, "pg_sleep(0)", "set_config('role', 'none', true)", "e.noise", "('x').noise", "TREAT(1 AS noise)",
	"(SELECT noise())", "'' || noise()", " FROM audit.entries e", "ledger.token", "1::public.noisy", "CAST(1 AS public.noisy)", "'x' OPERATOR(public.<~~) 'y'",
}

// FuzzSQLConfined makes queries of pieces. None of them may reach a function that
// it must not.
func FuzzSQLConfined(f *testing.F) {
	s, address := cornStore(f)
	pgtest.Exec(f, address, noisy)
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		for range 20 {
			confined(t, s, madeOf(random))
		}
	})
}

// noisy makes functions that say so when they are called, wherever a query could
// find one.
const noisy = `
CREATE FUNCTION public.noise() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION public.noise(anyelement) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION audit.noise() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION audit.noise(anyelement) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION pg_catalog.noise(anyelement) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION public.noise2(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE FUNCTION public.loud(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'noise'; END $$;
CREATE DOMAIN public.noisy AS int CHECK (public.loud(VALUE));
CREATE OPERATOR public.<~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.noise2);
ALTER FUNCTION audit.noise() OWNER TO daybook_owner;
ALTER FUNCTION audit.noise(anyelement) OWNER TO daybook_owner`

func madeOf(random *rand.Rand) string {
	text := []string{"SELECT ", "SELECT 1, ", "WITH a AS (SELECT 1) SELECT ", "SELECT e'", "SELECT '", "SELECT $$"}[random.IntN(6)]
	for range 1 + random.IntN(10) {
		text += pieces[random.IntN(len(pieces))]
	}
	return text + []string{"", "'", "$$", "*/ noise()", "\nnoise()", " FROM audit.entries e", "--"}[random.IntN(7)]
}

func confined(t *testing.T, s *Store, text string) {
	t.Helper()
	answer, err := s.SQL(t.Context(), daybook.SQLQuery{Text: text})
	var e *daybook.Error
	switch {
	case err == nil:
		for _, row := range answer.Rows {
			for _, value := range row {
				if value == "none" { // as set_config answers
					t.Fatalf("%q changed a setting: %v", text, answer.Rows)
				}
			}
		}
	case strings.HasSuffix(err.Error(), "PostgreSQL says: noise"):
		t.Fatalf("%q reached a function: %v", text, err)
	case !errors.As(err, &e) || e.Code != daybook.CodeInvalid && e.Code != daybook.CodeTooLarge:
		t.Fatalf("%q: %v", text, err)
	}
}
