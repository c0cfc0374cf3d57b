package sqllineage

import (
	"strings"
	"testing"
)

func TestLiteralRuns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql   string
		least int
		want  string // the elements' text and the first, of each run
	}{
		"a list":              {"SELECT a FROM t WHERE b IN (1, 2, -3)", 3, "1, 2, -3|1"},
		"too few":             {"SELECT a FROM t WHERE b IN (1, 2, -3)", 4, ""},
		"rows":                {"INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL);", 3, "(1, 'a'), (2, 'b'), (3, NULL)|(1, 'a')"},
		"a row of many":       {"INSERT INTO t VALUES (1, 2, 3, 4)", 4, "1, 2, 3, 4|1"},
		"types and casts":     {"x IN (DATE '2026-01-01', '2026-01-02'::date, TIMESTAMP '2026-01-03')", 3, "DATE '2026-01-01', '2026-01-02'::date, TIMESTAMP '2026-01-03'|DATE '2026-01-01'"},
		"an array":            {"SELECT ARRAY[1, 2, 3]", 3, "1, 2, 3|1"},
		"names are none":      {"INSERT INTO t (a, b, c) SELECT x, y, z FROM s", 2, ""},
		"a call among them":   {"VALUES (1, now(), 3)", 2, ""},
		"rows up to a query":  {"VALUES (1), (2), (SELECT 3)", 2, "(1), (2)|(1)"},
		"a bracket left open": {"VALUES (1, 2, 3", 2, ""},
		"a comma at the end":  {"VALUES (1), (2),", 2, "(1), (2)|(1)"},
		"two runs":            {"a IN (1,2) AND b IN (3,4)", 2, "1,2|1;3,4|3"},
		"within brackets":     {"((a IN (1,2)))", 2, "1,2|1"},
		"only a cast":         {"VALUES (1::", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range LiteralRuns(c.sql, PostgreSQL, c.least) {
				got = append(got, c.sql[r.Start:r.End]+"|"+c.sql[r.Start:r.First])
			}
			if text := strings.Join(got, ";"); text != c.want {
				t.Errorf("%s: %q, want %q", c.sql, text, c.want)
			}
		})
	}
}

func FuzzLiteralRuns(f *testing.F) {
	for _, sql := range []string{"VALUES (1, 'a'), (2, 'b')", "x IN (DATE '2026-01-01', 2::int, -3)", "((((1,", "[1,2", "'"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		end := 0
		for _, r := range LiteralRuns(sql, Generic, 2) {
			if r.Start < end || r.First < r.Start || r.End < r.First || r.End > len(sql) || r.Count < 2 {
				t.Fatalf("%q: %+v behind %d", sql, r, end)
			}
			end = r.End
		}
	})
}
