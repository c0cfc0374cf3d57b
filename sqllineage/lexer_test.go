package sqllineage

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

// show writes tokens as kind:text, parted by spaces.
func show(tokens []token) string {
	names := map[tokenKind]string{tokenWord: "w", tokenQuoted: "q", tokenString: "s", tokenNumber: "n", tokenParam: "p", tokenOperator: "o"}
	var parts []string
	for _, t := range tokens {
		if t.kind != tokenEnd {
			parts = append(parts, names[t.kind]+":"+strings.ReplaceAll(t.text, " ", "_"))
		}
	}
	return strings.Join(parts, " ")
}

func TestLexReadsEachDialectsOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect Dialect
		sql     string
		want    string
	}{
		{Generic, `select a."B ""c"" d", ` + "`e`" + ` from [my table] t`, `w:select w:a o:. q:B_"c"_d o:, q:e w:from q:my_table w:t`},
		{Generic, `select [1, 2], arr[i], x [1]`, `w:select o:[ n:1 o:, n:2 o:] o:, w:arr o:[ w:i o:] o:, w:x o:[ n:1 o:]`},
		{TSQL, `select [a]]b] from #t join ##g on @x = @@rowcount`, `w:select q:a]b w:from w:#t w:join w:##g w:on w:@x o:= w:@@rowcount`},
		{BigQuery, "select \"it\" 'a\\'b', '''x 'y' z''' from `p.d.t` # rest", "w:select s:it s:a\\'b o:, s:x_'y'_z w:from q:p.d.t"},
		{BigQuery, `from my-proj-12.ds.t`, `w:from w:my o:- w:proj o:- n:12 o:. w:ds o:. w:t`},
		{BigQuery, `r'\d\'' rb"""a"b"""`, `s:\d\' s:a"b`},
		{PostgreSQL, `E'a\'b' 'c\' U&'d' U&"e" x::int $1 $$it's$$ $f$ $$ $f$`, `s:a\'b s:c\ s:d q:e w:x o::: w:int p:$1 s:it's s:_$$_`},
		{PostgreSQL, `a->>'b' #>> c @> d ? 'k' ?| e`, `w:a o:->> s:b o:#>> w:c o:@> w:d o:? s:k o:?| w:e`},
		{PostgreSQL, `/* a /* b */ c */ d -- e`, `w:d`},
		{MySQL, "select /*!40001 SQL_NO_CACHE */ `a` from t # x\n-- y\nwhere b = 5--3", `w:select w:SQL_NO_CACHE q:a w:from w:t w:where w:b o:= n:5 o:- o:- n:3`},
		{MySQL, `/* a /* b */ c`, `w:c`},
		{Oracle, `q'[it's]' nq'!x!' a.b(+) = :1 v$session t@link`, `s:it's s:x w:a o:. w:b o:(+) o:= p::1 w:v$session w:t o:@ w:link`},
		{Snowflake, `src:a.b::int // c` + "\n" + `from @db.s.stage/dir/x.csv (f) $1`, `w:src o:: w:a o:. w:b o::: w:int w:from w:@db.s.stage/dir/x.csv o:( w:f o:) p:$1`},
		{Hive, `select 10L, 1.5BD from 2020_sales.1st`, `w:select n:10L o:, n:1.5BD w:from w:2020_sales o:. w:1st`},
		{Generic, `1e5 0x1F 1_000 .5 1. 1.5e-3 a.1`, `n:1e5 n:0x1F n:1_000 n:.5 n:1. n:1.5e-3 w:a o:. n:1`},
		{Generic, `? ?1 :name %s %(n)s ${v} {{ ref('x') }} {name} #n# &v`, `p:? o:? n:1 p::name o:% w:s o:% o:( w:n o:) w:s p:${v} p:{{_ref('x')_}} p:{name} p:#n# o:& w:v`},
		{MySQL, `= ? = ?1 = %s = %(n)s = &v = &lib..t`, `o:= p:? o:= p:?1 o:= p:%s o:= p:%(n)s o:= p:&v o:= p:&lib. o:. w:t`},
		{Generic, `from sales_${year} join ${p}_x join {{ p }}_y{# note #} {% if a %}`, `w:from w:sales_${year} w:join w:${p}_x w:join w:{{_p_}}_y`},
		{ClickHouse, `{id:UInt64} x ? y : z`, `p:{id:UInt64} w:x o:? w:y o:: w:z`},
		{Generic, `a <=> b |> c := d => e != f <> g`, `w:a o:<=> w:b o:|> w:c o::= w:d o:=> w:e o:!= w:f o:<> w:g`},
		{Generic, `ARRAY<STRUCT<a int>>`, `w:ARRAY o:< w:STRUCT o:< w:a w:int o:> o:>`},
		{Generic, "\ufeffsélect été\u00a0列", `w:sélect w:été w:列`},
		{Generic, `{fn now()} {ts '2026-01-31'}`, `o:{fn_ w:now o:( o:) o:} o:{ts_ s:2026-01-31 o:}`},
	} {
		tokens, faults, _ := lex(c.sql, c.dialect, Limits{})
		if got := show(tokens); got != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.dialect, c.sql, got, c.want)
		}
		if len(faults) > 0 {
			t.Errorf("%s %q: faults %v", c.dialect, c.sql, faults)
		}
	}
}

