package main

import (
	"strings"
	"testing"
)

// TestRuns runs every measurement on few entries: that it runs, not what it
// finds.
func TestRuns(t *testing.T) {
	t.Parallel()
	for limit, o := range map[string]options{"raw inserts": {dir: t.TempDir()}, "raw COPY": {postgres: true}} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			o.n, o.singles = 2000, 40
			if err := run(t.Context(), &out, o); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{limit, "over HTTP", "verify", "fdatasync", "Bytes an entry: edges", "spine"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not in the report:\n%s", want, out.String())
				}
			}
		})
	}
}

// TestWalks measures walks on few edges: that they find what the query finds.
func TestWalks(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := newBench(t.Context(), &out, options{dir: t.TempDir()})
	if err := b.walks(3000, 20); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"upstream to depth 5", "as of a time", "impact", "p99"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}

// TestSampling measures few repeats: that sampling takes its share off, and that
// history shows them all.
func TestSampling(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := newBench(t.Context(), &out, options{dir: t.TempDir()})
	if err := b.sampling(200); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"200 repeats", "1 a session", "history shows", "sampled"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, out.String())
		}
	}
}
