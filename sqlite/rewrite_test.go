package sqlite

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook"
	"zombiezen.com/go/sqlite"
)

func TestRewrite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		// quantifiers
		"'x' = ANY(a.b)":                   "'x'  IN  (SELECT value FROM json_each(a.b))",
		"x=any (b)":                        "x IN (SELECT value FROM json_each(b))",
		"x = SOME (b)":                     "x  IN  (SELECT value FROM json_each(b))",
		"x <> ALL(b) AND y":                "x  NOT IN  (SELECT value FROM json_each(b)) AND y",
		"x != ALL(b)":                      "x  NOT IN  (SELECT value FROM json_each(b))",
		"x = ANY(SELECT y FROM t)":         "x  IN  (SELECT y FROM t)",
		"x = ANY(f(a, (b)))":               "x  IN  (SELECT value FROM json_each(f(a, (b))))",
		"x = ANY(ARRAY['a', 'b']::text[])": "x  IN  (SELECT value FROM json_each((json_array('a', 'b'))))",
		"x = ANY(y = ANY(z))":              "x  IN  (SELECT value FROM json_each(y  IN  (SELECT value FROM json_each(z))))",
		"UNION ALL (SELECT 1)":             "UNION ALL (SELECT 1)",
		"t.any = 1":                        "t.any = 1",
		"x = ANY(":                         "x = ANY(",
		// intervals
		"NOW() - INTERVAL '7 days'":                    "subtract_interval(NOW() ,  '7 days')",
		"a.t + interval '1 day' - INTERVAL '2 hours'":  "subtract_interval(add_interval(a.t ,  '1 day') ,  '2 hours')",
		"x + (now() - INTERVAL '1 month') < y":         "x + (subtract_interval(now() ,  '1 month')) < y",
		"WHERE (a + b) + INTERVAL '1 day'":             "WHERE add_interval((a + b) ,  '1 day')",
		"now() - INTERVAL '7' DAY":                     "subtract_interval(now() ,  '7 DAY')",
		"now() - INTERVAL '7 days' DESC":               "subtract_interval(now() ,  '7 days') DESC",
		"\"a\".\"b\"-INTERVAL '1 day'":                 "subtract_interval(\"a\".\"b\", '1 day')",
		"coalesce(a, b) - /* c */ INTERVAL '1 day'":    "subtract_interval(coalesce(a, b) , /* c */  '1 day')",
		"'2026-01-01'::timestamptz + INTERVAL '1 day'": "add_interval(timestamptz('2026-01-01') ,  '1 day')",
		"INTERVAL '1 day'":                             "INTERVAL '1 day'",
		"- INTERVAL '1 day'":                           "- INTERVAL '1 day'",
		"SELECT interval FROM t":                       "SELECT interval FROM t",
		// casts
		"x::text":                                 "CAST(x AS TEXT)",
		"a.b::int + 1":                            "CAST(a.b AS INTEGER) + 1",
		"sum(x)::numeric(10, 2)":                  "CAST(sum(x) AS REAL)",
		"x::double precision":                     "CAST(x AS REAL)",
		"x::character varying(10)::int":           "CAST(CAST(x AS TEXT) AS INTEGER)",
		"((x)::text)::int":                        "CAST((CAST((x) AS TEXT)) AS INTEGER)",
		"SELECT (a || b)::text":                   "SELECT CAST((a || b) AS TEXT)",
		"now()::date":                             "substr(now(), 1, 10)",
		"x::timestamp(3) with time zone y":        "timestamptz(x) y",
		"x::timestamp without time zone":          "timestamptz(x)",
		"x::jsonb -> 'a'":                         "(x) -> 'a'",
		"x::regclass":                             "x::regclass",
		"::text":                                  "::text",
		"CAST(x AS timestamptz)":                  "timestamptz(x )",
		"CAST(x AS INTEGER)":                      "CAST(x AS INTEGER)",
		"CAST(x AS double precision)":             "CAST(x AS double precision)",
		"cast(a.b AS date)":                       "substr(a.b , 1, 10)",
		"CAST(CAST(x AS date) AS text)":           "CAST(substr(x , 1, 10) AS text)",
		"CAST(x":                                  "CAST(x",
		"EXTRACT(EPOCH FROM (b - a))":             "(date_part('epoch', b ) - date_part('epoch',  a))",
		"EXTRACT(EPOCH FROM b - a) > 5":           "(date_part('epoch',  b ) - date_part('epoch',  a)) > 5",
		"extract(year FROM started_at)":           "date_part('year',  started_at)",
		"EXTRACT(EPOCH FROM (t)) - 1":             "date_part('epoch',  (t)) - 1",
		"EXTRACT(hour FROM t - INTERVAL '1 day')": "date_part('hour',  subtract_interval(t ,  '1 day'))",
		"EXTRACT(x)":                              "EXTRACT(x)",
		// the rest
		"CURRENT_TIMESTAMP":                          "now()",
		"x ILIKE '%a%'":                              "x LIKE '%a%'",
		"$$it's$$ || $q$a$$b$q$":                     "'it''s' || 'a$$b'",
		"DATE '2026-01-31'":                          "'2026-01-31'",
		"TIMESTAMP '2026-01-31' < x":                 "timestamptz('2026-01-31') < x",
		"ARRAY[1, ARRAY[2]]":                         "json_array(1, json_array(2))",
		"a.tags[1]":                                  "json_extract(a.tags, '$[0]')",
		"gold.transformation_activity g":             "audit.transformation_activity g",
		"gold.other, x.gold.transformation_activity": "gold.other, x.gold.transformation_activity",
	} {
		if got := rewrite(in); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", in, got, want)
		}
	}
}

