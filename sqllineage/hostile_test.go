package sqllineage

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

// hostile are texts that are made to cost time, memory or stack.
func hostile() map[string]string {
	rep := strings.Repeat
	number := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	columns := number(2000, "c%d + c%d, ")
	return map[string]string{
		"sum of 60 KB":             "SELECT " + rep("1+", 30_000) + "1",
		"parentheses":              "SELECT " + rep("(", 100_000),
		"closed parentheses":       "SELECT " + rep("(", 49_000) + "a" + rep(")", 49_000) + " FROM t",
		"cases":                    "SELECT " + rep("CASE WHEN a THEN ", 10_000) + "1" + rep(" END", 10_000) + " FROM t",
		"subqueries":               "SELECT * FROM " + rep("(SELECT * FROM ", 10_000) + "t" + rep(") x", 10_000),
		"scalar subqueries":        "SELECT " + rep("(SELECT a + ", 10_000) + "1" + rep(" FROM t)", 10_000),
		"unclosed subqueries":      rep("SELECT a, (SELECT b FROM t WHERE c IN (", 8_000),
		"chain of doubling CTEs":   "WITH c0 AS (SELECT a, b FROM t), " + number(400, "c%[2]d AS (SELECT x.a + y.a AS a, x.b || y.b AS b FROM c%[1]d x JOIN c%[1]d y ON x.a = y.b), ") + "z AS (SELECT 1) SELECT * FROM c400",
		"chain of widening CTEs":   "WITH c0 AS (SELECT 1 AS a), " + number(40, "c%[2]d AS (SELECT x.*, y.* FROM c%[1]d x, c%[1]d y), ") + "z AS (SELECT 1) SELECT * FROM c40",
		"recursive CTEs":           "WITH RECURSIVE " + number(300, "c%[1]d AS (SELECT a FROM t UNION ALL SELECT a FROM c%[2]d), ") + "c300 AS (SELECT a FROM c0) SELECT * FROM c0",
		"wide recursion":           "WITH RECURSIVE r AS (SELECT " + columns + " 1 FROM t UNION ALL SELECT " + columns + " 1 FROM r) SELECT * FROM r",
		"string of 1 MB":           "SELECT '" + rep("x", 1<<20-20) + "' FROM t",
		"unclosed string":          "SELECT a FROM t WHERE b = '" + rep("x", 1<<20-40),
		"IN list":                  "SELECT a FROM t WHERE b IN (" + rep("1, ", 200_000) + "1)",
		"names in a list":          "SELECT a FROM t WHERE b IN (" + rep("c, ", 49_000) + "c)",
		"rows":                     "INSERT INTO t (a, b) VALUES " + rep("(1, 'x'), ", 20_000) + "(1, 'x')",
		"unions":                   "SELECT a FROM t " + rep("UNION ALL SELECT a FROM t ", 50_000),
		"few unions":               "INSERT INTO z SELECT a, b, c FROM t " + rep("UNION ALL SELECT a, b, c FROM u ", 8_000),
		"joins with stars":         "INSERT INTO z SELECT * FROM t0 " + number(20_000, "JOIN t%[2]d ON t%[2]d.id = t%[1]d.id "),
		"joins with bare columns":  "INSERT INTO z SELECT " + number(4_000, "c%[1]d, ") + "1 FROM t0 " + number(4_000, ", t%[2]d "),
		"commas":                   "SELECT " + rep(",", 90_000),
		"stars":                    "SELECT " + rep("*, ", 40_000) + " 1 FROM t, u",
		"dots":                     "SELECT a" + rep(".a", 45_000) + " FROM t",
		"statements":               rep("INSERT INTO a SELECT * FROM b;", 10_000),
		"semicolons":               rep(";", 1<<20),
		"temporary tables":         "CREATE TEMP TABLE t0 AS SELECT a, b FROM s;" + number(1_500, "CREATE TEMP TABLE t%[2]d AS SELECT a + b AS a, b + a AS b FROM t%[1]d;") + "INSERT INTO z SELECT * FROM t1500",
		"temporary tables, united": "CREATE TEMP TABLE t0 AS SELECT a FROM s;" + number(1_500, "INSERT INTO t0 SELECT a FROM s%[1]d, t0;") + "INSERT INTO z SELECT * FROM t0",
		"windows":                  "SELECT " + rep("sum(a) OVER (PARTITION BY b ORDER BY c), ", 5_000) + "1 FROM t",
		"BEGIN":                    rep("BEGIN ", 90_000),
		"IF":                       rep("IF a THEN BEGIN ", 20_000),
		"WITH":                     rep("WITH a AS (", 20_000),
		"EXISTS":                   "SELECT 1 FROM t WHERE " + rep("EXISTS (SELECT 1 FROM t WHERE ", 8_000) + "a" + rep(")", 8_000),
		"pivots":                   "SELECT * FROM t " + rep("PIVOT (sum(a) FOR b IN (1, 2, 3)) ", 4_000),
		"lambdas":                  "SELECT " + rep("f(x -> ", 20_000) + "x" + rep(")", 20_000) + " FROM t",
		"arrays":                   "SELECT " + rep("[", 90_000),
		"braces":                   "SELECT " + rep("{'a': ", 20_000),
		"NOT":                      "SELECT " + rep("NOT ", 90_000) + "a FROM t",
		"types":                    "SELECT CAST(a AS " + rep("ARRAY<", 40_000) + " FROM t",
		"lateral views":            "SELECT * FROM t " + number(8_000, "LATERAL VIEW explode(c%[1]d) v%[1]d AS c%[2]d "),
		"merge actions":            "MERGE INTO t USING u ON t.a = u.a " + rep("WHEN MATCHED AND u.b = 1 THEN UPDATE SET a = u.a, b = u.b ", 4_000),
		"zeros":                    rep("\x00", 1<<20),
		"bytes":                    rep("\xff\xc0\x80 ", 1<<18),
		"colons":                   "SELECT a" + rep(":a", 45_000) + " FROM t",
		"templates":                rep("${a}", 1<<18),
		"cubes":                    "SELECT a FROM t GROUP BY " + rep("CUBE (a, ROLLUP (b, ", 10_000),
		"wide CTEs":                "WITH a AS (SELECT " + number(3_000, "c%[1]d, ") + " 1 AS z FROM t) INSERT INTO o SELECT * FROM a UNION SELECT * FROM a UNION SELECT * FROM a WHERE c1 IN (SELECT c2 FROM a)",
		"many filters of many":     "INSERT INTO o SELECT " + number(3_000, "a%[1]d, ") + "1 FROM t WHERE " + number(3_000, "b%[1]d = c%[2]d AND ") + "1 = 1",
	}
}

// Whatever it is, it ends soon, takes memory in proportion, and is said to be
// limited where it was.
func TestHostileTextsEndSoon(t *testing.T) {
	for name, sql := range hostile() {
		t.Run(name, func(t *testing.T) {
			for _, d := range []Dialect{Generic, TSQL} {
				took, mb := time.Hour, uint64(0)
				for range 3 { // the machine may be busy with something else
					var r *Result
					took = min(took, worktime.Of(func() { r = Parse(sql, Options{Dialect: d}) }))
					var memory runtime.MemStats
					runtime.ReadMemStats(&memory)
					mb = memory.HeapSys >> 20 // the most that it ever was
					checkResult(t, sql, r)
					if len(r.Edges) > (Limits{}).withDefaults().Edges {
						t.Errorf("%s: it has %d edges", d, len(r.Edges))
					}
					if took < slow/2 {
						break
					}
				}
				if took > slow || mb > 400 {
					t.Errorf("%s: it took %v and %d MB", d, took, mb)
				}
				if testing.Verbose() && (took > slow/5 || mb > 300) {
					t.Logf("%s: took %v and %d MB", d, took, mb)
				}
			}
		})
	}
}
