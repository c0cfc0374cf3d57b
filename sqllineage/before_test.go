package sqllineage

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// told is what a result says of the whole: its sources, targets and edges.
func told(r *Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v > %v", r.Sources, r.Targets)
	for _, e := range r.Edges {
		fmt.Fprintf(&b, "; %s > %s %s", e.Source, e.Target, e.Subtype)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(&b, "; at %d: %s", w.Offset, w.Message)
	}
	return b.String()
}

func TestWhatRanBefore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		dialect Dialect
		before  []string
		sql     string
		want    string
		after   string // temporary tables, by name
	}{
		{
			"a hop is none", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x + 1 AS y FROM a WHERE z"},
			"INSERT INTO g SELECT y FROM t",
			"[a] > [g]; a.x > g.y TRANSFORMATION; a.z > g FILTER", "t",
		},
		{
			"two of them", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a", "CREATE TEMP TABLE u AS SELECT sum(x) AS s FROM t"},
			"INSERT INTO g SELECT s FROM u",
			"[a] > [g]; a.x > g.s AGGREGATION", "t u",
		},
		{
			"what a text does besides is not told", Generic,
			[]string{"INSERT INTO h SELECT q FROM b; CREATE TEMP TABLE t AS SELECT x FROM a; what is this"},
			"INSERT INTO g SELECT x FROM t",
			"[a] > [g]; a.x > g.x IDENTITY", "t",
		},
		{
			"columns of what stays are the catalog's", Generic,
			[]string{"CREATE TABLE p AS SELECT x FROM a; CREATE TEMP TABLE t (x int)"},
			"INSERT INTO g SELECT * FROM p",
			"[p] > [g]; p.* > g.* IDENTITY", "t",
		},
		{
			"columns of what passes are known", Generic,
			[]string{"CREATE TEMP TABLE t (k int, v int)"},
			"INSERT INTO t SELECT x, y FROM a; INSERT INTO g SELECT * FROM t",
			"[a] > [g]; a.x > g.k IDENTITY; a.y > g.v IDENTITY", "t",
		},
		{"filled here, for who comes after", Generic, []string{"CREATE TEMP TABLE t (k int)"}, "INSERT INTO t SELECT x FROM a", "[] > []", "t"},
		{
			"dropped before", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a", "DROP TABLE t"},
			"INSERT INTO g SELECT x FROM t",
			"[t] > [g]; t.x > g.x IDENTITY", "",
		},
		{"dropped here", Generic, []string{"CREATE TEMP TABLE t AS SELECT x FROM a"}, "DROP TABLE t", "[] > []", ""},
		{
			"dropped here, and made to stay", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a"},
			"DROP TABLE t; CREATE TABLE t AS SELECT y FROM b",
			"[b] > [t]; b.y > t.y IDENTITY", "",
		},
		{
			"made to stay out of itself", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a"},
			"CREATE TABLE t AS SELECT x FROM t",
			"[a] > [t]; a.x > t.x IDENTITY", "",
		},
		{
			"made anew here", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a"},
			"CREATE OR REPLACE TEMP TABLE t AS SELECT y AS x FROM b; INSERT INTO g SELECT x FROM t",
			"[b] > [g]; b.y > g.x IDENTITY", "t",
		},
		{"emptied here", Generic, []string{"CREATE TEMP TABLE t AS SELECT x FROM a"}, "TRUNCATE TABLE t; INSERT INTO g SELECT x FROM t", "[] > [g]", "t"},
		{
			"renamed", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a"},
			"ALTER TABLE t RENAME TO u; INSERT INTO g SELECT x FROM u",
			"[a] > [g]; a.x > g.x IDENTITY", "u",
		},
		{"one that a text before drops again", Generic, []string{"CREATE TABLE s AS SELECT x FROM a; DROP TABLE s"}, "INSERT INTO g SELECT x FROM s", "[s] > [g]; s.x > g.x IDENTITY", ""},
		{
			"a # of T-SQL, and a variable, which ends with its text", TSQL,
			[]string{"SELECT x INTO #t FROM a; DECLARE @v TABLE (x int); INSERT INTO @v SELECT x FROM a"},
			"INSERT INTO g SELECT x FROM #t; INSERT INTO h SELECT x FROM @v",
			"[a @v] > [g h]; a.x > g.x IDENTITY; @v.x > h.x IDENTITY", "#t",
		},
		{
			"a # by its whole name", TSQL,
			[]string{"USE w; SELECT x INTO #t FROM s.a", "USE v"},
			"INSERT INTO s.g SELECT x FROM tempdb..#t; DROP TABLE tempdb.dbo.#t",
			"[w.s.a] > [v.s.g]; w.s.a.x > v.s.g.x IDENTITY", "",
		},
		{
			"the schema that is in use", MySQL,
			[]string{"USE s; CREATE TEMPORARY TABLE t AS SELECT x FROM a"},
			"INSERT INTO g SELECT x FROM t",
			"[s.a] > [s.g]; s.a.x > s.g.x IDENTITY", "s.t",
		},
		{
			"a bare SELECT", Spark,
			[]string{"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT x FROM a WHERE z"},
			"SELECT x FROM v",
			"[a] > []; a.x > <output>.x IDENTITY; a.z > <output> FILTER", "v",
		},
		{
			"of a text that is not understood", Generic,
			[]string{"CREATE TEMP TABLE t AS SELECT x FROM a"},
			"SELECT FROM WHERE x FROM t ((",
			told(Parse("SELECT FROM WHERE x FROM t ((", Options{})), "t",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := Options{Dialect: c.dialect}
			for _, sql := range c.before {
				o.Before = append(o.Before, Earlier{sql, c.dialect})
			}
			r := Parse(c.sql, o)
			checkResult(t, c.sql, r)
			if got := told(r); got != c.want {
				t.Errorf("it does\n%s\nwant\n%s", got, c.want)
			}
			var after []string
			for _, h := range r.After {
				after = append(after, h.Table.String())
			}
			if got := strings.Join(after, " "); got != c.after {
				t.Errorf("behind it there are the temporary tables %q, want %q", got, c.after)
			}
		})
	}
}

