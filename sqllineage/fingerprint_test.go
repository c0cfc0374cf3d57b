package sqllineage

import (
	"strings"
	"testing"
	"time"

	"github.com/daybook-audit/daybook/worktime"
)

func TestFingerprint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dialect   Dialect
		sql, want string
	}{
		{Generic, "select a.b , 'x' as c -- why\nfrom  t  where d>=-1.5 and e = :f ;", "SELECT a.b, ? AS c FROM t WHERE d >= ? AND e = ?"},
		{Generic, "SELECT count (*), max(x)-1 FROM \"T\"", `SELECT count(*), max(x) - ? FROM "T"`},
		{Generic, "select * from t where a in (1, -2, null) and b not in ((1,'x'),(2,'y')) and c in (select 1)", "SELECT * FROM t WHERE a IN (?) AND b NOT IN (?) AND c IN (SELECT ?)"},
		{Generic, "insert into t (a, b) values (1, 'x'), (2, null), (-3, default)", "INSERT INTO t(a, b) VALUES (?)"},
		{Generic, "insert into t values (1, now()), (2, now()), (3, f(x))", "INSERT INTO t VALUES (?, now()), (?, f(x))"},
		{Generic, "values (1, (select 2)), (3, (select 4))", "VALUES (?, (SELECT ?)), (?, (SELECT ?))"},
		{BigQuery, "select [1, 2, 3], \"x\", f(1, 2) from my-p-1.s.t", "SELECT [?], ?, f(?, ?) FROM my - p - 1.s.t"},
		{PostgreSQL, "select x::int[], $$a$$ from t; delete from u", "SELECT x::int[], ? FROM t; DELETE FROM u"},
		{Generic, " ; ", ""},
	} {
		if got := Fingerprint(c.sql, c.dialect); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestFingerprintTellsStatementsApart(t *testing.T) {
	t.Parallel()
	base := Fingerprint("SELECT a, b FROM t WHERE c = 1", Generic)
	for _, same := range []string{"select a, b from t where c = 2", "Select a,b\nFrom t /* x */ Where c='y'", "SELECT a, b FROM t WHERE c = ?;"} {
		if got := Fingerprint(same, Generic); got != base {
			t.Errorf("%q has %q, want %q", same, got, base)
		}
	}
	for _, other := range []string{"select b, a from t where c = 1", "select a, b from u where c = 1", "select a, b from t where c = d", "select a, b from t where c > 1"} {
		if got := Fingerprint(other, Generic); got == base {
			t.Errorf("%q has the fingerprint of another", other)
		}
	}
}

func TestFingerprintHash(t *testing.T) {
	t.Parallel()
	// printf 'SELECT ?' | sha256sum | cut -c1-16
	if got, want := FingerprintHash("SELECT ?"), "66cbb3a40d4bbd15"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzFingerprint(f *testing.F) {
	f.Add("select a, 'b', -1 from t where c in (1, 2) and d = :e")
	f.Add("insert into t values (1, f(2)), (3, f(4)); update \"T\" set a = [1, 2]")
	f.Add("values (1, (values (2), (3)), 4), (5)")
	f.Fuzz(func(t *testing.T, sql string) {
		got := Fingerprint(sql, PostgreSQL)
		if len(got) > 4*len(sql)+8 {
			t.Errorf("%d bytes of %d: %q", len(got), len(sql), got)
		}
		if strings.ContainsAny(got, "\n\t") && !strings.ContainsAny(sql, "\"`{") {
			t.Errorf("space was not folded: %q", got)
		}
	})
}

func TestFingerprintTakesTimeInProportion(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"[", "in (", "values (", "values (1,", "(values [", "in (1,"} {
		if took := worktime.Of(func() { Fingerprint(strings.Repeat(piece, 1<<18/len(piece)), Generic) }); took > 2*time.Second {
			t.Errorf("256 KB of %q took %v", piece, took)
		}
	}
}