// What looks like PostgreSQL's but stands in literals, names or comments is
// left alone.
func TestRewriteLeavesAlone(t *testing.T) {
	t.Parallel()
	for _, sql := range []string{
		"", " \t\n", "SELECT 1", "SELECT 'NOW() - INTERVAL ''7 days''', \"CURRENT_TIMESTAMP\", `ILIKE`, [x::int] -- x::int",
		"/* = ANY(x) $$ */ SELECT 'a'::", "SELECT a->>'b', a->'c' FROM t WHERE x <> y AND z != 1.5e-3 OR q = .5", "'not closed ::int", "\"not closed", "/* not closed",
		"$tag$ not closed", "SELECT $1, ?1, :name, @x", "))((][", "x IN (SELECT all FROM y)", "date('now')", "timestamp > '2026'", "é::ü", "\xff\xfe::int",
	} {
		want := sql
		if strings.HasPrefix(sql, "$tag$") {
			want = "' not closed'"
		}
		if strings.HasPrefix(sql, "\xff") {
			want = "CAST(\xff\xfe AS INTEGER)"
		}
		if got := rewrite(sql); got != want {
			t.Errorf("%q becomes %q", sql, got)
		}
	}
}

func TestTokensAreTheQuery(t *testing.T) {
	t.Parallel()
	sql := "SELECT a.b, 'it''s' \"q\"\"q\" [x y] $1 $$d$$ 1.5e-3 0x1F<=>=||->>::-- c\n/* c */ x[1]"
	var b strings.Builder
	for _, token := range tokenize(sql) {
		b.WriteString(token.text)
	}
	if b.String() != sql {
		t.Errorf("%q\nbecomes %q", sql, b.String())
	}
}

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		"SELECT 'x' = ANY(ts.source_tables) OR y <> ALL(z) FROM t WHERE a >= NOW() - INTERVAL '7 days'", "x::int::text[1]", "CAST(x AS timestamp with time zone)",
		"EXTRACT(EPOCH FROM (a - b))", "$$a$$ $1 $x$ ARRAY[1]", "((((a", "))))", "[", "a[1", "DATE 'x", "'", "-INTERVAL'1'd", "CURRENT_TIMESTAMP::date - INTERVAL '1' DAY",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		tokens := tokenize(sql)
		var b strings.Builder
		plain := true
		for _, token := range tokens {
			if token.text == "" {
				t.Fatal("an empty token")
			}
			b.WriteString(token.text)
			plain = plain && rewritings[strings.ToUpper(token.text)] == nil && token.kind != tokenDollar && !token.sign("::") && !token.sign("[")
		}
		if b.String() != sql {
			t.Fatalf("the tokens of %q are %q", sql, b.String())
		}
		if out := rewrite(sql); plain && out != sql {
			t.Fatalf("%q becomes %q", sql, out)
		}
	})
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	q := testQuerier(t)
	for in, want := range map[string]string{
		"now()":                                 "2026-03-31T12:30:45.123456Z",
		"add_interval('2026-01-31', '1 month')": "2026-02-28T00:00:00.000000Z",
		"subtract_interval('2024-02-29T10:00:00Z', '1 year')":                                "2023-02-28T10:00:00.000000Z",
		"subtract_interval(now(), '1 month')":                                                "2026-02-28T12:30:45.123456Z",
		"add_interval('2026-01-31T09:00:00Z', '1 day 2 hours -3 minutes')":                   "2026-02-01T10:57:00.000000Z",
		"add_interval('2026-01-31 09:00', '1.5 days')":                                       "2026-02-01T21:00:00.000000Z",
		"add_interval('2026-01-31', '01:02:03.5')":                                           "2026-01-31T01:02:03.500000Z",
		"add_interval('2026-01-31', '1 day -04:05')":                                         "2026-01-31T19:55:00.000000Z",
		"add_interval('2026-01-31T00:00:00+02:00', '2 weeks 1 microsecond')":                 "2026-02-13T22:00:00.000001Z",
		"add_interval('2026-01-31', '3 ms 2 us 1 sec')":                                      "2026-01-31T00:00:01.003002Z",
		"timestamptz('2026-01-31')":                                                          "2026-01-31T00:00:00.000000Z",
		"timestamptz('2026-01-31 09:00:01+02')":                                              "2026-01-31T07:00:01.000000Z",
		"date_trunc('day', now())":                                                           "2026-03-31T00:00:00.000000Z",
		"date_trunc('WEEK', now())":                                                          "2026-03-30T00:00:00.000000Z",
		"date_trunc('week', '2026-03-29')":                                                   "2026-03-23T00:00:00.000000Z",
		"date_trunc('month', now())":                                                         "2026-03-01T00:00:00.000000Z",
		"date_trunc('quarter', now())":                                                       "2026-01-01T00:00:00.000000Z",
		"date_trunc('year', now())":                                                          "2026-01-01T00:00:00.000000Z",
		"date_trunc('hour', now())":                                                          "2026-03-31T12:00:00.000000Z",
		"date_trunc('minute', now())":                                                        "2026-03-31T12:30:00.000000Z",
		"date_trunc('second', now())":                                                        "2026-03-31T12:30:45.000000Z",
		"date_trunc('milliseconds', now())":                                                  "2026-03-31T12:30:45.123000Z",
		"date_trunc('day', NULL)":                                                            "",
		"date_part('epoch', '1970-01-01T00:01:00.5Z')":                                       "60.5",
		"date_part('second', now())":                                                         "45.123456",
		"date_part('dow', '2026-03-29')":                                                     "0",
		"date_part('isodow', '2026-03-29')":                                                  "7",
		"date_part('doy', '2026-02-01')":                                                     "32",
		"date_part('week', '2026-01-01')":                                                    "1",
		"date_part('quarter', now())":                                                        "1",
		"EXTRACT(EPOCH FROM ('2026-01-02'::timestamptz - '2026-01-01'::timestamptz)) / 3600": "24.0",
		"'b' = ANY(ARRAY['a', 'b'])":                                                         "1",
		"'c' = ANY(ARRAY['a', 'b'])":                                                         "0",
		"'c' <> ALL(ARRAY['a', 'b'])":                                                        "1",
		"(ARRAY['a', 'b'])[2]":                                                               "b",
		"'12'::int + 1":                                                                      "13",
		"now()::date":                                                                        "2026-03-31",
		"CURRENT_DATE - INTERVAL '1 day'":                                                    "2026-03-30T00:00:00.000000Z",
		"CURRENT_TIMESTAMP - INTERVAL '1 day'":                                               "2026-03-30T12:30:45.123456Z",
		"'ABC' ILIKE 'a%'":                                                                   "1",
	} {
		got, err := q.one("SELECT " + rewrite(in))
		if err != nil || got != want {
			t.Errorf("%s is %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"add_interval('2026-01-31', '')", "add_interval('2026-01-31', '7')", "add_interval('2026-01-31', 'x days')", "add_interval('2026-01-31', '1.5 months')",
		"add_interval('2026-01-31', '1e300 days')", "add_interval('2026-01-31', 'NaN days')", "add_interval('2026-01-31', '99999999 years')", "add_interval('2026-01-31', '1:2:3:4')",
		"add_interval('yesterday', '1 day')", "date_trunc('day', 'x')", "date_part('moon', now())", "timestamptz('')", "add_interval('2026-01-31', '1:xx')", "date_part('day', 5)",
	} {
		if got, err := q.one("SELECT " + in); err == nil {
			t.Errorf("%s is %q", in, got)
		}
	}
}

func testQuerier(t *testing.T) *querier {
	t.Helper()
	tables := map[*daybook.Kind]*table{}
	for _, k := range daybook.Kinds() {
		tables[k] = newTable(k, nil)
	}
	q, err := openQuerier("file::memory:", tables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.close() })
	q.now = time.Date(2026, 3, 31, 12, 30, 45, 123_456_789, time.UTC)
	return q
}

// one gives the one text that a query answers with.
func (c *querier) one(sql string) (text string, err error) {
	c.failure = nil
	err = c.each(sql, func(stmt *sqlite.Stmt) error {
		text = stmt.ColumnText(0)
		return nil
	})
	if c.failure != nil {
		err = c.failure
	}
	return text, err
}