// Nothing that ran before changes what a text says that names none of its
// temporary tables, and each edge, span and warning is of the text itself.
func TestWhatRanBeforeIsNotInTheResult(t *testing.T) {
	t.Parallel()
	sql := "INSERT INTO g SELECT upper(x) AS x FROM a; SELECT (; INSERT INTO h SELECT x FROM g"
	before := []Earlier{{"CREATE TABLE a AS SELECT q FROM r; CREATE TEMP TABLE t AS SELECT `x` FROM `d.s`; SELECT ((", BigQuery}}
	alone, with := Parse(sql, Options{}), Parse(sql, Options{Before: before})
	if len(with.Before) != 1 || with.Before[0].Table.String() != "t" || fmt.Sprint(with.Before[0].Sources) != "[d.s]" {
		t.Errorf("before there is %+v", with.Before)
	}
	with.Before, with.After = nil, nil
	if got, want := fmt.Sprintf("%+v", with), fmt.Sprintf("%+v", alone); got != want {
		t.Errorf("with something before\n%s\nalone\n%s", got, want)
	}
}

// What ran before is left out where it is too much, and the text is read.
func TestTooMuchRanBefore(t *testing.T) {
	t.Parallel()
	temp := Earlier{SQL: "CREATE TEMP TABLE t AS SELECT x FROM a"}
	long := Earlier{SQL: "SELECT " + strings.Repeat("a + ", 3000) + "a"}
	for name, c := range map[string]struct {
		limits Limits
		before []Earlier
	}{
		"bytes":  {Limits{Bytes: 10_000}, []Earlier{temp, long}},
		"tokens": {Limits{Tokens: 8_000}, []Earlier{temp, long}},
		"edges":  {Limits{Edges: 4}, []Earlier{temp, {SQL: "INSERT INTO q SELECT a, b, c, d, e FROM r"}}},
		"nests":  {Limits{Nesting: 50}, []Earlier{temp, {SQL: "SELECT " + strings.Repeat("(", 100) + "1"}}},
		"both":   {Limits{Tokens: 15}, []Earlier{{SQL: "CREATE TEMP TABLE t"}}},
	} {
		sql := "INSERT INTO g SELECT x, y, z FROM t"
		r := Parse(sql, Options{Limits: c.limits, Before: c.before})
		if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Message, "left out") || r.Status != Partial {
			t.Errorf("%s: %s, %+v", name, r.Status, r.Warnings)
		}
		if len(r.Edges) != 3 || !slices.Contains(r.Sources, Table{Name: "t"}) {
			t.Errorf("%s: %s", name, told(r))
		}
	}
}

// Whatever ran before, and be it the text itself, reading ends soon and well.
func TestHostileTextsBefore(t *testing.T) {
	for name, sql := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			passing := "CREATE TEMP TABLE o AS SELECT x FROM t; "
			for _, text := range []string{sql, "INSERT INTO g SELECT * FROM o"} {
				checkResult(t, text, Parse(text, Options{Before: []Earlier{{SQL: passing}, {SQL: passing + sql}}}))
			}
		})
	}
}
