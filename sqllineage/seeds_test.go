package sqllineage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A seed is a text that is as people write it.
type seed struct {
	dialect Dialect
	sql     string
}

// seeds are the texts of testdata/statements, where each dialect has a file of
// them, parted by lines of "-- next".
func seeds(t testing.TB) []seed {
	t.Helper()
	var all []seed
	for d, name := range dialectNames {
		b, err := os.ReadFile(filepath.Join("testdata", "statements", name+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.SplitSeq(string(b), "-- next\n") {
			all = append(all, seed{Dialect(d), text})
		}
	}
	return all
}

// checkResult holds what is true of every result, whatever the text.
func checkResult(t testing.TB, sql string, r *Result) {
	t.Helper()
	switch r.Status {
	case Parsed, Partial, Unparsed, Limited:
	default:
		t.Errorf("status %q of %q", r.Status, sql)
	}
	if r.Status == Limited && len(r.Warnings) == 0 {
		t.Errorf("it went past a limit without a warning: %q", sql)
	}
	within := func(s Span) bool { return 0 <= s.Start && s.Start <= s.End && s.End <= len(sql) }
	for i := range r.Statements {
		if !within(r.Statements[i].Span) {
			t.Errorf("statement %d stands outside the text: %+v of %q", i, r.Statements[i].Span, sql)
		}
	}
	for i := range r.Edges {
		e := &r.Edges[i]
		if !within(e.Expression) || e.Statement < 0 || e.Statement >= len(r.Statements) || e.Ordinal < -1 || e.Source.Table.Name == "" || e.Target.Table.Name == "" {
			t.Errorf("edge %d is wrong: %+v of %q", i, e, sql)
		}
	}
	for _, w := range r.Warnings {
		if strings.Contains(w.Message, "breaks the reading") || strings.Contains(w.Message, "does not get on") {
			t.Errorf("%s: %q", w.Message, sql)
		}
		if w.Offset < 0 || w.Offset > len(sql) || w.Line < 1 || w.Column < 1 || w.Message == "" {
			t.Errorf("warning %+v of %q", w, sql)
		}
	}
}

// Each seed is good SQL of its dialect, so all of it is understood.
func TestSeedsAreUnderstood(t *testing.T) {
	t.Parallel()
	for i, s := range seeds(t) {
		r := Parse(s.sql, Options{Dialect: s.dialect})
		checkResult(t, s.sql, r)
		if r.Status != Parsed {
			t.Errorf("%s, text %d: %s %+v", s.dialect, i, r.Status, r.Warnings)
		}
		if again := Parse(s.sql, Options{Dialect: s.dialect}); len(again.Edges) != len(r.Edges) {
			t.Errorf("%s, text %d: %d edges, then %d", s.dialect, i, len(r.Edges), len(again.Edges))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(uint8(s.dialect), s.sql)
	}
	f.Fuzz(func(t *testing.T, d uint8, sql string) {
		o := Options{Dialect: Dialect(d) % Dialect(len(dialectNames)), Catalog: Tables(map[string][]string{"t": {"a", "b", "x"}, "a": {"id", "x"}})}
		checkResult(t, sql, Parse(sql, o))
	})
}

func BenchmarkParse(b *testing.B) {
	for _, s := range seeds(b) {
		if len(s.sql) < 1000 {
			continue
		}
		b.Run(s.dialect.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(s.sql)))
			for b.Loop() {
				Parse(s.sql, Options{Dialect: s.dialect})
			}
		})
	}
}
