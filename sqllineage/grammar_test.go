package sqllineage

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file anew")

// TestGrammar reads statements of all dialects, of which each has several
// clauses that only some have. All of them are understood, and what they read
// and write is as the golden file has it.
func TestGrammar(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/grammar.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		name, sql, found := strings.Cut(strings.TrimSpace(line), " | ")
		if !found {
			continue
		}
		d, known := ParseDialect(name)
		if !known {
			t.Fatalf("%s is no dialect", name)
		}
		r := Parse(sql, Options{Dialect: d})
		for _, w := range r.Warnings {
			t.Errorf("%s: %s at %q in: %s", name, w.Message, clip(sql[min(w.Offset, len(sql)):]), sql)
		}
		fmt.Fprintf(&b, "%s | %s\n%s\n", name, sql, summary(r))
	}
	compareGolden(t, "testdata/grammar.golden", b.String())
}

// summary tells in lines what the statements of a text do.
func summary(r *Result) string {
	var b strings.Builder
	for i := range r.Statements {
		s := &r.Statements[i]
		fmt.Fprintf(&b, "  %s", s.Kind)
		for _, t := range s.Sources {
			fmt.Fprintf(&b, " <%s", t)
		}
		for _, t := range s.Targets {
			fmt.Fprintf(&b, " >%s", t)
		}
		if s.Change != "" {
			fmt.Fprintf(&b, " %s", s.Change)
		}
		b.WriteByte('\n')
		var pairs []string
		for _, e := range s.Edges {
			pairs = append(pairs, fmt.Sprintf("    %s -> %s %s\n", e.Source, e.Target, e.Subtype))
		}
		slices.Sort(pairs)
		b.WriteString(strings.Join(slices.Compact(pairs), ""))
	}
	return b.String()
}

// compareGolden holds what came out against a file, or writes it.
func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	wants, gots := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range gots {
		if i >= len(wants) || wants[i] != gots[i] {
			t.Fatalf("%s, line %d: got %q, want %q; if that is right, run go test . -run %s -update", path, i+1, gots[i], wants[min(i, len(wants)-1)], t.Name())
		}
	}
	t.Fatalf("%s has %d lines, got %d", path, len(wants), len(gots))
}