func TestLexGoesOnBehindWhatIsBroken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ sql, want string }{
		{"select 'abc", "w:select s:abc"},
		{"select \"abc def\nfrom t", "w:select q:abc_def w:from w:t"},
		{"select a /* b", "w:select w:a"},
		{"select $$a", "w:select s:a"},
		{"select a\x00b \xff\xfe", "w:select w:a w:b w:\xff\xfe"},
	} {
		tokens, faults, _ := lex(c.sql, Generic, Limits{})
		if got := show(tokens); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.sql, got, c.want)
		}
		if len(faults) != 1 {
			t.Errorf("%q: faults %v, want one", c.sql, faults)
		}
	}
}

func TestLexHeedsItsLimits(t *testing.T) {
	t.Parallel()
	tokens, faults, limited := lex("a b c d", Generic, Limits{Tokens: 2})
	if len(tokens) != 3 || len(faults) != 1 || !limited {
		t.Errorf("tokens: got %v %v %v", tokens, faults, limited)
	}
	tokens, faults, limited = lex("abcdef", Generic, Limits{Bytes: 3})
	if show(tokens) != "w:abc" || len(faults) != 1 || !limited {
		t.Errorf("bytes: got %v %v %v", tokens, faults, limited)
	}
}

// Each of these would make a lexer that searches its whole rest for a closing
// mark take time in the square of its length.
func TestLexTakesTimeInProportion(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"[", "$a$ $b$ ", "{{", "{% ", "{# ", "${", "/* ", "\"", "`", "'", "$(", "{a:", "q'[", "a{b ", "\t", "#a "} {
		sql := strings.Repeat(piece, 1<<17/len(piece))
		for _, d := range []Dialect{Generic, PostgreSQL, BigQuery, Snowflake, TSQL, ClickHouse} {
			if took := worktime.Of(func() { lex(sql, d, Limits{}) }); took > 2*time.Second {
				t.Errorf("%s: 128 KB of %q took %v", d, piece, took)
			}
		}
	}
}

// It is not parallel: it counts allocations.
func TestKeywordsFit(t *testing.T) {
	for i := range keywords {
		for _, same := range keywords[i] {
			for _, w := range same {
				if lower := strings.ToLower(w); keyword(lower) != w || keyword(w) != w {
					t.Errorf("keyword(%q) = %q", lower, keyword(lower))
				}
			}
		}
	}
	for _, word := range []string{"", "x", "selecT1", "élan", "_from", "currently_timestamp", "0x"} {
		if got := keyword(word); got != "" {
			t.Errorf("keyword(%q) = %q", word, got)
		}
	}
	if n := testing.AllocsPerRun(10, func() { keyword("Current_Date") }); n > 0 {
		t.Errorf("keyword allocates %v times", n)
	}
}

func FuzzLex(f *testing.F) {
	for d := range Dialect(len(dialectNames)) {
		f.Add(uint8(d), "select a.\"b\", 'c''d' /* e */ -- f\nfrom [g] where h = ? and i = :j and k @> $$l$$")
		f.Add(uint8(d), "{{ x }} ${y} %(z)s #t# q'[a]' 1e5 .5 1_0 x'1F' @v @@w r'''s''' (+) {fn f()} {a:b}")
	}
	f.Fuzz(func(t *testing.T, d uint8, sql string) {
		tokens, _, _ := lex(sql, Dialect(d)%Dialect(len(dialectNames)), Limits{})
		at := 0
		for _, k := range tokens {
			if k.start < at || k.end < k.start || k.end > len(sql) || k.kind != tokenEnd && k.end == k.start {
				t.Fatalf("token %+v stands wrong behind %d in %q", k, at, sql)
			}
			at = k.end
		}
		if tokens[len(tokens)-1].kind != tokenEnd {
			t.Fatalf("no end in %q", sql)
		}
	})
}
